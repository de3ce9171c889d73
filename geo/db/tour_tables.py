"""Tables of tour building: places of tours, plans with their versions, comments, pages of published tours."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from geo.db.tables import Base, DistrictCode, Key, Photo, RowVersion, SourceKey, geometry, gist, one_of
from geo.tours.register import PLACE_KINDS


class TourPlaceRow(Base):
    """A place that tours may visit; money in cents, None where nobody has entered a value."""

    __tablename__ = "tour_place"
    __table_args__ = (
        CheckConstraint(one_of("kind", PLACE_KINDS), name="kind"),
        CheckConstraint("visit_min BETWEEN 0 AND 1440", name="visit_min"),
        CheckConstraint("price >= 0 AND table_price >= 0", name="price"),
        CheckConstraint("seats > 0", name="seats"),
        CheckConstraint("capacity > 0", name="capacity"),
        CheckConstraint("score >= 0", name="score"),
        UniqueConstraint("district_code", "code"),
        gist("tour_place"),
    )

    id: Mapped[Key]
    district_code: Mapped[DistrictCode]
    source_id: Mapped[SourceKey]
    code: Mapped[str]
    name: Mapped[str]
    kind: Mapped[str]
    aliases: Mapped[list[str]] = mapped_column(server_default="{}")
    hours: Mapped[str | None]
    hours_posted: Mapped[str | None]
    visit_min: Mapped[int | None]
    price: Mapped[int | None]
    table_price: Mapped[int | None]
    seats: Mapped[int | None]
    capacity: Mapped[int | None]
    is_outdoor: Mapped[bool | None]
    score: Mapped[float | None]
    tags: Mapped[list[str]] = mapped_column(server_default="{}")
    rooms: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default="[]")
    single_supplement: Mapped[int | None]
    contact: Mapped[str | None]
    set_down: Mapped[str | None]
    note: Mapped[str | None]
    changed_by: Mapped[str | None]
    row_version: Mapped[RowVersion]
    special_posted: Mapped[str | None]
    geom: Mapped[Any] = geometry("POINT")


class TourPlan(Base):
    """A plan of a tour that an organiser works on.

    `wish` is what was asked for, `facts` the itinerary problem that was made of it, `content` the plans by style;
    `job_id` the job whose better plans replace them: a change by hand takes it out.
    """

    __tablename__ = "tour_plan"

    id: Mapped[Key]
    district_code: Mapped[DistrictCode] = mapped_column(index=True)
    name: Mapped[str]
    wish: Mapped[dict[str, Any]]
    facts: Mapped[dict[str, Any] | None]
    content: Mapped[dict[str, Any] | None]
    is_sample: Mapped[bool] = mapped_column(server_default="false")
    job_id: Mapped[int | None] = mapped_column(BigInteger)
    tour_code: Mapped[str | None]
    approval: Mapped[dict[str, Any] | None]
    created_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    changed_by: Mapped[str]
    changed_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())
    row_version: Mapped[RowVersion]


class TourPlanVersion(Base):
    """An earlier state of a plan: named by a person, or (without a name) a step that can be undone."""

    __tablename__ = "tour_plan_version"

    id: Mapped[Key]
    district_code: Mapped[DistrictCode]
    plan_id: Mapped[int] = mapped_column(ForeignKey("tour_plan.id", ondelete="CASCADE"), index=True)
    name: Mapped[str | None]
    wish: Mapped[dict[str, Any]]
    facts: Mapped[dict[str, Any] | None]
    content: Mapped[dict[str, Any] | None]
    saved_by: Mapped[str]
    saved_at: Mapped[datetime] = mapped_column(server_default=func.now())


class TourComment(Base):
    """What somebody with the link wrote about a plan, under the name they typed; `day` counts from 1."""

    __tablename__ = "tour_comment"

    id: Mapped[Key]
    district_code: Mapped[DistrictCode]
    plan_id: Mapped[int] = mapped_column(ForeignKey("tour_plan.id", ondelete="CASCADE"), index=True)
    day: Mapped[int | None]
    writer: Mapped[str]
    text: Mapped[str]
    written_at: Mapped[datetime] = mapped_column(server_default=func.now())


class TourPage(Base):
    """What the page of a published tour says beside its days; it stays when the tour of that code is stored again.

    `price` is in cents a head for the whole tour, without `n_unknown_price` prices that nobody has entered; `first_day`
    is the first day of the plan that it was made of.
    """

    __tablename__ = "tour_page"
    __table_args__ = (
        CheckConstraint("price >= 0 AND n_unknown_price >= 0", name="price"),
        UniqueConstraint("district_code", "tour_code"),
    )

    id: Mapped[Key]
    district_code: Mapped[DistrictCode]
    tour_code: Mapped[str]
    story: Mapped[str | None]
    season: Mapped[str | None]
    price: Mapped[int | None]
    n_unknown_price: Mapped[int] = mapped_column(server_default="0")
    first_day: Mapped[date | None]
    changed_by: Mapped[str]
    changed_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())
    row_version: Mapped[RowVersion]


class TourPhoto(Photo, Base):
    """A photo of a published tour."""

    __tablename__ = "tour_photo"
    __table_args__ = (Index("ix_tour_photo_district_code_tour_code", "district_code", "tour_code"),)

    id: Mapped[Key]
    district_code: Mapped[DistrictCode]
    tour_code: Mapped[str]
