"""Keep what a load replaces, so that it can be undone; note which import a change belongs to, and changes of plans."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

KEYS = {"candidate": "id", "scenario": "id", "tour_place": "id", "tour_plan": "id", "data_import": "id"}
"""More tables whose changes are noted, with the columns of their keys."""

HIDDEN = {
    "tour_plan": "facts,content,link_digest,job_id,changed_at,changed_by",
    "data_import": "kept,district_before,options,header",
}
"""Columns that are never noted: secrets, and what is too large to keep twice."""

RECORD = """
CREATE OR REPLACE FUNCTION record_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  hidden text[] := string_to_array(TG_ARGV[1], ',');
  old_row jsonb;
  new_row jsonb;
  it jsonb;
  place_of record;
BEGIN
  IF TG_OP <> 'INSERT' THEN old_row := to_jsonb(OLD) - hidden; END IF;
  IF TG_OP <> 'DELETE' THEN new_row := to_jsonb(NEW) - hidden; END IF;
  IF TG_OP = 'UPDATE' AND old_row - 'row_version' = new_row - 'row_version' THEN RETURN NULL; END IF;
  it := coalesce(new_row, old_row);
  SELECT NULL::text AS name, NULL::text AS region_code INTO place_of;
  IF it ? 'place_id' THEN
    SELECT name, region_code INTO place_of FROM place WHERE id = (it->>'place_id')::bigint;
  ELSIF it ? 'function_id' THEN
    SELECT p.name, p.region_code INTO place_of
    FROM place_function f JOIN place p ON p.id = f.place_id WHERE f.id = (it->>'function_id')::bigint;
  END IF;
  INSERT INTO change (batch, account_id, actor, district_code, town_code, table_name, row_key, label, action, before,
                      after, why, import_id)
  VALUES (
    pg_current_xact_id()::text::bigint,
    nullif(current_setting('fuchun.account', true), '')::bigint,
    nullif(current_setting('fuchun.actor', true), ''),
    CASE TG_TABLE_NAME WHEN 'district' THEN it->>'code' ELSE it->>'district_code' END,
    coalesce(it->>'region_code', it->>'town_code', place_of.region_code),
    TG_TABLE_NAME,
    (SELECT jsonb_object_agg(key, it->key) FROM unnest(string_to_array(TG_ARGV[0], ',')) AS key),
    coalesce(it->>'name', it->>'title', it->>'full_name', it->>'username', place_of.name, it->>'place_code'),
    lower(TG_OP), old_row, new_row, nullif(current_setting('fuchun.why', true), ''),
    nullif(current_setting('fuchun.import', true), '')::bigint
  );
  RETURN NULL;
END $$
"""

BEFORE = (
    RECORD.replace("after, why, import_id)", "after, why)")
    .replace("nullif(current_setting('fuchun.why', true), ''),", "nullif(current_setting('fuchun.why', true), '')")
    .replace("    nullif(current_setting('fuchun.import', true), '')::bigint\n", "")
)
"""The function as it was before this migration."""


def upgrade() -> None:
    """Apply."""
    op.add_column("change", sa.Column("import_id", sa.BigInteger(), nullable=True))
    op.create_index(
        op.f("ix_change_import_id"), "change", ["import_id"], postgresql_where=sa.text("import_id IS NOT NULL")
    )
    op.create_table(
        "data_import",
        sa.Column("id", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("district_code", "what", "name")),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("rows_read", "rows_stored", "rows_rejected")),
        sa.Column("loaded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("kept_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=True),
        sa.Column("header", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("options", JSONB(), nullable=False),
        sa.Column("tables", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("kept", JSONB(), nullable=False),
        sa.Column("district_before", JSONB(), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["district_code"], ["district.code"], name=op.f("fk_data_import_district_code"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_import")),
    )
    op.create_index("ix_data_import_district_code_loaded_at", "data_import", ["district_code", "loaded_at"])
    op.create_table(
        "data_import_part",
        sa.Column("import_id", sa.BigInteger(), nullable=False),
        sa.Column("table_name", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["data_import.id"],
            name=op.f("fk_data_import_part_import_id"),
            ondelete="CASCADE",
            deferrable=True,
            initially="DEFERRED",
        ),
        sa.PrimaryKeyConstraint("import_id", "table_name", "number", name=op.f("pk_data_import_part")),
    )
    op.execute(RECORD)
    for table, key in KEYS.items():
        op.execute(
            f"CREATE TRIGGER {table}_change AFTER INSERT OR UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION record_change('{key}', '{HIDDEN.get(table, '')}')"
        )


def downgrade() -> None:
    """Undo; what was kept of earlier layers is lost."""
    for table in KEYS:
        op.execute(f"DROP TRIGGER {table}_change ON {table}")
    op.execute(BEFORE)
    op.drop_table("data_import_part")
    op.drop_table("data_import")
    op.drop_index(op.f("ix_change_import_id"), "change")
    op.drop_column("change", "import_id")
