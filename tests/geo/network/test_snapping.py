"""Snapping and its grid equal their plain twins: every piece of every street looked at, every wall tried."""

import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from geo.errors import InputError
from geo.network import _snapping, grid, snap
from geo.network.build import assemble_network
from geo.network.snap import FREE_M, REACH_M
from tests.geo.network import twins
from tests.geo.network.networks import MODE, Street, Town, assemble, degrees, towns

SETTINGS = settings(max_examples=60, deadline=None)


def walled(town, walls, *, points=None):
    """Return the town's network with pieces of shore (x, y, x, y on the lattice), and of other points if given."""
    network = assemble(town)
    barrier = np.array([[*degrees(*wall[:2]), *degrees(*wall[2:])] for wall in walls]).reshape(-1, 4)
    fields = {name: getattr(network, name) for name in (
        "node_id", "node_lon", "node_lat", "edge_id", "edge_u", "edge_v", "edge_length", "edge_label", "point_ptr",
        "points", "labels", "cost",
    )}  # fmt: skip
    if points is not None:
        fields["points"] = points
    can_snap = np.array([street.can_snap for street in town.streets], bool)
    return assemble_network(**fields, can_snap=can_snap, barrier=barrier)


# Off the lattice by odd amounts: a leg that grazes the very end of a wall may be judged either way.
wall = st.tuples(*[st.floats(-3.0, 9.0)] * 4).map(
    lambda w: (w[0] + 0.0137, w[1] + 0.0071, w[2] + 0.0029, w[3] + 0.0173)
)
place = st.tuples(*[st.floats(-9.0, 15.0)] * 2)


@SETTINGS
@given(towns(), st.lists(wall, max_size=4), st.lists(place, min_size=1, max_size=6))
def test_snapping_equals_looking_at_every_piece_of_every_street(town, walls, places):
    network = walled(town, walls)
    lon, lat = np.array([degrees(*at) for at in places]).T
    snapped = snap.snap(network, lon, lat, mode=MODE)
    for i, (x, y) in enumerate(zip(lon.tolist(), lat.tolist(), strict=True)):
        edge, fraction, access_m = twins.snap(
            network, x, y, mode=MODE, reach_m=REACH_M, free_m=FREE_M, pull_back_m=_snapping.PULL_BACK_M
        )
        assert snapped.access_m[i] == pytest.approx(access_m, abs=1e-6) or (edge < 0 and access_m > REACH_M)
        if edge < 0 or snapped.edge[i] != edge:
            # Two streets equally near: rounding may prefer either.
            assert (snapped.edge[i] < 0) == (edge < 0)
            continue
        # A street may come by twice equally near: then its spot may differ, not how far away it is.
        line = network.points[network.point_ptr[edge] : network.point_ptr[edge + 1]]
        foot = np.array(twins.trace(line, snapped.fraction[i], snapped.fraction[i])[0])
        metres = np.hypot(*((foot - [x, y]) * np.array(snap.metres_per_degree(y))))
        assert snapped.fraction[i] == pytest.approx(fraction, abs=1e-9) or metres == pytest.approx(access_m, abs=0.05)


WIDE = Town(((0, 0), (12, 12)), (Street(0, 1, (), 10, 10),))
spot, reach = st.tuples(*[st.floats(-2.0, 14.0)] * 2), st.tuples(*[st.floats(-1.7, 1.7)] * 2)
short_wall = st.tuples(spot, reach).map(lambda drawn: (*drawn[0], drawn[0][0] + drawn[1][0], drawn[0][1] + drawn[1][1]))


@settings(SETTINGS, max_examples=200)
@given(st.lists(short_wall, min_size=1, max_size=12), spot, spot, st.booleans())
def test_a_leg_is_barred_exactly_when_the_twin_says_so(walls, here, foot, may_leave):
    # Five by five cells, walls shorter than a cell, legs across many.
    network = walled(WIDE, walls)
    a, b = degrees(*here), degrees(*foot)
    # Who grazes the very end of a wall may be judged either way.
    ends = shapely.points(network.barrier.reshape(-1, 2))
    assume(a != b and shapely.distance(shapely.LineString([a, b]), ends).min() > 1e-9)
    assume(
        shapely.distance(shapely.linestrings(network.barrier.reshape(-1, 2, 2)), shapely.points([[a], [b]])).min() > 0
    )
    barred = _snapping._is_barred(
        *a, *b, may_leave, network.grid_origin, network.grid_shape, network.grid_cell,
        network.bar_ptr, network.bar_seg, network.barrier,
    )  # fmt: skip
    assert barred == twins.is_barred(a, b, network.barrier, may_leave=may_leave)


def test_a_wall_in_any_cell_that_a_leg_crosses_bars_it():
    # Each wall lies alone in the cells of one end of the leg.
    for wall in ((9.3, 9.8, 9.9, 9.2), (1.3, 1.8, 1.9, 1.2), (9.9, 9.2, 9.3, 9.8), (1.9, 1.2, 1.3, 1.8)):
        network = walled(WIDE, [wall])
        legs = (*degrees(1.0, 1.0), *degrees(11.0, 11.0)), (*degrees(11.0, 11.0), *degrees(1.0, 1.0))
        barred = [
            _snapping._is_barred(
                *leg, may_leave, network.grid_origin, network.grid_shape, network.grid_cell,
                network.bar_ptr, network.bar_seg, network.barrier,
            )
            for may_leave in (False, True) for leg in legs
        ]  # fmt: skip
        assert barred[:2] == [True, True]
        assert sorted(barred[2:]) == [False, True]


def test_a_shore_bars_the_way_into_the_water_and_never_out_of_sight_of_land():
    # Water on the left of a shore that runs east: north of it. Into it never; out of it only where that is allowed.
    network = walled(Town(((0, 0), (6, 0)), (Street(0, 1, (), 10, 10),)), [(0, 3, 6, 3)])
    grid_and_bars = (network.grid_origin, network.grid_shape, network.grid_cell, network.bar_ptr, network.bar_seg)
    land, water = degrees(3, 1), degrees(3, 5)

    def barred(here, foot, may_leave):
        return _snapping._is_barred(*here, *foot, may_leave, *grid_and_bars, network.barrier)

    assert barred(land, water, False)
    assert barred(land, water, True)
    assert barred(water, land, False)
    assert not barred(water, land, True)


def test_of_two_pieces_of_one_street_equally_near_the_first_is_joined():
    # A street up on the west side, across, and down on the east side; from 0, 0 both sides are equally near, to a bit.
    sides = np.array([(-5, -9), (-5, 9), (5, 9), (5, -9)]) / 10_000
    network = walled(Town(((0, 0), (2, 0)), (Street(0, 1, ((0, 2), (2, 2)), 10, 10),)), [], points=sides)
    snapped = network.snap([0.0], [0.0], mode=MODE)
    assert snapped.edge.tolist() == [0]
    assert snapped.fraction[0] == pytest.approx(9 / 46, abs=0.002)


@pytest.mark.parametrize(("wall_y", "is_snapped"), [(0.0, True), (0.005, False), (0.05, True)])
def test_a_wall_within_a_metre_bars_only_what_lies_behind_it(wall_y, is_snapped):
    # 0.6 m north of a street: a wall on the street, between the two, and farther off, with water on the street's side.
    network = walled(Town(((0, 0), (6, 0)), (Street(0, 1, (), 10, 10),)), [(6, wall_y, 0, wall_y)])
    lon, lat = degrees(3, 0.01)
    snapped = network.snap([lon], [lat], mode=MODE)
    assert snapped.access_m[0] == pytest.approx(0.6, abs=0.02)
    assert bool(snapped.is_snapped[0]) == is_snapped


@SETTINGS
@given(st.lists(st.tuples(st.floats(-1, 1), st.floats(-1, 1)), min_size=1, max_size=20))
def test_the_morton_key_equals_bits_written_in_turn(places):
    lon, lat = np.array(places).T.copy()
    assert grid.morton_key(lon, lat).tolist() == twins.morton(lon, lat)


def test_the_morton_key_of_nothing_is_nothing():
    assert grid.morton_key(np.empty(0), np.empty(0)).size == 0


def by_cell(ptr, filed):
    """Return {(cell, what is filed there)}."""
    cells = np.repeat(np.arange(ptr.size - 1), np.diff(ptr))
    return set(zip(cells.tolist(), filed.tolist(), strict=True))


@SETTINGS
@given(towns(), st.lists(wall, max_size=5))
def test_every_piece_is_filed_under_every_cell_it_may_touch_and_no_other(town, walls):
    network = walled(town, walls)
    where = (network.grid_origin, network.grid_cell, network.grid_shape)
    filed = by_cell(network.seg_ptr, network.seg_point)
    expected = set()
    for low, high in zip(network.point_ptr, network.point_ptr[1:], strict=False):
        for k in range(low, high - 1):
            expected |= {(cell, k) for cell in twins.cells_touched(*network.points[k : k + 2], *where)}
    assert filed == expected
    assert by_cell(network.bar_ptr, network.bar_seg) == {
        (cell, k)
        for k, (ax, ay, bx, by) in enumerate(network.barrier)
        for cell in twins.cells_touched((ax, ay), (bx, by), *where)
    }
    # The street of each piece stands beside it.
    for edge, k in zip(network.seg_edge, network.seg_point, strict=True):
        assert network.point_ptr[edge] <= k < network.point_ptr[edge + 1] - 1


@SETTINGS
@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8), st.integers(1, 5), st.integers(1, 5)), max_size=4))
def test_the_water_lies_on_the_left_of_every_shore_and_land_on_its_right(boxes):
    shores = [shapely.box(x, y, x + w, y + h) for x, y, w, h in boxes]
    water = shapely.union_all(shores)
    pieces = grid.shore_pieces(shores)
    for ax, ay, bx, by in pieces.tolist():
        length = np.hypot(bx - ax, by - ay)
        left = np.array([-(by - ay), bx - ax]) / length * 0.01
        middle = np.array([ax + bx, ay + by]) / 2.0
        assert water.contains(shapely.Point(middle + left))
        assert not water.contains(shapely.Point(middle - left))
    # All of the shore, and only that: where two waters touch there is none.
    assert sum(np.hypot(bx - ax, by - ay) for ax, ay, bx, by in pieces) == pytest.approx(water.length)


def test_a_piece_that_bars_from_both_sides_is_there_in_both_directions():
    assert grid.both_ways(np.array([[1.0, 2.0, 3.0, 4.0]])).tolist() == [[1.0, 2.0, 3.0, 4.0], [3.0, 4.0, 1.0, 2.0]]


@pytest.mark.parametrize(("lon", "lat"), [(180.5, 30.0), (-180.5, 30.0), (120.0, 90.5), (120.0, -90.5), (np.nan, 30.0)])
def test_a_position_off_the_earth_is_refused(lon, lat):
    network = Town(((0, 0), (1, 0)), (Street(0, 1, (), 10, 10),)).network()
    with pytest.raises(InputError, match="longitude"):
        network.snap([lon], [lat], mode=MODE)


@pytest.mark.parametrize("lat", [0.0, 29.9, 30.05, 47.1, 60.17, 85.0, -33.3, 90.0])
def test_metres_per_degree_agree_with_the_formula(lat):
    phi = np.radians(np.longdouble(lat))
    w = 1 - np.longdouble(6.69437999014e-3) * np.sin(phi) ** 2
    along = np.pi / 180 * np.longdouble(6378137.0)
    ours = snap.metres_per_degree(lat)
    assert float(ours[0]) == pytest.approx(float(along * np.cos(phi) / np.sqrt(w)), rel=1e-13, abs=0.01)
    assert float(ours[1]) == pytest.approx(float(along * (1 - np.longdouble(6.69437999014e-3)) / w**1.5), rel=1e-14)
