"""Where people live: the core of each town at its real seat, and its villages at invented places around it.

The numbers of communities (社区) and villages (行政村) of each town are real; where they lie is not known here.
"""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely

from loaders.sample.outline import Town, seats_of
from loaders.sample.plane import Area, BoolArray, FloatArray, to_plane
from loaders.sample.relief import Relief
from loaders.sample.river import River

VILLAGES_PER_COMMUNITY = 3
"""How many villages' residents one community counts for: an assumption, as the counts alone are known."""

_CORE_KM2 = 0.24
_CORE_KM2_PER_COMMUNITY = 0.25
_TRIES = 1_200
_OFF_OUTLINE_M = 320.0
_OFF_WATER_M = 380.0
_OFF_CORE_M = 330.0
_WIDEST_SPACING_M = 2_100.0


@dataclass(frozen=True)
class Settlement:
    """A built-up place: the core of a town (its communities, or its first village) or one village.

    Attributes
    ----------
    town_code : str
        The town it belongs to.
    is_core : bool
        Whether it stands at the town's seat.
    centre : ndarray, shape (2,)
        Metres.
    radius_m : float
        Of a disc of the same area.
    shares : int
        Its part of the town's people, counted in villages (`VILLAGES_PER_COMMUNITY` for a community).
    """

    town_code: str
    is_core: bool
    centre: FloatArray
    radius_m: float
    shares: int


def place_cores(towns: list[Town]) -> list[Settlement]:
    """Return the core of every town, in their order: all its communities, or its first village where it has none."""
    return [
        Settlement(
            town_code=town.code,
            is_core=True,
            centre=seat,
            radius_m=float(np.sqrt((_CORE_KM2 + _CORE_KM2_PER_COMMUNITY * town.n_communities) * 1e6 / np.pi)),
            shares=town.n_communities * VILLAGES_PER_COMMUNITY or 1,
        )
        for town, seat in zip(towns, seats_of(towns), strict=True)
    ]


def place_villages(
    rng: np.random.Generator,
    *,
    regions: gpd.GeoDataFrame,
    towns: list[Town],
    built: Area,
    relief: Relief,
    river: River,
) -> list[Settlement]:
    """Return the villages, town by town: low, dry, apart, clear of the cores, on their seat's side of the river.

    Parameters
    ----------
    rng : Generator
        The randomness.
    regions, towns : GeoDataFrame, list of Town
        As from `town_regions` and `read_towns`, in the same order.
    built : Polygon or MultiPolygon
        The footprints of the cores, metres.
    relief, river : Relief, River
        The land.
    """
    seats = seats_of(towns)
    seat_is_left = river.is_left(seats)
    clear_of = built.buffer(_OFF_CORE_M)
    villages: list[Settlement] = []
    for i, town in enumerate(towns):
        count = town.n_villages - (0 if town.n_communities else 1)
        area = shapely.transform(regions.geometry.iloc[i], to_plane).buffer(-_OFF_OUTLINE_M).difference(clear_of)
        spots = _random_points(rng, area, _TRIES)
        dry = (river.bank_distance_m(spots) > _OFF_WATER_M) & (river.is_left(spots) == seat_is_left[i])
        spots = spots[dry]
        reluctance = (
            2.5 * relief.at(spots) + np.hypot(*(spots - seats[i]).T) / 13_000.0 + rng.exponential(0.25, len(spots))
        )
        spacing = min(_WIDEST_SPACING_M, 0.75 * float(np.sqrt(area.area / count)))
        chosen = _spread(spots[np.argsort(reluctance)], count, spacing)
        villages += [
            Settlement(
                town.code, False, spot, radius_m=float(np.clip(rng.lognormal(5.13, 0.28), 95.0, 330.0)), shares=1
            )
            for spot in chosen
        ]
    return villages


def _random_points(rng: np.random.Generator, area: Area, count: int) -> FloatArray:
    """Return `count` points spread evenly over `area`, shape (count, 2)."""
    west, south, east, north = area.bounds
    shapely.prepare(area)
    found: list[FloatArray] = []
    missing = count
    while missing > 0:
        spots = rng.uniform((west, south), (east, north), (2 * count, 2))
        spots = spots[shapely.contains_xy(area, *spots.T)][:missing]
        found.append(spots)
        missing -= len(spots)
    return np.vstack(found)


def _spread(spots: FloatArray, count: int, spacing_m: float) -> FloatArray:
    """Return the first `count` of `spots` that keep `spacing_m` from those before, less if there is no room."""
    while True:
        free: BoolArray = np.ones(len(spots), dtype=np.bool_)
        chosen: list[int] = []
        for i in range(len(spots)):
            if free[i] and len(chosen) < count:
                chosen.append(i)
                free &= np.hypot(*(spots - spots[i]).T) >= spacing_m
        if len(chosen) == count:
            return spots[chosen]
        spacing_m *= 0.85
