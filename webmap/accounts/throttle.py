"""Slowing down whoever guesses passwords or sends reports by the hundred, without keeping who it was.

Events are counted per quarter of an hour under an HMAC of the day and the address or name, so the table shows
neither and yesterday's rows cannot be joined to today's. Rows of earlier periods go with the next failure.
"""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from sqlalchemy import Engine, delete, select
from sqlalchemy.dialects.postgresql import insert

from geo.db.session import reading, writing
from webmap.accounts.models import LoginFailure

PERIOD_MIN = 15
MAX_PER_ADDRESS = 50
"""A whole office behind one address may mistype."""
MAX_PER_ACCOUNT = 10
"""From one address on one account name."""


def is_blocked(engine: Engine, *, secret: str, address: str, username: str, now: datetime) -> bool:
    """Return whether `address` has failed too often in this quarter of an hour, in all or on `username`."""
    return is_over(engine, limits_by_key(secret=secret, address=address, username=username, now=now), now=now)


def count_failure(engine: Engine, *, secret: str, address: str, username: str, now: datetime) -> None:
    """Count one failed login."""
    count_once(engine, limits_by_key(secret=secret, address=address, username=username, now=now), now=now)


def is_over(engine: Engine, limits: Mapping[str, int], *, now: datetime) -> bool:
    """Return whether any key has been counted as often as it may in this quarter of an hour."""
    with reading(engine) as session:
        counted = select(LoginFailure.key, LoginFailure.failures).where(
            LoginFailure.key.in_(limits), LoginFailure.period == period_of(now)
        )
        return any(failures >= limits[key] for key, failures in session.execute(counted))


def count_once(engine: Engine, limits: Mapping[str, int], *, now: datetime) -> None:
    """Count one event under each key."""
    period = period_of(now)
    keys = sorted(limits)
    with writing(engine) as session:
        session.execute(delete(LoginFailure).where(LoginFailure.period < period))
        rows = insert(LoginFailure).values([{"key": key, "period": period, "failures": 1} for key in keys])
        session.execute(
            rows.on_conflict_do_update(
                index_elements=["key", "period"], set_={"failures": LoginFailure.failures + rows.excluded.failures}
            )
        )


def period_of(now: datetime) -> datetime:
    """Return the beginning of the quarter of an hour of `now`."""
    moment = now.astimezone(UTC)
    return moment.replace(minute=moment.minute // PERIOD_MIN * PERIOD_MIN, second=0, microsecond=0)


def limits_by_key(*, secret: str, address: str, username: str, now: datetime) -> dict[str, int]:
    """Return the failures allowed under each key that this attempt counts for."""
    day = now.astimezone(UTC).date().isoformat()
    return {
        keyed_hash(secret, (day, address)): MAX_PER_ADDRESS,
        keyed_hash(secret, (day, address, username.lower())): MAX_PER_ACCOUNT,
    }


def keyed_hash(secret: str, parts: Sequence[str]) -> str:
    """Return an HMAC-SHA256 of `parts`, in hexadecimal."""
    # A NUL stands in no address and in no name PostgreSQL could hold, so the parts cannot run into each other.
    return hmac.new(secret.encode(), "\0".join(parts).encode(), hashlib.sha256).hexdigest()
