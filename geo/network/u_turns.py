"""U-turns: a vehicle that obeys turn restrictions does not evade them by turning round at the next junction."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from geo.network.components import strong_components
from geo.network.turns import Path

Ints = NDArray[np.int32]
Bools = NDArray[np.bool_]

U_TURN_M = 300.0
"""Metres along streets from a turn restriction within which nobody turns round; general knowledge, not verified. From
farther off one would drive twice as far to evade it, and every state is one more node in all tables."""

STUB_M = 24.0
"""Metres of a street that ends, beside a junction, within which no coach turns round: twice its length."""

LARGER = frozenset(
    name for road in ("motorway", "trunk", "primary", "secondary", "tertiary") for name in (road, f"{road}_link")
)
"""Values of ``highway`` of streets at whose end coaches turn round. The end of a smaller one is a gate, a yard or a car
park; a larger one ends where the data do, or where smaller ones go on that are closed to coaches."""

TURNING = frozenset({"turning_circle", "turning_loop"})
"""Values of ``highway`` of a node where vehicles turn round."""


def forbid_u_turns(
    forbidden: Sequence[Path],
    u: Ints,
    v: Ints,
    n_node: int,
    *,
    cost: Mapping[str, Ints],
    area: Mapping[str, Bools],
    length_m: NDArray[np.float64],
    is_circle: Bools,
    is_larger: Bools,
    reach_m: float = U_TURN_M,
) -> list[Path]:
    """Return the U-turns near turn restrictions, as sequences of two arcs that no way contains.

    Only a restriction makes a U-turn worth while: without one between them, the arcs before and after it would follow
    each other in less time. One turns round where a larger street ends (not in a stub beside a junction, `STUB_M`), at
    a turning circle, and in areas of restricted access. Who sets out in a street that ends may do so either way.

    Parameters
    ----------
    forbidden : sequence of Path
        Of turn restrictions; see `geo.network.turns.forbid_turns`.
    u, v : int32 (n_edge,)
    n_node : int
    cost : mapping of mode to int32 (2 n_edge,)
        Deciseconds by arc of the modes that obey restrictions, negative where the mode may not go.
    area : mapping of mode to bool (n_edge,)
        Areas of restricted access.
    length_m : float64 (n_edge,)
    is_circle : bool (n_node,)
        Where there is a turning circle.
    is_larger : bool (n_edge,)
        Streets at whose end vehicles turn round (`LARGER`).
    reach_m : float
        How far from a restriction, metres along streets.
    """
    if not forbidden or reach_m <= 0.0:
        return []
    tail, head = np.stack([u, v], axis=1).ravel(), np.stack([v, u], axis=1).ravel()
    is_open = np.any([arcs >= 0 for arcs in cost.values()], axis=0)
    graph = coo_array(
        (np.repeat(np.maximum(length_m, 1e-3), 2)[is_open], (tail[is_open], head[is_open])), shape=(n_node, n_node)
    ).tocsr()
    junctions = np.unique([head[arc] for path in forbidden for arc in path[:-1]])
    away_m = dijkstra(graph, indices=junctions, min_only=True, limit=reach_m)
    is_near = np.isfinite(away_m[tail]) & (u != v).repeat(2)
    is_needed = np.zeros(2 * u.size, bool)
    is_forbidden = np.ones(2 * u.size, bool)
    for mode, arcs in cost.items():
        is_inside = strong_components(arcs, u, v, n_node)[1] & ~area[mode]
        ways_on = np.repeat(is_inside, 2) & (arcs >= 0)
        n_on = np.bincount(tail[ways_on], minlength=n_node)
        back = np.arange(arcs.size) ^ 1
        both = (arcs >= 0) & (arcs[back] >= 0) & ~np.repeat(area[mode], 2)
        goes_on = n_on[head] - ways_on[back] > 0
        goes_on |= ~np.repeat(is_larger, 2)
        goes_on |= np.repeat(length_m < STUB_M, 2) & (n_on[tail] - ways_on > 1)
        is_needed |= both
        is_forbidden &= ~both | goes_on
    chosen = np.flatnonzero(is_near & is_needed & is_forbidden & ~is_circle[head])
    return [(arc, arc ^ 1) for arc in chosen.tolist()]
