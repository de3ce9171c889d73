"""Siting over rows of demand × time class × service: open, extend or equip, for a week or service by service."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.db.demand_profiles import ProfileFacts
from geo.errors import InputError, MissingDataError, NotReadyError
from geo.hours import STATE_CODES, OpenState, parse_hours, week_states
from geo.network.costs import find_costs, limit_ds
from geo.records import CandidateRecord
from geo.siting.actions import Limits
from geo.siting.certificate import Certified, solve_budget
from geo.siting.covers import CoverSets
from geo.siting.problem import Stop
from geo.siting.time_classes import HoursGround, extend_hours
from webmap.logic.coverage.measured import demand_costs, open_state, ready, weights
from webmap.logic.coverage.week import ordinary_week
from webmap.logic.district_state import DistrictState, PlaceInfo
from webmap.logic.places import choose_places
from webmap.logic.siting.facts import ChosenSite, SitingAnswer, SitingFacts
from webmap.logic.siting.hours_plan import OPENS, supposed_hours
from webmap.logic.siting.limits import MAX_ENTRIES, check_prices, decided_options
from webmap.logic.siting.options import BOTH
from webmap.logic.siting.question import SitingQuestion

Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Act:
    """What may be done: at which place, for how many yuan (None: not known), and when it offers what since.

    Attributes
    ----------
    code, name : str
        The code of an action on a place of ours is its kind, a colon and the place's code.
    place : str
        At most one action is taken at a place; "" of a candidate.
    is_open : bool (n_hour,), offers : bool (n_service,)
    column : int or None
        Of a place of ours in the cost matrix.
    supposed : str or None
        The hours that it counts with where nobody has entered any, in OSM syntax.
    """

    code: str
    name: str
    lon: float
    lat: float
    place: str
    cost: float | None
    is_open: Mask
    offers: Mask
    column: int | None = None
    supposed: str | None = None


def choose_actions(
    state: DistrictState,
    asked: SitingQuestion,
    candidates: Sequence[CandidateRecord],
    profile: ProfileFacts | None,
    *,
    stop: Stop,
) -> SitingAnswer:
    """Answer a question about a week, or about services one by one, within a number of sites or a budget.

    Raises
    ------
    NotReadyError
        If a week is asked about and nobody has entered a demand profile, or there are no streets, demand or options.
    InputError, InfeasibleError
    """
    if asked.week and profile is None:
        raise NotReadyError("nobody has entered a demand profile yet, so hours of a week are not added up")
    ready(state, asked.mode)
    hour_weight = np.ones(1) if profile is None else np.array(profile.middle)
    stations = [each for each in choose_places(state, asked.coverage.kind, ()) if each.column is not None]
    reader = _Reader(state, asked)
    acts = [*reader.open_candidates(candidates), *reader.improve(stations)]
    if not acts:
        raise MissingDataError("no candidate sites are loaded yet", what="candidates")
    counted = stations if asked.with_existing else []
    ground, unattached, lost = _measure(state, asked, counted, acts, reader, hour_weight)
    codes = [each.code for each in acts]
    fixed, forbidden = decided_options(asked, candidates, {code: j for j, code in enumerate(codes)})
    price = np.array([np.nan if each.cost is None else each.cost for each in acts])
    if asked.budget is not None:
        check_prices(price, codes, forbidden)
    sets = _with_stations(ground.sets(), ground.person_hours())
    stop.time_limit_s = min(stop.time_limit_s, stop.seconds + asked.time_limit_s)
    paid = np.append(np.nan_to_num(price), 0.0)
    limits = Limits(
        cost=paid if asked.budget is not None else np.zeros(paid.size),
        budget=asked.budget or 0.0,
        sites=None if asked.sites is None else asked.sites + 1,
        exclusive=_exclusive(acts),
    )
    certified = solve_budget(sets, limits, fixed=[*fixed, len(acts)], forbidden=forbidden, stop=stop)
    facts = _facts(state, asked, ground, acts, certified, stations=len(counted), unattached=unattached, lost=lost)
    return SitingAnswer(
        facts,
        certified,
        {"ptr": sets.ptr, "column": sets.column, "weight": sets.weight, "price": np.asarray(limits.cost)},
        {
            "data_version": state.data_version,
            "district": state.district.code,
            "mode": asked.mode,
            "kind": asked.coverage.kind,
            "limit_s": asked.minutes * 60.0,
            "columns": [*codes, "stations in service"],
            "services": list(asked.coverage.services),
            "until": asked.until if asked.week else None,
        },
        kind="sets",
    )


class _Reader:
    """Hours and services of places, and what may be done with them, as a question counts them."""

    def __init__(self, state: DistrictState, asked: SitingQuestion) -> None:
        self.state, self.asked = state, asked
        self.kind = asked.coverage.kind
        choose_places(state, self.kind, asked.coverage.services)  # refuses a service that is not known
        wanted = asked.coverage.services
        self.services = tuple((each,) for each in wanted) if asked.each_service else (wanted,)
        self.monday = ordinary_week(state) if asked.week else None
        # As long as the stations with which new sites compete; at a moment hours do not count.
        self.supposed = supposed_hours(OPENS, asked.until) if asked.week else None

    def week(self, hours: str | None) -> Mask:
        """Return when opening hours are surely open, bool (168,)."""
        assert self.monday is not None
        states = week_states(parse_hours(hours), monday=self.monday, calendar=self.state.calendar)
        return np.asarray(states == STATE_CODES[OpenState.OPEN])

    def is_open(self, place: PlaceInfo) -> Mask:
        """Return when a station is surely open, bool (n_hour,); one hour where a moment is asked about."""
        if self.monday is None:
            return np.array([open_state(self.state, place, self.asked.coverage.at, kind=self.kind) is OpenState.OPEN])
        return self.week(place.functions[self.kind].hours)

    def offers(self, place: PlaceInfo) -> Mask:
        """Return which services a station offers, bool (n_service,)."""
        has = set(place.functions[self.kind].services)
        return np.array([has.issuperset(each) for each in self.services])

    def open_candidates(self, candidates: Sequence[CandidateRecord]) -> list[Act]:
        """Return the candidates: each offers all that is asked for, at supposed hours where it has none of its own."""
        everything = np.ones(len(self.services), bool)
        return [
            Act(each.code, each.name, each.lon, each.lat, "", each.cost, self._hours_of(each.hours), everything,
                supposed=None if each.hours else self.supposed)
            for each in candidates
        ]  # fmt: skip

    def _hours_of(self, hours: str | None) -> Mask:
        return np.ones(1, bool) if self.monday is None else self.week(hours or self.supposed)

    def improve(self, stations: Sequence[PlaceInfo]) -> list[Act]:
        """Return what may be done with places of ours: a further function, longer hours, equipment, or both."""
        costs = self.asked.actions
        everything = np.ones(len(self.services), bool)
        found = []
        for place in stations:
            now, has = self.is_open(place), self.offers(place)
            longer = extend_hours(now[None], self.asked.until)[0] if self.asked.week else np.ones(1, bool)
            is_short, lacks = bool((longer & ~now).any()), not has.all()
            if is_short and "hours" in costs:
                found.append(_act("hours", place, costs["hours"], longer, has))
            if lacks and "equipment" in costs:
                found.append(_act("equipment", place, costs["equipment"], now, everything))
            if is_short and lacks and {"hours", "equipment"} <= set(costs):
                both = (costs["hours"], costs["equipment"])
                price = None if both[0] is None or both[1] is None else both[0] + both[1]
                found.append(_act(BOTH, place, price, longer, everything))
        if "function" in costs:
            for place in self.state.places:
                if place.status == "active" and place.column is not None and self.kind not in place.functions:
                    hours = next((each.hours for each in place.functions.values() if each.hours), None)
                    found.append(
                        _act("function", place, costs["function"], self._hours_of(hours), everything,
                             supposed=None if hours else self.supposed)
                    )  # fmt: skip
        return found


def _act(
    kind: str, place: PlaceInfo, cost: float | None, is_open: Mask, offers: Mask, *, supposed: str | None = None
) -> Act:
    code = f"{kind}:{place.code}"
    return Act(
        code, place.name, place.lon, place.lat, place.code, cost, is_open, offers, place.column, supposed
    )  # fmt: skip


def _measure(
    state: DistrictState,
    asked: SitingQuestion,
    stations: Sequence[PlaceInfo],
    acts: Sequence[Act],
    reader: _Reader,
    hour_weight: Floats,
) -> tuple[HoursGround, float, tuple[str, ...]]:
    """Return who is served when and with what, the people near no street, and the codes of candidates near none."""
    costs = demand_costs(state, asked.mode)
    weight = weights(state, asked.coverage).weight
    rows = np.flatnonzero(costs.snapped.is_snapped & (weight > 0.0))
    if rows.size == 0:
        raise MissingDataError("there is no demand that a street leads to", what="population")
    if rows.size * (len(stations) + len(acts)) > MAX_ENTRIES:
        raise InputError(
            "{demand} demand points and {sites} facilities are too many at once; take fewer candidates",
            demand=rows.size,
            sites=len(stations) + len(acts),
        )
    seconds = asked.minutes * 60.0
    near = costs.cost[rows] <= limit_ds(seconds)
    reach = np.zeros((rows.size, len(acts)), bool)
    ours = [j for j, each in enumerate(acts) if each.column is not None]
    reach[:, ours] = near[:, [each.column for each in acts if each.column is not None]]
    new = [j for j, each in enumerate(acts) if each.column is None]
    lost: tuple[str, ...] = ()
    if new:
        lon, lat = (np.array([getattr(acts[j], axis) for j in new]) for axis in ("lon", "lat"))
        network = ready(state, asked.mode).network
        goal = network.snap(lon, lat, mode=asked.mode)
        found = find_costs(network, costs.snapped.take(rows), goal, mode=asked.mode, limit_s=seconds)
        reach[:, new] = found <= seconds
        lost = tuple(acts[new[k]].code for k in np.flatnonzero(~goal.is_snapped).tolist())
    ground = HoursGround(
        within=near[:, [each.column for each in stations if each.column is not None]],
        is_open=_stack([reader.is_open(each) for each in stations], hour_weight.size),
        action_within=reach,
        action_open=_stack([each.is_open for each in acts], hour_weight.size),
        weight=weight[rows],
        hour_weight=hour_weight,
        offers=_stack([reader.offers(each) for each in stations], len(reader.services)),
        action_offers=_stack([each.offers for each in acts], len(reader.services)),
    )
    return ground, float(weight[~costs.snapped.is_snapped].sum()), lost


def _stack(masks: Sequence[Mask], size: int) -> Mask:
    return np.vstack([np.zeros((0, size), bool), *(each[None] for each in masks)])


def _with_stations(sets: CoverSets, served: float) -> CoverSets:
    """Return the merged sets with one more column, the stations in service, and a row of what they serve."""
    merged, _ = sets.merged()
    return CoverSets(
        np.append(merged.ptr, merged.column.size + 1),
        np.append(merged.column, np.int32(sets.n_column)),
        np.append(merged.weight, served),
        sets.n_column + 1,
    )


def _exclusive(acts: Sequence[Act]) -> list[tuple[int, ...]]:
    """Return the groups of actions at one place of ours."""
    groups: dict[str, list[int]] = {}
    for j, each in enumerate(acts):
        if each.place:
            groups.setdefault(each.place, []).append(j)
    return [tuple(group) for group in groups.values() if len(group) > 1]


def _facts(
    state: DistrictState,
    asked: SitingQuestion,
    ground: HoursGround,
    acts: Sequence[Act],
    certified: Certified,
    *,
    stations: int,
    unattached: float,
    lost: tuple[str, ...],
) -> SitingFacts:
    answer = certified.answer
    chosen = [j for j in answer.sites if j < len(acts)]
    before = ground.person_hours()
    all_ = float(ground.weight.sum() * ground.hour_weight.sum())
    return SitingFacts(
        mark=state.mark,
        model=asked.model,
        mode=asked.mode,
        minutes=asked.minutes,
        existing=stations,
        sites=tuple(
            ChosenSite(
                code=acts[j].code,
                name=acts[j].name,
                lon=round(acts[j].lon, 6),
                lat=round(acts[j].lat, 6),
                cost=acts[j].cost,
                gain=round(ground.person_hours([j]) - before, 1),
                supposed=acts[j].supposed,
            )
            for j in chosen
        ),
        objective=answer.objective,
        bound=answer.bound,
        gap=answer.gap,
        status=answer.status,
        budget=asked.budget,
        spent=None if asked.budget is None else float(sum(acts[j].cost or 0.0 for j in chosen)),
        people=round(all_, 1),
        covered_before=round(before, 1),
        covered_after=round(ground.person_hours(chosen), 1),
        unattached=round(unattached, 1),
        candidates_unattached=lost,
        certified_bound=float(certified.body["certified_bound"]),
        counts="person-hours" if asked.week else "people",
    )
