"""Queries for the sources of loaded data."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from geo.db.tables import Source

MAX_LISTED = 1000


def list_sources(session: Session, district_code: str) -> Sequence[Source]:
    """Return the loaded files of a district by layer, the latest first within a layer, at most `MAX_LISTED`."""
    found = (
        select(Source)
        .where(Source.district_code == district_code)
        .order_by(Source.layer, Source.loaded_at.desc(), Source.id.desc())
        .limit(MAX_LISTED)
    )
    return session.scalars(found).all()


def sample_source_ids(session: Session, district_code: str) -> frozenset[int]:
    """Return the ids of the sources of a district that are samples."""
    return frozenset(session.scalars(select(Source.id).where(Source.district_code == district_code, Source.is_sample)))
