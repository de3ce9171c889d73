"""The 40 sample candidate sites (示意候选点) and two sample key areas: no site, host or cost of them exists."""

from datetime import date

import geopandas as gpd
import numpy as np
import shapely

from geo.records import CandidateRecord
from loaders.sample.plane import FloatArray, to_plane

COUNT = 40
NOTE = "示意数据：地点、费用、共建意愿均为虚构。"
AREAS = (("示意重点区域01", "330111001"), ("示意重点区域02", "330111005"))
"""Name and town of each key area: the people of the town within `_AREA_RADIUS_M` of where most of them live."""

_APART_M = 450.0
_AREA_RADIUS_M = 1_200.0
_WILLING = (("unasked", None), ("interested", date(2026, 10, 12)), ("agreed", date(2026, 11, 3)), ("unasked", None))
_SIZES_M2 = (18.0, 25.0, 30.0, 42.0, 60.0)


def make_candidates(rng: np.random.Generator, demand: gpd.GeoDataFrame) -> list[CandidateRecord]:
    """Return candidate sites beside demand points, where many people live and no two of them nearer than 450 m.

    Parameters
    ----------
    rng : Generator
        The randomness.
    demand : GeoDataFrame
        ``weight, town_code, geometry`` (Point, EPSG:4326).
    """
    lonlat = shapely.get_coordinates(demand.geometry)
    xy = to_plane(lonlat)
    # Half of them where most people live, half wherever somebody does: a choice between the two is to be made.
    weight = demand["weight"].to_numpy(np.float64)
    crowded = np.lexsort((rng.random(weight.size), -_people_around(xy, weight)))
    anywhere = rng.permutation(weight.size)
    chosen: list[int] = []
    for order, many in ((crowded, COUNT // 2), (anywhere, COUNT)):
        for i in order.tolist():
            if len(chosen) == many:
                break
            if not chosen or np.hypot(*(xy[chosen] - xy[i]).T).min() >= _APART_M:
                chosen.append(i)
    return [
        _candidate(number, float(lonlat[i, 0]), float(lonlat[i, 1]), rng) for number, i in enumerate(chosen, start=1)
    ]


def make_key_areas(demand: gpd.GeoDataFrame, outline: shapely.MultiPolygon) -> gpd.GeoDataFrame:
    """Return the key areas: ``code, name, note`` and a ring around the middle of a town (MultiPolygon, EPSG:4326)."""
    shapes = []
    for _, town in AREAS:
        here = demand[demand["town_code"] == town]
        lon, lat = np.median(shapely.get_coordinates(here.geometry), axis=0).tolist()
        east, north = _AREA_RADIUS_M / (111_320.0 * np.cos(np.radians(lat))), _AREA_RADIUS_M / 110_900.0
        turn = np.linspace(0.0, 2.0 * np.pi, 24, endpoint=False)
        ring = shapely.Polygon(np.column_stack([lon + east * np.cos(turn), lat + north * np.sin(turn)]))
        parts = shapely.get_parts(shapely.intersection(ring, outline))
        shapes.append(shapely.MultiPolygon([part for part in parts if isinstance(part, shapely.Polygon)]))
    names = [name for name, _ in AREAS]
    codes = [f"sample-area-{number:02d}" for number in range(1, len(AREAS) + 1)]
    return gpd.GeoDataFrame({"code": codes, "name": names, "note": NOTE}, geometry=shapes, crs="EPSG:4326")


def _candidate(number: int, lon: float, lat: float, rng: np.random.Generator) -> CandidateRecord:
    willingness, day = _WILLING[number % len(_WILLING)]
    return CandidateRecord(
        f"sample-candidate-{number:02d}",
        f"示意候选点{number:02d}",
        round(lon, 6),
        round(lat, 6),
        "candidate",
        float(rng.integers(6, 25)) * 5_000.0,
        NOTE,
        host=f"示意单位{number:02d}",
        is_on_street=bool(rng.random() < 0.7),
        is_ground_floor=bool(rng.random() < 0.8),
        has_ebike_parking=bool(rng.random() < 0.6),
        area_m2=float(rng.choice(_SIZES_M2)),
        hours="Mo-Su 08:00-20:00",
        willingness=willingness,
        willing_on=day,
    )


def _people_around(xy: FloatArray, weight: FloatArray) -> FloatArray:
    """Return how many people live in the same square of 500 m."""
    _, group = np.unique(np.floor(xy / 500.0), axis=0, return_inverse=True)
    return np.asarray(np.bincount(group.ravel(), weight)[group.ravel()], np.float64)
