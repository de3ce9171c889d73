"""Areas of restricted access: no way passes through one, whoever asks and however."""

import heapq

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from geo.coverage.what_if import cost_column, prepare_demand
from geo.errors import NotSnappedError, UnreachableError
from geo.network import _kernels
from geo.network.costs import find_costs, find_points_within
from geo.network.ends import part_cost
from geo.network.nearest import fill_nearest_table, origin_costs
from geo.network.phone_pack import make_phone_pack
from geo.network.routes import route_to_facility
from geo.network.snap import SnappedPoints
from tests.geo.network.drawing import Town as Drawn
from tests.geo.network.networks import CLOSED, MODE, Street, Town, degrees, guarded_towns, moved_origin, spots
from tests.node import run_node

FAR = int(_kernels.FAR)
SETTINGS = settings(max_examples=40, deadline=None)


@st.composite
def cases(draw):
    """Draw a town with restricted streets and points on them."""
    town = draw(guarded_towns())
    n = len(town.streets)
    return town, on_open_streets(town, draw(spots(n))), on_open_streets(town, draw(spots(n)))


def on_open_streets(town, points):
    """Return the points; those on a street that is closed both ways are not snapped, since nothing ever is there."""
    is_closed = np.array([street.along < 0 and street.against < 0 for street in town.streets])
    is_lost = (points.edge >= 0) & is_closed[points.edge]
    return SnappedPoints(
        np.where(is_lost, -1, points.edge), np.where(is_lost, np.nan, points.fraction), points.access_m
    )


def three_states(network, mode):
    """Return by (node, state) the (node, state, cost) one goes on to: 0 setting out, 1 on open streets, 2 arriving."""
    steps = {}
    for edge in range(network.n_edge):
        for arc, tail, head in ((2 * edge, "u", "v"), (2 * edge + 1, "v", "u")):
            cost = int(network.cost[mode][arc])
            tail_node, head_node = (int(getattr(network, f"edge_{end}")[edge]) for end in (tail, head))
            for state in (0, 2) if network.restricted[mode][edge] else (1,):
                if cost >= 0:
                    steps.setdefault((tail_node, state), []).append((head_node, state, cost))
    return steps


def brute(network, origin, facility, *, mode=MODE):
    """Return deciseconds from every point to every facility by a search over nodes and states; `FAR`: no way."""
    steps = three_states(network, mode)
    arc_cost = network.cost[mode]

    def part(arc, share):
        return int(part_cost(arc_cost, np.array([arc]), np.array([share]))[0])

    found = np.full((origin.edge.size, facility.edge.size), FAR, np.int64)
    for i, (edge, at) in enumerate(zip(origin.edge.tolist(), origin.fraction.tolist(), strict=True)):
        if edge < 0:
            continue
        begin = 0 if network.restricted[mode][edge] else 1
        heap = [
            (part(2 * edge, 1.0 - at), int(network.edge_v[edge]), begin),
            (part(2 * edge + 1, at), int(network.edge_u[edge]), begin),
        ]
        heap = [entry for entry in heap if entry[0] < FAR]
        heapq.heapify(heap)
        best = {}
        while heap:
            cost, node, state = heapq.heappop(heap)
            if (node, state) in best:
                continue
            best[node, state] = cost
            for head, then, more in steps.get((node, state), []):
                heapq.heappush(heap, (cost + more, head, then))
            if state < 2:
                heapq.heappush(heap, (cost, node, state + 1))
        for j, (last, to) in enumerate(zip(facility.edge.tolist(), facility.fraction.tolist(), strict=True)):
            if last < 0:
                continue
            end = 2 if network.restricted[mode][last] else 1
            ways = [
                best.get((int(network.edge_u[last]), end), FAR) + part(2 * last, to),
                best.get((int(network.edge_v[last]), end), FAR) + part(2 * last + 1, 1.0 - to),
            ]
            if last == edge:
                ways.append(part(2 * edge + (to < at), abs(to - at)))
            if min(ways) < FAR:
                found[i, j] = min(ways) + origin.access_ds[i] + facility.access_ds[j]
    return found


def in_ds(seconds):
    return np.where(np.isfinite(seconds), np.rint(np.where(np.isfinite(seconds), seconds, 0) * 10), FAR).astype(
        np.int64
    )


@SETTINGS
@given(cases())
def test_tables_matrices_counts_and_dragged_stations_equal_a_search_over_three_states(case):
    town, origin, facility = case
    network = town.network()
    expected = brute(network, origin, facility)
    np.testing.assert_array_equal(in_ds(find_costs(network, origin, facility, mode=MODE)), expected)
    np.testing.assert_array_equal(
        in_ds(find_costs(network, origin.take(slice(0, 1)), facility, mode=MODE)), expected[:1]
    )
    table = fill_nearest_table(network, facility, mode=MODE)
    np.testing.assert_array_equal(origin_costs(network, table, origin), expected)
    for limit_s in (0.0, 12.9, 500.0):
        reach = find_points_within(network, origin, facility, mode=MODE, limit_s=limit_s)
        of = np.repeat(np.arange(facility.edge.size), np.diff(reach.ptr))
        assert {(p, f): c for p, f, c in zip(reach.index.tolist(), of.tolist(), reach.cost.tolist(), strict=True)} == {
            (p, f): expected[p, f] for p, f in np.argwhere(expected <= limit_s * 10).tolist()
        }


def drawn(town, places):
    """Return the network of a town and the longitudes and latitudes of places on its lattice."""
    lon, lat = np.array([degrees(*at) for at in places]).T.copy()
    return town.network(), lon, lat


anywhere = st.lists(st.tuples(st.floats(-1.0, 7.0), st.floats(-1.0, 7.0)), min_size=2, max_size=5)


@SETTINGS
@given(guarded_towns(), anywhere)
def test_routes_and_nearest_obey_and_take_what_the_search_says(town, places):
    network, lon, lat = drawn(town, places)
    at = network.snap(lon, lat, mode=MODE)
    expected = brute(network, at, at)
    table = network.nearest_table(lon, lat, mode=MODE)
    demand = prepare_demand(network, at, mode=MODE)
    for b in range(lon.size):
        if at.is_snapped[b]:
            np.testing.assert_array_equal(cost_column(network, demand, lon[b], lat[b]), expected[:, b])
        for a in range(lon.size):
            ends = (lon[a], lat[a]), (lon[b], lat[b])
            if expected[a, b] >= FAR:
                check_no_way(network, at, a, b, ends)
                continue
            ways = [network.route(*ends, mode=MODE), route_to_facility(network, table, b, *ends)]
            for way in ways:
                assert round(way.duration_s * 10) == expected[a, b]
                check_word(network, way, at.edge[a], at.edge[b])
            found = {n.facility: n for n in network.nearest(table, *ends[0], count=99)}
            assert round(found[b].duration_s * 10) == expected[a, b]
            assert found[b].distance_m == pytest.approx(ways[1].distance_m)


def check_no_way(network, at, a, b, ends):
    """There is no route, but for one from a street farther off."""
    moved = None
    if at.is_snapped[a] and at.is_snapped[b]:
        moved = moved_origin(network, at, a, b, ends[0])
    if moved is None:
        with pytest.raises((NotSnappedError, UnreachableError)):
            network.route(*ends, mode=MODE)
        return
    cost = brute(network, moved, at.take([b]))[0, 0]
    if cost < FAR:
        assert round(network.route(*ends, mode=MODE).duration_s * 10) == cost


def check_word(network, route, first, last):
    """Restricted streets come before open ones only from a restricted start, after them only to a restricted end."""
    word = "".join("R" if network.restricted[MODE][e] else "O" for e in route.travelled.edge)
    middle = word.lstrip("R") if network.restricted[MODE][first] else word
    middle = middle.rstrip("R") if network.restricted[MODE][last] else middle
    assert "R" not in middle, word
    edge = route.travelled.edge
    ends = np.where(route.travelled.end == 1.0, network.edge_v[edge], network.edge_u[edge])
    starts = np.where(route.travelled.start == 0.0, network.edge_u[edge], network.edge_v[edge])
    assert (ends[:-1] == starts[1:]).all()
    spent = np.rint(route.travelled.part * network.cost[MODE][route.travelled.arc]).sum()
    assert spent + sum(round(leg / 1.2 * 10) for leg in route.access_m) == pytest.approx(
        route.duration_s * 10, abs=1.01
    )


@SETTINGS
@given(guarded_towns(), anywhere, st.sampled_from([7, 60, 500, 5_000]))
def test_a_service_area_holds_the_spots_the_search_finds_within_the_limit(town, places, limit_ds):
    network, lon, lat = drawn(town, places)
    facility = network.snap(lon[:1], lat[:1], mode=MODE)
    if not facility.is_snapped[0]:
        return
    area = network.service_area(lon[0], lat[0], mode=MODE, limit_s=limit_ds / 10.0)
    share = np.array([0.11, 0.37, 0.52, 0.83])
    spot = SnappedPoints(
        np.repeat(np.arange(network.n_edge), share.size), np.tile(share, network.n_edge),
        np.zeros(network.n_edge * share.size),
    )  # fmt: skip
    cost = brute(network, spot, facility)[:, 0]
    for edge, at, ds in zip(spot.edge.tolist(), spot.fraction.tolist(), cost.tolist(), strict=True):
        parts = zip(area.start[area.edge == edge], area.end[area.edge == edge], strict=True)
        if abs(ds - limit_ds) > 1:
            assert any(low <= at <= high for low, high in parts) == (ds <= limit_ds)


@settings(max_examples=4, deadline=None, phases=[Phase.generate])
@given(st.lists(guarded_towns(), min_size=3, max_size=3), anywhere)
def test_phones_search_as_the_server_does(tmp_path_factory, several, places):
    for town in several:
        network, lon, lat = drawn(town, places)
        path = tmp_path_factory.mktemp("pack") / "streets.pack"
        path.write_bytes(make_phone_pack(network, modes=[MODE]))
        points = np.stack([lon, lat], axis=1).tolist()
        said = run_node("snap.mjs", {"pack": str(path), "points": points, "goals": points, "modes": [MODE]})[MODE]
        at = network.snap(lon, lat, mode=MODE)
        expected = brute(network, at, at)
        assert [each["costs"] for each in said if each["edge"] >= 0] == expected[at.is_snapped].tolist()
        for row, each in zip(expected, said, strict=True):
            assert [cost < FAR for cost in row] == (each["ways"] or [False] * lon.size)


CUSTOMERS = {"r": {"highway": "service", "access": "customers"}}


def test_the_car_park_of_a_shop_is_no_short_cut_and_a_place_to_go_to_and_to_leave():
    town = """
        A------+-----------+-----------+
               r           C           |
               r           |           |
               B           r           |
               r           r           |
        D------+-----------+-----------+
    """
    Drawn(town, streets=CUSTOMERS).agrees("""
        A to D on foot: 720 m
        A to B on foot: 130 m
        B to D on foot: 110 m
        B to C on foot: 240 m
        A to D by e-bike: 720 m
        nearest to A of D C on foot: C
    """)


@pytest.mark.parametrize(
    ("tags", "how", "is_closed"),
    [
        ({"access": "destination"}, "on foot", True),
        ({"access": "destination"}, "by e-bike", True),
        ({"access": "destination"}, "by coach", True),
        ({"motor_vehicle": "destination"}, "by coach", True),
        ({"motor_vehicle": "destination"}, "by e-bike", False),
        ({"vehicle": "destination"}, "by e-bike", True),
        ({"vehicle": "destination"}, "on foot", False),
        ({"access": "customers"}, "by coach", True),
        ({"access": "customers;delivery"}, "on foot", True),
        ({"access": "private; customers"}, "by e-bike", True),
        ({"access": "delivery;customers"}, "by coach", True),
        ({"access": "yes;destination"}, "on foot", False),
        ({"access": "delivery"}, "on foot", True),
        ({"access": "delivery"}, "by e-bike", True),
        ({"access": "permit"}, "on foot", True),
        ({"access": "permit"}, "by e-bike", True),
        ({"access": "permit"}, "by coach", True),
        ({"access": "destination", "foot": "yes"}, "on foot", False),
        ({"access": "permit", "bicycle": "designated"}, "by e-bike", False),
        ({"access": "customers", "tourist_bus": "yes"}, "by coach", False),
        ({"bicycle": "use_sidepath"}, "by e-bike", True),
        ({"bicycle": "use_sidepath"}, "on foot", False),
        ({"service": "driveway"}, "by coach", True),
        ({"service": "driveway"}, "by e-bike", False),
    ],
)
def test_no_way_leads_through_what_is_restricted_to_the_mode_and_one_may_set_out_there(tags, how, is_closed):
    town = """
        A------+-----------+-----------+
               r                       |
               r                       |
               B                       |
               r                       |
        D------+-----------+-----------+
    """
    Drawn(town, streets={"r": {"highway": "service"} | tags}).agrees(f"""
        A to D {how}: {720 if is_closed else 240} m
        A to B {how}: 130 m
        B to D {how}: 110 m
    """)


@pytest.mark.parametrize("tags", [{"access": "delivery"}, {"motor_vehicle": "delivery"}, {"access": "private"}])
def test_who_delivers_nothing_drives_no_coach_where_only_deliveries_may(tags):
    town = """
        A------+-----------+-----------+
               r                       |
               r                       |
               B                       |
               r                       |
        D------+-----------+-----------+
    """
    Drawn(town, streets={"r": {"highway": "service"} | tags}).agrees("""
        A to D by coach: 720 m
        B by coach: 40 m to the street
    """)


@pytest.mark.parametrize("is_turned", [False, True])
def test_a_restricted_street_of_one_direction_is_an_area_too(is_turned):
    one_way = Street(1, 2, (), *((CLOSED, 10) if is_turned else (10, CLOSED)), is_restricted=True)
    network = Town(((0, 0), (2, 0), (4, 0)), (Street(0, 1, (), 10, 10), one_way)).network()
    assert network.restricted[MODE].tolist() == [0, 1]


def test_a_street_behind_a_restricted_one_belongs_to_its_area():
    # B lives on an open street that only the car park leads to: it is reached, and no way leads on through it.
    Drawn(
        """
        A------+
               r
               +------B------+
                             r
        +-----------C--------+
        |
        +--------------------------D
        """,
        streets=CUSTOMERS,
    ).agrees("""
        A to B on foot: 180 m
        B to D on foot: 630 m
    """)
