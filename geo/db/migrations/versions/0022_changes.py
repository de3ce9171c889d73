"""Note every change of what people edit: who, when, the row before and after; the audit log, history and undo in one."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

KEYS = {
    "district": "code",
    "place": "id",
    "place_function": "id",
    "special_day": "id",
    "place_photo": "district_code,place_code",
    "hotspot": "id",
    "key_area": "id",
    "gap_entry": "id",
    "benefit": "id",
    "activity": "id",
    "membership": "district_code",
    "layer_weight": "district_code,layer",
    "account": "id",
    "account_role": "account_id,role_id",
    "account_district": "account_id,district_code",
    "account_town": "account_id,district_code,town_code",
}
"""The tables whose changes are noted, with the columns of their keys."""

HIDDEN = {
    "account": "password,fs_uniquifier,initial_until,last_login_at",
    "district": "outline",
    "place_photo": "image,thumbnail",
    "membership": "picture,image",
}
"""Columns that are never noted: secrets, and what is too large to keep twice."""

# The application may not write the table itself: the function does it with the rights of its owner. Comparing jsonb
# needs no operator of PostGIS, which a restore without a search path would not find.
RECORD = """
CREATE FUNCTION record_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
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
                      after, why)
  VALUES (
    pg_current_xact_id()::text::bigint,
    nullif(current_setting('fuchun.account', true), '')::bigint,
    nullif(current_setting('fuchun.actor', true), ''),
    CASE TG_TABLE_NAME WHEN 'district' THEN it->>'code' ELSE it->>'district_code' END,
    coalesce(it->>'region_code', it->>'town_code', place_of.region_code),
    TG_TABLE_NAME,
    (SELECT jsonb_object_agg(key, it->key) FROM unnest(string_to_array(TG_ARGV[0], ',')) AS key),
    coalesce(it->>'name', it->>'title', it->>'full_name', it->>'username', place_of.name, it->>'place_code'),
    lower(TG_OP), old_row, new_row, nullif(current_setting('fuchun.why', true), '')
  );
  RETURN NULL;
END $$
"""


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "change",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("batch", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        *(sa.Column(name, sa.Text(), nullable=True) for name in ("actor", "district_code", "town_code")),
        sa.Column("table_name", sa.Text(), nullable=False),
        sa.Column("row_key", JSONB(), nullable=False),
        sa.Column("label", sa.Text(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("before", JSONB(), nullable=True),
        sa.Column("after", JSONB(), nullable=True),
        sa.Column("why", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_change")),
    )
    op.create_index("ix_change_district_code_at", "change", ["district_code", "at"])
    op.create_index("ix_change_table_name_row_key", "change", ["table_name", "row_key"])
    op.create_index("ix_change_batch", "change", ["batch"])
    op.execute(RECORD)
    for table, key in KEYS.items():
        op.execute(
            f"CREATE TRIGGER {table}_change AFTER INSERT OR UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION record_change('{key}', '{HIDDEN.get(table, '')}')"
        )


def downgrade() -> None:
    """Undo; what was noted is lost."""
    for table in KEYS:
        op.execute(f"DROP TRIGGER {table}_change ON {table}")
    op.execute("DROP FUNCTION record_change()")
    op.drop_table("change")
