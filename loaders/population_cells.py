"""Population by cell or point: GeoPackage, GeoJSON, Shapefile, CSV and XLSX."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from geo.errors import InputError
from loaders.cells import PeopleFrame
from loaders.columns import Table, find_table, header_candidates, match_headers
from loaders.geojson import GeometryError
from loaders.notes import shortened, some
from loaders.numbers import parse_count, unit_of
from loaders.report import Rejection
from loaders.tabular import Sheet
from loaders.vector import cell_text, read_vector, to_4326

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

    frame: PeopleFrame
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
            columns=some(columns) or "-",
        )
    if "people" not in at:
        raise InputError(
            "{file}: no column of people was found; there are: {columns}. Name it with --column",
            file=path.name,
            columns=some(columns) or "-",
        )
    header = columns[at["people"]]
    texts = [cell_text(value) for value in frame[header]]
    geometry = frame.geometry.to_numpy()
    checked = _checked(
        list(range(1, len(frame) + 1)), texts, geometry, crs=file.crs, notes=list(file.notes), times=unit_of(header)
    )
    rejected = [_problem(each, file.problems) for each in checked.rejected]
    return Cells(checked.frame, checked.crs, checked.n_read, rejected, checked.notes)


def _problem(rejection: Rejection, problems: Mapping[int, GeometryError]) -> Rejection:
    """Return why a geometry could not be read, for a row that seems to have none."""
    problem = problems.get(rejection.row) if isinstance(rejection.row, int) else None
    return Rejection(rejection.row, problem.template, dict(problem.values)) if problem else rejection


def is_point_table(sheets: Sequence[Sheet], *, column: str | None = None) -> bool:
    """Tell whether a table has coordinates (else its rows are towns)."""
    return any(
        {"lon", "lat"} <= match_headers(cells, POINT_WORDS).keys()
        for s in sheets
        if not s.is_hidden
        for _, cells in header_candidates(s)
    )


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
    rows: list[int | str] = []
    texts: list[str] = []
    points: list[tuple[float, float]] = []
    units = {unit_of(row.headers["people"]) for row in table.rows}
    if len(units) > 1:
        raise InputError("{file}: its sheets count people in different units; send them one by one", file=file)
    for label, cells, _ in table.rows:
        lon, lat = parse_count(cells["lon"]), parse_count(cells["lat"])
        if lon is None or lat is None:
            said: dict[str, object] = {"lon": shortened(cells["lon"]) or "-", "lat": shortened(cells["lat"]) or "-"}
            rejected.append(Rejection(label, "longitude {lon} or latitude {lat} is not a number", said))
            continue
        rows.append(label)
        texts.append(cells["people"])
        points.append((lon, lat))
    geometry = shapely.points(np.array(points, np.float64).reshape(-1, 2))
    moved = to_4326(gpd.GeoDataFrame(geometry=geometry, crs=None if crs else 4326), crs, file=file)
    checked = _checked(
        rows,
        texts,
        moved.frame.geometry.to_numpy(),
        crs=moved.crs,
        notes=[*moved.notes, *table.notes],
        times=units.pop() if units else 1.0,
    )
    return Cells(
        checked.frame, checked.crs, checked.n_read + len(rejected), [*rejected, *checked.rejected], checked.notes
    )


def _checked(
    rows: Sequence[int | str],
    texts: Sequence[str],
    geometry: NDArray[np.object_],
    *,
    crs: str,
    notes: list[Rejection],
    times: float,
) -> Cells:
    geometry = np.array(geometry, object)
    kind = shapely.get_type_id(geometry)
    is_point = kind == shapely.GeometryType.POINT
    is_area = np.isin(kind, (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON))
    is_empty = shapely.is_missing(geometry) | shapely.is_empty(geometry)
    is_flat = is_area & ~(shapely.area(geometry) > 0)
    kept: list[int] = []
    weight: list[float] = []
    rejected: list[Rejection] = []
    for i, (row, text) in enumerate(zip(rows, texts, strict=True)):
        people = _people(row, text, times)
        if isinstance(people, Rejection):
            rejected.append(people)
        elif is_empty[i]:
            rejected.append(Rejection(row, "has no geometry"))
        elif not (is_point[i] or is_area[i]):
            said = {"kind": geometry[i].geom_type}
            rejected.append(Rejection(row, "is a {kind}, neither a point nor an area", said))
        elif is_flat[i]:
            rejected.append(Rejection(row, "has no area"))
        else:
            kept.append(i)
            weight.append(people)
    shapes = geometry[kept]
    is_bad = ~shapely.is_valid(shapes)
    if is_bad.any():
        notes = [
            *notes, Rejection(None, "{count} cells with invalid rings were repaired", {"count": int(is_bad.sum())})
        ]  # fmt: skip
        shapes[is_bad] = shapely.make_valid(shapes[is_bad])
    labels = np.empty(len(kept), object)
    labels[:] = [rows[i] for i in kept]
    frame = gpd.GeoDataFrame({"row": labels, "weight": np.array(weight, np.float64)}, geometry=shapes, crs=4326)
    return Cells(frame, crs, len(rows), rejected, notes)


def _people(row: int | str, text: str, times: float) -> float | Rejection:
    people = parse_count(text, times=times)
    if not text.strip():
        return Rejection(row, "holds no number of people")
    if people is None:
        return Rejection(row, "{value} is not a number of people", {"value": shortened(text)})
    if people < 0:
        return Rejection(
            row,
            "{value} people cannot be; a negative number often marks a value that is kept secret",
            {"value": text},
        )
    return people
