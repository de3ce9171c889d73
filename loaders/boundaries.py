"""Parse boundaries of towns, and the outline of the district from them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import geopandas as gpd
import shapely

from geo.errors import InputError
from geo.records import MAX_NAME
from loaders.geojson import GeometryError
from loaders.isolated.parcel import Frame
from loaders.isolated.parsers import Progress, silent
from loaders.notes import shortened, some, too_long
from loaders.report import Rejection
from loaders.synonyms import clean, header_key
from loaders.vector import cell_text, read_vector

CODE_FIELDS = (
    "乡镇代码", "街道代码", "镇街代码", "town_code", "xzqdm", "区划代码", "行政区划代码", "行政代码", "代码", "code",
    "adcode", "gb", "ref", "osm_id", "@id", "id",
)  # fmt: skip
NAME_FIELDS = (
    "乡镇名称", "街道名称", "镇街名称", "乡镇", "街道", "镇街", "town_name", "township", "town", "xzqmc", "区划名称",
    "行政区划名称", "名称", "name", "name:zh", "mc",
)  # fmt: skip
ENGLISH_NAME_FIELDS = ("name:en", "name_en", "英文名称")
KINDS = ("街道", "镇", "乡")
MIN_AREA_M2 = 10_000.0
"""Smaller pieces are leftovers of drawing, not towns."""
MAX_GAP_M2 = 50_000.0
"""Holes of the outline up to this size are gaps between neighbours drawn apart, and are filled."""
OVERLAP_M2 = 50_000.0
"""Two towns that share more than this are worth a note."""

MAX_TOWNS = 20_000
"""Of a file; a province has two thousand."""
MAX_CODE = 64
"""Characters of a code."""
MAX_MENDED = 20_000
"""Positions of an area whose boundary crosses itself; mending takes time by the square of its crossings."""
EQUAL_AREA = "EPSG:6933"

Regions = Annotated[
    gpd.GeoDataFrame,
    Frame(
        {"code": "text", "name": "text", "name_en": "text?", "kind": "text?"},
        geometry=frozenset({"Polygon", "MultiPolygon"}),
        max_rows=MAX_TOWNS,
    ),
]


@dataclass(frozen=True)
class Boundaries:
    """Parsed towns (code, name, name_en, kind, geometry; EPSG:4326), their union, and what became of each row.

    `n_used` counts the rows that are in a town: several may be parts of one.
    """

    regions: Regions
    outline: shapely.Geometry
    crs: str
    n_read: int
    n_used: int
    rejected: list[Rejection]
    notes: list[Rejection]


@dataclass(frozen=True, kw_only=True)
class BoundariesContext:
    """What boundaries are read with.

    Attributes
    ----------
    district : str
        Code of the district; of a file for a whole city only the towns whose codes begin with it are taken.
    crs : str or None
        See `loaders.vector.read_vector`. GCJ-02 in a file that declares WGS84 cannot be seen: say it.
    code_field, name_field : str or None
        Columns that hold code and name; by default the first of `CODE_FIELDS` and `NAME_FIELDS` that holds anything.
        Without codes the names are used as codes.
    """

    district: str
    crs: str | None = None
    code_field: str | None = None
    name_field: str | None = None


def parse_boundaries(path: Path, context: BoundariesContext, progress: Progress = silent) -> Boundaries:
    """Read the towns of a district from a file of areas: GeoJSON, GeoPackage, Shapefile or zipped Shapefile.

    Several rows with one code and name are the parts of one town.

    Raises
    ------
    InputError
        If the file cannot be read or lacks the columns.
    """
    file = read_vector(path, crs=context.crs)
    frame, notes, district = file.frame, list(file.notes), context.district
    if len(frame) > MAX_TOWNS:
        raise InputError(
            "{file}: holds {count} areas, at most {limit} are read; is it a layer of towns?",
            file=path.name,
            count=len(frame),
            limit=MAX_TOWNS,
        )
    name_column = _column(frame, NAME_FIELDS, context.name_field, file=path.name)
    if name_column is None:
        columns = [str(column) for column in frame.columns if column != frame.geometry.name]
        raise InputError(
            "{file}: no column of names was found; there are: {columns}. Name it with --name-field",
            file=path.name,
            columns=some(columns) or "-",
        )
    code_column = _column(frame, CODE_FIELDS, context.code_field, file=path.name, other=name_column)
    english_column = _column(frame, ENGLISH_NAME_FIELDS, None, file=path.name)
    names = [clean(cell_text(value)) for value in frame[name_column]]
    codes = (
        [_code(cell_text(value)) for value in frame[code_column]] if code_column else [_code(name) for name in names]
    )
    english = (
        [clean(cell_text(value))[:MAX_NAME] or None for value in frame[english_column]] if english_column else None
    )
    if code_column is None:
        notes.append(Rejection(None, "the file has no column of codes; the names are used as codes"))
    progress("checking {count} areas", count=len(frame))
    rows = [
        _Row(index + 1, codes[index], names[index], english[index] if english else None, geometry)
        for index, geometry in enumerate(frame.geometry)
    ]
    is_prefixed = district.isdigit() and any(code.startswith(district) for code in codes)
    values = frame[name_column].tolist(), frame[code_column].tolist() if code_column else []
    rejected: list[Rejection] = []
    parts: dict[str, list[_Part]] = {}
    for row in rows:
        found = _check(row, file.problems, *(column[row.number - 1] if column else None for column in values))
        if isinstance(found, _Part) and is_prefixed and not row.code.startswith(district):
            found = Rejection(
                row.number,
                "{name}: code {code} does not begin with {district}; it belongs to another district",
                {"name": row.name, "code": row.code, "district": district},
            )
        if isinstance(found, _Part) and row.code == district and len(rows) > 1:
            found = Rejection(row.number, "{name} is the district itself, not a town of it", {"name": row.name})
        first = parts[row.code][0].row if isinstance(found, _Part) and row.code in parts else None
        if first is not None and first.name != row.name:
            found = Rejection(
                row.number,
                "{name}: code {code} is already in row {first}; merge the parts of a town into one feature",
                {"name": row.name, "code": row.code, "first": first.number},
            )
        if isinstance(found, _Part):
            parts.setdefault(row.code, []).append(found)
        else:
            rejected.append(found)
    towns = _towns(parts, rejected)
    if towns and district.isdigit() and code_column and not is_prefixed:
        notes.append(
            Rejection(
                None,
                "no code begins with {district}, the first is {code}: codes of before a reorganisation?",
                {"district": district, "code": towns[0].row.code},
            )
        )
    crossed = [part.row.name for found in parts.values() for part in found if not shapely.is_valid(part.row.geometry)]
    if crossed:
        notes.append(
            Rejection(
                None, "boundaries cross themselves and were repaired; look at their areas: {names}",
                {"names": some(crossed)},
            )
        )  # fmt: skip
    if joined := [town.row.name for town in towns if len(parts[town.row.code]) > 1]:
        notes.append(Rejection(None, "several rows are the parts of one town: {names}", {"names": some(joined)}))
    regions = gpd.GeoDataFrame(
        {
            "code": [town.row.code for town in towns],
            "name": [town.row.name for town in towns],
            "name_en": [town.row.name_en for town in towns],
            "kind": [next((kind for kind in KINDS if town.row.name.endswith(kind)), None) for town in towns],
        },
        geometry=[town.area for town in towns],
        crs=4326,
    )
    notes += _overlaps(regions)
    rejected.sort(key=lambda each: int(each.row or 0))
    return Boundaries(regions, _outline(regions), file.crs, len(frame), len(frame) - len(rejected), rejected, notes)


@dataclass(frozen=True)
class _Row:
    number: int
    code: str
    name: str
    name_en: str | None
    geometry: shapely.Geometry | None


@dataclass(frozen=True)
class _Part:
    row: _Row
    area: shapely.Geometry


def _check(row: _Row, problems: Mapping[int, GeometryError], *values: object) -> _Part | Rejection:
    """Return the area of a row, or why it cannot be used; `values` are name and code as the file has them."""
    for value in values:
        if isinstance(value, list | dict):
            return Rejection(row.number, "{value} is a list, not a name or a code; write one of them", {
                "value": shortened(str(value))})  # fmt: skip
    if not row.name:
        return Rejection(row.number, "has no name")
    if not row.code:
        return Rejection(row.number, "has no code")
    if len(row.name) > MAX_NAME:
        return too_long(row.number, row.name, MAX_NAME)
    if len(row.code) > MAX_CODE:
        return Rejection(row.number, "{name}: the code {value} is longer than any code", {
            "name": row.name, "value": shortened(row.code)})  # fmt: skip
    if problem := problems.get(row.number):
        return Rejection(row.number, problem.template, dict(problem.values))
    if row.geometry is None or shapely.is_empty(row.geometry):
        return Rejection(row.number, "{name} has no geometry", {"name": row.name})
    count = int(shapely.get_num_coordinates(row.geometry))
    if count > MAX_MENDED and not shapely.is_valid(row.geometry):
        return Rejection(
            row.number,
            "{name}: its boundary crosses itself and has {count} positions; repair it in QGIS (Fix geometries)",
            {"name": row.name, "count": count},
        )
    area = _areas(row.geometry)
    if area is None:
        return Rejection(row.number, "{name} is a {kind}, not an area", {
            "name": row.name, "kind": type(row.geometry).__name__})  # fmt: skip
    return _Part(row, area)


def _towns(parts: Mapping[str, Sequence[_Part]], rejected: list[Rejection]) -> list[_Part]:
    """Join the parts of each town; rows of what is too small for one go to `rejected`."""
    towns = [
        _Part(found[0].row, shapely.union_all([part.area for part in found]) if len(found) > 1 else found[0].area)
        for found in parts.values()
    ]
    sizes_m2 = gpd.GeoSeries([town.area for town in towns], crs=4326).to_crs(EQUAL_AREA).area.to_numpy()
    kept = []
    for town, size_m2 in zip(towns, sizes_m2, strict=True):
        if size_m2 >= MIN_AREA_M2:
            kept.append(town)
            continue
        said = {"name": town.row.name, "size": f"{size_m2:.0f}"}
        rejected += [
            Rejection(part.row.number, "{name}: {size} m² is too small for a town", dict(said))
            for part in parts[town.row.code]
        ]
    return kept


def _column(
    frame: gpd.GeoDataFrame, known: Sequence[str], wanted: str | None, *, file: str, other: str | None = None
) -> str | None:
    """Return the first of the known columns that holds anything and is not `other`."""
    columns = [str(column) for column in frame.columns if column != frame.geometry.name]
    if wanted is not None:
        if wanted not in columns:
            raise InputError(
                "{file}: there is no column {column}; there are: {columns}",
                file=file,
                column=shortened(wanted),
                columns=some(columns) or "-",
            )
        return wanted
    keys = {header_key(column): column for column in reversed(columns)}
    found = dict.fromkeys(keys[header_key(word)] for word in known if header_key(word) in keys)
    # A name of a field in a .dbf has ten bytes: what is longer was cut.
    cut = [name for name in columns if 8 <= len(name.encode()) <= 10 and not name.isascii()]
    found |= dict.fromkeys(name for word in known for name in cut if word.startswith(name))
    return next(
        (name for name in found if name != other and any(cell_text(value).strip() for value in frame[name])), None
    )


def _code(text: str) -> str:
    """Return a code without spaces; a 12-digit one of a town loses the zeros that stand for its villages."""
    code = "".join(text.split())
    code = re.sub(r"^(\d+)\.0+$", r"\1", code)
    return re.sub(r"^(\d{9})000$", r"\1", code)


def _areas(geometry: shapely.Geometry | None) -> shapely.Geometry | None:
    """Return the valid polygons of a geometry, None if it has none."""
    if geometry is None:
        return None
    if not shapely.is_valid(geometry):
        geometry = shapely.make_valid(geometry)
    parts = shapely.get_parts(shapely.get_parts([geometry]))
    polygons = [part for part in parts if part.geom_type == "Polygon" and not part.is_empty]
    return shapely.union_all(polygons) if polygons else None


def _outline(regions: gpd.GeoDataFrame) -> shapely.Geometry:
    """Return the union of the towns, gaps between neighbours filled."""
    union = regions.geometry.union_all()
    polygons = []
    for polygon in shapely.get_parts([union]):
        holes = [shapely.Polygon(ring) for ring in polygon.interiors]
        sizes_m2 = gpd.GeoSeries(holes, crs=4326).to_crs(EQUAL_AREA).area
        rings = [hole.exterior for hole, size_m2 in zip(holes, sizes_m2, strict=True) if size_m2 > MAX_GAP_M2]
        polygons.append(shapely.Polygon(polygon.exterior, rings))
    return shapely.MultiPolygon(polygons)


def _overlaps(regions: gpd.GeoDataFrame) -> list[Rejection]:
    flat = regions.geometry.to_crs(EQUAL_AREA)
    left, right = flat.sindex.query(flat, predicate="intersects")
    pairs = [(int(i), int(j)) for i, j in zip(left, right, strict=True) if i < j]
    notes = []
    for i, j in pairs:
        size_m2 = shapely.area(shapely.intersection(flat.iloc[i], flat.iloc[j]))
        if size_m2 > OVERLAP_M2:
            names = {"name": regions["name"].iloc[i], "other": regions["name"].iloc[j]}
            notes.append(
                Rejection(None, "{name} and {other} overlap by {size} km²", names | {"size": f"{size_m2 / 1e6:.2f}"})
            )
    return notes
