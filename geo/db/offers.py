"""What the union offers its members: benefits, activities and trainings, and how to become a member.

Staff write them one at a time, and never over somebody else's change; pages read them all as one `Offers`.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from geo.db.rider_tables import Activity, Benefit, Membership
from geo.db.tables import District, Place
from geo.db.versioned import add_row, change_row, get_row, lock_row, remove_row, stale
from geo.drawing import checked_name, checked_note
from geo.errors import InputError, NotFoundError

MAX_LISTED = 500
MAX_POSITION = 9999
MAX_SEATS = 100_000
MAX_LINK = 500
MAX_DAYS = 366
"""What lasts longer is a year that was written wrongly."""
KEPT_DAYS = 31
"""So long after its end pages still know of an activity: a calendar may ask for it again."""

_LINK = re.compile(r"https?://[^\s/?#\"<>\\\x00-\x20\x7f]+[^\s\"<>\\\x00-\x20\x7f]*", re.IGNORECASE)

Row = TypeVar("Row", Benefit, Activity)


@dataclass(frozen=True, kw_only=True)
class BenefitDraft:
    """A benefit as somebody writes it; `position` orders the list, `valid_until` is its last day."""

    position: int
    title: str
    text: str | None
    source: str
    link: str | None
    valid_until: date | None


@dataclass(frozen=True, kw_only=True)
class BenefitFacts(BenefitDraft):
    """A benefit as it is stored; `version` is to be named by who changes it."""

    id: int
    changed_by: str
    changed_at: datetime
    version: int


@dataclass(frozen=True, kw_only=True)
class ActivityDraft:
    """An activity as somebody writes it: at a place of ours by its code, or at any place in words.

    `starts_at` and `ends_at` have a zone; `seats` None: nobody said how many there are.
    """

    title: str
    place_code: str | None
    place_text: str | None
    starts_at: datetime
    ends_at: datetime
    seats: int | None
    link: str | None
    text: str | None
    is_cancelled: bool = False


@dataclass(frozen=True, kw_only=True)
class ActivityFacts(ActivityDraft):
    """An activity as it is stored; `version` is to be named by who changes it."""

    id: int
    is_sample: bool
    changed_by: str
    changed_at: datetime
    version: int


@dataclass(frozen=True, kw_only=True)
class MembershipDraft:
    """How to become a member, as the union supplied it."""

    link: str | None
    note: str | None


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A picture of ours, a JPEG: pixels, SHA-256 and bytes."""

    width: int
    height: int
    digest: str
    image: bytes


@dataclass(frozen=True, kw_only=True)
class MembershipFacts(MembershipDraft):
    """How to become a member, as it is stored; `digest`, `width` and `height` are those of the picture, if any."""

    digest: str | None
    width: int | None
    height: int | None
    changed_by: str
    changed_at: datetime
    version: int


@dataclass(frozen=True)
class Offers:
    """All that pages show of a district: benefits in their order, activities by their start, membership if supplied."""

    benefits: tuple[BenefitFacts, ...] = ()
    activities: tuple[ActivityFacts, ...] = ()
    membership: MembershipFacts | None = None

    def valid(self, today: date) -> tuple[BenefitFacts, ...]:
        """Return the benefits whose last day has not passed."""
        return tuple(each for each in self.benefits if each.valid_until is None or each.valid_until >= today)

    def upcoming(self, now: datetime, *, place: str | None = None) -> tuple[ActivityFacts, ...]:
        """Return the activities that are not over, cancelled ones too; with `place`, those at this place of ours."""
        return tuple(each for each in self.activities if each.ends_at > now and place in (None, each.place_code))


def read_offers(session: Session, district: str) -> Offers:
    """Return what pages show of a district; activities that ended over `KEPT_DAYS` ago are left out."""
    since = datetime.now(UTC) - timedelta(days=KEPT_DAYS)
    recent = (
        select(Activity)
        .where(Activity.district_code == district, Activity.ends_at > since)
        .order_by(Activity.starts_at, Activity.id)
        .limit(MAX_LISTED)
    )
    return Offers(
        benefits=tuple(list_benefits(session, district)),
        activities=tuple(_activity_facts(row) for row in session.scalars(recent)),
        membership=read_membership(session, district),
    )


# ---- Benefits ----


def list_benefits(session: Session, district: str) -> list[BenefitFacts]:
    """Return the benefits of a district in their order, at most `MAX_LISTED`."""
    found = select(Benefit).where(Benefit.district_code == district).order_by(Benefit.position, Benefit.id)
    return [_benefit_facts(row) for row in session.scalars(found.limit(MAX_LISTED))]


def get_benefit(session: Session, district: str, number: int) -> BenefitFacts:
    """Return one benefit, or raise `NotFoundError`."""
    return _benefit_facts(get_row(session, _one(Benefit, district, number), missing=_missing(district, number)))


def add_benefit(session: Session, district: str, draft: BenefitDraft, *, by: str) -> BenefitFacts:
    """Store a benefit.

    Raises
    ------
    InputError
        If it has no title or no source, or a text, link or position that cannot be kept.
    """
    return _benefit_facts(add_row(session, Benefit(district_code=district, **_checked_benefit(draft), changed_by=by)))


def change_benefit(
    session: Session, district: str, number: int, draft: BenefitDraft, *, version: int, by: str
) -> BenefitFacts:
    """Make a benefit what `draft` says.

    Raises
    ------
    NotFoundError
        If there is none of this number.
    StaleError
        If it has changed since `version`.
    InputError
        As `add_benefit`.
    """
    row = lock_row(session, _one(Benefit, district, number), version=version, missing=_missing(district, number))
    return _benefit_facts(change_row(session, row, _checked_benefit(draft), by=by))


def remove_benefit(session: Session, district: str, number: int, *, version: int) -> None:
    """Remove a benefit; errors as `change_benefit`."""
    remove_row(session, _one(Benefit, district, number), version=version, missing=_missing(district, number))


# ---- Activities ----


def list_activities(session: Session, district: str) -> list[ActivityFacts]:
    """Return the activities of a district, the latest start first, at most `MAX_LISTED`."""
    found = select(Activity).where(Activity.district_code == district)
    found = found.order_by(Activity.starts_at.desc(), Activity.id.desc()).limit(MAX_LISTED)
    return [_activity_facts(row) for row in session.scalars(found)]


def get_activity(session: Session, district: str, number: int) -> ActivityFacts:
    """Return one activity, or raise `NotFoundError`."""
    return _activity_facts(get_row(session, _one(Activity, district, number), missing=_missing(district, number)))


def add_activity(session: Session, district: str, draft: ActivityDraft, *, by: str) -> ActivityFacts:
    """Store an activity; in a sample district it is sample data itself, and goes when real data comes.

    Raises
    ------
    InputError
        If it has no title or place, an end that does not follow its start, or a value that cannot be kept.
    """
    is_sample = session.scalar(select(District.status).where(District.code == district)) == "sample"
    values = _checked_activity(session, district, draft)
    row = Activity(district_code=district, **values, is_sample=is_sample, changed_by=by)
    return _activity_facts(add_row(session, row))


def change_activity(
    session: Session, district: str, number: int, draft: ActivityDraft, *, version: int, by: str
) -> ActivityFacts:
    """Make an activity what `draft` says; errors as `change_benefit` and `add_activity`."""
    row = lock_row(session, _one(Activity, district, number), version=version, missing=_missing(district, number))
    return _activity_facts(change_row(session, row, _checked_activity(session, district, draft), by=by))


def remove_activity(session: Session, district: str, number: int, *, version: int) -> None:
    """Remove an activity as if it had never been; errors as `change_benefit`."""
    remove_row(session, _one(Activity, district, number), version=version, missing=_missing(district, number))


# ---- Membership ----


def read_membership(session: Session, district: str) -> MembershipFacts | None:
    """Return how to become a member of a district's union, None until somebody has supplied it."""
    row = session.get(Membership, district)
    if row is None:
        return None
    return MembershipFacts(
        link=row.link,
        note=row.note,
        digest=row.digest,
        width=row.width,
        height=row.height,
        changed_by=row.changed_by,
        changed_at=row.changed_at,
        version=row.row_version,
    )


def read_membership_image(session: Session, district: str) -> tuple[bytes, str] | None:
    """Return the bytes of the membership picture and their digest, None if there is none."""
    found = select(Membership.image, Membership.digest).where(Membership.district_code == district)
    row = session.execute(found).one_or_none()
    return None if row is None or row.image is None else (row.image, row.digest)


def save_membership(
    session: Session,
    district: str,
    draft: MembershipDraft,
    *,
    picture: Picture | None = None,
    drop_picture: bool = False,
    version: int,
    by: str,
) -> None:
    """Store how to become a member; without link, note and picture nothing is left to show.

    Parameters
    ----------
    session : Session
    district : str
    draft : MembershipDraft
    picture : Picture, optional
        Takes the place of the one there is.
    drop_picture : bool
        Take the picture away.
    version : int
        The version that the change is based on; 0: there was none.
    by : str

    Raises
    ------
    StaleError
        If it has changed since `version`.
    InputError
        If the note or the link cannot be kept.
    """
    # The district's row is the lock: there may be no row of membership yet.
    session.execute(select(District.code).where(District.code == district).with_for_update())
    row = session.get(Membership, district, populate_existing=True)
    if (row.row_version if row else 0) != version:
        raise stale(draft.link or draft.note or district)
    values: dict[str, Any] = {"link": checked_link(draft.link), "note": checked_note(draft.note)}
    if picture:
        values |= vars(picture)
    elif drop_picture:
        values |= dict.fromkeys(Picture.__dataclass_fields__)
    if row is None:
        session.add(Membership(district_code=district, **values, changed_by=by))
    else:
        for name, value in values.items():
            setattr(row, name, value)
        row.changed_by = by
    session.flush()


# ---- What can be kept ----


def checked_link(text: str | None) -> str | None:
    """Return a link, None where nothing is written; raise `InputError` for what is not a web address."""
    link = (text or "").strip()
    if len(link) > MAX_LINK:
        raise InputError("A text has {length} characters; at most {limit} are kept", length=len(link), limit=MAX_LINK)
    if link and not _LINK.fullmatch(link):
        raise InputError(
            "the link {value} is not a web address; write it in full, beginning with https:// or http://", value=link
        )
    return link or None


def _checked_benefit(draft: BenefitDraft) -> dict[str, Any]:
    if not 0 <= draft.position <= MAX_POSITION:
        raise InputError("the order {value} is not between 0 and {limit}", value=draft.position, limit=MAX_POSITION)
    title = _checked_title(draft.title)
    source = checked_note(draft.source)
    if source is None:
        raise InputError("say where this is announced: the document or page, and its date")
    return {
        "position": draft.position,
        "title": title,
        "text": checked_note(draft.text),
        "source": source,
        "link": checked_link(draft.link),
        "valid_until": draft.valid_until,
    }


def _checked_activity(session: Session, district: str, draft: ActivityDraft) -> dict[str, Any]:
    title = _checked_title(draft.title)
    place_text = checked_note(draft.place_text)
    if draft.place_code and place_text:
        raise InputError("choose a place from the list or write one, not both")
    if not draft.place_code and not place_text:
        raise InputError("say where it is: choose a place from the list or write one")
    if draft.place_code:
        place = select(Place.id).where(Place.district_code == district, Place.code == draft.place_code)
        if session.scalar(place) is None:
            raise InputError(
                "There is no place {code} in district {district}", code=draft.place_code, district=district
            )
    if draft.ends_at <= draft.starts_at:
        raise InputError("the end must come after the start")
    if draft.ends_at - draft.starts_at > timedelta(days=MAX_DAYS):
        raise InputError("it would last more than {limit} days; check the dates", limit=MAX_DAYS)
    if draft.seats is not None and not 0 < draft.seats <= MAX_SEATS:
        raise InputError("the number of seats {value} is not between 1 and {limit}", value=draft.seats, limit=MAX_SEATS)
    return {
        "title": title,
        "place_code": draft.place_code,
        "place_text": place_text,
        "starts_at": draft.starts_at,
        "ends_at": draft.ends_at,
        "seats": draft.seats,
        "link": checked_link(draft.link),
        "text": checked_note(draft.text),
        "is_cancelled": draft.is_cancelled,
    }


def _checked_title(text: str) -> str:
    if not text.strip():
        raise InputError("write a title")
    return checked_name(text)


# ---- Rows ----


def _one(table: type[Row], district: str, number: int) -> Select[Row]:
    return select(table).where(table.district_code == district, table.id == number)


def _missing(district: str, number: int) -> NotFoundError:
    return NotFoundError("There is no entry {number} in district {district}", number=number, district=district)


def _benefit_facts(row: Benefit) -> BenefitFacts:
    return BenefitFacts(
        id=row.id,
        position=row.position,
        title=row.title,
        text=row.text,
        source=row.source,
        link=row.link,
        valid_until=row.valid_until,
        changed_by=row.changed_by,
        changed_at=row.changed_at,
        version=row.row_version,
    )


def _activity_facts(row: Activity) -> ActivityFacts:
    return ActivityFacts(
        id=row.id,
        title=row.title,
        place_code=row.place_code,
        place_text=row.place_text,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        seats=row.seats,
        link=row.link,
        text=row.text,
        is_cancelled=row.is_cancelled,
        is_sample=row.is_sample,
        changed_by=row.changed_by,
        changed_at=row.changed_at,
        version=row.row_version,
    )
