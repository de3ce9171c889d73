"""The tables of jobs and of the files they were given or have made."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from geo.db.tables import Base, Key, one_of
from webmap.accounts.models import Account

JOB_STATES = ("waiting", "running", "done", "failed", "cancelled")
ACTIVE_STATES = ("waiting", "running")
ENDED_STATES = ("done", "failed", "cancelled")


class Job(Base):
    """Something long that somebody asked for.

    `stage` and `error` are English templates with values, like `GeoError`, so that each reader sees their own language.
    `attempts` counts how often a worker has begun; it names the one whose writes still count. `losses` counts the
    workers that were lost in the middle. Of the jobs with the same `lock` one runs at a time; waiting ones are taken by
    `priority`, the highest first. `heartbeat_at` is when the worker of a running job last said that it is alive.
    """

    __tablename__ = "job"
    __table_args__ = (
        CheckConstraint(one_of("state", JOB_STATES), name="state"),
        CheckConstraint("progress >= 0 AND progress <= 1", name="progress"),
        Index("ix_job_owner_id_created_at", "owner_id", "created_at"),
        Index("ix_job_created_at", "created_at"),
        Index("ix_job_waiting", "priority", "id", postgresql_where=text("state = 'waiting'")),
        Index("uq_job_running_lock", "lock", unique=True, postgresql_where=text("state = 'running'")),
    )

    id: Mapped[Key]
    kind: Mapped[str]
    arguments: Mapped[dict[str, Any]]
    district_code: Mapped[str | None] = mapped_column(ForeignKey("district.code", ondelete="SET NULL"), index=True)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    state: Mapped[str] = mapped_column(server_default="waiting")
    is_cancel_asked: Mapped[bool] = mapped_column(server_default="false")
    progress: Mapped[float] = mapped_column(server_default="0")
    stage: Mapped[str | None]
    stage_values: Mapped[dict[str, Any] | None]
    error: Mapped[str | None]
    error_values: Mapped[dict[str, Any] | None]
    result: Mapped[dict[str, Any] | None]
    attempts: Mapped[int] = mapped_column(server_default="0")
    losses: Mapped[int] = mapped_column(server_default="0")
    lock: Mapped[str]
    priority: Mapped[int] = mapped_column(server_default="0")
    heartbeat_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    owner: Mapped[Account | None] = relationship()
    files: Mapped[list["JobFile"]] = relationship(passive_deletes=True, order_by="JobFile.id")

    @property
    def is_active(self) -> bool:
        """Whether it waits or runs."""
        return self.state in ACTIVE_STATES


class JobFile(Base):
    """A file of a job: what was sent along with it (`is_upload`) or what it made.

    It is stored in the database, not on a disk: the worker may be another machine than the one that serves the page.
    """

    __tablename__ = "job_file"
    __table_args__ = (UniqueConstraint("job_id", "name"),)

    id: Mapped[Key]
    job_id: Mapped[int] = mapped_column(ForeignKey("job.id", ondelete="CASCADE"))
    name: Mapped[str]
    is_upload: Mapped[bool] = mapped_column(server_default="false")
    size: Mapped[int] = mapped_column(BigInteger)
    checksum: Mapped[str]


class JobFilePart(Base):
    """A piece of a file, in the order of `number` from 0."""

    __tablename__ = "job_file_part"

    file_id: Mapped[int] = mapped_column(ForeignKey("job_file.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)
