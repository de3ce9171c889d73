"""Store streets, water and settlements of an OpenStreetMap extract."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from sqlalchemy.orm import Session

from geo.db.districts import require_outline
from geo.db.layers import SourceFacts, replace_streets, replace_water, retire_sample
from geo.db.settlements import replace_settlements
from geo.network.build import build_network
from geo.network.components import Island, find_islands
from geo.network.modes import MODES
from loaders.isolated.parsers import Progress, silent
from loaders.isolated.run import Parse, parse_apart
from loaders.report import LoadReport, Rejection, sha256
from loaders.storing.retired_sample import sample_notes
from loaders.street_layers import StreetLayerContext, parse_class_answers
from loaders.streets import MARGIN_M, OSM_ATTRIBUTION, OSM_LICENCE, StreetFrames, StreetsContext

LAYERS = (".geojson", ".json", ".gpkg", ".shp", ".zip")
"""How files of a bureau's streets end."""
MIN_COVERED = 0.9
"""Share of the district that an extract has to reach over; streets end short of the outline in the mountains."""


def load_streets(
    session: Session,
    path: Path,
    *,
    district: str,
    margin_m: float = MARGIN_M,
    crs: str | None = None,
    class_field: str | None = None,
    classes: Sequence[str] = (),
    is_dry_run: bool = False,
    progress: Progress = silent,
    parse: Parse = parse_apart,
) -> LoadReport:
    """Replace the district's streets, water and named settlements by those of an extract, in the session's transaction.

    Of a layer of a bureau only the streets are replaced: it has neither water nor settlements.

    Parameters
    ----------
    session : Session
    path : Path
    district : str
    margin_m : float
    crs, class_field, classes
        Of a layer of lines: see `loaders.street_layers`.
    is_dry_run : bool
        Check everything and store nothing.

    Raises
    ------
    NotReadyError
        If the district has no outline yet.
    InputError
        If the file cannot be used; nothing is changed then.
    """
    outline = require_outline(session, district)
    frames: StreetFrames
    if path.name.lower().endswith(LAYERS):
        context = StreetLayerContext(
            clip=outline, margin_m=margin_m, crs=crs, class_field=class_field, classes=parse_class_answers(classes)
        )
        frames = parse("street_layer", path, context, progress)
    else:
        frames = parse("streets", path, StreetsContext(clip=outline, margin_m=margin_m), progress)
    return store_streets(session, path, frames, district=district, is_dry_run=is_dry_run, progress=progress)


def store_streets(
    session: Session,
    path: Path,
    frames: StreetFrames,
    *,
    district: str,
    is_dry_run: bool = False,
    progress: Progress = silent,
) -> LoadReport:
    """Replace the streets, water and settlements of a district by parsed ones; see `load_streets`."""
    n_stored = frames.n_way - len(frames.rejected)
    notes = [*frames.notes, *sample_notes(session, district)]
    if frames.n_outside:
        notes.append(
            Rejection(
                None,
                "{count} ways of the file lie outside the district and its margin and are not needed",
                {"count": frames.n_outside},
            )
        )
    if frames.covered < MIN_COVERED:
        notes.append(
            Rejection(
                None,
                "the extract covers {share} of the district only: streets are missing in the rest; fetch one of the "
                "whole province",
                {"share": f"{frames.covered:.0%}"},
            )
        )
    if frames.n_conditional:
        notes.append(
            Rejection(
                None,
                "{count} streets have rules for some hours or cases only, which are not read: the others hold always",
                {"count": frames.n_conditional},
            )
        )
    if frames.n_timed_gate:
        notes.append(
            Rejection(
                None,
                "{count} gates and barriers open at some hours or in some cases only, which are not read: what is said "
                "of the rest of the time holds always",
                {"count": frames.n_timed_gate},
            )
        )
    if frames.n_turn_conditional:
        notes.append(
            Rejection(
                None,
                "{count} turn restrictions hold at some hours only and are left out: coaches turn there",
                {"count": frames.n_turn_conditional},
            )
        )
    if not is_dry_run:
        retire_sample(session, district)
        facts = SourceFacts(
            file_name=path.name,
            licence=OSM_LICENCE if frames.is_extract else None,
            attribution=OSM_ATTRIBUTION if frames.is_extract else None,
            checksum=sha256(path),
            crs="EPSG:4326",
            rows_read=frames.n_way,
            rows_stored=n_stored,
            rows_rejected=len(frames.rejected),
        )
        progress("storing streets")
        replace_streets(session, district, frames.nodes, frames.edges, facts)
        if frames.is_extract:
            replace_water(session, district, frames.water, facts)
            settlements = frames.settlements
            named = replace(facts, rows_read=len(settlements), rows_stored=len(settlements), rows_rejected=0)
            replace_settlements(session, district, settlements, named)
    progress("looking for streets that are cut off")
    notes += find_cut_off(frames)
    return LoadReport("streets", path.name, frames.n_way, n_stored, frames.rejected, notes, frames.detail)


def find_cut_off(frames: StreetFrames) -> list[Rejection]:
    """Return what a person should know of streets that nobody can be sent to: the islands of each mode."""
    network = build_network(frames.nodes, frames.edges)
    notes = []
    for mode in MODES:
        islands = find_islands(network, mode=mode)
        if gaps := [island for island in islands if island.is_gap]:
            notes.append(
                Rejection(
                    None,
                    "{mode}: {count} groups of streets ({km} km) lie beside others and nothing joins them, the longest "
                    "at {lon}, {lat}; probably a gap in the map: people there start from the other streets",
                    _facts_of(mode, gaps),
                )
            )
        if short := [island for island in islands if not island.is_gap]:
            notes.append(
                Rejection(
                    None,
                    "{mode}: {count} short groups of streets ({km} km) are cut off from the others, the longest at "
                    "{lon}, {lat}; people there start from the others if one is near",
                    _facts_of(mode, short),
                )
            )
    return notes


def _facts_of(mode: str, islands: list[Island]) -> dict[str, object]:
    first = islands[0]
    km = f"{sum(island.length_m for island in islands) / 1000.0:.1f}"
    return {"mode": mode, "count": len(islands), "km": km, "lon": f"{first.lon:.5f}", "lat": f"{first.lat:.5f}"}
