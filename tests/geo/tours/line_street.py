"""A network of one straight street, for tours."""

import pandas as pd
import shapely

from geo.network.build import build_network
from geo.network.network import StreetNetwork

LAT = 30.0

STEP = 0.05  # degrees of longitude between nodes, about 4.8 km


def line_network() -> StreetNetwork:
    """Return a primary road from west to east, and a footpath that goes on where it ends."""
    nodes = pd.DataFrame(
        {"node_id": range(4), "lon": [119.9 + STEP * i for i in range(4)], "lat": [LAT] * 4, "tags": [None] * 4}
    )
    ends = [shapely.LineString([(119.9 + STEP * i, LAT), (119.9 + STEP * (i + 1), LAT)]) for i in range(3)]
    edges = pd.DataFrame(
        {
            "edge_id": range(3),
            "u": [0, 1, 2],
            "v": [1, 2, 3],
            "length_m": [4800.0, 4800.0, 4800.0],
            "name": ["Road", "Road", "Path"],
            "tags": [{"highway": "primary"}, {"highway": "primary"}, {"highway": "footway"}],
            "geometry": ends,
        }
    )
    return build_network(nodes, edges)
