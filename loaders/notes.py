"""What several loaders have to say about a load as a whole."""

from sqlalchemy.orm import Session

from geo.db.tables import District
from loaders.report import Rejection

MAX_NAMED = 8
"""Examples that a note names; a person reads it."""


def nothing_stored() -> Rejection:
    """Return the note of a file without one usable row."""
    return Rejection(None, "no row can be used; nothing was changed")


def sample_retired(district: str) -> Rejection:
    """Return the note of a load that takes the place of the sample."""
    return Rejection(None, "the sample data of district {district} gives way to this file", {"district": district})


def sample_notes(session: Session, district: str) -> list[Rejection]:
    """Return the note that the sample gives way, if the district is one; none otherwise."""
    return [sample_retired(district)] if session.get_one(District, district).status == "sample" else []


def some(values: list[str]) -> str:
    """Return the distinct values as a list in words, shortened."""
    distinct = list(dict.fromkeys(values))
    return ", ".join(distinct[:MAX_NAMED]) + (", …" if len(distinct) > MAX_NAMED else "")
