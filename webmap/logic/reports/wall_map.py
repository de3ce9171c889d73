"""Wall map of a district as PDF (A3 or A1): stations by state, shares by town, and the ledger beside the map."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from matplotlib.patches import Patch

from geo.db.ledger import DECLINED, OPEN, EntryFacts
from webmap.logic.colours import CLOSING, GAPS, GREY, INK, RED
from webmap.logic.colours import OPEN as GREEN
from webmap.logic.fonts import Font, plot_font
from webmap.logic.gap_classes import share_classes, share_colour
from webmap.logic.labels import GAP_STATES
from webmap.logic.reports.maps import Sheet, fill_shape
from webmap.logic.reports.numbers import CoverageReport
from webmap.logic.reports.report_text import ReportText
from webmap.logic.reports.shapes import Shapes

SIZES = {"a3": (16.54, 11.69), "a1": (33.11, 23.39)}
"""Inches, landscape (ISO 216)."""
MOST_ROWS = 24
_MAP_WIDTH = 0.68


@dataclass(frozen=True)
class TownDone:
    """Entries of the ledger in a town: those that are to be built, and those that have opened."""

    name: str
    target: int
    done: int


def town_targets(entries: Sequence[EntryFacts], names: dict[str, str]) -> list[TownDone]:
    """Return the towns that have entries; what is not to be built for now is no target."""
    wanted = [entry for entry in entries if entry.state != DECLINED]
    codes = sorted({entry.region_code or "" for entry in wanted})
    return [
        TownDone(
            names.get(code, ""),
            sum((entry.region_code or "") == code for entry in wanted),
            sum((entry.region_code or "") == code and entry.state == OPEN for entry in wanted),
        )
        for code in codes
    ]


def draw_wall_map(
    report: CoverageReport,
    shapes: Shapes,
    words: ReportText,
    font: Font,
    *,
    entries: Sequence[EntryFacts],
    today: date,
    size: str,
) -> bytes:
    """Return the PDF; the same report, ledger and day are the same bytes."""
    wide, high = SIZES[size]
    scale = wide / SIZES["a3"][0]
    sheet = Sheet(
        report, shapes, words, font, size=(wide, high), frame=(0.01, 0.06, _MAP_WIDTH, 0.87), scale=1.7 * scale
    )
    by_code = {town.code: town for town in report.towns}
    for code, shape in shapes.towns.items():
        town = by_code.get(code)
        if town is not None and town.people:
            colour = GAPS[share_colour(town.share, report.share_breaks)]
            fill_shape(sheet.ax, shape, facecolor=colour, edgecolor="white", linewidth=0.8 * scale, zorder=1)
    sheet.add_water()
    sheet.add_streets(alpha=0.35)
    sheet.add_outline()
    numbered = []
    for number, entry in enumerate(entries, 1):
        if entry.state == DECLINED:
            continue
        edge = GREEN if entry.state == OPEN else CLOSING if entry.days_overdue(today) else INK
        # On white, so that it is seen on the darkest towns.
        fill_shape(sheet.ax, entry.outline, facecolor="none", edgecolor="white", linewidth=3.2 * scale, zorder=6)
        fill_shape(sheet.ax, entry.outline, facecolor="none", edgecolor=edge, linewidth=1.6 * scale, zorder=7)
        numbered.append((number, entry.lon, entry.lat))
    sheet.add_stations()
    sheet.add_numbers(numbered[:MOST_ROWS])
    sheet.add_town_names()
    legend: list[tuple[Any, str]] = [
        (Patch(facecolor=GAPS[each.colour]), f"{each.low:.0%}–{each.high:.0%}") for each in share_classes(report.towns)
    ]
    states = (
        (INK, words.translate("gap taken up")),
        (CLOSING, words.translate("overdue")),
        (GREEN, words.name(GAP_STATES[OPEN])),
    )
    legend += [(Patch(facecolor="none", edgecolor=colour, linewidth=1.6), text) for colour, text in states]
    _write_side(sheet, report, words, font, entries=entries, today=today, scale=scale)
    title = words.translate("Rest stations of {district}: wall map").format(district=words.district)
    picture: bytes = sheet.finish(
        title, [*legend, *sheet.station_legend()], head=words.translate("Share covered"), form="pdf"
    )
    return picture


def _write_side(
    sheet: Sheet,
    report: CoverageReport,
    words: ReportText,
    font: Font,
    *,
    entries: Sequence[EntryFacts],
    today: date,
    scale: float,
) -> None:
    """Write the answer, the towns and the entries beside the map."""
    translate, figure = words.translate, sheet.figure
    left, y = _MAP_WIDTH + 0.03, 0.915

    def write(text: str, *, at: float = 0.0, size: float = 9.0, colour: str = INK) -> None:
        figure.text(left + at, y, text, fontproperties=plot_font(font, size=size * scale), color=colour, va="top")

    write(f"{words.percent(report.whole.share)}  {translate('Share covered')}", size=20)
    y -= 0.05
    write(
        translate("{missed} missed · {count} gaps").format(
            missed=words.counted(report.whole.missed), count=len(report.gaps)
        ),
        size=11,
    )
    y -= 0.05
    if not entries:
        write(translate("No gap is in the ledger yet. Its towns, offices and dates will be listed here."), colour=GREY)
    else:
        names = {town.code: words.named(town.name) for town in report.towns}
        write(translate("Towns: target and done"), size=13)
        y -= 0.034
        for town in town_targets(entries, names)[:MOST_ROWS]:
            write(town.name, size=10)
            write(f"{town.done} / {town.target}", at=0.2, size=10, colour=GREEN if town.done == town.target else INK)
            y -= 0.024
        y -= 0.02
        write(translate("Gap"), at=0.016, size=10, colour=GREY)
        write(translate("Office in charge"), at=0.155, size=10, colour=GREY)
        write(translate("To be done by"), at=0.222, size=10, colour=GREY)
        y -= 0.029
    for number, entry in enumerate(entries, 1):
        if y < 0.09:
            write("…")
            break
        late = entry.days_overdue(today)
        write(str(number), colour=GREY)
        write(_cut(entry.name, 18), at=0.016)
        write(_cut(entry.office or "", 8), at=0.155)
        due = entry.due_on.isoformat() if entry.due_on else ""
        write(f"▲ {due}" if late else due, at=0.222, colour=CLOSING if late else INK)
        y -= 0.025
    signed = report.signed_by or ""
    figure.text(
        0.99, 0.03, f"{signed}  {report.made_at:%Y-%m-%d}".strip(), fontproperties=plot_font(font, size=8 * scale),
        color=RED if words.mark else GREY, ha="right", va="center",
    )  # fmt: skip


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
