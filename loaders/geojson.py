"""Parse GeoJSON without GDAL, which follows references to files and addresses; features one by one."""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import shapely

from geo.errors import InputError, TooLargeError
from loaders.damage import guarded
from loaders.tabular import decode

MAX_BYTES = 200_000_000
MAX_FEATURES = 1_000_000
MAX_FIELDS = 1_000
DEPTH = {"Point": 0, "MultiPoint": 1, "LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}
"""Type to how many lists lie around a position."""
_SHIFTED = {
    "gcj02": re.compile(r"gcj[-_ ]?0?2|火星|mars", re.IGNORECASE),
    "bd09": re.compile(r"bd[-_ ]?0?9|baidu|百度", re.IGNORECASE),
}
_CRS84 = re.compile(r"(^|[:/])CRS[:/]?84h?$", re.IGNORECASE)


class GeometryError(ValueError):
    """What is wrong with the geometry of one feature: a template and its values, like `GeoError`."""

    def __init__(self, template: str, **values: object) -> None:
        self.template, self.values = template, values
        super().__init__(template.format(**values))


@dataclass(frozen=True)
class Feature:
    """Properties and geometry of a feature; `problem` says why it has no geometry though it has one written."""

    properties: Mapping[str, Any]
    geometry: shapely.Geometry | None
    problem: GeometryError | None = None


def read_geojson(path: Path) -> tuple[list[Feature], str]:
    """Return the features of a file and the name of its coordinate system (WGS 84 where it says none).

    Raises
    ------
    InputError
        If it is not GeoJSON, refers to something else, or is larger than any district's.
    """
    if path.stat().st_size > MAX_BYTES:
        raise TooLargeError(
            "{file}: has more than {limit} MB; keep only the district, or save it as GeoPackage",
            file=path.name, limit=MAX_BYTES // 1_000_000,
        )  # fmt: skip
    text = decode(path.read_bytes(), file=path.name)
    with guarded(path.name, RecursionError):
        try:
            # NaN is not JSON, and the position that holds it is not a position: the feature says so.
            tree = json.loads(text)
        except json.JSONDecodeError as error:
            raise InputError(
                "{file}, line {line}: is not JSON ({reason}); was it cut off on its way? Save it again and send that",
                file=path.name, line=error.lineno, reason=error.msg,
            ) from error  # fmt: skip
    members = _features(tree, file=path.name)
    if len(members) > MAX_FEATURES:
        raise TooLargeError(
            "{file}: holds {count} features, at most {limit} are read; keep only the district",
            file=path.name, count=len(members), limit=MAX_FEATURES,
        )  # fmt: skip
    return [_feature(member) for member in members], _crs(tree, file=path.name)


def _features(tree: Any, *, file: str) -> list[Any]:
    kind = tree.get("type") if isinstance(tree, dict) else None
    if kind == "FeatureCollection" and isinstance(tree.get("features"), list):
        found: list[Any] = tree["features"]
        return found
    if kind == "Feature":
        return [tree]
    if kind in DEPTH or kind == "GeometryCollection":
        return [{"type": "Feature", "properties": {}, "geometry": tree}]
    raise InputError(
        "{file}: is not GeoJSON, whatever its name says: its type is {type}, not FeatureCollection",
        file=file,
        type=str(kind)[:60],
    )


def _crs(tree: Mapping[str, Any], *, file: str) -> str:
    said = tree.get("crs")
    if said is None:
        return "EPSG:4326"
    facts = said.get("properties") if isinstance(said, dict) and said.get("type") == "name" else None
    name = facts.get("name") if isinstance(facts, dict) else None
    if not isinstance(name, str):
        raise InputError(
            "{file}: its coordinate system is given by a link or not by name; give it with --crs, such as "
            "--crs cgcs2000",
            file=file,
        )
    return shifted_system(name) or ("EPSG:4326" if _CRS84.search(name) else name)


def shifted_system(name: str) -> str | None:
    """Return gcj02 or bd09 where the name of a coordinate system means one of China's shifted ones, which PROJ lacks.

    Examples
    --------
    >>> shifted_system("GCJ-02"), shifted_system("百度坐标"), shifted_system("WGS 84")
    ('gcj02', 'bd09', None)
    """
    return next((known for known, pattern in _SHIFTED.items() if pattern.search(name)), None)


def _feature(member: Any) -> Feature:
    if not isinstance(member, dict):
        return Feature({}, None, GeometryError("is not a feature"))
    facts = member.get("properties")
    properties = dict(list(facts.items())[:MAX_FIELDS]) if isinstance(facts, dict) else {}
    if isinstance(member.get("id"), str | int) and "id" not in properties:
        properties["id"] = member["id"]
    written = member.get("geometry")
    if written is None:
        return Feature(properties, None)
    try:
        return Feature(properties, _geometry(written))
    except GeometryError as error:
        return Feature(properties, None, error)


def _geometry(written: Any, depth: int = 0) -> shapely.Geometry:
    kind = written.get("type") if isinstance(written, dict) else None
    if kind == "GeometryCollection" and isinstance(written.get("geometries"), list) and depth < 4:
        return shapely.GeometryCollection([_geometry(part, depth + 1) for part in written["geometries"]])
    if kind not in DEPTH:
        raise GeometryError("its geometry is of no known type; save it as points or areas")
    tree = written.get("coordinates")
    try:
        if kind == "Point":
            return shapely.Point(_position(tree))
        if kind == "MultiPoint":
            return shapely.MultiPoint([_position(each) for each in _list(tree)])
        if kind == "LineString":
            return shapely.LineString(_line(tree))
        if kind == "MultiLineString":
            return shapely.MultiLineString([_line(each) for each in _list(tree)])
        if kind == "Polygon":
            return _polygon(tree)
        return shapely.MultiPolygon([_polygon(each) for each in _list(tree)])
    except (shapely.errors.ShapelyError, TypeError, OverflowError) as error:
        raise GeometryError("its coordinates are not lists of positions; draw it again") from error


def _polygon(tree: Any) -> shapely.Polygon:
    rings = [_ring(each) for each in _list(tree)]
    return shapely.Polygon(rings[0], rings[1:]) if rings else shapely.Polygon()


def _ring(tree: Any) -> list[tuple[float, float]]:
    ring = [_position(each) for each in _list(tree)]
    if len(ring) < 4:
        raise GeometryError("a ring has {count} positions and needs four; draw it again", count=len(ring))
    if ring[0] != ring[-1]:
        raise GeometryError(
            "a ring is not closed: it begins at {first} and ends at {last}; close it and save the file again",
            first=_shown(ring[0]),
            last=_shown(ring[-1]),
        )
    return ring


def _line(tree: Any) -> list[tuple[float, float]]:
    line = [_position(each) for each in _list(tree)]
    if len(line) == 1:
        raise GeometryError("a line has one position and needs two; draw it again")
    return line


def _list(tree: Any) -> list[Any]:
    if not isinstance(tree, list):
        raise GeometryError("its coordinates are not lists of positions; draw it again")
    return tree


def _position(tree: Any) -> tuple[float, float]:
    if not isinstance(tree, list) or len(tree) < 2:
        raise GeometryError("its coordinates are not lists of positions; draw it again")
    x, y = tree[0], tree[1]
    is_number = all(isinstance(each, int | float) and not isinstance(each, bool) for each in (x, y))
    if not is_number or not (math.isfinite(x) and math.isfinite(y)):
        raise GeometryError("{x}, {y} is not a position; draw it again", x=str(x)[:20], y=str(y)[:20])
    return float(x), float(y)


def _shown(position: tuple[float, float]) -> str:
    return f"{position[0]:.6g}, {position[1]:.6g}"
