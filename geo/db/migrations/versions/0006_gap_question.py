"""Keep with an entry of the ledger the whole question it was promised by, and the place it is about."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.drop_column("gap_entry", "demand_layer")
    layers = sa.Column("layers", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False)
    op.add_column("gap_entry", layers)
    op.add_column("gap_entry", sa.Column("area", sa.Text(), nullable=True))
    op.add_column("gap_entry", sa.Column("place_key", sa.Text(), nullable=True))


def downgrade() -> None:
    """Undo."""
    for column in ("place_key", "area", "layers"):
        op.drop_column("gap_entry", column)
    op.add_column("gap_entry", sa.Column("demand_layer", sa.Text(), nullable=True))
