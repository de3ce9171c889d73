"""Let districts be hidden and one be the default; give accounts names, limits and login links, and a role that reads."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    for column in ("is_default", "is_hidden"):
        op.add_column("district", sa.Column(column, sa.Boolean(), server_default="false", nullable=False))
    op.create_check_constraint(op.f("ck_district_default"), "district", "NOT (is_default AND is_hidden)")
    op.create_index(
        "uq_district_default", "district", ["is_default"], unique=True, postgresql_where=sa.text("is_default")
    )
    op.add_column("account", sa.Column("full_name", sa.Text(), nullable=True))
    op.add_column("account", sa.Column("last_login_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "login_link",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_login_link_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_login_link")),
        sa.UniqueConstraint("account_id", name=op.f("uq_login_link_account_id")),
    )
    op.create_table(
        "account_district",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("district_code", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_account_district_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["district_code"], ["district.code"], name=op.f("fk_account_district_district_code"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "district_code", name=op.f("pk_account_district")),
    )
    op.create_table(
        "account_town",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("district_code", sa.Text(), nullable=False),
        sa.Column("town_code", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_account_town_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["district_code"], ["district.code"], name=op.f("fk_account_town_district_code"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "district_code", "town_code", name=op.f("pk_account_town")),
    )
    op.execute("INSERT INTO role (name) SELECT 'viewer' WHERE NOT EXISTS (SELECT FROM role WHERE name = 'viewer')")


def downgrade() -> None:
    """Undo; an account that may only read keeps no role."""
    op.execute("DELETE FROM role WHERE name = 'viewer'")
    for table in ("account_town", "account_district", "login_link"):
        op.drop_table(table)
    op.drop_column("account", "last_login_at")
    op.drop_column("account", "full_name")
    op.drop_index("uq_district_default", "district")
    op.drop_constraint(op.f("ck_district_default"), "district")
    for column in ("is_hidden", "is_default"):
        op.drop_column("district", column)
