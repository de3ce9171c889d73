"""What the page of a published tour says beside its days, its photos; special days of places of tours, as written."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

LAYER = "tours"
TABLES = ("tour_page", "tour_photo")
RECORDED = {"tour_page": ("id", ""), "tour_photo": ("id", "image")}
"""Tables whose changes are noted: their key, and what is too large to keep twice."""


def _page_table() -> None:
    op.create_table(
        "tour_page",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("district_code", sa.Text(), nullable=False),
        sa.Column("tour_code", sa.Text(), nullable=False),
        sa.Column("story", sa.Text(), nullable=True),
        sa.Column("season", sa.Text(), nullable=True),
        sa.Column("price", sa.Integer(), nullable=True),
        sa.Column("n_unknown_price", sa.Integer(), server_default="0", nullable=False),
        sa.Column("first_day", sa.Date(), nullable=True),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("row_version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("price >= 0 AND n_unknown_price >= 0", name=op.f("ck_tour_page_price")),
        sa.ForeignKeyConstraint(
            ["district_code"], ["district.code"], name=op.f("fk_tour_page_district_code"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tour_page")),
        sa.UniqueConstraint("district_code", "tour_code", name=op.f("uq_tour_page_district_code_tour_code")),
    )
    op.execute(
        "CREATE TRIGGER tour_page_row_version BEFORE UPDATE ON tour_page "
        "FOR EACH ROW EXECUTE FUNCTION bump_row_version()"
    )


def _photo_table() -> None:
    op.create_table(
        "tour_photo",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("district_code", sa.Text(), nullable=False),
        sa.Column("tour_code", sa.Text(), nullable=False),
        sa.Column("image", sa.LargeBinary(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("caption", sa.Text(), nullable=True),
        sa.Column("uploaded_by", sa.Text(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_code"], ["district.code"], name=op.f("fk_tour_photo_district_code"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tour_photo")),
    )
    op.create_index("ix_tour_photo_district_code_tour_code", "tour_photo", ["district_code", "tour_code"])


def upgrade() -> None:
    """Apply."""
    _page_table()
    _photo_table()
    op.add_column("tour_place", sa.Column("special_posted", sa.Text(), nullable=True))
    for table in TABLES:
        for event, transition in (("INSERT", "NEW"), ("UPDATE", "NEW"), ("DELETE", "OLD")):
            op.execute(
                f"CREATE TRIGGER {table}_{event.lower()}_bump AFTER {event} ON {table} "
                f"REFERENCING {transition} TABLE AS changed "
                f"FOR EACH STATEMENT EXECUTE FUNCTION bump_data_version('{LAYER}')"
            )
        op.execute(
            f"CREATE TRIGGER {table}_truncate_bump AFTER TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION bump_data_version_all('{LAYER}')"
        )
    for table, (keys, hidden) in RECORDED.items():
        op.execute(
            f"CREATE TRIGGER {table}_change AFTER INSERT OR UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION record_change('{keys}', '{hidden}')"
        )


def downgrade() -> None:
    """Undo."""
    op.drop_column("tour_place", "special_posted")
    for table in reversed(TABLES):
        op.drop_table(table)
