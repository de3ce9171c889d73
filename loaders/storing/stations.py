"""Store stations of a register."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import shapely
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from geo.db.districts import require_outline
from geo.db.tables import Region, Source
from loaders.isolated.parsers import Progress, silent
from loaders.isolated.run import Parse, parse_apart
from loaders.report import LoadReport
from loaders.stations import Stations, StationsContext
from loaders.storing.places import store_places


def load_stations(
    session: Session,
    path: Path,
    *,
    district: str,
    crs: str = "wgs84",
    kind: str = "rest_station",
    keep: bool = False,
    states: Sequence[str] = (),
    sheets: Sequence[str] = (),
    skip: Sequence[str] = (),
    merge: Sequence[str] = (),
    positions: Mapping[str, str] | None = None,
    is_dry_run: bool = False,
    progress: Progress = silent,
    parse: Parse = parse_apart,
) -> LoadReport:
    """Replace the places of a district by those of a register, in the session's transaction.

    Parameters
    ----------
    session : Session
        The load happens in its transaction.
    path, crs, kind, states, sheets, skip, merge, positions
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
        outline=require_outline(session, district),
        towns=_drawn_towns(session, district),
        crs=crs,
        kind=kind,
        states=tuple(states),
        sheets=tuple(sheets),
        skip=tuple(skip),
        merge=tuple(merge),
        positions=dict(positions or {}),
    )
    parsed: Stations = parse("stations", path, context, progress)
    return store_stations(session, path, parsed, district=district, keep=keep, is_dry_run=is_dry_run)


def store_stations(
    session: Session, path: Path, parsed: Stations, *, district: str, keep: bool = False, is_dry_run: bool = False
) -> LoadReport:
    """Replace the places of a district by parsed ones; see `load_stations`."""
    return store_places(
        session,
        path,
        parsed.places,
        district=district,
        n_read=parsed.n_read,
        rejected=parsed.rejected,
        notes=parsed.notes,
        keep=keep,
        is_dry_run=is_dry_run,
        crs=parsed.crs,
        detail=parsed.detail,
    )


def _drawn_towns(session: Session, district: str) -> dict[str, shapely.Geometry]:
    """Return the towns by name, none where their boundaries are only schematic."""
    rows = session.execute(
        select(Region.name, func.ST_AsBinary(Region.geom))
        .outerjoin(Source, Source.id == Region.source_id)
        .where(Region.district_code == district, Source.is_schematic.is_not(True))
    )
    return {name: shapely.from_wkb(bytes(wkb)) for name, wkb in rows}
