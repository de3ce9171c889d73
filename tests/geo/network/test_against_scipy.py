"""The engine against an independent SciPy computation on real streets."""

import numpy as np
import pytest

from geo.network.build import build_network
from geo.network.routes import route_to_facility
from geo.network.snap import components_of
from loaders.streets import parse_streets
from tests.extracts import HELSINKI, LIECHTENSTEIN, needs_liechtenstein
from tests.geo.network.oracle import along, nearest_brute, read_oracle


def points_beside_streets(network, *, n, seed):
    """Points up to about 20 m beside random street pieces."""
    rng = np.random.default_rng(seed)
    at = rng.integers(0, len(network.points), n)
    return network.points[at] + rng.uniform(-1.5e-4, 1.5e-4, (n, 2))


@pytest.mark.parametrize("mode", ["walk", pytest.param("ebike", marks=pytest.mark.soak)])
@pytest.mark.parametrize(
    "path",
    [
        pytest.param(HELSINKI, id="helsinki"),
        pytest.param(LIECHTENSTEIN, id="liechtenstein", marks=needs_liechtenstein),
    ],
)
def test_nearest_equals_an_independent_search_within_a_metre(path, mode):
    frames = parse_streets(path)
    # Without the shores: the twin knows none. What they bar is drawn in test_drawn_maps.
    network = build_network(frames.nodes, frames.edges)
    facilities = points_beside_streets(network, n=30, seed=7)
    points = points_beside_streets(network, n=1400, seed=11)
    # The twin knows the largest part of the network alone.
    snapped = [network.snap(*some.T, mode=mode) for some in (facilities, points)]
    is_main = [components_of(network, some, mode=mode) == 1 for some in snapped]
    facilities = facilities[is_main[0]][:12]
    table = network.nearest_table(*facilities.T, mode=mode)
    points = points[(snapped[1].access_m <= 30.0) & is_main[1]][:500]
    oracle = read_oracle(path, mode=mode)
    assert len(points) == 500
    for point, (seconds, metres) in zip(points, nearest_brute(oracle, points, facilities), strict=True):
        ours = network.nearest(table, *point, count=12)
        rank = np.argsort(seconds)
        # Two facilities, or two ways, within a second of each other may change places by rounding to deciseconds.
        assert abs(ours[0].duration_s - seconds[rank[0]]) < 1.0
        assert seconds[ours[0].facility] - seconds[rank[0]] < 1.0
        if mode == "ebike":
            # Streets differ in speed: two ways that take the same time may differ in length.
            continue
        theirs = [metres[f] for f in rank if seconds[f] - seconds[rank[0]] < 1.0]
        if min(abs(ours[0].distance_m - m) for m in theirs) >= 1.0:
            assert_ties(oracle, network, table, ours[0], point, facilities, seconds)


def assert_ties(oracle, network, table, ours, point, facilities, seconds):
    """A way longer or shorter than the quickest, by stairs or round them, takes as long but for rounding."""
    route = route_to_facility(network, table, ours.facility, tuple(point), tuple(facilities[ours.facility]))
    on_streets = route.coordinates[route.point_ptr[0] : route.point_ptr[-1] + 1]
    own_s, own_m = along(oracle, on_streets)
    legs_m = sum(route.access_m)
    assert own_m + legs_m == pytest.approx(ours.distance_m, abs=0.1)
    # Every edge and leg is rounded to a decisecond once, on either way.
    assert own_s + legs_m / 1.2 - seconds[ours.facility] < 0.05 * 2 * (len(route.pieces) + 2)
