"""Compare a hotspot's old and new shape as bytes, so that a dump of the store can be read back.

pg_restore and psql read a dump without a search path. There PostgreSQL does not find PostGIS's own operator, by which
``IS DISTINCT FROM`` compares two geometries, and refuses the trigger.
"""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

BY_OPERATOR = "{row}.district_code, {row}.layer, {row}.weight, {row}.geom"
BY_BYTES = "{row}.district_code, {row}.layer, {row}.weight, {row}.geom::bytea"


def upgrade() -> None:
    """Apply."""
    _make_trigger(BY_BYTES)


def downgrade() -> None:
    """Undo."""
    _make_trigger(BY_OPERATOR)


def _make_trigger(columns: str) -> None:
    old, new = columns.format(row="OLD"), columns.format(row="NEW")
    op.execute("DROP TRIGGER hotspot_redrawn ON hotspot")
    op.execute(
        "CREATE TRIGGER hotspot_redrawn AFTER UPDATE ON hotspot FOR EACH ROW "
        f"WHEN (({old}) IS DISTINCT FROM ({new})) EXECUTE FUNCTION spread_hotspot()"
    )
