"""Which streets hang together: the part that one can leave and come back to, and the islands beside it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geo.network.modes import check_mode

if TYPE_CHECKING:
    from geo.network.graph import StreetNetwork

Ints = NDArray[np.int32]


@dataclass(frozen=True)
class Island:
    """Streets of a mode that its main part cannot be reached from and back: no point is attached to them.

    `lon` and `lat` are a point on one of them, degrees WGS84, to look at on a map.
    """

    n_edge: int
    length_m: float
    lon: float
    lat: float


def strong_parts(arc_cost: Ints, u: Ints, v: Ints, n_node: int) -> tuple[Ints, NDArray[np.bool_]]:
    """Return the strongly connected part of every node and which edges lie in the largest.

    Parameters
    ----------
    arc_cost : int32 (2 n_edge,)
        Negative where the mode may not go.
    u, v : int32 (n_edge,)
    n_node : int

    Returns
    -------
    part : int32 (n_node,)
    is_main : bool (n_edge,)
        Largest by the number of open arcs whose two ends it holds.
    """
    along, against = arc_cost[0::2] >= 0, arc_cost[1::2] >= 0
    tail = np.concatenate([u[along], v[against]])
    head = np.concatenate([v[along], u[against]])
    # Parallel streets fall together in the matrix: booleans stay true, where small integers would overflow.
    graph = coo_array((np.ones(tail.size, bool), (tail, head)), shape=(n_node, n_node)).tocsr()
    _, part = connected_components(graph, directed=True, connection="strong")
    is_inside = part[u] == part[v]
    weight = np.bincount(part[u[is_inside]], (along.astype(int) + against)[is_inside], minlength=1)
    main = int(np.argmax(weight))
    return part.astype(np.int32), (along | against) & is_inside & (part[u] == main)


def find_islands(network: "StreetNetwork", *, mode: str) -> list[Island]:
    """Return the streets that are cut off from a mode's main part, longest first.

    Streets that only lead in or only lead out (the end of a one-way street at the border of the extract) belong to no
    part; those that hang together are one island.

    Parameters
    ----------
    network : StreetNetwork
    mode : str

    Raises
    ------
    InputError
        If there is no such mode.
    """
    arcs = network.cost[check_mode(mode)]
    _, is_main = strong_parts(arcs, network.edge_u, network.edge_v, network.n_node)
    is_cut_off = ((arcs[0::2] >= 0) | (arcs[1::2] >= 0)) & ~is_main
    edge = np.flatnonzero(is_cut_off)
    if edge.size == 0:
        return []
    u, v = network.edge_u[edge], network.edge_v[edge]
    graph = coo_array((np.ones(edge.size, bool), (u, v)), shape=(network.n_node, network.n_node)).tocsr()
    group = connected_components(graph, directed=False)[1][u]
    _, first, code = np.unique(group, return_index=True, return_inverse=True)
    n_edge, length_m = np.bincount(code), np.bincount(code, network.edge_length[edge])
    islands = [
        Island(int(n), float(length), *map(float, network.points[network.point_ptr[edge[k]]]))
        for n, length, k in zip(n_edge, length_m, first, strict=True)
    ]
    return sorted(islands, key=lambda island: (-island.length_m, island.lon, island.lat))
