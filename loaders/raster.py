"""Population rasters (WorldPop, GHSL and their like): people per cell, read only where the district lies."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyproj
import rasterio
import rasterio.errors
import shapely
from numpy.typing import NDArray
from rasterio.windows import Window

from geo.errors import InputError, TooLargeError
from loaders.cells import ClippedCells, Squares, clip_cells
from loaders.damage import guarded
from loaders.geojson import shifted_system
from loaders.isolated.parsers import Progress, silent
from loaders.population_cells import Cells
from loaders.report import Rejection, require_file
from loaders.vector import read_system

SUFFIXES = (".tif", ".tiff", ".vrt")
MAX_CELLS = 40_000_000
"""Cells under one district; more is a mistake of resolution or place."""
STRIP_CELLS = 500_000
"""Cells read at a time."""
MAX_POINTS = 500_000
"""Cells with people that are stored as they are."""
MAX_BLOCK_BYTES = 256_000_000
"""Of a piece in which the file is packed: one is unpacked whole, however few of its cells are wanted."""
MAX_PER_KM2 = 500_000.0
"""People; the densest square kilometre on earth holds a third. More marks a cell without a value."""
FINE_CELL_M = 50.0
COARSE_CELL_M = 100.0
"""Rasters finer than the first are summed up into squares of the second: a doorstep more says nothing of a walk."""
DENSIFY = 64
"""Pieces into which each side of the district's extent is cut before it is projected: straight lines bend."""


_NINES = (9999.0, 99999.0, 999999.0, 9999999.0)
_RAISED = (rasterio.errors.RasterioError, pyproj.exceptions.ProjError, ValueError)


@dataclass(frozen=True)
class RasterCells(Cells):
    """Cells with people that touch the district, and how many cells inside it hold nothing.

    Attributes
    ----------
    n_nodata : int
        Cells inside the district that are declared (or are NaN) to hold no value.
    side_m : float
        Side of a cell, metres.
    covered : float
        Share of the district's area under the raster.
    outside : float
        People in the cells read that do not touch the district; they are in no frame.
    clipped : ClippedCells or None
        The cells cut to the district, where they are summed up in squares of `cell_m` metres; `frame` is empty then.
    cell_m : float or None
    """

    n_nodata: int
    side_m: float
    covered: float = 1.0
    outside: float = 0.0
    clipped: ClippedCells | None = None
    cell_m: float | None = None


def parse_raster(
    path: Path,
    *,
    outline: shapely.Geometry,
    crs: str | None = None,
    band: str | None = None,
    cell_m: float | None = None,
    progress: Progress = silent,
) -> RasterCells:
    """Read the cells of a raster that touch a district, each as an area with its people.

    Parameters
    ----------
    path : Path
        GeoTIFF of people per cell (not per area), in any CRS; nothing is resampled, so no person appears or is lost.
    outline : Polygon or MultiPolygon
        The district, EPSG:4326.
    crs : str, optional
        Such as ESRI:54009; overrides what the file declares.
    band : str, optional
        Number of the band, needed where there are several.
    cell_m : float, optional
        Sum up into squares of so many metres; cells finer than `FINE_CELL_M` are summed up anyway.
    progress : callable
        Told a stage in English and its values.

    Returns
    -------
    RasterCells
        Rows are ``row,column`` from 0. Cells of 0 people are left out; negative ones are rejected.

    Raises
    ------
    InputError
        If the file is no raster, says no CRS, or does not cover the district.
    """
    require_file(path, suffixes=SUFFIXES)
    # By its driver: GDAL would follow a list of other files and addresses under the name of a picture.
    with guarded(path.name, *_RAISED), rasterio.open(path, driver="GTiff") as raster:
        _require_small_blocks(raster, file=path.name)
        reading = _Reading(raster, path.name, outline=outline, crs=crs, band=band, cell_m=cell_m)
        return reading.cells(progress)


def _require_small_blocks(raster: Any, *, file: str) -> None:
    height, width = raster.block_shapes[0]
    together = raster.count if str(raster.interleaving).lower().endswith("pixel") else 1
    size = height * width * together * max(np.dtype(each).itemsize for each in raster.dtypes)
    if size > MAX_BLOCK_BYTES:
        raise TooLargeError(
            "{file}: is packed in pieces of {size} MB, at most {limit} MB are read; save it in QGIS as GeoTIFF with "
            "the option TILED=YES",
            file=file,
            size=size // 1_000_000,
            limit=MAX_BLOCK_BYTES // 1_000_000,
        )


class _Reading:
    """One reading of a raster, strip by strip."""

    def __init__(
        self,
        raster: Any,
        file: str,
        *,
        outline: shapely.Geometry,
        crs: str | None,
        band: str | None,
        cell_m: float | None,
    ) -> None:
        self.raster, self.file, self.outline = raster, file, outline
        self.number = _band(raster, band, file=file)
        self.system = _system(raster, crs, file=file)
        there = pyproj.Transformer.from_crs(4326, self.system, always_xy=True)
        self.back = pyproj.Transformer.from_crs(self.system, 4326, always_xy=True)
        self.window = _window(raster, outline, there, file=file)
        self.side_m = _side_m(raster, self.window, self.back)
        coarse_m = cell_m or (COARSE_CELL_M if self.side_m < FINE_CELL_M else 0.0)
        # Squares smaller than the cells are made when their people have been spread.
        self.cell_m = coarse_m if coarse_m > self.side_m else None
        self.most = max(1_000.0, MAX_PER_KM2 * (self.side_m / 1000.0) ** 2)
        self.rejected: list[Rejection] = []
        self.n_read = self.n_nodata = self.n_points = 0
        self.outside = 0.0
        self.kept: list[gpd.GeoDataFrame] = []
        self.squares = Squares(outline, self.cell_m) if self.cell_m else None
        shapely.prepare(outline)

    def cells(self, progress: Progress) -> RasterCells:
        """Read the cells under the district."""
        window = self.window
        rows = max(1, STRIP_CELLS // int(window.width))
        for start in range(0, int(window.height), rows):
            progress("reading the raster: {part}", part=f"{start / window.height:.0%}")
            self._read(Window(window.col_off, window.row_off + start, window.width, min(rows, window.height - start)))
        empty = gpd.GeoDataFrame({"row": [], "weight": []}, geometry=[], crs=4326)
        frame = gpd.GeoDataFrame(
            {
                "row": np.concatenate([f["row"].to_numpy(object) for f in [*self.kept, empty]]),
                "weight": np.concatenate([f["weight"].to_numpy(np.float64) for f in [*self.kept, empty]]),
            },
            geometry=np.concatenate([np.asarray(f.geometry.to_numpy(), object) for f in [*self.kept, empty]]),
            crs=4326,
        )
        notes = []
        if self.n_nodata:
            notes.append(Rejection(None, "{count} cells inside the district hold no value", {"count": self.n_nodata}))
        return RasterCells(
            frame,
            self.system.name,
            self.n_read,
            self.rejected,
            notes,
            n_nodata=self.n_nodata,
            side_m=self.side_m,
            covered=_covered(self.raster, self.back, self.outline),
            outside=self.outside,
            clipped=self.squares.clipped() if self.squares else None,
            cell_m=self.cell_m,
        )

    def _read(self, strip: Window) -> None:
        transform = self.raster.transform
        values = self.raster.read(self.number, window=strip, masked=True)
        people = np.ma.filled(values.astype(np.float64), np.nan)
        people[np.isinf(people)] = np.nan
        self.n_nodata += _count_inside(np.isnan(people), strip, transform, self.back, self.outline)
        row, col = np.nonzero(~np.isnan(people) & (people != 0))
        weight = people[row, col]
        self._require_people(weight, values.dtype)
        row, col = row + int(strip.row_off), col + int(strip.col_off)
        cells = _polygons(row, col, transform, self.back)
        touches = np.asarray(shapely.intersects(self.outline, cells), dtype=bool)
        is_negative = weight < 0
        self.rejected += [
            Rejection(f"{r},{c}", "{value} people cannot be; is it the raster's mark of no data?", {"value": f"{w:g}"})
            for r, c, w in zip(
                row[touches & is_negative], col[touches & is_negative], weight[touches & is_negative], strict=True
            )
        ]
        if len(self.rejected) > MAX_POINTS:
            raise self._no_people(weight[is_negative])
        self.n_read += int(touches.sum())
        self.outside += float(weight[~touches & ~is_negative].sum())
        kept = np.flatnonzero(touches & ~is_negative)
        label = np.array([f"{r},{c}" for r, c in zip(row[kept], col[kept], strict=True)], object)
        frame = gpd.GeoDataFrame({"row": label, "weight": weight[kept]}, geometry=cells[kept], crs=4326)
        if self.squares:
            self.squares.add(clip_cells(frame, self.outline))
            self.n_points = self.squares.count
        else:
            self.kept.append(frame)
            self.n_points += len(frame)
        if self.n_points > MAX_POINTS:
            side = self.cell_m or self.side_m
            part = (strip.row_off + strip.height - self.window.row_off) / self.window.height
            raise too_many_points(self.n_points / part, side, file=self.file)

    def _require_people(self, weight: NDArray[np.float64], dtype: Any) -> None:
        """Raise `InputError` where a value cannot be people, but marks a cell without a value."""
        highest = np.iinfo(dtype).max if np.issubdtype(dtype, np.integer) else np.finfo(dtype).max
        is_mark = (weight > self.most) | ((weight == float(highest)) & (np.dtype(dtype).itemsize > 1))
        for nines in _NINES:
            # One cell may hold so many people; several with the very same number do not.
            is_mark |= (weight == nines) & ((weight == nines).sum() >= 3)
        if is_mark.any():
            raise self._no_people(weight[is_mark])

    def _no_people(self, weight: NDArray[np.float64]) -> InputError:
        return InputError(
            "{file}: {count} cells of {side} m hold {value}, which cannot be people; if it marks cells without a "
            "value, declare it as no data in QGIS (Translate, Assign nodata) and send the file again",
            file=self.file,
            count=len(weight),
            side=f"{self.side_m:.0f}",
            value=f"{weight[0]:.10g}",
        )


def too_many_points(count: float, side_m: float, *, file: str) -> TooLargeError:
    """Return the refusal of more cells with people than are stored, with squares that would do."""
    wanted = side_m * np.sqrt(1.2 * count / MAX_POINTS)
    return TooLargeError(
        "{file}: some {count} cells with people lie in the district, at most {limit} are stored; sum them up into "
        "larger squares, such as --cell {side}",
        file=file,
        count=f"{count:.0f}",
        limit=MAX_POINTS,
        side=int(np.ceil(wanted / 50.0) * 50),
    )


def _covered(raster: Any, back: pyproj.Transformer, outline: shapely.Geometry) -> float:
    """Return the share of a district's area that lies under a raster."""
    corners = np.array([(0, 0), (raster.width, 0), (raster.width, raster.height), (0, raster.height)], np.float64)
    ring = shapely.get_coordinates(shapely.segmentize(shapely.Polygon(corners), max(1.0, max(raster.shape) / DENSIFY)))
    lon, lat = back.transform(*_applied(raster.transform, ring[:, 0], ring[:, 1]))
    if not (np.isfinite(lon).all() and np.isfinite(lat).all()):
        return 1.0  # it reaches beyond its own projection, as rasters of the whole world do
    extent = shapely.make_valid(shapely.Polygon(np.column_stack([lon, lat])))
    return float(shapely.area(shapely.intersection(extent, outline)) / shapely.area(outline))


def _band(raster: Any, band: str | None, *, file: str) -> int:
    if band is None and raster.count == 1:
        return 1
    if band is None or not (band.isdigit() and 1 <= int(band) <= raster.count):
        raise InputError(
            "{file}: holds {count} bands; choose one by its number, such as --column 1", file=file, count=raster.count
        )
    return int(band)


def _system(raster: Any, crs: str | None, *, file: str) -> pyproj.CRS:
    declared = None
    if raster.crs is not None:
        with guarded(file, rasterio.errors.RasterioError, pyproj.exceptions.CRSError):
            declared = pyproj.CRS.from_user_input(raster.crs.to_wkt())
    if declared is not None and not (declared.is_geographic or declared.is_projected):
        declared = None  # a drawing's own axes
    known = crs if crs is not None else declared
    if crs is None and declared is not None and shifted_system(declared.name):
        raise InputError(
            "{file}: is in {crs}, from which rasters cannot be converted; export it from its source in EPSG:4326",
            file=file,
            crs=declared.name[:60],
        )
    if known is None:
        raise InputError(
            "{file}: does not say which coordinate system it is in; give it with --crs, such as --crs EPSG:4326 or "
            "--crs ESRI:54009",
            file=file,
        )
    if raster.transform.is_identity:
        raise InputError("{file}: does not say where it is; save it as a GeoTIFF with its position", file=file)
    system = read_system(known)
    if system.is_compound or system.is_bound:
        system = pyproj.CRS.from_user_input(system.to_2d() if system.is_compound else system.source_crs)
    return system


def _window(raster: Any, outline: shapely.Geometry, there: pyproj.Transformer, *, file: str) -> Window:
    """Return the rows and columns under the district's extent."""
    if raster.transform.is_degenerate:
        raise InputError(
            "{file}: its cells have no size, so nobody knows where they lie; export it from its source again", file=file
        )
    extent = shapely.box(*shapely.bounds(outline))
    ring = shapely.get_coordinates(shapely.segmentize(extent, extent.length / (4 * DENSIFY)))
    x, y = there.transform(ring[:, 0], ring[:, 1])
    if np.isfinite(x).all() and np.isfinite(y).all():
        col, row = _applied(~raster.transform, np.asarray(x), np.asarray(y))
        west, east = max(0, int(np.floor(col.min()))), min(raster.width, int(np.ceil(col.max())))
        north, south = max(0, int(np.floor(row.min()))), min(raster.height, int(np.ceil(row.max())))
        if east > west and south > north:
            if (east - west) * (south - north) > MAX_CELLS:
                raise InputError(
                    "{file}: {count} cells lie under the district; is its coordinate system right? Give it with --crs",
                    file=file,
                    count=(east - west) * (south - north),
                )
            return Window(west, north, east - west, south - north)
    bounds = ", ".join(f"{value:.10g}" for value in raster.bounds)
    raise InputError(
        "{file}: does not cover the district: its extent is {bounds}. Is it the right file, or of another coordinate "
        "system (give it with --crs)?",
        file=file,
        bounds=bounds,
    )


def _applied(transform: Any, col: NDArray[Any], row: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return x and y of pixel corners; by the coefficients, since the operator differs between versions of affine."""
    return transform.a * col + transform.b * row + transform.c, transform.d * col + transform.e * row + transform.f


def _polygons(
    row: NDArray[np.int64], col: NDArray[np.int64], transform: Any, back: pyproj.Transformer
) -> NDArray[np.object_]:
    """Return the areas of cells, EPSG:4326."""
    if row.size == 0:
        return np.empty(0, object)
    corner_col = np.column_stack([col, col + 1, col + 1, col])
    corner_row = np.column_stack([row, row, row + 1, row + 1])
    lon, lat = back.transform(*_applied(transform, corner_col.ravel(), corner_row.ravel()))
    return np.asarray(shapely.polygons(np.column_stack([lon, lat]).reshape(-1, 4, 2)), dtype=object)


def _count_inside(
    is_empty: NDArray[np.bool_], strip: Window, transform: Any, back: pyproj.Transformer, outline: shapely.Geometry
) -> int:
    row, col = np.nonzero(is_empty)
    if row.size == 0:
        return 0
    lon, lat = back.transform(*_applied(transform, col + strip.col_off + 0.5, row + strip.row_off + 0.5))
    return int(shapely.contains_xy(outline, np.asarray(lon), np.asarray(lat)).sum())


def _side_m(raster: Any, window: Window, back: pyproj.Transformer) -> float:
    """Return the longer side of the cell in the middle, metres."""
    row, col = window.row_off + window.height / 2, window.col_off + window.width / 2
    lon, lat = back.transform(*_applied(raster.transform, np.array([col, col + 1, col]), np.array([row, row, row + 1])))
    geod = pyproj.Geod(ellps="WGS84")
    _, _, metres = geod.inv(lon[[0, 0]], lat[[0, 0]], lon[[1, 2]], lat[[1, 2]])
    return float(np.max(metres))
