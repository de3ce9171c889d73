"""Names of gaps as people there give directions: north of a street, around a village, in the south of a town.

The reference is the named place where most of the gap's people are (`geo.coverage.naming`); the direction is that from
the reference to where the gap's people are on average.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.coverage.naming import NamedPlace, Naming
from geo.crs import LocalPlane
from geo.network.graph import StreetGraph

ALONG_M = 120.0
"""A gap whose people are on average this near to the street is along it, not beside it."""
AT_M = 400.0
"""A gap on average this near to the middle of a settlement or town is there, not on one side of it."""

ROSE = ("east", "northeast", "north", "northwest", "west", "southwest", "south", "southeast")
SIDES = ("east", "north", "west", "south")
HERE = "here"
DIRECTIONS = (HERE, *ROSE)


class StreetLines:
    """Pieces of named streets by name: two ends each, degrees."""

    def __init__(self, network: StreetGraph) -> None:
        names = np.array([label.name or "" for label in network.labels], dtype=object)
        edge = np.repeat(np.arange(network.n_edge), np.diff(network.point_ptr))
        start = np.flatnonzero(edge[1:] == edge[:-1])
        name = names[network.edge_label[edge[start]]]
        start = start[name != ""]
        self._ends = np.concatenate([network.points[start], network.points[start + 1]], axis=1)
        self._of: dict[Any, Any] = pd.Series(np.arange(start.size)).groupby(name[name != ""]).indices

    def pieces(self, name: str) -> NDArray[np.float64]:
        """Return the pieces of a street as lon, lat, lon, lat; float64 (n, 4)."""
        return np.asarray(self._ends[self._of[name]] if name in self._of else np.empty((0, 4)), np.float64)


def name_gaps(
    naming: Naming,
    members: Sequence[NDArray[np.int64]],
    weight: NDArray[np.float64],
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    *,
    streets: StreetLines,
    mark: str,
) -> list[NamedPlace]:
    """Name gaps by the street, settlement or town that most of their people are at, and the direction from it.

    Parameters
    ----------
    naming : Naming
        Of all demand.
    members : sequence of int64 (n,)
        Rows of the demand in each gap, those of most people first: of several that would go by one name it is part 1.
    weight, lon, lat : float64 (n_demand,)
        People; degrees, WGS84.
    streets : StreetLines
    mark : str
        What the gaps were found by; it is in their ids.

    Returns
    -------
    list of NamedPlace
        ``direction`` is one of `DIRECTIONS`: of a street one of its four sides, or `HERE`; else of the eight of the
        compass, or `HERE`. ``part`` counts gaps of one name.
    """
    if not members:
        return []
    plane = LocalPlane(float(np.median(lon)), float(np.median(lat)))
    xy = np.column_stack(plane.to_metres(lon, lat))
    count = np.bincount(naming.of, minlength=len(naming.places)).astype(np.float64)
    middle: NDArray[np.float64] = np.column_stack(
        [np.bincount(naming.of, axis, minlength=count.size).astype(np.float64) for axis in xy.T]
    )
    middle = middle / np.maximum(count, 1.0)[:, None]
    in_town = _middles([place.town for place in naming.places], middle * count[:, None], count)
    places = []
    for rows in members:
        people = weight[rows]
        at = _most(naming.of[rows], people)
        place = naming.places[at]
        here = np.average(xy[rows], axis=0, weights=people)
        direction = HERE
        if place.kind == "street":
            off = _off_street(here, streets.pieces(place.name), plane)
            direction = _turned(off, SIDES) if off is not None and np.hypot(*off) > ALONG_M else HERE
        else:
            off = here - (in_town[place.town] if place.kind == "town" else middle[at])
            direction = _turned(off, ROSE) if np.hypot(*off) > AT_M else HERE
        places.append(replace(place, direction=direction, part=None))
    return _told_apart(places, members, lon, lat, mark)


def _off_street(
    here: NDArray[np.float64], pieces: NDArray[np.float64], plane: LocalPlane
) -> NDArray[np.float64] | None:
    """Return the metres from the nearest point of a street to `here`, east and north; None where nothing is drawn."""
    if len(pieces) == 0:
        return None
    start, end = (np.column_stack(plane.to_metres(*part.T)) for part in (pieces[:, :2], pieces[:, 2:]))
    along = end - start
    length = (along**2).sum(axis=1)
    part = np.clip(((here - start) * along).sum(axis=1) / np.where(length > 0, length, 1.0), 0.0, 1.0)
    off = here - (start + part[:, None] * along)
    return np.asarray(off[(off**2).sum(axis=1).argmin()], np.float64)


def _turned(off: NDArray[np.float64], names: Sequence[str]) -> str:
    """Return which of `names`, counter-clockwise from the east, a direction (east, north) is nearest to.

    >>> _turned(np.array([-1.0, 5.0]), SIDES), _turned(np.array([-1.0, -1.0]), ROSE)
    ('north', 'southwest')
    """
    return names[round(float(np.arctan2(off[1], off[0])) / (2.0 * np.pi / len(names))) % len(names)]


def _most(values: NDArray[np.int64], people: NDArray[np.float64]) -> int:
    found, number = np.unique(values, return_inverse=True)
    return int(found[np.bincount(number, people).argmax()])


def _middles(
    towns: Sequence[str], sums: NDArray[np.float64], count: NDArray[np.float64]
) -> dict[str, NDArray[np.float64]]:
    """Return where the demand points of each town lie on average."""
    frame = pd.DataFrame(np.column_stack([sums, count]), columns=["x", "y", "n"]).groupby(list(towns)).sum()
    return {
        str(town): np.array([x, y]) / max(n, 1.0) for town, (x, y, n) in zip(frame.index, frame.to_numpy(), strict=True)
    }


def _told_apart(
    places: Sequence[NamedPlace],
    members: Sequence[NDArray[np.int64]],
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    mark: str,
) -> list[NamedPlace]:
    """Number the places that go by one name, and give each an id of its own."""
    alike: dict[tuple[str, ...], int] = {}
    for place in places:
        key = (place.town, place.kind, place.name, place.direction)
        alike[key] = alike.get(key, 0) + 1
    seen: dict[tuple[str, ...], int] = {}
    named = []
    for place, rows in zip(places, members, strict=True):
        key = (place.town, place.kind, place.name, place.direction)
        seen[key] = seen.get(key, 0) + 1
        where = f"{lon[rows].min():.6f} {lat[rows].min():.6f} {lon[rows].max():.6f} {lat[rows].max():.6f} {rows.size}"
        digest = hashlib.sha256("|".join((mark, *key, where)).encode()).hexdigest()[:12]
        named.append(replace(place, id=digest, part=seen[key] if alike[key] > 1 else None))
    return named
