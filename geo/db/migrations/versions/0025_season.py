"""Departures of tours with their units and bookings, links without an account in one table, feedback."""

from datetime import datetime

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

COUNTED = ("departure", "departure_unit", "booking")
"""Tables whose rows have a version and whose changes are noted."""


def _text(name: str, *, nullable: bool = True, default: str | None = None) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable, server_default=default)


def _number(name: str, *, default: str | None = None) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=default is None, server_default=default)


def _moment(name: str) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False)


def _within(table: str, column: str, other: str, *, nullable: bool = False) -> tuple[sa.Column[int], sa.Constraint]:
    """Return a column with a key of another table, and its constraint: a row goes with that of the other table."""
    return (
        sa.Column(column, sa.BigInteger(), nullable=nullable),
        sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"), ondelete="CASCADE"),
    )


def _base(table: str) -> tuple[sa.Column[int] | sa.Column[str] | sa.Constraint, ...]:
    """Return what every table of a district has."""
    return (
        sa.Column("id", sa.BigInteger(), nullable=False),
        _text("district_code", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.ForeignKeyConstraint(
            ["district_code"], ["district.code"], name=op.f(f"fk_{table}_district_code"), ondelete="CASCADE"
        ),
    )


def _departure() -> None:
    op.create_table(
        "departure",
        *_base("departure"),
        _text("tour_code", nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        _text("name", nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        _text("state", nullable=False, default="draft"),
        _text("notice"),
        sa.Column("head_count", sa.Integer(), nullable=False),
        _number("min_people"),
        _number("capacity"),
        _number("coaches", default="1"),
        _number("coach_seats", default="45"),
        _number("drivers", default="1"),
        _number("guides", default="1"),
        _number("leaders", default="1"),
        *(_text(name) for name in ("leader_name", "leader_phone", "meeting", "bring", "rain_plan")),
        sa.Column("timetable", JSONB(), nullable=False),
        sa.Column("is_sample", sa.Boolean(), server_default="false", nullable=False),
        _text("created_by", nullable=False),
        _moment("created_at"),
        _text("changed_by", nullable=False),
        _moment("changed_at"),
        _number("row_version", default="1"),
        sa.CheckConstraint(
            "state IN ('draft', 'published', 'full', 'ended', 'cancelled')", name=op.f("ck_departure_state")
        ),
        sa.CheckConstraint("last_day >= first_day", name=op.f("ck_departure_days")),
        sa.CheckConstraint("head_count > 0 AND min_people > 0 AND capacity > 0", name=op.f("ck_departure_people")),
        sa.CheckConstraint("coaches > 0 AND coach_seats > 0", name=op.f("ck_departure_coaches")),
        sa.CheckConstraint("drivers >= 0 AND guides >= 0 AND leaders >= 0", name=op.f("ck_departure_staff")),
        sa.UniqueConstraint(
            "district_code", "tour_code", "number", name=op.f("uq_departure_district_code_tour_code_number")
        ),
    )
    op.create_index("ix_departure_district_code_first_day", "departure", ["district_code", "first_day"])


def _units_and_bookings() -> None:
    op.create_table(
        "departure_unit",
        *_base("departure_unit"),
        *_within("departure_unit", "departure_id", "departure"),
        _text("name", nullable=False),
        *(_number(name) for name in ("quota", "men", "women", "couples", "diets", "impaired", "platform_workers")),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        _text("changed_by", nullable=False),
        _number("row_version", default="1"),
        sa.CheckConstraint("quota >= 0", name=op.f("ck_departure_unit_quota")),
        sa.CheckConstraint(
            "men >= 0 AND women >= 0 AND couples >= 0 AND diets >= 0 AND impaired >= 0 AND platform_workers >= 0",
            name=op.f("ck_departure_unit_counts"),
        ),
        sa.UniqueConstraint("departure_id", "name", name=op.f("uq_departure_unit_departure_id_name")),
    )
    op.create_table(
        "booking",
        *_base("booking"),
        *_within("booking", "departure_id", "departure"),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("stop", sa.Integer(), nullable=False),
        _text("name", nullable=False),
        _text("kind", nullable=False),
        _text("state", nullable=False, default="asked"),
        _text("contact"),
        _text("number"),
        sa.Column("booked_on", sa.Date(), nullable=True),
        _number("planned_cost"),
        _number("actual_cost"),
        _text("note"),
        _text("changed_by", nullable=False),
        _number("row_version", default="1"),
        sa.CheckConstraint("state IN ('asked', 'held', 'confirmed', 'paid')", name=op.f("ck_booking_state")),
        sa.CheckConstraint("day >= 0 AND stop > 0", name=op.f("ck_booking_stop")),
        sa.CheckConstraint("planned_cost >= 0 AND actual_cost >= 0", name=op.f("ck_booking_cost")),
        sa.UniqueConstraint("departure_id", "day", "stop", name=op.f("uq_booking_departure_id_day_stop")),
    )


def _links_and_feedback() -> None:
    op.create_table(
        "share_link",
        *_base("share_link"),
        _text("scope", nullable=False),
        *_within("share_link", "plan_id", "tour_plan", nullable=True),
        *_within("share_link", "unit_id", "departure_unit", nullable=True),
        *_within("share_link", "departure_id", "departure", nullable=True),
        _text("digest", nullable=False),
        _text("salt"),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        _text("created_by", nullable=False),
        _moment("created_at"),
        sa.CheckConstraint("scope IN ('comments', 'unit', 'participants', 'leader')", name=op.f("ck_share_link_scope")),
        sa.CheckConstraint(
            "(plan_id IS NOT NULL) = (scope = 'comments') AND (unit_id IS NOT NULL) = (scope = 'unit') "
            "AND (departure_id IS NOT NULL) = (scope IN ('participants', 'leader'))",
            name=op.f("ck_share_link_subject"),
        ),
        sa.UniqueConstraint("digest", name=op.f("uq_share_link_digest")),
    )
    for column in ("plan_id", "unit_id", "departure_id"):
        op.create_index(f"ix_share_link_{column}", "share_link", [column])
    op.create_table(
        "departure_feedback",
        *_base("departure_feedback"),
        *_within("departure_feedback", "departure_id", "departure"),
        sa.Column("rating", sa.Integer(), nullable=False),
        _text("pace"),
        _text("text"),
        _moment("written_at"),
        sa.CheckConstraint("rating BETWEEN 1 AND 5", name=op.f("ck_departure_feedback_rating")),
        sa.CheckConstraint("pace IN ('tight', 'right', 'loose')", name=op.f("ck_departure_feedback_pace")),
    )
    op.create_index("ix_departure_feedback_departure_id", "departure_feedback", ["departure_id"])


def upgrade() -> None:
    """Apply; links for comments that are open stay open."""
    _departure()
    _units_and_bookings()
    _links_and_feedback()
    for table in COUNTED:
        op.execute(
            f"CREATE TRIGGER {table}_row_version BEFORE UPDATE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION bump_row_version()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_change AFTER INSERT OR UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION record_change('id', '')"
        )
    op.execute(
        "INSERT INTO share_link (district_code, scope, plan_id, digest, ends_at, created_by) "
        "SELECT district_code, 'comments', id, link_digest, link_until, changed_by FROM tour_plan "
        "WHERE link_digest IS NOT NULL AND link_until IS NOT NULL"
    )
    op.drop_constraint(op.f("uq_tour_plan_link_digest"), "tour_plan")
    op.drop_column("tour_plan", "link_until")
    op.drop_column("tour_plan", "link_digest")


def downgrade() -> None:
    """Undo; departures and what belongs to them are lost."""
    op.add_column("tour_plan", _text("link_digest"))
    op.add_column("tour_plan", sa.Column("link_until", sa.DateTime(timezone=True), nullable=True))
    op.create_unique_constraint(op.f("uq_tour_plan_link_digest"), "tour_plan", ["link_digest"])
    op.execute(
        "UPDATE tour_plan p SET link_digest = l.digest, link_until = l.ends_at FROM share_link l WHERE l.plan_id = p.id"
    )
    for table in ("departure_feedback", "share_link", "booking", "departure_unit", "departure"):
        op.drop_table(table)
