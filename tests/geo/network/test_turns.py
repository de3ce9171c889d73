"""Turn restrictions: no way contains a forbidden sequence of arcs, whoever asks; beside a search over arcs."""

import heapq
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from geo.errors import NotSnappedError, UnreachableError
from geo.network import _kernels
from geo.network.costs import find_costs, find_points_within
from geo.network.ends import part_cost
from geo.network.nearest import fill_nearest_table, origin_costs
from geo.network.phone_pack import make_phone_pack
from geo.network.routes import route_to_facility
from geo.network.snap import SnappedPoints
from geo.network.snapshot import network_arrays, network_from_arrays
from geo.network.turns import TURNS, Turn, write_turns
from tests.geo.network import plain_maps
from tests.geo.network.networks import (
    CLOSED,
    MODE,
    Street,
    Town,
    assemble,
    degrees,
    guarded_towns,
    moved_origin,
    spots,
    towns,
)
from tests.geo.network.plain_maps import make

FAR = int(_kernels.FAR)
SETTINGS = settings(max_examples=12, deadline=None, phases=[Phase.generate])


@st.composite
def signposted(draw, base=None):
    """Draw a town and sequences of two to four arcs that follow each other: what its signs forbid."""
    town = draw(towns() if base is None else base)
    tail = [end for street in town.streets for end in (street.u, street.v)]
    head = [end for street in town.streets for end in (street.v, street.u)]
    forbidden = set()
    for _ in range(draw(st.integers(0, 6))):
        path = [draw(st.integers(0, len(tail) - 1))]
        for _ in range(draw(st.sampled_from([1, 1, 1, 2, 3]))):
            path.append(draw(st.sampled_from([arc for arc in range(len(tail)) if tail[arc] == head[path[-1]]])))
        forbidden.add(tuple(path))
    return town, sorted(forbidden)


@st.composite
def cases(draw, base=None):
    town, forbidden = draw(signposted(base))
    return town, forbidden, *(on_open(town, draw(spots(len(town.streets)))) for _ in range(2))


def on_open(town, points):
    """Return points, those on streets that are closed both ways as not attached: nothing is attached there."""
    is_open = np.array([street.along >= 0 or street.against >= 0 for street in town.streets])
    edge = np.where((points.edge >= 0) & is_open[points.edge], points.edge, -1)
    return SnappedPoints(edge, np.where(edge < 0, np.nan, points.fraction), points.access_m)


def brute(town, forbidden, origin, facility):
    """Return deciseconds from every point to every facility by a search over the last arcs travelled; `FAR`: no way.

    Streets are read from the town, not from the network; restricted ones only at the beginning and at the end.
    """
    arc_cost = np.array([[s.along, s.against] for s in town.streets], np.int32).ravel()
    tail = [end for street in town.streets for end in (street.u, street.v)]
    head = [end for street in town.streets for end in (street.v, street.u)]
    area = np.repeat(assemble(town).restricted[MODE], 2) > 0
    longest = max([len(path) for path in forbidden], default=1)

    def part(arc, share):
        return int(part_cost(arc_cost, np.array([arc]), np.array([share]))[0])

    def may(arcs):
        return not any(arcs[-len(path) :] == path for path in forbidden)

    found = np.full((origin.edge.size, facility.edge.size), FAR, np.int64)
    for i, (edge, at) in enumerate(zip(origin.edge.tolist(), origin.fraction.tolist(), strict=True)):
        if edge < 0:
            continue
        # A state is (node, arcs travelled, 0 setting out in an area or 1 on open streets or 2 arriving in one).
        begin = 0 if area[2 * edge] else 1
        heap = []
        for arc, share in ((2 * edge, 1.0 - at), (2 * edge + 1, at)):
            if part(arc, share) < FAR:
                heap.append((part(arc, share), head[arc], (arc,) if share > 0 else (), begin))
        heapq.heapify(heap)
        best = {}
        ends = []
        while heap:
            cost, node, arcs, stage = heapq.heappop(heap)
            if (node, arcs, stage) in best:
                continue
            best[node, arcs, stage] = cost
            ends.append((cost, node, arcs, stage))
            for arc in range(len(tail)):
                if tail[arc] == node and arc_cost[arc] >= 0 and may((*arcs, arc)) and area[arc] == (stage != 1):
                    gone = (*arcs, arc)[-(longest - 1) :] if longest > 1 else ()
                    heapq.heappush(heap, (cost + int(arc_cost[arc]), head[arc], gone, stage))
            if stage < 2:
                heapq.heappush(heap, (cost, node, arcs, stage + 1))
        for j, (last, to) in enumerate(zip(facility.edge.tolist(), facility.fraction.tolist(), strict=True)):
            if last < 0:
                continue
            ways = [part(2 * edge + (to < at), abs(to - at))] if last == edge else []
            for arc, share in ((2 * last, to), (2 * last + 1, 1.0 - to)):
                for cost, node, arcs, stage in ends:
                    if node == tail[arc] and stage == (2 if area[arc] else 1) and (share == 0 or may((*arcs, arc))):
                        ways.append(cost + part(arc, share))
            if min(ways, default=FAR) < FAR:
                found[i, j] = min(ways) + origin.access_ds[i] + facility.access_ds[j]
    return found


def in_ds(seconds):
    is_far = ~np.isfinite(seconds)
    return np.where(is_far, FAR, np.rint(np.where(is_far, 0.0, seconds) * 10)).astype(np.int64)


@SETTINGS
@given(st.one_of(cases(), cases(guarded_towns())))
def test_matrices_and_tables_equal_a_search_over_arcs(case):
    town, forbidden, origin, facility = case
    network = assemble(town, forbidden)
    expected = brute(town, forbidden, origin, facility)
    np.testing.assert_array_equal(in_ds(find_costs(network, origin, facility, mode=MODE)), expected)
    one = origin.take(slice(0, 1))
    np.testing.assert_array_equal(in_ds(find_costs(network, one, facility, mode=MODE)), expected[:1])
    table = fill_nearest_table(network, facility, mode=MODE)
    np.testing.assert_array_equal(origin_costs(network, table, origin), expected)
    reach = find_points_within(network, origin, facility, mode=MODE, limit_s=12.9)
    assert reach.index.size == (expected <= 129).sum()


def all_u_turns(town):
    """Return every U-turn, near a sign or not, but where no other open street of the same part leads on.

    In a stub of less than 24 m, beside two other streets, nobody turns round either.
    """
    arcs = [arc for street in town.streets for arc in ((street.u, street.v), (street.v, street.u))]
    is_open = [cost >= 0 for street in town.streets for cost in (street.along, street.against)]
    network = assemble(town)
    area, length_m = network.restricted[MODE], network.edge_length

    def reach(start):
        found, new = {start}, [start]
        while new:
            node = new.pop()
            for (tail, head), may in zip(arcs, is_open, strict=True):
                if may and tail == node and head not in found:
                    found.add(head)
                    new.append(head)
        return found

    reached = {node: reach(node) for node in range(len(town.corners))}
    turns = []
    for arc, (tail, head) in enumerate(arcs):
        if tail == head or area[arc >> 1] or not (is_open[arc] and is_open[arc ^ 1]):
            continue
        on = [
            other
            for other, (at, to) in enumerate(arcs)
            if at == head and other != arc ^ 1 and is_open[other] and not area[other >> 1] and at in reached[to]
        ]
        beside = [
            other
            for other, (at, to) in enumerate(arcs)
            if at == tail and other != arc and is_open[other] and not area[other >> 1] and at in reached[to]
        ]
        if on or (length_m[arc >> 1] < 24.0 and len(beside) > 1):
            turns.append((arc, arc ^ 1))
    return turns


seconds_of_street = st.integers(1, 60)


def test_nobody_turns_round_to_evade_a_sign():
    """Towns where somebody would: no left turn at the first junction, and streets on from there to turn round in."""
    matters = []

    @settings(SETTINGS, max_examples=40)
    @given(st.lists(seconds_of_street, min_size=5, max_size=5), st.sampled_from((1.0, 2.0, 2.9)), st.booleans())
    def equals_the_search_of_every_turn(costs, end, is_one_way):
        west, north, east, south, back = (10 * seconds for seconds in costs)
        corners = ((0, 3), (2, 3), (2, 5), (4, 3), (4, end))
        ways = ((0, 1, west), (1, 2, north), (1, 3, east), (3, 4, south))
        streets = [Street(u, v, (), cost, cost) for u, v, cost in ways]
        streets.append(Street(0, 3, ((0, 0), (4, 0)), 10 * back, CLOSED if is_one_way else 10 * back))
        town, forbidden = Town(corners, tuple(streets)), [(0, 2)]
        origin, facility = (SnappedPoints(np.array([e]), np.array([f]), np.zeros(1)) for e, f in ((0, 0.0), (1, 1.0)))
        expected = brute(town, [*forbidden, *all_u_turns(town)], origin, facility)
        network = assemble(town, forbidden, u_turn_m=1e9)
        np.testing.assert_array_equal(in_ds(find_costs(network, origin, facility, mode=MODE)), expected)
        matters.append(not np.array_equal(expected, brute(town, forbidden, origin, facility)))

    equals_the_search_of_every_turn()
    assert any(matters), "the rule was never needed"


@pytest.mark.parametrize(("u_turn_m", "seconds"), [(0.0, 8.0), (1e9, 12.0)])
def test_who_may_not_turn_left_drives_on_to_where_the_street_ends(u_turn_m, seconds):
    # From 0 east to 1, where no left turn leads north to 2; on to 3, from where a street ends at 4 in the south.
    corners = ((0, 3), (2, 3), (2, 5), (4, 3), (4, 1))
    town = Town(corners, tuple(Street(a, b, (), 20, 20) for a, b in ((0, 1), (1, 2), (1, 3), (3, 4), (3, 0))))
    # The street back from 3 to 0 is one way, to 3 alone, so that 3 is no dead end and no way round.
    town = replace(town, streets=(*town.streets[:4], Street(0, 3, ((0, 0), (4, 0)), 900, CLOSED)))
    network = assemble(town, [(0, 2)], u_turn_m=u_turn_m)
    from_west, to_north = (SnappedPoints(np.array([e]), np.array([f]), np.zeros(1)) for e, f in ((0, 0.0), (1, 1.0)))
    assert find_costs(network, from_west, to_north, mode=MODE)[0, 0] == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("highway", "is_circle", "metres"),
    [("tertiary", False, 800.0), ("residential", False, None), ("service", False, None), ("residential", True, 800.0)],
)
def test_a_coach_turns_round_where_a_larger_street_ends_or_at_a_turning_circle(highway, is_circle, metres):
    """South along the road, no left turn into the road east; the street straight on ends after 200 m."""
    sign = {TURNS: write_turns([Turn("no_left_turn", (1,), (), (3,))])}
    network = make(
        {1: (0, 300), 2: (0, 0), 3: (0, -200), 4: (300, 0)},
        [
            (1, 2, {"highway": "primary"}),
            (2, 3, {"highway": highway}),
            (2, 4, {"highway": "primary", "oneway": "yes"}),
            (4, 1, {"highway": "primary", "oneway": "yes"}),
        ],
        tags={2: sign} | ({3: {"highway": "turning_circle"}} if is_circle else {}),
    )
    ends = plain_maps.degrees(0, 200), plain_maps.degrees(200, 0)
    if metres is None:
        with pytest.raises(UnreachableError):
            network.route(*ends, mode="coach")
    else:
        assert network.route(*ends, mode="coach").distance_m == pytest.approx(metres, abs=1.0)
    # Who sets out in the street that ends may leave it either way, and e-bikes obey no signs.
    at_the_end = plain_maps.degrees(0, -150)
    assert network.route(at_the_end, ends[1], mode="coach").distance_m == pytest.approx(350.0, abs=1.0)
    assert network.route(*ends, mode="ebike").distance_m == pytest.approx(400.0, abs=1.0)


anywhere = st.lists(st.tuples(st.floats(-1.0, 7.0), st.floats(-1.0, 7.0)), min_size=2, max_size=4)


@SETTINGS
@given(st.one_of(signposted(), signposted(guarded_towns())), anywhere)
def test_routes_and_nearest_take_what_the_search_says_and_make_no_forbidden_turn(signs, places):
    town, forbidden = signs
    network = assemble(town, forbidden)
    lon, lat = np.array([degrees(*at) for at in places]).T.copy()
    at = network.snap(lon, lat, mode=MODE)
    expected = brute(town, forbidden, at, at)
    table = network.nearest_table(lon, lat, mode=MODE)
    for a, b in np.ndindex(expected.shape):
        ends = (lon[a], lat[a]), (lon[b], lat[b])
        if not (at.is_snapped[a] and at.is_snapped[b]):
            continue
        if expected[a, b] >= FAR:
            if moved_origin(network, at, a, b, ends[0]) is None:
                with pytest.raises((NotSnappedError, UnreachableError)):
                    network.route(*ends, mode=MODE)
            continue
        ways = [network.route(*ends, mode=MODE), route_to_facility(network, table, b, *ends)]
        for way in ways:
            assert round(way.duration_s * 10) == expected[a, b]
            check_turns(network, town, forbidden, way)
        found = {each.facility: each for each in network.nearest(table, *ends[0], count=99)}
        assert round(found[b].duration_s * 10) == expected[a, b]
        assert found[b].distance_m == pytest.approx(ways[1].distance_m)


def check_turns(network, town, forbidden, way):
    """The pieces are streets of the town that follow each other, and no forbidden sequence is among them."""
    arcs = way.travelled.arc.tolist()
    assert (way.travelled.edge < len(town.streets)).all()
    spent = np.rint(way.travelled.part * network.cost[MODE][way.travelled.arc]).sum()
    assert spent + sum(round(leg / 1.2 * 10) for leg in way.access_m) == pytest.approx(way.duration_s * 10, abs=1.01)
    for path in forbidden:
        assert all(tuple(arcs[i : i + len(path)]) != path for i in range(len(arcs)))


@settings(SETTINGS, max_examples=6)
@given(st.one_of(signposted(), signposted(guarded_towns())), anywhere, st.sampled_from([7, 60, 500, 5_000]))
def test_a_service_area_holds_the_spots_the_search_finds_within_the_limit(signs, places, limit_ds):
    town, forbidden = signs
    network = assemble(town, forbidden)
    lon, lat = np.array([degrees(*at) for at in places]).T.copy()
    facility = network.snap(lon[:1], lat[:1], mode=MODE)
    if not facility.is_snapped[0]:
        return
    area = network.service_area(lon[0], lat[0], mode=MODE, limit_s=limit_ds / 10.0)
    share, n = np.array([0.11, 0.37, 0.52, 0.83]), len(town.streets)
    spot = SnappedPoints(np.repeat(np.arange(n), share.size), np.tile(share, n), np.zeros(n * share.size))
    cost = brute(town, forbidden, spot, facility)[:, 0]
    assert (area.edge < n).all()
    for edge, at, ds in zip(spot.edge.tolist(), spot.fraction.tolist(), cost.tolist(), strict=True):
        parts = zip(area.start[area.edge == edge], area.end[area.edge == edge], strict=True)
        if abs(ds - limit_ds) > 1:
            assert any(low <= at <= high for low, high in parts) == (ds <= limit_ds)


@SETTINGS
@given(signposted())
def test_a_phone_carries_no_states_and_a_snapshot_all_of_them(signs):
    town, forbidden = signs
    network, plain = assemble(town, forbidden), assemble(town)
    assert make_phone_pack(network, modes=[MODE]) == make_phone_pack(plain, modes=[MODE])
    again = network_from_arrays(network_arrays(network))
    for name in ("arc_end", "state_at", "copy_of"):
        np.testing.assert_array_equal(getattr(again, name), getattr(network, name))
