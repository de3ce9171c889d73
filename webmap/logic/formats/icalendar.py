"""iCalendar (RFC 5545, RFC 7986): appointments for people's own calendars, in the time zone of where they happen."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

MEDIA_TYPE = "text/calendar"
PRODUCT = "-//fuchun-map//Fuchun map//EN"
REFRESH = timedelta(hours=6)
"""How often a calendar that has subscribed may ask again."""

# What a text value cannot hold, even escaped (RFC 5545, 3.3.11).
_NOT_TEXT = re.compile("[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True, kw_only=True)
class Appointment:
    """One event; moments have a zone.

    Attributes
    ----------
    uid : str
        The same for as long as the event is the same: by it a calendar replaces what it knew.
    sequence : int
        Grows with each change.
    changed_at : datetime
    title : str
    starts_at, ends_at : datetime
    place, description, link : str or None
    is_cancelled : bool
    """

    uid: str
    sequence: int
    changed_at: datetime
    title: str
    starts_at: datetime
    ends_at: datetime
    place: str | None
    description: str | None
    link: str | None
    is_cancelled: bool


def write_ics(appointments: Sequence[Appointment], *, name: str, zone: ZoneInfo) -> bytes:
    """Return a calendar file, UTF-8.

    Parameters
    ----------
    appointments : sequence of Appointment
    name : str
        Of the calendar.
    zone : ZoneInfo
        The times are written in it, and its rules stand in the file.
    """
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.calendar_name = _text(name)
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    for each in appointments:
        calendar.add_component(_event(each, zone))
    if appointments:
        # The rules of the years that matter, not of 70 years.
        calendar.add_missing_timezones(
            date(min(each.starts_at for each in appointments).year - 1, 1, 1),
            date(max(each.ends_at for each in appointments).year + 2, 1, 1),
        )
    return bytes(calendar.to_ical())


def _event(appointment: Appointment, zone: ZoneInfo) -> Event:
    event = Event()
    event.add("uid", appointment.uid)
    event.add("sequence", appointment.sequence)
    # Without a METHOD the stamp says when the event was last changed (RFC 5545, 3.8.7.2).
    for name in ("dtstamp", "last-modified"):
        event.add(name, appointment.changed_at.astimezone(UTC))
    event.add("dtstart", appointment.starts_at.astimezone(zone))
    event.add("dtend", appointment.ends_at.astimezone(zone))
    event.add("summary", _text(appointment.title))
    event.add("status", "CANCELLED" if appointment.is_cancelled else "CONFIRMED")
    if appointment.place:
        event.add("location", _text(appointment.place))
    if appointment.description:
        event.add("description", _text(appointment.description))
    if appointment.link:
        event.add("url", appointment.link)
    return event


def _text(text: str) -> str:
    return _NOT_TEXT.sub("", text.replace("\r\n", "\n"))
