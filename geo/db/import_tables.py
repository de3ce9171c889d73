"""Tables of imports: each loaded file, and what its load has replaced, so that it can be undone."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from geo.db.tables import Base, DistrictCode, Key


class DataImport(Base):
    """A load that has stored something, with the layers as they were before it in `DataImportPart`.

    `tables` names what it replaced; `kept` has of each table the columns of its earlier rows and the fingerprint of the
    rows it left; `district_before` is the row of the district. After `kept_until` the earlier rows are removed.
    `header` and `options` say how the file was read: the next one with this header is read so too.
    """

    __tablename__ = "data_import"
    __table_args__ = (Index("ix_data_import_district_code_loaded_at", "district_code", "loaded_at"),)

    id: Mapped[Key]
    district_code: Mapped[DistrictCode]
    what: Mapped[str]
    name: Mapped[str]
    rows_read: Mapped[int]
    rows_stored: Mapped[int]
    rows_rejected: Mapped[int]
    loaded_at: Mapped[datetime] = mapped_column(server_default=func.now())
    kept_until: Mapped[datetime]
    actor: Mapped[str | None]
    header: Mapped[list[str]]
    options: Mapped[dict[str, Any]] = mapped_column(JSONB)
    tables: Mapped[list[str]]
    kept: Mapped[dict[str, Any]] = mapped_column(JSONB)
    district_before: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[str | None]


class DataImportPart(Base):
    """A piece of the earlier rows of one table, compressed, in the order of `number` from 0."""

    __tablename__ = "data_import_part"

    import_id: Mapped[int] = mapped_column(
        BigInteger,
        ForeignKey("data_import.id", ondelete="CASCADE", deferrable=True, initially="DEFERRED"),
        primary_key=True,
    )
    table_name: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)
