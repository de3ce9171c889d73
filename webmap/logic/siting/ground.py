"""The arrays that a siting question is answered from: people, stations that count, options, and the seconds between."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.errors import InputError, MissingDataError, NotReadyError
from geo.network.costs import find_costs
from webmap.logic.coverage.measured import demand_costs, ready, stations, towns, weights
from webmap.logic.district_state import DistrictState
from webmap.logic.siting.options import Option, Options
from webmap.logic.siting.sites_question import SitesQuestion

MAX_ENTRIES = 200_000_000
"""Demand points times options that are held at once: 0.8 GB."""

N_EXISTING = 2
"""Columns before those of the options: the nearest and the second nearest station that counts."""

NOWHERE_S = 7_200.0
"""Who reaches no station counts with two hours where lengths of ways are compared."""

SLACK = 1.25
"""Costs are searched so much farther than the standard, for assumptions of shorter travel times."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Ground:
    """What a question is answered from.

    Attributes
    ----------
    cost : float32 (n_demand, 2 + n_option)
        Seconds to the nearest and the second nearest station that counts, and to each option; inf where unreachable or
        far beyond the standard.
    weight : float64 (n_demand,)
        People of each point; only points with people that a street is near.
    town : int64 (n_demand,)
        Position in `town_code`.
    town_code, town_name : tuple of str
    options : tuple of Option
    standard_s : float
    stations : int
        How many count.
    people, unattached : float
        All people of the question, and those near no street.
    unit : str
    busiest : float32 (n_busiest, n_demand)
        Seconds to the nearest station that counts if one of the two that alone cover most is closed.
    busiest_names : tuple of str
    """

    cost: NDArray[np.float32]
    weight: Floats
    town: NDArray[np.int64]
    town_code: tuple[str, ...]
    town_name: tuple[str, ...]
    options: tuple[Option, ...]
    standard_s: float
    stations: int
    people: float
    unattached: float
    unit: str
    busiest: NDArray[np.float32]
    busiest_names: tuple[str, ...]


def survey(state: DistrictState, asked: SitesQuestion, options: Options, *, has_ways: bool) -> Ground:
    """Measure the streets for a question; with `has_ways` the whole ways, not only those about the standard.

    Raises
    ------
    NotReadyError
        If there are no streets or people.
    InputError
        If there is nothing to choose from, or too much.
    """
    question = asked.coverage
    snapshot = ready(state, question.mode)
    if not options.options and options.candidates:
        raise NotReadyError(
            "no candidate fits what is wanted: relax the conditions under More conditions, or add candidates"
        )
    if not options.options:
        raise NotReadyError("nobody is missed by this question, so there is nowhere to look for a site")
    measured = weights(state, question)
    costs = demand_costs(state, question.mode)
    some = measured.weight > 0.0
    rows = np.flatnonzero(costs.snapped.is_snapped & some)
    if rows.size == 0:
        raise MissingDataError("there is no demand that a street leads to", what="population")
    if rows.size * len(options.options) > MAX_ENTRIES:
        raise InputError(
            "{demand} demand points and {sites} facilities are too many at once; take fewer candidates",
            demand=rows.size,
            sites=len(options.options),
        )
    standard_s = question.minutes * 60.0
    counts = stations(state, question).counts.copy()
    for code in asked.closed:
        place = state.place_by_code.get(code)
        if place is not None and place.column is not None:
            counts[place.column] = False
    weight = measured.weight[rows]
    columns = np.flatnonzero(counts)
    existing = costs.cost[rows][:, columns]
    nearest = _two_nearest(existing)
    lon, lat = (np.array([getattr(each, axis) for each in options.options]) for axis in ("lon", "lat"))
    goal = snapshot.network.snap(lon, lat, mode=question.mode)
    limit = None if has_ways else standard_s * SLACK
    reach = find_costs(snapshot.network, costs.snapped.take(rows), goal, mode=question.mode, limit_s=limit)
    busiest, names = _without_the_busiest(state, existing, columns, weight, standard_s)
    areas = towns(state)
    town = np.full(len(state.demand), len(areas.code), np.int64)
    for number, code in enumerate(areas.code):
        town[areas.mask(code, len(state.demand))] = number
    return Ground(
        cost=np.hstack([nearest, reach.astype(np.float32)]),
        weight=weight,
        town=town[rows],
        town_code=(*areas.code, ""),
        town_name=(*areas.name, ""),
        options=options.options,
        standard_s=standard_s,
        stations=int(columns.size),
        people=float(measured.weight.sum()),
        unattached=float(measured.weight[some & ~costs.snapped.is_snapped].sum()),
        unit=measured.unit,
        busiest=busiest,
        busiest_names=names,
    )


def _seconds(cost_ds: NDArray[np.int32]) -> NDArray[np.float32]:
    far = np.iinfo(np.int32).max
    return np.where(cost_ds >= far, np.inf, cost_ds / 10.0).astype(np.float32)


def _two_nearest(cost_ds: NDArray[np.int32]) -> NDArray[np.float32]:
    """Return the seconds to the nearest and the second nearest of some stations, (n, 2)."""
    far = np.full((len(cost_ds), N_EXISTING), np.iinfo(np.int32).max, np.int32)
    padded = np.hstack([cost_ds, far])
    return _seconds(np.partition(padded, (0, 1), axis=1)[:, :N_EXISTING])


def _without_the_busiest(
    state: DistrictState, cost_ds: NDArray[np.int32], columns: NDArray[np.int64], weight: Floats, standard_s: float
) -> tuple[NDArray[np.float32], tuple[str, ...]]:
    """Return the seconds to the nearest station without each of the two that alone cover most, and their names."""
    within = cost_ds <= round(standard_s * 10.0)
    alone = within & (within.sum(axis=1, keepdims=True) == 1)
    people = weight @ alone
    order = [j for j in np.argsort(-people, kind="stable")[:2].tolist() if people[j] > 0.0]
    name = {place.column: place.name for place in state.places}
    rest = [_two_nearest(np.delete(cost_ds, j, axis=1))[:, 0] for j in order]
    stack = np.stack(rest) if rest else np.empty((0, len(cost_ds)), np.float32)
    return stack, tuple(name.get(int(columns[j]), "") for j in order)
