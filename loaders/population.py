"""Parse population: choose between raster, grid, points and totals of towns by what the file holds."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import shapely

from geo.errors import InputError
from loaders.cells import ClippedCells, Squares, Sums, clip_cells, rejected_outside
from loaders.dasymetric import Spots, building_spots
from loaders.extract_names import SUFFIXES as EXTRACTS
from loaders.isolated.parsers import Progress, silent
from loaders.population_cells import Cells, is_point_table, parse_grid, parse_points
from loaders.raster import MAX_POINTS, parse_raster, too_many_points
from loaders.raster import SUFFIXES as RASTERS
from loaders.report import Rejection
from loaders.tabular import SUFFIXES as TABLES
from loaders.tabular import read_sheets
from loaders.totals import TotalsContext, TownTotals, totals_of
from loaders.vector import SUFFIXES as VECTORS

MIN_COVERED = 0.95
"""Of the district's area under a raster; of less, people would be missing without a word."""


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


@dataclass(frozen=True, kw_only=True)
class PeopleContext:
    """What a file of people is read with.

    Attributes
    ----------
    outline : Polygon or MultiPolygon
        The district, EPSG:4326.
    totals : TotalsContext
        For a table of towns.
    crs, column : str or None
        Coordinate system, and the column (or band) of people, where the file does not say them.
    cell_m : float or None
        Sum up into squares of so many metres.
    buildings : Path or None
        An OpenStreetMap extract in whose homes people may live.
    """

    outline: shapely.Geometry
    totals: TotalsContext
    crs: str | None = None
    column: str | None = None
    cell_m: float | None = None
    buildings: Path | None = None


@dataclass(frozen=True, kw_only=True)
class DistrictCells:
    """Cells and points with people, cut to the district, and what became of each row.

    Attributes
    ----------
    clipped : ClippedCells
    crs : str
    n_read : int
    rejected, notes : list of Rejection
    cell_m : float or None
        Side of the squares that they have been summed up in.
    """

    clipped: ClippedCells
    crs: str
    n_read: int
    rejected: list[Rejection]
    notes: list[Rejection]
    cell_m: float | None = None


@dataclass(frozen=True, kw_only=True)
class PeopleFile:
    """What a file of people holds: cells, or totals of towns; and the homes of a second file."""

    cells: DistrictCells | None = None
    totals: TownTotals | None = None
    homes: Spots | None = None


def parse_people(path: Path, context: PeopleContext, progress: Progress = silent) -> PeopleFile:
    """Read a raster, a grid, points, or a table of towns.

    Raises
    ------
    InputError
        If it is of no kind that is read here, cannot be read, or covers only a part of the district.
    """
    name = path.name.lower()
    if name.endswith((*TABLES, ".xls")):
        sheets = read_sheets(path)
        if not is_point_table(sheets):
            totals = totals_of(sheets, context.totals, file=path.name)
            return PeopleFile(totals=totals, homes=_homes(context, progress))
        points = parse_points(sheets, file=path.name, crs=context.crs, column=context.column)
        cells = _clip(points, context, file=path.name)
    elif name.endswith(VECTORS):
        cells = _clip(parse_grid(path, crs=context.crs, column=context.column), context, file=path.name)
    elif name.endswith(RASTERS):
        cells = _clip_raster(path, context, progress)
    else:
        known = (*RASTERS, *VECTORS, *TABLES, *EXTRACTS)
        raise InputError("{file}: expected a file ending in {suffixes}", file=path.name, suffixes=", ".join(known))
    homes = _homes(context, progress)
    return PeopleFile(cells=cells, homes=homes)


def _homes(context: PeopleContext, progress: Progress) -> Spots | None:
    if context.buildings is None:
        return None
    progress("reading buildings")
    return building_spots(context.buildings)


def _clip(cells: Cells, context: PeopleContext, *, file: str) -> DistrictCells:
    clipped = clip_cells(cells.frame, context.outline)
    rejected = [*cells.rejected, *rejected_outside(clipped.outside)]
    is_points = bool((shapely.get_dimensions(cells.frame.geometry.to_numpy()) == 0).all())
    cell_m = context.cell_m if is_points else None  # of areas, squares are made when their people have been spread
    if cell_m is not None:
        squares = Squares(context.outline, cell_m)
        squares.add(clipped)
        clipped = replace(squares.clipped(), outside=[])
    if len(clipped.cells) > MAX_POINTS:
        raise too_many_points(len(clipped.cells), context.cell_m or _spacing_m(context.outline), file=file)
    return DistrictCells(
        clipped=replace(clipped, outside=[]),
        crs=cells.crs,
        n_read=cells.n_read,
        rejected=rejected,
        notes=list(cells.notes),
        cell_m=cell_m,
    )


def _spacing_m(outline: shapely.Geometry) -> float:
    """Return the side of a square of which a district has `MAX_POINTS`, metres."""
    _, south, _, north = shapely.bounds(outline).tolist()
    per_degree = 111_320.0
    area_m2 = shapely.area(outline) * per_degree**2 * float(np.cos(np.radians((south + north) / 2)))
    return float(np.sqrt(area_m2 / MAX_POINTS))


def _clip_raster(path: Path, context: PeopleContext, progress: Progress) -> DistrictCells:
    raster = parse_raster(
        path, outline=context.outline, crs=context.crs, band=context.column, cell_m=context.cell_m, progress=progress
    )
    if raster.covered < MIN_COVERED:
        raise InputError(
            "{file}: covers only {share} of the district; send a raster of the whole, or merge its parts first (QGIS: "
            "Raster, Miscellaneous, Merge)",
            file=path.name,
            share=f"{raster.covered:.0%}",
        )
    progress("cutting cells to the district")
    clipped = raster.clipped or clip_cells(raster.frame, context.outline)
    sums = Sums(
        read=clipped.sums.read + raster.outside,
        inside=clipped.sums.inside,
        outside=clipped.sums.outside + raster.outside,
    )
    return DistrictCells(
        # Of a raster only the cells that touch the district were counted as read.
        clipped=replace(clipped, sums=sums, outside=[]),
        crs=raster.crs,
        n_read=raster.n_read,
        rejected=raster.rejected,
        notes=raster.notes,
        cell_m=raster.cell_m,
    )
