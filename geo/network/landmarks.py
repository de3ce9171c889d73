"""Landmarks: nodes at the rim whose costs from and to every node bound what is left of a route.

By the triangle inequality no route from v to t costs less than ``d(L, t) - d(L, v)`` or ``d(v, L) - d(t, L)`` for any
landmark L (A. Goldberg and C. Harrelson 2005, Computing the shortest path: A* search meets graph theory).
"""

import numpy as np
from numpy.typing import NDArray

from geo.network._kernels import FAR, make_queue, search

N_LANDMARK = 16

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]


def measure_landmarks(
    arc_ptr: Longs, arc_id: Ints, adjacency_out: Longs, adjacency_in: Longs, candidate: Longs
) -> Ints:
    """Choose landmarks far from each other and measure the costs between them and every node.

    Parameters
    ----------
    arc_ptr, arc_id, adjacency_out, adjacency_in
        As in `geo.network.graph.StreetGraph`, of one mode.
    candidate : int64 (n,)
        Nodes that may be chosen, of one component.

    Returns
    -------
    int32 (n_node, 2 * n_landmark)
        Deciseconds from each landmark to the node, then from the node to each landmark; `FAR` where there is no way.
        Without candidates there is no landmark.
    """
    n_node = arc_ptr.size - 1
    if candidate.size == 0:
        return np.empty((n_node, 0), np.int32)

    def measure(node: int, *, is_towards: bool) -> Ints:
        left, via = np.zeros(n_node, np.int32), np.empty(0, np.int32)
        reached = np.empty(n_node + 1, np.int32)
        adjacency = adjacency_in if is_towards else adjacency_out
        seed = np.array([node], np.int64), np.zeros(1, np.int64)
        search(arc_ptr, adjacency, arc_id, int(is_towards), *seed, FAR - 1, left, via, reached, *make_queue())
        return np.where(left > 0, FAR - left, FAR).astype(np.int32)

    first = measure(int(candidate[0]), is_towards=False)[candidate]
    chosen = [int(candidate[np.argmax(np.where(first < FAR, first, -1))])]
    nearest = np.full(candidate.size, FAR, np.int32)
    out = [measure(chosen[0], is_towards=False)]
    while len(chosen) < min(N_LANDMARK, candidate.size):
        nearest = np.minimum(nearest, out[-1][candidate])
        farthest = int(np.argmax(np.where(nearest < FAR, nearest, -1)))
        if nearest[farthest] <= 0 or nearest[farthest] >= FAR:
            break
        chosen.append(int(candidate[farthest]))
        out.append(measure(chosen[-1], is_towards=False))
    into = [measure(node, is_towards=True) for node in chosen]
    return np.ascontiguousarray(np.stack([*out, *into], axis=1))
