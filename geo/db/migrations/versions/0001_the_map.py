"""Create the map: districts, layers, and the triggers that count their changes."""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

LAYER_OF_TABLE = {
    "region": "regions",
    "water": "water",
    "street_edge": "streets",
    "street_node": "streets",
    "demand_point": "demand",
    "place": "places",
    "place_function": "places",
    "tour": "tours",
    "tour_day": "tours",
    "tour_stop": "tours",
}
EDITED_BY_PEOPLE = ("region", "place", "place_function", "tour")

# One bump per statement, from transition tables: a COPY of 100,000 edges costs one row update. A district that is being
# deleted (its rows go by cascade) gets no new counter.
BUMP = """
CREATE FUNCTION bump_data_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO data_version (district_code, layer)
  SELECT DISTINCT changed.district_code, TG_ARGV[0]
  FROM changed WHERE EXISTS (SELECT FROM district WHERE code = changed.district_code)
  ORDER BY 1
  ON CONFLICT (district_code, layer)
  DO UPDATE SET version = data_version.version + 1, changed_at = now();
  RETURN NULL;
END $$
"""

BUMP_ALL = """
CREATE FUNCTION bump_data_version_all() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE data_version SET version = version + 1, changed_at = now() WHERE layer = TG_ARGV[0];
  RETURN NULL;
END $$
"""

# Any client's edit counts, so that a form opened before a change made in QGIS is refused as well.
BUMP_ROW = """
CREATE FUNCTION bump_row_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.row_version := OLD.row_version + 1;
  RETURN NEW;
END $$
"""


def create_triggers() -> None:
    """Create the functions and the triggers of every layer."""
    for function in (BUMP, BUMP_ALL, BUMP_ROW):
        op.execute(function)
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


def upgrade() -> None:
    """Apply."""
    op.create_geospatial_table(
        "district",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default="real", nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("timezone", sa.Text(), server_default="Asia/Shanghai", nullable=False),
        sa.Column("calendar", sa.Text(), nullable=True),
        sa.Column(
            "outline",
            Geometry(
                geometry_type="MULTIPOLYGON",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=True,
        ),
        sa.CheckConstraint("status IN ('real', 'sample', 'demo')", name=op.f("ck_district_status")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_district")),
    )
    op.create_geospatial_index(
        "ix_district_outline", "district", ["outline"], unique=False, postgresql_using="gist", postgresql_ops={}
    )
    op.create_table(
        "data_version",
        sa.Column("district_code", sa.Text(), nullable=False),
        sa.Column("layer", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_code"], ["district.code"], name=op.f("fk_data_version_district_code"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("district_code", "layer", name=op.f("pk_data_version")),
    )
    op.create_table(
        "source",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("district_code", sa.Text(), nullable=False),
        sa.Column("layer", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("licence", sa.Text(), nullable=True),
        sa.Column("attribution", sa.Text(), nullable=True),
        sa.Column("checksum", sa.Text(), nullable=True),
        sa.Column("crs", sa.Text(), nullable=True),
        sa.Column("accuracy", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("data_date", sa.Text(), nullable=True),
        sa.Column("is_sample", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("is_schematic", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("loaded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("rows_read", sa.Integer(), nullable=False),
        sa.Column("rows_stored", sa.Integer(), nullable=False),
        sa.Column("rows_rejected", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["district_code"], ["district.code"], name=op.f("fk_source_district_code"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source")),
    )
    op.create_index(op.f("ix_source_district_code"), "source", ["district_code"], unique=False)
    op.create_geospatial_table(
        "street_node",
        sa.Column("district_code", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("tags", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["district_code"], ["district.code"], name=op.f("fk_street_node_district_code"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("district_code", "id", name=op.f("pk_street_node")),
    )
    op.create_geospatial_table(
        "demand_point",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("district_code", sa.Text(), nullable=False),
        sa.Column("source_id", sa.BigInteger(), nullable=True),
        sa.Column("layer", sa.Text(), server_default="residents", nullable=False),
        sa.Column("weight", sa.Double(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.CheckConstraint("weight >= 0", name=op.f("ck_demand_point_weight")),
        sa.ForeignKeyConstraint(
            ["district_code"], ["district.code"], name=op.f("fk_demand_point_district_code"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name=op.f("fk_demand_point_source_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_demand_point")),
    )
    op.create_index("ix_demand_point_district_code_layer", "demand_point", ["district_code", "layer"], unique=False)
    op.create_geospatial_index(
        "ix_demand_point_geom", "demand_point", ["geom"], unique=False, postgresql_using="gist", postgresql_ops={}
    )
    op.create_geospatial_table(
        "place",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("district_code", sa.Text(), nullable=False),
        sa.Column("source_id", sa.BigInteger(), nullable=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), server_default="active", nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("office_phone", sa.Text(), nullable=True),
        sa.Column("host", sa.Text(), nullable=True),
        sa.Column("how_to_get_in", sa.Text(), nullable=True),
        sa.Column("service_contact", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("region_code", sa.Text(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column("row_version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("status IN ('active', 'closed', 'planned')", name=op.f("ck_place_status")),
        sa.ForeignKeyConstraint(
            ["district_code"], ["district.code"], name=op.f("fk_place_district_code"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_place_source_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_place")),
        sa.UniqueConstraint("district_code", "code", name=op.f("uq_place_district_code_code")),
    )
    op.create_geospatial_index(
        "ix_place_geom", "place", ["geom"], unique=False, postgresql_using="gist", postgresql_ops={}
    )
    op.create_geospatial_table(
        "region",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("district_code", sa.Text(), nullable=False),
        sa.Column("source_id", sa.BigInteger(), nullable=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column(
            "seat",
            Geometry(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=True,
        ),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="MULTIPOLYGON",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column("row_version", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(
            ["district_code"], ["district.code"], name=op.f("fk_region_district_code"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_region_source_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_region")),
        sa.UniqueConstraint("district_code", "code", name=op.f("uq_region_district_code_code")),
    )
    op.create_geospatial_index(
        "ix_region_geom", "region", ["geom"], unique=False, postgresql_using="gist", postgresql_ops={}
    )
    op.create_geospatial_table(
        "street_edge",
        sa.Column("district_code", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("source_id", sa.BigInteger(), nullable=True),
        sa.Column("way_id", sa.BigInteger(), nullable=False),
        sa.Column("u", sa.BigInteger(), nullable=False),
        sa.Column("v", sa.BigInteger(), nullable=False),
        sa.Column("length_m", sa.Double(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("tags", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("highway", sa.Text(), sa.Computed("tags->>'highway'", persisted=True), nullable=True),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="LINESTRING",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.CheckConstraint("length_m > 0", name=op.f("ck_street_edge_length")),
        sa.ForeignKeyConstraint(
            ["district_code", "u"],
            ["street_node.district_code", "street_node.id"],
            name=op.f("fk_street_edge_district_code_u"),
        ),
        sa.ForeignKeyConstraint(
            ["district_code", "v"],
            ["street_node.district_code", "street_node.id"],
            name=op.f("fk_street_edge_district_code_v"),
        ),
        sa.ForeignKeyConstraint(
            ["district_code"], ["district.code"], name=op.f("fk_street_edge_district_code"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name=op.f("fk_street_edge_source_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("district_code", "id", name=op.f("pk_street_edge")),
    )
    op.create_geospatial_index(
        "ix_street_edge_geom", "street_edge", ["geom"], unique=False, postgresql_using="gist", postgresql_ops={}
    )
    op.create_table(
        "tour",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("district_code", sa.Text(), nullable=False),
        sa.Column("source_id", sa.BigInteger(), nullable=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=True),
        sa.Column("row_version", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(
            ["district_code"], ["district.code"], name=op.f("fk_tour_district_code"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_tour_source_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tour")),
        sa.UniqueConstraint("district_code", "code", name=op.f("uq_tour_district_code_code")),
    )
    op.create_geospatial_table(
        "water",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("district_code", sa.Text(), nullable=False),
        sa.Column("source_id", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="MULTIPOLYGON",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["district_code"], ["district.code"], name=op.f("fk_water_district_code"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_water_source_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_water")),
    )
    op.create_index(op.f("ix_water_district_code"), "water", ["district_code"], unique=False)
    op.create_geospatial_index(
        "ix_water_geom", "water", ["geom"], unique=False, postgresql_using="gist", postgresql_ops={}
    )
    op.create_table(
        "place_function",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("district_code", sa.Text(), nullable=False),
        sa.Column("place_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("klass", sa.Text(), nullable=True),
        sa.Column("hours", sa.Text(), nullable=True),
        sa.Column("hours_posted", sa.Text(), nullable=True),
        sa.Column("services", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("row_version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "kind IN ('rest_station', 'service_centre', 'nursing_room', 'childcare', 'culture_palace', 'base', 'sight', 'landmark')",
            name=op.f("ck_place_function_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["district_code"], ["district.code"], name=op.f("fk_place_function_district_code"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["place_id"], ["place.id"], name=op.f("fk_place_function_place_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_place_function")),
        sa.UniqueConstraint("place_id", "kind", name=op.f("uq_place_function_place_id_kind")),
    )
    op.create_index("ix_place_function_district_code_kind", "place_function", ["district_code", "kind"], unique=False)
    op.create_table(
        "tour_day",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("district_code", sa.Text(), nullable=False),
        sa.Column("tour_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("start", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_code"], ["district.code"], name=op.f("fk_tour_day_district_code"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["tour_id"], ["tour.id"], name=op.f("fk_tour_day_tour_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tour_day")),
        sa.UniqueConstraint("tour_id", "number", name=op.f("uq_tour_day_tour_id_number")),
    )
    op.create_geospatial_table(
        "tour_stop",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("district_code", sa.Text(), nullable=False),
        sa.Column("day_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("place_code", sa.Text(), nullable=True),
        sa.Column("stay_min", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["day_id"], ["tour_day.id"], name=op.f("fk_tour_stop_day_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["district_code"], ["district.code"], name=op.f("fk_tour_stop_district_code"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tour_stop")),
        sa.UniqueConstraint("day_id", "number", name=op.f("uq_tour_stop_day_id_number")),
    )
    create_triggers()


def downgrade() -> None:
    """Undo."""
    op.drop_geospatial_table("tour_stop")
    op.drop_table("tour_day")
    op.drop_index("ix_place_function_district_code_kind", table_name="place_function")
    op.drop_table("place_function")
    op.drop_geospatial_index("ix_water_geom", table_name="water", postgresql_using="gist", column_name="geom")
    op.drop_index(op.f("ix_water_district_code"), table_name="water")
    op.drop_geospatial_table("water")
    op.drop_table("tour")
    op.drop_geospatial_index(
        "ix_street_edge_geom", table_name="street_edge", postgresql_using="gist", column_name="geom"
    )
    op.drop_geospatial_table("street_edge")
    op.drop_geospatial_index("ix_region_geom", table_name="region", postgresql_using="gist", column_name="geom")
    op.drop_geospatial_table("region")
    op.drop_geospatial_index("ix_place_geom", table_name="place", postgresql_using="gist", column_name="geom")
    op.drop_geospatial_table("place")
    op.drop_geospatial_index(
        "ix_demand_point_geom", table_name="demand_point", postgresql_using="gist", column_name="geom"
    )
    op.drop_index("ix_demand_point_district_code_layer", table_name="demand_point")
    op.drop_geospatial_table("demand_point")
    op.drop_geospatial_table("street_node")
    op.drop_index(op.f("ix_source_district_code"), table_name="source")
    op.drop_table("source")
    op.drop_table("data_version")
    op.drop_geospatial_index(
        "ix_district_outline", table_name="district", postgresql_using="gist", column_name="outline"
    )
    op.drop_geospatial_table("district")
    for function in ("bump_row_version", "bump_data_version_all", "bump_data_version"):
        op.execute(f"DROP FUNCTION {function}()")
