"""Make the jobs their own queue, and drop the queue of the library that handed them to workers.

Stores of earlier versions have the objects of procrastinate 3.10 beside `job`, and `job.queue_id` refers to them. Waiting
jobs stay; those that were running wait again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

TABLES = ("procrastinate_events", "procrastinate_periodic_defers", "procrastinate_jobs", "procrastinate_workers")
"""Each before those that it refers to."""

FUNCTIONS = (
    "procrastinate_cancel_job_v1",
    "procrastinate_defer_jobs_v1",
    "procrastinate_defer_periodic_job_v2",
    "procrastinate_fetch_job_v2",
    "procrastinate_finish_job_v1",
    "procrastinate_notify_queue_abort_job_v1",
    "procrastinate_notify_queue_job_inserted_v1",
    "procrastinate_prune_stalled_workers_v1",
    "procrastinate_register_worker_v1",
    "procrastinate_retry_job_v1",
    "procrastinate_retry_job_v2",
    "procrastinate_trigger_abort_requested_events_procedure_v1",
    "procrastinate_trigger_function_scheduled_events_v1",
    "procrastinate_trigger_function_status_events_insert_v1",
    "procrastinate_trigger_function_status_events_update_v1",
    "procrastinate_unlink_periodic_defers_v1",
    "procrastinate_unregister_worker_v1",
    "procrastinate_update_heartbeat_v1",
)

TYPES = ("procrastinate_job_to_defer_v1", "procrastinate_job_event_type", "procrastinate_job_status")


def upgrade() -> None:
    """Apply."""
    columns = {column["name"] for column in sa.inspect(op.get_bind()).get_columns("job")}
    # Only a store that an earlier version made has this column: elsewhere such objects are somebody else's.
    if "queue_id" in columns:
        _drop_procrastinate()
        op.drop_column("job", "queue_id")
    op.add_column("job", sa.Column("lock", sa.Text(), nullable=True))
    op.add_column("job", sa.Column("priority", sa.Integer(), server_default="0", nullable=False))
    op.add_column("job", sa.Column("heartbeat_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("""
        UPDATE job SET state = 'waiting', progress = 0, stage = NULL, stage_values = NULL WHERE state = 'running'
    """)
    op.execute("""
        UPDATE job SET lock = CASE kind
            WHEN 'load' THEN 'writes ' || coalesce(district_code, '')
            ELSE 'asked by ' || coalesce(owner_id::text, '')
        END
    """)
    op.execute("""
        UPDATE job SET priority = 1 - place.number
        FROM (SELECT id, row_number() OVER (PARTITION BY owner_id ORDER BY id) AS number
              FROM job WHERE state = 'waiting') AS place
        WHERE place.id = job.id
    """)
    op.alter_column("job", "lock", nullable=False)
    waiting, running = sa.text("state = 'waiting'"), sa.text("state = 'running'")
    op.create_index("ix_job_waiting", "job", ["priority", "id"], postgresql_where=waiting)
    op.create_index("uq_job_running_lock", "job", ["lock"], unique=True, postgresql_where=running)


def _drop_procrastinate() -> None:
    # Functions that take or return rows of a table come before it, those that its triggers call after it.
    _drop_functions("pg_get_function_result(oid) <> 'trigger'")
    for table in TABLES:
        op.execute(f"DROP TABLE IF EXISTS {table}")
    _drop_functions("true")
    for kind in TYPES:
        op.execute(f"DROP TYPE IF EXISTS {kind}")


def _drop_functions(condition: str) -> None:
    names = ", ".join(f"'{name}'" for name in FUNCTIONS)
    op.execute(f"""
        DO $$
        DECLARE signature regprocedure;
        BEGIN
            FOR signature IN SELECT oid FROM pg_proc
                WHERE pronamespace = current_schema()::regnamespace AND proname IN ({names}) AND {condition}
            LOOP
                EXECUTE 'DROP ROUTINE ' || signature;
            END LOOP;
        END $$
    """)


def downgrade() -> None:
    """Undo; what an earlier version needs for its queue does not come back."""
    op.drop_index("uq_job_running_lock", "job")
    op.drop_index("ix_job_waiting", "job")
    for column in ("heartbeat_at", "priority", "lock"):
        op.drop_column("job", column)
