"""Key areas (重点区域) from a file of polygons."""

import re
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import shapely
from sqlalchemy import select
from sqlalchemy.orm import Session

from geo.db.areas import CODE, SOURCE_LAYER, replace_areas
from geo.db.drawing import MAX_NAME, MAX_TEXT
from geo.db.layers import SourceFacts, require_outline
from geo.db.tables import Region
from loaders.columns import match_headers
from loaders.notes import nothing_stored
from loaders.report import LoadReport, Rejection, sha256
from loaders.vector import read_vector
from loaders.words import clean

WORDS = {
    "code": "代码 编号 编码 code id",
    "name": "名称 区域名称 重点区域 片区 商圈 name title",
    "note": "备注 说明 note description",
}
"""Field to the columns it goes by."""


@dataclass(frozen=True)
class KeyAreas:
    """Parsed key areas (code, name, note, geometry; EPSG:4326), and what became of the other rows."""

    areas: gpd.GeoDataFrame
    crs: str
    n_read: int
    rejected: list[Rejection]
    notes: list[Rejection]


def parse_areas(
    path: Path, *, outline: shapely.Geometry, crs: str | None = None, taken: frozenset[str] = frozenset()
) -> KeyAreas:
    """Read key areas; those that touch the district are kept whole.

    Parameters
    ----------
    path : Path
        GeoJSON, GeoPackage, Shapefile or zipped Shapefile with a column of names and perhaps of codes and notes.
    outline : Polygon or MultiPolygon
        The district, EPSG:4326.
    crs : str, optional
        See `loaders.vector.read_vector`.
    taken : frozenset of str
        Codes of towns: a number by area must tell the two apart.

    Raises
    ------
    InputError
        If the file cannot be read.
    """
    file = read_vector(path, crs=crs)
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
        polygons = _polygons(shape)
        if polygons is None:
            rejected.append(Rejection(number, "{name} has no area", {"name": name}))
        elif not CODE.fullmatch(code):
            rejected.append(
                Rejection(
                    number,
                    "{name}: the code {value} may hold only letters, digits, - _ .",
                    {"name": name, "value": code},
                )
            )
        elif code in taken:
            rejected.append(Rejection(number, "{name}: {code} is the code of a town", {"name": name, "code": code}))
        elif code in first:
            rejected.append(
                Rejection(
                    number,
                    "{name}: the code {value} already stands in row {first}",
                    {"name": name, "value": code, "first": first[code]},
                )
            )
        elif not shapely.intersects(outline, polygons):
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


def load_areas(
    session: Session, path: Path, *, district: str, crs: str | None = None, is_dry_run: bool = False
) -> LoadReport:
    """Replace the loaded key areas of a district; those drawn by hand stay.

    Raises
    ------
    NotReadyError
        If the district has no outline yet.
    InputError
        If the file cannot be used; nothing is changed then, nor if no row can be used.
    """
    outline = require_outline(session, district)
    towns = frozenset(session.scalars(select(Region.code).where(Region.district_code == district)))
    parsed = parse_areas(path, outline=outline, crs=crs, taken=towns)
    notes = list(parsed.notes)
    if parsed.areas.empty:
        notes.append(nothing_stored())
    elif not is_dry_run:
        facts = SourceFacts(
            file_name=path.name,
            rows_read=parsed.n_read,
            rows_stored=len(parsed.areas),
            rows_rejected=len(parsed.rejected),
            checksum=sha256(path),
            crs=parsed.crs,
        )
        replace_areas(session, district, parsed.areas, facts)
    return LoadReport(SOURCE_LAYER, path.name, parsed.n_read, len(parsed.areas), parsed.rejected, notes)


def _text(value: object) -> str:
    if value is None or value != value:  # NaN is the one value that is not itself
        return ""
    return clean(re.sub(r"^(\d+)\.0$", r"\1", str(value)))


def _polygons(shape: shapely.Geometry | None) -> shapely.Geometry | None:
    if shape is None or shapely.is_empty(shape):
        return None
    parts = shapely.get_parts(shapely.get_parts([shapely.make_valid(shape)]))
    polygons = [part for part in parts if part.geom_type == "Polygon" and part.area > 0]
    return shapely.multipolygons(polygons) if polygons else None
