"""Areas and points that hold people, cut to a district; every person is accounted for."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from geo.crs import LocalPlane
from loaders.report import Rejection


@dataclass(frozen=True)
class Sums:
    """What became of a file's people: `read` = `inside` + `outside`; what is stored is `inside`."""

    read: float
    inside: float
    outside: float

    def as_dict(self, **more: float) -> dict[str, float]:
        """Return the sums as they are recorded, to the thousandth, with `more` beside them."""
        facts = {"read": self.read, "inside": self.inside, "outside": self.outside, **more}
        return {name: round(float(value), 3) for name, value in facts.items()}


@dataclass(frozen=True)
class ClippedCells:
    """The cells (row, weight, geometry; EPSG:4326) or parts of cells inside a district.

    `outside` are the rows of which nothing lies inside; `n_cut` counts those of which a part does.
    """

    cells: gpd.GeoDataFrame
    sums: Sums
    outside: list[int | str]
    n_cut: int


def clip_cells(cells: gpd.GeoDataFrame, outline: shapely.Geometry) -> ClippedCells:
    """Cut cells to a district; a cell that its outline cuts keeps people by the share of its area inside.

    Parameters
    ----------
    cells : GeoDataFrame
        ``row``, ``weight``, geometry: Points or (Multi)Polygons, EPSG:4326.
    outline : Polygon or MultiPolygon
        EPSG:4326. A point on it is inside.

    Notes
    -----
    Shares are taken in degrees: within one cell a degree east is as long everywhere, so they are shares of area.
    """
    geometry = np.array(cells.geometry.to_numpy(), dtype=object)
    weight = cells["weight"].to_numpy(np.float64)
    shapely.prepare(outline)
    is_within = np.asarray(shapely.covers(outline, geometry), dtype=bool)
    is_cut = np.asarray(shapely.intersects(outline, geometry), dtype=bool) & ~is_within
    share = is_within.astype(np.float64)
    at = np.flatnonzero(is_cut)
    if at.size:
        parts = shapely.intersection(geometry[at], outline)
        share[at] = np.clip(shapely.area(parts) / shapely.area(geometry[at]), 0.0, 1.0)
        geometry[at] = parts
    is_kept = share > 0.0
    kept = weight * share
    outside = weight - kept
    frame = gpd.GeoDataFrame(
        {"row": cells["row"].to_numpy()[is_kept], "weight": kept[is_kept]}, geometry=geometry[is_kept], crs=4326
    )
    sums = Sums(read=float(weight.sum()), inside=float(kept.sum()), outside=float(outside.sum()))
    return ClippedCells(
        frame, sums, outside=cells["row"].to_numpy()[~is_kept].tolist(), n_cut=int((is_cut & is_kept).sum())
    )


def middles(geometry: NDArray[np.object_]) -> NDArray[np.float64]:
    """Return longitude and latitude of each geometry's centre, or where that lies outside it, of a point in it.

    Returns
    -------
    float64 (n, 2)
    """
    centre = shapely.centroid(geometry)
    is_off = ~np.asarray(shapely.intersects(geometry, centre), dtype=bool)
    if is_off.any():
        centre[is_off] = shapely.point_on_surface(geometry[is_off])
    return np.column_stack([shapely.get_x(centre), shapely.get_y(centre)])


def group_points(
    lon_lat: NDArray[np.float64], weight: NDArray[np.float64], *, cell_m: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return one point per square of `cell_m` metres: the middle of its people, with their sum.

    Sums are kept exactly as floats add up; nothing is interpolated, so no person appears or is lost.
    """
    if len(weight) == 0:
        return lon_lat, weight
    lon, lat = lon_lat.mean(axis=0)
    x, y = LocalPlane(float(lon), float(lat)).to_metres(lon_lat[:, 0], lon_lat[:, 1])
    squares = np.column_stack([np.floor(x / cell_m), np.floor(y / cell_m)]).astype(np.int64)
    group = np.unique(squares, axis=0, return_inverse=True)[1].ravel()
    total = np.bincount(group, weights=weight).astype(np.float64)
    part = weight / np.where(total[group] > 0, total[group], 1.0)
    at: NDArray[np.float64] = np.column_stack([np.bincount(group, lon_lat[:, axis] * part) for axis in (0, 1)])
    return at[total > 0], total[total > 0]


def rejected_outside(rows: list[int | str]) -> list[Rejection]:
    """Return the rejections of rows that lie elsewhere."""
    return [Rejection(row, "outside the district") for row in rows]
