"""Let streets go without asking each node who uses it.

Both ends of an edge were foreign keys: every node that a new load removes looked for its edges among all of them, and
every new edge looked up its nodes twice. The loader cuts nodes and edges from the same ways, and who builds the network
refuses an edge whose node is not there.
"""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_ENDS = ("u", "v")


def upgrade() -> None:
    """Apply."""
    for end in _ENDS:
        op.drop_constraint(f"fk_street_edge_district_code_{end}", "street_edge", type_="foreignkey")


def downgrade() -> None:
    """Undo."""
    for end in _ENDS:
        op.create_foreign_key(
            f"fk_street_edge_district_code_{end}",
            "street_edge",
            "street_node",
            ["district_code", end],
            ["district_code", "id"],
        )
