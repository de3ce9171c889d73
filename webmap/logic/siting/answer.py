"""Answer a siting question: travel costs along streets, the solver, and the certificate."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine

from geo.coverage.demand import combine_layers
from geo.coverage.weights import choose_multipliers
from geo.db.candidates import read_candidates
from geo.db.session import reading
from geo.errors import InfeasibleError, InputError, NotReadyError
from geo.network.costs import find_costs
from geo.network.snap import SnappedPoints
from geo.records import CandidateRecord
from geo.siting.actions import Limits
from geo.siting.certificate import Certified, solve_budget, solve_certified, write_certificate
from geo.siting.covers import cover_within, read_standard
from geo.siting.problem import SitingResult, Stop
from webmap.logic.coverage.measured import demand_costs, ready
from webmap.logic.district_state import DataMark, DistrictState
from webmap.logic.places import STATION
from webmap.logic.siting.question import SitingQuestion

MAX_ENTRIES = 400_000_000
"""Demand points times facilities that are held at once: 3.2 GB."""

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


@dataclass(frozen=True)
class ChosenSite:
    """A candidate that was chosen; `cost` in yuan (None: not known), `gain` people covered only since."""

    code: str
    name: str
    lon: float
    lat: float
    cost: float | None
    gain: float


@dataclass(frozen=True, kw_only=True)
class SitingFacts:
    """What an answer says, as its JSON names it.

    Attributes
    ----------
    mark : DataMark
    model, mode : str
    minutes : float
    existing : int
        Stations that count as chosen.
    sites : tuple of ChosenSite
        The new ones.
    objective, bound, gap : float
    status : {"optimal", "feasible"}
    budget, spent : float or None
        Yuan; None without a budget.
    people, covered_before, covered_after, unattached : float
        Demand that takes part; of it covered within `minutes` before and after; demand near no street.
    candidates_unattached : tuple of str
        Codes of candidates near no street.
    certified_bound : float
        The bound that the certificate proves.
    """

    mark: DataMark
    model: str
    mode: str
    minutes: float
    existing: int
    sites: tuple[ChosenSite, ...]
    objective: float
    bound: float
    gap: float
    status: str
    budget: float | None
    spent: float | None
    people: float
    covered_before: float
    covered_after: float
    unattached: float
    candidates_unattached: tuple[str, ...]
    certified_bound: float


@dataclass(frozen=True, eq=False)
class SitingAnswer:
    """The answer, and what its certificate is written from."""

    facts: SitingFacts
    certified: Certified
    arrays: dict[str, NDArray[Any]]
    parameters: dict[str, Any]

    def write(self, path: Path) -> list[Path]:
        """Write the certificate and its inputs; return both paths."""
        write_certificate(path, self.certified, kind="streets", arrays=self.arrays, parameters=self.parameters)
        return [path, path.with_name(path.stem + ".inputs.npz")]


def choose_sites(engine: Engine, state: DistrictState, asked: SitingQuestion, *, stop: Stop) -> SitingAnswer:
    """Answer a question about sites.

    Demand that no street is near, and demand of weight 0, takes no part; both are in the answer.

    Raises
    ------
    NotReadyError
        If there are no streets, no demand or no candidates.
    InputError, InfeasibleError
    """
    snapshot = ready(state, asked.mode)
    with reading(engine) as session:
        candidates = read_candidates(session, state.district.code)
    if not candidates:
        raise NotReadyError("no candidate sites are loaded; run: fuchun load candidates FILE")
    facilities = _facilities(state, candidates, asked)
    layers = choose_multipliers(state.demand_layers, asked.layers)
    weight = combine_layers(state.demand, {layer.code: layer.multiplier for layer in layers})
    demand = demand_costs(state, asked.mode).snapped
    rows = np.flatnonzero(demand.is_snapped & (weight > 0.0))
    if rows.size == 0:
        raise NotReadyError("there is no demand that a street leads to; run: fuchun load population FILE")
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
    unknown = np.setdiff1d(np.flatnonzero(np.isnan(facilities.price)), facilities.forbidden)
    if unknown.size:
        raise InputError(
            "{count} candidates have no cost, among them {codes}: fill in the column, or load them as forbidden",
            count=unknown.size,
            codes=", ".join(facilities.codes[j] for j in unknown[:_NAMED].tolist()),
        )
    standard = read_standard(limit)
    sets, _ = cover_within(cost, weight, standard=standard)
    limits = Limits(cost=np.nan_to_num(facilities.price), budget=budget, sites=sites)
    return solve_budget(
        sets, limits, standard=standard, fixed=facilities.fixed, forbidden=facilities.forbidden, stop=stop
    )


def _facilities(state: DistrictState, candidates: Sequence[CandidateRecord], asked: SitingQuestion) -> _Facilities:
    existing = state.with_function(STATION) if asked.with_existing else []
    codes = [place.code for place in existing] + [each.code for each in candidates]
    first = len(existing)
    at = {each.code: first + i for i, each in enumerate(candidates)}
    for code in (*asked.fixed, *asked.forbidden):
        if code not in at:
            raise InputError("there is no candidate site {code}", code=code)
    fixed = [*range(first), *(at[each.code] for each in candidates if each.status == "mandatory")]
    forbidden = [at[each.code] for each in candidates if each.status == "forbidden"]
    return _Facilities(
        codes,
        [place.name for place in existing] + [each.name for each in candidates],
        np.array([place.lon for place in existing] + [each.lon for each in candidates]),
        np.array([place.lat for place in existing] + [each.lat for each in candidates]),
        np.array([0.0] * first + [np.nan if each.cost is None else each.cost for each in candidates]),
        first,
        sorted({*fixed, *(at[code] for code in asked.fixed)}),
        sorted({*forbidden, *(at[code] for code in asked.forbidden)}),
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
