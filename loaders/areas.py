"""Parse key areas (重点区域) from a file of polygons."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import geopandas as gpd
import shapely

from geo.errors import InputError
from geo.records import CODE, MAX_NAME, MAX_TEXT
from loaders.boundaries import MAX_MENDED
from loaders.columns import match_headers
from loaders.isolated.parcel import Frame
from loaders.isolated.parsers import Progress, silent
from loaders.notes import shortened
from loaders.report import Rejection
from loaders.synonyms import clean
from loaders.vector import cell_text, read_vector

WORDS = {
    "code": "代码 编号 编码 code id",
    "name": "名称 区域名称 重点区域 片区 商圈 name title",
    "note": "备注 说明 note description",
}
"""Field to the columns it goes by."""

MAX_AREAS = 10_000


@dataclass(frozen=True)
class KeyAreas:
    """Parsed key areas (code, name, note, geometry; EPSG:4326), and what became of the other rows."""

    areas: Annotated[
        gpd.GeoDataFrame,
        Frame(
            {"code": "text", "name": "text", "note": "text?"}, geometry=frozenset({"MultiPolygon"}), max_rows=MAX_AREAS
        ),
    ]
    crs: str
    n_read: int
    rejected: list[Rejection]
    notes: list[Rejection]


@dataclass(frozen=True, kw_only=True)
class AreasContext:
    """What key areas are read with.

    Attributes
    ----------
    outline : Polygon or MultiPolygon
        The district, EPSG:4326.
    crs : str or None
        See `loaders.vector.read_vector`.
    taken : frozenset of str
        Codes of towns: a number by area must tell the two apart.
    """

    outline: shapely.Geometry
    crs: str | None = None
    taken: frozenset[str] = frozenset()


def parse_areas(path: Path, context: AreasContext, progress: Progress = silent) -> KeyAreas:
    """Read key areas from GeoJSON, GeoPackage or Shapefile; those that touch the district are kept whole.

    Raises
    ------
    InputError
        If the file cannot be read.
    """
    file = read_vector(path, crs=context.crs)
    if len(file.frame) > MAX_AREAS:
        raise InputError(
            "{file}: holds {count} areas, at most {limit} are read; keep only the district",
            file=path.name,
            count=len(file.frame),
            limit=MAX_AREAS,
        )
    progress("checking {count} areas", count=len(file.frame))
    columns = [str(name) for name in file.frame.columns if name != file.frame.geometry.name]
    at = match_headers(columns, WORDS)
    rows: list[dict[str, object]] = []
    rejected: list[Rejection] = []
    first: dict[str, int] = {}
    for number, (values, shape) in enumerate(
        zip(file.frame[columns].itertuples(index=False), file.frame.geometry, strict=True), 1
    ):
        texts = {field: _text(values[column]) for field, column in at.items()}
        name = texts.get("name") or f"重点区域{number}"
        code = texts.get("code") or f"area-{number}"
        count = int(shapely.get_num_coordinates(shape)) if shape is not None else 0
        is_endless = count > MAX_MENDED and not shapely.is_valid(shape)
        polygons = None if is_endless else _polygons(shape)
        if number in file.problems:
            problem = file.problems[number]
            rejected.append(Rejection(number, problem.template, dict(problem.values)))
        elif is_endless:
            rejected.append(
                Rejection(
                    number,
                    "{name}: its boundary crosses itself and has {count} positions; repair it in QGIS (Fix geometries)",
                    {"name": shortened(name), "count": count},
                )
            )
        elif polygons is None:
            rejected.append(Rejection(number, "{name} has no area", {"name": shortened(name)}))
        elif not CODE.fullmatch(code):
            rejected.append(
                Rejection(
                    number,
                    "{name}: the code {value} may hold only letters, digits, - _ .",
                    {"name": shortened(name), "value": shortened(code)},
                )
            )
        elif code in context.taken:
            rejected.append(Rejection(number, "{name}: {code} is the code of a town", {"name": name, "code": code}))
        elif code in first:
            rejected.append(
                Rejection(
                    number,
                    "{name}: the code {value} is already in row {first}",
                    {"name": name, "value": code, "first": first[code]},
                )
            )
        elif not shapely.intersects(context.outline, polygons):
            rejected.append(Rejection(number, "outside the district"))
        else:
            first[code] = number
            note = texts.get("note", "")[:MAX_TEXT] or None
            rows.append({"code": code, "name": name[:MAX_NAME], "note": note, "geometry": polygons})
    notes = list(file.notes)
    if "name" not in at:
        notes.append(Rejection(None, "the file has no column of names; the areas are numbered"))
    frame = gpd.GeoDataFrame(rows, columns=["code", "name", "note", "geometry"], geometry="geometry", crs=4326)
    return KeyAreas(frame, file.crs, len(file.frame), rejected, notes)


def _text(value: object) -> str:
    return clean(re.sub(r"^(\d+)\.0$", r"\1", cell_text(value)))


def _polygons(shape: shapely.Geometry | None) -> shapely.Geometry | None:
    if shape is None or shapely.is_empty(shape):
        return None
    parts = shapely.get_parts(shapely.get_parts([shapely.make_valid(shape)]))
    polygons = [part for part in parts if part.geom_type == "Polygon" and part.area > 0]
    return shapely.multipolygons(polygons) if polygons else None
