"""The query of ``/plan``: read from the address and written back to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Protocol

from geo.calendar import Calendar, DayKind
from geo.coverage.question import CoverageQuestion
from geo.db.tables import SERVICES
from geo.errors import InputError
from webmap.logic.snapshots import SERVED_MODES

MINUTES = range(5, 31)
MOMENTS = ("any", "now", "week")
"""Regardless of hours, at this moment, or at an hour of an ordinary weekday."""
SORTS = ("missed", "name", "people", "share")
VIEWS = ("gaps", "towns")
"""What the map shows: squares of people who are missed, or towns by their share."""

_ORDINARY = frozenset({DayKind.WORKDAY, DayKind.WEEKEND})


class Query(Protocol):
    """The query of an address, as ``MultiDict`` of werkzeug has it."""

    def get(self, name: str, default: str, /) -> str:
        """Return the first value of a name."""
        ...

    def getlist(self, name: str, /) -> list[str]:
        """Return all values of a name."""
        ...


@dataclass(frozen=True)
class PlanQuestion:
    """What the page is asked: everything that its address holds besides district and language."""

    mode: str = "walk"
    minutes: int = 15
    services: tuple[str, ...] = ()
    when: str = "any"
    weekday: int = 1
    hour: int = 12
    sort: str = "missed"
    view: str = "gaps"
    layers: tuple[str, ...] = ()
    area: str = ""
    gap: str = ""

    def query(self) -> dict[str, Any]:
        """Return the query of the address as ``url_for`` takes it."""
        query = {"mode": self.mode, "minutes": self.minutes, "service": list(self.services), "when": self.when}
        if self.when == "week":
            query |= {"weekday": self.weekday, "hour": self.hour}
        query |= {"sort": self.sort, "view": self.view}
        return query | {"layer": list(self.layers), "area": self.area or None, "gap": self.gap or None}

    def coverage_question(self, *, at: datetime | None) -> CoverageQuestion:
        """Return what is asked of coverage, at the moment that the page means (`moment_of`)."""
        return CoverageQuestion.read(
            {
                "mode": self.mode,
                "minutes": self.minutes,
                "services": self.services,
                "at": at,
                "layers": self.layers,
                "area": self.area,
            }
        )


def read_plan_question(args: Query) -> PlanQuestion:
    """Return what an address asks.

    Raises
    ------
    InputError
        If a value is not one of those that the page offers.
    """
    default = PlanQuestion()
    return PlanQuestion(
        mode=_choice(args, "mode", SERVED_MODES, default.mode),
        minutes=_number(args, "minutes", MINUTES, default.minutes),
        services=tuple(
            dict.fromkeys(_one_of("service", value, SERVICES) for value in args.getlist("service") if value)
        ),
        when=_choice(args, "when", MOMENTS, default.when),
        weekday=_number(args, "weekday", range(1, 8), default.weekday),
        hour=_number(args, "hour", range(24), default.hour),
        sort=_choice(args, "sort", SORTS, default.sort),
        view=_choice(args, "view", VIEWS, default.view),
        layers=tuple(filter(None, args.getlist("layer"))),
        area=args.get("area", ""),
        gap=args.get("gap", ""),
    )


def moment_of(question: PlanQuestion, calendar: Calendar, *, now: datetime) -> datetime | None:
    """Return the moment that a question means, with the district's zone; None where hours are not regarded."""
    if question.when == "any":
        return None
    local = now.astimezone(calendar.zone).replace(second=0, microsecond=0)
    if question.when == "now":
        return local
    day = next_ordinary_day(calendar, question.weekday, after=local.date())
    return datetime.combine(day, time(question.hour), tzinfo=calendar.zone)


def next_ordinary_day(calendar: Calendar, weekday: int, *, after: date) -> date:
    """Return the next date that is an ISO weekday (1: Monday) and neither holiday nor make-up workday nor unknown.

    Where no such day comes within a year, the next of that weekday.
    """
    first = after + timedelta(days=(weekday - after.isoweekday() - 1) % 7 + 1)
    days = [first + timedelta(weeks=week) for week in range(52)]
    return next((day for day in days if calendar.day_kind(day) in _ORDINARY), first)


def _choice(args: Query, name: str, choices: Sequence[str], default: str) -> str:
    return _one_of(name, args.get(name, "") or default, choices)


def _one_of(name: str, value: str, choices: Sequence[str]) -> str:
    if value not in choices:
        raise InputError("{name}={value}: write one of {choices}", name=name, value=value, choices=", ".join(choices))
    return value


def _number(args: Query, name: str, allowed: range, default: int) -> int:
    value = args.get(name, "") or str(default)
    if not (value.isascii() and value.isdigit() and int(value) in allowed):
        raise InputError(
            "{name}={value}: write a whole number from {low} to {high}",
            name=name,
            value=value,
            low=allowed[0],
            high=allowed[-1],
        )
    return int(value)
