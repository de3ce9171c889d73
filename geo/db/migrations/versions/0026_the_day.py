"""What the leader of a departure presses on the day, each press once."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "departure_event",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("district_code", sa.Text(), nullable=False),
        sa.Column("departure_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("stop", sa.Text(), nullable=True),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("target", sa.Text(), nullable=True),
        sa.Column("rest", JSONB(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_departure_event")),
        sa.ForeignKeyConstraint(
            ["district_code"], ["district.code"], name=op.f("fk_departure_event_district_code"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["departure_id"], ["departure.id"], name=op.f("fk_departure_event_departure_id"), ondelete="CASCADE"
        ),
        sa.CheckConstraint(
            "kind IN ('arrived', 'departed', 'delay', 'set_time', 'skip', 'shorten', 'replan', 'undo')",
            name=op.f("ck_departure_event_kind"),
        ),
        sa.CheckConstraint("day > 0 AND number > 0", name=op.f("ck_departure_event_number")),
        sa.UniqueConstraint(
            "departure_id", "device", "number", name=op.f("uq_departure_event_departure_id_device_number")
        ),
    )


def downgrade() -> None:
    """Undo; what was pressed is lost."""
    op.drop_table("departure_event")
