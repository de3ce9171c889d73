"""Say what a demand layer counts: people, or what stands in for them."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("source", sa.Column("unit", sa.Text(), nullable=True))


def downgrade() -> None:
    """Undo."""
    op.drop_column("source", "unit")
