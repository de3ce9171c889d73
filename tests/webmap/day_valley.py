"""A departure of a tour in the valley with its links, and presses of its leader."""

import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from geo.db.departures import add_departure
from geo.db.session import writing
from geo.db.share_links import open_link
from geo.tours.timetable import TimetableDay, TimetableStop
from tests.webmap.tour_valley import PLACES
from tests.webmap.valley import CODE

ZONE = ZoneInfo("Asia/Shanghai")
FROM_OURS = {"Sec-Fetch-Site": "same-origin"}


@dataclass(frozen=True)
class DayLinks:
    """A departure, its first day, and the keys of its links."""

    departure: int
    first_day: date
    participants: str
    leader: str


def stop(code: str, kind: str, arrives: int, leaves: int, drive: int | None, note: str | None = None) -> TimetableStop:
    place = next(place for place in PLACES if place.code == code)
    return TimetableStop(
        place.name, kind, place.lon, place.lat, leaves - arrives, code, note, arrives, leaves, drive, 1000.0
    )


DAYS = (
    TimetableDay(
        1,
        "09:00",
        (
            stop("HALL", "start", 540, 540, None),
            stop("S1", "sight", 560, 740, 20, "停车场东侧"),
            stop("R1", "meal", 770, 830, 30),
            stop("S2", "sight", 840, 930, 10, "桥西头"),
            stop("HALL", "end", 960, 960, 30),
        ),
    ),
    TimetableDay(
        2,
        "09:00",
        (stop("HALL", "start", 540, 540, None), stop("S4", "sight", 560, 680, 20), stop("HALL", "end", 700, 700, 20)),
    ),
)
"""Lunch begins at 12:50, ten minutes before the last moment."""


def store_departure(app: Flask, *, days_ago: int = 1, until: timedelta = timedelta(days=10)) -> DayLinks:
    """Store a departure that left some days ago, with its links."""
    first_day = datetime.now(ZONE).date() - timedelta(days=days_ago)
    secret = app.extensions["fuchun_config"].secret_key
    with writing(app.extensions["fuchun_engine"]) as session:
        departure = add_departure(
            session, CODE, tour_code="T1", name="示意两日游", first_day=first_day, timetable=DAYS, head_count=38,
            by="li", state="published", meeting="示意会堂南门", leader_name="用户三", leader_phone="0571-00000000",
        )  # fmt: skip
        keys = [
            open_link(session, CODE, scope, departure.id, until=datetime.now(UTC) + until, by="li", secret=secret)
            for scope in ("participants", "leader")
        ]
        return DayLinks(departure.id, first_day, *keys)


def at(links: DayLinks, minute: int) -> int:
    """Return a minute of the first day of a departure in milliseconds since the epoch."""
    midnight = datetime.combine(links.first_day, datetime.min.time(), ZONE)
    return int((midnight + timedelta(minutes=minute)).timestamp() * 1000)


def send_presses(client: FlaskClient, key: str, presses: list[dict[str, object]], *, day: int = 1) -> TestResponse:
    """Send presses as the leader's page does."""
    body = {"day": day, "sent_ms": int(time.time() * 1000), "presses": presses}
    return client.post(f"/b/{key}/presses", json=body, headers=FROM_OURS)
