"""The maps of a report as PNG, drawn by matplotlib with an explicit font file; sample data is marked inside each."""

from collections.abc import Callable, Iterable, Sequence
from io import BytesIO
from typing import Any

import numpy as np
import shapely
from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, PathPatch, Rectangle
from matplotlib.path import Path as DrawnPath
from numpy.typing import NDArray

from geo.network.snap import metres_per_degree
from webmap.logic.colours import GAPS, GREY, INK, OPEN, PAPER, RED, UNKNOWN, WATER
from webmap.logic.fonts import Font, plot_font
from webmap.logic.gap_classes import share_classes, share_colour
from webmap.logic.reports.labels_apart import densest_part, move_apart, place_names
from webmap.logic.reports.numbers import CoverageReport
from webmap.logic.reports.report_text import ReportText
from webmap.logic.reports.shapes import Shapes

FRAME = "#D5D9DE"
WIDTH_IN, HEIGHT_IN, DPI = 6.7, 4.9, 200
_FRAME = (0.0, 0.06, 1.0, 0.88)
_MARK_PT = 11.0
_NAME_PT = 6.5
_INSET_WIDE, _INSET_HIGH = 0.25, 0.42
"""Room of the enlargement, in the width and height of the map."""
LISTED = 10
"""Gaps that bear their number on the map."""


def draw_towns(report: CoverageReport, shapes: Shapes, words: ReportText, font: Font) -> bytes:
    """Return the map of shares by town, with the stations."""
    share = {town.code: town for town in report.towns}
    sheet = Sheet(report, shapes, words, font)
    classes = share_classes(report.towns)
    breaks = report.share_breaks

    def draw() -> None:
        for code, shape in shapes.towns.items():
            town = share.get(code)
            if town is None or not town.people:
                fill_shape(sheet.ax, shape, facecolor="none", edgecolor=GREY, linewidth=0.6)
                continue
            colour = GAPS[share_colour(town.share, breaks)]
            fill_shape(sheet.ax, shape, facecolor=colour, edgecolor="white", linewidth=0.8, zorder=1)
        sheet.add_water()
        sheet.add_streets(alpha=0.35)
        sheet.add_outline()
        sheet.add_stations()
        sheet.add_town_names()

    draw()
    sheet.add_inset(draw)
    legend = [
        (Patch(facecolor=GAPS[each.colour]), f"{each.low:.0%}–{each.high:.0%}  {words.count(each.people)}")
        for each in classes
    ]
    title = words.translate("Share covered, and how many are missed in each class")
    return sheet.finish(title, [*legend, *sheet.station_legend()], head=words.translate("covered · missed"))


def draw_gaps(report: CoverageReport, shapes: Shapes, words: ReportText, font: Font) -> bytes:
    """Return the map of the streets within the standard, of the squares where people are missed, and of the gaps."""
    sheet = Sheet(report, shapes, words, font)
    people = np.array([missed for _, missed in shapes.squares])
    breaks = report.gap_breaks
    class_of = np.searchsorted(breaks, people, side="right")
    cells = [np.asarray(cell.exterior.coords) for cell, _ in shapes.squares]
    lines = [np.asarray(line.coords) for found in shapes.service.values() for line in found]
    used = [at for at in range(len(breaks) + 1) if (class_of == at).any()]

    def draw() -> None:
        sheet.add_water()
        sheet.add_streets(alpha=0.8)
        for at in used:
            chosen = [cell for cell, k in zip(cells, class_of, strict=True) if k == at]
            sheet.ax.add_collection(
                PolyCollection(chosen, facecolors=GAPS[at], edgecolors="none", alpha=0.85, zorder=2)
            )
        sheet.ax.add_collection(LineCollection(lines, colors=OPEN, linewidths=1.0, zorder=3))
        sheet.add_outline()
        sheet.add_towns()
        sheet.add_stations()
        sheet.add_gaps()

    draw()
    sheet.add_inset(draw)
    legend: list[tuple[Any, str]] = []
    for at in used:
        low = 0.0 if at == 0 else breaks[at - 1]
        high = f"–{words.count(breaks[at])}" if at < len(breaks) else "+"
        text = f"{words.count(low)}{high}  {words.count(float(people[class_of == at].sum()))}"
        legend.append((Patch(facecolor=GAPS[at]), text))
    legend.append((Line2D([], [], color=OPEN, linewidth=1.5), words.translate("within the standard")))
    title = words.translate("People missed by square of 500 m, and the ten largest gaps")
    return sheet.finish(title, [*legend, *sheet.station_legend()], head=words.translate("in a square · in all"))


class Sheet:
    """One map: what all have in common.

    Parameters
    ----------
    report : CoverageReport
    shapes : Shapes
    words : ReportText
    font : Font
    size : tuple of float
        Inches, width and height.
    frame : tuple of float
        Left, bottom, width and height of the map in parts of the sheet.
    scale : float
        Of letters and lines.
    """

    def __init__(
        self,
        report: CoverageReport,
        shapes: Shapes,
        words: ReportText,
        font: Font,
        *,
        size: tuple[float, float] = (WIDTH_IN, HEIGHT_IN),
        frame: tuple[float, float, float, float] = _FRAME,
        scale: float = 1.0,
    ) -> None:
        self.report, self.shapes, self.words, self.font, self.scale = report, shapes, words, font, scale
        self.figure = Figure(figsize=size, dpi=DPI, facecolor="white")
        self.ax = self.figure.add_axes(frame, facecolor=PAPER)
        ratio = size[0] * frame[2] / (size[1] * frame[3])
        self.ax.set_xticks([])
        self.ax.set_yticks([])
        for side in self.ax.spines.values():
            side.set_color(FRAME)
        west, south, east, north = self._bounds()
        per_x, per_y = (float(metres) for metres in metres_per_degree((south + north) / 2))
        self.metres_per_x = per_x
        # What is drawn fills the sheet in both directions, and leaves a strip for the legend at the left.
        wide_m, high_m = (east - west) * per_x * 1.36, (north - south) * per_y * 1.08
        wide_m, high_m = max(wide_m, high_m * ratio), max(high_m, wide_m / ratio)
        right, middle = east + 0.04 * (east - west), (south + north) / 2
        self.ax.set_xlim(right - wide_m / per_x, right)
        self.ax.set_ylim(middle - high_m / per_y / 2, middle + high_m / per_y / 2)

    def _bounds(self) -> tuple[float, float, float, float]:
        shapes = [self.shapes.outline, *self.shapes.towns.values()]
        known = [shape for shape in shapes if shape is not None]
        if known:
            return tuple(map(float, shapely.total_bounds(known)))  # type: ignore[return-value]
        points = np.vstack(self.shapes.streets)
        return (*map(float, points.min(axis=0)), *map(float, points.max(axis=0)))  # type: ignore[return-value]

    def add_water(self) -> None:
        """Draw the water."""
        if self.shapes.water is not None:
            fill_shape(self.ax, self.shapes.water, facecolor=WATER, edgecolor="none", zorder=1.5)

    def add_streets(self, *, alpha: float) -> None:
        """Draw every street."""
        self.ax.add_collection(
            LineCollection(self.shapes.streets, colors="#B8BFC7", linewidths=0.35 * self.scale, alpha=alpha, zorder=1.8)
        )

    def add_outline(self) -> None:
        """Draw the outline of the district."""
        if self.shapes.outline is not None:
            fill_shape(
                self.ax, self.shapes.outline, facecolor="none", edgecolor=INK, linewidth=1.1 * self.scale, zorder=4
            )

    def add_towns(self) -> None:
        """Draw the boundaries of the towns, dashed where they are schematic."""
        for shape in self.shapes.towns.values():
            style = (0, (4, 2)) if self.shapes.is_schematic else "-"
            fill_shape(self.ax, shape, facecolor="none", edgecolor=GREY, linewidth=0.4, linestyle=style, zorder=3.5)

    def add_stations(self) -> None:
        """Draw the stations by state."""
        for state, colour in self._station_states():
            chosen = [station for station in self.report.stations if station.state == state]
            self.ax.scatter(
                [station.lon for station in chosen],
                [station.lat for station in chosen],
                s=22 * self.scale**2, facecolors=colour, edgecolors=RED, linewidths=1.1 * self.scale, zorder=8,
            )  # fmt: skip

    def _station_states(self) -> Sequence[tuple[str, str]]:
        if self.report.at is None:
            return (("open", "white"),)
        return (("open", OPEN), ("closed", "white"), ("unknown", UNKNOWN))

    def station_legend(self) -> list[tuple[Any, str]]:
        """Return what the marks of stations mean."""
        name = self.words.translate("Station in service")
        named: Callable[[str], str] = lambda state: name if self.report.at is None else self.words.state(state)  # noqa: E731
        present = {station.state for station in self.report.stations}
        return [
            (
                Line2D([], [], marker="o", linestyle="", markersize=5, color=colour, markeredgecolor=RED),
                named(state),
            )
            for state, colour in self._station_states()
            if state in present
        ]

    def add_gaps(self) -> None:
        """Add the first gaps as numbers."""
        self.add_numbers([(gap.rank, gap.lon, gap.lat) for gap in self.report.gaps[:LISTED]])

    def add_numbers(self, numbered: Sequence[tuple[int, float, float]]) -> None:
        """Add numbers at longitudes and latitudes, moved apart where they would cover each other."""
        shown = [each for each in numbered if self._is_shown(*each[1:])]
        if not shown:
            return
        to_pixel = self.ax.transData
        there = to_pixel.transform([each[1:] for each in shown])
        distance = _MARK_PT * self.scale * 1.15 * DPI / 72.0
        apart = move_apart(there, distance=distance, still=self._station_pixels())
        # Among many stations a number would go far for its room: it stays near its place, on one of them.
        is_far = np.hypot(*(apart - there).T) > 3.0 * distance
        apart[is_far] = move_apart(there, distance=distance)[is_far]
        low, high = self.ax.transAxes.transform([(0.0, 0.0), (1.0, 1.0)])
        moved = to_pixel.inverted().transform(np.clip(apart, low + distance / 2.0, high - distance / 2.0))
        style: dict[str, Any] = {
            "markersize": _MARK_PT * self.scale,
            "color": INK,
            "markeredgecolor": "white",
            "markeredgewidth": 0.8,
        }
        for (number, lon, lat), (x, y) in zip(shown, moved.tolist(), strict=True):
            self.ax.plot([lon, x], [lat, y], color=INK, linewidth=0.7, zorder=9)
            self.ax.plot(x, y, "o", **style, zorder=10)
            self.write(x, y, str(number), color="white", zorder=11, is_haloed=False)

    def add_town_names(self) -> None:
        """Write the names of the towns that have room."""
        names = {town.code: self.words.named(town.name) for town in self.report.towns}
        inside = {
            code: shapely.get_coordinates(shapely.point_on_surface(each))[0] for code, each in self.shapes.towns.items()
        }
        inside = {code: at for code, at in inside.items() if self._is_shown(*at)}
        # The larger a town, the surer it keeps its name; the table has all of them.
        by_size = sorted(inside, key=lambda code: (-shapely.area(self.shapes.towns[code]), code))
        if not by_size:
            return
        at = self.ax.transData.transform([inside[code] for code in by_size])
        corners = self.ax.transAxes.transform([(0.0, 0.0), (1.0, 1.0)]).ravel().tolist()
        found = place_names(
            at, [names.get(code, "") for code in by_size], size=_NAME_PT * self.scale * DPI / 72.0,
            marks=self._station_pixels(), mark=3.2 * self.scale * DPI / 72.0,
            frame=(corners[0], corners[1], corners[2], corners[3]),
        )  # fmt: skip
        for each in found:
            x, y = self.ax.transData.inverted().transform((each.x, each.y)).tolist()
            self.write(x, y, names.get(by_size[each.number], ""), color=INK, zorder=9)

    def _station_pixels(self) -> NDArray[np.float64] | None:
        shown = [(s.lon, s.lat) for s in self.report.stations if self._is_shown(s.lon, s.lat)]
        return self.ax.transData.transform(shown) if shown else None

    def _is_shown(self, lon: float, lat: float) -> bool:
        (west, east), (south, north) = self.ax.get_xlim(), self.ax.get_ylim()
        return bool(west <= lon <= east and south <= lat <= north)

    def add_inset(self, draw: Callable[[], None]) -> None:
        """Draw the densest part of the district once more, larger, where marks and names lie close together.

        `draw` draws on the map of the sheet that is current. It stands at the lower left, where the strip for the
        legend is; nothing is added where a closer look shows no more.
        """
        marks = [(each.lon, each.lat) for each in self.report.stations]
        marks += [(gap.lon, gap.lat) for gap in self.report.gaps[:LISTED]]
        box = self._bounds()
        found = densest_part(np.array(marks).reshape(-1, 2), box)
        if found is None:
            return
        corner, part = found
        left, bottom, wide, high = self.ax.get_position().bounds
        size = self.figure.get_size_inches()
        # The part in the form of the district, as wide as the strip beside it.
        span = part * np.array([box[2] - box[0], box[3] - box[1]])
        metres = span * np.array([float(each) for each in metres_per_degree((box[1] + box[3]) / 2)])
        room_in = np.array([_INSET_WIDE * wide * size[0], _INSET_HIGH * high * size[1]])
        room_in = np.minimum(room_in, room_in[0] / metres[0] * metres)
        room_in = np.minimum(room_in, room_in[1] / metres[1] * metres)
        whole = self.ax
        self.ax = self.figure.add_axes(
            (left + 0.01, bottom + 0.12 * high, room_in[0] / size[0], room_in[1] / size[1]), facecolor=PAPER, zorder=5
        )
        self.ax.set_xticks([])
        self.ax.set_yticks([])
        self.ax.set_xlim(corner[0], corner[0] + span[0])
        self.ax.set_ylim(corner[1], corner[1] + span[1])
        for side in self.ax.spines.values():
            side.set_color(INK)
        draw()
        self.ax.set_title(
            self.words.translate("Enlarged"), fontproperties=plot_font(self.font, size=_NAME_PT * self.scale),
            color=INK, pad=2.0, loc="left",
        )  # fmt: skip
        self.ax = whole
        whole.add_patch(Rectangle(tuple(corner), *span, facecolor="none", edgecolor=INK, linewidth=0.9, zorder=12))

    def write(self, x: float, y: float, text: str, *, color: str, zorder: float, is_haloed: bool = True) -> None:
        """Write a text around a point in degrees."""
        effects = [patheffects.withStroke(linewidth=1.6, foreground="white")] if is_haloed else []
        self.ax.text(
            x, y, text, fontproperties=plot_font(self.font, size=_NAME_PT * self.scale), color=color,
            ha="center", va="center", zorder=zorder, path_effects=effects, clip_on=True,
        )  # fmt: skip

    def finish(self, title: str, legend: Sequence[tuple[Any, str]], *, head: str, form: str = "png") -> bytes:
        """Add title, legend, scale, sources and marks, and return the picture (``png`` or ``pdf``)."""
        figure, font, scale = self.figure, self.font, self.scale
        figure.text(0.01, 0.975, title, fontproperties=plot_font(font, size=9.5 * scale), color=INK, va="center")
        notes = [self.words.question, self._credits()]
        if self.words.proxy:
            notes.insert(1, self.words.translate("proxy"))
        if self.shapes.is_schematic:
            notes.append(self.words.translate("Boundaries are schematic"))
        figure.text(
            0.01,
            0.03,
            " · ".join(filter(None, notes)),
            fontproperties=plot_font(font, size=6 * scale),
            color=GREY,
            va="center",
        )
        small = plot_font(font, size=6.5 * scale)
        box = self.ax.legend(
            [handle for handle, _ in legend], [text for _, text in legend], loc="upper left", framealpha=0.9,
            edgecolor=FRAME, title=head, prop=small, title_fontproperties=small, borderpad=0.8, labelspacing=0.6,
        )  # fmt: skip
        box.set_zorder(20)
        self._add_scale()
        if self.words.mark:
            self.ax.text(
                0.62, 0.5, self.words.mark, transform=self.ax.transAxes,
                fontproperties=plot_font(font, size=44 * scale), color=RED, alpha=0.18,
                rotation=28, ha="center", va="center", zorder=15,
            )  # fmt: skip
            figure.text(
                0.99,
                0.975,
                self.words.mark,
                fontproperties=plot_font(font, size=9.5 * scale),
                color=RED,
                ha="right",
                va="center",
            )
        picture = BytesIO()
        # Without its date and the library's version the same map is the same bytes.
        facts: dict[str, str | None] = {"Title": f"{title} {self.words.mark}".strip()}
        facts |= {"Software": None} if form == "png" else {"Creator": None, "Producer": None, "CreationDate": None}
        figure.savefig(picture, format=form, metadata=facts)
        return picture.getvalue()

    def _credits(self) -> str:
        credits = (each.attribution for each in self.report.inputs if each.attribution)
        return " · ".join(dict.fromkeys(credits))

    def _add_scale(self) -> None:
        (x0, x1), (y0, y1) = self.ax.get_xlim(), self.ax.get_ylim()
        length_km = _round_length((x1 - x0) * self.metres_per_x / 1000.0 / 6.0)
        length = length_km * 1000.0 / self.metres_per_x
        x, y = x0 + 0.03 * (x1 - x0), y0 + 0.04 * (y1 - y0)
        self.ax.plot([x, x + length], [y, y], color=INK, linewidth=1.6, solid_capstyle="butt", zorder=20)
        self.write(x + length / 2, y + 0.02 * (y1 - y0), f"{length_km:g} km", color=INK, zorder=20)


def _round_length(wanted_km: float) -> float:
    """Return the largest 1, 2 or 5 times a power of ten that is not above `wanted_km`.

    >>> _round_length(7.3), _round_length(0.3)
    (5.0, 0.2)
    """
    power = 10.0 ** np.floor(np.log10(wanted_km))
    return float(max(step for step in (1.0, 2.0, 5.0) if step * power <= wanted_km) * power)


def fill_shape(ax: Axes, shape: shapely.Geometry, **style: Any) -> None:
    """Draw a polygon with its holes."""
    for polygon in _polygons(shape):
        rings = [polygon.exterior, *polygon.interiors]
        path = DrawnPath.make_compound_path(*(DrawnPath(np.asarray(ring.coords)[:, :2], closed=True) for ring in rings))
        ax.add_patch(PathPatch(path, **style))


def _polygons(shape: shapely.Geometry) -> Iterable[shapely.Polygon]:
    return [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
