"""Publish a district's planning pages or not, the target of a year with its source, and counts of how riders use it."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("district", sa.Column("is_plan_public", sa.Boolean(), server_default="false", nullable=False))
    op.create_table(
        "year_target",
        sa.Column("district_code", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("stations", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("row_version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("stations > 0 AND stations <= 10000", name=op.f("ck_year_target_stations")),
        sa.CheckConstraint("year BETWEEN 2000 AND 2100", name=op.f("ck_year_target_year")),
        sa.ForeignKeyConstraint(
            ["district_code"], ["district.code"], name=op.f("fk_year_target_district_code"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("district_code", "year", name=op.f("pk_year_target")),
    )
    op.execute(
        "CREATE TRIGGER year_target_row_version BEFORE UPDATE ON year_target "
        "FOR EACH ROW EXECUTE FUNCTION bump_row_version()"
    )
    op.execute(
        "CREATE TRIGGER year_target_change AFTER INSERT OR UPDATE OR DELETE ON year_target "
        "FOR EACH ROW EXECUTE FUNCTION record_change('district_code,year', '')"
    )
    op.create_table(
        "usage_count",
        sa.Column("district_code", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_usage_count_number")),
        sa.ForeignKeyConstraint(
            ["district_code"], ["district.code"], name=op.f("fk_usage_count_district_code"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("district_code", "day", "what", "about", name=op.f("pk_usage_count")),
    )


def downgrade() -> None:
    """Undo; targets and counts are lost."""
    op.drop_table("usage_count")
    op.drop_table("year_target")
    op.drop_column("district", "is_plan_public")
