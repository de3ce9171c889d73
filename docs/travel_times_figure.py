"""Draw docs/figures/travel-times.png from the sample: PYTHONPATH=. python docs/travel_times_figure.py.

Streets, river and stations are the sample's, made by a generator; what is coloured is computed by the product's own
engine. The numbers in the picture are counted here, none is written by hand.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import shapely
from numpy.typing import NDArray
from PIL import Image

from geo.crs import LocalPlane, line_length_m
from geo.errors import NotSnappedError, UnreachableError
from geo.network.build import build_network
from geo.network.network import StreetNetwork
from loaders.sample.generate import SampleData, generate_sample
from webmap.logic.fonts import find_font, plot_font

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "docs" / "figures" / "travel-times.png"

RED, INK, GREY, PAPER, WATER, LINE = "#C8102E", "#1F2933", "#616D7A", "#FAFAF7", "#D6E4EC", "#C9CDD2"


@dataclass(frozen=True)
class Panel:
    """One half of the picture: a station, a mode, a time, and how far the frame goes beyond the circle."""

    station: str
    mode: str
    verb: str
    minutes: float
    speed_mps: float
    margin: float


PANELS = (
    Panel("示意站03", "walk", "步行", 15.0, 1.2, 1.12),
    Panel("示意站03", "ebike", "骑车", 8.0, 15.0 / 3.6, 1.1),
)


def draw(picture: Path = PICTURE) -> None:
    """Draw both panels and write the picture."""
    mpl.use("Agg")
    import matplotlib.pyplot as plt

    sample = generate_sample(root=ROOT)
    edges = sample.street_edges.assign(
        length_m=[line_length_m(shapely.get_coordinates(line)) for line in sample.street_edges.geometry]
    )
    network = build_network(sample.street_nodes, edges, shores=list(sample.water.geometry))
    font = find_font(os.environ)
    figure, axes = plt.subplots(1, 2, figsize=(13, 7.1), facecolor=PAPER)
    for axis, panel in zip(axes, PANELS, strict=True):
        _draw_panel(axis, panel, sample, network, lambda size: plot_font(font, size=size))
    figure.subplots_adjust(left=0.01, right=0.99, top=0.9, bottom=0.085, wspace=0.02)
    figure.text(
        0.012,
        0.02,
        "示意数据：路网、水面、驿站均由程序生成，并非富阳实况。Sample data, made by a generator; no real place.",
        fontproperties=plot_font(font, size=12),
        color=INK,
    )
    picture.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(picture, dpi=110, facecolor=PAPER)
    plt.close(figure)
    # A drawing has few colours: a palette makes the file a third as large.
    Image.open(picture).convert("RGB").quantize(96).save(picture, optimize=True)


def _draw_panel(axis: Any, panel: Panel, sample: SampleData, network: StreetNetwork, font: Any) -> None:
    place = next(place for place in sample.places if place["name"] == panel.station)
    lon, lat = place["lon"], place["lat"]
    plane = LocalPlane(lon, lat)
    limit_s, radius = panel.minutes * 60.0, panel.minutes * 60.0 * panel.speed_mps
    half = radius * panel.margin

    def metres(line: Any) -> NDArray[np.float64]:
        return np.column_stack(plane.to_metres(*shapely.get_coordinates(line).T))

    axis.set(xlim=(-half, half), ylim=(-half, half), aspect="equal", facecolor=PAPER)
    axis.set_axis_off()
    frame = shapely.box(*np.ravel([plane.to_degrees(-half, -half), plane.to_degrees(half, half)]))
    for ring in shapely.get_parts(shapely.intersection(shapely.union_all(list(sample.water.geometry)), frame)):
        axis.fill(*metres(ring.exterior).T, color=WATER, zorder=1)
    near = shapely.intersects(np.asarray(sample.street_edges.geometry), frame)
    for line in sample.street_edges.geometry[near]:
        axis.plot(*metres(line).T, color=LINE, linewidth=1.0, zorder=2, solid_capstyle="round")
    area = network.service_area(lon, lat, mode=panel.mode, limit_s=limit_s)
    for line in area.lines(network):
        axis.plot(*metres(line).T, color=RED, linewidth=1.5, zorder=3, solid_capstyle="round")
    axis.add_patch(mpl.patches.Circle((0, 0), radius, fill=False, color=INK, linewidth=1.2, linestyle=(0, (5, 4))))
    axis.annotate(
        f"直线 {radius:,.0f} 米的圆",
        (0, radius),
        fontproperties=font(11),
        color=INK,
        ha="center",
        va="center",
        bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 1.5},
        zorder=6,
    )
    axis.plot(0, 0, "o", markersize=9, color="white", markeredgecolor=RED, markeredgewidth=2.5, zorder=7)
    axis.annotate(
        panel.station,
        (0, 0),
        xytext=(11, 9),
        textcoords="offset points",
        fontproperties=font(12),
        color=INK,
        bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 1.5},
        zorder=8,
    )
    _draw_detour(axis, panel, sample, network, (lon, lat), plane, radius, font)
    circle = shapely.buffer(shapely.Point(0, 0), radius)
    inside = sum(
        shapely.length(shapely.intersection(shapely.LineString(metres(line)), circle))
        for line in sample.street_edges.geometry[near]
    )
    share = area.length_m(network) / inside
    axis.set_title(
        f"{panel.verb} {panel.minutes:.0f} 分钟能到驿站的路（红）：圆内道路的 {share:.0%}",
        fontproperties=font(14),
        color=INK,
        pad=10,
    )


def _draw_detour(
    axis: Any,
    panel: Panel,
    sample: SampleData,
    network: StreetNetwork,
    station: tuple[float, float],
    plane: LocalPlane,
    radius: float,
    font: Any,
) -> None:
    """Draw, of the demand points inside the circle, the one with the longest way, and its way."""
    points = sample.demand.geometry
    x, y = plane.to_metres(points.x.to_numpy(), points.y.to_numpy())
    straight = np.hypot(x, y)
    best = None
    for i in np.flatnonzero(straight < radius * 0.97):
        point = (float(points.x.iloc[i]), float(points.y.iloc[i]))
        try:
            route = network.route(point, station, mode=panel.mode)
        except (NotSnappedError, UnreachableError):
            continue
        if best is None or route.duration_s > best[0].duration_s:
            best = (route, float(x[i]), float(y[i]), float(straight[i]))
    if best is None:
        return
    route, px, py, metres = best
    axis.plot(
        *np.column_stack(plane.to_metres(*route.coordinates.T)).T, color=INK, linewidth=2.2, zorder=5, linestyle=":"
    )
    axis.plot(px, py, "s", markersize=8, color=INK, zorder=7)
    axis.annotate(
        f"直线 {metres:,.0f} 米，沿路 {route.distance_m:,.0f} 米\n{panel.verb} {route.duration_s / 60:.0f} 分钟",
        (px, py),
        xytext=(10 if px < 0 else -10, -16 if py > 0 else 12),
        textcoords="offset points",
        ha="left" if px < 0 else "right",
        va="top" if py > 0 else "bottom",
        fontproperties=font(12),
        color=INK,
        bbox={"facecolor": PAPER, "edgecolor": LINE, "pad": 3.0},
        zorder=8,
    )


if __name__ == "__main__":
    draw()
    print(f"wrote {PICTURE.relative_to(ROOT)}")
