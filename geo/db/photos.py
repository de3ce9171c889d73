"""Photos in the store: one a place, and one a candidate site, each by the code of what it shows."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import InstrumentedAttribute, Session

from geo.db.planner_tables import CandidatePhoto
from geo.db.rider_tables import PlacePhoto

Kept = type[PlacePhoto] | type[CandidatePhoto]


@dataclass(frozen=True)
class PhotoFacts:
    """What a page says of a photo: pixels, SHA-256, and its caption if somebody wrote one."""

    width: int
    height: int
    digest: str
    caption: str | None


def read_photo_facts(session: Session, district: str, *, of: Kept = PlacePhoto) -> dict[str, PhotoFacts]:
    """Return what is known of the photos of a district, by the code of what they show."""
    code = _code(of)
    columns = (code, of.width, of.height, of.digest, of.caption)
    rows = session.execute(select(*columns).where(of.district_code == district))
    return {shown: PhotoFacts(width, height, digest, caption) for shown, width, height, digest, caption in rows}


def read_photo(session: Session, district: str, code: str, *, of: Kept = PlacePhoto) -> tuple[bytes, str] | None:
    """Return a photo's bytes and their digest, None if there is none."""
    found = select(of.image, of.digest).where(of.district_code == district, _code(of) == code)
    row = session.execute(found).one_or_none()
    return None if row is None else (row.image, row.digest)


def read_photos(session: Session, district: str, codes: Collection[str], *, of: Kept = PlacePhoto) -> dict[str, bytes]:
    """Return the photos of those `codes` that have one."""
    code = _code(of)
    rows = session.execute(select(code, of.image).where(of.district_code == district, code.in_(codes)))
    return {row[0]: row[1] for row in rows}


def store_photo(
    session: Session, district: str, code: str, image: bytes, facts: PhotoFacts, *, by: str, of: Kept = PlacePhoto
) -> None:
    """Store a photo in place of the one there was."""
    values = {"image": image, "uploaded_by": by, **vars(facts)}
    key = _code(of).key
    row = insert(of).values(district_code=district, **{key: code}, **values)
    changed = row.on_conflict_do_update(
        index_elements=["district_code", key],
        set_={name: row.excluded[name] for name in (*values, "uploaded_at")},
    )
    session.execute(changed)


def delete_photo(session: Session, district: str, code: str, *, of: Kept = PlacePhoto) -> None:
    """Take a photo away."""
    session.execute(delete(of).where(of.district_code == district, _code(of) == code))


def _code(of: Kept) -> InstrumentedAttribute[Any]:
    return of.place_code if of is PlacePhoto else of.candidate_code  # type: ignore[union-attr]
