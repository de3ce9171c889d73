"""Recognise what a file holds, so that nobody has to say it: towns, streets, people, stations, visits, areas …"""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyogrio

from geo.errors import InputError
from loaders import population_cells, totals, visits
from loaders.columns import header_candidates, match_headers
from loaders.damage import guarded
from loaders.extract_names import SUFFIXES as EXTRACTS
from loaders.geojson import read_geojson
from loaders.isolated.parsers import Progress, silent
from loaders.raster import SUFFIXES as RASTERS
from loaders.synonyms import header_key, match_columns
from loaders.tabular import SUFFIXES as TABLES
from loaders.tabular import read_sheets
from loaders.vector import SUFFIXES as VECTORS
from loaders.vector import opened_vector

_CANDIDATE_HEADERS = {header_key(word) for word in ("费用", "共建意愿", "意愿", "面积", "cost", "willingness")}
_TOUR_HEADERS = {header_key(word) for word in ("门票", "桌价", "停留分钟", "单房差", "visit_min", "price")}
_TOWN_HEADERS = {header_key(word) for word in ("乡镇名称", "街道名称", "XZQMC", "乡镇代码", "XZQDM", "镇街")}


@dataclass(frozen=True, kw_only=True)
class RecogniseContext:
    """Nothing has to be known."""


@dataclass(frozen=True)
class Recognised:
    """What a file holds: a key of `webmap.logic.loading.LOADS`; ``""``: it cannot be told."""

    what: str


def recognise(path: Path, context: RecogniseContext, progress: Progress = silent) -> Recognised:
    """Tell what a file holds by its name, its kind of geometry or the headers of its columns.

    Raises
    ------
    InputError
        If it is of no kind that is read here, or cannot be read.
    """
    name = path.name.lower()
    if name.endswith(EXTRACTS):
        return Recognised("streets")
    if name.endswith(RASTERS):
        return Recognised("population")
    if name.endswith(TABLES):
        return Recognised(_of_table(path))
    if name.endswith(VECTORS):
        return Recognised(_of_layer(path))
    known = (*VECTORS, *TABLES, *EXTRACTS, *RASTERS)
    raise InputError("{file}: expected a file ending in {suffixes}", file=path.name, suffixes=", ".join(known))


def _of_layer(path: Path) -> str:
    with tempfile.TemporaryDirectory() as folder:
        source = opened_vector(path, Path(folder))
        if source.suffix.lower() in (".geojson", ".json"):
            features, _ = read_geojson(source)
            kinds = {type(each.geometry).__name__ for each in features if each.geometry is not None}
            columns = list(dict.fromkeys(str(name) for each in features for name in each.properties))
            count = len(features)
        else:
            with guarded(path.name, Exception):
                layers = [(str(name), str(kind)) for name, kind in pyogrio.list_layers(source) if kind is not None]
                layer = next((name for name, _ in layers if name != "layer_styles"), None)
                encoding = "ISO-8859-1" if source.suffix.lower() == ".shp" else None
                info = pyogrio.read_info(source, layer=layer, encoding=encoding)
            kinds, columns = {str(info["geometry_type"])}, [str(name) for name in info["fields"]]
            count = int(info["features"])
    if any("Line" in kind for kind in kinds):
        return "streets"
    has_people = "people" in match_headers(columns, {"people": population_cells.PEOPLE_WORDS})
    if any("Point" in kind for kind in kinds):
        return "population" if has_people else ""
    is_of_towns = bool({header_key(column) for column in columns} & _TOWN_HEADERS)
    # A grid has no names of towns, and more cells than any district has towns.
    return "population" if has_people and not is_of_towns and count > 300 else "boundaries"


def _of_table(path: Path) -> str:
    headers = [cells for sheet in read_sheets(path) if not sheet.is_hidden for _, cells in header_candidates(sheet)]
    for is_it, what in (
        (_is_visits, "visits"),
        (_is_tour_places, "tour-places"),
        (_is_candidates, "candidates"),
        (_is_stations, "stations"),
        (_is_people, "population"),
    ):
        if any(is_it(cells) for cells in headers):
            return what
    return ""


def _is_visits(cells: Sequence[str]) -> bool:
    found = match_headers(cells, visits.WORDS)
    return {"month", "visits"} <= set(found) and bool({"code", "name"} & set(found))


def _is_stations(cells: Sequence[str]) -> bool:
    return not match_columns(cells, crs="wgs84").missing


def _is_tour_places(cells: Sequence[str]) -> bool:
    return _is_stations(cells) and len({header_key(cell) for cell in cells} & _TOUR_HEADERS) > 1


def _is_candidates(cells: Sequence[str]) -> bool:
    return _is_stations(cells) and bool({header_key(cell) for cell in cells} & _CANDIDATE_HEADERS)


def _is_people(cells: Sequence[str]) -> bool:
    points, towns = match_headers(cells, population_cells.POINT_WORDS), match_headers(cells, totals.WORDS)
    return {"lon", "lat", "people"} <= set(points) or ("people" in towns and bool({"code", "name"} & set(towns)))
