"""Areas of restricted access: a route leaves one at its start, enters one at its end, and crosses none.

Streets for visitors, customers, deliveries or holders of a permit (``access=destination`` and its kin) may be used to
get there and away, not to pass through. Street by street, a legal way is thus ``R* O* R*``: restricted streets only at
its beginning, if it sets out on one, and at its end, if it arrives on one.
"""

import numpy as np
from numpy.typing import NDArray

from geo.network.components import strong_components

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Bools = NDArray[np.bool_]


def close_areas(
    arc_cost: Ints, is_restricted: Bools, u: Ints, v: Ints, n_node: int, *, length_m: NDArray[np.float64]
) -> Bools:
    """Return which edges lie in an area of restricted access, bool (n_edge,).

    To the restricted streets come the open ones that hang on the rest only through restricted ones: of each strongly
    connected part, all open streets but those of the longest part that is connected by open streets alone.

    Parameters
    ----------
    arc_cost : int32 (2 n_edge,)
        Deciseconds by arc, negative where the mode may not go.
    is_restricted : bool (n_edge,)
        What the tags say.
    u, v : int32 (n_edge,)
    n_node : int
    length_m : float64 (n_edge,)
    """
    is_open = (arc_cost[0::2] >= 0) | (arc_cost[1::2] >= 0)
    restricted = is_restricted & is_open
    if not restricted.any():
        return restricted
    whole, is_inside = strong_components(arc_cost, u, v, n_node)
    by_open, is_inside_open = strong_components(np.where(np.repeat(restricted, 2), -1, arc_cost), u, v, n_node)
    n_part = int(by_open.max()) + 1
    metres = np.bincount(by_open[u[is_inside_open]], length_m[is_inside_open], minlength=n_part)
    whole_of = np.zeros(n_part, np.int64)
    whole_of[by_open] = whole
    # The longest of every whole part; of equals, the one with the lowest number.
    order = np.lexsort((-np.arange(n_part), metres, whole_of))
    is_last = np.append(whole_of[order][1:] != whole_of[order][:-1], True)
    is_main = np.zeros(n_part, bool)
    is_main[order[is_last]] = True
    hangs = is_inside & ~(is_inside_open & is_main[by_open[u]])
    return restricted | hangs


def lay_areas(
    arc_ptr: Longs, arc_id: Ints, adjacency_out: Longs, adjacency_in: Longs, is_area: Bools
) -> tuple[Longs, Ints, Longs, Longs]:
    """Return the arcs of the areas by node as (ptr, arc, adjacency out, adjacency in), in the order of all arcs.

    Parameters
    ----------
    arc_ptr : int64 (n_node + 1,), arc_id : int32 (2 n_edge,)
        All arcs by tail.
    adjacency_out, adjacency_in : int64 (2 n_edge,)
        As `geo.network._kernels` reads them, areas included.
    is_area : bool (n_edge,)
    """
    keep = is_area[arc_id >> 1]
    ptr = np.concatenate([[0], np.cumsum(keep)])[arc_ptr].astype(np.int64)
    return ptr, arc_id[keep], adjacency_out[keep], adjacency_in[keep]
