"""A district with one street in the store, for demand to be attached to."""

import geopandas as gpd
import pandas as pd
import shapely

from geo.db.layers import SourceFacts, replace_streets
from geo.db.session import writing


def store_street(engine, line, *, highway="residential"):
    (lon_lat,) = [shapely.get_coordinates(line)]
    nodes = pd.DataFrame({"node_id": [1, 2], "lon": lon_lat[:, 0], "lat": lon_lat[:, 1], "tags": [None, None]})
    edges = gpd.GeoDataFrame(
        {"edge_id": [1], "way_id": [1], "u": [1], "v": [2], "length_m": [600.0], "name": [None],
         "tags": [{"highway": highway}]}, geometry=[line], crs=4326,
    )  # fmt: skip
    with writing(engine) as session:
        replace_streets(session, "330111", nodes, edges, SourceFacts("streets", 1, 1))
