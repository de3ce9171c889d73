"""Store parsed places of a register or an extract: replace the earlier ones, or add to them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from geo.db.layers import SourceFacts, replace_places, retire_sample
from geo.db.tables import Place, Source
from loaders.notes import nothing_stored
from loaders.report import Detail, LoadReport, Rejection, sha256
from loaders.storing.retired_sample import sample_notes


def store_places(
    session: Session,
    path: Path,
    places: list[dict[str, Any]],
    *,
    district: str,
    n_read: int,
    rejected: list[Rejection],
    notes: Sequence[Rejection],
    keep: bool,
    is_dry_run: bool,
    crs: str,
    licence: str | None = None,
    attribution: str | None = None,
    note: str | None = None,
    detail: Detail | None = None,
) -> LoadReport:
    """Replace the places of a district, in the session's transaction.

    Parameters
    ----------
    session : Session
    path : Path
        The file they were read from.
    places : list of dict
        As `geo.db.layers.replace_places` takes them; where there is none, nothing is changed.
    district : str
    n_read : int
    rejected, notes : sequence of Rejection
        What became of the other rows, and what else is to be said.
    keep : bool
        Leave the other places; those that the same source brought before are replaced all the same.
    is_dry_run : bool
        Store nothing.
    crs, licence, attribution, note : str or None
        Of the file (`geo.db.layers.SourceFacts`).
    detail : Detail, optional
        For the page that shows the report.
    """
    n_stored = len(places)
    said = [*notes, *(sample_notes(session, district) if n_stored else [nothing_stored()])]
    if n_stored and not is_dry_run:
        retire_sample(session, district)
        facts = SourceFacts(
            file_name=path.name,
            checksum=sha256(path),
            rows_read=n_read,
            rows_stored=n_stored,
            rows_rejected=len(rejected),
            crs=crs,
            licence=licence,
            attribution=attribution,
            note=note,
        )
        if keep:
            _forget_places(session, district, file_name=path.name, note=facts.note)
        replace_places(session, district, places, facts, keep=keep)
    return LoadReport("places", path.name, n_read, n_stored, rejected, said, detail)


def _forget_places(session: Session, district: str, *, file_name: str, note: str | None) -> None:
    """Remove the places that an earlier load of the same source brought, and the source."""
    earlier = select(Source.id).where(
        Source.district_code == district,
        Source.layer == "places",
        Source.file_name == file_name,
        Source.note.is_not_distinct_from(note),
    )
    session.execute(delete(Place).where(Place.source_id.in_(earlier)))
    session.execute(delete(Source).where(Source.id.in_(earlier)))
