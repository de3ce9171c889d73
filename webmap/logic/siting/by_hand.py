"""What-if by hand: people gained and lost by town when stations are put up, closed or kept open longer.

Only whom the sites and stations that change may reach is counted again, on the arrays of the state, so that the answer
keeps up with a hand that drags a site.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.coverage.gap_clusters import ClusterGround
from geo.coverage.question import CoverageQuestion
from geo.coverage.what_if import DemandEnds, cost_column, prepare_demand
from geo.crs import LocalPlane, distance_m
from geo.errors import InputError, NotFoundError, NotSnappedError
from geo.network.costs import limit_ds
from webmap.logic.cache import cached
from webmap.logic.coverage.measured import demand_costs, measure, ready, stations, towns, weights
from webmap.logic.coverage.moment import SquaresAnswer, squares_of
from webmap.logic.district_state import DataMark, DistrictState
from webmap.logic.siting.sites_question import MAX_CHANGES, Spot

_BASES = 4
_COLUMNS = 200
"""Columns of sites kept per state: 1 byte a demand point each."""


@dataclass(frozen=True)
class Changes:
    """What is changed: `sites` that are put up, codes of stations that are `closed`, and `extended` over the moment.

    A station that is moved is one that is closed and a site.
    """

    sites: tuple[Spot, ...] = ()
    closed: tuple[str, ...] = ()
    extended: tuple[str, ...] = ()

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> "Changes":
        """Return the changes that JSON is.

        Raises
        ------
        InputError
            If there are more than `MAX_CHANGES`.
        """
        found = cls(
            tuple(Spot.read(each) for each in given.get("sites") or ()),
            tuple(given.get("closed") or ()),
            tuple(given.get("extended") or ()),
        )
        if len(found.sites) + len(found.closed) + len(found.extended) > MAX_CHANGES:
            raise InputError("more than {most} changes at once", most=MAX_CHANGES)
        return found

    def as_json(self) -> dict[str, Any]:
        """Return the changes as JSON, as scenarios keep them."""
        return {
            "sites": [vars(each) for each in self.sites],
            "closed": list(self.closed),
            "extended": list(self.extended),
        }


@dataclass(frozen=True)
class TownDelta:
    """People of a town who come to be covered, and who no longer are."""

    code: str
    name: str
    gained: float
    lost: float


@dataclass(frozen=True)
class SiteDelta:
    """People whom a site adds to the ones before it; not attached: no street is near, so it adds nobody."""

    gain: float
    is_attached: bool


@dataclass(frozen=True, kw_only=True)
class Delta:
    """People covered before and after, and where that changes."""

    people: float
    before: float
    after: float
    twice_before: float
    twice_after: float
    gained: float
    lost: float
    by_town: tuple[TownDelta, ...]
    sites: tuple[SiteDelta, ...]
    unit: str
    mark: DataMark


@dataclass(frozen=True, eq=False)
class _Base:
    """The present of a question: how many stations cover each point, what it weighs, and where it is."""

    count: NDArray[np.int16]
    weight: NDArray[np.float64]
    town: NDArray[np.int64]
    town_code: tuple[str, ...]
    town_name: tuple[str, ...]
    counts: NDArray[np.bool_]
    unit: str
    is_snapped: NDArray[np.bool_] = field(repr=False)


def measure_changes(state: DistrictState, asked: CoverageQuestion, changes: Changes) -> Delta:
    """Return what changes come to by a question of coverage.

    Raises
    ------
    NotReadyError
        If there are no streets or people.
    NotFoundError
        If a station that is closed or extended is none in service.
    """
    base, count, sites = _apply(state, asked, changes)
    was, running = base.count > 0, count > 0
    gained, lost = (
        np.bincount(base.town[mask], base.weight[mask], minlength=len(base.town_code))
        for mask in (running & ~was, was & ~running)
    )
    return Delta(
        people=round(float(base.weight.sum()), 1),
        before=round(float(base.weight[was].sum()), 1),
        after=round(float(base.weight[running].sum()), 1),
        twice_before=round(float(base.weight[base.count > 1].sum()), 1),
        twice_after=round(float(base.weight[count > 1].sum()), 1),
        gained=round(float(gained.sum()), 1),
        lost=round(float(lost.sum()), 1),
        by_town=tuple(
            TownDelta(code, name, round(more, 1), round(fewer, 1))
            for code, name, more, fewer in zip(
                base.town_code, base.town_name, gained.tolist(), lost.tolist(), strict=True
            )
            if more or fewer
        ),
        sites=sites,
        unit=base.unit,
        mark=state.mark,
    )


def missed_squares(state: DistrictState, asked: CoverageQuestion, changes: Changes) -> SquaresAnswer:
    """Return squares with the people whom no station would surely reach in time after the changes."""
    _, count, _ = _apply(state, asked, changes)
    return squares_of(state, replace(measure(state, asked), is_covered=count > 0))


@dataclass(frozen=True)
class Reach:
    """Whom a site serves: people within the standard, in all and by town (most first), and the stations next to it.

    `near` are names with metres in a straight line. Not attached: no street is near, so it serves nobody.
    """

    people: float
    by_town: tuple[tuple[str, float], ...]
    near: tuple[tuple[str, float], ...]
    is_attached: bool
    unit: str


def reach_of_site(state: DistrictState, asked: CoverageQuestion, spot: Spot, *, count: int = 3) -> Reach:
    """Return whom a site would serve, whether or not other stations do so already."""
    base = _kept_base(state, asked)
    within = _within(state, asked, spot, base)
    weight = np.zeros(base.weight.size) if within is None else base.weight * within
    people = np.bincount(base.town, weight, minlength=len(base.town_code))
    order = [int(j) for j in np.argsort(-people, kind="stable") if people[j] > 0.0]
    away = sorted(
        (distance_m(spot.lon, spot.lat, place.lon, place.lat), place.name)
        for place in state.with_function(asked.kind)
        if (place.lon, place.lat) != (spot.lon, spot.lat)
    )
    return Reach(
        people=round(float(people.sum()), 1),
        by_town=tuple((base.town_name[j], round(float(people[j]), 1)) for j in order),
        near=tuple((name, round(float(metres))) for metres, name in away[:count]),
        is_attached=within is not None,
        unit=base.unit,
    )


def outline_of_site(state: DistrictState, asked: CoverageQuestion, spot: Spot) -> shapely.MultiPolygon:
    """Return the land around the people whom a site alone would reach (EPSG:4326); where it reaches nobody, its own."""
    base = _kept_base(state, asked)
    within = _within(state, asked, spot, base)
    lon, lat = np.array([spot.lon]), np.array([spot.lat])
    if within is not None:
        rows = np.flatnonzero(within & (base.count == 0) & (base.weight > 0.0))
        lon, lat = (
            np.append(at, state.demand[axis].to_numpy(np.float64)[rows]) for at, axis in ((lon, "lon"), (lat, "lat"))
        )
    plane = LocalPlane(spot.lon, spot.lat)
    xy = np.unique(np.column_stack(plane.to_metres(lon, lat)), axis=0)
    return ClusterGround(plane, xy, np.zeros(len(xy), np.int64)).outline(0)


def _kept_base(state: DistrictState, asked: CoverageQuestion) -> "_Base":
    return cached(state, "siting base", lambda: _base(state, asked), key=_key(asked), most=_BASES)


def _apply(
    state: DistrictState, asked: CoverageQuestion, changes: Changes
) -> tuple[_Base, NDArray[np.int16], tuple[SiteDelta, ...]]:
    """Return the present, how many stations cover each point after the changes, and what each site adds."""
    base = _kept_base(state, asked)
    count = base.count.astype(np.int16)
    limit = limit_ds(asked.minutes * 60.0)
    cost = demand_costs(state, asked.mode).cost
    for code in changes.closed:
        column = _column(state, code, asked.kind)
        if base.counts[column]:
            count -= (cost[:, column] <= limit) & base.is_snapped
    for code in changes.extended:
        column = _column(state, code, asked.kind)
        if not base.counts[column] and code not in changes.closed:
            count += (cost[:, column] <= limit) & base.is_snapped
    running = count > 0
    sites: list[SiteDelta] = []
    for spot in changes.sites:
        within = _within(state, asked, spot, base)
        if within is None:
            sites.append(SiteDelta(0.0, is_attached=False))
            continue
        new = within & ~running
        sites.append(SiteDelta(round(float(base.weight[new].sum()), 1), is_attached=True))
        count += within
        running = running | within
    return base, count, tuple(sites)


def _key(asked: CoverageQuestion) -> tuple[Any, ...]:
    layers = tuple(sorted(asked.layers.items()))
    return (asked.mode, asked.minutes, asked.services, asked.at, layers, asked.area, asked.kind)


def _base(state: DistrictState, asked: CoverageQuestion) -> _Base:
    ready(state, asked.mode)
    costs = demand_costs(state, asked.mode)
    measured = weights(state, asked)
    counts = stations(state, asked).counts
    limit = limit_ds(asked.minutes * 60.0)
    is_snapped = costs.snapped.is_snapped
    count = np.zeros(len(costs.cost), np.int16)
    for column in np.flatnonzero(counts).tolist():
        count += (costs.cost[:, column] <= limit) & is_snapped
    areas = towns(state)
    town = np.full(count.size, len(areas.code), np.int64)
    for number, code in enumerate(areas.code):
        town[areas.mask(code, count.size)] = number
    names = (*areas.code, ""), (*areas.name, "")
    return _Base(count, measured.weight, town, *names, counts, measured.unit, is_snapped)


def _within(state: DistrictState, asked: CoverageQuestion, spot: Spot, base: _Base) -> NDArray[np.bool_] | None:
    """Return which points a site is within the standard of; None where no street is near it."""
    snapshot = ready(state, asked.mode)
    seconds = asked.minutes * 60.0

    def search() -> NDArray[np.bool_] | None:
        ends: DemandEnds = cached(
            state,
            "ends",
            lambda: prepare_demand(snapshot.network, demand_costs(state, asked.mode).snapped, mode=asked.mode),
            key=asked.mode,
            most=2,
        )
        try:
            column = cost_column(snapshot.network, ends, spot.lon, spot.lat, limit_s=seconds)
        except NotSnappedError:
            return None
        return np.asarray((column <= limit_ds(seconds)) & base.is_snapped)

    key = (asked.mode, asked.minutes, round(spot.lon, 6), round(spot.lat, 6))
    return cached(state, "site columns", search, key=key, most=_COLUMNS)


def _column(state: DistrictState, code: str, kind: str) -> int:
    place = state.place_by_code.get(code)
    if place is None or kind not in place.functions or place.status != "active" or place.column is None:
        raise NotFoundError("there is no station {code} in service in this district", code=code)
    return place.column
