"""Tables of what riders see beside the map: photos, door reports, member benefits, activities, membership.

A load deletes places and stores them again, so a photo or a report names its place by code, not by row.
"""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, Index, LargeBinary, func
from sqlalchemy.orm import Mapped, mapped_column

from geo.db.tables import SERVICES, Base, DistrictCode, Key, Photo, RowVersion, one_of

REPORT_KINDS = ("open", "locked", "no_water", "broken", "other")
"""开着, 锁着, 没水, 坏了, 其他."""


class PlacePhoto(Photo, Base):
    """The photo of a place."""

    __tablename__ = "place_photo"

    district_code: Mapped[DistrictCode] = mapped_column(primary_key=True)
    place_code: Mapped[str] = mapped_column(primary_key=True)


class DoorReport(Base):
    """What somebody found at a door; `person` is a keyed hash that means nothing once the day's salt is gone."""

    __tablename__ = "door_report"
    __table_args__ = (
        CheckConstraint(one_of("kind", REPORT_KINDS), name="kind"),
        CheckConstraint(f"service IS NULL OR {one_of('service', SERVICES)}", name="service"),
        Index("ix_door_report_district_code_at", "district_code", "at"),
    )

    id: Mapped[Key]
    district_code: Mapped[DistrictCode]
    place_code: Mapped[str]
    kind: Mapped[str]
    service: Mapped[str | None]
    at: Mapped[datetime]
    expires_at: Mapped[datetime]
    person: Mapped[str | None]
    cleared_at: Mapped[datetime | None]
    cleared_by: Mapped[str | None]


class ReportSalt(Base):
    """The secret that a day's reporters are hashed with; deleted with the first report of another day."""

    __tablename__ = "report_salt"

    day: Mapped[date] = mapped_column(primary_key=True)
    salt: Mapped[bytes] = mapped_column(LargeBinary)


class Benefit(Base):
    """A member benefit as the union announced it; `position` orders the list."""

    __tablename__ = "benefit"
    __table_args__ = (Index("ix_benefit_district_code_position", "district_code", "position"),)

    id: Mapped[Key]
    district_code: Mapped[DistrictCode]
    position: Mapped[int] = mapped_column(server_default="0")
    title: Mapped[str]
    text: Mapped[str | None]
    source: Mapped[str]
    link: Mapped[str | None]
    valid_until: Mapped[date | None]
    changed_by: Mapped[str]
    changed_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())
    row_version: Mapped[RowVersion]


class Activity(Base):
    """An activity or training: a place of ours by its code, or any place in words."""

    __tablename__ = "activity"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="ends_at"),
        CheckConstraint("seats > 0", name="seats"),
        Index("ix_activity_district_code_starts_at", "district_code", "starts_at"),
    )

    id: Mapped[Key]
    district_code: Mapped[DistrictCode]
    title: Mapped[str]
    place_code: Mapped[str | None]
    place_text: Mapped[str | None]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    seats: Mapped[int | None]
    link: Mapped[str | None]
    text: Mapped[str | None]
    is_cancelled: Mapped[bool] = mapped_column(server_default="false")
    is_sample: Mapped[bool] = mapped_column(server_default="false")
    changed_by: Mapped[str]
    changed_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())
    row_version: Mapped[RowVersion]


class Membership(Base):
    """How to become a member, as the union supplied it: a link, a picture with its code, or both."""

    __tablename__ = "membership"

    district_code: Mapped[DistrictCode] = mapped_column(primary_key=True)
    link: Mapped[str | None]
    note: Mapped[str | None]
    image: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    width: Mapped[int | None]
    height: Mapped[int | None]
    digest: Mapped[str | None]
    changed_by: Mapped[str]
    changed_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())
    row_version: Mapped[RowVersion]


class UsageCount(Base):
    """How often something was used on a day, as totals: no person, no position, no time of day.

    `what` is one of `geo.db.usage.WHAT`; `about` is the code of a place or of a choice.
    """

    __tablename__ = "usage_count"
    __table_args__ = (CheckConstraint("number > 0", name="number"),)

    district_code: Mapped[DistrictCode] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    what: Mapped[str] = mapped_column(primary_key=True)
    about: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger)
