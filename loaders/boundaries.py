"""The boundaries of a district's towns, and with them the district and its outline."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import geopandas as gpd
import numpy as np
import shapely
from sqlalchemy import update
from sqlalchemy.orm import Session

from geo.db.layers import (
    SourceFacts,
    district_outline,
    locate_regions,
    replace_regions,
    resolve_district,
    retire_sample,
    save_district,
)
from geo.db.tables import DemandPoint, District, Place
from geo.errors import InputError, NotFoundError
from loaders.benefits import store_known_benefits
from loaders.notes import nothing_stored, sample_retired
from loaders.report import LoadReport, Rejection, sha256
from loaders.vector import read_vector
from loaders.words import clean, header_key

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
MIN_SHARE_INSIDE = 0.5
"""Of the file's area within the district's known outline; below it the file is taken for another place."""
MAX_GAP_M2 = 50_000.0
"""Holes of the outline up to this size are gaps between neighbours drawn apart, and are filled."""
OVERLAP_M2 = 50_000.0
"""Two towns that share more than this are worth a note."""

_EQUAL_AREA = "EPSG:6933"


@dataclass(frozen=True)
class Boundaries:
    """Parsed towns (code, name, name_en, kind, seat, geometry; EPSG:4326), their union, and what became of each row."""

    regions: gpd.GeoDataFrame
    outline: shapely.Geometry
    crs: str
    n_read: int
    rejected: list[Rejection]
    notes: list[Rejection]


def parse_boundaries(
    path: Path,
    *,
    district: str,
    crs: str | None = None,
    code_field: str | None = None,
    name_field: str | None = None,
) -> Boundaries:
    """Read the towns of a district from a file of areas.

    Parameters
    ----------
    path : Path
        GeoJSON, GeoPackage, Shapefile or zipped Shapefile.
    district : str
        Code of the district; of a file for a whole city only the towns whose codes begin with it are taken.
    crs : str, optional
        See `loaders.vector.read_vector`. GCJ-02 in a file that declares WGS84 cannot be seen: say it.
    code_field, name_field : str, optional
        Columns that hold code and name; by default the first of `CODE_FIELDS` and `NAME_FIELDS` there is. Without a
        column of codes the names stand as codes.

    Raises
    ------
    InputError
        If the file cannot be read or lacks the columns.
    """
    file = read_vector(path, crs=crs)
    frame, notes = file.frame, list(file.notes)
    columns = [str(column) for column in frame.columns if column != frame.geometry.name]
    name_column = _column(columns, NAME_FIELDS, name_field, file=path.name)
    if name_column is None:
        raise InputError(
            "{file}: no column of names was found; there are: {columns}. Name it with --name-field",
            file=path.name,
            columns=", ".join(columns) or "-",
        )
    code_column = _column(columns, CODE_FIELDS, code_field, file=path.name)
    english_column = _column(columns, ENGLISH_NAME_FIELDS, None, file=path.name)
    names = [clean(_text(value)) for value in frame[name_column]]
    codes = [_code(_text(value)) for value in frame[code_column]] if code_column else names
    english = (
        [clean(_text(value)) or None for value in frame[english_column]] if english_column else [None] * len(names)
    )
    if code_column is None:
        notes.append(Rejection(None, "the file has no column of codes; the names stand as codes"))

    is_prefixed = district.isdigit() and any(code.startswith(district) for code in codes)
    areas = [_areas(geometry) for geometry in frame.geometry]
    sizes_m2 = gpd.GeoSeries(areas, crs=4326).to_crs(_EQUAL_AREA).area.to_numpy()
    rejected: list[Rejection] = []
    kept: list[int] = []
    first: dict[str, int] = {}
    for index, (code, name, area) in enumerate(zip(codes, names, areas, strict=True)):
        row = index + 1
        if not name:
            reason = Rejection(row, "has no name")
        elif not code:
            reason = Rejection(row, "has no code")
        elif frame.geometry.iloc[index] is None or frame.geometry.iloc[index].is_empty:
            reason = Rejection(row, "{name} has no geometry", {"name": name})
        elif area is None:
            kind = frame.geometry.iloc[index].geom_type
            reason = Rejection(row, "{name} is a {kind}, not an area", {"name": name, "kind": kind})
        elif sizes_m2[index] < MIN_AREA_M2:
            size = f"{sizes_m2[index]:.0f}"
            reason = Rejection(row, "{name}: {size} m² is too small for a town", {"name": name, "size": size})
        elif is_prefixed and not code.startswith(district):
            reason = Rejection(
                row,
                "{name}: code {code} does not begin with {district}; it belongs to another district",
                {"name": name, "code": code, "district": district},
            )
        elif code in first:
            reason = Rejection(
                row,
                "{name}: code {code} already stands in row {first}; merge the parts of a town into one feature",
                {"name": name, "code": code, "first": first[code]},
            )
        else:
            first[code] = row
            kept.append(index)
            continue
        rejected.append(reason)
    if kept and district.isdigit() and code_column and not is_prefixed:
        notes.append(
            Rejection(
                None,
                "no code begins with {district}, the first is {code}: codes of before a reorganisation?",
                {"district": district, "code": codes[kept[0]]},
            )
        )
    regions = gpd.GeoDataFrame(
        {
            "code": [codes[i] for i in kept],
            "name": [names[i] for i in kept],
            "name_en": [english[i] for i in kept],
            "kind": [next((kind for kind in KINDS if names[i].endswith(kind)), None) for i in kept],
            "seat": [None] * len(kept),
        },
        geometry=[areas[i] for i in kept],
        crs=4326,
    )
    notes += _overlaps(regions)
    return Boundaries(regions, _outline(regions), file.crs, len(frame), rejected, notes)


def load_boundaries(
    session: Session,
    path: Path,
    *,
    district: str | None,
    name: str | None = None,
    name_en: str | None = None,
    crs: str | None = None,
    code_field: str | None = None,
    name_field: str | None = None,
    timezone: str | None = None,
    calendar: str | None = None,
    is_dry_run: bool = False,
) -> LoadReport:
    """Replace the towns and the outline of a district, which is created when it is new.

    Parameters
    ----------
    session : Session
        The load happens in its transaction.
    path, crs, code_field, name_field
        See `parse_boundaries`.
    district : str or None
        Its code; None: the one that is loaded.
    name, name_en : str, optional
        Names of the district; a new one without a name goes by its code.
    timezone, calendar : str, optional
        IANA zone and holiday calendar of a new district; by default Asia/Shanghai, and ``cn`` in that zone.
    is_dry_run : bool
        Check everything and store nothing.

    Raises
    ------
    InputError
        If the file cannot be used, or lies outside the district; nothing is changed then, nor if no row can be used.
    """
    code = _district_code(session, district)
    if timezone is not None:
        _require_zone(timezone)
    parsed = parse_boundaries(path, district=code, crs=crs, code_field=code_field, name_field=name_field)
    notes = list(parsed.notes)
    if parsed.regions.empty:
        notes.append(nothing_stored())
        return LoadReport("regions", path.name, parsed.n_read, 0, parsed.rejected, notes)
    known = district_outline(session, code)
    if known is not None:
        notes += _compare(parsed.outline, known, district=code, file=path.name)
    row = session.get(District, code)
    if row is not None and row.status == "sample":
        notes.append(sample_retired(code))
    if row is None and name is None:
        notes.append(
            Rejection(None, "district {district} is new and goes by its code; name it with --name", {"district": code})
        )
    n_stored = len(parsed.regions)
    if not is_dry_run:
        retire_sample(session, code)
        columns = {"name": name, "name_en": name_en}
        if row is None:
            is_china = timezone in (None, "Asia/Shanghai")
            columns |= {
                "name": name or code,
                "timezone": timezone,
                "calendar": calendar or ("cn" if is_china else None),
            }
            columns["name_en"] = name_en or (name if name and name.isascii() else code)
        given = {key: value for key, value in columns.items() if value is not None}
        save_district(session, code, outline=parsed.outline, **given)
        facts = SourceFacts(
            file_name=path.name,
            checksum=sha256(path),
            crs=parsed.crs,
            rows_read=parsed.n_read,
            rows_stored=n_stored,
            rows_rejected=len(parsed.rejected),
        )
        replace_regions(session, code, parsed.regions, facts)
        # What stood in the earlier towns is looked up in these.
        for table in (DemandPoint, Place):
            session.execute(update(table).where(table.district_code == code).values(region_code=None))
            locate_regions(session, code, table.__tablename__)
        store_known_benefits(session, code)
    return LoadReport("regions", path.name, parsed.n_read, n_stored, parsed.rejected, notes)


def _district_code(session: Session, district: str | None) -> str:
    if district is None:
        try:
            return resolve_district(session, None).code
        except NotFoundError as error:
            raise InputError(
                "say which district the boundaries are of: --district CODE, such as --district 330111; a new one is "
                "created, and --name gives its name"
            ) from error
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,32}", district):
        raise InputError("the district code {value} may hold only letters, digits, - and _", value=district)
    return district


def _require_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise InputError("the time zone {value} is not known; write e.g. Asia/Shanghai", value=name) from error


def _column(columns: Sequence[str], known: Sequence[str], wanted: str | None, *, file: str) -> str | None:
    if wanted is not None:
        if wanted not in columns:
            raise InputError(
                "{file}: there is no column {column}; there are: {columns}",
                file=file,
                column=wanted,
                columns=", ".join(columns) or "-",
            )
        return wanted
    keys = {header_key(column): column for column in reversed(columns)}
    return next((keys[header_key(word)] for word in known if header_key(word) in keys), None)


def _text(value: object) -> str:
    if value is None or value != value:  # NaN is the one value that is not itself
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


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
        sizes_m2 = gpd.GeoSeries(holes, crs=4326).to_crs(_EQUAL_AREA).area
        rings = [hole.exterior for hole, size_m2 in zip(holes, sizes_m2, strict=True) if size_m2 > MAX_GAP_M2]
        polygons.append(shapely.Polygon(polygon.exterior, rings))
    return shapely.MultiPolygon(polygons)


def _overlaps(regions: gpd.GeoDataFrame) -> list[Rejection]:
    flat = regions.geometry.to_crs(_EQUAL_AREA)
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


def _compare(new: shapely.Geometry, known: shapely.Geometry, *, district: str, file: str) -> list[Rejection]:
    """Hold the towns against the outline known before; raise if they lie elsewhere."""
    flat = gpd.GeoSeries([new, known], crs=4326).to_crs(_EQUAL_AREA).make_valid()
    shared_m2 = shapely.area(shapely.intersection(flat.iloc[0], flat.iloc[1]))
    new_m2, known_m2 = np.asarray(flat.area)
    if shared_m2 < MIN_SHARE_INSIDE * new_m2:
        raise InputError(
            "{file}: only {share} of its area lies within district {district} as it is known. Is it another district "
            "(give --district CODE), or are the coordinates of another system (give --crs)?",
            file=file,
            share=f"{shared_m2 / new_m2:.0%}",
            district=district,
        )
    if shared_m2 < 0.95 * known_m2:
        return [
            Rejection(
                None,
                "the towns cover {share} of the district as it was known; is a town missing?",
                {"share": f"{shared_m2 / known_m2:.0%}"},
            )
        ]
    return []
