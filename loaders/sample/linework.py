"""Street graph from drawn lines: lines that cross or meet share a node."""

from dataclasses import dataclass, replace

import numpy as np
import shapely

from loaders.sample.plane import FloatArray

_SNAP_M = 9.0
_ROUNDS = 6


@dataclass(frozen=True)
class Line:
    """One stretch of street: metres, shape (k, 2), its way, name and OSM tags.

    A line `above` others (a bridge) crosses them without a node.
    """

    xy: FloatArray
    way: int
    tags: dict[str, str]
    name: str | None = None
    above: bool = False


def open_rings(lines: list[Line]) -> list[Line]:
    """Return the lines with every ring cut in two halves: no street leads from a node to itself."""
    opened: list[Line] = []
    for line in lines:
        if (line.xy[0] == line.xy[-1]).all():
            middle = len(line.xy) // 2
            opened += [replace(line, xy=line.xy[: middle + 1]), replace(line, xy=line.xy[middle:])]
        else:
            opened.append(line)
    return opened


def join_crossings(lines: list[Line]) -> list[Line]:
    """Return the lines cut wherever two of them cross, so that each crossing is an end of all pieces there.

    A crossing within 9 m of an end moves to that end: no stubs are left over. Bending a line to an end can make a new
    crossing, so this is repeated for the bent ones until there is none.
    """
    fresh = list(range(len(lines)))
    for _ in range(_ROUNDS):
        cuts = _crossings(lines, fresh)
        whole = [line for i, line in enumerate(lines) if i not in cuts]
        pieces = [piece for i in sorted(cuts) for piece in _cut(lines[i], cuts[i])]
        lines, fresh = whole + pieces, list(range(len(whole), len(whole) + len(pieces)))
        if not fresh:
            break
    return lines


def _crossings(lines: list[Line], fresh: list[int]) -> dict[int, list[FloatArray]]:
    """Return for each line the points where to cut it, as far as crossings with the `fresh` lines are concerned."""
    number = np.repeat(np.arange(len(lines)), [len(line.xy) for line in lines])
    shapes = np.asarray(shapely.linestrings(np.vstack([line.xy for line in lines]), indices=number))
    query, hit = shapely.STRtree(shapes).query(shapes[fresh], predicate="crosses")
    pairs = {(min(i, j), max(i, j)) for i, j in zip(np.array(fresh)[query].tolist(), hit.tolist(), strict=True)}
    cuts: dict[int, list[FloatArray]] = {}
    for i, j in sorted(pairs):
        if lines[i].above or lines[j].above:
            continue
        ends = np.vstack([lines[i].xy[[0, -1]], lines[j].xy[[0, -1]]])
        for point in shapely.get_coordinates(shapely.intersection(shapes[i], shapes[j])):
            away = np.hypot(*(ends - point).T)
            nearest = int(np.argmin(away))
            meeting = ends[nearest] if away[nearest] < _SNAP_M else point
            for k in (i, j):
                if not (meeting == lines[k].xy[[0, -1]]).all(axis=1).any():
                    cuts.setdefault(k, []).append(meeting)
    return cuts


def _cut(line: Line, points: list[FloatArray]) -> list[Line]:
    """Return the pieces of a line cut at `points`, each of which becomes a vertex."""
    shape = shapely.LineString(line.xy)
    at = np.array([shapely.line_locate_point(shape, shapely.Point(point)) for point in points])
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line.xy, axis=0).T))])
    pieces, start, begun = [], line.xy[0], 0.0
    for i in np.argsort(at, kind="stable").tolist():
        between = line.xy[(along > begun) & (along < at[i])]
        pieces.append(np.vstack([start, between, points[i]]))
        start, begun = points[i], float(at[i])
    pieces.append(np.vstack([start, line.xy[(along > begun) & (along < along[-1])], line.xy[-1:]]))
    return [replace(line, xy=piece) for piece in pieces if len(piece) > 2 or (piece[0] != piece[1]).any()]
