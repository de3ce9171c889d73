"""Longer hours or new sites: what each covers at stated moments, and in person-hours where a demand profile says so."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.coverage.question import CoverageQuestion
from geo.db.demand_profiles import N_HOUR, ProfileFacts
from geo.errors import InputError, NotReadyError
from geo.hours import STATE_CODES, OpenState, parse_hours, week_states
from geo.network.costs import find_costs, limit_ds
from geo.records import CandidateRecord
from geo.siting.actions import Limits, solve_actions
from geo.siting.problem import Stop
from geo.siting.time_classes import HoursGround, extend_hours
from webmap.logic.cache import cached
from webmap.logic.coverage.measured import demand_costs, ready, weights
from webmap.logic.coverage.week import ordinary_week
from webmap.logic.district_state import DistrictState, PlaceInfo
from webmap.logic.place_words import Translate
from webmap.logic.places import choose_places
from webmap.logic.siting.options import Option, find_options
from webmap.logic.siting.sites_question import MAX_SITES, SitesQuestion

OPENS = 8
"""Hour at which a new site is supposed to open whose hours nobody has entered."""

MOMENTS = ((2, 8), (2, 12), (2, 18), (2, 20), (5, 12), (5, 20))
"""Weekday (Monday 0) and hour of the moments at which plans are compared: a Wednesday and a Saturday."""

CHOSEN_AT = (18, 12, 8)
"""Hours of a workday by which new sites are chosen without a profile where none adds anybody at the last hour."""

LIMIT_S = 5.0
_KEPT = 4


def supposed_hours(opens: int, closes: int) -> str:
    """Return the same hours for every day, as OpenStreetMap writes them: of a new site that has none of its own.

    Raises
    ------
    InputError
        If it would close before it opens.
    """
    if not 0 <= opens < closes <= 24:
        raise InputError("a new site cannot open at {opens}:00 and close at {closes}:00", opens=opens, closes=closes)
    return f"Mo-Su {opens:02d}:00-{closes:02d}:00"


@dataclass(frozen=True, kw_only=True)
class HoursQuestion:
    """So many stations open until an hour, or so many new sites; `extension_cost` yuan a station, None: not entered.

    New sites whose hours nobody has entered count from `opens` to `closes`; None: to `until`, as the stations they are
    compared with. The moment of `coverage` is not regarded.
    """

    coverage: CoverageQuestion
    extended: int = 4
    until: int = 21
    sites: int = 1
    extension_cost: float | None = None
    opens: int = OPENS
    closes: int | None = None

    @property
    def supposed(self) -> str:
        """Hours of a new site for which nobody has entered any, as OpenStreetMap writes them."""
        return supposed_hours(self.opens, self.closes or self.until)

    def __post_init__(self) -> None:
        for name, value, most in (("extended", self.extended, MAX_SITES), ("sites", self.sites, MAX_SITES)):
            if not 1 <= value <= most:
                raise InputError(
                    "{name}={value}: write a whole number from {low} to {high}",
                    name=name,
                    value=value,
                    low=1,
                    high=most,
                )
        if not 1 <= self.until <= 24:
            raise InputError("until {value} is not an hour from 1 to 24", value=self.until)
        supposed_hours(self.opens, self.closes or self.until)


@dataclass(frozen=True)
class HoursAction:
    """A station that stays open longer, or a new site; `gain` are the person-hours a week that it adds alone.

    `hours` are those it counts with, in OSM syntax (None for a station); `is_supposed`: nobody has entered them. `gain`
    is None without a profile.
    """

    code: str
    name: str
    kind: str
    lon: float
    lat: float
    cost: float | None
    gain: float | None
    hours: str | None = None
    is_supposed: bool = False


@dataclass(frozen=True, kw_only=True)
class HoursPlan:
    """Actions and what they add together: person-hours a week with their range (None without a profile), and yuan."""

    actions: tuple[HoursAction, ...]
    gain: float | None
    gain_low: float | None
    gain_high: float | None
    spent: float | None


@dataclass(frozen=True)
class MomentRow:
    """People covered at the start of an hour: now, with longer hours, with new sites."""

    weekday: int
    hour: int
    now: float
    longer: float
    new: float


@dataclass(frozen=True, kw_only=True)
class HoursAnswer:
    """Both plans; `now` are the person-hours a week that are covered already, of `all_hours`.

    `short`: stations that close before `until` on some day; fewer than asked for where there are no more. Without a
    profile the new sites are the best at the hour `chosen_at` of a workday, which is earlier than the last hour before
    `until` where none of them is open then; `usual` are the hours that most of the stations keep, None: there are none.
    """

    longer: HoursPlan
    new: HoursPlan
    chosen_at: int
    usual: str | None
    moments: tuple[MomentRow, ...]
    short: int
    now: float | None
    all_hours: float | None
    unit: str
    has_profile: bool
    more_hours: float | None
    saved: float | None


def compare_hours(
    state: DistrictState,
    asked: HoursQuestion,
    candidates: Sequence[CandidateRecord],
    profile: ProfileFacts | None,
    *,
    translate: Translate = str,
) -> HoursAnswer:
    """Compare longer hours of stations with new sites.

    With a profile both plans are the best by person-hours. Without one nothing is added up: they are the best at the
    last hour of a workday before `until`, and are only compared at stated moments.

    Raises
    ------
    NotReadyError
        If there are no streets or people, or no station that could stay open longer.
    """
    key = (repr(asked), None if profile is None else (profile.version, profile.low, profile.high), _marks(candidates))
    return cached(
        state, "longer hours", lambda: _compare(state, asked, candidates, profile, translate), key=key, most=_KEPT
    )


def _compare(
    state: DistrictState,
    asked: HoursQuestion,
    candidates: Sequence[CandidateRecord],
    profile: ProfileFacts | None,
    translate: Translate,
) -> HoursAnswer:
    question = replace(asked.coverage, at=None)
    stations = [place for place in choose_places(state, question.kind, question.services) if place.column is not None]
    options = find_options(state, SitesQuestion(coverage=question), candidates, translate=translate).options
    entered = {each.code: each.hours for each in candidates if _is_readable(each.hours)}
    supposed = {each.code: entered.get(each.code) or asked.supposed for each in options}
    hour_weight = _hour_weight(profile, asked.until)
    ground, short, unit = _ground(state, question, stations, options, supposed, asked.until, hour_weight)
    if not short.size:
        raise NotReadyError("every station is open until then already, or its hours are not known")
    extensions = [_extension(stations[k], asked.extension_cost) for k in short.tolist()]
    sites = [
        HoursAction(
            each.code, each.name, each.kind, each.lon, each.lat, each.cost, None, supposed[each.code],
            not entered.get(each.code),
        )
        for each in options
    ]  # fmt: skip
    actions = [*extensions, *sites]
    n = len(extensions)
    now = ground.person_hours()
    longer = _best(ground, actions, range(n), asked.extended)
    new, chosen_at = _best_sites(ground, actions, range(n, len(actions)), asked, has_profile=profile is not None)
    by_hour = [ground.served(some) for some in ((), longer, new)]
    both = [_plan(ground, actions, some, now, profile) for some in (longer, new)]
    costs = [plan.spent for plan in both]
    return HoursAnswer(
        longer=both[0],
        new=both[1],
        chosen_at=chosen_at,
        usual=_usual_hours(stations, question.kind),
        moments=tuple(
            MomentRow(day, hour, *(round(float(served[24 * day + hour]), 1) for served in by_hour))
            for day, hour in MOMENTS
        ),
        short=int(short.size),
        now=None if profile is None else round(now, 1),
        all_hours=None if profile is None else round(float(ground.weight.sum() * hour_weight.sum()), 1),
        unit=unit,
        has_profile=profile is not None,
        more_hours=None if both[0].gain is None or both[1].gain is None else round(both[0].gain - both[1].gain, 1),
        saved=None if costs[0] is None or costs[1] is None else costs[1] - costs[0],
    )


def _ground(
    state: DistrictState,
    question: CoverageQuestion,
    stations: Sequence[PlaceInfo],
    options: Sequence[Option],
    hours: Mapping[str, str],
    until: int,
    hour_weight: NDArray[np.float64],
) -> tuple[HoursGround, NDArray[np.int64], str]:
    """Return who is served when, the positions of the stations that could stay open longer, and the unit."""
    snapshot = ready(state, question.mode)
    costs, measured = demand_costs(state, question.mode), weights(state, question)
    rows = np.flatnonzero(costs.snapped.is_snapped & (measured.weight > 0.0))
    seconds = question.minutes * 60.0
    monday = ordinary_week(state)

    def is_open(text: str | None) -> NDArray[np.bool_]:
        states = week_states(parse_hours(text), monday=monday, calendar=state.calendar)
        return np.asarray(states == STATE_CODES[OpenState.OPEN])

    empty = np.zeros((0, N_HOUR), bool)
    now = np.vstack([empty, *(is_open(place.functions[question.kind].hours)[None] for place in stations)])
    longer = extend_hours(now, until)
    short = np.flatnonzero((longer & ~now).any(axis=1))
    columns = np.array([place.column for place in stations], np.int64)
    within = costs.cost[rows][:, columns] <= limit_ds(seconds)
    reach = np.zeros((rows.size, 0))
    if options:
        lon, lat = (np.array([getattr(each, axis) for each in options]) for axis in ("lon", "lat"))
        goal = snapshot.network.snap(lon, lat, mode=question.mode)
        reach = find_costs(snapshot.network, costs.snapped.take(rows), goal, mode=question.mode, limit_s=seconds)
    then = np.vstack([empty, *(is_open(hours[each.code])[None] for each in options)])
    ground = HoursGround(
        within=within,
        is_open=now,
        action_within=np.hstack([within[:, short], reach <= seconds]),
        action_open=np.vstack([longer[short], then]),
        weight=measured.weight[rows],
        hour_weight=hour_weight,
    )
    return ground, short, measured.unit


def _hour_weight(profile: ProfileFacts | None, until: int) -> NDArray[np.float64]:
    """Return the share of the people in each hour; without a profile the last hour of a workday before `until`."""
    return np.array(profile.middle) if profile is not None else _one_hour(until - 1)


def _one_hour(hour: int) -> NDArray[np.float64]:
    """Return the weight of an hour of a workday alone."""
    found = np.zeros(N_HOUR)
    found[24 * MOMENTS[0][0] + hour] = 1.0
    return found


def _best_sites(
    ground: HoursGround, actions: Sequence[HoursAction], allowed: range, asked: HoursQuestion, *, has_profile: bool
) -> tuple[NDArray[np.int64], int]:
    """Return the best new sites, and the hour of a workday by which they are so where there is no profile."""
    last = asked.until - 1
    if has_profile:
        return _best(ground, actions, allowed, asked.sites), last
    for hour in (last, *CHOSEN_AT):
        at = replace(ground, hour_weight=_one_hour(hour))
        found = _best(at, actions, allowed, asked.sites)
        if found.size and at.person_hours(found) > at.person_hours():
            return found, hour
    return np.zeros(0, np.int64), last


def _is_readable(hours: str | None) -> bool:
    """Tell whether hours can be counted with; those of a table may be in any words."""
    try:
        return bool(parse_hours(hours).text)
    except InputError:
        return False


def _usual_hours(stations: Sequence[PlaceInfo], kind: str) -> str | None:
    """Return the hours that more than half of the stations with known hours keep, None where no hours are so usual."""
    known = Counter(hours for place in stations if (hours := place.functions[kind].hours))
    return next((hours for hours, count in known.items() if 2 * count > known.total()), None)


def _best(ground: HoursGround, actions: Sequence[HoursAction], allowed: range, most: int) -> NDArray[np.int64]:
    """Return at most so many of the allowed actions that add most person-hours."""
    if not len(allowed):
        return np.zeros(0, np.int64)
    forbidden = [j for j in range(len(actions)) if j not in allowed]
    found = solve_actions(ground.sets(), Limits(sites=most), forbidden=forbidden, stop=Stop(LIMIT_S))
    gains = {j: ground.person_hours([j]) for j in found.sites}
    return np.array(sorted(found.sites, key=lambda j: -gains[j]), np.int64)


def _plan(
    ground: HoursGround,
    actions: Sequence[HoursAction],
    chosen: NDArray[np.int64],
    now: float,
    profile: ProfileFacts | None,
) -> HoursPlan:
    made = [actions[j] for j in chosen.tolist()]
    costs = [each.cost for each in made]
    known = [cost for cost in costs if cost is not None]
    spent = sum(known) if made and len(known) == len(costs) else None
    if profile is None:
        return HoursPlan(actions=tuple(made), gain=None, gain_low=None, gain_high=None, spent=spent)
    alone = [round(ground.person_hours([j]) - now, 1) for j in chosen.tolist()]
    more = ground.served(chosen) - ground.served()
    low, middle, high = (
        round(float(more @ np.array(share)), 1) for share in (profile.low, profile.middle, profile.high)
    )
    return HoursPlan(
        actions=tuple(replace(each, gain=gain) for each, gain in zip(made, alone, strict=True)),
        gain=middle,
        gain_low=low,
        gain_high=high,
        spent=spent,
    )


def _extension(place: PlaceInfo, cost: float | None) -> HoursAction:
    return HoursAction(place.code, place.name, "hours", place.lon, place.lat, cost, None)


def _marks(candidates: Sequence[CandidateRecord]) -> tuple[Any, ...]:
    return tuple((each.code, each.version) for each in candidates)
