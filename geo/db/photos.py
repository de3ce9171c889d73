"""Photos of places in the store: one a place."""

from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from geo.db.rider_tables import PlacePhoto


@dataclass(frozen=True)
class PhotoFacts:
    """What a page says of a photo: pixels, SHA-256, and its caption if somebody wrote one."""

    width: int
    height: int
    digest: str
    caption: str | None


def read_photo_facts(session: Session, district: str) -> dict[str, PhotoFacts]:
    """Return what is known of the photos of a district, by the code of the place."""
    photo = PlacePhoto
    columns = (photo.place_code, photo.width, photo.height, photo.digest, photo.caption)
    rows = session.execute(select(*columns).where(photo.district_code == district))
    return {row.place_code: PhotoFacts(row.width, row.height, row.digest, row.caption) for row in rows}


def read_photo(session: Session, district: str, code: str) -> tuple[bytes, str] | None:
    """Return a photo's bytes and their digest, None if the place has none."""
    photo = PlacePhoto
    found = select(photo.image, photo.digest).where(photo.district_code == district, photo.place_code == code)
    row = session.execute(found).one_or_none()
    return None if row is None else (row.image, row.digest)


def store_photo(session: Session, district: str, code: str, image: bytes, facts: PhotoFacts, *, by: str) -> None:
    """Store a place's photo in place of the one it had."""
    values = {"image": image, "uploaded_by": by, **vars(facts)}
    row = insert(PlacePhoto).values(district_code=district, place_code=code, **values)
    changed = row.on_conflict_do_update(
        index_elements=["district_code", "place_code"],
        set_={name: row.excluded[name] for name in (*values, "uploaded_at")},
    )
    session.execute(changed)


def delete_photo(session: Session, district: str, code: str) -> None:
    """Take a place's photo away."""
    session.execute(delete(PlacePhoto).where(PlacePhoto.district_code == district, PlacePhoto.place_code == code))
