"""Keep with an entry of the ledger the outline of its gap, who is to do what until when, and two more states.

Entries of earlier versions get the outline of their named place: 150 m around the people of their town within 1,000 m,
which is how far the name of a settlement reached; a circle of 1,000 m where nobody is.
"""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

OUTLINES = """
    UPDATE gap_entry AS entry SET outline = coalesce(
        (SELECT ST_Multi(ST_Buffer(ST_Collect(point.geom)::geography, 150, 'quad_segs=3')::geometry)
         FROM demand_point AS point
         WHERE point.district_code = entry.district_code
           AND point.region_code IS NOT DISTINCT FROM entry.region_code
           AND point.geom && ST_Buffer(entry.geom::geography, 1000)::geometry
           AND ST_DWithin(point.geom::geography, entry.geom::geography, 1000)),
        ST_Multi(ST_Buffer(entry.geom::geography, 1000, 'quad_segs=6')::geometry))
"""

STATES = ("todo", "talking", "approved", "building", "open", "declined")
EARLIER_STATES = ("todo", "talking", "open", "declined")


def upgrade() -> None:
    """Apply."""
    outline = sa.Column("outline", Geometry("MULTIPOLYGON", srid=4326, spatial_index=False), nullable=True)
    op.add_column("gap_entry", outline)
    # A new column is nobody's change: rows keep their version and when they were changed.
    op.execute("ALTER TABLE gap_entry DISABLE TRIGGER USER")
    op.execute(OUTLINES)
    op.execute("ALTER TABLE gap_entry ENABLE TRIGGER USER")
    op.alter_column("gap_entry", "outline", nullable=False)
    op.create_index("ix_gap_entry_outline", "gap_entry", ["outline"], postgresql_using="gist")
    for name in ("office", "progress", "next_step"):
        op.add_column("gap_entry", sa.Column(name, sa.Text(), nullable=True))
    op.add_column("gap_entry", sa.Column("due_on", sa.Date(), nullable=True))
    _allow(STATES)


def downgrade() -> None:
    """Undo."""
    op.execute("UPDATE gap_entry SET state = 'talking' WHERE state IN ('approved', 'building')")
    _allow(EARLIER_STATES)
    op.drop_index("ix_gap_entry_outline", "gap_entry")
    for name in ("due_on", "next_step", "progress", "office", "outline"):
        op.drop_column("gap_entry", name)


def _allow(states: tuple[str, ...]) -> None:
    op.drop_constraint("ck_gap_entry_state", "gap_entry")
    listed = ", ".join(f"'{state}'" for state in states)
    op.execute(f"ALTER TABLE gap_entry ADD CONSTRAINT ck_gap_entry_state CHECK (state IN ({listed}))")
