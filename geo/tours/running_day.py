"""A day of a tour under way: its timetable and the leader's presses give the times to come, and what breaks."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Literal

from geo.tours.presses import NewStop, Press, without_undone
from geo.tours.problem import Windows
from geo.tours.rules import RuleSet, drive_stretches

Event = Literal["arrive", "depart"]
Drive = Callable[[str, str], int | None]
"""Whole minutes from one stop to another, by their keys; None where no way is known."""


@dataclass(frozen=True)
class DayStop:
    """A stop of the timetable, minutes after midnight (None where the timetable does not know them).

    Attributes
    ----------
    key : str
        Unique within the day.
    stay_min : int
        From arrival to departure.
    windows : tuple of (int, int) or None
        When the place is open; the whole stay lies in one of them. None where that is not known.
    start_window : (int, int) or None
        Earliest and latest begin: lunch.
    is_kept : bool
        Booked, or an end of the day: never skipped or shortened by a proposal.
    """

    key: str
    arrive: int | None
    depart: int | None
    stay_min: int
    windows: Windows | None = None
    start_window: tuple[int, int] | None = None
    is_kept: bool = False


@dataclass(frozen=True)
class DayLimits:
    """Limits of a day: when it must be over, and the rules for drivers, minutes."""

    end_min: int | None = None
    stretch_day_min: int = 240
    stretch_night_min: int = 120
    drive_min: int = 480
    rules: RuleSet = field(default_factory=lambda: RuleSet((), 1320, 360, 20))


@dataclass(frozen=True, eq=False)
class DayTable:
    """What is known of a day before it begins.

    `drive` gives the minutes between any two stops; where it does not know, the legs of the timetable between them are
    summed up. `spare` are stops that a new plan of the day may take in.
    """

    stops: tuple[DayStop, ...]
    drive: Drive
    limits: DayLimits = DayLimits()
    spare: Mapping[str, DayStop] = field(default_factory=dict)


@dataclass(frozen=True)
class StopTimes:
    """A stop with its times as they are now; `planned_*` as they were, `short_min` what the stay was shortened by."""

    key: str
    arrive: int | None
    begin: int | None
    depart: int | None
    planned_arrive: int | None
    planned_depart: int | None
    has_arrived: bool = False
    has_departed: bool = False
    is_skipped: bool = False
    is_added: bool = False
    short_min: int = 0


@dataclass(frozen=True)
class Breach:
    """What will not hold: ``lunch``, ``closing``, ``end`` (by `minutes` too late, None: closed all day), ``stretch``,
    ``drive`` (by `minutes` too long)."""

    what: Literal["lunch", "closing", "end", "stretch", "drive"]
    key: str | None
    minutes: int | None


@dataclass(frozen=True)
class RunningDay:
    """A day as it stands.

    Attributes
    ----------
    stops : tuple of StopTimes
        Skipped ones too; those that a new plan of the day left out are not among them.
    next_key, next_event : str
        What comes next; None when the day is over.
    late_min : int
        By how much that is later than planned; negative: earlier.
    breaches : tuple of Breach
        Of what is still to come.
    last : str or None
        Name of the last press that holds: the one to take back.
    """

    stops: tuple[StopTimes, ...]
    next_key: str | None
    next_event: Event | None
    late_min: int
    breaches: tuple[Breach, ...]
    last: str | None

    def stop(self, key: str) -> StopTimes:
        """Return a stop by its key."""
        return next(stop for stop in self.stops if stop.key == key)


def run_day(table: DayTable, presses: Iterable[Press]) -> RunningDay:
    """Return a day as its presses have made it.

    A stop is left no earlier than planned unless somebody says so: who is early waits, for people were told a time.
    What is late shifts all that follows, as far as waiting does not absorb it. Times of presses are facts; between them
    what nobody pressed is estimated. The result depends on the set of presses alone.

    Parameters
    ----------
    table : DayTable
    presses : iterable of Press
        In any order, with repetitions.

    Examples
    --------
    >>> stops = (DayStop("hall", 480, 510, 30), DayStop("mill", 540, 600, 60), DayStop("inn", 620, 680, 60))
    >>> legs = {("hall", "mill"): 30, ("mill", "inn"): 20}
    >>> table = DayTable(stops, lambda origin, to: legs.get((origin, to)))
    >>> day = run_day(table, [Press("a", 1, 0, 500, "delay", minutes=20)])
    >>> [(stop.arrive, stop.depart) for stop in day.stops]
    [(480, 530), (560, 620), (640, 700)]
    >>> day.next_key, day.next_event, day.late_min
    ('hall', 'depart', 20)
    """
    return progress_of(table, presses).day()


def progress_of(table: DayTable, presses: Iterable[Press]) -> "Progress":
    """Return the progress of a day, for whoever tries changes on it (`geo.tours.repairs`)."""
    progress = Progress(table)
    for press in without_undone(presses):
        progress.take(press)
    return progress


class Progress:
    """The stops of a day and what was said of them."""

    def __init__(self, table: DayTable) -> None:
        self.table = table
        self.last: str | None = None
        self.known = {stop.key: stop for stop in table.stops} | dict(table.spare)
        self.order = [stop.key for stop in table.stops]
        self.plan = {stop.key: stop for stop in table.stops}
        self.added: set[str] = set()
        self.actual: dict[tuple[str, Event], int] = {}
        self.fixed: dict[tuple[str, Event], int] = {}
        self.extra: dict[tuple[str, Event], int] = {}
        self.skipped: set[str] = set()
        self.short: dict[str, int] = {}

    def copy(self) -> "Progress":
        """Return a progress that can be changed by itself."""
        other = Progress(self.table)
        other.order, other.plan, other.added = list(self.order), dict(self.plan), set(self.added)
        other.actual, other.fixed, other.extra = dict(self.actual), dict(self.fixed), dict(self.extra)
        other.skipped, other.short = set(self.skipped), dict(self.short)
        return other

    def take(self, press: Press) -> None:
        """Apply a press; one about a stop that is no longer in the day changes nothing."""
        self.last = press.name
        match press.kind:
            case "arrived" | "departed":
                event: Event = "arrive" if press.kind == "arrived" else "depart"
                if press.stop in self.order:
                    self.actual[press.stop, event] = press.minute
                    self.skipped.discard(press.stop)  # they are there after all
            case "delay" | "set_time":
                coming = self.coming()
                if coming is not None and press.minutes is not None:
                    self.delay(coming, press.minutes, is_time=press.kind == "set_time")
            case "skip":
                if press.stop in self.ahead():
                    self.skipped.add(press.stop)
            case "shorten":
                if press.stop in self.order and (press.stop, "depart") not in self.actual:
                    most = self.plan[press.stop].stay_min
                    self.short[press.stop] = min(most, self.short.get(press.stop, 0) + (press.minutes or 0))
            case "replan":
                self.replan(press)
            case "undo":
                pass

    def delay(self, coming: tuple[str, Event], minutes: int, *, is_time: bool) -> None:
        """Make an event later by `minutes`, or set it to that minute of the day."""
        now = self._time_of(coming) if is_time else None
        if is_time and now is None:
            self.fixed[coming], self.extra[coming] = minutes, 0
        else:
            self.extra[coming] = self.extra.get(coming, 0) + minutes - (now or 0)

    def _time_of(self, event: tuple[str, Event]) -> int | None:
        stop = next(each for each in self.times() if each.key == event[0])
        return stop.arrive if event[1] == "arrive" else stop.depart

    def replan(self, press: Press) -> None:
        """Replace the stops that are ahead."""
        kept = [key for key in self.order if key not in self.ahead()]
        rest = [new for new in press.rest if new.key in self.known and new.key not in kept]
        self.order = kept + [new.key for new in rest]
        for new in rest:
            known = self.plan.get(new.key, self.known[new.key])
            # Waiting for what opens is no part of the stay.
            begin = first_begin(known, new.arrive, known.stay_min - self.short.get(new.key, 0))
            stay = new.depart - min(begin, new.depart)
            self.plan[new.key] = replace(known, arrive=new.arrive, depart=new.depart, stay_min=stay)
            if new.key not in {stop.key for stop in self.table.stops}:
                self.added.add(new.key)
            self.skipped.discard(new.key)
            self.short.pop(new.key, None)
            for event in ("arrive", "depart"):
                self.extra.pop((new.key, event), None)
                self.fixed.pop((new.key, event), None)
        if rest:
            self._set_out(rest[0])

    def _set_out(self, new: NewStop) -> None:
        """Make the first stop of a new plan be reached when it says, as long as nothing more is pressed."""
        earlier = self.order[: self.order.index(new.key)]
        before = next((key for key in reversed(earlier) if key not in self.skipped), self.order[0])
        leg = self.leg(before, new.key)
        if (before, "depart") in self.actual:
            self.fixed[new.key, "arrive"] = new.arrive
        elif leg is not None:
            self.fixed[before, "depart"] = new.arrive - leg
            self.extra.pop((before, "depart"), None)

    def coming(self) -> tuple[str, Event] | None:
        """Return the next event: after the last one that happened, at a stop that is not skipped."""
        happened = [number for number, event in enumerate(self._events()) if event in self.actual]
        # People are at the first stop when the day begins.
        first = max(happened, default=0) + 1
        return next((event for event in self._events()[first:] if event[0] not in self.skipped), None)

    def ahead(self) -> list[str]:
        """Return the stops that have not been reached."""
        events = self._events()
        first = max((n for n, event in enumerate(events) if event in self.actual), default=0) // 2 + 1
        return self.order[first:]

    def _events(self) -> list[tuple[str, Event]]:
        """Return what happens in the day, in order; nobody leaves its end."""
        return [event for key in self.order for event in ((key, "arrive"), (key, "depart"))][:-1]

    def leg(self, origin: str, to: str) -> int | None:
        """Return the minutes from a stop to another that comes after it."""
        direct = self.table.drive(origin, to)
        if direct is not None:
            return direct
        first, last = self.order.index(origin), self.order.index(to)
        if last - first < 2:
            return None
        legs = [self.leg(*pair) for pair in zip(self.order[first:last], self.order[first + 1 : last + 1], strict=True)]
        return None if None in legs else sum(leg for leg in legs if leg is not None)

    def times(self) -> list[StopTimes]:
        """Return the times of every stop."""
        times: list[StopTimes] = []
        before: StopTimes | None = None
        carried = 0  # what was said to be later on the way to a stop that is skipped is so for the next one
        for key in self.order:
            plan = self.plan[key]
            if key in self.skipped:
                carried += self.extra.get((key, "arrive"), 0)
                times.append(StopTimes(key, None, None, None, plan.arrive, plan.depart, is_skipped=True))
                continue
            if before is None:
                arrive = plan.arrive
            else:
                leg = self.leg(before.key, key)
                arrive = None if before.depart is None or leg is None else before.depart + leg + carried
            carried = 0
            arrive = self._said(key, "arrive", arrive)
            begin = None if arrive is None else first_begin(plan, arrive, plan.stay_min - self.short.get(key, 0))
            short = self.short.get(key, 0)
            depart = begin
            if begin is not None:
                depart = begin + plan.stay_min - short
                if plan.depart is not None:
                    depart = max(depart, plan.depart - short)
            depart = self._said(key, "depart", depart)
            before = StopTimes(
                key, arrive, begin, depart, plan.arrive, plan.depart,
                has_arrived=(key, "arrive") in self.actual, has_departed=(key, "depart") in self.actual,
                is_added=key in self.added, short_min=short,
            )  # fmt: skip
            times.append(before)
        return self._bounded(times)

    def _said(self, key: str, event: Event, estimate: int | None) -> int | None:
        """Return what was pressed for an event, else what was said of it, else the estimate."""
        if (key, event) in self.actual:
            return self.actual[key, event]
        estimate = self.fixed.get((key, event), estimate)
        return None if estimate is None else estimate + self.extra.get((key, event), 0)

    def _bounded(self, times: list[StopTimes]) -> list[StopTimes]:
        """Return times in which nothing that was not pressed is later than what was pressed after it."""
        bound: int | None = None
        bounded: list[StopTimes] = []
        for stop in reversed(times):
            depart, arrive = stop.depart, stop.arrive
            if stop.has_departed:
                bound = depart if bound is None else min(bound, depart or 0)
            elif bound is not None and depart is not None:
                depart = min(depart, bound)
            if stop.has_arrived:
                bound = arrive if bound is None else min(bound, arrive or 0)
            elif bound is not None and arrive is not None:
                arrive = min(arrive, bound)
            begin = stop.begin if arrive == stop.arrive else arrive
            bounded.append(replace(stop, arrive=arrive, begin=begin, depart=depart))
        return bounded[::-1]

    def day(self) -> RunningDay:
        """Return the day with its times."""
        times = self.times()
        coming = self.coming()
        late = 0
        if coming is not None:
            stop = next(each for each in times if each.key == coming[0])
            is_, was = stop.arrive, stop.planned_arrive
            if coming[1] == "depart":
                is_, was = stop.depart, stop.planned_depart
            late = 0 if is_ is None or was is None else is_ - was
        return RunningDay(
            stops=tuple(times),
            next_key=None if coming is None else coming[0],
            next_event=None if coming is None else coming[1],
            late_min=late,
            breaches=tuple(self.breaches(times)),
            last=self.last,
        )

    def breaches(self, times: list[StopTimes]) -> list[Breach]:
        """Return what of the stops to come does not hold."""
        limits, found = self.table.limits, []
        for stop in times:
            if stop.is_skipped or stop.has_departed or stop.begin is None or stop.depart is None:
                continue
            found += self._stop_breaches(stop)
        visited = [stop for stop in times if not stop.is_skipped]
        if self.coming() is None:
            return []
        over = visited[-1].arrive
        if over is not None and limits.end_min is not None and over > limits.end_min:
            found.append(Breach("end", visited[-1].key, over - limits.end_min))
        legs = [
            (one.depart, other.arrive)
            for one, other in pairwise(visited)
            if one.depart is not None and other.arrive is not None
        ]
        by_day, by_night, _ = drive_stretches(legs, limits.rules)
        too_long = max(by_day - limits.stretch_day_min, by_night - limits.stretch_night_min)
        if too_long > 0:
            found.append(Breach("stretch", None, too_long))
        driven = sum(reached - left for left, reached in legs)
        if driven > limits.drive_min:
            found.append(Breach("drive", None, driven - limits.drive_min))
        return found

    def _stop_breaches(self, stop: StopTimes) -> list[Breach]:
        plan, found = self.plan[stop.key], []
        begin, depart = stop.begin or 0, stop.depart or 0
        if plan.start_window is not None and not stop.has_arrived and begin > plan.start_window[1]:
            found.append(Breach("lunch", stop.key, begin - plan.start_window[1]))
        if plan.windows is not None and not any(opens <= begin and depart <= closes for opens, closes in plan.windows):
            closing = next((closes for _, closes in plan.windows if closes > begin), None)
            last = closing if closing is not None or not plan.windows else plan.windows[-1][1]
            found.append(Breach("closing", stop.key, None if last is None else depart - last))
        return found


def first_begin(stop: DayStop, arrive: int, stay_min: int) -> int:
    """Return when a stay can begin, waiting for what opens; the arrival itself where no waiting helps."""
    earliest = arrive if stop.start_window is None else max(arrive, stop.start_window[0])
    if stop.windows is None:
        return earliest
    fitting = [max(opens, earliest) for opens, closes in stop.windows if max(opens, earliest) + stay_min <= closes]
    return min(fitting, default=earliest)
