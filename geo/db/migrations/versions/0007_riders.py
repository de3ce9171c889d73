"""Create what riders see beside the map: photos, reports from the door, member benefits, activities, membership."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

LAYER_OF_TABLE = {"place_photo": "photos", "door_report": "reports"}
EDITED_BY_PEOPLE = ("benefit", "activity", "membership")


def text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    """Return a text column."""
    return sa.Column(name, sa.Text(), nullable=nullable)


def moment(name: str, *, nullable: bool = False, default: str | None = None) -> sa.Column[Any]:
    """Return a column of moments."""
    return sa.Column(
        name, sa.DateTime(timezone=True), nullable=nullable, server_default=sa.text(default) if default else None
    )


def edited() -> list[sa.Column[Any]]:
    """Return who changed a row, when, and how often."""
    return [
        text("changed_by"),
        moment("changed_at", default="now()"),
        sa.Column("row_version", sa.Integer(), server_default="1", nullable=False),
    ]


def of_district(table: str) -> sa.ForeignKeyConstraint:
    """Return the constraint that a table's rows go with their district."""
    return sa.ForeignKeyConstraint(
        ["district_code"], ["district.code"], name=op.f(f"fk_{table}_district_code"), ondelete="CASCADE"
    )


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "place_photo",
        text("district_code"),
        text("place_code"),
        sa.Column("image", sa.LargeBinary(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        text("digest"),
        text("caption", nullable=True),
        text("uploaded_by"),
        moment("uploaded_at", default="now()"),
        of_district("place_photo"),
        sa.PrimaryKeyConstraint("district_code", "place_code", name=op.f("pk_place_photo")),
    )
    op.create_table(
        "door_report",
        sa.Column("id", sa.BigInteger(), nullable=False),
        text("district_code"),
        text("place_code"),
        text("kind"),
        text("service", nullable=True),
        moment("at"),
        moment("expires_at"),
        text("person", nullable=True),
        moment("cleared_at", nullable=True),
        text("cleared_by", nullable=True),
        sa.CheckConstraint(
            "kind IN ('open', 'locked', 'no_water', 'broken', 'other')", name=op.f("ck_door_report_kind")
        ),
        sa.CheckConstraint(
            "service IS NULL OR service IN ('drinking_water', 'hot_meals', 'fridge', 'phone_charging', "
            "'ebike_charging', 'battery_swap', 'toilet', 'rest_seats', 'air_conditioning', 'first_aid', 'wifi', "
            "'rain_gear', 'books', 'tools', 'blood_pressure', 'shower', 'nursing_room')",
            name=op.f("ck_door_report_service"),
        ),
        of_district("door_report"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_door_report")),
    )
    op.create_index("ix_door_report_district_code_at", "door_report", ["district_code", "at"])
    op.create_table(
        "report_salt",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_report_salt")),
    )
    op.create_table(
        "benefit",
        sa.Column("id", sa.BigInteger(), nullable=False),
        text("district_code"),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        text("title"),
        text("text", nullable=True),
        text("source"),
        text("link", nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        *edited(),
        of_district("benefit"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_benefit")),
    )
    op.create_index("ix_benefit_district_code_position", "benefit", ["district_code", "position"])
    op.create_table(
        "activity",
        sa.Column("id", sa.BigInteger(), nullable=False),
        text("district_code"),
        text("title"),
        text("place_code", nullable=True),
        text("place_text", nullable=True),
        moment("starts_at"),
        moment("ends_at"),
        sa.Column("seats", sa.Integer(), nullable=True),
        text("link", nullable=True),
        text("text", nullable=True),
        sa.Column("is_cancelled", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("is_sample", sa.Boolean(), server_default="false", nullable=False),
        *edited(),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_activity_ends_at")),
        sa.CheckConstraint("seats > 0", name=op.f("ck_activity_seats")),
        of_district("activity"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity")),
    )
    op.create_index("ix_activity_district_code_starts_at", "activity", ["district_code", "starts_at"])
    op.create_table(
        "membership",
        text("district_code"),
        text("link", nullable=True),
        text("note", nullable=True),
        sa.Column("image", sa.LargeBinary(), nullable=True),
        text("digest", nullable=True),
        *edited(),
        of_district("membership"),
        sa.PrimaryKeyConstraint("district_code", name=op.f("pk_membership")),
    )
    for table, layer in LAYER_OF_TABLE.items():
        for event, transition in (("INSERT", "NEW"), ("UPDATE", "NEW"), ("DELETE", "OLD")):
            op.execute(
                f"CREATE TRIGGER {table}_{event.lower()}_bump AFTER {event} ON {table} "
                f"REFERENCING {transition} TABLE AS changed "
                f"FOR EACH STATEMENT EXECUTE FUNCTION bump_data_version('{layer}')"
            )
        op.execute(
            f"CREATE TRIGGER {table}_truncate_bump AFTER TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION bump_data_version_all('{layer}')"
        )
    for table in EDITED_BY_PEOPLE:
        op.execute(
            f"CREATE TRIGGER {table}_row_version BEFORE UPDATE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION bump_row_version()"
        )


def downgrade() -> None:
    """Undo."""
    for table in ("membership", "activity", "benefit", "report_salt", "door_report", "place_photo"):
        op.drop_table(table)
