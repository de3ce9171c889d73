"""Create the settlements that gaps are named after."""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# A new name is seen at once, and no street network is built anew for it.
LAYER = "regions"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "settlement",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("district_code", sa.Text(), nullable=False),
        sa.Column("source_id", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="POINT", srid=4326, dimension=2, spatial_index=False, from_text="ST_GeomFromEWKT",
                name="geometry", nullable=False,
            ),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlement")),
        sa.ForeignKeyConstraint(
            ["district_code"], ["district.code"], name=op.f("fk_settlement_district_code"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name=op.f("fk_settlement_source_id"), ondelete="SET NULL"
        ),
    )  # fmt: skip
    op.create_index(op.f("ix_settlement_district_code"), "settlement", ["district_code"])
    op.create_index("ix_settlement_geom", "settlement", ["geom"], postgresql_using="gist")
    for event, transition in (("INSERT", "NEW"), ("UPDATE", "NEW"), ("DELETE", "OLD")):
        op.execute(
            f"CREATE TRIGGER settlement_{event.lower()}_bump AFTER {event} ON settlement "
            f"REFERENCING {transition} TABLE AS changed "
            f"FOR EACH STATEMENT EXECUTE FUNCTION bump_data_version('{LAYER}')"
        )
    op.execute(
        "CREATE TRIGGER settlement_truncate_bump AFTER TRUNCATE ON settlement "
        f"FOR EACH STATEMENT EXECUTE FUNCTION bump_data_version_all('{LAYER}')"
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table("settlement")
