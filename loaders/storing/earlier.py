"""Loading beside what is there: only what the same source brought before has to go."""

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from geo.db.tables import Place, Source


def forget_places(session: Session, district: str, *, file_name: str, note: str | None) -> None:
    """Remove the places that an earlier load of the same source brought, and the source."""
    earlier = select(Source.id).where(
        Source.district_code == district,
        Source.layer == "places",
        Source.file_name == file_name,
        Source.note.is_not_distinct_from(note),
    )
    session.execute(delete(Place).where(Place.source_id.in_(earlier)))
    session.execute(delete(Source).where(Source.id.in_(earlier)))
