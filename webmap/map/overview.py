"""Overview picture of the district as SVG, shown until the map is opened or where it cannot be.

The ground is path data on a grid (`geo.db.overview`); marks and names stand at shares of its width and height, so that
they keep their size in pixels however large the picture is.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Protocol

from flask import Flask, current_app

from geo.db.overview import HEIGHT, WIDTH, Grid, lay_grid, read_overview, read_seats
from webmap.logic.cache import Cache, cached
from webmap.logic.config import Config
from webmap.logic.district_state import DistrictState
from webmap.logic.places import STATION
from webmap.map.tiles import tile_version
from webmap.web.context import config, public_engine
from webmap.web.i18n import lang
from webmap.web.pages import is_static
from webmap.words.names import local_name
from webmap.words.times import CLOSING_SOON

MAX_KEPT = 64
"""Grounds that a worker keeps: districts × languages × versions."""

ANY = "any"
"""The mark where hours are not regarded."""

LOW_PX, TALL_PX = (358, 108), (358, 560)
"""Room for the picture on a phone: in the low sheet and in the tall one."""

_TEXT_PX = 12
_LINE_PX = 16
_MARK_PX = 9
"""Half the width of a mark: names keep off it."""

_OVER_PX = 8
"""How far a name may stand out over the picture: there are 16 px around it."""

_AROUND = (("middle", 0, 4), ("middle", 0, -14), ("middle", 0, 24), ("start", 14, 4), ("end", -14, 4))
"""Where a name may stand: anchor, and its base line's place in pixels from the seat."""


class Marked(Protocol):
    """What is marked: where it lies (degrees, WGS84) and its mark, as `webmap.rider.station_list.Card` has them."""

    @property
    def lon(self) -> float:  # noqa: D102
        ...

    @property
    def lat(self) -> float:  # noqa: D102
        ...

    @property
    def mark(self) -> str:  # noqa: D102
        ...


FEW = 60
"""Stations that are all drawn; of more, one of those that lie in the same cell."""

CELLS = 24
"""Cells across the picture, and as many down it."""


@dataclass(frozen=True)
class Name:
    """The name of a town: where its seat lies (shares of width and height), and how far off the word begins (px)."""

    text: str
    x: float
    y: float
    anchor: str
    dx: int
    dy: int


@dataclass(frozen=True)
class Ground:
    """What of a picture does not depend on the moment; `low` and `tall` are the names that have room in either."""

    grid: Grid
    paths: Mapping[str, str]
    low: tuple[Name, ...]
    tall: tuple[Name, ...]


@dataclass(frozen=True)
class Mark:
    """A station: where it lies (shares of width and height) and its state."""

    x: float
    y: float
    mark: str


@dataclass(frozen=True)
class Spot:
    """A place that is marked whatever its hours (degrees)."""

    lon: float
    lat: float
    mark: str = ANY


@dataclass(frozen=True)
class Overview:
    """The picture as a page shows it; `marks` in the order of drawing, `start` as shares of width and height."""

    ground: Ground
    marks: tuple[Mark, ...]
    start: tuple[float, float] | None = None


def init_app(app: Flask) -> None:
    """Give an application its kept grounds, and templates the constants that the scripts of maps read from the page."""
    app.extensions["fuchun_overviews"] = Cache(MAX_KEPT)
    app.jinja_env.globals |= {
        "closing_soon_s": int(CLOSING_SOON.total_seconds()),
        "overview_few": FEW,
        "overview_cells": CELLS,
        "overview_width": WIDTH,
        "overview_height": HEIGHT,
    }


def overview_of(
    state: DistrictState, cards: Iterable[Marked], *, start: tuple[float, float] | None = None
) -> Overview | None:
    """Return the picture of a district with stations; None where the ground of maps is somebody else's tiles.

    `cards` in the order of the list: the first lie uppermost. `start`: degrees, where somebody sets out. An approved
    basemap may be used unchanged only, so no sketch of ours stands in for it.
    """
    if config().basemap_tiles or not state.versions:
        return None
    ground = _kept_ground(state, config())
    # What is written into a folder says nothing that holds only now.
    marks = [Mark(*ground.grid.place(card.lon, card.lat), ANY if is_static() else card.mark) for card in cards]
    return Overview(ground, tuple(reversed(apart(marks))), start and ground.grid.place(*start))


def apart(marks: Iterable[Mark]) -> list[Mark]:
    """Return the marks but those that lie in the same cell of the picture as an earlier one; all where they are few."""
    found = list(marks)
    if len(found) <= FEW:
        return found
    first: dict[tuple[int, int], Mark] = {}
    for mark in found:
        first.setdefault((int(mark.x * CELLS), int(mark.y * CELLS)), mark)
    return list(first.values())


def _kept_ground(state: DistrictState, config: Config) -> Ground:
    cache: Cache[Ground] = current_app.extensions["fuchun_overviews"]
    key = (state.district.code, tile_version(state, config), state.versions.get("places"), lang())
    return cache.find(key, lambda: _draw_ground(state, has_regions=config.public_boundaries))


def prepare(state: DistrictState) -> None:
    """Read what the picture of a state is drawn from, so that to draw it needs no store."""
    if not config().basemap_tiles and state.versions:
        _kept_drawing(state, has_regions=config().public_boundaries)


def _draw_ground(state: DistrictState, *, has_regions: bool) -> Ground:
    grid, paths, seats = _kept_drawing(state, has_regions=has_regions)
    towns = [(local_name(name, name_en), *grid.place(lon, lat)) for name, name_en, lon, lat in seats]
    stations = [grid.place(place.lon, place.lat) for place in state.with_function(STATION)]
    low, tall = (place_names(towns, stations, room) for room in (LOW_PX, TALL_PX))
    return Ground(grid, paths, low, tall)


_Drawing = tuple[Grid, Mapping[str, str], list[tuple[str, str | None, float, float]]]


def _kept_drawing(state: DistrictState, *, has_regions: bool) -> _Drawing:
    code, bounds, store = state.district.code, state.bounds, public_engine()

    def read() -> _Drawing:
        grid = lay_grid(bounds)
        return grid, read_overview(store, code, grid, has_regions=has_regions), read_seats(store, code)

    return cached(state, "overview", read, key=has_regions, most=2)


def place_names(
    towns: Iterable[tuple[str, float, float]], stations: Iterable[tuple[float, float]], room: tuple[int, int]
) -> tuple[Name, ...]:
    """Return the names of towns that have room beside the stations and each other.

    Parameters
    ----------
    towns : iterable of (str, float, float)
        Names, and seats as shares of the picture's width and height; the first come first.
    stations : iterable of (float, float)
        Where names must not lie.
    room : (int, int)
        Pixels that the picture has to fit into.
    """
    scale = min(room[0] / WIDTH, room[1] / HEIGHT)
    width, height = WIDTH * scale, HEIGHT * scale
    taken = [_box(x * width, y * height, _MARK_PX) for x, y in stations]
    names = []
    for text, x, y in towns:
        for anchor, dx, dy in _AROUND:
            box = _text_box(text, x * width + dx, y * height + dy, anchor)
            is_inside = box[0] >= -_OVER_PX and box[2] <= width + _OVER_PX and box[1] >= -_OVER_PX and box[3] <= height
            if is_inside and not any(_meet(box, other) for other in taken):
                taken.append(box)
                names.append(Name(text, x, y, anchor, dx, dy))
                break
    return tuple(names)


Box = tuple[float, float, float, float]


def _box(x: float, y: float, half: float) -> Box:
    return (x - half, y - half, x + half, y + half)


def _text_box(text: str, x: float, y: float, anchor: str) -> Box:
    width = text_width(text)
    left = x - {"start": 0.0, "middle": width / 2, "end": width}[anchor]
    return (left, y - _LINE_PX + 4, left + width, y + 4)


@cache
def text_width(text: str) -> float:
    """Return about how wide a name is, px.

    >>> text_width("新登镇"), text_width("Xindeng")
    (36.0, 49.0)
    """
    return float(sum(_TEXT_PX if ord(letter) > 0x2E7F else 7 for letter in text))


def _meet(a: Sequence[float], b: Sequence[float]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
