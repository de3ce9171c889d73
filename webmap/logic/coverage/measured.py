"""Measure coverage for a question: choose stations, demand weights and areas of the state; the basis of an answer."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from geo.coverage.areas import Areas
from geo.coverage.demand import DemandLayer, combine_layers, unit_of
from geo.coverage.measure import Coverage, measure_coverage
from geo.coverage.question import CoverageQuestion
from geo.coverage.weights import choose_multipliers, exact
from geo.errors import InputError, MissingDataError, NotFoundError
from geo.hours import OpenState, parse_hours, state_at
from geo.network.modes import WHAT_IF_MODES, check_mode
from geo.network.nearest import make_table, start_aside
from geo.network.snap import SnappedPoints, snap
from webmap.logic.cache import cached
from webmap.logic.district_state import DataMark, DistrictState, PlaceInfo
from webmap.logic.places import STATION, choose_places
from webmap.logic.snapshots import SERVED_MODES, Snapshot

_MEASURED = 8
"""Coverages kept per state: a page asks some of one question, and of both modes."""


@dataclass(frozen=True, eq=False)
class Open:
    """The stations of a question by what they count as, as columns of the cost matrix.

    Attributes
    ----------
    counts, is_unknown : bool (n_facility,)
        Surely open (or hours are not regarded); hours unknown at the moment.
    offers, is_active : bool (n_facility,)
        Offers the services asked for, whatever its hours; is a station in service at all.
    counted, closed, unknown : int
        Stations that offer the services, by state; also those not yet in the matrix.
    """

    counts: NDArray[np.bool_]
    is_unknown: NDArray[np.bool_]
    offers: NDArray[np.bool_]
    is_active: NDArray[np.bool_]
    counted: int
    closed: int
    unknown: int


@dataclass(frozen=True, eq=False)
class Weights:
    """What each demand point weighs in a question, the layers that say so, and the unit of every number."""

    weight: NDArray[np.float64]
    layers: tuple[DemandLayer, ...]
    unit: str


@dataclass(frozen=True, eq=False)
class DemandCosts:
    """What it costs in a mode to go from every demand point to every place.

    Attributes
    ----------
    cost : int32 (n_demand, n_place)
        Deciseconds; the largest int32 where unreachable.
    snapped : SnappedPoints (n_demand)
        Where the demand points join the streets.
    """

    cost: NDArray[np.int32]
    snapped: SnappedPoints


@dataclass(frozen=True)
class CountedArea:
    """The town or key area that a question is narrowed to."""

    code: str
    name: str


@dataclass(frozen=True)
class CountedLayer:
    """A demand layer in an answer: its sum in its unit, and what one of it weighs there."""

    layer: str
    weight: float
    total: float
    unit: str
    is_proxy: bool


@dataclass(frozen=True)
class AnswerBasis:
    """What every answer repeats of its question, the layers it weighs, and the mark of the data.

    `unit` is what the answer counts: ``people``, ``buildings`` or ``weighted``.
    """

    unit: str
    mode: str
    minutes: float
    services: tuple[str, ...]
    at: datetime | None
    area: CountedArea | None
    layers: tuple[CountedLayer, ...]
    mark: DataMark


def ready(state: DistrictState, mode: str) -> Snapshot:
    """Return the snapshot, or raise what keeps coverage of a mode from being counted."""
    check_mode(mode)
    modes = (*SERVED_MODES, *WHAT_IF_MODES)
    if mode not in modes:
        raise InputError("mode {mode} is not one of {modes}", mode=mode, modes=", ".join(modes))
    snapshot = state.ready()
    if len(state.demand) == 0:
        raise MissingDataError("nobody is counted yet: no file of people is loaded", what="population")
    return snapshot


def demand_costs(state: DistrictState, mode: str) -> DemandCosts:
    """Return the costs of the district's demand in a mode; those of a what-if, which no snapshot has, are computed."""
    snapshot = ready(state, mode)
    if mode in snapshot.demand_cost:
        return DemandCosts(snapshot.demand_cost[mode], snapshot.snapped_demand[mode])
    lon, lat = state.demand["lon"].to_numpy(), state.demand["lat"].to_numpy()

    def compute() -> DemandCosts:
        places = snap(snapshot.network, snapshot.place_lon, snapshot.place_lat, mode=mode)
        table = make_table(snapshot.network, places, mode=mode)
        origin, costs = start_aside(snapshot.network, table, lon, lat)
        return DemandCosts(costs.astype(np.int32), origin)

    return cached(state, "demand costs", compute, key=mode, most=len(WHAT_IF_MODES))


def towns(state: DistrictState) -> Areas:
    """Return the towns with their demand points, in the order of their codes; those without a town come last."""
    return cached(state, "towns", lambda: Areas.of_codes(state.demand["region_code"], _town_names(state)))


def key_areas(state: DistrictState) -> Areas:
    """Return the key areas with their demand points."""
    names = {area.code: area.name for area in state.areas}
    return cached(state, "key areas", lambda: Areas.of_masks(state.area_members, names=names))


def area_name(state: DistrictState, code: str) -> str:
    """Return the name of a town or key area, or raise `NotFoundError`."""
    for areas in (towns(state), key_areas(state)):
        if code and code in areas.code:
            return areas.name[areas.code.index(code)]
    raise NotFoundError("there is no town or key area {code} in this district", code=code)


def weights(state: DistrictState, asked: CoverageQuestion) -> Weights:
    """Return what the demand points weigh; outside of the area asked about, nothing."""
    key = (tuple(sorted(asked.layers.items())), asked.area)
    return cached(state, "weights", lambda: _weights(state, asked), key=key, most=4)


def stations(state: DistrictState, asked: CoverageQuestion) -> Open:
    """Return the stations by what they count as."""
    n_facility = state.ready().place_id.size
    masks = {name: np.zeros(n_facility, bool) for name in ("counts", "is_unknown", "offers", "is_active")}
    for place in state.with_function(asked.kind):
        if place.column is not None:
            masks["is_active"][place.column] = True
    numbers = {OpenState.OPEN: 0, OpenState.CLOSED: 0, OpenState.UNKNOWN: 0}
    for place in choose_places(state, asked.kind, asked.services):
        now = open_state(state, place, asked.at, kind=asked.kind)
        numbers[now] += 1
        if place.column is not None:
            masks["offers"][place.column] = True
            masks["counts"][place.column] = now is OpenState.OPEN
            masks["is_unknown"][place.column] = now is OpenState.UNKNOWN
    return Open(
        **masks,
        counted=numbers[OpenState.OPEN],
        closed=numbers[OpenState.CLOSED],
        unknown=numbers[OpenState.UNKNOWN],
    )


def open_state(state: DistrictState, place: PlaceInfo, at: datetime | None, *, kind: str = STATION) -> OpenState:
    """Return the state of a place's function at a moment; open where no moment is asked about."""
    if at is None:
        return OpenState.OPEN
    return state_at(parse_hours(place.functions[kind].hours), at, calendar=state.calendar)


def measure(state: DistrictState, asked: CoverageQuestion) -> Coverage:
    """Return the coverage of the district's demand, in the order of ``state.demand``.

    Moments at which the same stations are open are the same question and measured once.
    """
    costs = demand_costs(state, asked.mode)
    weight = weights(state, asked).weight
    found = stations(state, asked)
    key = (
        asked.mode,
        asked.minutes,
        found.counts.tobytes(),
        found.is_unknown.tobytes(),
        tuple(sorted(asked.layers.items())),
        asked.area,
    )
    return cached(
        state,
        "coverage",
        lambda: measure_coverage(
            costs.cost,
            weight,
            costs.snapped.is_snapped,
            standard_s=asked.minutes * 60.0,
            counts=found.counts,
            is_unknown=found.is_unknown,
        ),
        key=key,
        most=_MEASURED,
    )


def answer_basis(state: DistrictState, asked: CoverageQuestion) -> AnswerBasis:
    """Return what an answer repeats of its question."""
    weighed = weights(state, asked)
    return AnswerBasis(
        unit=weighed.unit,
        mode=asked.mode,
        minutes=asked.minutes,
        services=asked.services,
        at=asked.at,
        area=None if asked.area is None else CountedArea(asked.area, area_name(state, asked.area)),
        layers=tuple(
            CountedLayer(layer.code, layer.multiplier, round(layer.total, 1), layer.unit, layer.is_proxy)
            for layer in weighed.layers
        ),
        mark=state.mark,
    )


def _weights(state: DistrictState, asked: CoverageQuestion) -> Weights:
    layers = choose_multipliers(state.demand_layers, asked.layers)
    weight = exact(combine_layers(state.demand, {layer.code: layer.multiplier for layer in layers}))
    if asked.area is not None:
        area_name(state, asked.area)
        inside = next(areas for areas in (towns(state), key_areas(state)) if asked.area in areas.code)
        weight = np.where(inside.mask(asked.area, weight.size), weight, 0.0)
    return Weights(weight, layers, unit_of(layers, None))


def _town_names(state: DistrictState) -> dict[str, str]:
    return {region.code: region.name for region in state.regions}
