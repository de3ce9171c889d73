"""Papers of a departure: headings, lines, tables and sketches of a day's route, shown as a page and written as PDF."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from fpdf import FPDF
from fpdf.enums import TextMode, WrapMode, XPos, YPos
from fpdf.fonts import FontFace
from numpy.typing import NDArray

from geo.network.snap import metres_per_degree
from webmap.logic import colours
from webmap.logic.fonts import Font

SKETCH = (170.0, 80.0)
"""Width and height of a sketch, millimetres on paper and units of the picture on a page."""
_MARGIN = 6.0
RADIUS = 2.4
"""Of the circle of a stop."""
LETTER = 2.7
"""Width and height of a Chinese character of a label."""
MARGIN, WIDTH, HEIGHT = 20.0, 210.0, 297.0


@dataclass(frozen=True)
class SketchPoint:
    """A point of a sketch: a numbered stop, or a rest station or toilet on the way (number None).

    The label of a stop begins (`anchor` ``start``) or ends (``end``) at `label_x`, its middle as high as `label_y`.
    """

    x: float
    y: float
    number: int | None
    label: str
    label_x: float = 0.0
    label_y: float = 0.0
    anchor: str = "start"


@dataclass(frozen=True)
class Sketch:
    """A day's route without a background: lines and points in millimetres from the upper left, and a scale.

    `scale_km` is how many kilometres are `scale_mm` long.
    """

    lines: tuple[tuple[tuple[float, float], ...], ...]
    points: tuple[SketchPoint, ...]
    scale_km: float
    scale_mm: float


@dataclass(frozen=True)
class Section:
    """A part of a paper: a heading, a sketch, a table (its first row is its head), lines of text."""

    heading: str
    lines: tuple[str, ...] = ()
    table: tuple[tuple[str, ...], ...] = ()
    widths: tuple[int, ...] = ()
    sketch: Sketch | None = None


@dataclass(frozen=True)
class Paper:
    """A paper: its code, title, mark of sample data (or empty), what stands under the title, sections, and a foot."""

    code: str
    title: str
    mark: str
    head: tuple[str, ...]
    sections: tuple[Section, ...]
    foot: str


def draw_sketch(
    lines: Sequence[NDArray[np.float64]],
    stops: Sequence[tuple[float, float, str]],
    near: Sequence[tuple[float, float, str]],
) -> Sketch | None:
    """Return a sketch of a day: driven lines (n, 2), numbered stops and what lies near, all degrees WGS84.

    Stops at one place have one point, numbered as the first of them. None where there are no stops.
    """
    if not stops:
        return None
    every = np.concatenate([np.array([stop[:2] for stop in stops]), *lines])
    per_lon, per_lat = (float(each) for each in metres_per_degree(float(every[:, 1].mean())))
    low, high = every.min(axis=0), every.max(axis=0)
    wide, high_m = max(500.0, (high[0] - low[0]) * per_lon), max(300.0, (high[1] - low[1]) * per_lat)
    scale = min((SKETCH[0] - 2 * _MARGIN) / wide, (SKETCH[1] - 2 * _MARGIN) / high_m)
    middle = (low + high) / 2.0

    def at(lon: float, lat: float) -> tuple[float, float]:
        x = SKETCH[0] / 2 + (lon - middle[0]) * per_lon * scale
        y = SKETCH[1] / 2 - (lat - middle[1]) * per_lat * scale
        return round(float(x), 2), round(float(y), 2)

    # What lies near first: a stop and its name are drawn over it.
    stands: list[SketchPoint] = []
    for number, (lon, lat, name) in enumerate(stops, 1):
        x, y = at(lon, lat)
        if not any(abs(each.x - x) < 0.5 and abs(each.y - y) < 0.5 for each in stands):
            stands.append(SketchPoint(x, y, number, name))
    points: list[SketchPoint] = []
    for lon, lat, name in near:
        x, y = at(lon, lat)
        if 0.0 <= x <= SKETCH[0] and 0.0 <= y <= SKETCH[1]:
            points.append(SketchPoint(x, y, None, name))
    stands = _place_labels(stands)
    km = next((each for each in (0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0) if each * 1000.0 * scale >= 15.0), 50.0)
    return Sketch(
        tuple(tuple(at(*point) for point in line) for line in lines),
        (*points, *stands),
        km,
        round(km * 1000.0 * scale, 2),
    )


_Box = tuple[float, float, float, float]


def _place_labels(stops: Sequence[SketchPoint]) -> list[SketchPoint]:
    """Return stops whose labels lie beside, under or over their circles and, where there is room, on no other."""
    taken: list[_Box] = [(each.x - RADIUS, each.y - RADIUS, each.x + RADIUS, each.y + RADIUS) for each in stops]
    placed = []
    for stop in stops:
        wide = sum(LETTER if ord(letter) > 0x2E7F else 0.6 * LETTER for letter in stop.label)
        right, left = stop.x + RADIUS + 0.8, stop.x - RADIUS - 0.8
        options = [(right, stop.y, "start"), (left, stop.y, "end")]
        for dy in (RADIUS + 2.2, -RADIUS - 2.2, 2 * RADIUS + 2.2, -2 * RADIUS - 2.2):
            options += [
                (stop.x - wide / 2, stop.y + dy, "start"),
                (right, stop.y + dy, "start"),
                (left, stop.y + dy, "end"),
            ]
        boxes = [_label_box(x, y, anchor, wide) for x, y, anchor in options]
        inside = [
            k
            for k, box in enumerate(boxes)
            if box[0] >= 0 and box[1] >= 0 and box[2] <= SKETCH[0] and box[3] <= SKETCH[1]
        ]
        free = [k for k in inside if not any(_overlaps(boxes[k], other) for other in taken)]
        best = next(iter(free or inside), 0)
        taken.append(boxes[best])
        x, y, anchor = options[best]
        placed.append(replace(stop, label_x=round(x, 2), label_y=round(y, 2), anchor=anchor))
    return placed


def _label_box(x: float, y: float, anchor: str, wide: float) -> _Box:
    first = x if anchor == "start" else x - wide
    return first, y - LETTER / 2 - 0.3, first + wide, y + LETTER / 2 + 0.3


def _overlaps(one: _Box, other: _Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def write_pdf(papers: Sequence[Paper], font: Font) -> bytes:
    """Return papers as PDF on A4, each from a page of its own."""
    pdf = _Pages(font, papers[0].title)
    for paper in papers:
        pdf.paper(paper)
    return bytes(pdf.pdf.output())


class _Pages:
    """A document that is written page by page."""

    def __init__(self, font: Font, title: str) -> None:
        self.pdf = FPDF(format="A4")
        self.pdf.set_title(title)
        self.pdf.set_creator("fuchun-map")
        self.pdf.set_margin(MARGIN)
        self.pdf.set_auto_page_break(True, MARGIN)
        self.pdf.add_font("print", fname=font.path, collection_font_number=font.face)

    def paper(self, paper: Paper) -> None:
        """Write a paper."""
        self.pdf.add_page()
        if paper.mark:
            self.pdf.set_fill_color(*_rgb(colours.WARN_PAPER))
            self.pdf.rect(0, 8, WIDTH, 8, style="F")
            self.pdf.set_y(9)
            self._text(paper.mark, 10, colour=colours.CLOSING)
            self.pdf.set_y(MARGIN)
        self._text(paper.title, 18, is_strong=True)
        for line in paper.head:
            self._text(line, 10.5, colour=colours.GREY)
        for section in paper.sections:
            self._section(section)
        self.pdf.ln(4)
        self._text(paper.foot, 8.5, colour=colours.GREY)

    def _section(self, section: Section) -> None:
        self.pdf.ln(4)
        needed = 24.0 + (SKETCH[1] if section.sketch else 0.0)
        if self.pdf.get_y() + needed > HEIGHT - MARGIN:
            self.pdf.add_page()
        self._text(section.heading, 13, is_strong=True)
        if section.sketch:
            self._sketch(section.sketch)
        if section.table:
            self._table(section)
        for line in section.lines:
            self._text(line, 10.5)

    def _table(self, section: Section) -> None:
        self.pdf.ln(1)
        self.pdf.set_font("print", size=9.5)
        self.pdf.set_text_color(*_rgb(colours.INK))
        self.pdf.set_draw_color(*_rgb("#c9ced4"))
        self.pdf.set_line_width(0.2)
        # A cell is filled with the last colour there was.
        self.pdf.set_fill_color(255, 255, 255)
        with self.pdf.table(
            col_widths=section.widths or None,
            text_align="LEFT",
            line_height=5.4,
            padding=1,
            wrapmode=WrapMode.CHAR,
            borders_layout="HORIZONTAL_LINES",
            headings_style=FontFace(color=_rgb(colours.GREY)),
        ) as table:
            for line in section.table:
                row = table.row()
                for cell in line:
                    row.cell(cell)
        self.pdf.ln(1)

    def _sketch(self, sketch: Sketch) -> None:
        pdf, left, top = self.pdf, MARGIN, self.pdf.get_y() + 1
        pdf.set_draw_color(*_rgb("#e3e5e8"))
        pdf.set_line_width(0.2)
        pdf.rect(left, top, *SKETCH)
        pdf.set_draw_color(*_rgb(colours.RED))
        pdf.set_line_width(0.7)
        for line in sketch.lines:
            if len(line) > 1:
                pdf.polyline([(left + x, top + y) for x, y in line])
        for point in sketch.points:
            x, y = left + point.x, top + point.y
            if point.number is None:
                pdf.set_fill_color(*_rgb(colours.OPEN))
                pdf.circle(x, y, 1.0, style="F")
                continue
            pdf.set_fill_color(255, 255, 255)
            pdf.set_draw_color(*_rgb(colours.INK))
            pdf.set_line_width(0.3)
            pdf.circle(x, y, RADIUS, style="DF")
            pdf.set_font("print", size=8)
            pdf.set_text_color(*_rgb(colours.INK))
            pdf.set_xy(x - 4, y - 2)
            pdf.cell(8, 4, str(point.number), align="C")
            pdf.set_font("print", size=7.5)
            room = pdf.get_string_width(point.label) + 0.6
            pdf.set_xy(left + point.label_x - (room if point.anchor == "end" else 0.3), top + point.label_y - 1.6)
            pdf.set_fill_color(255, 255, 255)
            pdf.cell(room, 3.2, point.label, fill=True)
        pdf.set_draw_color(*_rgb(colours.GREY))
        pdf.set_line_width(0.4)
        base = top + SKETCH[1] - 3
        pdf.line(left + 4, base, left + 4 + sketch.scale_mm, base)
        pdf.set_text_color(*_rgb(colours.GREY))
        pdf.set_font("print", size=7.5)
        pdf.set_xy(left + 4, base - 5)
        pdf.cell(20, 4, f"{sketch.scale_km:g} km")
        pdf.set_xy(MARGIN, top + SKETCH[1] + 2)

    def _text(self, text: str, size: float, *, colour: str = colours.INK, is_strong: bool = False) -> None:
        pdf = self.pdf
        pdf.set_font("print", size=size)
        pdf.set_text_color(*_rgb(colour))
        pdf.set_draw_color(*_rgb(colour))
        pdf.set_line_width(size / 60 * 0.35)
        # The font has one weight: strong is outlined.
        pdf.text_mode = TextMode.FILL_STROKE if is_strong else TextMode.FILL
        height = size * 0.352778 * 1.45
        pdf.multi_cell(0, height, text, wrapmode=WrapMode.CHAR, new_x=XPos.LMARGIN, new_y=YPos.NEXT, align="L")
        pdf.text_mode = TextMode.FILL


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
