"""Places that tours visit, plans of tours with their versions, and comments on them; none is a place of riders."""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

LAYER = "tour_places"
COUNTED = ("tour_place", "tour_plan")
"""Tables whose rows have a version."""

KINDS = "'sight', 'base', 'hotel', 'restaurant', 'rest_stop', 'toilet', 'parking', 'meeting'"


def _place_table() -> None:
    op.create_table(
        "tour_place",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("district_code", sa.Text(), nullable=False),
        sa.Column("source_id", sa.BigInteger(), nullable=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("aliases", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("hours", sa.Text(), nullable=True),
        sa.Column("hours_posted", sa.Text(), nullable=True),
        sa.Column("visit_min", sa.Integer(), nullable=True),
        sa.Column("price", sa.Integer(), nullable=True),
        sa.Column("table_price", sa.Integer(), nullable=True),
        sa.Column("seats", sa.Integer(), nullable=True),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("is_outdoor", sa.Boolean(), nullable=True),
        sa.Column("score", sa.Float(), nullable=True),
        sa.Column("tags", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("rooms", postgresql.JSONB(), server_default="[]", nullable=False),
        sa.Column("single_supplement", sa.Integer(), nullable=True),
        sa.Column("contact", sa.Text(), nullable=True),
        sa.Column("set_down", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("changed_by", sa.Text(), nullable=True),
        sa.Column("row_version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("geom", Geometry("POINT", srid=4326, spatial_index=False), nullable=False),
        sa.CheckConstraint(f"kind IN ({KINDS})", name=op.f("ck_tour_place_kind")),
        sa.CheckConstraint("visit_min BETWEEN 0 AND 1440", name=op.f("ck_tour_place_visit_min")),
        sa.CheckConstraint("price >= 0 AND table_price >= 0", name=op.f("ck_tour_place_price")),
        sa.CheckConstraint("seats > 0", name=op.f("ck_tour_place_seats")),
        sa.CheckConstraint("capacity > 0", name=op.f("ck_tour_place_capacity")),
        sa.CheckConstraint("score >= 0", name=op.f("ck_tour_place_score")),
        sa.ForeignKeyConstraint(
            ["district_code"], ["district.code"], name=op.f("fk_tour_place_district_code"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name=op.f("fk_tour_place_source_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tour_place")),
        sa.UniqueConstraint("district_code", "code", name=op.f("uq_tour_place_district_code_code")),
    )
    op.create_index("ix_tour_place_geom", "tour_place", ["geom"], postgresql_using="gist")
    for event, transition in (("INSERT", "NEW"), ("UPDATE", "NEW"), ("DELETE", "OLD")):
        op.execute(
            f"CREATE TRIGGER tour_place_{event.lower()}_bump AFTER {event} ON tour_place "
            f"REFERENCING {transition} TABLE AS changed "
            f"FOR EACH STATEMENT EXECUTE FUNCTION bump_data_version('{LAYER}')"
        )
    op.execute(
        "CREATE TRIGGER tour_place_truncate_bump AFTER TRUNCATE ON tour_place "
        f"FOR EACH STATEMENT EXECUTE FUNCTION bump_data_version_all('{LAYER}')"
    )


def _plan_tables() -> None:
    op.create_table(
        "tour_plan",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("district_code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("wish", postgresql.JSONB(), nullable=False),
        sa.Column("facts", postgresql.JSONB(), nullable=True),
        sa.Column("content", postgresql.JSONB(), nullable=True),
        sa.Column("is_sample", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("job_id", sa.BigInteger(), nullable=True),
        sa.Column("tour_code", sa.Text(), nullable=True),
        sa.Column("link_digest", sa.Text(), nullable=True),
        sa.Column("link_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approval", postgresql.JSONB(), nullable=True),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("row_version", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(
            ["district_code"], ["district.code"], name=op.f("fk_tour_plan_district_code"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tour_plan")),
        sa.UniqueConstraint("link_digest", name=op.f("uq_tour_plan_link_digest")),
    )
    op.create_index("ix_tour_plan_district_code", "tour_plan", ["district_code"])
    op.create_table(
        "tour_plan_version",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("district_code", sa.Text(), nullable=False),
        sa.Column("plan_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("wish", postgresql.JSONB(), nullable=False),
        sa.Column("facts", postgresql.JSONB(), nullable=True),
        sa.Column("content", postgresql.JSONB(), nullable=True),
        sa.Column("saved_by", sa.Text(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_code"], ["district.code"], name=op.f("fk_tour_plan_version_district_code"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["tour_plan.id"], name=op.f("fk_tour_plan_version_plan_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tour_plan_version")),
    )
    op.create_index("ix_tour_plan_version_plan_id", "tour_plan_version", ["plan_id"])
    op.create_table(
        "tour_comment",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("district_code", sa.Text(), nullable=False),
        sa.Column("plan_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=True),
        sa.Column("writer", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_code"], ["district.code"], name=op.f("fk_tour_comment_district_code"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["tour_plan.id"], name=op.f("fk_tour_comment_plan_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tour_comment")),
    )
    op.create_index("ix_tour_comment_plan_id", "tour_comment", ["plan_id"])


def upgrade() -> None:
    """Apply."""
    _place_table()
    _plan_tables()
    for table in COUNTED:
        op.execute(
            f"CREATE TRIGGER {table}_row_version BEFORE UPDATE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION bump_row_version()"
        )


def downgrade() -> None:
    """Undo."""
    for table in ("tour_comment", "tour_plan_version", "tour_plan", "tour_place"):
        op.drop_table(table)
