"""When the people of the demand are there: a share for each hour of a week, with its range."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0029"
down_revision = "0027"
branch_labels = None
depends_on = None

TABLE = "demand_profile"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        TABLE,
        sa.Column("district_code", sa.Text(), nullable=False),
        sa.Column("low", postgresql.ARRAY(sa.Float()), nullable=False),
        sa.Column("high", postgresql.ARRAY(sa.Float()), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("is_sample", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("row_version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("cardinality(low) = 168 AND cardinality(high) = 168", name=op.f("ck_demand_profile_hours")),
        sa.CheckConstraint("0 <= ALL (low) AND 1 >= ALL (high)", name=op.f("ck_demand_profile_shares")),
        sa.ForeignKeyConstraint(
            ["district_code"], ["district.code"], name=op.f("fk_demand_profile_district_code"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("district_code", name=op.f("pk_demand_profile")),
    )
    op.execute(
        f"CREATE TRIGGER {TABLE}_row_version BEFORE UPDATE ON {TABLE} FOR EACH ROW EXECUTE FUNCTION bump_row_version()"
    )
    op.execute(
        f"CREATE TRIGGER {TABLE}_change AFTER INSERT OR UPDATE OR DELETE ON {TABLE} "
        "FOR EACH ROW EXECUTE FUNCTION record_change('district_code', '')"
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table(TABLE)
