"""How often riders used the site: totals of a day, by station and by what was asked for; nothing about who or where."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from geo.db.rider_tables import UsageCount
from geo.db.tables import District

WHAT = ("answer", "first", "asked", "go", "qr", "missed")
"""Answers; answers by the station that came first; answers by what was asked for; ways shown to a station; pages opened
by a station's QR code; and answers without a station surely open in time, by the service that was asked for."""

ALL = ""
"""What a count is about that is about no station and no choice."""

KEPT = timedelta(days=400)
"""A year can be compared with the one before; what is older goes."""

MAX_LISTED = 20_000


@dataclass(frozen=True)
class Key:
    """What is counted together: district, day, one of `WHAT`, and the code of a station or choice."""

    district: str
    day: date
    what: str
    about: str = ALL


def add_counts(session: Session, counts: Mapping[Key, int], today: date) -> None:
    """Add to the totals, and forget those that are too old; counts of a district that is gone are left out."""
    known = set(session.scalars(select(District.code)))
    rows = [
        {"district_code": key.district, "day": key.day, "what": key.what, "about": key.about, "number": number}
        for key, number in sorted(counts.items(), key=lambda item: (item[0].district, item[0].day, *_names(item[0])))
        if number > 0 and key.district in known
    ]
    if rows:
        add = insert(UsageCount)
        total = UsageCount.number + add.excluded.number
        columns = ["district_code", "day", "what", "about"]
        session.execute(add.on_conflict_do_update(index_elements=columns, set_={"number": total}), rows)
    session.execute(delete(UsageCount).where(UsageCount.day < today - KEPT))


def read_counts(session: Session, district: str, *, first: date, last: date) -> list[tuple[Key, int]]:
    """Return the totals of some days, at most `MAX_LISTED`."""
    found = select(UsageCount).where(
        UsageCount.district_code == district, UsageCount.day >= first, UsageCount.day <= last
    )
    rows = session.scalars(found.order_by(UsageCount.day, UsageCount.what, UsageCount.about).limit(MAX_LISTED))
    return [(Key(row.district_code, row.day, row.what, row.about), row.number) for row in rows]


def _names(key: Key) -> tuple[str, str]:
    # Always in one order: two processes that write at once then wait for each other, and never both.
    return key.what, key.about
