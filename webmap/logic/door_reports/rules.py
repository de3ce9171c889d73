"""Rules for door reports: one report is shown, two independent ones count.

Posted hours, the last confirmation and reports stay three facts: a report changes neither of the others. It moves a
station down until it expires; ``docs/door-reports.md`` says who counts as independent and how that could be gamed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

WINDOW = timedelta(hours=2)
"""How long a report is shown and counts."""

INDEPENDENT = 2
"""People who must agree before an order changes."""

WATER = "drinking_water"
"""The service that 没水 speaks of."""

_ORDER = ("locked", "open", "no_water", "broken", "other")

DAY_BEGINS = timedelta(hours=4)
"""After 20:00 UTC, 4 in the morning in China, few are on the road: that is when the salt changes."""


@dataclass(frozen=True)
class Report:
    """One report; `person` is the keyed hash of the day, `service` what is broken where it was said."""

    kind: str
    service: str | None
    at: datetime
    person: str | None


@dataclass(frozen=True)
class Heard:
    """What people reported of one thing: how many of them, when last, and whether it counts."""

    kind: str
    service: str | None
    people: int
    latest: datetime
    is_heeded: bool


@dataclass(frozen=True)
class Door:
    """The reports of a place at a moment and what follows: locked, or services that are lacking."""

    heard: tuple[Heard, ...] = ()
    is_locked: bool = False
    lacking: frozenset[str] = frozenset()

    def bars(self, services: Iterable[str]) -> bool:
        """Tell whether somebody who needs these services should rather go elsewhere."""
        return self.is_locked or not self.lacking.isdisjoint(services)


SILENT = Door()
"""A door of which nobody has said anything."""


def read_door(reports: Sequence[Report], at: datetime) -> Door:
    """Return what the reports of one place mean at a moment.

    A person counts once for each thing. Of the door itself the last word of each person counts, and whoever found it
    open counts against one who found it locked.
    """
    young = sorted((r for r in reports if at - WINDOW < r.at <= at), key=lambda report: report.at)
    if not young:
        return SILENT
    last_word = {report.person: report.kind for report in young if report.kind in ("open", "locked")}
    n_locked = sum(kind == "locked" for kind in last_word.values())
    is_locked = n_locked - (len(last_word) - n_locked) >= INDEPENDENT
    groups: dict[tuple[str, str | None], list[Report]] = {}
    for report in young:
        if report.kind in ("open", "locked") and last_word[report.person] != report.kind:
            continue  # the same person found it otherwise later
        groups.setdefault((report.kind, report.service), []).append(report)
    heard = []
    lacking = set()
    for (kind, service), group in groups.items():
        people = len({report.person for report in group})
        about = WATER if kind == "no_water" else service if kind == "broken" else None
        if about is not None and people >= INDEPENDENT:
            lacking.add(about)
        is_heeded = is_locked if kind == "locked" else about in lacking
        heard.append(Heard(kind, service, people, group[-1].at, is_heeded))
    heard.sort(key=lambda each: (_ORDER.index(each.kind), each.service or ""))
    return Door(tuple(heard), is_locked, frozenset(lacking))


def report_day(now: datetime) -> date:
    """Return the day whose salt holds at a moment."""
    return (now.astimezone(UTC) + DAY_BEGINS).date()
