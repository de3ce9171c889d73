"""Candidate sites in the store."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import CheckConstraint, UniqueConstraint, delete, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from geo.db.layers import SourceFacts, record_source
from geo.db.tables import Base, DistrictCode, Key, RowVersion, SourceKey, geometry, gist, one_of
from geo.records import CANDIDATE_STATES, CandidateRecord

SOURCE_LAYER = "candidates"


class Candidate(Base):
    """A candidate site: whether it may or must be chosen, and what it costs (yuan), where that is known."""

    __tablename__ = "candidate"
    __table_args__ = (
        CheckConstraint(one_of("status", CANDIDATE_STATES), name="status"),
        CheckConstraint("cost >= 0", name="cost"),
        UniqueConstraint("district_code", "code"),
        gist("candidate"),
    )

    id: Mapped[Key]
    district_code: Mapped[DistrictCode] = mapped_column(index=True)
    source_id: Mapped[SourceKey]
    code: Mapped[str]
    name: Mapped[str]
    status: Mapped[str] = mapped_column(server_default="candidate")
    cost: Mapped[float | None]
    note: Mapped[str | None]
    row_version: Mapped[RowVersion]
    geom: Mapped[Any] = geometry("POINT")


def replace_candidates(
    session: Session, district: str, candidates: Sequence[CandidateRecord], facts: SourceFacts
) -> None:
    """Replace the candidate sites of a district."""
    session.execute(delete(Candidate).where(Candidate.district_code == district))
    source = record_source(session, district, SOURCE_LAYER, facts)
    for each in candidates:
        session.add(
            Candidate(
                district_code=district,
                source_id=source,
                code=each.code,
                name=each.name,
                status=each.status,
                cost=each.cost,
                note=each.note,
                geom=f"SRID=4326;POINT({each.lon!r} {each.lat!r})",
            )
        )
    session.flush()


def read_candidates(session: Session, district: str) -> list[CandidateRecord]:
    """Return the candidate sites of a district by code."""
    found = (
        select(Candidate, func.ST_X(Candidate.geom), func.ST_Y(Candidate.geom))
        .where(Candidate.district_code == district)
        .order_by(Candidate.code)
    )
    return [
        CandidateRecord(each.code, each.name, lon, lat, each.status, each.cost, each.note)
        for each, lon, lat in session.execute(found)
    ]
