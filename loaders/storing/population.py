"""Store people of cells and points as a demand layer: along streets, in homes, or at the middle of each cell."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from geo.db.districts import require_outline
from geo.db.layers import SourceFacts, replace_demand, retire_sample
from geo.db.planner_tables import DEMAND_LAYERS, TOTAL_KINDS
from geo.db.tables import District
from geo.errors import InputError, MissingDataError
from loaders.cells import ClippedCells, group_points, middles
from loaders.dasymetric import Spots, spread_over
from loaders.extract_names import SUFFIXES as EXTRACTS
from loaders.isolated.parsers import Progress, silent
from loaders.isolated.run import Parse, parse_apart
from loaders.notes import nothing_stored
from loaders.population import DistrictCells, PeopleContext, PeopleFile, PopulationOptions
from loaders.raster import MAX_POINTS, too_many_points
from loaders.report import LoadReport, Rejection, sha256
from loaders.storing.proxy_demand import load_buildings
from loaders.storing.retired_sample import sample_notes
from loaders.storing.streetside import SPACING_M, street_spots
from loaders.storing.totals import read_towns, store_totals
from loaders.totals import TotalsContext

SMALL_CELL_M = 150.0
"""The middle of a cell this small is as good as a street in it."""


def load_population(
    session: Session,
    path: Path,
    *,
    district: str,
    options: PopulationOptions | None = None,
    kind: str | None = None,
    is_compared_only: bool = False,
    is_dry_run: bool = False,
    progress: Progress = silent,
    parse: Parse = parse_apart,
) -> LoadReport:
    """Replace a demand layer of a district by what a raster, grid, table of points, table of towns or extract holds.

    Parameters
    ----------
    session : Session
        The load happens in its transaction.
    path : Path
    district : str
    options : PopulationOptions, optional
    kind, is_compared_only
        Of a table of towns; see `loaders.storing.totals.store_totals`.
    is_dry_run : bool
        Check everything and store nothing.

    Raises
    ------
    NotReadyError
        If the district has no outline yet.
    InputError
        If the file cannot be used; nothing is changed then, nor if no row can be used.
    """
    options = options or PopulationOptions()
    if options.layer not in DEMAND_LAYERS:
        raise InputError(
            "{value} is not a demand layer; use one of {known}", value=options.layer, known=", ".join(DEMAND_LAYERS)
        )
    if kind is not None and kind not in TOTAL_KINDS:
        raise InputError("{value} is not a kind of total; use one of {known}", value=kind, known=", ".join(TOTAL_KINDS))
    is_extract = path.name.lower().endswith(EXTRACTS)
    if is_extract and not (kind or is_compared_only):
        target: dict[str, Any] = {"district": district, "layer": options.layer, "is_dry_run": is_dry_run}
        return load_buildings(session, path, **target, progress=progress, parse=parse)
    context = PeopleContext(
        outline=require_outline(session, district),
        totals=TotalsContext(
            towns={code: name for code, name, _ in read_towns(session, district)},
            district=district,
            district_name=session.get_one(District, district).name,
            column=options.column,
            kind=kind,
            date=options.date,
        ),
        crs=options.crs,
        column=options.column,
        cell_m=options.cell_m,
        buildings=options.buildings,
    )
    if is_extract:
        raise _no_towns(path.name)
    parsed: PeopleFile = parse("people", path, context, progress)
    if parsed.totals is not None:
        return store_totals(
            session, path, parsed.totals, parsed.homes, district=district, options=options, kind=kind,
            is_compared_only=is_compared_only, is_dry_run=is_dry_run,
        )  # fmt: skip
    if kind or is_compared_only or parsed.cells is None:
        raise _no_towns(path.name)
    return store_cells(
        session, path, parsed.cells, parsed.homes, district=district, options=options, is_dry_run=is_dry_run,
        progress=progress,
    )  # fmt: skip


def _no_towns(file: str) -> InputError:
    return InputError("{file}: --kind and --compare are for tables of towns", file=file)


def store_cells(
    session: Session,
    path: Path,
    cells: DistrictCells,
    homes: Spots | None,
    *,
    district: str,
    options: PopulationOptions,
    is_dry_run: bool = False,
    progress: Progress = silent,
) -> LoadReport:
    """Replace a demand layer of a district by the people of cells that were cut to it; see `load_population`."""
    clipped = cells.clipped
    rejected = cells.rejected
    n_stored = cells.n_read - len(rejected)
    notes = [*cells.notes, *_sum_notes(clipped)]
    if clipped.sums.inside <= 0:
        notes.append(nothing_stored())
        if not n_stored:
            return LoadReport("demand", path.name, cells.n_read, 0, rejected, notes)
        raise InputError("{file}: nobody lives inside the district by this file", file=path.name)
    progress("setting people in their places")
    placed = _place(session, district, cells, homes, options, file=path.name)
    notes += [placed.note, *sample_notes(session, district)]
    if not is_dry_run:
        facts = SourceFacts(
            file_name=path.name,
            rows_read=cells.n_read,
            rows_stored=n_stored,
            rows_rejected=len(rejected),
            checksum=sha256(path),
            crs=cells.crs,
            unit="people",
            accuracy=str(placed.note),
            sums=clipped.sums.as_dict(points=len(placed.points)),
            licence=options.licence,
            attribution=options.attribution,
            data_date=options.date,
        )
        progress("storing people")
        retire_sample(session, district)
        replace_demand(session, district, placed.points, facts, layer=options.layer)
    return LoadReport("demand", path.name, cells.n_read, n_stored, rejected, notes)


@dataclass(frozen=True)
class _Placed:
    points: gpd.GeoDataFrame
    note: Rejection


def _place(
    session: Session,
    district: str,
    cells: DistrictCells,
    homes: Spots | None,
    options: PopulationOptions,
    *,
    file: str,
) -> _Placed:
    """Return the demand points of clipped cells: along streets, in homes, or at the middle of each."""
    geometry = cells.clipped.cells.geometry.to_numpy()
    weight = cells.clipped.cells["weight"].to_numpy(np.float64)
    geometry, weight = geometry[weight > 0], weight[weight > 0]
    spots = _spots(session, district, geometry, homes, options)
    is_area = np.asarray(shapely.get_dimensions(geometry) == 2, dtype=bool)
    if cells.cell_m is not None:
        lon_lat, values = middles(geometry), weight
        note = Rejection(None, "people are summed up in squares of {side} m", {"side": f"{cells.cell_m:g}"})
    elif spots is None:
        lon_lat, values = middles(geometry), weight
        note = Rejection(None, "people of a cell are placed at its middle")
    else:
        spread = spread_over(geometry[is_area], weight[is_area], spots)
        lon_lat = np.vstack([middles(geometry[~is_area]), spread.lon_lat])
        values = np.concatenate([weight[~is_area], spread.weight])
        note = _spread_note(spots.kind, spread.n_middle)
    if options.cell_m is not None and cells.cell_m is None:
        lon_lat, values = group_points(lon_lat, values, cell_m=options.cell_m)
        note = Rejection(None, "people are summed up in squares of {side} m", {"side": f"{options.cell_m:g}"})
    if len(values) > MAX_POINTS:
        raise too_many_points(len(values), options.cell_m or SPACING_M, file=file)
    points = gpd.GeoDataFrame({"weight": values}, geometry=shapely.points(lon_lat), crs=4326)
    return _Placed(points, note)


def _spread_note(kind: str, n_middle: int) -> Rejection:
    if kind == "buildings":
        return Rejection(
            None,
            "people of a cell are spread over the buildings in it by floor space; {count} cells hold none, and theirs "
            "are placed at the middle",
            {"count": n_middle},
        )
    return Rejection(
        None,
        "people of a cell are spread along its residential streets; {count} cells hold none, and theirs are "
        "placed at the middle",
        {"count": n_middle},
    )


def _spots(
    session: Session,
    district: str,
    geometry: NDArray[np.object_],
    homes: Spots | None,
    options: PopulationOptions,
) -> Spots | None:
    """Return where the people of areas are to be set, None for their middles."""
    if homes is not None:
        return homes
    if options.spread == "centre" or (options.spread == "auto" and _side_m(geometry) <= SMALL_CELL_M):
        return None
    spots = street_spots(session, district)
    if len(spots.share) == 0:
        if options.spread == "streets":
            raise MissingDataError("no streets are loaded to spread people along", what="streets")
        return None
    return spots


def _side_m(geometry: NDArray[np.object_]) -> float:
    """Return the side of a square as large as the middle one of the areas, metres; 0 where there are only points."""
    areas = gpd.GeoSeries(geometry, crs=4326)
    areas = areas[np.asarray(shapely.get_dimensions(geometry) == 2)]
    return 0.0 if areas.empty else float(np.sqrt(areas.to_crs("EPSG:6933").area.median()))


def _sum_notes(clipped: ClippedCells) -> list[Rejection]:
    values: dict[str, Any] = {name: f"{value:,.1f}" for name, value in clipped.sums.as_dict().items()}
    notes = [
        Rejection(None, "people in the cells read: {read}; inside the district: {inside}; outside: {outside}", values)
    ]
    if clipped.n_cut:
        notes.append(
            Rejection(
                None,
                "{count} cells are cut by the district's outline; they count by the share of their area inside",
                {"count": clipped.n_cut},
            )
        )
    return notes
