"""Small maps from corners in metres and streets drawn straight between them."""

import geopandas as gpd
import pandas as pd
import shapely

from geo.crs import LocalPlane, line_length_m
from geo.network.build import build_network

PLANE = LocalPlane(120.0, 30.0)


def degrees(x, y):
    lon, lat = PLANE.to_degrees(float(x), float(y))
    return float(lon), float(lat)


def make(nodes, streets, *, water=(), tags=None):
    """Build a network from nodes {id: (x, y)} in metres and streets [(u, v, tags)] drawn straight; `tags` are of nodes.

    The streets are edges and ways 1, 2, ...
    """
    frame = pd.DataFrame(
        [
            {"node_id": i, "lon": degrees(*at)[0], "lat": degrees(*at)[1], "tags": (tags or {}).get(i)}
            for i, at in nodes.items()
        ]
    )
    lines = [shapely.LineString([degrees(*nodes[u]), degrees(*nodes[v])]) for u, v, _ in streets]
    edges = gpd.GeoDataFrame(
        {
            "edge_id": range(1, len(streets) + 1),
            "way_id": range(1, len(streets) + 1),
            "u": [u for u, _, _ in streets],
            "v": [v for _, v, _ in streets],
            "length_m": [line_length_m(shapely.get_coordinates(line)) for line in lines],
            "name": [tags.get("name") for _, _, tags in streets],
            "tags": [tags for _, _, tags in streets],
        },
        geometry=lines,
        crs="EPSG:4326",
    )
    shores = [shapely.Polygon([degrees(*corner) for corner in ring]) for ring in water]
    return build_network(frame, edges, shores=shores)


ROAD = {"highway": "residential"}

#   north bank   1 ------------- 2            y = 200
#                                |
#   ~~~~~~ river y 50..150 ~~~ bridge ~~~
#                                |
#   south bank   3 ------------- 4            y = 0
#              x=0            x=1000
BANKS = {1: (0, 200), 2: (1000, 200), 3: (0, 0), 4: (1000, 0)}
RIVER = [(-500, 50), (1500, 50), (1500, 150), (-500, 150)]


def river_town(bridge):
    """Build both banks with a bridge of the given tags at their east end."""
    return make(BANKS, [(1, 2, ROAD), (3, 4, ROAD), (2, 4, ROAD | {"bridge": "yes"} | bridge)], water=[RIVER])
