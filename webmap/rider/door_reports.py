"""Receiving door reports from riders: anonymous, with limits against floods (``docs/door-reports.md``)."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv6Address, ip_address

from flask import abort
from sqlalchemy import Engine

from geo.db.door_reports import add_report, day_salt
from geo.db.rider_tables import REPORT_KINDS, DoorReport
from geo.db.session import writing
from geo.errors import InputError
from webmap.accounts.throttle import count, keyed_hash
from webmap.logic.district_state import PlaceInfo
from webmap.logic.door_reports.rules import WINDOW, report_day

PER_ADDRESS = 20
"""Reports from one address in a quarter of an hour: a station's own network, or a whole mobile operator's."""
PER_PLACE = 8
"""The same about one place."""


MAX_DIGITS = 6
"""Of an age in seconds."""


@dataclass(frozen=True)
class Sender:
    """What a request shows of its sender: network address and browser. It is hashed and forgotten."""

    address: str
    agent: str


@dataclass(frozen=True)
class Finding:
    """What somebody found: one of `REPORT_KINDS`, and which service where it is broken."""

    kind: str
    service: str | None


def read_finding(text: str, place: PlaceInfo) -> Finding:
    """Return what a pressed button says: a kind, or ``broken:SERVICE``.

    Raises
    ------
    InputError
        If it is none of the buttons of this place.
    """
    kind, _, service = text.partition(":")
    offered = {service for function in place.functions.values() for service in function.services}
    if kind not in REPORT_KINDS or (service and (kind != "broken" or service not in offered)):
        raise InputError("{value} cannot be reported here", value=text)
    return Finding(kind, service or None)


def read_age(text: str) -> timedelta:
    """Return how long ago something was found, of whole seconds as a phone sends them; empty: just now.

    Raises
    ------
    InputError
        If it is not such a number, or so long ago that it no longer holds.
    """
    if not text:
        return timedelta()
    if not (text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS):
        raise InputError("{value} is not a number of seconds", value=text[:40])
    age = timedelta(seconds=int(text))
    if age >= WINDOW:
        raise InputError("What was found so long ago no longer helps anybody; it was not stored")
    return age


def send_report(
    engine: Engine,
    district: str,
    place: PlaceInfo,
    finding: Finding,
    sender: Sender,
    *,
    secret: str,
    now: datetime,
    found_at: datetime | None = None,
) -> bool:
    """Store a report; return whether it is a new one.

    Parameters
    ----------
    engine : Engine
    district : str
    place : PlaceInfo
        Active; its position is known, the sender's is not asked for.
    finding : Finding
    sender : Sender
    secret : str
        Key of the counters against floods.
    now : datetime
    found_at : datetime, optional
        When it was found, if a phone had to wait for a connection; now by default.

    Raises
    ------
    TooManyRequests
        The address has sent too many in this quarter of an hour.
    """
    # To the second, as phones are told it: they compute with the same age.
    now = now.replace(microsecond=0)
    found_at = min(now, (found_at or now).replace(microsecond=0))
    network = network_of(sender.address)
    day = now.astimezone(UTC).date().isoformat()
    limits = {
        keyed_hash(secret, (day, "report", network)): PER_ADDRESS,
        keyed_hash(secret, (day, "report", network, district, place.code)): PER_PLACE,
    }
    if not count(engine, limits, now=now):
        abort(429)
    with writing(engine) as session:
        return add_report(
            session,
            DoorReport(
                district_code=district,
                place_code=place.code,
                kind=finding.kind,
                service=finding.service,
                at=found_at,
                expires_at=found_at + WINDOW,
                person=person_hash(day_salt(session, report_day(now)), sender),
            ),
        )


def person_hash(salt: bytes, sender: Sender) -> str:
    """Return what stands for a sender on one day: nobody can tell whom without the salt, nor on another day."""
    said = f"{network_of(sender.address)}\0{sender.agent}".encode()
    return hmac.new(salt, said, hashlib.sha256).hexdigest()[:32]


def network_of(address: str) -> str:
    """Return an address as far as it says who somebody is: a home has one IPv4 address, or 2**64 of IPv6.

    >>> network_of("2001:db8:1:2:aaaa::1") == network_of("2001:db8:1:2:bbbb::2")
    True
    >>> network_of("203.0.113.7")
    '203.0.113.7'
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    return str(parsed.ipv4_mapped or int(parsed) >> 64)
