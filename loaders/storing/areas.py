"""Store key areas (重点区域)."""

from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from geo.db.areas import SOURCE_LAYER, replace_areas
from geo.db.districts import require_outline
from geo.db.layers import SourceFacts
from geo.db.tables import Region
from loaders.areas import AreasContext, KeyAreas
from loaders.isolated.parsers import Progress, silent
from loaders.isolated.run import Parse, parse_apart
from loaders.notes import nothing_stored
from loaders.report import LoadReport, sha256


def load_areas(
    session: Session,
    path: Path,
    *,
    district: str,
    crs: str | None = None,
    is_dry_run: bool = False,
    progress: Progress = silent,
    parse: Parse = parse_apart,
) -> LoadReport:
    """Replace the loaded key areas of a district; those drawn by hand stay.

    Raises
    ------
    NotReadyError
        If the district has no outline yet.
    InputError
        If the file cannot be used; nothing is changed then, nor if no row can be used.
    """
    outline = require_outline(session, district)
    towns = frozenset(session.scalars(select(Region.code).where(Region.district_code == district)))
    parsed: KeyAreas = parse("areas", path, AreasContext(outline=outline, crs=crs, taken=towns), progress)
    return store_areas(session, path, parsed, district=district, is_dry_run=is_dry_run)


def store_areas(
    session: Session, path: Path, parsed: KeyAreas, *, district: str, is_dry_run: bool = False
) -> LoadReport:
    """Replace the loaded key areas of a district by parsed ones; see `load_areas`."""
    notes = list(parsed.notes)
    if parsed.areas.empty:
        notes.append(nothing_stored())
    elif not is_dry_run:
        facts = SourceFacts(
            file_name=path.name,
            rows_read=parsed.n_read,
            rows_stored=len(parsed.areas),
            rows_rejected=len(parsed.rejected),
            checksum=sha256(path),
            crs=parsed.crs,
        )
        replace_areas(session, district, parsed.areas, facts)
    return LoadReport(SOURCE_LAYER, path.name, parsed.n_read, len(parsed.areas), parsed.rejected, notes)
