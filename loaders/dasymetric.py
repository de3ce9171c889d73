"""Distribute people of an area over its residential streets or buildings (dasymetric mapping); sums are kept."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from numpy.typing import NDArray

from loaders.buildings import parse_homes
from loaders.cells import middles


@dataclass(frozen=True, eq=False)
class Spots:
    """Where people may live: `lon_lat` float64 (n, 2), and the `share` of each, in any unit, float64 (n,)."""

    kind: str
    lon_lat: NDArray[np.float64]
    share: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Spread:
    """Points with their weight and the index of the area each came from; areas without a spot stand at their middle."""

    lon_lat: NDArray[np.float64]
    weight: NDArray[np.float64]
    area: NDArray[np.intp]
    n_middle: int


def building_spots(path: Path) -> Spots:
    """Return the homes of an OpenStreetMap extract, each sharing by its floor space."""
    homes = parse_homes(path)
    points = homes.geometry.to_numpy()
    return Spots(
        "buildings", np.column_stack([shapely.get_x(points), shapely.get_y(points)]), homes["floor_m2"].to_numpy()
    )


def spread_over(
    areas: NDArray[np.object_], totals: NDArray[np.float64], spots: Spots, *, is_whole: bool = False
) -> Spread:
    """Set the people of each area on the spots inside it, in proportion to their shares.

    Parameters
    ----------
    areas : object (n,)
        Polygons, EPSG:4326.
    totals : float64 (n,)
        People of each.
    spots : Spots
    is_whole : bool
        Whole people, the sum of each area exactly its total (which must be whole); spots without anybody are left out.

    Returns
    -------
    Spread
        The weights of an area sum to its total, to a float's last digits where not `is_whole`.
    """
    points: Any = shapely.points(spots.lon_lat)
    area, spot = shapely.STRtree(points).query(areas, predicate="intersects")
    order = np.lexsort((spot, area))
    area, spot = area[order], spot[order]
    shares = np.bincount(area, weights=spots.share[spot], minlength=len(areas))
    is_used = shares[area] > 0
    area, spot = area[is_used], spot[is_used]
    if is_whole:
        weight = np.empty(area.size)
        for index in np.unique(area):
            here = area == index
            weight[here] = share_out(int(totals[index]), spots.share[spot[here]])
    else:
        weight = totals[area] * spots.share[spot] / shares[area]
    bare = np.flatnonzero((shares <= 0) & (totals > 0))
    lon_lat = np.vstack([spots.lon_lat[spot], middles(areas[bare])])
    weight = np.concatenate([weight, totals[bare]])
    area = np.concatenate([area, bare])
    is_lived_in = weight > 0
    return Spread(lon_lat[is_lived_in], weight[is_lived_in], area[is_lived_in], n_middle=int(bare.size))


def share_out(total: int, shares: npt.ArrayLike) -> NDArray[np.int64]:
    """Return whole numbers in proportion to `shares` that sum to `total` exactly (largest remainders).

    Examples
    --------
    >>> share_out(10, [1, 1, 1]).tolist()
    [4, 3, 3]
    """
    weight = np.asarray(shares, dtype=np.float64)
    exact = total * weight / weight.sum()
    whole: NDArray[np.int64] = np.floor(exact).astype(np.int64)
    order = np.argsort(-(exact - whole), kind="stable")
    whole[order[: total - int(whole.sum())]] += 1
    return whole
