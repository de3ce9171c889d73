"""The street network: the arrays of `StreetGraph` with the searches over them as methods."""

from dataclasses import dataclass
from typing import Any, Literal, overload

import numpy as np
from numpy.typing import NDArray

from geo.errors import InputError
from geo.network.by_class import ClassCosts, find_class_costs
from geo.network.costs import count_within, find_costs, find_costs_within
from geo.network.directions import Step, describe_route
from geo.network.graph import StreetGraph
from geo.network.nearest import Nearest, NearestTable, fill_nearest_table, look_up_nearest
from geo.network.routes import Route, find_route
from geo.network.service_area import ServiceArea, find_service_area
from geo.network.snap import SnappedPoints, snap


@dataclass(frozen=True, eq=False)
class StreetNetwork(StreetGraph):
    """The streets of a district and what is asked of them; made by `geo.network.build.build_network`.

    Each method calls one function of a module below, which takes the arrays alone.
    """

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
    ) -> NDArray[np.float64]:
        """Return how much weight reaches each facility within a time, float64 (n_facility,).

        `lon`, `lat` and `weight` (people) are of the points that set out. See `geo.network.costs.count_within`.
        """
        point = self.snap(lon, lat, mode=mode)
        facility = self.snap(facility_lon, facility_lat, mode=mode)
        return count_within(self, point, weight, facility, mode=mode, limit_s=limit_s)

    def service_area(self, lon: float, lat: float, *, mode: str, limit_s: float) -> ServiceArea:
        """Return the pieces of streets from which a facility is reached in time; see `find_service_area`."""
        return find_service_area(self, lon, lat, mode=mode, limit_s=limit_s)
