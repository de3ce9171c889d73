"""What the pages of published tours say beside the days: story, season, price, photos."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from geo.db.photos import PhotoFacts
from geo.db.tables import Tour
from geo.db.tour_tables import TourPage, TourPhoto
from geo.db.versioned import stale
from geo.errors import ConflictError, InputError, NotFoundError

MAX_STORY = 4_000
MAX_SEASON = 60
MAX_PRICE = 10_000_000
"""Cents a head."""
MAX_PHOTOS = 12


@dataclass(frozen=True)
class TourPhotoFacts:
    """A photo of a tour, and the number it is asked for by."""

    number: int
    facts: PhotoFacts


@dataclass(frozen=True, kw_only=True)
class TourPageFacts:
    """What a page says of a tour; `version` 0: nothing is stored, and nothing is said.

    `price` is in cents a head for the whole tour, None where nobody has entered one; `n_unknown_price` prices are
    missing in it.
    """

    story: str | None = None
    season: str | None = None
    price: int | None = None
    n_unknown_price: int = 0
    first_day: date | None = None
    version: int = 0
    photos: tuple[TourPhotoFacts, ...] = ()


NO_PAGE = TourPageFacts()
"""The page of a tour that nobody has written anything about."""


def read_tour_pages(session: Session, district: str) -> dict[str, TourPageFacts]:
    """Return what is stored of the pages of a district's tours, by the tour's code."""
    photos: dict[str, list[TourPhotoFacts]] = {}
    columns = (TourPhoto.tour_code, TourPhoto.id, TourPhoto.width, TourPhoto.height, TourPhoto.digest)
    query = select(*columns, TourPhoto.caption).where(TourPhoto.district_code == district).order_by(TourPhoto.id)
    for code, number, width, height, digest, caption in session.execute(query):
        photos.setdefault(code, []).append(TourPhotoFacts(number, PhotoFacts(width, height, digest, caption)))
    pages = {
        row.tour_code: TourPageFacts(
            story=row.story,
            season=row.season,
            price=row.price,
            n_unknown_price=row.n_unknown_price,
            first_day=row.first_day,
            version=row.row_version,
            photos=tuple(photos.pop(row.tour_code, ())),
        )
        for row in session.scalars(select(TourPage).where(TourPage.district_code == district))
    }
    return {**pages, **{code: TourPageFacts(photos=tuple(found)) for code, found in photos.items()}}


def save_tour_page(
    session: Session, district: str, code: str, page: TourPageFacts, *, by: str, version: int | None = None
) -> None:
    """Store what the page of a tour says; its photos stay as they are.

    Parameters
    ----------
    version : int, optional
        What the change is based on; None: whatever is stored is replaced.

    Raises
    ------
    NotFoundError
        There is no such tour.
    InputError
        A text is too long, or the price is none.
    StaleError
        Somebody has changed the page since `version`.
    """
    name = session.scalar(select(Tour.name).where(Tour.district_code == district, Tour.code == code))
    if name is None:
        raise NotFoundError("there is no tour {code} in this district", code=code)
    for text, limit in ((page.story, MAX_STORY), (page.season, MAX_SEASON)):
        if text and len(text) > limit:
            raise InputError("A text has {length} characters; at most {limit} are kept", length=len(text), limit=limit)
    if page.price is not None and not 0 <= page.price <= MAX_PRICE:
        raise InputError("{value} is not an amount in yuan ({field})", value=page.price / 100, field="price")
    query = select(TourPage).where(TourPage.district_code == district, TourPage.tour_code == code).with_for_update()
    row: TourPage | None = session.scalar(query)
    if version is not None and version != (row.row_version if row else 0):
        raise stale(name)
    if row is None:
        row = TourPage(district_code=district, tour_code=code)
        session.add(row)
    row.story, row.season, row.price = page.story or None, page.season or None, page.price
    row.n_unknown_price, row.first_day, row.changed_by = page.n_unknown_price, page.first_day, by
    session.flush()


def read_tour_photo(session: Session, district: str, code: str, number: int) -> tuple[bytes, str] | None:
    """Return a photo's bytes and their digest, None if the tour has no such photo."""
    found = select(TourPhoto.image, TourPhoto.digest).where(
        TourPhoto.district_code == district, TourPhoto.tour_code == code, TourPhoto.id == number
    )
    row = session.execute(found).one_or_none()
    return None if row is None else (row.image, row.digest)


def add_tour_photo(session: Session, district: str, code: str, image: bytes, facts: PhotoFacts, *, by: str) -> None:
    """Add a photo to a tour.

    Raises
    ------
    ConflictError
        The tour has as many as are kept.
    """
    of_tour = (TourPhoto.district_code == district, TourPhoto.tour_code == code)
    if (session.scalar(select(func.count()).where(*of_tour)) or 0) >= MAX_PHOTOS:
        raise ConflictError("a tour has at most {limit} photos; take one away first", limit=MAX_PHOTOS)
    session.add(
        TourPhoto(
            district_code=district,
            tour_code=code,
            image=image,
            width=facts.width,
            height=facts.height,
            digest=facts.digest,
            caption=facts.caption,
            uploaded_by=by,
        )
    )
    session.flush()


def delete_tour_photo(session: Session, district: str, code: str, number: int) -> None:
    """Take a photo of a tour away."""
    session.execute(
        delete(TourPhoto).where(
            TourPhoto.district_code == district, TourPhoto.tour_code == code, TourPhoto.id == number
        )
    )
