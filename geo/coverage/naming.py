"""What people call where demand points lie: the nearest village, else the nearest named street, else the town.

Names are given to all demand once, whatever is asked later: the same gap bears the same name and id at every hour, for
every service and mode, so that it can stand in a ledger.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from geo.crs import LocalPlane
from geo.network.graph import StreetGraph
from geo.network.snap import SnappedPoints

SETTLEMENT_REACH_M = 1000.0
"""A point bears the name of a settlement of its town that is no farther than this."""
STREET_REACH_M = 800.0
"""A point whose own street has no name bears that of the nearest one within this."""

KINDS = ("settlement", "street", "town")

_LINK_M = 250.0
_WIDEST_M = 3000.0
_CUT_M = 2000.0
_NEIGHBOURS = 4


@dataclass(frozen=True)
class NamedPlace:
    """A group of demand points that goes by one name.

    Attributes
    ----------
    id : str
        The same as long as the name, the town and roughly where it lies are the same.
    name : str
        Of the settlement, the street or the town; may be empty where not even a town is known.
    kind : str
        One of `KINDS`.
    town : str
        Code of the town, empty where there is none.
    part : int or None
        Counts the parts of a long street or wide town that lie apart from each other, from 1; None: there is one.
    direction : str
        Of a gap: where its people are, seen from the place; see `geo.coverage.gap_names`. Empty: the place itself.
    """

    id: str
    name: str
    kind: str
    town: str
    part: int | None
    direction: str = ""


@dataclass(frozen=True, eq=False)
class Naming:
    """The named places of a district's demand.

    Attributes
    ----------
    places : tuple of NamedPlace
    of : int64 (n_demand,)
        The place of each demand point.
    """

    places: tuple[NamedPlace, ...]
    of: NDArray[np.int64]


def name_places(
    lon: ArrayLike,
    lat: ArrayLike,
    town: ArrayLike,
    *,
    settlements: pd.DataFrame,
    street: ArrayLike,
    town_names: Mapping[str, str],
) -> Naming:
    """Group demand points into named places.

    Parameters
    ----------
    lon, lat : array_like (n_demand,)
        Degrees, WGS84.
    town : array_like of str or None (n_demand,)
        Code of the town each point lies in.
    settlements : DataFrame
        ``name``, ``lon``, ``lat``, ``town`` (code or None: any) of villages, hamlets, quarters.
    street : array_like of str or None (n_demand,)
        Name of the street each point is at, as `find_street_names` gives it.
    town_names : mapping of str to str
        Code to name.

    Returns
    -------
    Naming
        Every point is in exactly one place. A settlement's points lie within `SETTLEMENT_REACH_M` of it and in its
        town. Streets and towns fall into parts: points are together if squares of 250 m that hold them touch, and
        parts wider than 3 km are cut along squares of 2 km.
    """
    longitude, latitude = np.asarray(lon, np.float64), np.asarray(lat, np.float64)
    n = longitude.size
    if n == 0:
        return Naming((), np.empty(0, np.int64))
    plane = LocalPlane(float(np.median(longitude)), float(np.median(latitude)))
    xy = np.column_stack(plane.to_metres(longitude, latitude))
    towns = np.array([code or "" for code in _texts(town)], dtype=object)
    near = _nearest_settlement(xy, towns, settlements, plane)
    streets = np.array([name or "" for name in _texts(street)], dtype=object)
    is_settled, is_street = near >= 0, streets != ""
    kind = np.where(is_settled, 0, np.where(is_street, 1, 2))
    settled_name = np.asarray(settlements["name"], dtype=object)[near] if len(settlements) else streets
    name = np.where(is_settled, settled_name, np.where(is_street, streets, [town_names.get(t, "") for t in towns]))
    # Two settlements of one name are two places; a street or town is one until it falls into parts.
    frame = pd.DataFrame({"kind": kind, "name": name, "town": towns, "near": near})
    group = frame.groupby(["kind", "town", "name", "near"], sort=True).ngroup().to_numpy().astype(np.int64)
    apart = np.where(is_settled, 0, _find_parts(xy, group))
    frame["apart"] = apart
    grouped = frame.groupby(["kind", "town", "name", "near", "apart"], sort=True)
    of = grouped.ngroup().to_numpy().astype(np.int64)
    keys: list[Any] = list(grouped.indices)
    count = np.bincount(of, minlength=len(keys)).astype(np.float64)
    middle = np.column_stack([np.bincount(of, weights=values) / count for values in (longitude, latitude)])
    return Naming(_places(keys, middle), of)


def find_street_names(network: StreetGraph, snapped: SnappedPoints, lon: ArrayLike, lat: ArrayLike) -> list[str]:
    """Return the name of the street each snapped point is at, else of the nearest named one within `STREET_REACH_M`.

    Empty where there is none. The nearest is told by the points that streets are drawn through: good enough for a name.
    """
    longitude, latitude = np.asarray(lon, np.float64), np.asarray(lat, np.float64)
    if longitude.size == 0:
        return []
    labels = [label.name or "" for label in network.labels]
    is_named = np.array([bool(name) for name in labels])[network.edge_label]
    own = np.where(snapped.is_snapped, snapped.edge, 0)
    has_own = snapped.is_snapped & is_named[own]
    label = np.where(has_own, network.edge_label[own], -1)
    edge = np.repeat(np.arange(network.n_edge), np.diff(network.point_ptr))
    drawn = np.flatnonzero(is_named[edge])
    if drawn.size and not has_own.all():
        plane = LocalPlane(float(np.median(longitude)), float(np.median(latitude)))
        tree = cKDTree(np.column_stack(plane.to_metres(*network.points[drawn].T)))
        rest = np.flatnonzero(~has_own)
        distance, at = tree.query(
            np.column_stack(plane.to_metres(longitude[rest], latitude[rest])), distance_upper_bound=STREET_REACH_M
        )
        found = np.isfinite(distance)
        label[rest[found]] = network.edge_label[edge[drawn[at[found]]]]
    return [labels[i] if i >= 0 else "" for i in label.tolist()]


def _nearest_settlement(
    xy: NDArray[np.float64], towns: NDArray[Any], settlements: pd.DataFrame, plane: LocalPlane
) -> NDArray[np.int64]:
    """Return the row of the nearest settlement of each point's town within reach, -1 where there is none."""
    best = np.full(len(xy), -1, np.int64)
    if len(settlements) == 0:
        return best
    at = plane.to_metres(settlements["lon"].to_numpy(np.float64), settlements["lat"].to_numpy(np.float64))
    k = min(_NEIGHBOURS, len(settlements))
    distance, row = cKDTree(np.column_stack(at)).query(xy, k=list(range(1, k + 1)))
    theirs = np.array([code or "" for code in _texts(settlements["town"])], dtype=object)[row]
    is_ours = (distance <= SETTLEMENT_REACH_M) & ((theirs == towns[:, None]) | (theirs == ""))
    found = is_ours.any(axis=1)
    best[found] = row[found, is_ours[found].argmax(axis=1)]
    return best


def _find_parts(xy: NDArray[np.float64], group: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the number of the part of its group that each point is in; parts are squares of `_LINK_M` that touch."""
    cell = np.floor((xy - xy.min(axis=0)) / _LINK_M).astype(np.int64) + 1
    width = int(cell[:, 1].max()) + 2
    key = (group * (int(cell[:, 0].max()) + 2) + cell[:, 0]) * width + cell[:, 1]
    squares, square = np.unique(key, return_inverse=True)
    links = []
    for step in (1, width - 1, width, width + 1):
        at = np.minimum(np.searchsorted(squares, squares + step), squares.size - 1)
        here = np.flatnonzero(squares[at] == squares + step)
        links.append(np.stack([here, at[here]]))
    row, column = np.concatenate(links, axis=1)
    graph = coo_array((np.ones(row.size, np.int8), (row, column)), shape=(squares.size, squares.size))
    part = connected_components(graph, directed=False)[1][square].astype(np.int64)
    by_part = pd.DataFrame(xy, columns=["x", "y"]).groupby(part)
    is_wide = (by_part.max() - by_part.min()).max(axis=1).to_numpy(np.float64)[part] > _WIDEST_M
    cut = np.where(is_wide[:, None], np.floor(xy / _CUT_M).astype(np.int64), 0)
    _, numbered = np.unique(np.column_stack([part, cut]), axis=0, return_inverse=True)
    return numbered.astype(np.int64)


def _places(keys: Sequence[tuple[Any, ...]], middle: NDArray[np.float64]) -> tuple[NamedPlace, ...]:
    """Return the places of (kind, town, name, settlement, part) that lie around `middle` (degrees)."""
    alike = pd.DataFrame(keys, columns=["kind", "town", "name", "near", "apart"]).groupby(["kind", "town", "name"])
    size, number = alike["kind"].transform("size").tolist(), (alike.cumcount() + 1).tolist()
    places, seen = [], dict[str, int]()
    for (kind, town, name, _, _), n_alike, part, at in zip(keys, size, number, middle.tolist(), strict=True):
        # Where a name occurs once its place keeps the id wherever its people move; else about a kilometre tells.
        where = "" if n_alike == 1 else f"{at[0]:.2f} {at[1]:.2f}"
        text = "|".join([town, KINDS[kind], name, where])
        seen[text] = seen.get(text, 0) + 1
        digest = hashlib.sha256(f"{text}|{seen[text]}".encode()).hexdigest()[:12]
        places.append(NamedPlace(digest, name, KINDS[kind], town, part if n_alike > 1 else None))
    return tuple(places)


def _texts(values: ArrayLike) -> list[str | None]:
    return [value if isinstance(value, str) and value else None for value in np.asarray(values, dtype=object).tolist()]
