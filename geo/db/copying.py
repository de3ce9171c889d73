"""Bulk inserts by COPY inside the session's transaction; triggers count them as one statement."""

from collections.abc import Iterable
from typing import Any

import shapely
from sqlalchemy.orm import Session


def copy_rows(session: Session, target: str, rows: Iterable[tuple[Any, ...]]) -> None:
    """COPY rows into a table inside the session's transaction.

    Parameters
    ----------
    session : Session
    target : str
        Table and columns, such as ``place (code, name)``.
    rows : iterable of tuple
        Values in the order of the columns; a column that is not named gets its default.
    """
    driver_connection = session.connection().connection.driver_connection
    with driver_connection.cursor() as cursor, cursor.copy(f"COPY {target} FROM STDIN") as copy:  # type: ignore[union-attr]
        for row in rows:
            copy.write_row(row)


def ewkb_hex(geometry: Any) -> list[str]:
    """Return geometries (EPSG:4326) as COPY takes them."""
    return list(shapely.to_wkb(shapely.set_srid(geometry, 4326), hex=True, include_srid=True))
