"""Places of an OpenStreetMap extract that stand in for people nobody has counted: a demand layer marked as a proxy."""

from collections.abc import Callable, Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
from shapely import intersects
from sqlalchemy.orm import Session

from geo.db.layers import SourceFacts, replace_demand, require_outline, retire_sample
from geo.errors import InputError
from loaders.notes import sample_notes
from loaders.report import LoadReport, Rejection, sha256
from loaders.streets import OSM_ATTRIBUTION, OSM_LICENCE


def load_stand_ins(
    session: Session,
    path: Path,
    found: gpd.GeoDataFrame,
    *,
    district: str,
    layer: str,
    unit: str,
    note: str,
    nothing: InputError,
    tell: Callable[[gpd.GeoDataFrame], Sequence[Rejection]] = lambda _: (),
    is_dry_run: bool = False,
) -> LoadReport:
    """Replace a demand layer of a district by what stands in for it, in the session's transaction.

    Parameters
    ----------
    session : Session
    path : Path
        The extract.
    found : GeoDataFrame
        What was read of it: ``row`` (OSM id), ``weight``, geometry (Points, EPSG:4326).
    district, layer, unit : str
        Of the layer.
    note : str
        What stands in for whom, for the record of the load.
    nothing : InputError
        Raised where none of it lies within the district.
    tell : callable
        What a person should know of those that are kept.
    is_dry_run : bool
    """
    is_inside = np.asarray(intersects(require_outline(session, district), found.geometry.to_numpy()), dtype=bool)
    kept = found[is_inside]
    if kept.empty:
        raise nothing
    rejected = [Rejection(row, "outside the district") for row in found.loc[~is_inside, "row"]]
    notes = [*tell(kept), *sample_notes(session, district)]
    if not is_dry_run:
        retire_sample(session, district)
        read, inside = float(found["weight"].sum()), float(kept["weight"].sum())
        facts = SourceFacts(
            file_name=path.name,
            rows_read=len(found),
            rows_stored=len(kept),
            rows_rejected=len(rejected),
            licence=OSM_LICENCE,
            attribution=OSM_ATTRIBUTION,
            checksum=sha256(path),
            crs="EPSG:4326",
            unit=unit,
            note=note,
            sums={"read": read, "inside": inside, "outside": read - inside, "points": len(kept)},
            is_proxy=True,
        )
        replace_demand(session, district, kept, facts, layer=layer)
    return LoadReport("demand", path.name, len(found), len(kept), rejected, notes)
