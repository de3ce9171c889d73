"""Answer a siting question: travel costs along streets, the solver, and the certificate."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine

from geo.db.candidates import read_candidates
from geo.db.demand_profiles import read_profile
from geo.db.session import reading
from geo.errors import InfeasibleError, InputError, MissingDataError
from geo.hours import OpenState
from geo.network.costs import find_costs
from geo.network.snap import SnappedPoints
from geo.records import CandidateRecord
from geo.siting.actions import Limits
from geo.siting.certificate import Certified, solve_budget, solve_certified
from geo.siting.covers import cover_within, read_standard
from geo.siting.problem import SitingResult, Stop
from webmap.logic.coverage.measured import demand_costs, open_state, ready, weights
from webmap.logic.district_state import DistrictState
from webmap.logic.places import choose_places
from webmap.logic.siting.action_rows import choose_actions
from webmap.logic.siting.facts import ChosenSite, SitingAnswer, SitingFacts
from webmap.logic.siting.limits import MAX_ENTRIES, check_prices, decided_options
from webmap.logic.siting.options import find_actions
from webmap.logic.siting.question import SitingQuestion

_NAMED = 5

log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class _Facilities:
    """Existing stations first, then candidates: where they are, what they cost (NaN: not known), which are decided."""

    codes: list[str]
    names: list[str]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    price: NDArray[np.float64]
    n_existing: int
    fixed: list[int]
    forbidden: list[int]


def choose_sites(engine: Engine, state: DistrictState, asked: SitingQuestion, *, stop: Stop) -> SitingAnswer:
    """Answer a question about sites.

    Demand that no street is near, and demand of weight 0, takes no part; both are in the answer.

    Raises
    ------
    MissingDataError
        If there are no streets, no demand or no candidates.
    InputError, InfeasibleError
    """
    with reading(engine) as session:
        candidates = read_candidates(session, state.district.code)
        profile = read_profile(session, state.district.code) if asked.week else None
    if asked.week or asked.each_service:
        return choose_actions(state, asked, candidates, profile, stop=stop)
    snapshot = ready(state, asked.mode)
    actions = [
        CandidateRecord(each.code, each.name, each.lon, each.lat, "candidate", each.cost, None)
        for each in find_actions(state, asked.coverage, asked.actions)
    ]
    if not candidates and not actions:
        raise MissingDataError("no candidate sites are loaded yet", what="candidates")
    facilities = _facilities(state, [*candidates, *actions], asked)
    weight = weights(state, asked.coverage).weight
    demand = demand_costs(state, asked.mode).snapped
    rows = np.flatnonzero(demand.is_snapped & (weight > 0.0))
    if rows.size == 0:
        raise MissingDataError("there is no demand that a street leads to", what="population")
    if rows.size * len(facilities.codes) > MAX_ENTRIES:
        raise InputError(
            "{demand} demand points and {sites} facilities are too many at once; take fewer candidates",
            demand=rows.size,
            sites=len(facilities.codes),
        )
    origin = demand.take(rows)
    goal = snapshot.network.snap(facilities.lon, facilities.lat, mode=asked.mode)
    limit = asked.minutes * 60.0 if asked.model in ("mclp", "lscp") else None
    cost = find_costs(snapshot.network, origin, goal, mode=asked.mode, limit_s=limit)
    sites = None if asked.sites is None else asked.sites + facilities.n_existing
    stop.time_limit_s = min(stop.time_limit_s, stop.seconds + asked.time_limit_s)
    try:
        if asked.budget is not None:
            certified = _choose_within(asked.budget, cost, weight[rows], sites, limit, facilities, stop)
        else:
            certified = solve_certified(
                asked.model, cost, weight[rows], sites=sites, standard=limit, fixed=facilities.fixed,
                forbidden=facilities.forbidden, stop=stop,
            )  # fmt: skip
    except InfeasibleError as error:
        raise _with_places(error, state, rows) from error
    parameters = {
        "snapshot": str(snapshot.folder.resolve()),
        "data_version": state.data_version,
        "district": state.district.code,
        "mode": asked.mode,
        "kind": asked.coverage.kind,
        "limit_s": limit,
        "candidates": facilities.codes,
        "n_existing": facilities.n_existing,
    }
    arrays = {
        "weight": weight[rows],
        "price": np.nan_to_num(facilities.price),
        **_ends("demand", origin),
        **_ends("candidate", goal),
    }
    certified_bound = float(certified.body["certified_bound"])
    facts = _facts(state, asked, facilities, certified.answer, cost, weight, rows, goal, certified_bound)
    return SitingAnswer(facts, certified, arrays, parameters)


def _choose_within(
    budget: float,
    cost: NDArray[np.float64],
    weight: NDArray[np.float64],
    sites: int | None,
    limit: float | None,
    facilities: _Facilities,
    stop: Stop,
) -> Certified:
    """Cover most people with what the new sites may cost together; existing stations cost nothing."""
    check_prices(facilities.price, facilities.codes, facilities.forbidden)
    standard = read_standard(limit)
    sets, _ = cover_within(cost, weight, standard=standard)
    limits = Limits(cost=np.nan_to_num(facilities.price), budget=budget, sites=sites)
    return solve_budget(
        sets, limits, standard=standard, fixed=facilities.fixed, forbidden=facilities.forbidden, stop=stop
    )


def _facilities(state: DistrictState, candidates: Sequence[CandidateRecord], asked: SitingQuestion) -> _Facilities:
    existing = [
        place
        for place in choose_places(state, asked.coverage.kind, asked.coverage.services)
        if asked.with_existing
        and open_state(state, place, asked.coverage.at, kind=asked.coverage.kind) is OpenState.OPEN
    ]
    codes = [place.code for place in existing] + [each.code for each in candidates]
    first = len(existing)
    fixed, forbidden = decided_options(asked, candidates, {each.code: first + i for i, each in enumerate(candidates)})
    return _Facilities(
        codes,
        [place.name for place in existing] + [each.name for each in candidates],
        np.array([place.lon for place in existing] + [each.lon for each in candidates]),
        np.array([place.lat for place in existing] + [each.lat for each in candidates]),
        np.array([0.0] * first + [np.nan if each.cost is None else each.cost for each in candidates]),
        first,
        [*range(first), *fixed],
        forbidden,
    )


def _facts(
    state: DistrictState,
    asked: SitingQuestion,
    facilities: _Facilities,
    answer: SitingResult,
    cost: NDArray[np.float64],
    weight: NDArray[np.float64],
    rows: NDArray[np.int64],
    goal: SnappedPoints,
    certified_bound: float,
) -> SitingFacts:
    first = facilities.n_existing
    before = cost[:, :first].min(axis=1, initial=np.inf)
    within = asked.minutes * 60.0
    chosen = [j for j in answer.sites if j >= first]
    after = cost[:, list(answer.sites)].min(axis=1, initial=np.inf)
    people = weight[rows]
    unattached = np.flatnonzero(~demand_costs(state, asked.mode).snapped.is_snapped & (weight > 0.0))
    return SitingFacts(
        mark=state.mark,
        model=asked.model,
        mode=asked.mode,
        minutes=asked.minutes,
        existing=first,
        sites=tuple(
            ChosenSite(
                code=facilities.codes[j],
                name=facilities.names[j],
                lon=round(float(facilities.lon[j]), 6),
                lat=round(float(facilities.lat[j]), 6),
                cost=None if np.isnan(facilities.price[j]) else float(facilities.price[j]),
                gain=round(float(people[(cost[:, j] <= within) & ~(before <= within)].sum()), 1),
            )
            for j in chosen
        ),
        objective=answer.objective,
        bound=answer.bound,
        gap=answer.gap,
        status=answer.status,
        budget=asked.budget,
        spent=None if asked.budget is None else float(facilities.price[chosen].sum()),
        people=round(float(people.sum()), 1),
        covered_before=round(float(people[before <= within].sum()), 1),
        covered_after=round(float(people[after <= within].sum()), 1),
        unattached=round(float(weight[unattached].sum()), 1),
        candidates_unattached=tuple(
            facilities.codes[j] for j in np.flatnonzero(~goal.is_snapped).tolist() if j >= first
        ),
        certified_bound=certified_bound,
    )


def _with_places(error: InfeasibleError, state: DistrictState, rows: NDArray[np.int64]) -> InfeasibleError:
    """Return the error with the places of its rows: a planner knows no row numbers."""
    if not error.rows:
        return error
    at = rows[np.array(error.rows)]
    lon, lat = (state.demand[name].to_numpy(np.float64)[at] for name in ("lon", "lat"))
    some = "; ".join(f"{x:.5f}, {y:.5f}" for x, y in zip(lon[:_NAMED], lat[:_NAMED], strict=True))
    return InfeasibleError(
        "{count} demand points cannot be served by any allowed choice, among them those at {places}: add candidates, "
        "raise the minutes, or choose more sites",
        rows=at.tolist(),
        count=at.size,
        places=some,
    )


def _ends(name: str, ends: SnappedPoints) -> dict[str, NDArray[Any]]:
    return {f"{name}_edge": ends.edge, f"{name}_fraction": ends.fraction, f"{name}_leg_m": ends.access_m}
