"""Those who accompany a departure by sex, for their rooms; what a job finds is no new version of a plan."""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0034"
branch_labels = None
depends_on = None

BY_PEOPLE = ("name", "wish", "job_id", "tour_code", "approval", "changed_by")
"""Columns of a plan that only people change."""


def upgrade() -> None:
    """Apply."""
    for name in ("staff_men", "staff_women"):
        op.add_column("departure", sa.Column(name, sa.Integer(), nullable=True))
    op.create_check_constraint(op.f("ck_departure_staff_sex"), "departure", "staff_men >= 0 AND staff_women >= 0")
    old, new = (", ".join(f"{row}.{name}" for name in BY_PEOPLE) for row in ("OLD", "NEW"))
    op.execute("DROP TRIGGER tour_plan_row_version ON tour_plan")
    # A change by hand takes the job out of the plan; as long as it is the same, only the job has written.
    op.execute(
        "CREATE TRIGGER tour_plan_row_version BEFORE UPDATE ON tour_plan FOR EACH ROW "
        f"WHEN (NEW.job_id IS NULL OR ROW({old}) IS DISTINCT FROM ROW({new})) EXECUTE FUNCTION bump_row_version()"
    )


def downgrade() -> None:
    """Take back."""
    op.execute("DROP TRIGGER tour_plan_row_version ON tour_plan")
    op.execute(
        "CREATE TRIGGER tour_plan_row_version BEFORE UPDATE ON tour_plan "
        "FOR EACH ROW EXECUTE FUNCTION bump_row_version()"
    )
    op.drop_constraint(op.f("ck_departure_staff_sex"), "departure", type_="check")
    for name in ("staff_men", "staff_women"):
        op.drop_column("departure", name)
