"""Compiling every search before somebody waits for it; the compiled code is kept on disk for later processes."""

from collections.abc import Iterable

import numpy as np

from geo.errors import GeoError
from geo.network.modes import MODES
from geo.network.nearest import NearestTable, near_costs, origin_costs, path_distances
from geo.network.network import StreetNetwork
from geo.network.routes import route_to_facility


def compile_searches(network: StreetNetwork, tables: Iterable[NearestTable] = ()) -> None:
    """Run every search once, on a point of the network, so that it is compiled for this kind of arrays.

    `tables` are those that requests are answered from: arrays that may be written to are another kind than a file's.
    """
    mode = next((mode for mode in MODES if (network.snappable[mode] > 0).any()), None)
    if mode is None:
        return
    edge = int(np.flatnonzero(network.snappable[mode] > 0)[0])
    here = tuple(float(x) for x in network.points[network.point_ptr[edge]])
    point = (here[0], here[1])
    lon, lat = ([value] for value in point)
    try:
        network.describe(network.route(point, point, mode=mode))
        table = network.nearest_table(lon, lat, mode=mode)
        network.nearest(table, *point)
        route_to_facility(network, table, 0, point, point)
        network.cost_matrix(lon, lat, lon, lat, mode=mode, limit_s=1.0)
        network.service_area(*point, mode=mode, limit_s=1.0)
        for kept in tables:
            origin = network.snap(lon, lat, mode=kept.mode)
            near_costs(network, kept, origin)
            origin_costs(network, kept, origin)
            if not kept.is_truncated:
                origin_costs(network, kept, kept.facility)
            path_distances(network, kept, origin, [])
    except GeoError:
        # The point may lie where nothing is snapped; the searches before it are compiled all the same.
        return
