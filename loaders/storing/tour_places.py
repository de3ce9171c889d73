"""Store places of tours."""

from pathlib import Path

from sqlalchemy.orm import Session

from geo.db.districts import require_outline
from geo.db.layers import SourceFacts
from geo.db.tour_places import SOURCE_LAYER, read_tour_places, replace_tour_places
from loaders.extract_names import SUFFIXES
from loaders.isolated.parsers import Progress, silent
from loaders.isolated.run import Parse, parse_apart
from loaders.named_points import NamedPointsContext
from loaders.notes import nothing_stored
from loaders.osm_tour_places import OsmTourPlaces, OsmTourPlacesContext
from loaders.report import LoadReport, Rejection, sha256
from loaders.streets import OSM_ATTRIBUTION, OSM_LICENCE
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

    Those of an OpenStreetMap extract are added to what is there: a place that is known already stays as it is, for
    somebody may have entered what OpenStreetMap does not know.

    Raises
    ------
    NotReadyError
        If the district has no outline yet.
    InputError
        If the file cannot be used; nothing is changed then, nor if no row can be used.
    """
    if path.name.lower().endswith(SUFFIXES):
        return _add_from_osm(session, path, district=district, is_dry_run=is_dry_run, progress=progress, parse=parse)
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


def _add_from_osm(
    session: Session, path: Path, *, district: str, is_dry_run: bool, progress: Progress, parse: Parse
) -> LoadReport:
    context = OsmTourPlacesContext(outline=require_outline(session, district))
    parsed: OsmTourPlaces = parse("osm_tour_places", path, context, progress)
    notes = list(parsed.notes)
    known = {place.code for place in read_tour_places(session, district)}
    new = [place for place in parsed.places if place.code not in known]
    if n_known := len(parsed.places) - len(new):
        notes.append(Rejection(None, "{count} places are there already and stay as they are", {"count": n_known}))
    if not parsed.places:
        notes.append(nothing_stored())
    elif not is_dry_run:
        facts = SourceFacts(
            file_name=path.name,
            checksum=sha256(path),
            crs="EPSG:4326",
            rows_read=parsed.n_read,
            rows_stored=len(parsed.places),
            rows_rejected=len(parsed.rejected),
            is_sample=False,
            licence=OSM_LICENCE,
            attribution=OSM_ATTRIBUTION,
        )
        replace_tour_places(session, district, new, facts, keep=True)
    return LoadReport(SOURCE_LAYER, path.name, parsed.n_read, len(parsed.places), parsed.rejected, notes)
