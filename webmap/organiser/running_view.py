"""What the pages of a running day show: the next stop, the list of the day, what breaks and how it is mended."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask_babel import gettext

from geo.db.departure_tables import Departure
from geo.tours.presses import Press
from geo.tours.register import TourPlace
from geo.tours.repairs import Change, find_repairs
from geo.tours.rest_of_day import RestOfDay
from geo.tours.running_day import Breach, RunningDay, StopTimes, run_day
from webmap.logic.district_state import DistrictState
from webmap.logic.map_links import MapLink, map_links
from webmap.logic.places import STATION
from webmap.logic.tours.running import DayPlan, NearPlace, near_places
from webmap.words.names import name_of
from webmap.words.numbers import clock

LATE_MIN = 5
"""From so many minutes on a day is called late or early."""


@dataclass(frozen=True)
class StopRow:
    """A stop in the list of the day; `mark` is ``done``, ``now``, ``next``, ``ahead`` or ``skipped``."""

    key: str
    name: str
    kind: str
    mark: str
    arrive: str
    depart: str
    arrive_min: int | None
    depart_min: int | None
    planned_depart_min: int | None
    stay_min: int
    was: str | None
    note: str | None
    is_first: bool
    is_last: bool
    is_unknown: bool
    link: MapLink


@dataclass(frozen=True)
class Mending:
    """A repair as a button: its words, and the presses that do it."""

    words: str
    presses: tuple[dict[str, object], ...]
    is_whole: bool


@dataclass(frozen=True, eq=False)
class RunningView:
    """A day as its pages show it.

    `event` is what comes next at the stop of `card`: ``arrive``, ``depart``, or None when the day is over.
    """

    departure: Departure
    number: int
    n_day: int
    on: date
    rows: tuple[StopRow, ...]
    card: StopRow | None
    event: str | None
    near: tuple[NearPlace, ...]
    links: tuple[MapLink, ...]
    late_min: int
    has_begun: bool
    breaches: tuple[str, ...]
    mendings: tuple[Mending, ...]
    last: str | None
    last_words: str | None
    day: RunningDay


def running_view(
    state: DistrictState,
    departure: Departure,
    plan: DayPlan,
    presses: Sequence[Press],
    places: Sequence[TourPlace],
    *,
    with_repairs: bool,
) -> RunningView:
    """Return what the page of a day shows; repairs are looked for where the leader reads it."""
    day = run_day(plan.table, presses)
    region = name_of(state.district)
    order = [stop.key for stop in day.stops]
    reached = -1 if day.next_key is None else order.index(day.next_key)
    rows = []
    for number, times in enumerate(day.stops):
        stop = plan.stops[times.key]
        if times.is_skipped:
            mark = "skipped"
        elif day.next_key is None or number < reached:
            mark = "done"
        elif number == reached:
            mark = "now" if day.next_event == "depart" else "next"
        else:
            mark = "ahead"
        rows.append(
            StopRow(
                key=times.key,
                name=stop.name,
                kind=stop.kind,
                mark=mark,
                arrive=clock(times.arrive),
                depart=clock(times.depart),
                arrive_min=times.arrive,
                depart_min=times.depart,
                planned_depart_min=times.planned_depart,
                stay_min=max(0, (times.depart or 0) - (times.begin or 0)),
                was=_was(times, is_first=number == 0),
                note=departure.meeting if number == 0 and departure.meeting and plan.number == 1 else stop.note,
                is_first=number == 0,
                is_last=number == len(day.stops) - 1,
                is_unknown=times.key in plan.unknown_hours,
                link=map_links(stop.lon, stop.lat, name=stop.name, mode="walk", region=region)[0],
            )
        )
    card = None if day.next_key is None else rows[reached]
    links: tuple[MapLink, ...] = ()
    near: tuple[NearPlace, ...] = ()
    if card is not None:
        at = plan.stops[card.key]
        links = map_links(at.lon, at.lat, name=at.name, mode="walk", region=region)
        near = tuple(near_places(state, places, at.lon, at.lat, stations=STATION))
    last = next((press for press in presses if press.name == day.last), None)
    return RunningView(
        departure=departure,
        number=plan.number,
        n_day=len(departure.timetable),
        on=plan.on,
        rows=tuple(rows),
        card=card,
        event=day.next_event,
        near=near,
        links=links,
        late_min=day.late_min if presses and abs(day.late_min) >= LATE_MIN else 0,
        has_begun=bool(presses),
        breaches=tuple(breach_words(breach, plan) for breach in day.breaches),
        mendings=_mendings(plan, presses, day) if with_repairs else (),
        last=day.last,
        last_words=None if last is None else press_words(last, plan, day),
        day=day,
    )


def _was(times: StopTimes, *, is_first: bool) -> str | None:
    """Return the planned time of a stop where it is another now."""
    is_, planned = (times.depart, times.planned_depart) if is_first else (times.arrive, times.planned_arrive)
    return None if planned is None or is_ is None or is_ == planned or times.is_added else clock(planned)


def _mendings(plan: DayPlan, presses: Sequence[Press], day: RunningDay) -> tuple[Mending, ...]:
    found = []
    for repair in find_repairs(plan.table, presses):
        words = gettext(", ").join(change_words(change, plan) for change in repair.changes)
        sent = tuple(_as_press(change) for change in repair.changes)
        found.append(Mending(words, sent, is_whole=not repair.left))
    return tuple(found)


def _as_press(change: Change) -> dict[str, object]:
    if change.kind == "skip":
        return {"kind": "skip", "stop": change.key}
    return {"kind": "shorten", "stop": change.key, "minutes": change.minutes}


def change_words(change: Change, plan: DayPlan) -> str:
    """Return what a change of a day is."""
    name = plan.stops[change.key].name
    if change.kind == "skip":
        return str(gettext("skip %(place)s", place=name))
    return str(gettext("shorten %(place)s by %(minutes)s min", place=name, minutes=change.minutes))


def breach_words(breach: Breach, plan: DayPlan) -> str:
    """Return what does not hold, and by how much."""
    name = plan.stops[breach.key].name if breach.key else ""
    match breach.what:
        case "lunch":
            return str(gettext("Lunch at %(place)s: %(minutes)s min too late", place=name, minutes=breach.minutes))
        case "closing" if breach.minutes is None:
            return str(gettext("%(place)s is closed today", place=name))
        case "closing":
            return str(gettext("%(place)s closes %(minutes)s min too early", place=name, minutes=breach.minutes))
        case "end":
            return str(gettext("The day ends %(minutes)s min too late", minutes=breach.minutes))
        case "stretch":
            return str(gettext("Driving without a break: %(minutes)s min over the limit", minutes=breach.minutes))
        case "drive":
            return str(gettext("Driving today: %(minutes)s min over the limit", minutes=breach.minutes))


def press_words(press: Press, plan: DayPlan, day: RunningDay) -> str:
    """Return what a press did, as it stands beside the button that takes it back."""
    name = plan.stops[press.stop].name if press.stop is not None and press.stop in plan.stops else ""
    match press.kind:
        case "arrived":
            said = gettext("%(place)s reached at %(time)s", place=name, time=clock(press.minute))
        case "departed":
            said = gettext("%(place)s left at %(time)s", place=name, time=clock(press.minute))
        case "delay":
            said = gettext("%(minutes)s min later", minutes=press.minutes)
        case "set_time":
            said = gettext("set to %(time)s", time=clock(press.minutes))
        case ("skip" | "shorten") as kind:
            said = change_words(Change(kind, press.stop or "", press.minutes or 0), plan) if name else ""
        case _:
            said = gettext("planned again")
    if day.late_min > 0:
        return str(gettext("%(said)s; what follows is %(minutes)s min later", said=said, minutes=day.late_min))
    return str(said)


@dataclass(frozen=True)
class NewRestView:
    """A new plan of the rest of a day, to be accepted or not: stops with their times, what is left out and taken in."""

    rows: tuple[tuple[str, str], ...]
    left_out: tuple[str, ...]
    added: tuple[str, ...]
    press: dict[str, object]


def new_rest_view(plan: DayPlan, rest: RestOfDay, gone: Sequence[str]) -> NewRestView:
    """Return what a new plan shows; `gone` are the names of what it was made without."""
    names = {key: stop.name for key, stop in plan.stops.items()}
    return NewRestView(
        rows=tuple((clock(stop.arrive), names[stop.key]) for stop in rest.stops),
        left_out=(*gone, *(names[key] for key in rest.left_out)),
        added=tuple(names[stop.key] for stop in rest.stops if stop.key in plan.table.spare),
        press={"kind": "replan", "rest": [[stop.key, stop.arrive, stop.depart] for stop in rest.stops]},
    )
