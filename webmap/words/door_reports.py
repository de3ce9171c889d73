"""Door reports as sentences."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import gettext
from flask_babel.speaklater import LazyString

from webmap.logic.door_reports.rules import Door, Heard
from webmap.words.labels import FOUND


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
