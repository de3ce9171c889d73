"""Gaps: where people live whom no facility reaches in time, in clusters that one station could serve, and why.

The cause of a missed point is the first of these that holds, so that each has exactly one:

==============  ======================================================================================================
cause           what holds
==============  ======================================================================================================
not_attached    no street that the mode may use is near the point
hours_unknown   a facility that offers what is asked is within the standard, and nobody knows whether it is open
closed          facilities that offer what is asked are within the standard, all closed at the moment
lacks_service   facilities are within the standard, none of which offers what is asked, at any hour
cut_off         no way leads from here to any facility: the streets are not joined to the rest of the network
across_water    the facility nearest in a straight line is within the distance that the mode covers in the standard,
                and that line crosses water: by the streets it is beyond the standard
too_far         none of these
==============  ======================================================================================================
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from geo.coverage._kernels import least_of_rows
from geo.coverage.gap_clusters import ClusterGround, Clusters, sum_around
from geo.coverage.gap_names import StreetLines, name_gaps
from geo.coverage.measure import Coverage, seconds_of
from geo.coverage.naming import NamedPlace, Naming
from geo.crs import distance_m
from geo.network.costs import FAR, limit_ds
from geo.network.snap import metres_per_degree

CAUSES = ("not_attached", "hours_unknown", "closed", "lacks_service", "cut_off", "across_water", "too_far")
_NOT_ATTACHED, _HOURS_UNKNOWN, _CLOSED, _LACKS_SERVICE, _CUT_OFF, _ACROSS_WATER, _TOO_FAR = range(len(CAUSES))


@dataclass(frozen=True, eq=False)
class Missed:
    """The demand points where people are whom nothing surely covers.

    Attributes
    ----------
    index : int64 (n_missed,)
        Rows of the demand.
    cause : int8 (n_missed,)
        Index into `CAUSES`.
    nearest_any_s : float64 (n_missed,)
        Seconds to the nearest active facility, whatever its hours and services; inf where none is reached.
    """

    index: NDArray[np.int64]
    cause: NDArray[np.int8]
    nearest_any_s: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Gap:
    """People whom nothing surely covers and whom one station at the standard could serve: a station-sized cluster.

    The one type for gaps, the outlines that the ledger keeps, and areas to search for sites.

    Attributes
    ----------
    place : NamedPlace
        Its name, with the direction from the street, settlement or town that it is named by.
    people : float
        Missed, those included who are covered if a facility of unknown hours is open.
    people_if_open : float
        The latter alone.
    people_here : float
        All people in the outline, covered or not.
    n_points : int
        Demand points missed.
    nearest_s : float
        Mean seconds to the nearest facility that counts, over the missed people who reach one; inf if nobody does.
    nearest_any_s : float
        The same for any active facility, whatever its hours and services.
    nearest_column : int
        The facility that counts which is nearest to most of them, -1 if nobody reaches one.
    cause : str
        That of most of the people.
    causes : tuple of (str, float)
        All causes with their people, most first.
    lon, lat : float
        The centre: a missed point at which a station would serve them all within the standard.
    bounds : tuple of float
        West, south, east, north of the missed points.
    members : int64 (n_points,)
        Rows of the demand.
    ground : ClusterGround
    number : int
        Of its cluster on the ground.
    """

    place: NamedPlace
    people: float
    people_if_open: float
    people_here: float
    n_points: int
    nearest_s: float
    nearest_any_s: float
    nearest_column: int
    cause: str
    causes: tuple[tuple[str, float], ...]
    lon: float
    lat: float
    bounds: tuple[float, float, float, float]
    members: NDArray[np.int64]
    ground: ClusterGround
    number: int

    @cached_property
    def outline(self) -> shapely.MultiPolygon:
        """What lies around its people and no nearer to those of any other gap (EPSG:4326)."""
        return self.ground.outline(self.number)


@dataclass(frozen=True, eq=False)
class Facilities:
    """The facilities that the columns of a cost matrix stand for.

    Attributes
    ----------
    lon, lat : float64 (n_facility,)
        Degrees, WGS84.
    is_active : bool (n_facility,)
        Facilities of the kind asked about.
    offers : bool (n_facility,)
        Those of them that offer what is asked, at whatever hours.
    """

    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    is_active: NDArray[np.bool_]
    offers: NDArray[np.bool_]


def find_missed(
    cost_ds: NDArray[np.int32],
    coverage: Coverage,
    facilities: Facilities,
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    *,
    speed_mps: float,
    water: shapely.Geometry | None,
) -> Missed:
    """Find the points that are missed, and tell each one's cause.

    Parameters
    ----------
    cost_ds : int32 (n_demand, n_facility)
    coverage : Coverage
        Of the question, measured on the same matrix.
    facilities : Facilities
    lon, lat : float64 (n_demand,)
        Degrees, WGS84.
    speed_mps : float
        What the mode covers in a straight line, metres a second.
    water : Polygon or MultiPolygon, optional
        EPSG:4326; prepare it (`shapely.prepare`) if it is used again.
    """
    index = np.flatnonzero(~coverage.is_covered & (coverage.weight > 0))
    with_service, any_at_all = np.empty(index.size, np.int32), np.empty(index.size, np.int32)
    least_of_rows(cost_ds, index, np.flatnonzero(facilities.offers), with_service)
    least_of_rows(cost_ds, index, np.flatnonzero(facilities.is_active), any_at_all)
    limit = limit_ds(coverage.standard_s)
    cause = np.full(index.size, _TOO_FAR, np.int8)
    rest = np.flatnonzero((any_at_all > limit) & coverage.is_snapped[index])
    across = _is_across_water(
        facilities,
        lon[index[rest]],
        lat[index[rest]],
        within_m=coverage.standard_s * speed_mps,
        water=water,
    )
    # From the last cause to the first: the first that holds stays.
    cause[rest[across]] = _ACROSS_WATER
    # Where nobody reaches a facility, it is not these streets that are cut off.
    if (any_at_all >= FAR).any() and (cost_ds[:, facilities.is_active] < FAR).any():
        cause[any_at_all >= FAR] = _CUT_OFF
    cause[any_at_all <= limit] = _LACKS_SERVICE
    cause[with_service <= limit] = _CLOSED
    cause[coverage.is_covered_if_open[index]] = _HOURS_UNKNOWN
    cause[~coverage.is_snapped[index]] = _NOT_ATTACHED
    return Missed(index, cause, seconds_of(any_at_all))


def find_gaps(
    coverage: Coverage,
    missed: Missed,
    clusters: Clusters,
    naming: Naming,
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    *,
    streets: StreetLines,
    mark: str,
) -> list[Gap]:
    """Return the clusters of missed points as gaps, most people first.

    Parameters
    ----------
    coverage : Coverage
    missed : Missed
    clusters : Clusters
        Of ``missed.index``.
    naming : Naming
        Of the same demand.
    lon, lat : float64 (n_demand,)
        Degrees, WGS84.
    streets : StreetLines
        That gaps are named by.
    mark : str
        What tells this question from others; it is in the ids.
    """
    if missed.index.size == 0:
        return []
    order = np.argsort(clusters.of, kind="stable")
    index, cause, of = missed.index[order], missed.cause[order], clusters.of[order]
    start = np.flatnonzero(np.r_[True, of[1:] != of[:-1]])
    weight = coverage.weight[index]
    x, y = lon[index], lat[index]

    def total(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.add.reduceat(values, start)

    by_cause = np.zeros((start.size, len(CAUSES)))
    np.add.at(by_cause, (of, cause), weight)
    sides = [f.reduceat(v, start) for f, v in ((np.minimum, x), (np.minimum, y), (np.maximum, x), (np.maximum, y))]
    members = np.split(index, start[1:])
    places = name_gaps(naming, members, coverage.weight, lon, lat, streets=streets, mark=mark)
    people, maybe = total(weight).tolist(), total(np.where(coverage.is_covered_if_open[index], weight, 0.0)).tolist()
    around = sum_around(clusters, coverage, lon, lat).tolist()
    near_s, any_s = (
        _mean(seconds, weight, start).tolist() for seconds in (coverage.nearest_s[index], missed.nearest_any_s[order])
    )
    gaps = []
    boxes = zip(*(side.tolist() for side in sides), strict=True)
    for at, (place, rows, bounds) in enumerate(zip(places, members, boxes, strict=True)):
        cause_of_most, causes = _rank_causes(by_cause[at].tolist())
        centre = clusters.centre[at]
        gaps.append(
            Gap(
                place=place,
                people=people[at],
                people_if_open=maybe[at],
                people_here=around[at],
                n_points=rows.size,
                nearest_s=near_s[at],
                nearest_any_s=any_s[at],
                nearest_column=_nearest_of_most(coverage, rows),
                cause=cause_of_most,
                causes=causes,
                lon=float(lon[centre]),
                lat=float(lat[centre]),
                bounds=bounds,
                members=rows,
                ground=clusters.ground,
                number=at,
            )
        )
    return gaps


def _nearest_of_most(coverage: Coverage, rows: NDArray[np.int64]) -> int:
    reached = rows[coverage.nearest_column[rows] >= 0]
    if reached.size == 0:
        return -1
    return int(np.bincount(coverage.nearest_column[reached], weights=coverage.weight[reached]).argmax())


def _is_across_water(
    facilities: Facilities,
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    *,
    within_m: float,
    water: shapely.Geometry | None,
) -> NDArray[np.bool_]:
    """Tell whether the active facility nearest in a straight line is that near, and the line crosses water."""
    across = np.zeros(lon.size, bool)
    active = np.flatnonzero(facilities.is_active)
    if lon.size == 0 or active.size == 0 or water is None:
        return across
    scale = np.array(metres_per_degree(float(lat.mean())))
    here = np.column_stack([lon, lat])
    there = np.column_stack([facilities.lon[active], facilities.lat[active]])
    there = there[cKDTree(there * scale).query(here * scale)[1]]
    near = np.flatnonzero(distance_m(*here.T, *there.T) <= within_m)
    lines = shapely.linestrings(np.stack([here[near], there[near]], axis=1))
    across[near] = shapely.intersects(water, lines)
    return across


def _mean(seconds: NDArray[np.float64], weight: NDArray[np.float64], start: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the mean by group over those that reach something, inf where nobody does."""
    is_reached = np.isfinite(seconds)
    sums = np.add.reduceat(np.where(is_reached, seconds, 0.0) * weight, start)
    people = np.add.reduceat(np.where(is_reached, weight, 0.0), start)
    return np.where(people > 0, sums / np.where(people > 0, people, 1.0), np.inf)


def _rank_causes(sums: Sequence[float]) -> tuple[str, tuple[tuple[str, float], ...]]:
    ranked = sorted(((name, people) for name, people in zip(CAUSES, sums, strict=True) if people > 0), key=_by_people)
    return ranked[0][0], tuple(ranked)


def _by_people(row: tuple[str, float]) -> tuple[float, int]:
    return -row[1], CAUSES.index(row[0])
