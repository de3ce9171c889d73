"""Every compiled kernel equals its plain twin: on random, empty, tied and unreachable inputs."""

import itertools
import time

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from geo.network import _kernels
from geo.network.costs import find_costs
from geo.network.landmarks import measure_landmarks
from geo.network.nearest import fill_nearest_table, origin_costs
from tests.geo.network import twins
from tests.geo.network.networks import MODE, Street, Town, assemble, spots, towns

SETTINGS = settings(max_examples=60, deadline=None)
NO_LIMIT = _kernels.FAR - 1


def graph(network, *, towards):
    adjacency = network.adjacency_in if towards else network.adjacency_out
    return network.arc_ptr, adjacency[MODE], network.arc_id


def open_arcs(network):
    return twins.open_arcs(network.edge_u, network.edge_v, network.cost[MODE])


@st.composite
def seeded_towns(draw, *, sets=1):
    """Draw a town and sets of seeds (node, cost): none, several at one corner, dear ones."""
    town = draw(towns())
    seed = st.tuples(st.integers(0, len(town.corners) - 1), st.sampled_from([0, 0, 5, 10, 128, 90_000]))
    return town, [draw(st.lists(seed, max_size=3)) for _ in range(sets)]


def packed(seeds):
    """Return (ptr, node, cost) of sets of seeds."""
    ptr = np.concatenate([[0], np.cumsum([len(one) for one in seeds])]).astype(np.int64)
    flat = np.array([pair for one in seeds for pair in one], np.int64).reshape(-1, 2)
    return ptr, flat[:, 0].copy(), flat[:, 1].copy()


class Search:
    """The search kernel with its work arrays, ready to run again and again."""

    def __init__(self, network):
        self.network = network
        self.left = np.zeros(network.n_node, np.int32)
        self.via, self.reached = (np.full(network.n_node + 1, -7, np.int32) for _ in range(2))
        self.queue = _kernels.make_queue()

    def run(self, seeds, *, limit, towards):
        """Return (cost by node, arc by node)."""
        _, node, cost = packed([seeds])
        first, entry = self.queue
        n, entry = _kernels.search(
            *graph(self.network, towards=towards),
            *(int(towards), node, cost, np.int64(limit), self.left, self.via, self.reached, first, entry),
        )
        assert (first == -1).all(), "the queue is left empty for the next search"
        self.queue = first, entry
        listed = self.reached[:n].tolist()
        assert len(set(listed)) == n, "a node is listed twice"
        assert set(listed) == set(np.flatnonzero(self.left).tolist())
        found = {k: int(limit) + 1 - int(self.left[k]) for k in listed}
        self.left[listed] = 0
        return found, {k: int(self.via[k]) for k in listed}


def assert_via_leads_to_a_seed(network, cost, via, seeds, *, towards):
    """Every node's arcs lead to a seed, and cost exactly what the node costs more than that seed."""
    for node, at in cost.items():
        arcs = twins.chain(via, node, network.edge_u, network.edge_v, towards=towards)
        spent = sum(int(network.cost[MODE][arc]) for arc in arcs)
        u, v = network.edge_u, network.edge_v
        end = node if not arcs else int((v if (arcs[-1] % 2 == 0) == towards else u)[arcs[-1] // 2])
        assert (end, at - spent) in seeds


@SETTINGS
@given(seeded_towns(sets=3), st.sampled_from([0, 9, 10, 20, 128, 5_000, 71_000, NO_LIMIT]))
def test_search_equals_its_twin_and_its_arcs_lead_back_to_a_seed(case, limit):
    town, sets = case
    network = assemble(town)
    kernel, arcs = Search(network), open_arcs(network)
    # One after the other in the same work arrays: what an earlier search left there changes nothing.
    for seeds in sets:
        for towards in (False, True):
            cost, via = kernel.run(seeds, limit=limit, towards=towards)
            assert cost == twins.search(arcs, seeds, limit=limit, towards=towards)
            assert_via_leads_to_a_seed(network, cost, via, seeds, towards=towards)


def large_grid(n):
    """Return n × n corners: the queue grows, and costs beyond the ring let entries wait in its last bucket."""
    rng = np.random.default_rng(5)
    corners = tuple((x, y) for x in range(n) for y in range(n))
    pairs = [(i, i + s) for i, (x, y) in enumerate(corners) for s, is_in in ((1, y < n - 1), (n, x < n - 1)) if is_in]
    costs = rng.choice([1, 40, 128, 3_000, 80_000, -1], (len(pairs), 2), p=[0.1, 0.3, 0.2, 0.2, 0.1, 0.1])
    streets = [Street(u, v, (), int(a), int(b)) for (u, v), (a, b) in zip(pairs, costs, strict=True)]
    return assemble(Town(corners, tuple(streets)))


def test_search_of_a_large_grid_equals_its_twin():
    network = large_grid(30)
    for towards in (False, True):
        cost, via = Search(network).run([(0, 0), (455, 100_000)], limit=NO_LIMIT, towards=towards)
        assert cost == twins.search(open_arcs(network), [(0, 0), (455, 100_000)], towards=towards)
        assert_via_leads_to_a_seed(network, cost, via, [(0, 0), (455, 100_000)], towards=towards)


@SETTINGS
@given(seeded_towns(sets=2))
def test_search_to_targets_finds_the_cost_of_the_twin_and_arcs_that_lead_there(case):
    town, (out_of, into) = case
    network = assemble(town)
    assert_search_to_targets_equals_its_twin(network, out_of, into)
    # Setting out from some corners to others, for nothing at either end.
    for a, b in list(itertools.product(range(network.n_node), repeat=2))[::7]:
        assert_search_to_targets_equals_its_twin(network, [(a, 0)], [(b, 0)])


def test_a_target_that_costs_nothing_more_wins_over_a_nearer_one():
    # The nearer one is found first, and what is found later is cheaper by less than a bucket is wide.
    corners = ((0, 0), (1, 0), (2, 0))
    network = assemble(Town(corners, (Street(0, 1, (), 100, 100), Street(1, 2, (), 1_000, 1_000))))
    assert_search_to_targets_equals_its_twin(network, [(0, 0)], [(1, 1_100), (2, 0)])


def test_a_search_from_a_corner_that_leads_to_no_target_ends_at_once():
    # A landmark says that no way leads from corner 0, at a cost of `FAR`; none says so of corner 4, where the search
    # begins. A ring of buckets that turned as far as the former would take seconds.
    corners = ((0, 0), (4, 0), (0, 4), (2, 4), (0, 6), (2, 6))
    ways = tuple(Street(a, b, (), 600, 600) for a, b in ((0, 1), (2, 3), (4, 5)))
    network = assemble(Town(corners, ways))
    assert_search_to_targets_equals_its_twin(network, [(0, 600)], [(2, 0)])
    began = time.process_time()
    assert_search_to_targets_equals_its_twin(network, [(0, 0), (4, 0)], [(2, 0)])
    assert time.process_time() - began < 1.0


def test_search_to_targets_on_a_large_grid_equals_its_twin():
    # Long ways with many near rivals: whoever stops a little too early takes one of those.
    network = large_grid(14)
    for a, b in np.random.default_rng(1).integers(0, network.n_node, (40, 2)).tolist():
        assert_search_to_targets_equals_its_twin(network, [(a, 0)], [(b, 0)])


def assert_search_to_targets_equals_its_twin(network, out_of, into):
    arrays = network.arc_ptr, network.arc_id, network.adjacency_out[MODE]
    _, out_node, out_cost = packed([out_of])
    _, in_node, in_cost = packed([into])
    expected = twins.search_to_targets(open_arcs(network), out_of, into)
    rng = np.random.default_rng(len(out_of))
    candidate = rng.permutation(network.n_node)[: rng.integers(network.n_node + 1)]
    landmarks = measure_landmarks(*arrays, network.adjacency_in[MODE], np.sort(candidate))
    # Without landmarks it is a search in all directions; with any, however few or ill placed, the answer is the same.
    for landmark_cost in (landmarks, landmarks[:, :0], network.landmark_cost[MODE]):
        left, to_go = np.zeros(network.n_node, np.int32), np.zeros(network.n_node, np.int32)
        via = np.full(network.n_node, -7, np.int32)
        cost, target = _kernels.search_to_targets(
            *arrays, landmark_cost, out_node, out_cost, in_node, in_cost, left, via, to_go
        )
        assert cost == expected
        if cost == twins.UNREACHED:
            assert target == -1
            continue
        reached = int(_kernels.FAR - left[target])
        assert cost == reached + min(more for node, more in into if node == target)
        assert_via_leads_to_a_seed(
            network, {int(target): reached}, dict(enumerate(via.tolist())), out_of, towards=False
        )
        assert_bounds_hold(network, landmark_cost, into)


def assert_bounds_hold(network, landmark_cost, into):
    """No bound is more than the true cost to the targets, and along no arc it falls by more than the arc costs."""
    _, in_node, in_cost = packed([into])
    bounds = _kernels.bound_targets(landmark_cost, in_node, in_cost)
    arcs = open_arcs(network)
    true = twins.search(arcs, into, towards=True)
    low = {v: int(_kernels.left_to_go(landmark_cost, v, *bounds)) for v in true}
    assert all(low[v] <= true[v] for v in true)
    assert all(low[a.tail] <= a.cost + low[a.head] for a in arcs if a.tail in true and a.head in true)


@SETTINGS
@given(seeded_towns(sets=5), st.integers(0, 5), st.integers(0, 5))
def test_fill_table_equals_its_twin_and_leaves_other_columns_alone(case, a, b):
    town, sets = case
    low, high = min(a, b), max(a, b)
    network = assemble(town)
    cost, via = (np.full((network.n_node, 5), -7, np.int32) for _ in range(2))
    _kernels.fill_table(*graph(network, towards=True), *packed(sets), low, high, cost, via)
    for k, seeds in enumerate(sets):
        if not low <= k < high:
            assert (cost[:, k] == -7).all()
            assert (via[:, k] == -7).all()
            continue
        expected = twins.search(open_arcs(network), seeds, towards=True)
        assert cost[:, k].tolist() == [expected.get(node, twins.UNREACHED) for node in range(network.n_node)]
        noted = dict(enumerate(via[:, k].tolist()))
        assert_via_leads_to_a_seed(network, expected, noted, seeds, towards=True)
        assert all(noted[node] == _kernels.NO_ARC for node in range(network.n_node) if node not in expected)


@SETTINGS
@given(seeded_towns(sets=4), st.integers(0, 4), st.integers(0, 4), st.sampled_from([0, 10, 128, 71_000, NO_LIMIT]))
def test_search_many_equals_its_twin(case, a, b, limit):
    town, sets = case
    low, high = min(a, b), max(a, b)
    network = assemble(town)
    for towards in (False, True):
        ptr, node, cost = _kernels.search_many(
            *graph(network, towards=towards), *packed(sets), low, high, np.int64(limit)
        )
        assert ptr.size == high - low + 1
        for k, seeds in enumerate(sets[low:high]):
            found = list(zip(node[ptr[k] : ptr[k + 1]].tolist(), cost[ptr[k] : ptr[k + 1]].tolist(), strict=True))
            assert dict(found) == twins.search(open_arcs(network), seeds, limit=limit, towards=towards)
            assert len(dict(found)) == len(found), "a node is listed twice"


def test_search_many_keeps_all_when_its_room_must_grow():
    # 60 corners in a row, searched from each: 3,600 entries, more than the 1,024 there is room for at first.
    town = Town(tuple((i, 0) for i in range(60)), tuple(Street(i, i + 1, (), 10, 10) for i in range(59)))
    network = assemble(town)
    sets = [[(i, 0)] for i in range(60)]
    ptr, node, cost = _kernels.search_many(*graph(network, towards=False), *packed(sets), 0, 60, np.int64(NO_LIMIT))
    assert ptr.tolist() == list(range(0, 3_601, 60))
    assert cost.tolist() == [10 * abs(int(n) - k // 60) for k, n in enumerate(node)]


pairs = st.lists(st.tuples(st.integers(0, 5), st.sampled_from([0, 3, 3, 50, 4_000])), max_size=4)


@SETTINGS
@given(
    st.lists(st.dictionaries(st.integers(0, 3), st.sampled_from([0, 3, 50, 900]), max_size=4), max_size=4),
    st.lists(pairs, min_size=4, max_size=4),
    st.lists(pairs, min_size=4, max_size=4),
    st.sampled_from([0, 3, 53, 4_050, NO_LIMIT]),
)
def test_join_points_equals_its_twin(searches, joined, inside, limit):
    n = len(searches)
    at, same = packed(joined), packed(inside[:n])
    flat = packed([list(reached.items()) for reached in searches])
    ptr, point, cost = _kernels.join_points(
        flat[0], flat[1].astype(np.int32), flat[2].astype(np.int32),
        at[0], at[1].astype(np.int32), at[2], same[0], same[1].astype(np.int32), same[2], 6, np.int64(limit),
    )  # fmt: skip
    found = [dict(zip(point[a:b].tolist(), cost[a:b].tolist(), strict=True)) for a, b in itertools.pairwise(ptr)]
    assert found == twins.join_points(searches, joined, inside, limit)
    assert point.size == sum(map(len, found)), "a point is listed twice"


def test_join_points_keeps_all_when_its_room_must_grow():
    # 40 searches that each reach one node with 50 points: 2,000 entries.
    ptr, node, cost = np.arange(41), np.zeros(40, np.int32), np.arange(40, dtype=np.int32)
    none = np.zeros(41, np.int64), np.empty(0, np.int32), np.empty(0, np.int64)
    out_ptr, point, total = _kernels.join_points(
        ptr, node, cost, np.array([0, 50]), np.arange(50, dtype=np.int32), np.arange(50), *none, 50, np.int64(NO_LIMIT)
    )
    assert out_ptr.tolist() == list(range(0, 2_001, 50))
    assert total.tolist() == [k + p for k in range(40) for p in range(50)]
    assert point.tolist() == 40 * list(range(50))


@SETTINGS
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 60)), max_size=12), st.integers(0, 60))
def test_keep_best_equals_its_twin(noted, limit):
    best, found, n_found = np.zeros(4, np.int64), np.empty(4, np.int32), 0
    # What a search before this one noted, however cheap, is not this one's.
    best[:] = (np.int64(6) << 32) + 0
    base, expected = np.int64(7) << 32, {}
    for point, total in noted:
        n_found = _kernels._keep_best(best, found, n_found, base, point, total, limit)
        expected = twins.keep_best(expected, point, total, limit)
    assert {int(p): int(best[p] - base) for p in found[:n_found]} == expected
    assert n_found == len(expected)


@SETTINGS
@given(seeded_towns())
def test_following_a_search_equals_its_twin(case):
    town, (seeds,) = case
    assume(seeds)
    network = assemble(town)
    for towards in (True, False):
        cost, noted = Search(network).run(seeds, limit=NO_LIMIT, towards=towards)
        via = np.full((network.n_node, 2), _kernels.NO_ARC, np.int32)
        via[list(noted), 1] = list(noted.values())
        for node in cost:
            arcs = _kernels.list_arcs(via, _kernels.WHOLE, 1, node, network.edge_u, network.edge_v, towards)
            assert arcs.tolist() == twins.chain(noted, node, network.edge_u, network.edge_v, towards=towards)
            # The other column notes nothing: the way begins and ends where it stands.
            assert _kernels.list_arcs(via, _kernels.WHOLE, 0, node, network.edge_u, network.edge_v, towards).size == 0
            if towards:
                followed = _kernels.follow_table(
                    via, _kernels.WHOLE, 1, node, network.edge_u, network.edge_v, network.edge_length
                )
                assert followed == pytest.approx(
                    twins.follow(noted, node, network.edge_u, network.edge_v, network.edge_length)
                )


# None falls on a bend of a street, which rounding may count to either side.
FRACTIONS = st.sampled_from([0.0, 0.1234, 0.3719, 0.5071, 0.7513, 1.0])


@SETTINGS
@given(towns(max_streets=5), st.lists(st.tuples(st.integers(0, 4), FRACTIONS, FRACTIONS), min_size=1, max_size=5))
def test_trace_pieces_equals_its_twin(town, travelled):
    network = assemble(town)
    edge, start, end = (np.array(column) for column in zip(*travelled, strict=True))
    edge = edge.astype(np.int64) % network.n_edge
    line, ptr = _kernels.trace_pieces(network.points, network.point_ptr, edge, start, end)
    expected, expected_ptr = [], [0]
    for e, a, b in zip(edge.tolist(), start.tolist(), end.tolist(), strict=True):
        drawn = twins.trace(network.points[network.point_ptr[e] : network.point_ptr[e + 1]], a, b)
        # Each part begins where the one before it ends: that point is written once.
        expected += drawn if not expected else drawn[1:]
        expected_ptr.append(len(expected) - 1)
    assert ptr.tolist() == expected_ptr
    np.testing.assert_allclose(line, expected, rtol=0.0, atol=1e-9)


def test_trace_pieces_ends_exactly_where_the_street_ends():
    town = Town(((0, 0), (3, 1)), (Street(0, 1, ((1, 2),), 10, 10),))
    network = assemble(town)
    for start, end in ((0.0, 1.0), (1.0, 0.0), (0.3, 1.0), (0.3, 0.0)):
        line, _ = _kernels.trace_pieces(
            network.points, network.point_ptr, np.array([0]), np.array([start]), np.array([end])
        )
        assert line[-1].tolist() == network.points[-1 if end else 0].tolist()


@SETTINGS
@given(towns().flatmap(lambda town: st.tuples(st.just(town), spots(len(town.streets)), spots(len(town.streets)))))
def test_the_whole_engine_equals_its_twin(case):
    # Snapping aside, every operation answers from these costs: seeds, search, way inside an edge, legs, rounding.
    town, origin, facility = case
    network = assemble(town)
    expected = twins.point_costs(network, origin, facility, mode=MODE)
    seconds = np.where(np.array(expected) >= twins.UNREACHED, np.inf, np.array(expected) / 10.0)
    np.testing.assert_array_equal(find_costs(network, origin, facility, mode=MODE), seconds)
    table = fill_nearest_table(network, facility, mode=MODE)
    np.testing.assert_array_equal(origin_costs(network, table, origin), expected)
