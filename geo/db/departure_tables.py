"""Tables of a season of tours: departures with their units and bookings, links without an account, feedback."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from geo.db.tables import Base, DistrictCode, Key, RowVersion, one_of
from geo.tours.departures import BOOKING_STATES, DEPARTURE_STATES, LINK_SCOPES, PACES_FELT
from geo.tours.presses import PRESS_KINDS


class Departure(Base):
    """A departure (批次) of a published tour: from a date on, with a timetable of its own.

    `timetable` is a copy of the tour's days (`geo.tours.timetable`): the tour may change or go, the departure stays.
    `tour_code` is therefore no foreign key, and `name` is what the tour was called. `head_count` is how many are
    expected, `capacity` the most that are taken, `min_people` the fewest with which it leaves (成团人数); those who
    accompany them (drivers, guides, leaders) are counted apart. `coach_seats` are the seats of one coach, the driver's
    included. The leader's contact is for those who have a link.
    """

    __tablename__ = "departure"
    __table_args__ = (
        CheckConstraint(one_of("state", DEPARTURE_STATES), name="state"),
        CheckConstraint("last_day >= first_day", name="days"),
        CheckConstraint("head_count > 0 AND min_people > 0 AND capacity > 0", name="people"),
        CheckConstraint("coaches > 0 AND coach_seats > 0", name="coaches"),
        CheckConstraint("drivers >= 0 AND guides >= 0 AND leaders >= 0", name="staff"),
        CheckConstraint("staff_men >= 0 AND staff_women >= 0", name="staff_sex"),
        UniqueConstraint("district_code", "tour_code", "number"),
        Index("ix_departure_district_code_first_day", "district_code", "first_day"),
    )

    id: Mapped[Key]
    district_code: Mapped[DistrictCode]
    tour_code: Mapped[str]
    number: Mapped[int]
    name: Mapped[str]
    first_day: Mapped[date]
    last_day: Mapped[date]
    state: Mapped[str] = mapped_column(server_default="draft")
    notice: Mapped[str | None]
    head_count: Mapped[int]
    min_people: Mapped[int | None]
    capacity: Mapped[int | None]
    coaches: Mapped[int] = mapped_column(server_default="1")
    coach_seats: Mapped[int] = mapped_column(server_default="45")
    drivers: Mapped[int] = mapped_column(server_default="1")
    guides: Mapped[int] = mapped_column(server_default="1")
    leaders: Mapped[int] = mapped_column(server_default="1")
    staff_men: Mapped[int | None]
    staff_women: Mapped[int | None]
    leader_name: Mapped[str | None]
    leader_phone: Mapped[str | None]
    meeting: Mapped[str | None]
    bring: Mapped[str | None]
    rain_plan: Mapped[str | None]
    timetable: Mapped[list[Any]] = mapped_column(JSONB)
    is_sample: Mapped[bool] = mapped_column(server_default="false")
    created_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    changed_by: Mapped[str]
    changed_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())
    row_version: Mapped[RowVersion]


class DepartureUnit(Base):
    """A unit that sends people: its quota, and what its liaison has answered, in numbers only.

    `men` and `women` are those who do not share a room as a couple; `couples` are pairs. `diets` (忌口), `impaired`
    (行动不便) and `platform_workers` (其中新就业形态劳动者) are people among them. None until the unit has answered.
    """

    __tablename__ = "departure_unit"
    __table_args__ = (
        CheckConstraint("quota >= 0", name="quota"),
        CheckConstraint(
            "men >= 0 AND women >= 0 AND couples >= 0 AND diets >= 0 AND impaired >= 0 AND platform_workers >= 0",
            name="counts",
        ),
        UniqueConstraint("departure_id", "name"),
    )

    id: Mapped[Key]
    district_code: Mapped[DistrictCode]
    departure_id: Mapped[int] = mapped_column(ForeignKey("departure.id", ondelete="CASCADE"))
    name: Mapped[str]
    quota: Mapped[int | None]
    men: Mapped[int | None]
    women: Mapped[int | None]
    couples: Mapped[int | None]
    diets: Mapped[int | None]
    impaired: Mapped[int | None]
    platform_workers: Mapped[int | None]
    answered_at: Mapped[datetime | None]
    changed_by: Mapped[str]
    row_version: Mapped[RowVersion]


class Booking(Base):
    """What is booked for a departure, and its cost in cents: at a stop of a day, or (day 0) for the whole departure.

    `day` and `stop` count from 1 as in the timetable; those of day 0 are numbered by `stop`.
    """

    __tablename__ = "booking"
    __table_args__ = (
        CheckConstraint(one_of("state", BOOKING_STATES), name="state"),
        CheckConstraint("day >= 0 AND stop > 0", name="stop"),
        CheckConstraint("planned_cost >= 0 AND actual_cost >= 0", name="cost"),
        UniqueConstraint("departure_id", "day", "stop"),
    )

    id: Mapped[Key]
    district_code: Mapped[DistrictCode]
    departure_id: Mapped[int] = mapped_column(ForeignKey("departure.id", ondelete="CASCADE"))
    day: Mapped[int]
    stop: Mapped[int]
    name: Mapped[str]
    kind: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="asked")
    contact: Mapped[str | None]
    number: Mapped[str | None]
    booked_on: Mapped[date | None]
    planned_cost: Mapped[int | None]
    actual_cost: Mapped[int | None]
    note: Mapped[str | None]
    changed_by: Mapped[str]
    row_version: Mapped[RowVersion]


class ShareLink(Base):
    """A link that works without an account until `ends_at`; of its key only the digest is stored.

    `scope` says what it opens: comments on a plan, the numbers of a unit, the pages of participants or of the leader.
    `salt` is what the key was made of, with a secret of the program: by it staff see the link again.
    """

    __tablename__ = "share_link"
    __table_args__ = (
        CheckConstraint(one_of("scope", LINK_SCOPES), name="scope"),
        CheckConstraint(
            "(plan_id IS NOT NULL) = (scope = 'comments') AND (unit_id IS NOT NULL) = (scope = 'unit') "
            "AND (departure_id IS NOT NULL) = (scope IN ('participants', 'leader'))",
            name="subject",
        ),
        UniqueConstraint("digest"),
        Index("ix_share_link_plan_id", "plan_id"),
        Index("ix_share_link_unit_id", "unit_id"),
        Index("ix_share_link_departure_id", "departure_id"),
    )

    id: Mapped[Key]
    district_code: Mapped[DistrictCode]
    scope: Mapped[str]
    plan_id: Mapped[int | None] = mapped_column(ForeignKey("tour_plan.id", ondelete="CASCADE"))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("departure_unit.id", ondelete="CASCADE"))
    departure_id: Mapped[int | None] = mapped_column(ForeignKey("departure.id", ondelete="CASCADE"))
    digest: Mapped[str]
    salt: Mapped[str | None]
    ends_at: Mapped[datetime]
    created_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class DepartureFeedback(Base):
    """What a participant said after a departure, without a name: from 1 to 5, how the pace was, and words."""

    __tablename__ = "departure_feedback"
    __table_args__ = (
        CheckConstraint("rating BETWEEN 1 AND 5", name="rating"),
        CheckConstraint(one_of("pace", PACES_FELT), name="pace"),
        Index("ix_departure_feedback_departure_id", "departure_id"),
    )

    id: Mapped[Key]
    district_code: Mapped[DistrictCode]
    departure_id: Mapped[int] = mapped_column(ForeignKey("departure.id", ondelete="CASCADE"))
    rating: Mapped[int]
    pace: Mapped[str | None]
    text: Mapped[str | None]
    written_at: Mapped[datetime] = mapped_column(server_default=func.now())


class DepartureEvent(Base):
    """A press of whoever leads a day of a departure, as `geo.tours.presses` has them; written once, never changed.

    `device` is a random name of a browser and `number` counts its presses: together they make a press that comes twice
    one row. `made_at` is when it was pressed, `day` the day of the departure from 1 on. Where anybody was is in no
    column.
    """

    __tablename__ = "departure_event"
    __table_args__ = (
        CheckConstraint(one_of("kind", PRESS_KINDS), name="kind"),
        CheckConstraint("day > 0 AND number > 0", name="number"),
        UniqueConstraint("departure_id", "device", "number"),
    )

    id: Mapped[Key]
    district_code: Mapped[DistrictCode]
    departure_id: Mapped[int] = mapped_column(ForeignKey("departure.id", ondelete="CASCADE"))
    day: Mapped[int]
    device: Mapped[str]
    number: Mapped[int]
    kind: Mapped[str]
    stop: Mapped[str | None]
    minutes: Mapped[int | None]
    target: Mapped[str | None]
    rest: Mapped[list[Any] | None] = mapped_column(JSONB)
    made_at: Mapped[datetime]
    received_at: Mapped[datetime] = mapped_column(server_default=func.now())
