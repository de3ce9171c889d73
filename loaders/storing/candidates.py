"""Store candidate sites."""

from pathlib import Path

from sqlalchemy.orm import Session

from geo.db.candidates import SOURCE_LAYER, replace_candidates
from geo.db.layers import SourceFacts, require_outline
from loaders.candidates import Candidates
from loaders.isolated.parsers import Progress, silent
from loaders.isolated.run import Parse, parse_apart
from loaders.named_points import NamedPointsContext
from loaders.notes import nothing_stored
from loaders.report import LoadReport, sha256


def load_candidates(
    session: Session,
    path: Path,
    *,
    district: str,
    crs: str = "wgs84",
    is_dry_run: bool = False,
    progress: Progress = silent,
    parse: Parse = parse_apart,
) -> LoadReport:
    """Replace the candidate sites of a district; places of riders stay as they are.

    Raises
    ------
    NotReadyError
        If the district has no outline yet.
    InputError
        If the file cannot be used; nothing is changed then, nor if no row can be used.
    """
    context = NamedPointsContext(outline=require_outline(session, district), crs=crs)
    parsed: Candidates = parse("candidates", path, context, progress)
    return store_candidates(session, path, parsed, district=district, is_dry_run=is_dry_run)


def store_candidates(
    session: Session, path: Path, parsed: Candidates, *, district: str, is_dry_run: bool = False
) -> LoadReport:
    """Replace the candidate sites of a district by parsed ones; see `load_candidates`."""
    notes = list(parsed.notes)
    if not parsed.candidates:
        notes.append(nothing_stored())
    elif not is_dry_run:
        facts = SourceFacts(
            file_name=path.name,
            checksum=sha256(path),
            crs=parsed.crs,
            rows_read=parsed.n_read,
            rows_stored=len(parsed.candidates),
            rows_rejected=len(parsed.rejected),
        )
        replace_candidates(session, district, parsed.candidates, facts)
    return LoadReport(SOURCE_LAYER, path.name, parsed.n_read, len(parsed.candidates), parsed.rejected, notes)
