"""The arrays of the street network: a directed graph, exact inside edges, one integer cost array per mode.

The searches of this package take them; `geo.network.network.StreetNetwork` has the searches as methods.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.network.labels import LabelList

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Floats = NDArray[np.float64]
PackedAdjacency = tuple[Longs, Longs, Ints]


@dataclass(frozen=True, eq=False)
class StreetGraph:
    """Streets as flat arrays, all read-only and possibly memory-mapped; made by `geo.network.build.build_network`.

    Edge ``e`` runs from node ``edge_u[e]`` to ``edge_v[e]``; its arcs are ``2e`` (along) and ``2e + 1`` (against).

    Attributes
    ----------
    node_id : int64 (n_node,)
        Identifier in the store.
    node_lon, node_lat : float64 (n_node,)
        Degrees, WGS84.
    edge_id : int64 (n_edge,)
    edge_u, edge_v : int32 (n_edge,)
    edge_length : float64 (n_edge,)
        Metres on the ellipsoid.
    edge_label : int32 (n_edge,)
        Index into `labels`.
    point_ptr : int64 (n_edge + 1,), points : float64 (n_point, 2)
        The shape of each edge from u to v, degrees.
    arc_ptr : int64 (n_node + 1,), arc_id, arc_head : int32 (2 n_edge,)
        Arcs by tail node.
    cost : mapping of mode to int32 (2 n_edge,)
        Deciseconds by arc, at least 1; negative where the mode may not go.
    adjacency_out, adjacency_in : mapping of mode to int64 (2 n_edge,)
        Neighbour and deciseconds in one number, in the order of `arc_id`: of leaving a node, and of coming to it; see
        `geo.network._kernels`. Arcs of restricted areas are closed in them.
    landmark_cost : mapping of mode to int32 (n_node, 2 * n_landmark)
        Deciseconds between landmarks and nodes, which say where to look for a route; see `geo.network.landmarks`.
    restricted : mapping of mode to uint8 (n_edge,)
        1 in an area of restricted access, which no way passes through; see `geo.network.restricted_access`.
    is_border : mapping of mode to uint8 (n_node,)
        1 where an open street ends at the node: there a way leaves an area, or enters it.
    area_ptr : mapping of mode to int64 (n_node + 1,), area_arc : to int32 (n,), area_out, area_in : to int64 (n,)
        Arcs and adjacency of the restricted areas alone, by node.
    snappable : mapping of mode to int32 (n_edge,)
        Number of the component of the network (`geo.network.components.number_components`) where a point may be
        snapped: open to the mode, no ferry or tunnel; 1 is the largest component. Negative where the component is not
        served and a point is snapped only if it reaches no other. 0 elsewhere.
    grid_origin, grid_cell : float64 (2,), grid_shape : int64 (2,)
        A grid in degrees over the district; its cells are counted by rows.
    arc_end : int32 (2 n_edge,)
        Where a mode that obeys turn restrictions comes to by each arc: its head, or a state; see `geo.network.turns`.
    state_at : int32 (n_state,)
        The node that each of the last ``n_state`` nodes is a state of.
    copy_of : int32 (n_copy,)
        The edge that each of the last ``n_copy`` edges repeats, ascending. Nothing is snapped to a copy.
    seg_ptr : int64 (n_cell + 1,), seg_point : int64 (n,), seg_edge : int32 (n,)
        Street pieces by grid cell: each begins at a row of `points`, ends at the next, and is of an edge.
    bar_ptr : int64 (n_cell + 1,), bar_seg : int32 (n,)
        Rows of `barrier` by grid cell.
    barrier : float64 (n_barrier, 4)
        Pieces from (lon, lat) to (lon, lat), degrees. No access leg crosses one from its right to its left (shores
        have the water on their left, motorways are there twice).
    labels : LabelList
        What the streets are called and are.
    """

    node_id: Longs
    node_lon: Floats
    node_lat: Floats
    edge_id: Longs
    edge_u: Ints
    edge_v: Ints
    edge_length: Floats
    edge_label: Ints
    point_ptr: Longs
    points: Floats
    arc_ptr: Longs
    arc_id: Ints
    arc_head: Ints
    cost: Mapping[str, Ints]
    adjacency_out: Mapping[str, Longs]
    adjacency_in: Mapping[str, Longs]
    landmark_cost: Mapping[str, Ints]
    restricted: Mapping[str, NDArray[np.uint8]]
    is_border: Mapping[str, NDArray[np.uint8]]
    area_ptr: Mapping[str, Longs]
    area_arc: Mapping[str, Ints]
    area_out: Mapping[str, Longs]
    area_in: Mapping[str, Longs]
    snappable: Mapping[str, Ints]
    arc_end: Ints
    state_at: Ints
    copy_of: Ints
    grid_origin: Floats
    grid_cell: Floats
    grid_shape: Longs
    seg_ptr: Longs
    seg_point: Longs
    seg_edge: Ints
    bar_ptr: Longs
    bar_seg: Ints
    barrier: Floats
    labels: LabelList

    @property
    def n_node(self) -> int:
        """Number of nodes."""
        return int(self.node_id.size)

    @property
    def n_edge(self) -> int:
        """Number of edges."""
        return int(self.edge_id.size)

    @property
    def n_street(self) -> int:
        """Number of edges that are no copies of others; they come first."""
        return int(self.edge_id.size - self.copy_of.size)

    @property
    def n_place(self) -> int:
        """Number of nodes that are no states of others; they come first."""
        return int(self.node_id.size - self.state_at.size)

    def has_turns(self, mode: str) -> bool:
        """Tell whether turn restrictions hold for a mode somewhere."""
        return bool((self.cost[mode][2 * self.n_street :] >= 0).any())

    def street_of(self, edge: Longs) -> Longs:
        """Return each edge, or the one that it is a copy of."""
        street = edge.astype(np.int64)
        is_copy = street >= self.n_street
        street[is_copy] = self.copy_of[street[is_copy] - self.n_street]
        return street

    def areas_out(self, mode: str) -> PackedAdjacency:
        """Return the restricted areas as a search from points in them reads them: (ptr, adjacency, arcs)."""
        return self.area_ptr[mode], self.area_out[mode], self.area_arc[mode]

    def areas_in(self, mode: str) -> PackedAdjacency:
        """Return the restricted areas as a search towards points in them reads them."""
        return self.area_ptr[mode], self.area_in[mode], self.area_arc[mode]

    def borders(self, mode: str, node: Longs) -> NDArray[np.bool_]:
        """Return at which nodes an open street ends, bool (n,)."""
        return self.is_border[mode][node] > 0
