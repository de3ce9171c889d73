"""Create the special days of the functions of places."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

LAYER = "places"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "special_day",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("district_code", sa.Text(), nullable=False),
        sa.Column("function_id", sa.BigInteger(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("hours", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("row_version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("last_day >= first_day", name=op.f("ck_special_day_days")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_special_day")),
        sa.ForeignKeyConstraint(
            ["district_code"], ["district.code"], name=op.f("fk_special_day_district_code"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["function_id"], ["place_function.id"], name=op.f("fk_special_day_function_id"), ondelete="CASCADE"
        ),
    )
    op.create_index(op.f("ix_special_day_function_id"), "special_day", ["function_id"])
    for event, transition in (("INSERT", "NEW"), ("UPDATE", "NEW"), ("DELETE", "OLD")):
        op.execute(
            f"CREATE TRIGGER special_day_{event.lower()}_bump AFTER {event} ON special_day "
            f"REFERENCING {transition} TABLE AS changed "
            f"FOR EACH STATEMENT EXECUTE FUNCTION bump_data_version('{LAYER}')"
        )
    op.execute(
        "CREATE TRIGGER special_day_truncate_bump AFTER TRUNCATE ON special_day "
        f"FOR EACH STATEMENT EXECUTE FUNCTION bump_data_version_all('{LAYER}')"
    )
    op.execute(
        "CREATE TRIGGER special_day_row_version BEFORE UPDATE ON special_day "
        "FOR EACH ROW EXECUTE FUNCTION bump_row_version()"
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table("special_day")
