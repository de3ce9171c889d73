"""Store visits per station and month."""

from datetime import date
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from geo.db.layers import SourceFacts
from geo.db.tables import Place, PlaceFunction
from geo.db.visits import SOURCE_LAYER, replace_visits
from loaders.isolated.parsers import Progress, silent
from loaders.isolated.run import Parse, parse_apart
from loaders.notes import nothing_stored
from loaders.report import LoadReport, Rejection, sha256
from loaders.visits import Visits, VisitsContext


def load_visits(
    session: Session,
    path: Path,
    *,
    district: str,
    today: date,
    is_dry_run: bool = False,
    progress: Progress = silent,
    parse: Parse = parse_apart,
) -> LoadReport:
    """Store the visits of a file, in the session's transaction; other months and stations stay as they are.

    Raises
    ------
    InputError
        If the file cannot be used; nothing is changed then, nor if no row can be used.
    """
    stations = {
        row.code: row.name
        for row in session.execute(
            select(Place.code, Place.name)
            .join(PlaceFunction, PlaceFunction.place_id == Place.id)
            .where(Place.district_code == district, PlaceFunction.kind == "rest_station")
        )
    }
    parsed: Visits = parse("visits", path, VisitsContext(stations=stations, today=today), progress)
    return store_visits(session, path, parsed, district=district, is_dry_run=is_dry_run)


def store_visits(
    session: Session, path: Path, parsed: Visits, *, district: str, is_dry_run: bool = False
) -> LoadReport:
    """Store parsed visits; see `load_visits`."""
    notes = list(parsed.notes)
    if not parsed.visits:
        notes.append(nothing_stored())
    else:
        months = sorted({each.month for each in parsed.visits})
        notes.append(
            Rejection(
                None,
                "{total} visits of {stations} stations, {first} to {last}",
                {
                    "total": f"{sum(each.visits for each in parsed.visits):,}",
                    "stations": len({each.place_code for each in parsed.visits}),
                    "first": f"{months[0]:%Y-%m}",
                    "last": f"{months[-1]:%Y-%m}",
                },
            )
        )
    if parsed.visits and not is_dry_run:
        facts = SourceFacts(
            file_name=path.name,
            rows_read=parsed.n_read,
            rows_stored=len(parsed.visits),
            rows_rejected=len(parsed.rejected),
            checksum=sha256(path),
            unit="visits",
        )
        replace_visits(session, district, parsed.visits, facts)
    return LoadReport(SOURCE_LAYER, path.name, parsed.n_read, len(parsed.visits), parsed.rejected, notes)
