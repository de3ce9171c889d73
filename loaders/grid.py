"""Population by cell or point: GeoPackage, GeoJSON, Shapefile, CSV and XLSX."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from geo.errors import InputError
from loaders.columns import Table, find_table, match_headers
from loaders.numbers import parse_count
from loaders.report import Rejection
from loaders.tabular import Sheet
from loaders.vector import read_vector, to_4326

PEOPLE_WORDS = (
    "人口 人口数 人数 总人口 常住人口 户籍人口 户籍 常住 合计 人口合计 居民数 "
    "population people pop inhabitants persons residents pop_total total_population popu count headcount asukkaita"
)
"""Headers of a column that holds people."""
POINT_WORDS = {
    "lon": "经度 东经 lon lng long longitude x",
    "lat": "纬度 北纬 lat latitude y",
    "people": f"{PEOPLE_WORDS} weight value 权重 数量",
}


@dataclass(frozen=True)
class Cells:
    """Cells or points with people: ``row``, ``weight``, geometry in EPSG:4326; and what became of the other rows."""

    frame: gpd.GeoDataFrame
    crs: str
    n_read: int
    rejected: list[Rejection]
    notes: list[Rejection]


def parse_grid(path: Path, *, crs: str | None = None, column: str | None = None) -> Cells:
    """Read a layer of areas or points with people.

    Parameters
    ----------
    path : Path
        GeoPackage, GeoJSON, Shapefile or zipped Shapefile; rows count from 1 in its order.
    crs : str, optional
        See `loaders.vector.read_vector`.
    column : str, optional
        The column of people; by default the first of `PEOPLE_WORDS` there is.

    Raises
    ------
    InputError
        If the file cannot be read or lacks the column.
    """
    file = read_vector(path, crs=crs, with_points=True)
    frame = file.frame
    columns = [str(name) for name in frame.columns if name != frame.geometry.name]
    at = match_headers(columns, {"people": POINT_WORDS["people"]}, named={"people": column} if column else None)
    if "people" not in at and column is not None:
        raise InputError(
            "{file}: there is no column {column}; there are: {columns}",
            file=path.name,
            column=column,
            columns=", ".join(columns) or "-",
        )
    if "people" not in at:
        raise InputError(
            "{file}: no column of people was found; there are: {columns}. Name it with --column",
            file=path.name,
            columns=", ".join(columns) or "-",
        )
    texts = ["" if value is None or value != value else str(value) for value in frame[columns[at["people"]]]]
    return _checked(list(range(1, len(frame) + 1)), texts, list(frame.geometry), crs=file.crs, notes=list(file.notes))


def is_point_table(sheets: Sequence[Sheet], *, column: str | None = None) -> bool:
    """Tell whether a table has coordinates (else its rows are towns)."""
    return any({"lon", "lat"} <= match_headers(cells, POINT_WORDS).keys() for s in sheets for _, cells in s.rows[:10])


def parse_points(sheets: Sequence[Sheet], *, file: str, crs: str | None = None, column: str | None = None) -> Cells:
    """Read a table of points with people; `crs` is WGS84 where none is given.

    Raises
    ------
    InputError
        If a column is missing, or the coordinates are not in `crs`.
    """
    table: Table = find_table(
        sheets,
        POINT_WORDS,
        needed=[("lon",), ("lat",), ("people",)],
        file=file,
        example="经度, 纬度, 人口 / lon, lat, population",
        named={"people": column} if column else None,
    )
    rejected: list[Rejection] = []
    rows, texts, points = [], [], []
    for row, cells in table.rows:
        lon, lat = parse_count(cells["lon"]), parse_count(cells["lat"])
        if lon is None or lat is None:
            said: dict[str, object] = {"lon": cells["lon"] or "-", "lat": cells["lat"] or "-"}
            rejected.append(Rejection(row, "longitude {lon} or latitude {lat} is no number", said))
            continue
        rows.append(row)
        texts.append(cells["people"])
        points.append(shapely.Point(lon, lat))
    moved = to_4326(gpd.GeoDataFrame(geometry=points, crs=None if crs else 4326), crs, file=file)
    notes = list(moved.notes)
    if table.unused:
        notes.append(Rejection(None, "columns not used: {columns}", {"columns": ", ".join(table.unused)}))
    checked = _checked(rows, texts, list(moved.frame.geometry), crs=moved.crs, notes=notes)
    return Cells(
        checked.frame, checked.crs, checked.n_read + len(rejected), [*rejected, *checked.rejected], checked.notes
    )


def _checked(rows: list[int], texts: list[str], geometry: list[Any], *, crs: str, notes: list[Rejection]) -> Cells:
    kept: list[tuple[int, float, Any]] = []
    rejected: list[Rejection] = []
    n_invalid = 0
    for row, text, shape in zip(rows, texts, geometry, strict=True):
        people = _people(row, text)
        if isinstance(people, Rejection):
            rejected.append(people)
        elif shape is None or shape.is_empty:
            rejected.append(Rejection(row, "has no geometry"))
        elif shape.geom_type not in ("Point", "Polygon", "MultiPolygon"):
            rejected.append(Rejection(row, "is a {kind}, neither a point nor an area", {"kind": shape.geom_type}))
        elif shape.geom_type != "Point" and shape.area <= 0:
            rejected.append(Rejection(row, "has no area"))
        else:
            if not shape.is_valid:
                n_invalid += 1
                shape = shapely.make_valid(shape)
            kept.append((row, people, shape))
    if n_invalid:
        notes = [*notes, Rejection(None, "{count} cells with invalid rings were mended", {"count": n_invalid})]
    frame = gpd.GeoDataFrame(
        {"row": [k[0] for k in kept], "weight": np.array([k[1] for k in kept], np.float64)},
        geometry=[k[2] for k in kept],
        crs=4326,
    )
    return Cells(frame, crs, len(rows), rejected, notes)


def _people(row: int, text: str) -> float | Rejection:
    people = parse_count(text)
    if not text.strip():
        return Rejection(row, "holds no number of people")
    if people is None:
        return Rejection(row, "{value} is no number of people", {"value": text})
    if people < 0:
        return Rejection(
            row,
            "{value} people cannot be; a negative number often stands for a value that is kept secret",
            {"value": text},
        )
    return people
