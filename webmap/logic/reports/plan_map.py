"""Wall map of a plan as PDF (A3 or A1): its sites numbered, whom they newly reach, who is missed, and the list."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from matplotlib.collections import PolyCollection
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from webmap.logic.colours import GAPS, GREY, INK, RED
from webmap.logic.colours import OPEN as GREEN
from webmap.logic.fonts import Font, plot_font
from webmap.logic.reports.labels_apart import move_apart
from webmap.logic.reports.maps import DPI, Sheet, fill_shape
from webmap.logic.reports.numbers import CoverageReport
from webmap.logic.reports.report_text import ReportText
from webmap.logic.reports.shapes import Shapes
from webmap.logic.reports.wall_map import SIZES

_MAP_WIDTH = 0.66
_MARK_PT = 15.0
_MOST_SITES = 30
_NAME_SIGNS, _HOST_SIGNS = 16, 9
"""Full-width signs of a name and of a host that have room in the list."""


@dataclass(frozen=True)
class MapSite:
    """A site of the plan (degrees, WGS84), the land around those whom it newly reaches, and its row of the list."""

    lon: float
    lat: float
    reach: shapely.Geometry
    name: str
    adds: str
    host: str
    cost: str


@dataclass(frozen=True, kw_only=True)
class MapWords:
    """What the map says, in the reader's language; `missed` are squares with the people still missed in each."""

    title: str
    headline: str
    lines: Sequence[str]
    heads: tuple[str, str, str, str]
    sites: Sequence[MapSite]
    missed: Sequence[tuple[shapely.Polygon, float]]
    legend: tuple[str, str, str]
    signature: str


def draw_plan_map(
    report: CoverageReport, shapes: Shapes, words: ReportText, font: Font, *, plan: MapWords, size: str
) -> bytes:
    """Return the PDF; `report` and `shapes` are those of the plan's question before anything is built."""
    wide, high = SIZES[size]
    scale = wide / SIZES["a3"][0]
    sheet = Sheet(
        report, shapes, words, font, size=(wide, high), frame=(0.01, 0.06, _MAP_WIDTH, 0.87), scale=1.7 * scale
    )
    sheet.add_water()
    sheet.add_streets(alpha=0.6)
    _add_missed(sheet, plan)
    for site in plan.sites:
        fill_shape(sheet.ax, site.reach, facecolor=f"{GREEN}59", edgecolor=GREEN, linewidth=0.8 * scale, zorder=2.5)
    sheet.add_outline()
    sheet.add_towns()
    sheet.add_stations()
    sheet.add_town_names()
    _add_sites(sheet, plan, scale)
    _write_side(sheet, plan, font, scale)
    proposed, reached, missed = plan.legend
    legend: list[tuple[Any, str]] = [
        (Line2D([], [], marker="D", linestyle="", markersize=7, color=RED, markeredgecolor="white"), proposed),
        (Patch(facecolor=GREEN, alpha=0.35), reached),
        (Patch(facecolor=GAPS[-1]), missed),
    ]
    picture: bytes = sheet.finish(plan.title, [*legend, *sheet.station_legend()], head="", form="pdf")
    return picture


def _add_missed(sheet: Sheet, plan: MapWords) -> None:
    people = np.array([each for _, each in plan.missed])
    if not people.size:
        return
    class_of = np.searchsorted(sheet.report.gap_breaks, people, side="right")
    for at in np.unique(class_of).tolist():
        here = np.flatnonzero(class_of == at).tolist()
        cells = [np.asarray(plan.missed[j][0].exterior.coords) for j in here]
        sheet.ax.add_collection(PolyCollection(cells, facecolors=GAPS[at], edgecolors="none", alpha=0.85, zorder=2))


def _add_sites(sheet: Sheet, plan: MapWords, scale: float) -> None:
    """Draw the sites as numbered diamonds, moved apart where they would cover each other."""
    if not plan.sites:
        return
    there = sheet.ax.transData.transform([(site.lon, site.lat) for site in plan.sites])
    moved = sheet.ax.transData.inverted().transform(move_apart(there, distance=_MARK_PT * scale * 1.2 * DPI / 72.0))
    for number, (site, (x, y)) in enumerate(zip(plan.sites, moved.tolist(), strict=True), start=1):
        sheet.ax.plot([site.lon, x], [site.lat, y], color=RED, linewidth=0.9 * scale, zorder=11)
        sheet.ax.plot(
            x, y, "D", markersize=_MARK_PT * scale, color=RED, markeredgecolor="white", markeredgewidth=1.2 * scale,
            zorder=12,
        )  # fmt: skip
        sheet.write(x, y, str(number), color="white", zorder=13, is_haloed=False)


def _write_side(sheet: Sheet, plan: MapWords, font: Font, scale: float) -> None:
    """Write the answer and the list of sites beside the map."""
    left, y = _MAP_WIDTH + 0.03, 0.915

    def write(text: str, *, at: float = 0.0, size: float = 9.0, colour: str = INK, align: str = "left") -> None:
        sheet.figure.text(
            left + at, y, text, fontproperties=plot_font(font, size=size * scale), color=colour, va="top", ha=align
        )

    write(plan.headline, size=20)
    y -= 0.055
    for line in plan.lines:
        write(line, size=9)
        y -= 0.028
    y -= 0.02
    name, adds, host, cost = plan.heads
    for text, at, align in ((name, 0.0, "left"), (adds, 0.19, "right"), (host, 0.2, "left"), (cost, 0.305, "right")):
        write(text, at=at, size=8.5, colour=GREY, align=align)
    y -= 0.028
    for number, site in enumerate(plan.sites[:_MOST_SITES], start=1):
        write(f"◆{number}", size=8.5, colour=RED)
        write(_cut(site.name, _NAME_SIGNS), at=0.022, size=8.5)
        write(site.adds, at=0.19, size=8.5, align="right")
        write(_cut(site.host, _HOST_SIGNS), at=0.2, size=8)
        write(site.cost, at=0.305, size=8.5, align="right")
        y -= 0.0255
    sheet.figure.text(
        0.99, 0.03, plan.signature, fontproperties=plot_font(font, size=8 * scale),
        color=RED if sheet.words.mark else GREY, ha="right", va="center",
    )  # fmt: skip


def _cut(text: str, most: int) -> str:
    """Return a text that has room: `most` full-width signs, a Latin letter counting half."""
    width = 0.0
    for at, sign in enumerate(text):
        width += 1.0 if ord(sign) > 0x2E7F else 0.55
        if width > most:
            return f"{text[:at]}…"
    return text
