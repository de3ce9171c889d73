"""Smooth roads that follow a coarse mesh; junctions stay on them."""

from collections.abc import Sequence

import numpy as np

from loaders.sample.plane import BoolArray, FloatArray, IntArray

_SAMPLES = 5


def curve_pieces(
    xy: FloatArray, ends: IntArray, rank: Sequence[int], *, passes: Sequence[int], fixed: BoolArray
) -> list[FloatArray]:
    """Return each piece of road as a curve.

    Parameters
    ----------
    xy : ndarray, shape (n, 2)
        Vertices.
    ends : ndarray, shape (m, 2)
        The two vertices of each piece.
    rank : sequence of int, length m
        Of each piece, 0 the greatest. At a junction the two greatest pieces run through.
    passes : sequence of int
        By rank: how often the vertices on such roads are relaxed towards the middle between their neighbours.
    fixed : ndarray of bool, shape (n,)
        Vertices that must not move.

    Returns
    -------
    list of ndarray, length m
        Cubic Hermite curves from the first vertex of each piece to the second. Pieces that run through a vertex share
        their tangent there (Catmull and Rom 1974), so no junction shows as a kink in the greater road.
    """
    before, after, grade = _through_pairs(xy, ends, np.asarray(rank))
    runs_through = before >= 0
    xy = xy.copy()
    for turn in range(max(passes)):
        moving = runs_through & ~fixed & (np.asarray(passes)[grade] > turn)
        middle = (xy[before[moving]] + xy[after[moving]]) / 2.0
        xy[moving] = (xy[moving] + middle) / 2.0

    tangent = np.zeros_like(xy)
    tangent[runs_through] = xy[after[runs_through]] - xy[before[runs_through]]
    tangent /= np.maximum(np.hypot(*tangent.T), 1e-9)[:, None]
    p, q = ends.T
    chord = xy[q] - xy[p]
    length = np.hypot(*chord.T)[:, None]

    def slope(here: IntArray, there: IntArray) -> FloatArray:
        """Return the derivative of each piece at one end: along the road that runs through, else along the chord."""
        ahead, behind = after[here] == there, before[here] == there
        along = np.where(ahead, 1.0, -1.0)[:, None] * tangent[here] * length
        outward = xy[there] - xy[here]
        return np.where((ahead | behind)[:, None], along, outward)

    start, finish = slope(p, q), -slope(q, p)
    t = np.linspace(0.0, 1.0, _SAMPLES + 1)[None, :, None]
    curve = (
        (2 * t**3 - 3 * t**2 + 1) * xy[p][:, None]
        + (t**3 - 2 * t**2 + t) * start[:, None]
        + (3 * t**2 - 2 * t**3) * xy[q][:, None]
        + (t**3 - t**2) * finish[:, None]
    )
    # Exactly: neighbouring curves are joined by comparing their ends.
    curve[:, 0], curve[:, -1] = xy[p], xy[q]
    return list(curve)


def _through_pairs(xy: FloatArray, ends: IntArray, rank: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    """Return for each vertex the neighbours before and after it on the road that runs through, and that road's rank.

    -1 where a road ends. Of several equal roads the two that lie straightest opposite each other run through.
    """
    before = np.full(len(xy), -1, dtype=np.int64)
    after = np.full(len(xy), -1, dtype=np.int64)
    grade = np.zeros(len(xy), dtype=np.int64)
    around: dict[int, list[tuple[int, int]]] = {}
    for (p, q), r in zip(ends.tolist(), rank.tolist(), strict=True):
        around.setdefault(p, []).append((r, q))
        around.setdefault(q, []).append((r, p))
    for vertex, arms in around.items():
        if len(arms) < 2:
            continue
        arms.sort()
        second = arms[1][0]
        sure = [other for r, other in arms if r < second]
        equal = [other for r, other in arms if r == second]
        unit = {other: _unit(xy[other] - xy[vertex]) for _, other in arms}
        pairs = (
            [(sure[0], other) for other in equal]
            if sure
            else [(a, b) for i, a in enumerate(equal) for b in equal[i + 1 :]]
        )
        a, b = min(pairs, key=lambda pair: float(unit[pair[0]] @ unit[pair[1]]))
        if float(unit[a] @ unit[b]) < 0.2:  # a sharper turn than this is two roads meeting, not one running through
            before[vertex], after[vertex], grade[vertex] = a, b, second
    return before, after, grade


def _unit(vector: FloatArray) -> FloatArray:
    unit: FloatArray = vector / max(float(np.hypot(*vector)), 1e-9)
    return unit
