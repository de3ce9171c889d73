"""Population rasters (WorldPop, GHSL and their like): people per cell, read only where the district lies."""

from collections.abc import Callable
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

from geo.errors import InputError
from loaders.grid import Cells
from loaders.report import Rejection, require_file

SUFFIXES = (".tif", ".tiff", ".vrt")
MAX_CELLS = 400_000_000
"""Cells under one district; more is a mistake of resolution or place."""
STRIP_CELLS = 4_000_000
"""Cells read at a time."""
DENSIFY = 64
"""Pieces into which each side of the district's extent is cut before it is projected: straight lines bend."""


@dataclass(frozen=True)
class RasterCells(Cells):
    """Cells with people under a district's extent, and how many cells inside it hold nothing.

    `n_nodata` of them are declared (or are NaN) to hold no value; `side_m` is the side of a cell, metres.
    """

    n_nodata: int
    side_m: float


def parse_raster(
    path: Path,
    *,
    outline: shapely.Geometry,
    crs: str | None = None,
    band: str | None = None,
    progress: Callable[..., None] = lambda *_, **__: None,
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
    try:
        # By its driver: GDAL would follow a list of other files and addresses under the name of a picture.
        with rasterio.open(path, driver="GTiff") as raster:
            return _read(raster, path.name, outline=outline, crs=crs, band=band, progress=progress)
    except rasterio.errors.RasterioError as error:
        raise InputError("{file}: cannot be read ({reason})", file=path.name, reason=str(error)) from error


def _read(
    raster: Any,
    file: str,
    *,
    outline: shapely.Geometry,
    crs: str | None,
    band: str | None,
    progress: Callable[..., None],
) -> RasterCells:
    number = _band(raster, band, file=file)
    system = _system(raster, crs, file=file)
    there = pyproj.Transformer.from_crs(4326, system, always_xy=True)
    back = pyproj.Transformer.from_crs(system, 4326, always_xy=True)
    window = _window(raster, outline, there, file=file)
    rows = max(1, STRIP_CELLS // int(window.width))
    shapely.prepare(outline)
    frames, rejected, n_nodata, n_read = [], [], 0, 0
    for start in range(0, int(window.height), rows):
        progress("reading the raster: {part}", part=f"{start / window.height:.0%}")
        strip = Window(window.col_off, window.row_off + start, window.width, min(rows, window.height - start))
        values = raster.read(number, window=strip, masked=True)
        people = np.ma.filled(values.astype(np.float64), np.nan)
        people[np.isinf(people)] = np.nan
        n_nodata += _count_inside(np.isnan(people), strip, raster.transform, back, outline)
        row, col = np.nonzero(~np.isnan(people) & (people != 0))
        cells = _polygons(row + strip.row_off, col + strip.col_off, raster.transform, back)
        touches = np.asarray(shapely.intersects(outline, cells), dtype=bool)
        is_negative = people[row, col] < 0
        label = np.array([f"{r},{c}" for r, c in zip(row + strip.row_off, col + strip.col_off, strict=True)], object)
        rejected += [
            Rejection(name, "{value} people cannot be; is it the raster's mark of no data?", {"value": f"{value:g}"})
            for name, value in zip(label[touches & is_negative], people[row, col][touches & is_negative], strict=True)
        ]
        n_read += int((touches & is_negative).sum())
        kept = ~is_negative
        frames.append(
            gpd.GeoDataFrame({"row": label[kept], "weight": people[row, col][kept]}, geometry=cells[kept], crs=4326)
        )
        n_read += int((touches & kept).sum())
    frame = gpd.GeoDataFrame(
        {
            "row": np.concatenate([f["row"].to_numpy(object) for f in frames]),
            "weight": np.concatenate([f["weight"].to_numpy(np.float64) for f in frames]),
        },
        geometry=np.concatenate([f.geometry.to_numpy() for f in frames]),
        crs=4326,
    )
    notes = []
    if n_nodata:
        notes.append(Rejection(None, "{count} cells inside the district hold no value", {"count": n_nodata}))
    return RasterCells(frame, system.name, n_read, rejected, notes, n_nodata, _side_m(raster, window, back))


def _band(raster: Any, band: str | None, *, file: str) -> int:
    if band is None and raster.count == 1:
        return 1
    if band is None or not (band.isdigit() and 1 <= int(band) <= raster.count):
        raise InputError(
            "{file}: holds {count} bands; choose one by its number, such as --column 1", file=file, count=raster.count
        )
    return int(band)


def _system(raster: Any, crs: str | None, *, file: str) -> pyproj.CRS:
    if crs is None and raster.crs is None:
        raise InputError(
            "{file}: does not say which coordinate system it is in; give it with --crs, such as --crs EPSG:4326 or "
            "--crs ESRI:54009",
            file=file,
        )
    if raster.transform.is_identity:
        raise InputError("{file}: does not say where it lies; save it as a GeoTIFF with its position", file=file)
    try:
        return pyproj.CRS.from_user_input(crs if crs is not None else raster.crs.to_wkt())
    except pyproj.exceptions.CRSError as error:
        raise InputError(
            "the coordinate system {crs} is not known; give a code such as EPSG:4326 or ESRI:54009", crs=crs
        ) from error


def _window(raster: Any, outline: shapely.Geometry, there: pyproj.Transformer, *, file: str) -> Window:
    """Return the rows and columns under the district's extent."""
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
