"""Stations of a register into the store."""

from pathlib import Path

import shapely
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from geo.db.layers import SourceFacts, replace_places, require_outline, retire_sample
from geo.db.tables import Region, Source
from loaders.isolated.parsers import Progress, silent
from loaders.isolated.run import Parse, parse_apart
from loaders.notes import nothing_stored
from loaders.report import LoadReport, sha256
from loaders.stations import Stations, StationsContext
from loaders.storing.earlier import forget_places
from loaders.storing.sample import sample_notes


def load_stations(
    session: Session,
    path: Path,
    *,
    district: str,
    crs: str = "wgs84",
    kind: str = "rest_station",
    keep: bool = False,
    is_dry_run: bool = False,
    progress: Progress = silent,
    parse: Parse = parse_apart,
) -> LoadReport:
    """Replace the places of a district by those of a register, in the session's transaction.

    Parameters
    ----------
    session : Session
        The load happens in its transaction.
    path, crs, kind
        See `loaders.stations.parse_stations`.
    district : str
        Code of a district that has boundaries.
    keep : bool
        Leave the other places; those of an earlier load of a file of this name are replaced all the same.
    is_dry_run : bool
        Check everything and store nothing.

    Raises
    ------
    NotReadyError
        If the district has no outline yet.
    InputError
        If the file cannot be used; nothing is changed then, nor if no row can be used.
    """
    context = StationsContext(
        outline=require_outline(session, district), towns=_drawn_towns(session, district), crs=crs, kind=kind
    )
    parsed: Stations = parse("stations", path, context, progress)
    return store_stations(session, path, parsed, district=district, keep=keep, is_dry_run=is_dry_run)


def store_stations(
    session: Session, path: Path, parsed: Stations, *, district: str, keep: bool = False, is_dry_run: bool = False
) -> LoadReport:
    """Replace the places of a district by parsed ones; see `load_stations`."""
    notes = list(parsed.notes)
    n_stored = len(parsed.places)
    notes += sample_notes(session, district) if n_stored else [nothing_stored()]
    if n_stored and not is_dry_run:
        retire_sample(session, district)
        facts = SourceFacts(
            file_name=path.name,
            checksum=sha256(path),
            crs=parsed.crs,
            rows_read=parsed.n_read,
            rows_stored=n_stored,
            rows_rejected=len(parsed.rejected),
        )
        if keep:
            forget_places(session, district, file_name=path.name, note=None)
        replace_places(session, district, parsed.places, facts, keep=keep)
    return LoadReport("places", path.name, parsed.n_read, n_stored, parsed.rejected, notes)


def _drawn_towns(session: Session, district: str) -> dict[str, shapely.Geometry]:
    """Return the towns by name, none where their boundaries are only schematic."""
    rows = session.execute(
        select(Region.name, func.ST_AsBinary(Region.geom))
        .outerjoin(Source, Source.id == Region.source_id)
        .where(Region.district_code == district, Source.is_schematic.is_not(True))
    )
    return {name: shapely.from_wkb(bytes(wkb)) for name, wkb in rows}
