"""Parse streets of a bureau: lines of a Shapefile, GeoPackage or GeoJSON, with a column for the class of each road.

Such layers know roads by their rank (国道, 主干路, 支路), not by the tags of OpenStreetMap that the modes read. What a
word means is in `CLASS_WORDS`; of any other word the rows are refused with the question, and the answers are given with
the next load. Lines meet where they share a point; the end of a line that lies on another one meets it there.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from geo.crs import LocalPlane
from geo.errors import InputError
from geo.network.modes import edge_speeds, load_modes
from geo.records import MAX_NAME
from loaders.columns import match_headers
from loaders.isolated.parsers import Progress, silent
from loaders.notes import shortened, some
from loaders.report import Detail, Question, Rejection
from loaders.settlements import no_settlements
from loaders.streets import MARGIN_M, StreetFrames, Way, clipped_streets, cut_ways
from loaders.synonyms import clean, parse_meanings, parse_yes, same_text_key
from loaders.vector import cell_text, read_vector

CLASS_WORDS = {
    "motorway": "高速 高速公路 高速路 G高速 S高速 高速国道",
    "trunk": "快速路 城市快速路 快速干道 一级公路 一级",
    "primary": "国道 省道 主干路 主干道 城市主干路 城市主干道 干路 二级公路 二级",
    "secondary": "县道 次干路 次干道 城市次干路 城市次干道 三级公路 三级",
    "tertiary": "乡道 支路 城市支路 支道 四级公路 四级",
    "unclassified": "村道 等外公路 等外路 等外 乡村路 乡村道路 农村道路 通村公路 其他道路 县乡道",
    "residential": "街巷 巷道 居住区道路 小区道路 街坊路 里弄",
    "service": "内部道路 内部路 单位内部路 园区道路 小区内部路 引道",
    "track": "机耕路 机耕道 田间道路 林道",
    "pedestrian": "步行街",
    "footway": "人行道 人行道路 步道 步行道 小路 人行",
    "cycleway": "非机动车道 自行车道 绿道 骑行道",
    "steps": "台阶 阶梯",
}
"""Class of OpenStreetMap to the words of bureaus that mean it; its own names are understood as well."""
ALL_OTHERS = "*"
"""Answers for every word that has no answer of its own, and for rows without one."""
FIELDS = {
    "class": (
        "道路等级 道路类别 道路类型 道路级别 技术等级 行政等级 等级 类别 类型 级别 rteg dldj dllx highway fclass class "
        "road_class type kind"
    ),
    "name": "道路名称 路名 路线名称 名称 道路名 name dlmc mc road_name",
    "oneway": "单行 是否单行 单行线 单向 通行方向 oneway one_way",
}
MAX_ASKED = 200
JOIN_M = 0.5
"""The end of a line this close to another line meets it."""
_DIGITS = 7
"""Of a degree, about a centimetre: points that agree so far are one."""


@dataclass(frozen=True, kw_only=True)
class StreetLayerContext:
    """What a layer of streets is read with.

    Attributes
    ----------
    clip : Polygon or MultiPolygon
        The district, EPSG:4326; whole edges within `margin_m` metres of it are kept.
    margin_m : float
    crs : str or None
        See `loaders.vector.read_vector`.
    class_field : str or None
        The column of classes; by default the first of `FIELDS` that is there.
    classes : mapping of str to str
        What words mean that are not known: word, or `ALL_OTHERS`, to class.
    """

    clip: shapely.Geometry
    margin_m: float = MARGIN_M
    crs: str | None = None
    class_field: str | None = None
    classes: Mapping[str, str] | None = None


def parse_class(text: str) -> str | None:
    """Return the class of OpenStreetMap that a word means, None where nobody knows.

    Examples
    --------
    >>> parse_class("国道"), parse_class("Residential"), parse_class("专用公路")
    ('primary', 'residential', None)
    """
    word = same_text_key(text)
    if word in CLASS_WORDS or word in ("living_street", "path"):
        return word
    return next((code for code, words in CLASS_WORDS.items() if word in words.split()), None)


def parse_class_answers(texts: Sequence[str]) -> dict[str, str]:
    """Return what somebody answers to the question what a class means: ``专用公路=支路`` or ``专用公路=tertiary``.

    Raises
    ------
    InputError
        If one is no such answer.

    Examples
    --------
    >>> parse_class_answers(["专用公路=支路", "*=residential"])
    {'专用公路': 'tertiary', '*': 'residential'}
    """
    return parse_meanings(
        texts,
        parse_class,
        lambda text: InputError(
            "{value} does not say what a class of roads means; write 专用公路=支路, or *=residential for all",
            value=text,
        ),
    )


def parse_street_layer(path: Path, context: StreetLayerContext, progress: Progress = silent) -> StreetFrames:
    """Read the streets of a layer of lines, cut where they meet.

    Raises
    ------
    InputError
        If the file cannot be read, holds no line, has no column of classes, or none of its lines is in the district.
    """
    progress("reading streets")
    file = read_vector(path, crs=context.crs)
    frame = file.frame
    columns = [str(name) for name in frame.columns if name != frame.geometry.name]
    at = _columns(columns, context, file=path.name)
    ways, rejected, questions = _read_ways(frame, columns, at, context)
    if not ways:
        if questions:
            raise _all_asked(path.name, questions)
        raise InputError("{file}: holds no line; is it the layer of roads?", file=path.name)
    progress("cutting streets where they meet")
    ways, n_joined = _join_ends(ways)
    nodes, edges, cut_off = cut_ways(ways)
    nodes, edges, covered = clipped_streets(nodes, edges, context.clip, context.margin_m, file=path.name)
    read = {way.id for way in ways}
    n_inside = len(read & set(edges["way_id"]))
    n_way = n_inside + len(rejected) + len(cut_off)
    notes = [*file.notes, *_layer_notes(n_joined)]
    empty = gpd.GeoDataFrame({"name": []}, geometry=[], crs="EPSG:4326")
    return StreetFrames(
        nodes, edges, empty, no_settlements(), n_way, [*rejected, *cut_off], len(read) - n_inside,
        covered=covered, is_extract=False, notes=notes, detail=Detail(columns, [], questions, []),
    )  # fmt: skip


def _columns(columns: Sequence[str], context: StreetLayerContext, *, file: str) -> dict[str, int]:
    named = {"class": context.class_field} if context.class_field else None
    at = match_headers(columns, FIELDS, named=named)
    if context.class_field and "class" not in at:
        raise InputError(
            "{file}: there is no column {column}; there are: {columns}",
            file=file,
            column=context.class_field,
            columns=some(list(columns)) or "-",
        )
    if "class" not in at and ALL_OTHERS not in (context.classes or {}):
        raise InputError(
            "{file}: no column says the class of a road; there are: {columns}. Name it, or let all of them be of one "
            "class: *=residential",
            file=file,
            columns=some(list(columns)) or "-",
        )
    return at


def _read_ways(
    frame: gpd.GeoDataFrame, columns: Sequence[str], at: Mapping[str, int], context: StreetLayerContext
) -> tuple[list[Way], list[Rejection], list[Question]]:
    """Return the lines as ways with tags, the rows that are none, and the words that nobody knows."""
    answers = context.classes or {}
    modes = load_modes().values()
    cells = {field: [cell_text(value) for value in frame[columns[index]]] for field, index in at.items()}
    ways: list[Way] = []
    rejected: list[Rejection] = []
    asked: Counter[str] = Counter()
    first: dict[str, int] = {}
    ids: dict[tuple[float, float], int] = {}
    for row, geometry in enumerate(frame.geometry.to_numpy(), 1):
        word = cells["class"][row - 1].strip() if "class" in cells else ""
        highway = answers.get(same_text_key(word)) or (parse_class(word) if word else None) or answers.get(ALL_OTHERS)
        if geometry is None or geometry.geom_type not in ("LineString", "MultiLineString") or geometry.is_empty:
            rejected.append(Rejection(row, "is not a line"))
            continue
        if highway is None:
            asked[word] += 1
            first.setdefault(word, row)
            rejected.append(
                Rejection(
                    row,
                    "the class of road {value} is not known: answer once what it means, {value}=支路",
                    {"value": shortened(word) or "-"},
                )
            )
            continue
        name = clean(cells["name"][row - 1])[:MAX_NAME] if "name" in cells else ""
        tags = {"highway": highway} | ({"name": name} if name else {}) | _direction(cells, row)
        if not any(sum(edge_speeds(tags, rules)) > 0 for rules in modes):
            continue
        for part in shapely.get_parts([geometry]):
            points = np.round(shapely.get_coordinates(part), _DIGITS)
            refs = np.array([ids.setdefault((x, y), len(ids) + 1) for x, y in points.tolist()], np.int64)
            ways.append(Way(row, tags, refs, points))
    questions = [Question(first[word], "class", word, word) for word, _ in asked.most_common(MAX_ASKED)]
    return ways, rejected, questions


def _direction(cells: Mapping[str, list[str]], row: int) -> dict[str, str]:
    text = cells["oneway"][row - 1].strip() if "oneway" in cells else ""
    word = same_text_key(text)
    if word in ("ft", "1", "单行", "单向", "顺向", "f") or parse_yes(text):
        return {"oneway": "yes"}
    return {"oneway": "-1"} if word in ("tf", "-1", "逆向", "t") else {}


def _join_ends(ways: Sequence[Way]) -> tuple[list[Way], int]:
    """Put the end of a line into the line on which it lies, where the two share no point; return how many ends."""
    points = np.concatenate([way.points for way in ways])
    middle_lon, middle_lat = ((points.min(axis=0) + points.max(axis=0)) / 2).tolist()
    plane = LocalPlane(middle_lon, middle_lat)
    lines = [shapely.LineString(np.column_stack(plane.to_metres(*way.points.T))) for way in ways]
    tree = shapely.STRtree(lines)
    ends = {(int(way.refs[i]), *way.points[i].tolist()) for way in ways for i in (0, -1)}
    held = [set(way.refs.tolist()) for way in ways]
    extra: dict[int, list[tuple[float, int, float, float]]] = {}
    for ref, lon, lat in ends:
        x, y = plane.to_metres(lon, lat)
        point = shapely.Point(float(x), float(y))
        for index in tree.query(point, predicate="dwithin", distance=JOIN_M).tolist():
            if ref not in held[index]:
                extra.setdefault(index, []).append((float(lines[index].project(point)), ref, lon, lat))
    if not extra:
        return list(ways), 0
    return [_with_points(way, lines[i], extra.get(i, [])) for i, way in enumerate(ways)], sum(map(len, extra.values()))


def _with_points(way: Way, line: shapely.LineString, extra: Sequence[tuple[float, int, float, float]]) -> Way:
    if not extra:
        return way
    steps = np.hypot(*np.diff(shapely.get_coordinates(line), axis=0).T)
    along: NDArray[np.float64] = np.concatenate([[0.0], np.cumsum(steps)])
    inserted = sorted(extra)
    places = np.searchsorted(along, [each[0] for each in inserted], side="right").clip(1, len(along) - 1)
    refs = np.insert(way.refs, places, [each[1] for each in inserted])
    points = np.insert(way.points, places, [each[2:] for each in inserted], axis=0)
    return Way(way.id, way.tags, refs, points)


def _layer_notes(n_joined: int) -> list[Rejection]:
    notes = [
        Rejection(
            None,
            "streets meet where their lines share a point; where two lines only cross, no way is assumed between them",
        )
    ]
    if n_joined:
        notes.append(
            Rejection(
                None,
                "{count} ends of lines lie on another line without a common point and were joined to it",
                {"count": n_joined},
            )
        )
    return notes


def _all_asked(file: str, questions: Sequence[Question]) -> InputError:
    return InputError(
        "{file}: none of its classes of roads is known: {words}. Say what they mean, such as {first}=支路, or "
        "*=residential for all",
        file=file,
        words=some([each.said or "-" for each in questions]),
        first=questions[0].said or ALL_OTHERS,
    )
