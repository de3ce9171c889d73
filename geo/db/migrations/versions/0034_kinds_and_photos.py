"""Photos of candidate sites, by their codes; which kind of place an entry of the ledger is about."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("gap_entry", sa.Column("kind", sa.Text(), server_default="rest_station", nullable=False))
    op.create_table(
        "candidate_photo",
        sa.Column("district_code", sa.Text(), nullable=False),
        sa.Column("candidate_code", sa.Text(), nullable=False),
        sa.Column("image", sa.LargeBinary(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("caption", sa.Text(), nullable=True),
        sa.Column("uploaded_by", sa.Text(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_code"], ["district.code"], name=op.f("fk_candidate_photo_district_code"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("district_code", "candidate_code", name=op.f("pk_candidate_photo")),
    )
    op.execute(
        "CREATE TRIGGER candidate_photo_change AFTER INSERT OR UPDATE OR DELETE ON candidate_photo "
        "FOR EACH ROW EXECUTE FUNCTION record_change('district_code,candidate_code', 'image')"
    )


def downgrade() -> None:
    """Undo; the photos are lost."""
    op.drop_table("candidate_photo")
    op.drop_column("gap_entry", "kind")
