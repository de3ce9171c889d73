"""Store candidate sites: those of a table in place of the old ones, those of an OpenStreetMap extract beside them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from geo.db.candidates import MAX_ADDED, SOURCE_LAYER, add_candidates, replace_candidates
from geo.db.districts import require_outline
from geo.db.layers import SourceFacts
from geo.errors import InputError
from geo.records import MAX_TEXT, CandidateRecord
from loaders.candidates import Candidates
from loaders.extract_names import SUFFIXES
from loaders.isolated.parsers import Progress, silent
from loaders.isolated.run import Parse, parse_apart
from loaders.named_points import NamedPointsContext
from loaders.notes import nothing_stored
from loaders.osm_places import OsmPlaces, OsmPlacesContext
from loaders.report import LoadReport, Rejection, sha256

PRESETS = {
    "community_centre": "amenity=community_centre",
    "townhall": "amenity=townhall",
    "library": "amenity=library",
    "post_office": "amenity=post_office",
    "bank": "amenity=bank",
    "convenience": "shop=convenience",
}
"""What is looked for in an extract, by name: hosts of rest stations elsewhere."""
USUAL = ("community_centre", "townhall", "library", "post_office", "bank")
NOTE = "OpenStreetMap"


def load_candidates(
    session: Session,
    path: Path,
    *,
    district: str,
    crs: str = "wgs84",
    presets: Sequence[str] = USUAL,
    is_dry_run: bool = False,
    progress: Progress = silent,
    parse: Parse = parse_apart,
) -> LoadReport:
    """Replace the candidate sites of a district by a table; places of riders stay as they are.

    The places of `PRESETS` in an extract are added beside the candidates there are: nobody has asked them.

    Raises
    ------
    NotReadyError
        If the district has no outline yet.
    InputError
        If the file cannot be used; nothing is changed then, nor if no row can be used.
    """
    if path.name.endswith(SUFFIXES):
        return _load_extract(
            session, path, presets, district=district, is_dry_run=is_dry_run, progress=progress, parse=parse
        )
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


def _load_extract(
    session: Session, path: Path, presets: Sequence[str], *, district: str, is_dry_run: bool, progress: Progress,
    parse: Parse,
) -> LoadReport:  # fmt: skip
    outline = require_outline(session, district)
    found: dict[str, CandidateRecord] = {}
    rejected: list[Rejection] = []
    for preset in presets:
        if preset not in PRESETS:
            raise InputError("{value} is none of {known}", value=preset, known=", ".join(PRESETS))
        context = OsmPlacesContext(outline=outline, tag=PRESETS[preset], kind="service_centre")
        parsed: OsmPlaces = parse("osm_places", path, context, progress)
        rejected += parsed.rejected
        for place in parsed.places:
            found.setdefault(place["code"], _candidate(place))
    chosen = list(found.values())[:MAX_ADDED]
    rejected += [
        Rejection(code, "only the first {most} are added", {"most": MAX_ADDED}) for code in list(found)[MAX_ADDED:]
    ]
    notes: list[Rejection] = []
    if not chosen:
        notes.append(nothing_stored())
    elif not is_dry_run:
        known = len(chosen) - add_candidates(session, district, chosen)
        if known:
            notes.append(Rejection(None, "{count} of them were there already and stay as they are", {"count": known}))
    return LoadReport(SOURCE_LAYER, path.name, len(chosen) + len(rejected), len(chosen), rejected, notes)


def _candidate(place: dict[str, Any]) -> CandidateRecord:
    hours = place["functions"][0]["hours"]
    return CandidateRecord(
        place["code"], place["name"], place["lon"], place["lat"], "candidate", None, NOTE,
        address=(place["address"] or "")[:MAX_TEXT] or None, host=place["host"], hours=hours and hours[:MAX_TEXT],
    )  # fmt: skip
