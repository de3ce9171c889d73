"""Note of a load that replaces the sample data of its district."""

from sqlalchemy.orm import Session

from geo.db.tables import District
from loaders.notes import sample_retired
from loaders.report import Rejection


def sample_notes(session: Session, district: str) -> list[Rejection]:
    """Return the note that the sample gives way, if the district is one; none otherwise."""
    row = session.get(District, district)
    return [sample_retired(district)] if row is not None and row.status == "sample" else []
