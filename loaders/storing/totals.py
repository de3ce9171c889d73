"""Store totals of towns: for comparison, or as demand along streets or in homes."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from geo.db.layers import SourceFacts, replace_demand, retire_sample
from geo.db.tables import Region, Source
from geo.db.totals import replace_totals
from geo.errors import InputError
from geo.records import Total
from loaders.dasymetric import Spots, Spread, spread_over
from loaders.notes import nothing_stored, some
from loaders.population import PopulationOptions
from loaders.report import LoadReport, Rejection, sha256
from loaders.storing.retired_sample import sample_notes
from loaders.storing.streetside import street_spots
from loaders.totals import TownTotals


def store_totals(
    session: Session,
    path: Path,
    parsed: TownTotals,
    homes: Spots | None,
    *,
    district: str,
    options: PopulationOptions,
    kind: str | None = None,
    is_compared_only: bool = False,
    is_dry_run: bool = False,
) -> LoadReport:
    """Store the totals of towns, and let those of one kind be the demand: spread over each town, its sum exact.

    Parameters
    ----------
    session : Session
        The load happens in its transaction.
    path : Path
        The file they are from.
    parsed : TownTotals
    homes : Spots or None
        Where people may live, in place of streets.
    district : str
    options : PopulationOptions
        ``crs``, ``spread`` and ``cell_m`` mean nothing here.
    kind : str, optional
        One of `TOTAL_KINDS`: which totals are spread, where the file holds several; what they are, where it says none.
    is_compared_only : bool
        Keep the totals beside the demand there is, and change no demand.
    is_dry_run : bool

    Raises
    ------
    InputError
        If the file holds totals of several kinds and none is chosen.
    """
    regions = read_towns(session, district)
    notes = list(parsed.notes)
    n_stored = len(parsed.totals)
    facts = SourceFacts(
        file_name=path.name,
        rows_read=parsed.n_read,
        rows_stored=n_stored,
        rows_rejected=len(parsed.rejected),
        checksum=sha256(path),
        unit="people",
        licence=options.licence,
        attribution=options.attribution,
        data_date=options.date,
    )
    if not n_stored:
        notes.append(nothing_stored())
    elif is_compared_only:
        notes.append(Rejection(None, "the totals are kept beside the demand; no demand was changed"))
        if not is_dry_run:
            replace_totals(session, district, parsed.totals, facts)
    else:
        chosen = _choose(parsed.totals, kind=kind, district=district, file=path.name)
        spread = _spread(session, district, chosen, regions, homes)
        notes += _spread_notes(session, district, chosen, regions, spread)
        notes += sample_notes(session, district)
        if not is_dry_run:
            retire_sample(session, district)
            replace_totals(session, district, parsed.totals, facts)
            points = gpd.GeoDataFrame(
                {"weight": spread.weight, "region_code": [chosen[i].code for i in spread.area]},
                geometry=shapely.points(spread.lon_lat),
                crs=4326,
            )
            dates = some([total.counted_on for total in chosen if total.counted_on]) or None
            people = sum(total.people for total in chosen)
            layer_facts = replace(
                facts,
                crs="EPSG:4326",
                data_date=options.date or dates,
                accuracy="totals of towns, spread evenly along residential streets or over buildings",
                note=some([total.kind_text or total.kind for total in chosen]),
                sums={"read": people, "inside": people, "outside": 0.0, "points": len(points)},
            )
            replace_demand(session, district, points, layer_facts, layer=options.layer)
    return LoadReport("totals" if is_compared_only else "demand", path.name, parsed.n_read, n_stored, parsed.rejected,
                      notes)  # fmt: skip


def read_towns(session: Session, district: str) -> list[tuple[str, str, shapely.Geometry]]:
    """Return code, name and area (EPSG:4326) of the towns of a district."""
    rows = session.execute(
        select(Region.code, Region.name, func.ST_AsBinary(Region.geom))
        .where(Region.district_code == district)
        .order_by(Region.code)
    ).all()
    return [(code, name, shapely.from_wkb(bytes(wkb))) for code, name, wkb in rows]


def _choose(totals: Sequence[Total], *, kind: str | None, district: str, file: str) -> list[Total]:
    """Return the totals to spread: one a town, the latest, all of one kind."""
    of_towns = [total for total in totals if total.code != district]
    if not of_towns:
        raise InputError("{file}: holds no total of a town; with --compare it is kept beside the demand", file=file)
    kinds = sorted({total.kind for total in of_towns})
    if kind is None and len(kinds) > 1:
        raise InputError(
            "{file}: holds totals that are not comparable ({kinds}); choose one with --kind, or keep them all beside "
            "the demand with --compare",
            file=file,
            kinds=", ".join(kinds),
        )
    wanted = kind or kinds[0]
    chosen: dict[str, Total] = {}
    for total in sorted(of_towns, key=lambda total: total.counted_on):
        if total.kind == wanted:
            chosen[total.code] = total
    if not chosen:
        raise InputError(
            "{file}: holds no totals of the kind {kind}; there are: {kinds}",
            file=file,
            kind=wanted,
            kinds=", ".join(kinds),
        )
    return list(chosen.values())


def _spread(
    session: Session,
    district: str,
    chosen: Sequence[Total],
    regions: Sequence[tuple[str, str, shapely.Geometry]],
    homes: Spots | None,
) -> Spread:
    areas = {code: geometry for code, _, geometry in regions}
    spots = homes if homes is not None else street_spots(session, district)
    return spread_over(
        np.array([areas[total.code] for total in chosen], dtype=object),
        np.array([total.people for total in chosen]),
        spots,
        is_whole=True,
    )


def _spread_notes(
    session: Session,
    district: str,
    chosen: Sequence[Total],
    regions: Sequence[tuple[str, str, shapely.Geometry]],
    spread: Spread,
) -> list[Rejection]:
    people = sum(total.people for total in chosen)
    notes = [
        Rejection(
            None,
            "{people} people of {towns} towns were set at {points} points; each town keeps its sum",
            {"people": f"{people:,.0f}", "towns": len(chosen), "points": len(spread.weight)},
        )
    ]
    lacking = [name for code, name, _ in regions if code not in {total.code for total in chosen}]
    if lacking:
        notes.append(Rejection(None, "no total of {names}: nobody is counted there", {"names": some(lacking)}))
    if spread.n_middle:
        notes.append(
            Rejection(
                None,
                "{count} towns hold no residential street or building; their people are placed at the middle",
                {"count": spread.n_middle},
            )
        )
    dates = sorted({total.counted_on for total in chosen})
    if len(dates) > 1:
        notes.append(
            Rejection(None, "the totals are of several dates: {dates}", {"dates": some([d or "-" for d in dates])})
        )
    is_schematic = session.scalar(
        select(Source.is_schematic).where(Source.district_code == district, Source.layer == "regions")
    )
    if is_schematic:
        notes.append(Rejection(None, "the boundaries are schematic: people may be placed in the neighbouring town"))
    return notes
