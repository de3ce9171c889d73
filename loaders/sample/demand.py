"""Where the district's 832,017 residents live in the sample: a formula from known counts, along invented streets."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from loaders.dasymetric import share_out
from loaders.sample.blocks import LANE, PRIMARY, RESIDENTIAL, SECONDARY, TERTIARY
from loaders.sample.fabric import Fabric
from loaders.sample.outline import Town
from loaders.sample.plane import Area, FloatArray, IntArray, to_lonlat, to_plane
from loaders.sample.settlements import VILLAGES_PER_COMMUNITY

POPULATION = 832_017
"""Residents of 富阳区 in the census of 2020, the only number of people known here for the whole district."""

POINTS_PER_SHARE = 18
"""Demand points for the residents of one village."""

NOTE_EN = (
    "Sample: the 832,017 residents of the 2020 census, shared out among 74 communities and 276 villages, each "
    "community counting as 3 villages: people of a town = 832,017 × (3 × communities + villages) / 498. Where they "
    "live within a town is invented."
)
NOTE_ZH = (
    "示意：2020 年人口普查的 832,017 人，按 74 个社区、276 个行政村分摊，1 个社区按 3 个村计："
    "镇街人口 = 832,017 ×（3 × 社区数 + 村数）÷ 498。镇街内的分布为虚构。"
)

_PEOPLE_ALONG = {PRIMARY: 0.15, SECONDARY: 0.3, TERTIARY: 0.5, RESIDENTIAL: 1.0, LANE: 1.0}
_SETBACK_M = (9.0, 22.0)


def people_by_town(towns: list[Town]) -> IntArray:
    """Return the residents of each town: `POPULATION` shared by communities (each as 3 villages) and villages."""
    return share_out(POPULATION, [VILLAGES_PER_COMMUNITY * town.n_communities + town.n_villages for town in towns])


def draw_demand(
    rng: np.random.Generator,
    *,
    towns: list[Town],
    regions: gpd.GeoDataFrame,
    fabrics: list[Fabric],
    water: Area,
) -> gpd.GeoDataFrame:
    """Return demand points beside residential streets, never in the water, each inside its town's polygon.

    Parameters
    ----------
    rng : Generator
        The randomness.
    towns, regions : list of Town, GeoDataFrame
        As from `read_towns` and `town_regions`, in the same order.
    fabrics : list of Fabric
        The streets of every place.
    water : Polygon
        Metres.

    Returns
    -------
    GeoDataFrame
        ``layer, weight, town_code, geometry`` in EPSG:4326; the weights are whole people and sum to `POPULATION`.
    """
    points, weights, codes = [], [], []
    for i, (town, people) in enumerate(zip(towns, people_by_town(towns).tolist(), strict=True)):
        here = [fabric for fabric in fabrics if fabric.settlement.town_code == town.code]
        land = shapely.transform(regions.geometry.iloc[i], to_plane).buffer(-1.0).difference(water.buffer(20.0))
        by_place = share_out(people, [fabric.settlement.shares for fabric in here])
        for fabric, residents in zip(here, by_place.tolist(), strict=True):
            spots = _beside_streets(rng, fabric, land, fabric.settlement.shares * POINTS_PER_SHARE)
            points.append(spots)
            weights.append(share_out(residents, rng.lognormal(0.0, 0.45, len(spots))))
            codes += [town.code] * len(spots)
    return gpd.GeoDataFrame(
        {
            "layer": "residents",
            "weight": np.concatenate(weights).astype(np.float64),
            "town_code": pd.Series(codes, dtype=object),
        },
        geometry=shapely.points(to_lonlat(np.vstack(points))),
        crs="EPSG:4326",
    )


def _beside_streets(rng: np.random.Generator, fabric: Fabric, land: Area, count: int) -> FloatArray:
    """Return `count` points set back from streets, more of them towards the middle of the place."""
    start, end = fabric.xy[fabric.ends[:, 0]], fabric.xy[fabric.ends[:, 1]]
    step = end - start
    length = np.hypot(*step.T)
    outward = np.hypot(*((start + end) / 2.0 - fabric.settlement.centre).T) / fabric.settlement.radius_m
    along = np.array([_PEOPLE_ALONG.get(rank, 0.0) for rank in fabric.rank.tolist()])
    chance = length * along * (0.35 + np.exp(-(outward**2)))
    chance /= chance.sum()
    normal = np.column_stack([-step[:, 1], step[:, 0]]) / np.maximum(length, 1e-9)[:, None]
    shapely.prepare(land)
    found = np.empty((0, 2))
    while len(found) < count:
        piece = rng.choice(len(step), size=2 * count, p=chance)
        setback = rng.uniform(*_SETBACK_M, 2 * count) * rng.choice((-1.0, 1.0), 2 * count)
        spots = start[piece] + step[piece] * rng.random((2 * count, 1)) + normal[piece] * setback[:, None]
        found = np.vstack([found, spots[shapely.contains_xy(land, *spots.T)]])
    return found[:count]
