"""Costs by class of road add up to those of the matrix and of the routes."""

import numpy as np
import pytest

from tests.geo.network.plain_maps import degrees, make

ROADS = {kind: {"highway": kind} for kind in ("primary", "residential")}


def test_metres_and_seconds_by_class_add_up_to_the_matrix_and_the_routes():
    nodes = {1: (0, 0), 2: (1000, 0), 3: (3000, 0), 4: (3000, 800), 5: (9000, 9000), 6: (9400, 9000)}
    streets = [(1, 2, ROADS["residential"]), (2, 3, ROADS["primary"]), (3, 4, ROADS["residential"])]
    network = make(nodes, [*streets, (5, 6, ROADS["residential"])])
    places = [degrees(200, 30), degrees(2500, 0), degrees(3000, 700), degrees(9200, 9000)]
    lon, lat = np.array(places).T
    found = network.cost_matrix_by_class(lon, lat, lon, lat, mode="coach")
    np.testing.assert_array_equal(found.duration_s, network.cost_matrix(lon, lat, lon, lat, mode="coach"))
    legs = network.snap(lon, lat, mode="coach")
    for i in range(3):
        for j in range(3):
            route = network.route(places[i], places[j], mode="coach")
            assert found.distance_m[i, j] == pytest.approx(route.distance_m)
            assert found.class_m[i, j].sum() == pytest.approx(route.distance_m - sum(route.access_m))
            legs_s = (legs.access_ds[i] + legs.access_ds[j]) / 10.0
            assert found.class_s[i, j].sum() == pytest.approx(found.duration_s[i, j] - legs_s)
    of = dict(zip(found.classes, found.class_m[0, 2], strict=True))
    assert of == {"primary": pytest.approx(2000, abs=1), "residential": pytest.approx(1500, abs=1)}
    assert np.isinf(found.duration_s[0, 3])
    assert (found.class_m[0, 3] == 0).all()
