"""What was just reported from a door, and what follows from it: one report is shown, two independent ones are heeded.

Posted hours, the last confirmation and reports stay three facts: a report changes neither of the others. It moves a
station down while it is young; ``docs/door-reports.md`` says who counts as independent and how that could be gamed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext, lazy_gettext
from flask_babel.speaklater import LazyString

WINDOW = timedelta(hours=2)
"""How long a report is shown and heeded."""

INDEPENDENT = 2
"""People who must agree before an order changes."""

WATER = "drinking_water"
"""The service that 没水 speaks of."""

_ORDER = ("locked", "open", "no_water", "broken", "other")

FOUND: dict[str, LazyString] = {
    "open": lazy_gettext("it is open"),
    "locked": lazy_gettext("the door is locked"),
    "no_water": lazy_gettext("no water"),
    "broken": lazy_gettext("something is broken"),
    "other": lazy_gettext("something else is wrong"),
}
"""What somebody found, as part of a sentence."""


@dataclass(frozen=True)
class Report:
    """One report; `person` is the keyed hash of the day, `service` what is broken where it was said."""

    kind: str
    service: str | None
    at: datetime
    person: str | None


@dataclass(frozen=True)
class Heard:
    """What people reported of one thing: how many of them, when last, and whether it is heeded."""

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


def door_facts(door: Door) -> dict[str, Any]:
    """Return a door as an answer carries it."""
    return {
        "locked": door.is_locked,
        "lacking": sorted(door.lacking),
        "reports": [
            {
                "kind": each.kind,
                "service": each.service,
                "people": each.people,
                "latest_at": each.latest.isoformat(),
                "heeded": each.is_heeded,
            }
            for each in door.heard
        ],
    }


@dataclass(frozen=True)
class ReportLine:
    """What was reported of one thing, in a sentence; `is_heeded` where it moves the station down."""

    text: str
    is_heeded: bool


def door_lines(door: Door, now: datetime, services: Mapping[str, LazyString]) -> tuple[ReportLine, ...]:
    """Return what was reported in sentences; none of it is verified, and each says so."""
    return tuple(ReportLine(_sentence(each, now, services), each.is_heeded) for each in door.heard)


def _sentence(heard: Heard, now: datetime, services: Mapping[str, LazyString]) -> str:
    what = str(FOUND[heard.kind])
    if heard.kind == "broken" and heard.service:
        what = broken_words(str(services[heard.service]))
    return report_words(heard.people, what, ago_words(now - heard.latest))


def broken_words(service: str) -> str:
    """Return that a service is broken, as part of a sentence."""
    return str(gettext("%(service)s is broken", service=service))


def report_words(people: int | str, what: str, ago: str) -> str:
    """Return who reported what and when; `people` may be a gap, then of several."""
    if people == 1:
        return str(gettext("%(ago)s 1 person reported: %(what)s (not verified)", ago=ago, what=what))
    return str(
        gettext("%(people)s people reported: %(what)s, last %(ago)s (not verified)", people=people, what=what, ago=ago)
    )


def ago_words(age: timedelta) -> str:
    """Return how long ago something was, to the minute."""
    minutes = max(0, int(age.total_seconds() // 60))
    if minutes < 1:
        return str(gettext("just now"))
    if minutes == 1:
        return str(gettext("1 minute ago"))
    if minutes < 60:
        return minutes_ago(minutes)
    return hours_ago(*divmod(minutes, 60))


def minutes_ago(minutes: int | str) -> str:
    """Return an age of several minutes, or a gap for them."""
    return str(gettext("%(minutes)s minutes ago", minutes=minutes))


def hours_ago(hours: int | str, minutes: int | str) -> str:
    """Return an age of hours and minutes, or gaps for them."""
    return str(gettext("%(hours)s h %(minutes)s min ago", hours=hours, minutes=minutes))
