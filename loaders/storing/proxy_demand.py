"""Store buildings or a proxy as a demand layer that is marked as standing in for people."""

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import geopandas as gpd
from sqlalchemy.orm import Session

from geo.coverage.demand import WEIGHTED
from geo.db.districts import require_outline
from geo.db.layers import SourceFacts, replace_demand, retire_sample
from geo.errors import InputError
from loaders.isolated.parsers import Progress, silent
from loaders.isolated.run import Parse, parse_apart
from loaders.proxy import ProxyContext, proxy_weights
from loaders.proxy_demand import BuildingsContext, ProxyDemand
from loaders.report import LoadReport, Rejection, sha256
from loaders.storing.retired_sample import sample_notes
from loaders.streets import OSM_ATTRIBUTION, OSM_LICENCE

UNIT = "buildings"


def load_buildings(
    session: Session,
    path: Path,
    *,
    district: str,
    layer: str = "residents",
    is_dry_run: bool = False,
    progress: Progress = silent,
    parse: Parse = parse_apart,
) -> LoadReport:
    """Replace a demand layer of a district by one per building, marked as standing in for people.

    Raises
    ------
    NotReadyError
        If the district has no outline yet.
    InputError
        If the file cannot be used; nothing is changed then.
    """
    context = BuildingsContext(outline=require_outline(session, district))
    found: ProxyDemand = parse("buildings", path, context, progress)
    return store_stand_ins(
        session,
        path,
        found,
        district=district,
        layer=layer,
        unit=UNIT,
        note="buildings stand in for people: each counts one",
        nothing=InputError("{file}: no building lies within the district", file=path.name),
        is_dry_run=is_dry_run,
    )


def load_proxy(
    session: Session,
    path: Path,
    *,
    district: str,
    layer: str = "riders",
    is_dry_run: bool = False,
    progress: Progress = silent,
    parse: Parse = parse_apart,
) -> LoadReport:
    """Replace a demand layer (riders or workers) by weighted places of an extract, marked as a proxy.

    Raises
    ------
    NotReadyError
        If the district has no outline yet.
    InputError
        If the file cannot be used or holds no such place in the district; or for residents, whom no restaurant counts.
    """
    if layer == "residents":
        raise InputError(
            "restaurants and markets do not stand in for residents; say --layer riders, or leave out --proxy to let "
            "buildings stand in for them"
        )
    outline = require_outline(session, district)
    weights = proxy_weights()
    found: ProxyDemand = parse("proxy", path, ProxyContext(outline=outline, weights=weights), progress)
    return store_stand_ins(
        session,
        path,
        found,
        district=district,
        layer=layer,
        unit=WEIGHTED,
        note=weights.describe(),
        nothing=InputError("{file}: no restaurant, market or mall lies within the district", file=path.name),
        tell=_tell,
        is_dry_run=is_dry_run,
    )


def _tell(kept: gpd.GeoDataFrame) -> list[Rejection]:
    counts = ", ".join(f"{tag} {count}" for tag, count in Counter(kept["tag"]).most_common())
    return [
        Rejection(
            None,
            "a proxy: weighted places stand in for riders, {counts}; their sum is a weight, not a number of riders",
            {"counts": counts},
        )
    ]


def store_stand_ins(
    session: Session,
    path: Path,
    found: ProxyDemand,
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
    found : ProxyDemand
        What was read of it.
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
    kept = found.inside
    if kept.empty:
        raise nothing
    rejected = [Rejection(row, "outside the district") for row in found.outside]
    n_read = len(kept) + len(rejected)
    notes = [*tell(kept), *sample_notes(session, district)]
    if not is_dry_run:
        retire_sample(session, district)
        read, inside = found.read, float(kept["weight"].sum())
        facts = SourceFacts(
            file_name=path.name,
            rows_read=n_read,
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
    return LoadReport("demand", path.name, n_read, len(kept), rejected, notes)
