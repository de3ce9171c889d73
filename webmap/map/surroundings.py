"""The streets around a place as a small picture in its page: no script, no tile, no request."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.network.labels import Label
from geo.network.network import StreetNetwork
from geo.network.snap import metres_per_degree
from webmap.logic.cache import cached
from webmap.logic.config import Config
from webmap.logic.district_state import DistrictState

WIDE_M, HIGH_M = 480.0, 240.0
"""What the picture shows, metres; one unit of the picture each."""

MAJOR = ("motorway", "trunk", "primary", "secondary", "tertiary")
MOST_NAMES = 3
_LEAST_NAMED_M = 60.0
_NAME_PX = 13.0
_AROUND_MARK = 26.0


@dataclass(frozen=True)
class StreetName:
    """A name along its street: where its middle is, and how it is turned, in units of the picture and degrees."""

    text: str
    x: float
    y: float
    turn: float


@dataclass(frozen=True)
class Surroundings:
    """The picture: paths of SVG by what they are (``major``, ``minor``, ``path``, ``water``), and names of streets."""

    paths: dict[str, str]
    names: tuple[StreetName, ...]
    width: int = int(WIDE_M)
    height: int = int(HIGH_M)


def surroundings_of(
    state: DistrictState, lon: float, lat: float, *, config: Config, lang: str = "zh"
) -> Surroundings | None:
    """Return the picture around a point (degrees); None where no street is near.

    Over somebody else's approved ground no sketch of ours is shown either.
    """
    if config.basemap_tiles or state.snapshot is None:
        return None
    network = state.snapshot.network
    per_x, per_y = (float(metres) for metres in metres_per_degree(lat))
    half = np.array([WIDE_M / 2 / per_x, HIGH_M / 2 / per_y])
    low, high = np.array([lon, lat]) - half, np.array([lon, lat]) + half
    lines = _lines_in(state, network, low, high)
    if not lines:
        return None

    def to_picture(points: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack([(points[:, 0] - low[0]) * per_x, (high[1] - points[:, 1]) * per_y])

    drawn = [(label, to_picture(points)) for label, points in lines]
    paths = {
        which: "".join(_path(points) for label, points in drawn if _class_of(label.kind) == which)
        for which in ("path", "minor", "major")
    }
    if state.water is not None:
        water = shapely.clip_by_rect(state.water, *low, *high)
        rings = [
            ring for part in shapely.get_parts(water) if isinstance(part, shapely.Polygon) for ring in _rings(part)
        ]
        paths["water"] = "".join(f"{_path(to_picture(ring))}Z" for ring in rings)
    named = [((label.name_en if lang == "en" else None) or label.name, points) for label, points in drawn]
    return Surroundings(paths, _names([(text, points) for text, points in named if text]))


def _class_of(kind: str) -> str:
    if kind.removesuffix("_link") in MAJOR:
        return "major"
    return "path" if kind in ("footway", "path", "steps", "cycleway", "track", "pedestrian", "ferry") else "minor"


def _lines_in(
    state: DistrictState, network: StreetNetwork, low: NDArray[np.float64], high: NDArray[np.float64]
) -> list[tuple[Label, NDArray[np.float64]]]:
    """Return label and points of the streets whose boxes meet a box."""
    points, ptr = np.asarray(network.points), np.asarray(network.point_ptr)

    def measure() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        return np.minimum.reduceat(points, ptr[:-1]), np.maximum.reduceat(points, ptr[:-1])

    least, most = cached(state, "boxes of streets", measure, most=1)
    found = []
    for edge in np.flatnonzero(((most >= low) & (least <= high)).all(axis=1)).tolist():
        line = points[ptr[edge] : ptr[edge + 1]]
        if len(line) > 1:
            found.append((network.labels[int(network.edge_label[edge])], line))
    return found


def _path(points: NDArray[np.float64]) -> str:
    numbers = np.rint(points).astype(int).tolist()
    kept = [numbers[0], *(b for a, b in pairwise(numbers) if a != b)]
    return f"M{kept[0][0]} {kept[0][1]}" + "".join(f"L{x} {y}" for x, y in kept[1:])


def _rings(polygon: shapely.Polygon) -> list[NDArray[np.float64]]:
    return [np.asarray(ring.coords)[:, :2] for ring in (polygon.exterior, *polygon.interiors)]


def _names(lines: list[tuple[str, NDArray[np.float64]]]) -> tuple[StreetName, ...]:
    """Return the names of the streets with most room, each once, along the longest straight piece in the picture."""
    best: dict[str, tuple[float, NDArray[np.float64], NDArray[np.float64]]] = {}
    frame = shapely.box(0, 0, WIDE_M, HIGH_M)
    for text, points in lines:
        for a, b in pairwise(points):
            inside = shapely.get_coordinates(shapely.intersection(shapely.LineString([a, b]), frame))
            if len(inside) < 2:
                continue
            length = float(np.hypot(*(inside[1] - inside[0])))
            if length > best.get(text, (0.0,))[0]:
                best[text] = (length, inside[0], inside[1])
    found: list[StreetName] = []
    taken = [(WIDE_M / 2, HIGH_M / 2, _AROUND_MARK)]
    for text, (length, a, b) in sorted(best.items(), key=lambda each: (-each[1][0], each[0])):
        half = sum(_NAME_PX if ord(sign) > 0x2E7F else 0.55 * _NAME_PX for sign in text) / 2.0
        if length < max(_LEAST_NAMED_M, 2.0 * half) or len(found) == MOST_NAMES:
            continue
        x, y = ((a + b) / 2.0).tolist()
        if any(np.hypot(x - other_x, y - other_y) < half + other for other_x, other_y, other in taken):
            continue
        (left, right) = (a, b) if a[0] <= b[0] else (b, a)
        turn = float(np.degrees(np.arctan2(right[1] - left[1], right[0] - left[0])))
        taken.append((x, y, half))
        found.append(StreetName(text, round(x, 1), round(y, 1), round(turn, 1)))
    return tuple(found)
