"""Store places of an OpenStreetMap extract: landmarks, or stand-ins for stations."""

from pathlib import Path

from sqlalchemy.orm import Session

from geo.db.districts import require_outline
from loaders.isolated.parsers import Progress, silent
from loaders.isolated.run import Parse, parse_apart
from loaders.osm_places import OsmPlaces, OsmPlacesContext
from loaders.report import LoadReport, Rejection
from loaders.storing.places import store_places
from loaders.streets import OSM_ATTRIBUTION, OSM_LICENCE


def load_places_from_osm(
    session: Session,
    path: Path,
    *,
    district: str,
    tag: str = "amenity=bank",
    kind: str = "rest_station",
    keep: bool = False,
    is_dry_run: bool = False,
    progress: Progress = silent,
    parse: Parse = parse_apart,
) -> LoadReport:
    """Replace the places of a district by those of an extract that have a tag, in the session's transaction.

    Parameters
    ----------
    session : Session
        The load happens in its transaction.
    path, tag, kind
        See `loaders.osm_places.OsmPlacesContext`.
    district : str
        Code of a district that has boundaries.
    keep : bool
        Leave the other places; those of an earlier load of the same file and tag are replaced all the same.
    is_dry_run : bool
        Check everything and store nothing.

    Raises
    ------
    NotReadyError
        If the district has no outline yet.
    InputError
        If the file cannot be used; nothing is changed then, nor if it has no such place in the district.
    """
    context = OsmPlacesContext(outline=require_outline(session, district), tag=tag, kind=kind)
    parsed: OsmPlaces = parse("osm_places", path, context, progress)
    return store_osm_places(session, path, parsed, context, district=district, keep=keep, is_dry_run=is_dry_run)


def store_osm_places(
    session: Session,
    path: Path,
    parsed: OsmPlaces,
    context: OsmPlacesContext,
    *,
    district: str,
    keep: bool = False,
    is_dry_run: bool = False,
) -> LoadReport:
    """Replace the places of a district by parsed ones; see `load_places_from_osm`."""
    tag, is_stand_in = context.tag, context.kind == "rest_station"
    notes = _notes(parsed)
    if is_stand_in and parsed.places:
        notes.append(_stand_in(tag))
    return store_places(
        session,
        path,
        parsed.places,
        district=district,
        n_read=parsed.n_read,
        rejected=parsed.rejected,
        notes=notes,
        keep=keep,
        is_dry_run=is_dry_run,
        crs="EPSG:4326",
        licence=OSM_LICENCE,
        attribution=OSM_ATTRIBUTION,
        note=str(_stand_in(tag)) if is_stand_in else tag,
    )


def _stand_in(tag: str) -> Rejection:
    return Rejection(
        None, "{tag} of OpenStreetMap stands in for stations; these are not stations of a union", {"tag": tag}
    )


def _notes(parsed: OsmPlaces) -> list[Rejection]:
    notes = []
    if parsed.n_nameless:
        notes.append(
            Rejection(
                None,
                "{count} places have no name in OpenStreetMap; they go by brand, operator or id",
                {"count": parsed.n_nameless},
            )
        )
    if parsed.n_unread_hours:
        notes.append(
            Rejection(
                None,
                "{count} opening hours of OpenStreetMap could not be read and count as unknown",
                {"count": parsed.n_unread_hours},
            )
        )
    return notes
