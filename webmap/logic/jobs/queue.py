"""The queue under the jobs: putting one in and taking it out, in the transaction that writes the job's row.

The worker polls (`worker`), so nothing here depends on LISTEN/NOTIFY or on a session: transaction pooling works.
"""

from functools import cache

from procrastinate import App, PsycopgConnector
from sqlalchemy.orm import Session

TASK = "fuchun-job"
"""Name of the one task in the queue; its argument ``job_id`` is the key of our row."""


@cache
def _queue() -> App:
    """Return the queue of a process that only fills it, over connections that it is given."""
    return App(connector=PsycopgConnector())


def enqueue(session: Session, job_id: int, *, lock: str, priority: int = 0) -> int:
    """Let a worker take a job once `session` is committed, and return the key in the queue.

    Of several jobs with the same `lock` one runs at a time, in the order of their coming; of others that wait, the one
    of the highest `priority` comes first.
    """
    task = _queue().configure_task(TASK, lock=lock, priority=priority, connection=_driver(session))
    return task.defer(job_id=job_id)


def withdraw(session: Session, queue_id: int) -> None:
    """Take a job out of the queue, or ask the worker that has it to stop."""
    manager = _queue().job_manager
    if not manager.cancel_job_by_id(queue_id, delete_job=True, connection=_driver(session)):
        manager.cancel_job_by_id(queue_id, abort=True, connection=_driver(session))


def _driver(session: Session) -> object:
    """Return psycopg's connection under the transaction of `session`."""
    return session.connection().connection.driver_connection
