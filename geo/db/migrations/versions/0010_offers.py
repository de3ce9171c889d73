"""Count the changes of what the union offers its members, and keep the size of the membership picture."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

LAYER = "offers"
TABLES = ("benefit", "activity", "membership")
SIZES = ("width", "height")


def upgrade() -> None:
    """Apply."""
    for size in SIZES:
        op.add_column("membership", sa.Column(size, sa.Integer(), nullable=True))
    for table in TABLES:
        for event, transition in (("INSERT", "NEW"), ("UPDATE", "NEW"), ("DELETE", "OLD")):
            op.execute(
                f"CREATE TRIGGER {table}_{event.lower()}_bump AFTER {event} ON {table} "
                f"REFERENCING {transition} TABLE AS changed "
                f"FOR EACH STATEMENT EXECUTE FUNCTION bump_data_version('{LAYER}')"
            )
        op.execute(
            f"CREATE TRIGGER {table}_truncate_bump AFTER TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION bump_data_version_all('{LAYER}')"
        )


def downgrade() -> None:
    """Undo."""
    for table in TABLES:
        for event in ("insert", "update", "delete", "truncate"):
            op.execute(f"DROP TRIGGER {table}_{event}_bump ON {table}")
    for size in SIZES:
        op.drop_column("membership", size)
