"""Visits of stations by month; a month that nobody counted stays empty."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from geo.db.layers import SourceFacts, record_source
from geo.db.planner_tables import Visit
from geo.db.tables import Source
from geo.records import MonthVisits

SOURCE_LAYER = "visits"


@dataclass(frozen=True)
class CountedMonth:
    """A month of one station with the file it came from."""

    month: date
    visits: int
    file_name: str | None


def replace_visits(session: Session, district: str, visits: Sequence[MonthVisits], facts: SourceFacts) -> None:
    """Store visits: those of an earlier load of a file of this name go, and others of the same station and month."""
    earlier = select(Source.id).where(
        Source.district_code == district, Source.layer == SOURCE_LAYER, Source.file_name == facts.file_name
    )
    session.execute(delete(Visit).where(Visit.source_id.in_(earlier)))
    session.execute(delete(Source).where(Source.id.in_(earlier)))
    source = record_source(session, district, SOURCE_LAYER, facts, keep=True)
    rows = [{"district_code": district, "source_id": source, **asdict(each)} for each in visits]
    upsert = insert(Visit)
    session.execute(
        upsert.on_conflict_do_update(
            index_elements=["district_code", "place_code", "month"],
            set_={name: upsert.excluded[name] for name in ("source_id", "visits")},
        ),
        rows,
    )
    is_used = select(Visit.source_id).where(Visit.district_code == district, Visit.source_id.is_not(None))
    session.execute(
        delete(Source).where(Source.district_code == district, Source.layer == SOURCE_LAYER, Source.id.not_in(is_used))
    )


def list_visits(session: Session, district: str, place_code: str) -> list[CountedMonth]:
    """Return the counted months of a station, the latest first; a month that is not in it was not counted."""
    rows = session.execute(
        select(Visit.month, Visit.visits, Source.file_name)
        .outerjoin(Source, Source.id == Visit.source_id)
        .where(Visit.district_code == district, Visit.place_code == place_code)
        .order_by(Visit.month.desc())
        .limit(120)
    ).all()
    return [CountedMonth(month, visits, file_name) for month, visits, file_name in rows]


COUNTING = 6
"""Where no station has counted visits for so many months, none is asked for them."""


def counted_in(session: Session, district: str, month: date) -> set[str] | None:
    """Return the codes of the stations with visits of a month (its first day); None where nobody counts visits."""
    months = month.year * 12 + month.month - 1 - COUNTING
    first = date(months // 12, months % 12 + 1, 1)
    rows = session.execute(
        select(Visit.place_code, Visit.month).where(
            Visit.district_code == district, Visit.month >= first, Visit.month <= month
        )
    ).all()
    return {row.place_code for row in rows if row.month == month} if rows else None
