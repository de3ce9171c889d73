"""The class of a place's function (基本型, 标杆型) is its tier."""

from alembic import op

revision = "0024"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.alter_column("place_function", "klass", new_column_name="tier")


def downgrade() -> None:
    """Take back."""
    op.alter_column("place_function", "tier", new_column_name="klass")
