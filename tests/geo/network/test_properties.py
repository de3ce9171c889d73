"""What must hold of travel times on any streets: small random towns, every pair of points."""

import dataclasses

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from geo.crs import line_length_m
from geo.errors import InputError, NotSnappedError, UnreachableError
from geo.network import _threads
from geo.network._threads import in_threads
from geo.network.costs import FAR, find_costs, find_nodes_within, find_points_within
from geo.network.ends import part_cost
from geo.network.nearest import fill_nearest_table
from geo.network.routes import route_to_facility
from geo.network.snap import SnappedPoints
from tests.geo.network.networks import CLOSED, MODE, Street, Town, degrees, moved_origin, spots, towns

SETTINGS = settings(max_examples=60, deadline=None)


def ds(seconds):
    """Return whole deciseconds, and see that seconds are nothing else; -1 for inf."""
    values = np.asarray(seconds, dtype=np.float64) * 10.0
    finite = np.isfinite(values)
    assert (np.abs(values[finite] - np.rint(values[finite])) < 1e-6).all()
    return np.where(finite, np.rint(np.where(finite, values, 0.0)), -1).astype(np.int64)


@st.composite
def worlds(draw, *, max_places=5):
    """Draw a network and places in and around it: beside streets, at corners, two at the same spot."""
    town = draw(towns())
    anywhere = st.tuples(st.floats(-2.0, 8.0), st.floats(-2.0, 8.0))
    places = draw(st.lists(st.one_of(anywhere, st.sampled_from(town.corners)), min_size=1, max_size=max_places))
    lon, lat = np.array([degrees(*at) for at in places]).T.copy()
    return town.network(), lon, lat


@SETTINGS
@given(worlds())
def test_a_detour_by_a_third_point_is_never_shorter(world):
    network, lon, lat = world
    cost = ds(network.cost_matrix(lon, lat, lon, lat, mode=MODE))
    stop = network.snap(lon, lat, mode=MODE)
    for b in np.flatnonzero(stop.is_snapped):
        # Calling there costs the leg twice; and a stop inside a street splits its time in two that are rounded apart.
        rounding = 0 if stop.fraction[b] in (0.0, 1.0) else 1
        for a, c in np.argwhere((cost[:, [b]] >= 0) & (cost[[b], :] >= 0)):
            assert 0 <= cost[a, c] <= cost[a, b] + cost[b, c] - 2 * stop.access_ds[b] + rounding


@SETTINGS
@given(worlds())
def test_a_route_is_the_sum_of_its_pieces_and_of_its_steps(world):
    network, lon, lat = world
    cost = ds(network.cost_matrix(lon, lat, lon, lat, mode=MODE))
    snapped = network.snap(lon, lat, mode=MODE)
    for a in range(lon.size):
        for b in range(lon.size):
            origin, destination = (lon[a], lat[a]), (lon[b], lat[b])
            if not (snapped.is_snapped[a] and snapped.is_snapped[b]):
                with pytest.raises(NotSnappedError):
                    network.route(origin, destination, mode=MODE)
                continue
            moved = moved_origin(network, snapped, a, b, origin) if cost[a, b] < 0 else None
            start = snapped.take([a]) if moved is None else moved
            expected = cost[a, b]
            if moved is not None:
                expected = ds(find_costs(network, moved, snapped.take([b]), mode=MODE))[0, 0]
            if expected < 0:
                with pytest.raises(UnreachableError):
                    network.route(origin, destination, mode=MODE)
                continue
            route = network.route(origin, destination, mode=MODE)
            assert ds(route.duration_s) == expected
            check_route(network, route, origin, destination, start.access_ds[0] + snapped.access_ds[b])


def check_route(network, route, origin, destination, access_ds):
    """Check a route against what it says of its own pieces, drawing and steps."""
    travelled = route.travelled
    arc_cost = network.cost[MODE][travelled.arc]
    assert (arc_cost > 0).all(), "a street is travelled against its direction"
    assert ds(route.duration_s) == np.rint(travelled.part * arc_cost).astype(int).sum() + access_ds
    metres = (travelled.part * network.edge_length[travelled.edge]).sum() + sum(route.access_m)
    assert route.distance_m == pytest.approx(metres)
    # Each piece begins at the corner where the one before it ends; all but the first and last are whole.
    ends = np.where(travelled.end == 1.0, network.edge_v[travelled.edge], network.edge_u[travelled.edge])
    starts = np.where(travelled.start == 0.0, network.edge_u[travelled.edge], network.edge_v[travelled.edge])
    assert (ends[:-1] == starts[1:]).all()
    assert (travelled.part[1:-1] == 1.0).all()
    assert np.isin(travelled.end[:-1], (0.0, 1.0)).all()
    assert np.isin(travelled.start[1:], (0.0, 1.0)).all()
    # The line runs from one to the other, and is as long as it says (drawn on a plane: to a few centimetres).
    assert np.allclose(route.coordinates[[0, -1]], [origin, destination], rtol=0.0, atol=1e-8)
    assert line_length_m(route.coordinates) == pytest.approx(route.distance_m, rel=1e-3, abs=0.1)
    for lang in ("zh", "en"):
        steps = network.describe(route, lang=lang)
        assert sum(ds(step.duration_s) for step in steps) == ds(route.duration_s)
        # Each step's metres are rounded to a decimetre.
        assert sum(step.distance_m for step in steps) == pytest.approx(route.distance_m, abs=0.051 * len(steps))
        assert all(step.text for step in steps)


@SETTINGS
@given(worlds(), worlds(max_places=4))
def test_nearest_ranks_all_that_can_be_reached_and_agrees_with_matrix_and_route(world, other):
    network, lon, lat = world
    _, to_lon, to_lat = other
    table = network.nearest_table(to_lon, to_lat, mode=MODE)
    matrix = network.cost_matrix(lon, lat, to_lon, to_lat, mode=MODE)
    snapped = network.snap(lon, lat, mode=MODE).is_snapped
    for a in np.flatnonzero(snapped):
        found = network.nearest(table, lon[a], lat[a], count=99)
        if not np.isfinite(matrix[a]).any():
            continue  # From here one starts from another street if there is one: see test_components.py.
        # All that can be reached, the nearest first, ties by number; so none is nearer than the first.
        assert [n.facility for n in found] == sorted(
            np.flatnonzero(np.isfinite(matrix[a])).tolist(), key=lambda f: (matrix[a, f], f)
        )
        assert network.nearest(table, lon[a], lat[a], count=2) == found[:2]
        # A mask leaves out and changes nothing else.
        allowed = np.arange(to_lon.size) % 2 == 0
        allowed |= not np.isfinite(matrix[a, allowed]).any()
        assert network.nearest(table, lon[a], lat[a], count=99, allowed=allowed) == [
            n for n in found if allowed[n.facility]
        ]
        for n in found:
            f = n.facility
            assert n.duration_s == matrix[a, f]
            route = network.route((lon[a], lat[a]), (to_lon[f], to_lat[f]), mode=MODE)
            along = route_to_facility(network, table, f, (lon[a], lat[a]), (to_lon[f], to_lat[f]))
            assert n.duration_s == route.duration_s == along.duration_s
            # Two ways may take the same time; the one the table follows is as long as nearest says.
            assert n.distance_m == pytest.approx(along.distance_m)
            legs = table.facility.access_ds[f] + network.snap(lon[a], lat[a], mode=MODE).access_ds[0]
            check_route(network, along, (lon[a], lat[a]), (to_lon[f], to_lat[f]), legs)


@SETTINGS
@given(worlds(max_places=3), st.sampled_from([0, 1, 7, 60, 128, 500, 5_000, 71_000]), st.integers(0, 40))
def test_a_service_area_holds_exactly_the_spots_from_which_the_cost_is_within_the_limit(world, base, more):
    network, lon, lat = world
    facility = network.snap(lon[:1], lat[:1], mode=MODE)
    assume(facility.is_snapped[0])
    limit_ds = base + more
    area = network.service_area(lon[0], lat[0], mode=MODE, limit_s=limit_ds / 10.0)
    assert (area.start < area.end).all()
    assert area.length_m(network) == pytest.approx(sum(metres_of(area, network)))
    # On every street: evenly spaced spots, just inside and just outside of both ends of every part, and every point
    # of demand. A spot at a corner belongs to all its streets; it is none of this one's.
    spread = np.linspace(0.0, 1.0, 14)[1:-1]
    edge, at = [np.repeat(np.arange(network.n_edge), spread.size)], [np.tile(spread, network.n_edge)]
    for shift in (-1e-7, 1e-7):
        edge += [area.edge, area.edge]
        at += [area.start + shift, area.end + shift]
    demand = network.snap(lon, lat, mode=MODE)
    edge.append(demand.edge[demand.is_snapped])
    at.append(demand.fraction[demand.is_snapped])
    edge, at = np.concatenate(edge), np.concatenate(at)
    is_inside = (at > 0.0) & (at < 1.0)
    edge, at = edge[is_inside], at[is_inside]
    spot = SnappedPoints(edge, at, np.zeros(edge.size))
    cost = ds(find_costs(network, spot, facility, mode=MODE)[:, 0])
    held = [
        any(s <= f <= e for s, e in zip(area.start[area.edge == k], area.end[area.edge == k], strict=True))
        for k, f in zip(edge, at, strict=True)
    ]
    # A half decisecond is rounded to even: right on that spot either answer stands.
    is_clear = is_far_from_rounding(network, spot, facility, limit_ds)
    assert [h for h, clear in zip(held, is_clear, strict=True) if clear] == [
        bool(0 <= c <= limit_ds) for c, clear in zip(cost, is_clear, strict=True) if clear
    ]


def metres_of(area, network):
    """Yield the metres of each part of a service area."""
    for edge, start, end in zip(area.edge.tolist(), area.start.tolist(), area.end.tolist(), strict=True):
        yield network.edge_length[edge] * end - network.edge_length[edge] * start


def is_far_from_rounding(network, spot, facility, limit_ds):
    """Tell which spots have the same answer a hair to either side."""
    answers = []
    for shift in (-1e-9, 0.0, 1e-9):
        near = SnappedPoints(spot.edge, np.clip(spot.fraction + shift, 1e-12, 1.0 - 1e-12), spot.access_m)
        answers.append(np.rint(find_costs(network, near, facility, mode=MODE)[:, 0] * 10.0) <= limit_ds)
    return (answers[0] == answers[1]) & (answers[1] == answers[2])


def test_a_limit_between_two_deciseconds_is_not_rounded_up():
    # 120 m at 1.2 m/s: 100.0 s. Within 99.96 s nobody is there, though that rounds to 100.0.
    town = Town(((0, 0), (2, 0)), (Street(0, 1, (), 1000, 1000),))
    network = town.network()
    lon, lat = np.array([degrees(0, 0), degrees(2, 0)]).T
    for limit_s, is_reached in ((99.96, False), (100.0, True), (100.04, True)):
        cost = network.cost_matrix(lon[:1], lat[:1], lon[1:], lat[1:], mode=MODE, limit_s=limit_s)
        assert np.isfinite(cost[0, 0]) == is_reached
        area = network.service_area(lon[1], lat[1], mode=MODE, limit_s=limit_s)
        assert (area.start.min() == 0.0) == is_reached


def test_a_part_of_a_street_that_takes_no_time_takes_no_time_and_of_a_closed_one_cannot_be_had():
    cost = np.array([0, -1, 90], np.int32)
    found = part_cost(cost, np.array([0, 1, 1, 2, 2]), np.array([0.5, 0.5, 0.0, 0.5, 1.0]))
    assert found.tolist() == [0, 2**31 - 1, 0, 45, 90]


@pytest.mark.parametrize("is_turned", [False, True])
def test_a_corner_that_is_reached_at_the_very_limit_has_a_bit_of_the_street_beyond(is_turned):
    # What costs less than half a decisecond more has the same cost.
    beyond = Street(2, 1, (), 100, 100) if is_turned else Street(1, 2, (), 100, 100)
    network = Town(((0, 0), (2, 0), (4, 0)), (Street(0, 1, (), 100, 100), beyond)).network()
    area = network.service_area(*degrees(0, 0), mode=MODE, limit_s=10.0)
    far = np.flatnonzero(np.minimum(network.edge_u, network.edge_v)[area.edge] == 1)
    assert (area.end - area.start)[far].tolist() == [pytest.approx(0.005)]


@pytest.mark.parametrize("limit_s", [-0.1, np.nan, np.inf, 1e12, float(FAR) / 10.0])
def test_a_limit_that_is_no_time_is_refused(limit_s):
    network = Town(((0, 0), (2, 0)), (Street(0, 1, (), 10, 10),)).network()
    lon, lat = degrees(0, 0)
    with pytest.raises(InputError, match="limit"):
        network.service_area(lon, lat, mode=MODE, limit_s=limit_s)
    with pytest.raises(InputError, match="limit"):
        network.cost_matrix([lon], [lat], [lon], [lat], mode=MODE, limit_s=limit_s)


def test_deciseconds_come_back_from_seconds_unchanged():
    # What the program itself gives out as seconds, handed in again as a limit, is the same limit.
    town = Town(((0, 0), (2, 0)), (Street(0, 1, (), 5_000, 5_000),))
    network = town.network()
    facility = SnappedPoints(np.array([0]), np.array([1.0]), np.zeros(1))
    for cost in range(0, 5_001, 37):
        spot = SnappedPoints(np.array([0]), np.array([1.0 - cost / 5_000]), np.zeros(1))
        assert find_costs(network, spot, facility, mode=MODE, limit_s=cost / 10.0)[0, 0] == cost / 10.0


@SETTINGS
@given(towns().flatmap(lambda t: st.tuples(st.just(t), spots(len(t.streets)), spots(len(t.streets)), st.integers(0))))
def test_taking_a_street_away_shortens_nothing(case):
    town, origin, facility, which = case
    gone = which % len(town.streets)
    assume(len(town.streets) > 1)
    origin = origin.take(origin.edge != gone)
    facility = facility.take(facility.edge != gone)
    before = find_costs(town.network(), origin, facility, mode=MODE)
    rest = town.streets[:gone] + town.streets[gone + 1 :]
    moved = [SnappedPoints(a.edge - (a.edge > gone), a.fraction, a.access_m) for a in (origin, facility)]
    after = find_costs(dataclasses.replace(town, streets=rest).network(), *moved, mode=MODE)
    assert (after >= before).all()
    # To close it is to take it away.
    shut = dataclasses.replace(town.streets[gone], along=CLOSED, against=CLOSED)
    closed = dataclasses.replace(town, streets=(*town.streets[:gone], shut, *town.streets[gone + 1 :]))
    np.testing.assert_array_equal(find_costs(closed.network(), origin, facility, mode=MODE), after)


@SETTINGS
@given(towns().flatmap(lambda t: st.tuples(st.just(t), spots(len(t.streets)), spots(len(t.streets)))))
def test_turning_every_street_round_turns_every_way_round(case):
    town, a, b = case
    streets = tuple(dataclasses.replace(s, along=s.against, against=s.along) for s in town.streets)
    turned = dataclasses.replace(town, streets=streets).network()
    there = find_costs(town.network(), a, b, mode=MODE)
    np.testing.assert_array_equal(find_costs(turned, b, a, mode=MODE), there.T)


def test_two_streets_between_the_same_corners_stay_two():
    # A sparse matrix would add them up: 10 s of street and 25 s of steps are not 35 s.
    town = Town(((0, 0), (2, 0)), (Street(0, 1, ((1, 2),), 250, 250), Street(0, 1, (), 100, 100)))
    network = town.network()
    assert network.route(degrees(0, 0), degrees(2, 0), mode=MODE).duration_s == 10.0
    area = network.service_area(*degrees(2, 0), mode=MODE, limit_s=30.0)
    assert {(int(e), a, b) for e, a, b in zip(area.edge, area.start, area.end, strict=True)} == {(0, 0, 1), (1, 0, 1)}


def test_a_service_area_inside_one_street_ends_where_rounded_costs_pass_the_limit():
    # 10 s along the street, 20 s against it, the station at its middle. Costs are rounded to whole deciseconds, so that
    # 1.05 s still cost 1 s: a part of 0.105 before the station, where one goes along, and of 0.0525 beyond it.
    network = Town(((0, 0), (2, 0)), (Street(0, 1, (), 100, 200),)).network()
    lon, lat = degrees(1, 0)
    at = float(network.snap([lon], [lat], mode=MODE).fraction[0])
    area = network.service_area(lon, lat, mode=MODE, limit_s=1.0)
    assert (area.start.tolist(), area.end.tolist()) == (pytest.approx([at - 0.105]), pytest.approx([at + 0.0525]))


def test_nearest_counts_the_way_to_the_station_not_the_way_from_it():
    # A ring of four one-way streets of 10 s each; the station stands one street behind the rider, three ahead.
    ring = Town(
        ((0, 0), (2, 0), (2, 2), (0, 2)), tuple(Street(i, (i + 1) % 4, (), 100, CLOSED) for i in range(4))
    ).network()
    rider, station = degrees(2, 0), degrees(0, 0)
    table = ring.nearest_table([station[0]], [station[1]], mode=MODE)
    assert ring.nearest(table, *rider)[0].duration_s == 30.0
    assert ring.route(rider, station, mode=MODE).duration_s == 30.0
    assert ring.cost_matrix([rider[0]], [rider[1]], [station[0]], [station[1]], mode=MODE)[0, 0] == 30.0
    # Within 9.9 s of the station lies the street that leads to it, not the one that leads away.
    area = ring.service_area(*station, mode=MODE, limit_s=9.9)
    edges = {frozenset((int(ring.edge_u[e]), int(ring.edge_v[e]))) for e in area.edge}
    assert edges == {frozenset((3, 0))}


@SETTINGS
@given(towns().flatmap(lambda t: st.tuples(st.just(t), spots(len(t.streets)), spots(len(t.streets)))))
def test_a_limit_leaves_out_what_is_beyond_it_and_changes_nothing_else(case):
    town, origin, facility = case
    network = town.network()
    full = find_costs(network, origin, facility, mode=MODE)
    for limit_s in (0.0, 1.0, 12.9, 500.0, 20_000.0):
        near = find_costs(network, origin, facility, mode=MODE, limit_s=limit_s)
        np.testing.assert_array_equal(near, np.where(full <= limit_s, full, np.inf))
        reach = find_points_within(network, origin, facility, mode=MODE, limit_s=limit_s)
        of = np.repeat(np.arange(facility.edge.size), np.diff(reach.ptr))
        assert {(int(p), int(f)): c / 10.0 for p, f, c in zip(reach.index, of, reach.cost.tolist(), strict=True)} == {
            (p, f): full[p, f] for p, f in np.argwhere(full <= limit_s).tolist()
        }


@SETTINGS
@given(towns())
def test_what_no_way_leads_to_is_inf_and_never_a_number(town):
    network = town.network()
    corners_from = reachable(town)
    spot = SnappedPoints(np.arange(network.n_edge), np.full(network.n_edge, 0.5), np.zeros(network.n_edge))
    cost = find_costs(network, spot, spot, mode=MODE)
    for a, b in np.ndindex(cost.shape):
        one, other = town.streets[a], town.streets[b]
        leaves = [corner for corner, ds in ((one.v, one.along), (one.u, one.against)) if ds > 0]
        enters = [corner for corner, ds in ((other.u, other.along), (other.v, other.against)) if ds > 0]
        leads = a == b or any(corner in corners_from[start] for start in leaves for corner in enters)
        assert np.isfinite(cost[a, b]) == leads


def reachable(town):
    """Return by corner the corners one can get to, by walking on until there is nothing new."""
    found = {}
    for start in range(len(town.corners)):
        seen, front = {start}, [start]
        while front:
            here = front.pop()
            ways = [(s.u, s.v, s.along) for s in town.streets] + [(s.v, s.u, s.against) for s in town.streets]
            new = {head for tail, head, cost in ways if tail == here and cost > 0} - seen
            seen |= new
            front += new
        found[start] = seen
    return found


@given(st.integers(0, 40), st.integers(1, 50))
def test_work_is_cut_into_blocks_in_order_none_longer_than_the_step(n, step):
    blocks = in_threads(lambda low, high: (low, high), n, step=step)
    assert [at for low, high in blocks for at in range(low, high)] == list(range(n))
    assert all(0 < high - low <= step for low, high in blocks)


@pytest.mark.parametrize("n_thread", [1, 2, 5])
def test_the_same_bytes_every_time_however_many_threads(monkeypatch, n_thread):
    rng = np.random.default_rng(3)
    corners = tuple((x, y) for x in range(12) for y in range(12))
    streets = tuple(
        Street(int(u), int(v), ((int(u) % 5, int(v) % 7),), int(a), int(b))
        for u, v, a, b in zip(
            *rng.integers(0, 144, (2, 500)), *rng.choice([10, 10, 20, 300, -1], (2, 500)), strict=True
        )
    )
    network = Town(corners, streets).network()
    lon, lat = np.array([degrees(*at) for at in rng.uniform(0, 12, (90, 2))]).T

    def answers():
        facility = network.snap(lon[:80], lat[:80], mode=MODE)
        table = fill_nearest_table(network, facility, mode=MODE)
        nodes = find_nodes_within(network, facility, mode=MODE, limit_s=60.0)
        points = find_points_within(network, network.snap(lon, lat, mode=MODE), facility, mode=MODE, limit_s=60.0)
        matrix = network.cost_matrix(lon, lat, lon, lat, mode=MODE)
        arrays = (*vars(nodes).values(), *vars(points).values(), table.cost, table.via, matrix)
        return [array.tobytes() for array in arrays]

    expected = answers()
    monkeypatch.setattr(_threads.config, "NUMBA_NUM_THREADS", n_thread)
    assert answers() == expected
    assert answers() == expected
