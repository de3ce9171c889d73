"""Siting scenarios that planners save, and what candidate sites are judged by."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0016"
branch_labels = None
depends_on = None


def candidate_columns() -> list["sa.Column[Any]"]:
    """Return what planners judge a candidate site by."""
    return [
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("host", sa.Text(), nullable=True),
        sa.Column("is_on_street", sa.Boolean(), nullable=True),
        sa.Column("is_ground_floor", sa.Boolean(), nullable=True),
        sa.Column("has_ebike_parking", sa.Boolean(), nullable=True),
        sa.Column("area_m2", sa.Float(), nullable=True),
        sa.Column("hours", sa.Text(), nullable=True),
        sa.Column("willingness", sa.Text(), server_default="unasked", nullable=False),
        sa.Column("willing_on", sa.Date(), nullable=True),
    ]


def upgrade() -> None:
    """Apply."""
    for column in candidate_columns():
        op.add_column("candidate", column)
    op.create_check_constraint(
        op.f("ck_candidate_willingness"), "candidate", "willingness IN ('unasked', 'interested', 'agreed', 'refused')"
    )
    op.create_check_constraint(op.f("ck_candidate_area_m2"), "candidate", "area_m2 > 0")
    op.create_table(
        "scenario",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("district_code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("question", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("changes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("saved", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("is_sample", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("row_version", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(
            ["district_code"], ["district.code"], name=op.f("fk_scenario_district_code"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scenario")),
    )
    op.create_index(op.f("ix_scenario_district_code"), "scenario", ["district_code"])
    op.execute(
        "CREATE TRIGGER scenario_row_version BEFORE UPDATE ON scenario FOR EACH ROW EXECUTE FUNCTION bump_row_version()"
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table("scenario")
    op.drop_constraint(op.f("ck_candidate_area_m2"), "candidate")
    op.drop_constraint(op.f("ck_candidate_willingness"), "candidate")
    for column in reversed(candidate_columns()):
        op.drop_column("candidate", column.name)
