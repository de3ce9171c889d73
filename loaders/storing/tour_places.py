"""Store places of tours."""

from pathlib import Path

from sqlalchemy.orm import Session

from geo.db.layers import SourceFacts, require_outline
from geo.db.tour_places import SOURCE_LAYER, replace_tour_places
from loaders.isolated.parsers import Progress, silent
from loaders.isolated.run import Parse, parse_apart
from loaders.named_points import NamedPointsContext
from loaders.notes import nothing_stored
from loaders.report import LoadReport, sha256
from loaders.tour_places import TourPlaces


def load_tour_places(
    session: Session,
    path: Path,
    *,
    district: str,
    crs: str = "wgs84",
    keep: bool = False,
    is_sample: bool = False,
    is_dry_run: bool = False,
    progress: Progress = silent,
    parse: Parse = parse_apart,
) -> LoadReport:
    """Replace the places of tours of a district (with `keep` those of the same codes); riders' places stay as they are.

    Raises
    ------
    NotReadyError
        If the district has no outline yet.
    InputError
        If the file cannot be used; nothing is changed then, nor if no row can be used.
    """
    context = NamedPointsContext(outline=require_outline(session, district), crs=crs)
    parsed: TourPlaces = parse("tour_places", path, context, progress)
    notes = list(parsed.notes)
    if not parsed.places:
        notes.append(nothing_stored())
    elif not is_dry_run:
        facts = SourceFacts(
            file_name=path.name,
            checksum=sha256(path),
            crs=parsed.crs,
            rows_read=parsed.n_read,
            rows_stored=len(parsed.places),
            rows_rejected=len(parsed.rejected),
            is_sample=is_sample,
        )
        replace_tour_places(session, district, parsed.places, facts, keep=keep)
    return LoadReport(SOURCE_LAYER, path.name, parsed.n_read, len(parsed.places), parsed.rejected, notes)
