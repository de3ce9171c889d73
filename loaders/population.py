"""Population into a demand layer: rasters, grids, points, totals of towns, buildings; what a file holds decides how."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from geo.db.layers import SourceFacts, replace_demand, require_outline, retire_sample
from geo.db.planning import DEMAND_LAYERS
from geo.errors import InputError
from loaders.buildings import load_buildings
from loaders.cells import ClippedCells, clip_cells, group_points, middles, rejected_outside
from loaders.grid import Cells, is_point_table, parse_grid, parse_points
from loaders.notes import nothing_stored, sample_notes
from loaders.raster import SUFFIXES as RASTERS
from loaders.raster import RasterCells, parse_raster
from loaders.report import LoadReport, Rejection, sha256
from loaders.spreading import Spots, building_spots, spread_over, street_spots
from loaders.tabular import SUFFIXES as TABLES
from loaders.tabular import read_sheets
from loaders.vector import SUFFIXES as VECTORS

SMALL_CELL_M = 150.0
"""The middle of a cell this small is as good as a street in it."""
FINE_CELL_M = 50.0
COARSE_CELL_M = 100.0
"""Rasters finer than the first are summed up into squares of the second: a doorstep more says nothing of a walk."""
EXTRACTS = (".osm.pbf", ".pbf", ".osm")

Progress = Callable[..., None]


@dataclass(frozen=True, kw_only=True)
class PopulationOptions:
    """How a file is to be read and placed.

    Attributes
    ----------
    layer : str
        One of `DEMAND_LAYERS`.
    crs, column : str or None
        Coordinate system, and the column (or band) of people, where the file does not say them.
    spread : str
        ``centre``: a cell's people stand at its middle; ``streets``: along the streets in it; ``auto``: along streets
        where cells are larger than `SMALL_CELL_M` and streets are loaded.
    buildings : Path or None
        An OpenStreetMap extract whose homes take the place of streets.
    cell_m : float or None
        Sum up into squares of so many metres.
    licence, attribution, date : str or None
        What is known of the file.
    """

    layer: str = "residents"
    crs: str | None = None
    column: str | None = None
    spread: str = "auto"
    buildings: Path | None = None
    cell_m: float | None = None
    licence: str | None = None
    attribution: str | None = None
    date: str | None = None


def load_population(
    session: Session,
    path: Path,
    *,
    district: str,
    options: PopulationOptions | None = None,
    is_dry_run: bool = False,
    progress: Progress = lambda *_, **__: None,
) -> LoadReport:
    """Replace a demand layer of a district by what a raster, grid, table of points or extract holds.

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
            "{value} is no demand layer; use one of {known}", value=options.layer, known=", ".join(DEMAND_LAYERS)
        )
    if path.name.lower().endswith(EXTRACTS):
        return load_buildings(session, path, district=district, layer=options.layer, is_dry_run=is_dry_run)
    outline = require_outline(session, district)
    cells = parse_population(path, outline=outline, options=options, progress=progress)
    progress("cutting cells to the district")
    clipped = clip_cells(cells.frame, outline)
    rejected = list(cells.rejected)
    # Of a raster only the cells that touch the district were counted as read.
    if not isinstance(cells, RasterCells):
        rejected += rejected_outside(clipped.outside)
    n_stored = cells.n_read - len(rejected)
    notes = [*cells.notes, *_sum_notes(clipped)]
    if clipped.sums.inside <= 0:
        notes.append(nothing_stored())
        if not n_stored:
            return LoadReport("demand", path.name, cells.n_read, 0, rejected, notes)
        raise InputError("{file}: nobody lives inside the district by this file", file=path.name)
    progress("setting people in their places")
    placed = _place(session, district, cells, clipped, options)
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


def parse_population(
    path: Path, *, outline: shapely.Geometry, options: PopulationOptions, progress: Progress = lambda *_, **__: None
) -> Cells:
    """Read the cells or points of a file by its kind.

    Raises
    ------
    InputError
        If it is of no kind that is read here, or cannot be read.
    """
    name = path.name.lower()
    if name.endswith(RASTERS):
        return parse_raster(path, outline=outline, crs=options.crs, band=options.column, progress=progress)
    if name.endswith(VECTORS):
        return parse_grid(path, crs=options.crs, column=options.column)
    if name.endswith((*TABLES, ".xls")):
        return parse_points(read_sheets(path), file=path.name, crs=options.crs, column=options.column)
    known = (*RASTERS, *VECTORS, *TABLES, *EXTRACTS)
    raise InputError("{file}: expected a file ending in {suffixes}", file=path.name, suffixes=", ".join(known))


def is_town_table(path: Path) -> bool:
    """Tell whether a file is a table of towns: one without coordinates."""
    return path.name.lower().endswith(TABLES) and not is_point_table(read_sheets(path))


@dataclass(frozen=True)
class _Placed:
    points: gpd.GeoDataFrame
    note: Rejection


def _place(session: Session, district: str, cells: Cells, clipped: ClippedCells, options: PopulationOptions) -> _Placed:
    """Return the demand points of clipped cells: along streets, in buildings, or at the middle of each."""
    geometry = clipped.cells.geometry.to_numpy()
    weight = clipped.cells["weight"].to_numpy(np.float64)
    geometry, weight = geometry[weight > 0], weight[weight > 0]
    spots = _spots(session, district, geometry, options)
    is_area = np.asarray(shapely.get_dimensions(geometry) == 2, dtype=bool)
    if spots is None:
        lon_lat, values = middles(geometry), weight
        note = Rejection(None, "people of a cell stand at its middle")
    else:
        spread = spread_over(geometry[is_area], weight[is_area], spots)
        lon_lat = np.vstack([middles(geometry[~is_area]), spread.lon_lat])
        values = np.concatenate([weight[~is_area], spread.weight])
        note = _spread_note(spots.kind, spread.n_middle)
    cell_m = options.cell_m
    if cell_m is None and isinstance(cells, RasterCells) and cells.side_m < FINE_CELL_M:
        cell_m = COARSE_CELL_M
    if cell_m is not None:
        lon_lat, values = group_points(lon_lat, values, cell_m=cell_m)
        note = Rejection(None, "people are summed up in squares of {side} m", {"side": f"{cell_m:g}"})
    points = gpd.GeoDataFrame({"weight": values}, geometry=shapely.points(lon_lat), crs=4326)
    return _Placed(points, note)


def _spread_note(kind: str, n_middle: int) -> Rejection:
    if kind == "buildings":
        return Rejection(
            None,
            "people of a cell are spread over the buildings in it by floor space; {count} cells hold none, and theirs "
            "stand at the middle",
            {"count": n_middle},
        )
    return Rejection(
        None,
        "people of a cell are spread along its residential streets; {count} cells hold none, and theirs stand at the "
        "middle",
        {"count": n_middle},
    )


def _spots(session: Session, district: str, geometry: NDArray[np.object_], options: PopulationOptions) -> Spots | None:
    """Return where the people of areas are to be set, None for their middles."""
    if options.buildings is not None:
        return building_spots(options.buildings)
    if options.spread == "centre" or (options.spread == "auto" and _side_m(geometry) <= SMALL_CELL_M):
        return None
    spots = street_spots(session, district)
    if len(spots.share) == 0:
        if options.spread == "streets":
            raise InputError("no streets are loaded to spread people along; run: fuchun load streets FILE.osm.pbf")
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
