"""Count what riders use, in the memory of a process; totals are added to the store every minute.

Counted are a day, a district, and the code of a station or of a choice: no position, no address, no time of day, and
nothing that tells two people apart. A process that is killed loses what it has counted since the last minute.
"""

import logging
import threading
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from geo.db.session import writing
from geo.db.usage import Key, add_counts
from geo.hours import OpenState
from webmap.logic.district_state import DistrictState
from webmap.logic.nearest import Nearest

log = logging.getLogger(__name__)

FLUSH_S = 60.0
FEW = 5
"""A total below it is shown as less than this."""

IN_TIME_MIN = 15
"""A station farther away does not answer what was asked for; as the list of riders says it."""

ALWAYS = "always"
"""The choice of stations that are open around the clock, beside the codes of services."""

MAX_KEYS = 50_000
"""Totals that a process holds while the store is away."""


class UsageCounter:
    """Totals of one process since they were last taken; may be used by several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[Key] = Counter()

    def count(self, keys: Iterable[Key]) -> None:
        """Count each of these once more."""
        with self._lock:
            if len(self._counts) < MAX_KEYS:
                self._counts.update(keys)

    def take(self) -> dict[Key, int]:
        """Return the totals, and begin again."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
        return dict(counts)

    def put_back(self, counts: Mapping[Key, int]) -> None:
        """Add totals that could not be stored."""
        with self._lock:
            self._counts.update(counts)


class UsageWriter:
    """Adds a counter's totals to the store, every `FLUSH_S` and at the end."""

    def __init__(self, counter: UsageCounter, engine: Engine) -> None:
        self._counter = counter
        self._engine = engine
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin."""
        self._thread = threading.Thread(target=self._run, name="usage", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Write what is left, and end."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def write(self) -> None:
        """Add the totals to the store; they are kept where it does not answer."""
        counts = self._counter.take()
        if not counts:
            return
        try:
            with writing(self._engine, statement_timeout_ms=5_000) as session:
                add_counts(session, counts, max(key.day for key in counts))
        except SQLAlchemyError as error:
            log.warning("what was used could not be stored, and is kept: %s", type(error).__name__)
            self._counter.put_back(counts)

    def _run(self) -> None:
        while not self._stop.wait(FLUSH_S):
            self.write()
        self.write()


def keys_of_answer(state: DistrictState, found: Nearest, *, services: Iterable[str], always: bool) -> list[Key]:
    """Return what an answer counts for.

    Where something was asked for and no station that is surely open is reached within `IN_TIME_MIN`, it is missed.
    """
    wanted = tuple(services)
    in_time = any(
        each.on_arrival is OpenState.OPEN and not each.is_closed and each.duration_s <= 60 * IN_TIME_MIN
        for each in found.stations
    )
    first = found.stations[0].place.code if found.stations else None
    return keys_of_question(state, first, [*wanted, *([ALWAYS] if always else [])], is_missed=not in_time)


def keys_of_question(state: DistrictState, first: str | None, asked: Iterable[str], *, is_missed: bool) -> list[Key]:
    """Return what a question counts for: `first` is the station that came first, `asked` the choices."""
    chosen = list(dict.fromkeys(asked))
    whats = [("answer", ""), *(("asked", code) for code in chosen)]
    if first is not None:
        whats.append(("first", first))
    if is_missed:
        whats += [("missed", code) for code in chosen]
    return [Key(state.district.code, today(state), what, about) for what, about in whats]


def keys_of_station(state: DistrictState, what: str, code: str) -> list[Key]:
    """Return what a way to a station (``go``), or its page opened by QR code (``qr``), counts for."""
    return [Key(state.district.code, today(state), what, code)]


def today(state: DistrictState) -> date:
    """Return the day it is in a district."""
    return datetime.now(state.calendar.zone).date()


@dataclass(frozen=True)
class UsageTable:
    """Totals of some days.

    Attributes
    ----------
    first, last : date
    by_day : dict of date to dict of what to int
        Every day, also those on which nothing was counted.
    by_station, by_choice : dict of code to dict of what to int
    """

    first: date
    last: date
    by_day: dict[date, dict[str, int]] = field(default_factory=dict)
    by_station: dict[str, dict[str, int]] = field(default_factory=dict)
    by_choice: dict[str, dict[str, int]] = field(default_factory=dict)

    def total(self, what: str) -> int:
        """Return the sum over the days."""
        return sum(day.get(what, 0) for day in self.by_day.values())


_BY_STATION, _BY_CHOICE = ("first", "go", "qr"), ("asked", "missed")
_BY_DAY = ("answer", "go", "qr")


def tabulate(counts: Iterable[tuple[Key, int]], *, first: date, last: date) -> UsageTable:
    """Return totals by day, station and choice."""
    days = (last - first).days + 1
    by_day: dict[date, Counter[str]] = {first + timedelta(days=number): Counter() for number in range(days)}
    by_station: defaultdict[str, Counter[str]] = defaultdict(Counter)
    by_choice: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for key, number in counts:
        if key.what in _BY_DAY and key.day in by_day:
            by_day[key.day][key.what] += number
        if key.what in _BY_STATION:
            by_station[key.about][key.what] += number
        elif key.what in _BY_CHOICE:
            by_choice[key.about][key.what] += number
    return UsageTable(
        first,
        last,
        {day: dict(found) for day, found in by_day.items()},
        {code: dict(found) for code, found in by_station.items()},
        {code: dict(found) for code, found in by_choice.items()},
    )


def shown(number: int) -> str:
    """Return a total as it is shown: one of a few people is not told exactly.

    >>> shown(0), shown(3), shown(5), shown(1234)
    ('0', '<5', '5', '1,234')
    """
    return f"<{FEW}" if 0 < number < FEW else f"{number:,}"
