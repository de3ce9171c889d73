"""Rate limits on logins and door reports, counted by hashes so that nobody is identified.

Events are counted per quarter of an hour under an HMAC of the day and the address or name, so the table shows
neither and yesterday's rows cannot be joined to today's. An event is counted before it is allowed, in one statement:
of many at once no more than the limit pass. Rows of earlier periods go with the next event.
"""

import hashlib
import hmac
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Engine, delete, update
from sqlalchemy.dialects.postgresql import insert

from geo.db.session import writing
from webmap.accounts.models import LoginFailure

PERIOD_MIN = 15
MAX_PER_ADDRESS = 50
"""A whole office behind one address may mistype."""
MAX_PER_ACCOUNT = 10
"""From one address on one account name."""


@dataclass(frozen=True)
class Guess:
    """A password that somebody at `address` sends for the account `username`."""

    engine: Engine
    secret: str
    address: str
    username: str
    now: datetime

    def is_allowed(self) -> bool:
        """Count it as a failure, and return whether it may be tried at all."""
        return count(self.engine, self._limits, now=self.now)

    def take_back(self) -> None:
        """Count it no more: the password was right, or was not looked at."""
        take_back(self.engine, self._limits, now=self.now)

    @property
    def _limits(self) -> dict[str, int]:
        day = self.now.astimezone(UTC).date().isoformat()
        return {
            keyed_hash(self.secret, (day, self.address)): MAX_PER_ADDRESS,
            keyed_hash(self.secret, (day, self.address, self.username.lower())): MAX_PER_ACCOUNT,
        }


def count(engine: Engine, limits: Mapping[str, int], *, now: datetime) -> bool:
    """Count one event under each key; return whether none has been counted more often than its limit."""
    period = period_of(now)
    with writing(engine) as session:
        session.execute(delete(LoginFailure).where(LoginFailure.period < period))
        rows = insert(LoginFailure).values([{"key": key, "period": period, "failures": 1} for key in sorted(limits)])
        counted = session.execute(
            rows.on_conflict_do_update(
                index_elements=["key", "period"], set_={"failures": LoginFailure.failures + rows.excluded.failures}
            ).returning(LoginFailure.key, LoginFailure.failures)
        ).all()
    return all(failures <= limits[key] for key, failures in counted)


def take_back(engine: Engine, keys: Collection[str], *, now: datetime) -> None:
    """Undo the counting of one event under each key."""
    with writing(engine) as session:
        session.execute(
            update(LoginFailure)
            .where(LoginFailure.key.in_(keys), LoginFailure.period == period_of(now), LoginFailure.failures > 0)
            .values(failures=LoginFailure.failures - 1)
        )


def period_of(now: datetime) -> datetime:
    """Return the beginning of the quarter of an hour of `now`."""
    moment = now.astimezone(UTC)
    return moment.replace(minute=moment.minute // PERIOD_MIN * PERIOD_MIN, second=0, microsecond=0)


def keyed_hash(secret: str, parts: Sequence[str]) -> str:
    """Return an HMAC-SHA256 of `parts`, in hexadecimal."""
    # A NUL stands in no address and in no name PostgreSQL could hold, so the parts cannot run into each other.
    return hmac.new(secret.encode(), "\0".join(parts).encode(), hashlib.sha256).hexdigest()
