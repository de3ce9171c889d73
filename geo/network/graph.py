"""The street network: a directed graph in flat arrays, exact inside edges, one integer cost array per mode."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, overload

import numpy as np
from numpy.typing import NDArray

from geo.errors import InputError
from geo.network.by_class import ClassCosts, find_class_costs
from geo.network.costs import count_within, find_costs, find_costs_within
from geo.network.directions import Step, describe_route
from geo.network.labels import LabelList
from geo.network.nearest import Nearest, NearestTable, fill_nearest_table, look_up_nearest
from geo.network.routes import Route, find_route
from geo.network.service_area import ServiceArea, find_service_area
from geo.network.snap import SnappedPoints, snap

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Floats = NDArray[np.float64]
PackedAdjacency = tuple[Longs, Longs, Ints]


@dataclass(frozen=True, eq=False)
class StreetNetwork:
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
        Deciseconds by arc; negative where the mode may not go.
    adjacency_out, adjacency_in : mapping of mode to int64 (2 n_edge,)
        Neighbour and deciseconds in one number, in the order of `arc_id`: of leaving a node, and of coming to it; see
        `geo.network._kernels`. Arcs of restricted areas are closed in them.
    restricted : mapping of mode to uint8 (n_edge,)
        1 in an area of restricted access, which no way passes through; see `geo.network.areas`.
    is_border : mapping of mode to uint8 (n_node,)
        1 where an open street ends at the node: there a way leaves an area, or enters it.
    area_ptr, area_arc, area_out, area_in : mapping of mode to array
        Arcs and adjacency of the restricted areas alone, by node.
    snappable : mapping of mode to int32 (n_edge,)
        Number of the component of the network (`geo.network.components.number_components`) where a point may be
        snapped: open to the mode, no ferry or tunnel; 1 is the largest component. Negative where the component is not
        served and a point is snapped only if it reaches no other. 0 elsewhere.
    grid_origin, grid_cell : float64 (2,), grid_shape : int64 (2,)
        A grid in degrees over the district.
    arc_end : int32 (2 n_edge,)
        Where a mode that obeys turn restrictions comes to by each arc: its head, or a state; see `geo.network.turns`.
    state_at : int32 (n_state,)
        The node that each of the last ``n_state`` nodes is a state of.
    copy_of : int32 (n_copy,)
        The edge that each of the last ``n_copy`` edges repeats, ascending. Nothing is snapped to a copy.
    seg_ptr, seg_point, seg_edge, bar_ptr, bar_seg, barrier
        Street pieces and barrier pieces by grid cell; no access leg crosses a barrier from its right to its left
        (shores have the water on their left, motorways are there twice).
    labels : LabelList
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

    def snap(self, lon: Any, lat: Any, *, mode: str) -> SnappedPoints:
        """Snap points to streets; see `geo.network.snap.snap`."""
        return snap(self, lon, lat, mode=mode)

    def nearest_table(self, lon: Any, lat: Any, *, mode: str) -> NearestTable:
        """Search towards every facility; see `geo.network.nearest.fill_nearest_table`."""
        return fill_nearest_table(self, self.snap(lon, lat, mode=mode), mode=mode)

    def nearest(
        self, table: NearestTable, lon: float, lat: float, *, count: int = 3, allowed: NDArray[np.bool_] | None = None
    ) -> list[Nearest]:
        """Rank the table's facilities from a point; see `geo.network.nearest.look_up_nearest`."""
        return look_up_nearest(self, table, lon, lat, count=count, allowed=allowed)

    def route(self, origin: tuple[float, float], destination: tuple[float, float], *, mode: str) -> Route:
        """Find the quickest way; see `geo.network.routes.find_route`."""
        return find_route(self, origin, destination, mode=mode)

    def describe(self, route: Route, *, lang: str = "zh") -> list[Step]:
        """Return the steps of a route; see `geo.network.directions.describe_route`."""
        return describe_route(self, route, lang=lang)

    @overload
    def cost_matrix(
        self,
        origin_lon: Any,
        origin_lat: Any,
        facility_lon: Any,
        facility_lat: Any,
        *,
        mode: str,
        limit_s: float | None = None,
        sparse: Literal[False] = False,
    ) -> NDArray[np.float64]: ...
    @overload
    def cost_matrix(
        self,
        origin_lon: Any,
        origin_lat: Any,
        facility_lon: Any,
        facility_lat: Any,
        *,
        mode: str,
        limit_s: float,
        sparse: Literal[True],
    ) -> Any: ...
    def cost_matrix(
        self,
        origin_lon: Any,
        origin_lat: Any,
        facility_lon: Any,
        facility_lat: Any,
        *,
        mode: str,
        limit_s: float | None = None,
        sparse: bool = False,
    ) -> Any:
        """Return seconds from every origin to every facility, both access legs included.

        Parameters
        ----------
        origin_lon, origin_lat : array_like (n_origin,)
        facility_lon, facility_lat : array_like (n_facility,)
            Degrees, WGS84.
        mode : str
        limit_s : float, optional
            Look no farther: much faster where it reaches a small component of the network.
        sparse : bool
            Return only what is within `limit_s`.

        Returns
        -------
        float64 (n_origin, n_facility)
            inf where unreachable or beyond the limit; so is all that cannot be snapped.
        scipy.sparse.csc_array (n_origin, n_facility)
            If `sparse`. An entry that is not stored is beyond the limit, not 0.

        Raises
        ------
        InputError
            If `sparse` comes without a limit, or a coordinate is none.
        """
        origin = self.snap(origin_lon, origin_lat, mode=mode)
        facility = self.snap(facility_lon, facility_lat, mode=mode)
        if not sparse:
            return find_costs(self, origin, facility, mode=mode, limit_s=limit_s)
        if limit_s is None:
            raise InputError("a sparse cost matrix needs a limit")
        return find_costs_within(self, origin, facility, mode=mode, limit_s=limit_s)

    def cost_matrix_by_class(
        self, origin_lon: Any, origin_lat: Any, facility_lon: Any, facility_lat: Any, *, mode: str
    ) -> ClassCosts:
        """Return what `cost_matrix` does, and metres and seconds on every class of road; see `find_class_costs`."""
        origin = self.snap(origin_lon, origin_lat, mode=mode)
        facility = self.snap(facility_lon, facility_lat, mode=mode)
        return find_class_costs(self, origin, facility, mode=mode)

    def count_within(
        self, lon: Any, lat: Any, weight: Any, facility_lon: Any, facility_lat: Any, *, mode: str, limit_s: float
    ) -> Floats:
        """Return how much weight reaches each facility within a time, float64 (n_facility,).

        `lon`, `lat` and `weight` (people) are of the points that set out. See `geo.network.costs.count_within`.
        """
        point = self.snap(lon, lat, mode=mode)
        facility = self.snap(facility_lon, facility_lat, mode=mode)
        return count_within(self, point, weight, facility, mode=mode, limit_s=limit_s)

    def service_area(self, lon: float, lat: float, *, mode: str, limit_s: float) -> ServiceArea:
        """Return the pieces of streets from which a facility is reached in time; see `find_service_area`."""
        return find_service_area(self, lon, lat, mode=mode, limit_s=limit_s)
