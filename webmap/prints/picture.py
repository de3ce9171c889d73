"""Picture (PNG) of a station to save on a phone (长按保存): name, hours, three neighbours, QR code."""

from io import BytesIO

from flask_babel import gettext
from PIL import Image, ImageDraw, ImageFont

from webmap.logic.colours import CLOSING, GREY, INK, LINE, PAPER, RED, WARN_PAPER
from webmap.logic.fonts import Font
from webmap.prints.line_breaking import fit_lines
from webmap.prints.poster_text import Sign
from webmap.prints.qr import BORDER, make_code

WIDTH, HEIGHT = 1080, 1560
MARGIN = 72
CODE_SIDE = 300
CODE_AT = (MARGIN, HEIGHT - MARGIN - CODE_SIDE - 32)
"""Upper left corner of the code, its white border included."""


def draw_picture(sign: Sign, font: Font) -> bytes:
    """Return the picture of a sign as PNG, 1080 x 1560 pixels; every letter is drawn from `font`."""
    image = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    page = _Page(image, font)
    y = page.head(sign)
    y = page.text(sign.name, y + 24, size=76, is_strong=True, lines=2)
    for function in sign.functions[:2]:
        title = function.label if not function.tier else f"{function.label} · {function.tier}"
        y = page.text(title, y + 20, size=34, colour=GREY)
        y = page.text(function.hours, y + 4, size=44, is_strong=True, lines=2)
        services = gettext(", ").join(name for _, name in function.services)
        y = page.text(services, y + 8, size=36, lines=2 if len(sign.functions) > 1 else 3)
    if sign.address:
        y = page.text(sign.address, y + 16, size=34, colour=GREY, lines=2)
    if sign.how_to_get_in:
        y = page.text(sign.how_to_get_in, y + 8, size=34, colour=GREY, lines=2)
    page.neighbours(sign, min(y + 32, CODE_AT[1] - 320))
    page.foot(sign)
    out = BytesIO()
    # A picture of few colours is a quarter of the size, which a phone in bad reception feels.
    image.quantize(64, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    return out.getvalue()


class _Page:
    """A picture that is written from the top down."""

    def __init__(self, image: Image.Image, font: Font) -> None:
        self.image = image
        self.pen = ImageDraw.Draw(image)
        self._font = font

    def font(self, size: int) -> ImageFont.FreeTypeFont:
        return ImageFont.truetype(str(self._font.path), size, index=self._font.face)

    def head(self, sign: Sign) -> int:
        """Write whose picture this is; on a sample's, that it is one. Return where to go on."""
        self.pen.ellipse((MARGIN, MARGIN + 4, MARGIN + 40, MARGIN + 44), outline=RED, width=10)
        brand = f"{gettext('Fuchun map')}  {sign.place}"
        self.pen.text((MARGIN + 60, MARGIN), brand, font=self.font(36), fill=GREY)
        bottom = MARGIN + 56
        if sign.is_sample:
            warning = gettext("Sample data: this station does not exist. Do not go there.")
            self.pen.rectangle((0, bottom + 16, WIDTH, bottom + 92), fill=WARN_PAPER)
            self.pen.text((MARGIN, bottom + 30), warning, font=self.font(38), fill=CLOSING)
            bottom += 92
        return bottom

    def text(self, words: str, y: int, *, size: int, colour: str = INK, is_strong: bool = False, lines: int = 1) -> int:
        """Write words over at most `lines` lines, the last cut off with dots; return where they end."""
        font = self.font(size)
        for line in fit_lines(words, font.getlength, WIDTH - 2 * MARGIN, lines=lines):
            self.pen.text(
                (MARGIN, y),
                line,
                font=font,
                fill=colour,
                stroke_width=size // 40 if is_strong else 0,
                stroke_fill=colour,
            )
            y += round(size * 1.35)
        return y

    def neighbours(self, sign: Sign, y: int) -> None:
        """Write the nearest other stations."""
        self.pen.line((MARGIN, y, WIDTH - MARGIN, y), fill=LINE, width=3)
        if not sign.neighbours:
            return
        self.pen.text((MARGIN, y + 20), gettext("Nearest others, from here"), font=self.font(34), fill=GREY)
        y += 76
        for other in sign.neighbours:
            travel = self.font(40)
            room = WIDTH - 2 * MARGIN - round(travel.getlength(other.travel)) - 32
            name = fit_lines(other.name, self.font(40).getlength, room, lines=1)[0]
            self.pen.text((MARGIN, y), name, font=self.font(40), fill=INK)
            self.pen.text((WIDTH - MARGIN, y), other.travel, font=travel, fill=INK, anchor="ra", stroke_width=1)
            hours = fit_lines(other.hours, self.font(28).getlength, WIDTH - 2 * MARGIN, lines=1)[0]
            self.pen.text((MARGIN, y + 48), hours, font=self.font(28), fill=GREY)
            y += 84

    def foot(self, sign: Sign) -> None:
        """Draw the code, what it is for, and when this was made."""
        paste_code(self.image, sign.url)
        if sign.is_sample:
            at = (CODE_AT[0] + CODE_SIDE // 2, CODE_AT[1] + CODE_SIDE + 8)
            self.pen.text(at, gettext("Sample data"), font=self.font(32), fill=CLOSING, anchor="ma")
        left, top = CODE_AT[0] + CODE_SIDE + 36, CODE_AT[1]
        room = WIDTH - MARGIN - left
        y = top + 20
        words = gettext("Scan to see whether it is open now and how to get there.")
        for line in fit_lines(words, self.font(40).getlength, room, lines=2):
            self.pen.text((left, y), line, font=self.font(40), fill=INK)
            y += 54
        for line in fit_lines(sign.url, self.font(28).getlength, room, lines=3):
            self.pen.text((left, y + 8), line, font=self.font(28), fill=GREY)
            y += 38
        made = gettext("Made on %(day)s; hours may have changed since.", day=sign.made)
        for line in fit_lines(made, self.font(28).getlength, room, lines=2):
            self.pen.text((left, y + 20), line, font=self.font(28), fill=GREY)
            y += 38


def paste_code(image: Image.Image, url: str) -> None:
    """Draw the QR code of an address at `CODE_AT`."""
    matrix = make_code(url).matrix
    size = len(matrix) + 2 * BORDER
    code = Image.new("L", (size, size), 255)
    for row, modules in enumerate(matrix):
        for column, module in enumerate(modules):
            if module:
                code.putpixel((column + BORDER, row + BORDER), 0)
    side = CODE_SIDE // size * size  # whole pixels a module: a code with blurred edges is read badly
    image.paste(code.resize((side, side), Image.Resampling.NEAREST), CODE_AT)
