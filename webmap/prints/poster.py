"""Posters of stations and lists of towns as PDF on A4."""

from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

from flask_babel import gettext
from fpdf import FPDF
from fpdf.enums import TextMode
from fpdf.svg import SVGObject

from webmap.logic import colours
from webmap.logic.colours import rgb
from webmap.logic.fonts import Font
from webmap.prints.line_breaking import fit_lines
from webmap.prints.poster_text import Sign, SignFunction
from webmap.prints.qr import BORDER, make_code
from webmap.web.bundles import FOLDER

WIDTH, HEIGHT = 210.0, 297.0
MARGIN = 18.0
INNER = WIDTH - 2 * MARGIN
CODE_SIDE = 62.0
CODE_AT = (MARGIN, HEIGHT - MARGIN - CODE_SIDE - 6)
"""Upper left corner of the code on a poster, millimetres, its white border included."""
LIST_CODE_SIDE = 26.0
LIST_ROW = 32.0

INK, GREY, RED, AMBER, PALE = map(rgb, (colours.INK, colours.GREY, colours.RED, colours.CLOSING, colours.WARN_PAPER))
NAME_PT = (64, 54, 46, 38, 30)
"""The largest of these at which a name fits its line."""


def print_poster(sign: Sign, font: Font) -> bytes:
    """Return the poster of one station, a page of A4."""
    paper = _Paper(font, title=sign.name)
    paper.poster(sign)
    return bytes(paper.pdf.output())


def print_town(town: str, signs: Sequence[Sign], font: Font) -> bytes:
    """Return the stations of a town: a list on as many pages as it needs, then a poster for each."""
    paper = _Paper(font, title=town)
    paper.list(town, signs)
    for sign in signs:
        paper.poster(sign)
    return bytes(paper.pdf.output())


class _Paper:
    """A document that is written page by page."""

    def __init__(self, font: Font, *, title: str) -> None:
        self.pdf = FPDF(format="A4")
        self.pdf.set_title(title)
        self.pdf.set_creator("fuchun-map")
        self.pdf.set_auto_page_break(False)
        self.pdf.set_margin(MARGIN)
        self.pdf.add_font("print", fname=font.path, collection_font_number=font.face)

    def poster(self, sign: Sign) -> None:
        """Write the page of one station."""
        pdf = self.pdf
        self._page(sign.place, is_sample=sign.is_sample)
        size = next((pt for pt in NAME_PT if self._width(sign.name, pt) <= INNER), NAME_PT[-1])
        self._words(sign.name, size, is_strong=True)
        for function in sign.functions:
            if pdf.get_y() < CODE_AT[1] - 40:
                self._function(function, is_first=function is sign.functions[0])
        for words in (sign.address, sign.how_to_get_in):
            if words and pdf.get_y() < CODE_AT[1] - 20:
                pdf.ln(3)
                self._words(words, 14, colour=GREY)
        self._foot(sign)

    def list(self, town: str, signs: Sequence[Sign]) -> None:
        """Write the list of a town's stations, each with its code."""
        pdf = self.pdf
        for number, sign in enumerate(signs):
            if number == 0 or pdf.get_y() + LIST_ROW > HEIGHT - MARGIN:
                self._page(sign.place.split(" · ")[0], is_sample=sign.is_sample)
                self._words(gettext("Stations in %(town)s", town=town), 30, is_strong=True)
                pdf.ln(4)
            top = pdf.get_y()
            self._rule(top)
            self._code(sign.scanned, MARGIN, top + 3, LIST_CODE_SIDE)
            pdf.set_xy(MARGIN + LIST_CODE_SIDE + 5, top + 4)
            room = INNER - LIST_CODE_SIDE - 5
            self._words(sign.name, 18, is_strong=True, width=room, lines=1)
            for function in sign.functions[:2]:
                pdf.set_x(MARGIN + LIST_CODE_SIDE + 5)
                self._words(f"{function.label}  {function.hours}", 11, width=room, lines=1)
            first = gettext(", ").join(name for _, name in sign.functions[0].services)
            pdf.set_x(MARGIN + LIST_CODE_SIDE + 5)
            self._words(first, 10, colour=GREY, width=room, lines=1)
            pdf.set_y(top + LIST_ROW)
        self._made(signs[0].made)

    def _page(self, place: str, *, is_sample: bool) -> None:
        pdf = self.pdf
        pdf.add_page()
        pdf.set_draw_color(*RED)
        pdf.set_line_width(2)
        pdf.circle(MARGIN + 4, MARGIN + 4, 3)
        pdf.set_xy(MARGIN + 11, MARGIN)
        self._words(f"{gettext('Fuchun map')}  {place}", 16, colour=GREY)
        if is_sample:
            pdf.set_fill_color(*PALE)
            pdf.rect(0, MARGIN + 11, WIDTH, 13, style="F")
            pdf.set_xy(MARGIN, MARGIN + 13.5)
            self._words(
                gettext("Sample data: this station does not exist. Do not go there."), 17, colour=AMBER, lines=1
            )
        pdf.set_y(MARGIN + (28 if is_sample else 16))

    def _function(self, function: SignFunction, *, is_first: bool) -> None:
        pdf = self.pdf
        pdf.ln(4 if is_first else 3)
        title = function.label if not function.tier else f"{function.label} · {function.tier}"
        self._words(title, 18 if is_first else 14, colour=GREY)
        self._words(function.hours, 34 if is_first else 20, is_strong=True, lines=2)
        pdf.ln(2)
        columns, side = (3, 7.0) if is_first else (4, 5.0)
        step = INNER / columns
        top = pdf.get_y()
        for number, (service, name) in enumerate(function.services):
            x, y = MARGIN + number % columns * step, top + number // columns * (side + 3.5)
            self._icon(service, x, y, side)
            pdf.set_xy(x + side + 2, y + (side - (6 if is_first else 4.5)) / 2)
            self._words(name, 16 if is_first else 12, width=step - side - 3, lines=1)
        rows = -(-len(function.services) // columns)
        pdf.set_xy(MARGIN, top + rows * (side + 3.5))

    def _foot(self, sign: Sign) -> None:
        pdf = self.pdf
        self._rule(CODE_AT[1] - 4)
        self._code(sign.scanned, *CODE_AT, CODE_SIDE)
        left = MARGIN + CODE_SIDE + 8
        room = WIDTH - MARGIN - left
        pdf.set_xy(left, CODE_AT[1] + 4)
        words = gettext("Scan to see whether it is open now and how to get there.")
        self._words(words, 20, is_strong=True, width=room, left=left, lines=3)
        pdf.set_xy(left, pdf.get_y() + 2)
        self._words(
            gettext("Locked, no water, broken? Tell us there: one tap, no account."), 13, width=room, left=left, lines=2
        )
        pdf.set_xy(left, pdf.get_y() + 2)
        self._words(sign.url, 10, colour=GREY, width=room, left=left, lines=3)
        self._made(sign.made)

    def _made(self, day: str) -> None:
        self.pdf.set_xy(MARGIN, HEIGHT - MARGIN + 2)
        self._words(gettext("Made on %(day)s; hours may have changed since.", day=day), 9, colour=GREY)

    def _width(self, words: str, size: int) -> float:
        self.pdf.set_font("print", size=size)
        return self.pdf.get_string_width(words) + 2

    def _words(
        self,
        words: str,
        size: int,
        *,
        colour: tuple[int, int, int] = INK,
        is_strong: bool = False,
        width: float = INNER,
        left: float | None = None,
        lines: int = 3,
    ) -> None:
        """Write words over at most `lines` lines from where the pen is; the font has one weight: strong is outlined."""
        pdf = self.pdf
        pdf.set_font("print", size=size)
        pdf.set_text_color(*colour)
        pdf.set_draw_color(*colour)
        pdf.set_line_width(size / 60 * 0.35)
        pdf.text_mode = TextMode.FILL_STROKE if is_strong else TextMode.FILL
        at = pdf.get_x() if left is None else left
        height = size * 0.352778 * 1.35
        for line in fit_lines(words, pdf.get_string_width, width - 2, lines=lines):
            pdf.set_x(at)
            pdf.cell(width, height, line, new_x="LEFT", new_y="NEXT")
        pdf.set_x(MARGIN)
        pdf.text_mode = TextMode.FILL

    def _rule(self, y: float) -> None:
        self.pdf.set_draw_color(227, 229, 232)
        self.pdf.set_line_width(0.4)
        self.pdf.line(MARGIN, y, WIDTH - MARGIN, y)

    def _code(self, url: str, x: float, y: float, side: float) -> None:
        """Draw the code of an address as black strips: sharp at every size."""
        matrix = make_code(url).matrix
        module = side / (len(matrix) + 2 * BORDER)
        self.pdf.set_fill_color(255, 255, 255)
        self.pdf.rect(x, y, side, side, style="F")
        self.pdf.set_fill_color(0, 0, 0)
        for row, line in enumerate(matrix):
            start = None
            for column, dark in enumerate([*line, 0]):
                if dark and start is None:
                    start = column
                elif not dark and start is not None:
                    left, width = x + (start + BORDER) * module, (column - start) * module
                    # A hair more than a module, or a viewer shows white seams between the strips.
                    self.pdf.rect(left, y + (row + BORDER) * module, width, module * 1.02, style="F")
                    start = None

    def _icon(self, name: str, x: float, y: float, side: float) -> None:
        """Draw an icon of the site's sprite."""
        picture = icon_svg(name, side=side)
        if picture is None:
            return
        drawing = SVGObject(picture)
        with self.pdf.local_context():
            drawing.draw_to_page(self.pdf, x, y)


def icon_svg(name: str, *, side: float, sprite: Path = FOLDER / "icons" / "sprite.svg") -> str | None:
    """Return one symbol of the sprite as a picture of its own, `side` millimetres wide; None if it is not there."""
    space = "{http://www.w3.org/2000/svg}"
    for symbol in ElementTree.parse(sprite).getroot().iter(f"{space}symbol"):
        if symbol.get("id") == name:
            for element in symbol.iter():
                element.tag = element.tag.removeprefix(space)
            inner = "".join(ElementTree.tostring(child, encoding="unicode") for child in symbol)
            return (
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{symbol.get("viewBox")}" '
                f'width="{side}mm" height="{side}mm"><g fill="none" stroke="{colours.GREY}" stroke-width="1.75" '
                f'stroke-linecap="round" stroke-linejoin="round">{inner}</g></svg>'
            )
    return None
