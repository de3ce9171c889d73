"""Candidate sites in the store."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from geo.db.layers import SourceFacts, record_source
from geo.db.photos import delete_photo
from geo.db.planner_tables import Candidate, CandidatePhoto
from geo.db.versioned import lock_row
from geo.drawing import checked_name
from geo.errors import InputError, NotFoundError
from geo.records import WILLINGNESS, CandidateRecord

SOURCE_LAYER = "candidates"

MAX_ADDED = 1_000
"""Candidates that are added at once."""

_FACTS = (
    "cost", "note", "address", "host", "is_on_street", "is_ground_floor", "has_ebike_parking", "area_m2", "hours",
    "willingness", "willing_on",
)  # fmt: skip
"""Fields of a record that are columns of the same name."""


def replace_candidates(
    session: Session, district: str, candidates: Sequence[CandidateRecord], facts: SourceFacts
) -> None:
    """Replace the candidate sites of a district."""
    session.execute(delete(Candidate).where(Candidate.district_code == district))
    source = record_source(session, district, SOURCE_LAYER, facts)
    for each in candidates:
        session.add(_row(district, each, source))
    session.flush()


def add_candidates(session: Session, district: str, candidates: Sequence[CandidateRecord]) -> int:
    """Add candidate sites beside those there are; one whose code is taken replaces nothing. Return how many were added.

    Raises
    ------
    InputError
        If there are more than `MAX_ADDED`.
    """
    if len(candidates) > MAX_ADDED:
        raise InputError(
            "{count} candidates are too many at once; at most {most}", count=len(candidates), most=MAX_ADDED
        )
    taken = set(session.scalars(select(Candidate.code).where(Candidate.district_code == district)))
    new = list({each.code: each for each in candidates if each.code not in taken}.values())
    session.add_all([_row(district, each, None) for each in new])
    session.flush()
    return len(new)


def read_candidates(session: Session, district: str) -> list[CandidateRecord]:
    """Return the candidate sites of a district by code."""
    found = (
        select(Candidate, func.ST_X(Candidate.geom), func.ST_Y(Candidate.geom))
        .where(Candidate.district_code == district)
        .order_by(Candidate.code)
    )
    return [_record(each, lon, lat) for each, lon, lat in session.execute(found)]


def get_candidate(session: Session, district: str, code: str) -> CandidateRecord:
    """Return a candidate site, or raise `NotFoundError`."""
    found = session.execute(
        select(Candidate, func.ST_X(Candidate.geom), func.ST_Y(Candidate.geom)).where(
            Candidate.district_code == district, Candidate.code == code
        )
    ).one_or_none()
    if found is None:
        raise NotFoundError("there is no candidate site {code}", code=code)
    return _record(*found)


def set_willingness(
    session: Session, district: str, code: str, willingness: str, *, version: int, on: date
) -> CandidateRecord:
    """Record what whoever has the rooms says, and the day on which they said it.

    Raises
    ------
    InputError
        If it is none of `WILLINGNESS`.
    NotFoundError, StaleError
        There is no such candidate; somebody has changed it since `version`.
    """
    if willingness not in WILLINGNESS:
        raise InputError("{value} is none of {known}", value=willingness, known=", ".join(WILLINGNESS))
    row = _locked(session, district, code, version=version)
    row.willingness, row.willing_on = willingness, on
    session.flush()
    session.refresh(row)
    return get_candidate(session, district, code)


def change_candidate(session: Session, district: str, record: CandidateRecord) -> CandidateRecord:
    """Replace what is known of a candidate; its code, its place and what its host says stay as they are.

    Parameters
    ----------
    record : CandidateRecord
        Its `version` is the one that was read.

    Raises
    ------
    InputError
        If it has no name.
    NotFoundError, StaleError
        There is no such candidate; somebody has changed it since.
    """
    row = _locked(session, district, record.code, version=record.version)
    row.name = checked_name(record.name)
    for name in _FACTS:
        if name not in ("willingness", "willing_on"):
            setattr(row, name, getattr(record, name))
    session.flush()
    session.refresh(row)
    return replace(record, name=row.name, version=row.row_version)


def remove_candidate(session: Session, district: str, code: str, *, version: int) -> None:
    """Remove a candidate and its photo; errors as `change_candidate`."""
    session.delete(_locked(session, district, code, version=version))
    delete_photo(session, district, code, of=CandidatePhoto)
    session.flush()


def _locked(session: Session, district: str, code: str, *, version: int) -> Candidate:
    one = select(Candidate).where(Candidate.district_code == district, Candidate.code == code)
    return lock_row(
        session, one, version=version, missing=NotFoundError("there is no candidate site {code}", code=code)
    )


def _row(district: str, each: CandidateRecord, source: int | None) -> Candidate:
    return Candidate(
        district_code=district,
        source_id=source,
        code=each.code,
        name=each.name,
        status=each.status,
        geom=f"SRID=4326;POINT({each.lon!r} {each.lat!r})",
        **{name: getattr(each, name) for name in _FACTS},
    )


def _record(row: Candidate, lon: float, lat: float) -> CandidateRecord:
    plain = CandidateRecord(row.code, row.name, lon, lat, row.status, None, None, version=row.row_version)
    return replace(plain, **{name: getattr(row, name) for name in _FACTS})
