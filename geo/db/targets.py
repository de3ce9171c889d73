"""The target of a year: how many stations a district is to open, and the document that says so."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from geo.db.planner_tables import YearTarget
from geo.db.versioned import stale
from geo.drawing import checked_note
from geo.errors import InputError

MAX_STATIONS = 10_000


@dataclass(frozen=True)
class TargetFacts:
    """The target of a year as it is stored; `version` is to be named by who changes it."""

    year: int
    stations: int
    source: str
    changed_by: str
    changed_at: datetime
    version: int


def get_target(session: Session, district: str, year: int) -> TargetFacts | None:
    """Return the target of a year, None where nobody has entered one."""
    row = session.get(YearTarget, (district, year), populate_existing=True)
    if row is None:
        return None
    return TargetFacts(row.year, row.stations, row.source, row.changed_by, row.changed_at, row.row_version)


def set_target(
    session: Session, district: str, year: int, *, stations: int, source: str, version: int, by: str
) -> None:
    """Enter or change the target of a year; 0 stations remove it.

    Parameters
    ----------
    session : Session
    district : str
    year : int
    stations : int
        To be opened in that year.
    source : str
        The document that sets the target.
    version : int
        Of the target that the change is based on; 0: there was none.
    by : str
        Who changes it.

    Raises
    ------
    InputError
        There is no source, or the number cannot be.
    StaleError
        Somebody has changed the target since.
    """
    row = session.get(YearTarget, (district, year), populate_existing=True, with_for_update=True)
    if (row.row_version if row else 0) != version:
        raise stale(str(year))
    if stations == 0:
        if row is not None:
            session.delete(row)
            session.flush()
        return
    if not 0 < stations <= MAX_STATIONS:
        raise InputError("A target is a number from 1 to {limit}", limit=MAX_STATIONS)
    named = checked_note(source)
    if named is None:
        raise InputError("Write which document sets the target")
    if row is None:
        row = YearTarget(district_code=district, year=year)
        session.add(row)
    row.stations, row.source, row.changed_by = stations, named, by
    session.flush()
