"""Where two streets cross at several corners, the crossing is the one nearest to their middle."""

from types import SimpleNamespace

import numpy as np

from geo.network.crossings import _crossings


def test_of_several_corners_of_two_streets_the_middle_one_is_the_crossing():
    network = SimpleNamespace(
        node_lon=np.array([120.00, 120.04, 120.09, 119.0]), node_lat=np.array([30.0, 30.0, 30.0, 29.0])
    )
    (found,) = _crossings(network, {0: {5, 7}, 1: {7, 5}, 2: {5, 7}, 3: {5}})
    assert (found.lon, found.lat) == (120.04, 30.0)
