"""Clip areas and points with people to a district; every person is accounted for."""

from dataclasses import dataclass
from typing import Annotated

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from geo.crs import LocalPlane
from loaders.isolated.parcel import Frame
from loaders.report import Rejection

MAX_PEOPLE_ROWS = 2_000_000
PeopleFrame = Annotated[
    gpd.GeoDataFrame,
    Frame(
        {"row": "row", "weight": "float"},
        geometry=frozenset({"Point", "MultiPoint", "Polygon", "MultiPolygon", "GeometryCollection"}),
        max_rows=MAX_PEOPLE_ROWS,
    ),
]
"""Cells or points with people."""


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

    cells: PeopleFrame
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


class Squares:
    """People of cells of which there are many, summed up in squares as they are read; every person is kept.

    Parameters
    ----------
    outline : Polygon or MultiPolygon
        The district, EPSG:4326; the squares lie in the plane through its middle.
    cell_m : float
        Their side, metres.
    """

    def __init__(self, outline: shapely.Geometry, cell_m: float) -> None:
        west, south, east, north = shapely.bounds(outline)
        self._plane = LocalPlane(float(west + east) / 2, float(south + north) / 2)
        self._cell_m = cell_m
        self._lon_lat = np.empty((0, 2))
        self._weight = np.empty(0)
        self._read = self._inside = self._outside = 0.0
        self._n_cut = 0
        self._rows_outside: list[int | str] = []

    @property
    def count(self) -> int:
        """Return the number of squares with people."""
        return len(self._weight)

    def add(self, clipped: "ClippedCells") -> None:
        """Sum up more cells, cut to the district."""
        self._read += clipped.sums.read
        self._inside += clipped.sums.inside
        self._outside += clipped.sums.outside
        self._n_cut += clipped.n_cut
        self._rows_outside += clipped.outside
        lon_lat = np.vstack([self._lon_lat, middles(clipped.cells.geometry.to_numpy())])
        weight = np.concatenate([self._weight, clipped.cells["weight"].to_numpy(np.float64)])
        self._lon_lat, self._weight = group_points(lon_lat, weight, cell_m=self._cell_m, plane=self._plane)

    def clipped(self) -> "ClippedCells":
        """Return the squares as points with the people of each."""
        frame = gpd.GeoDataFrame(
            {"row": np.arange(self.count), "weight": self._weight}, geometry=shapely.points(self._lon_lat), crs=4326
        )
        sums = Sums(self._read, self._inside, self._outside)
        return ClippedCells(frame, sums, self._rows_outside, self._n_cut)


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
    lon_lat: NDArray[np.float64],
    weight: NDArray[np.float64],
    *,
    cell_m: float,
    plane: LocalPlane | None = None,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return one point per square of `cell_m` metres: the middle of its people, with their sum.

    `plane` is that of the squares, by default the one through the middle of the points. Sums are kept exactly as floats
    add up; nothing is interpolated, so no person appears or is lost.
    """
    if len(weight) == 0:
        return lon_lat, weight
    lon, lat = lon_lat.mean(axis=0)
    x, y = (plane or LocalPlane(float(lon), float(lat))).to_metres(lon_lat[:, 0], lon_lat[:, 1])
    east, north = np.floor(x / cell_m).astype(np.int64), np.floor(y / cell_m).astype(np.int64)
    group = np.unique((east << 32) + north, return_inverse=True)[1].ravel()
    total = np.bincount(group, weights=weight).astype(np.float64)
    part = weight / np.where(total[group] > 0, total[group], 1.0)
    at: NDArray[np.float64] = np.column_stack([np.bincount(group, lon_lat[:, axis] * part) for axis in (0, 1)])
    return at[total > 0], total[total > 0]


def rejected_outside(rows: list[int | str]) -> list[Rejection]:
    """Return the rejections of rows that lie elsewhere."""
    return [Rejection(row, "outside the district") for row in rows]
