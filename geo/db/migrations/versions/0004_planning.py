"""Create what planners draw, load and decide: hotspots, key areas, town totals, visits, weights, the ledger of gaps."""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

LAYER_OF_TABLE = {"key_area": "areas", "layer_weight": "weights"}
EDITED_BY_PEOPLE = ("layer_weight", "hotspot", "key_area", "gap_entry")

# Whoever draws (this program, psql, QGIS), the demand follows in the same transaction. An area is shared out evenly
# over the middles of squares of about 100 m, in degrees stretched to the latitude, else over one point inside it.
SPREAD = """
CREATE FUNCTION spread_hotspot() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  stretch float8 := greatest(cos(radians(ST_YMin(NEW.geom))), 0.01);
BEGIN
  IF TG_OP = 'UPDATE' THEN
    DELETE FROM demand_point WHERE hotspot_id = OLD.id;
  END IF;
  WITH square AS (
    SELECT ST_Scale(ST_Centroid(grid.geom), 1 / stretch, 1) AS geom
    FROM ST_SquareGrid(0.0009, ST_Scale(NEW.geom, stretch, 1)) AS grid
    WHERE GeometryType(NEW.geom) = 'POLYGON'
  ), inside AS (
    SELECT geom FROM square WHERE ST_Intersects(NEW.geom, geom)
  ), spot AS (
    SELECT geom FROM inside
    UNION ALL
    SELECT ST_PointOnSurface(NEW.geom) WHERE NOT EXISTS (SELECT FROM inside)
  )
  INSERT INTO demand_point (district_code, hotspot_id, layer, weight, region_code, geom)
  SELECT NEW.district_code, NEW.id, NEW.layer, NEW.weight / count(*) OVER (),
    (SELECT code FROM region
     WHERE region.district_code = NEW.district_code AND ST_Intersects(region.geom, spot.geom) ORDER BY code LIMIT 1),
    spot.geom
  FROM spot;
  RETURN NULL;
END $$
"""


def geometry(kind: str) -> Geometry:
    """Return the type of a geometry column, EPSG:4326; its index is made apart."""
    return Geometry(
        geometry_type=kind, srid=4326, dimension=2, spatial_index=False, from_text="ST_GeomFromEWKT", name="geometry",
        nullable=False,
    )  # fmt: skip


def columns(table: str) -> list[sa.schema.SchemaItem]:
    """Return key and district of a table, with their constraints."""
    return [
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("district_code", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.ForeignKeyConstraint(
            ["district_code"], ["district.code"], name=op.f(f"fk_{table}_district_code"), ondelete="CASCADE"
        ),
    ]


def source_columns(table: str) -> list[sa.schema.SchemaItem]:
    """Return the reference to the file a row came from."""
    return [
        sa.Column("source_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f(f"fk_{table}_source_id"), ondelete="SET NULL"),
    ]


def moment(name: str) -> sa.Column[object]:
    """Return a column that holds when a row was written."""
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False)


def create_tables() -> None:
    """Create the tables."""
    op.create_table(
        "layer_weight",
        sa.Column("district_code", sa.Text(), nullable=False),
        sa.Column("layer", sa.Text(), nullable=False),
        sa.Column("weight", sa.Double(), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        moment("changed_at"),
        sa.Column("row_version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "layer IN ('residents', 'riders', 'workers', 'hotspots')", name=op.f("ck_layer_weight_layer")
        ),
        sa.CheckConstraint("weight >= 0 AND weight <= 1000", name=op.f("ck_layer_weight_weight")),
        sa.ForeignKeyConstraint(
            ["district_code"], ["district.code"], name=op.f("fk_layer_weight_district_code"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("district_code", "layer", name=op.f("pk_layer_weight")),
    )
    op.create_table(
        "hotspot",
        *columns("hotspot"),
        sa.Column("layer", sa.Text(), server_default="riders", nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("weight", sa.Double(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("created_by", sa.Text(), nullable=False),
        moment("created_at"),
        sa.Column("changed_by", sa.Text(), nullable=False),
        moment("changed_at"),
        sa.Column("geom", geometry("GEOMETRY"), nullable=False),
        sa.Column("row_version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("layer IN ('residents', 'riders', 'workers')", name=op.f("ck_hotspot_layer")),
        sa.CheckConstraint("weight > 0", name=op.f("ck_hotspot_weight")),
        sa.CheckConstraint(
            "GeometryType(geom) IN ('POINT', 'POLYGON') AND NOT ST_IsEmpty(geom)", name=op.f("ck_hotspot_geom")
        ),
    )
    op.create_table(
        "key_area",
        *columns("key_area"),
        *source_columns("key_area"),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("changed_by", sa.Text(), nullable=True),
        moment("changed_at"),
        sa.Column("geom", geometry("MULTIPOLYGON"), nullable=False),
        sa.Column("row_version", sa.Integer(), server_default="1", nullable=False),
        sa.UniqueConstraint("district_code", "code", name=op.f("uq_key_area_district_code_code")),
    )
    op.create_table(
        "town_total",
        *columns("town_total"),
        *source_columns("town_total"),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("kind_text", sa.Text(), nullable=True),
        sa.Column("counted_on", sa.Text(), server_default="", nullable=False),
        sa.Column("people", sa.Double(), nullable=False),
        sa.CheckConstraint("kind IN ('census', 'resident', 'registration', 'other')", name=op.f("ck_town_total_kind")),
        sa.CheckConstraint("people >= 0", name=op.f("ck_town_total_people")),
        sa.UniqueConstraint(
            "district_code", "code", "kind", "counted_on", name=op.f("uq_town_total_district_code_code_kind_counted_on")
        ),
    )
    op.create_table(
        "visit",
        *columns("visit"),
        *source_columns("visit"),
        sa.Column("place_code", sa.Text(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("visits", sa.Integer(), nullable=False),
        sa.CheckConstraint("visits >= 0", name=op.f("ck_visit_visits")),
        sa.CheckConstraint("extract(day FROM month) = 1", name=op.f("ck_visit_month")),
        sa.UniqueConstraint(
            "district_code", "place_code", "month", name=op.f("uq_visit_district_code_place_code_month")
        ),
    )
    op.create_table(
        "gap_entry",
        *columns("gap_entry"),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=True),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("minutes", sa.Double(), nullable=False),
        sa.Column("services", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("demand_layer", sa.Text(), nullable=True),
        sa.Column("promised", sa.Double(), nullable=False),
        sa.Column("unit", sa.Text(), server_default="people", nullable=False),
        sa.Column("cause", sa.Text(), nullable=True),
        sa.Column("is_sample", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("state", sa.Text(), server_default="todo", nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("station_code", sa.Text(), nullable=True),
        sa.Column("measured", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("created_by", sa.Text(), nullable=False),
        moment("created_at"),
        moment("changed_at"),
        sa.Column("geom", geometry("POINT"), nullable=False),
        sa.Column("row_version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("state IN ('todo', 'talking', 'open', 'declined')", name=op.f("ck_gap_entry_state")),
        sa.CheckConstraint("state <> 'declined' OR reason IS NOT NULL", name=op.f("ck_gap_entry_reason")),
        sa.CheckConstraint(
            "state <> 'open' OR (station_code IS NOT NULL AND measured IS NOT NULL)", name=op.f("ck_gap_entry_opened")
        ),
        sa.CheckConstraint("promised >= 0", name=op.f("ck_gap_entry_promised")),
    )
    op.create_table(
        "gap_note",
        *columns("gap_note"),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("written_by", sa.Text(), nullable=False),
        moment("written_at"),
        sa.ForeignKeyConstraint(["entry_id"], ["gap_entry.id"], name=op.f("fk_gap_note_entry_id"), ondelete="CASCADE"),
    )


def upgrade() -> None:
    """Apply."""
    create_tables()
    for table in ("hotspot", "key_area", "gap_entry"):
        op.create_index(f"ix_{table}_geom", table, ["geom"], postgresql_using="gist")
    op.create_index("ix_hotspot_district_code", "hotspot", ["district_code"])
    op.create_index("ix_gap_entry_district_code_state", "gap_entry", ["district_code", "state"])
    op.create_index("ix_gap_note_entry_id", "gap_note", ["entry_id"])
    op.add_column("source", sa.Column("sums", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.add_column("source", sa.Column("is_proxy", sa.Boolean(), server_default="false", nullable=False))
    op.add_column("demand_point", sa.Column("hotspot_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        "fk_demand_point_hotspot_id", "demand_point", "hotspot", ["hotspot_id"], ["id"], ondelete="CASCADE"
    )
    op.create_index("ix_demand_point_hotspot_id", "demand_point", ["hotspot_id"])
    op.execute(SPREAD)
    op.execute("CREATE TRIGGER hotspot_drawn AFTER INSERT ON hotspot FOR EACH ROW EXECUTE FUNCTION spread_hotspot()")
    # A new note or name moves nobody, and must not have the costs of the demand searched again.
    op.execute(
        "CREATE TRIGGER hotspot_redrawn AFTER UPDATE ON hotspot FOR EACH ROW "
        "WHEN ((OLD.district_code, OLD.layer, OLD.weight, OLD.geom) IS DISTINCT FROM "
        "(NEW.district_code, NEW.layer, NEW.weight, NEW.geom)) EXECUTE FUNCTION spread_hotspot()"
    )
    for table, layer in LAYER_OF_TABLE.items():
        for event, transition in (("INSERT", "NEW"), ("UPDATE", "NEW"), ("DELETE", "OLD")):
            op.execute(
                f"CREATE TRIGGER {table}_{event.lower()}_bump AFTER {event} ON {table} "
                f"REFERENCING {transition} TABLE AS changed "
                f"FOR EACH STATEMENT EXECUTE FUNCTION bump_data_version('{layer}')"
            )
        op.execute(
            f"CREATE TRIGGER {table}_truncate_bump AFTER TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION bump_data_version_all('{layer}')"
        )
    for table in EDITED_BY_PEOPLE:
        op.execute(
            f"CREATE TRIGGER {table}_row_version BEFORE UPDATE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION bump_row_version()"
        )


def downgrade() -> None:
    """Undo."""
    # Rows that hotspots made would be left behind as people whom nobody loaded.
    op.execute("DELETE FROM demand_point WHERE hotspot_id IS NOT NULL")
    op.drop_column("demand_point", "hotspot_id")
    op.drop_column("source", "is_proxy")
    op.drop_column("source", "sums")
    for table in ("gap_note", "gap_entry", "visit", "town_total", "key_area", "hotspot", "layer_weight"):
        op.drop_table(table)
    op.execute("DROP FUNCTION spread_hotspot()")
    op.execute("DELETE FROM data_version WHERE layer IN ('areas', 'weights')")
