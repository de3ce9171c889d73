"""Candidate sites of the siting engine, apart from the places that riders look for."""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

LAYER = "candidates"
TABLE = "candidate"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        TABLE,
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("district_code", sa.Text(), nullable=False),
        sa.Column("source_id", sa.BigInteger(), nullable=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default="candidate", nullable=False),
        sa.Column("cost", sa.Float(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("row_version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("geom", Geometry("POINT", srid=4326, spatial_index=False), nullable=False),
        sa.CheckConstraint("status IN ('candidate', 'mandatory', 'forbidden')", name=op.f("ck_candidate_status")),
        sa.CheckConstraint("cost >= 0", name=op.f("ck_candidate_cost")),
        sa.ForeignKeyConstraint(
            ["district_code"], ["district.code"], name=op.f("fk_candidate_district_code"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_candidate_source_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_candidate")),
        sa.UniqueConstraint("district_code", "code", name=op.f("uq_candidate_district_code_code")),
    )
    op.create_index(op.f("ix_candidate_district_code"), TABLE, ["district_code"])
    op.create_index("ix_candidate_geom", TABLE, ["geom"], postgresql_using="gist")
    op.execute(
        f"CREATE TRIGGER {TABLE}_row_version BEFORE UPDATE ON {TABLE} FOR EACH ROW EXECUTE FUNCTION bump_row_version()"
    )
    for event, transition in (("INSERT", "NEW"), ("UPDATE", "NEW"), ("DELETE", "OLD")):
        op.execute(
            f"CREATE TRIGGER {TABLE}_{event.lower()}_bump AFTER {event} ON {TABLE} "
            f"REFERENCING {transition} TABLE AS changed "
            f"FOR EACH STATEMENT EXECUTE FUNCTION bump_data_version('{LAYER}')"
        )
    op.execute(
        f"CREATE TRIGGER {TABLE}_truncate_bump AFTER TRUNCATE ON {TABLE} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION bump_data_version_all('{LAYER}')"
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table(TABLE)
