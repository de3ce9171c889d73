"""Squares drawn as relations of which an extract lacks a part: outlines that close, and the holes that are there."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import osmium
from numpy.typing import NDArray

from loaders.plazas import Square

Ring = tuple[NDArray[np.int64], NDArray[np.float64]]


_LEAST_HELD = 0.75
"""The share of an outline's nodes that must have a position: without a few it is a little blunter."""


@dataclass(frozen=True)
class SquareRelation:
    """A multipolygon of a pedestrian area: its tags, and its ways by role."""

    tags: dict[str, str]
    outer: tuple[int, ...]
    inner: tuple[int, ...]


def rebuild_squares(path: Path, relations: Mapping[int, SquareRelation]) -> list[Square]:
    """Return the squares of relations that could not be put together: the extract lacks some of their ways or nodes.

    A square needs one closed outer ring. Holes that are not there are crossed: nothing is known of them.

    Parameters
    ----------
    path : Path
        The extract.
    relations : mapping of relation id to SquareRelation
    """
    if not relations:
        return []
    wanted = [way for each in relations.values() for way in (*each.outer, *each.inner)]
    reader = (
        osmium.FileProcessor(str(path), osmium.osm.NODE | osmium.osm.WAY)
        .with_locations()
        .with_filter(osmium.filter.EntityFilter(osmium.osm.WAY))
        .with_filter(osmium.filter.IdFilter(wanted))
    )
    ways: dict[int, Ring] = {}
    for item in reader:
        line = _line_of(item) if isinstance(item, osmium.osm.Way) else None
        if line is not None:
            ways[item.id] = line
    squares = []
    for number, relation in relations.items():
        outer, inner = (
            close_rings([ways[way] for way in part if way in ways]) for part in (relation.outer, relation.inner)
        )
        if outer:
            squares.append(Square(-number, relation.tags, [*outer, *inner], len(outer)))
    return squares


def _line_of(way: osmium.osm.Way) -> Ring | None:
    """Return the nodes of a way that the extract places; None without its ends, or if too many are missing."""
    held = [(node.ref, node.lon, node.lat) for node in way.nodes if node.location.valid()]
    if len(held) < max(2.0, _LEAST_HELD * len(way.nodes)):
        return None
    ids, points = np.array([ref for ref, *_ in held], np.int64), np.array([at for _, *at in held], np.float64)
    if way.is_closed() and ids[0] != ids[-1]:
        ids, points = np.append(ids, ids[0]), np.concatenate([points, points[:1]])
    elif not way.is_closed() and (ids[0], ids[-1]) != (way.nodes[0].ref, way.nodes[-1].ref):
        return None
    return ids, points


def close_rings(lines: Iterable[Ring]) -> list[Ring]:
    """Join lines that share their ends; return those that close.

    >>> a, b = (np.array([1, 2, 3]), np.zeros((3, 2))), (np.array([1, 4, 3]), np.ones((3, 2)))
    >>> [ids.tolist() for ids, _ in close_rings([a, b])], close_rings([a])
    ([[1, 4, 3, 2, 1]], [])
    """
    rings: list[Ring] = []
    open_lines: list[Ring] = []
    for line in lines:
        ids, points = line
        while ids[0] != ids[-1]:
            other = _take_neighbour(open_lines, int(ids[-1]))
            if other is None:
                other = _take_neighbour(open_lines, int(ids[0]))
                if other is None:
                    break
                ids, points = ids[::-1], points[::-1]
            ids, points = np.concatenate([ids, other[0][1:]]), np.concatenate([points, other[1][1:]])
        if ids[0] != ids[-1]:
            open_lines.append((ids, points))
        elif ids.size > 3:
            rings.append((ids, points))
    return rings


def _take_neighbour(lines: list[Ring], end: int) -> Ring | None:
    """Take the line that begins or ends at a node out of a list; return it from that node on."""
    for number, (ids, points) in enumerate(lines):
        if end in (ids[0], ids[-1]):
            del lines[number]
            return (ids, points) if ids[0] == end else (ids[::-1], points[::-1])
    return None


def relation_of(tags: dict[str, str], members: Sequence[tuple[str, int, str]]) -> SquareRelation:
    """Return a relation from its members: (type ``w`` of ways, id, role)."""
    by_role = {role: tuple(ref for kind, ref, said in members if kind == "w" and said == role) for role in _ROLES}
    return SquareRelation(tags, (*by_role["outer"], *by_role[""]), by_role["inner"])


_ROLES = ("outer", "", "inner")
