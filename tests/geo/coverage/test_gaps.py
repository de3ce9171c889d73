"""Gaps with their names and causes: small cases by hand, every cause against a plain loop, and the river."""

import hashlib

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.coverage.gap_clusters import ClusterGround, Clusters
from geo.coverage.gap_names import StreetLines
from geo.coverage.gaps import CAUSES, Facilities, _rank_causes, find_gaps, find_missed
from geo.coverage.measure import measure_coverage
from geo.coverage.naming import _LINK_M, SETTLEMENT_REACH_M, _find_parts, find_street_names, name_places
from geo.coverage.what_if import cost_column, prepare_demand
from geo.crs import LocalPlane, distance_m
from geo.network.nearest import origin_costs
from tests.geo.coverage.cases import FAR, LIMIT_DS, cases, measure
from tests.geo.network.plain_maps import BANKS, RIVER, ROAD, degrees, make

WALK_MPS = 1.2
NO_STREETS = StreetLines(make({1: (0, 0), 2: (400, 0)}, [(1, 2, ROAD)]))
NOWHERE = pd.DataFrame({"name": [], "lon": [], "lat": [], "town": []})
RIVER_WATER = shapely.Polygon([degrees(*corner) for corner in RIVER])


def lonlat(*points):
    lon, lat = zip(*(degrees(*point) for point in points), strict=True)
    return np.array(lon), np.array(lat)


@given(cases(), st.data())
def test_every_missed_point_has_the_first_cause_that_holds(case, data):
    n_demand, n_facility = case.cost.shape
    is_active = np.array(data.draw(st.lists(st.booleans(), min_size=n_facility, max_size=n_facility)), bool)
    offers = is_active & np.array(data.draw(st.lists(st.booleans(), min_size=n_facility, max_size=n_facility)), bool)
    case = case._replace(counts=case.counts & offers, unknown=case.unknown & offers)
    xy = st.tuples(st.integers(-1500, 1500), st.integers(-300, 300))
    at = data.draw(st.lists(xy, min_size=n_demand + n_facility, max_size=n_demand + n_facility))
    lon, lat = lonlat(*at)
    facilities = Facilities(lon[n_demand:], lat[n_demand:], is_active, offers)
    coverage = measure(case)
    missed = find_missed(
        case.cost, coverage, facilities, lon[:n_demand], lat[:n_demand], speed_mps=WALK_MPS, water=RIVER_WATER
    )
    expected = {}
    for i in range(n_demand):
        if coverage.is_covered[i] or case.weight[i] == 0:
            continue
        within = [k for k in range(n_facility) if case.cost[i, k] <= LIMIT_DS]
        straight = {
            k: float(distance_m(lon[i], lat[i], lon[n_demand + k], lat[n_demand + k]))
            for k in range(n_facility)
            if is_active[k]
        }
        nearest = min(straight, key=straight.__getitem__, default=None)
        if not case.snapped[i]:
            cause = "not_attached"
        elif any(case.unknown[k] for k in within):
            cause = "hours_unknown"
        elif any(offers[k] for k in within):
            cause = "closed"
        elif any(is_active[k] for k in within):
            cause = "lacks_service"
        elif (case.cost[:, is_active] < FAR).any() and (case.cost[i, is_active] >= FAR).all():
            cause = "cut_off"
        elif (
            nearest is not None
            and straight[nearest] <= 1080
            and RIVER_WATER.intersects(
                shapely.LineString([(lon[i], lat[i]), (lon[n_demand + nearest], lat[n_demand + nearest])])
            )
        ):
            cause = "across_water"
        else:
            cause = "too_far"
        expected[i] = cause
    assert {int(i): CAUSES[c] for i, c in zip(missed.index, missed.cause, strict=True)} == expected
    for i, seconds in zip(missed.index, missed.nearest_any_s, strict=True):
        any_at_all = [c for k, c in enumerate(case.cost[i].tolist()) if is_active[k] and c < FAR]
        assert seconds * 10 == min(any_at_all, default=np.inf)


@settings(max_examples=25)
@given(cases(), st.lists(st.integers(0, 2), min_size=7, max_size=7))
def test_gaps_hold_exactly_the_people_missed_the_largest_first(case, groups):
    n_demand, n_facility = case.cost.shape
    lon, lat = lonlat(*[(400 * i, 0) for i in range(n_demand)])
    naming = name_places(
        lon, lat, ["a"] * n_demand, settlements=NOWHERE, street=[None] * n_demand, town_names={"a": "甲镇"}
    )
    coverage = measure(case)
    facilities = Facilities(
        np.full(n_facility, 121.0), np.full(n_facility, 30.0), np.ones(n_facility, bool), np.ones(n_facility, bool)
    )
    missed = find_missed(case.cost, coverage, facilities, lon, lat, speed_mps=WALK_MPS, water=None)
    clusters = clusters_by_hand(missed.index, np.array(groups[:n_demand])[missed.index], coverage.weight, lon, lat)
    gaps = find_gaps(coverage, missed, clusters, naming, lon, lat, streets=NO_STREETS, mark="")
    assert sum(gap.people for gap in gaps) == coverage.people - coverage.covered
    assert sum(gap.people_if_open for gap in gaps) == coverage.covered_if_open
    assert [gap.people for gap in gaps] == sorted((gap.people for gap in gaps), reverse=True)
    assert sorted(row for gap in gaps for row in gap.members.tolist()) == missed.index.tolist()
    for number, gap in enumerate(gaps):
        mine = np.zeros(n_demand, bool)
        mine[missed.index[clusters.of == number]] = True
        assert gap.people == case.weight[mine].sum() == sum(people for _, people in gap.causes)
        assert gap.people_here >= gap.people
        assert gap.n_points == mine.sum()
        assert gap.bounds == (lon[mine].min(), lat[mine].min(), lon[mine].max(), lat[mine].max())
        assert shapely.contains_xy(gap.outline, lon, lat)[mine].all()
        assert (gap.lon, gap.lat) in set(zip(lon[mine], lat[mine], strict=True))
        reached = mine & np.isfinite(coverage.nearest_s)
        if reached.any():
            assert gap.nearest_s == pytest.approx(np.average(coverage.nearest_s[reached], weights=case.weight[reached]))
            by_column = np.bincount(coverage.nearest_column[reached], weights=case.weight[reached])
            assert by_column[gap.nearest_column] == by_column.max()
        else:
            assert gap.nearest_s == np.inf
            assert gap.nearest_column == -1


def clusters_by_hand(index, groups, weight, lon, lat):
    """Return the clusters that `groups` make of missed points, most people first."""
    if index.size == 0:
        return Clusters(index, index, ClusterGround(LocalPlane(0.0, 0.0), np.empty((0, 2)), index))
    found, of = np.unique(groups, return_inverse=True)
    rank = np.argsort(np.argsort(-np.bincount(of, weights=weight[index]), kind="stable"), kind="stable")
    of = rank[of]
    plane = LocalPlane(float(lon.mean()), float(lat.mean()))
    xy = np.column_stack(plane.to_metres(lon[index], lat[index]))
    centre = np.array([index[of == number][0] for number in range(found.size)])
    return Clusters(of, centre, ClusterGround(plane, xy, of))


def river(bridge_at=1000):
    """Two banks, one bridge at the east end, a station in the south-west, people on both banks."""
    town = make(BANKS, [(1, 2, ROAD), (3, 4, ROAD), (2, 4, ROAD | {"bridge": "yes"})], water=[RIVER])
    lon, lat = lonlat((0, 200), (300, 200), (600, 200), (980, 200), (0, 0), (400, 0), (980, 0))
    people = np.array([10.0, 20.0, 40.0, 80.0, 1.0, 2.0, 4.0])
    return town, lon, lat, people


def test_across_the_river_nobody_far_is_covered_by_a_straight_line():
    town, lon, lat, people = river()
    table = town.nearest_table(*lonlat((0, 0)), mode="walk")
    origin = town.snap(lon, lat, mode="walk")
    cost = origin_costs(town, table, origin).astype(np.int32)
    coverage = measure_coverage(cost, people, origin.is_snapped, standard_s=900, counts=np.array([True]))
    # 1,080 m of path: the south bank up to its end; of the north bank nobody, though all are 200 to 1,000 m away.
    assert coverage.is_covered.tolist() == [False] * 4 + [True] * 3
    straight = distance_m(lon, lat, *(float(x) for x in degrees(0, 0)))
    assert (straight[:4] < 1080).all()
    station = Facilities(*lonlat((0, 0)), np.array([True]), np.array([True]))
    missed = find_missed(cost, coverage, station, lon, lat, speed_mps=WALK_MPS, water=RIVER_WATER)
    assert [CAUSES[c] for c in missed.cause] == ["across_water"] * 4
    assert (missed.nearest_any_s > 900).all()
    # Without the water the same people are simply too far by the streets.
    dry = find_missed(cost, coverage, station, lon, lat, speed_mps=WALK_MPS, water=None)
    assert [CAUSES[c] for c in dry.cause] == ["too_far"] * 4


def test_a_second_bridge_beside_the_station_covers_the_other_bank():
    town, lon, lat, people = river()
    with_bridge = make(
        BANKS, [(1, 2, ROAD), (3, 4, ROAD), (2, 4, ROAD), (1, 3, ROAD | {"bridge": "yes"})], water=[RIVER]
    )
    covered = []
    for network in (town, with_bridge):
        demand = prepare_demand(network, network.snap(lon, lat, mode="walk"), mode="walk")
        column = cost_column(network, demand, *degrees(0, 0))[:, None]
        covered.append(
            measure_coverage(column, people, demand.snapped.is_snapped, standard_s=900, counts=np.array([True])).covered
        )
    assert covered == [7.0, 77.0]


def test_a_point_on_the_station_s_side_of_the_water_is_too_far_not_across():
    town, lon, lat, people = river()
    table = town.nearest_table(*lonlat((0, 0)), mode="walk")
    origin = town.snap(lon, lat, mode="walk")
    cost = origin_costs(town, table, origin).astype(np.int32)
    coverage = measure_coverage(cost, people, origin.is_snapped, standard_s=300, counts=np.array([True]))
    station = Facilities(*lonlat((0, 0)), np.array([True]), np.array([True]))
    missed = find_missed(cost, coverage, station, lon, lat, speed_mps=WALK_MPS, water=RIVER_WATER)
    causes = {int(i): CAUSES[c] for i, c in zip(missed.index, missed.cause, strict=True)}
    # 300 s are 360 m: the first two of the north bank look near across the water, the others are far in any case.
    assert causes == {0: "across_water", 1: "too_far", 2: "too_far", 3: "too_far", 5: "too_far", 6: "too_far"}


def test_the_nearest_settlement_of_the_own_town_gives_its_name():
    villages = pd.DataFrame({"name": ["东村", "西村"], "town": ["e", "w"]})
    villages["lon"], villages["lat"] = lonlat((100, 0), (-900, 0))
    lon, lat = lonlat((10, 0), (-10, 0), (100 + SETTLEMENT_REACH_M - 5, 0), (100 + SETTLEMENT_REACH_M + 5, 0))
    naming = name_places(
        lon, lat, ["e", "w", "e", "e"], settlements=villages, street=[None] * 4, town_names={"e": "东镇", "w": "西镇"}
    )
    # The second point is 110 m from 东村, but belongs to 西镇.
    found = [(naming.places[i].name, naming.places[i].kind) for i in naming.of]
    assert found == [("东村", "settlement"), ("西村", "settlement"), ("东村", "settlement"), ("东镇", "town")]


@pytest.mark.parametrize(("n_other", "name"), [(3, "东村"), (4, "东镇")])
def test_the_settlement_of_the_own_town_is_looked_for_among_the_four_nearest(n_other, name):
    villages = pd.DataFrame({"name": [*["西村"] * n_other, "东村"], "town": [*"w" * n_other, "e"]})
    villages["lon"], villages["lat"] = lonlat(*[(50 + 10 * k, 0) for k in range(n_other)], (200, 0))
    naming = name_places(
        *lonlat((0, 0)), ["e"], settlements=villages, street=[None], town_names={"e": "东镇", "w": "西镇"}
    )
    assert naming.places[naming.of[0]].name == name


def test_two_villages_of_one_name_are_two_places_with_ids_that_stay():
    villages = pd.DataFrame({"name": ["蒋家村", "蒋家村"], "town": ["a", "a"]})
    villages["lon"], villages["lat"] = lonlat((0, 0), (5000, 0))
    lon, lat = lonlat((10, 0), (5010, 0), (4990, 0))

    def named(order):
        naming = name_places(
            lon[order], lat[order], ["a"] * 3, settlements=villages, street=[None] * 3, town_names={"a": "甲"}
        )
        return [naming.places[i] for i in naming.of]

    there = named([0, 1, 2])
    assert there[0].id != there[1].id == there[2].id
    assert sorted(place.part for place in set(there)) == [1, 2]
    assert [place.id for place in named([2, 0, 1])] == [there[2].id, there[0].id, there[1].id]


def test_a_place_where_more_points_are_counted_keeps_its_id():
    villages = pd.DataFrame({"name": ["蒋家村", "蒋家村"], "town": ["a", "a"]})
    villages["lon"], villages["lat"] = lonlat((0, 0), (5000, 0))

    def ids(*points):
        lon, lat = lonlat(*points)
        towns, streets = ["a"] * len(points), [None] * len(points)
        naming = name_places(lon, lat, towns, settlements=villages, street=streets, town_names={"a": "甲"})
        return [place.id for place in naming.places]

    assert ids((10, 0), (5010, 0)) == ids((10, 0), (10, 0), (5010, 0), (5010, 0), (5010, 0))


def test_the_id_of_a_place_never_changes_since_entries_of_the_ledger_hold_it():
    lon, lat = lonlat((0, 0))
    naming = name_places(lon, lat, ["a"], settlements=NOWHERE, street=["江滨大道"], town_names={"a": "甲"})
    assert naming.places[0].id == hashlib.sha256("a|street|江滨大道||1".encode()).hexdigest()[:12]


def test_a_street_falls_into_parts_where_its_people_live_apart():
    lon, lat = lonlat((0, 0), (200, 0), (1500, 0), *[(5000 + 200 * k, 0) for k in range(25)])
    naming = name_places(
        lon, lat, [None] * len(lon), settlements=NOWHERE, street=["江滨大道"] * len(lon), town_names={}
    )
    assert naming.of[0] == naming.of[1] != naming.of[2]
    assert {place.name for place in naming.places} == {"江滨大道"}
    for at in range(len(naming.places)):
        mine = naming.of == at
        assert distance_m(lon[mine].min(), 30.0, lon[mine].max(), 30.0) <= 3000


def test_a_point_at_a_nameless_street_bears_the_nearest_name_in_reach():
    nodes = {1: (0, 0), 2: (1000, 0), 3: (1000, 300), 4: (1000, 3000)}
    town = make(nodes, [(1, 2, ROAD | {"name": "迎宾路"}), (2, 3, ROAD), (3, 4, ROAD)])
    lon, lat = lonlat((100, 20), (1010, 200), (1010, 2000))
    snapped = town.snap(lon, lat, mode="walk")
    assert find_street_names(town, snapped, lon, lat) == ["迎宾路", "迎宾路", ""]


@pytest.mark.parametrize("side", [1, -1])
def test_people_along_a_diagonal_street_live_in_one_part(side: int):
    """Squares that touch by a corner are neighbours, whichever way the diagonal goes."""
    xy = np.array([[k * _LINK_M + 1.0, side * k * _LINK_M + 1.0] for k in range(4)])
    assert len(set(_find_parts(xy, np.zeros(4, np.int64)).tolist())) == 1


def test_people_of_another_name_between_two_do_not_join_them():
    xy = np.array([[0.0, 0.0], [2.4 * _LINK_M, 0.0], [0.0, 0.0], [0.0, 0.0]])
    assert len(set(_find_parts(xy, np.array([0, 0, 4, 5])).tolist())) == 4


def test_the_cause_of_most_people_comes_first_and_of_equals_the_one_that_is_named_first():
    first, *_, last = CAUSES
    sums = [0.0] * len(CAUSES)
    sums[0], sums[-1] = 10.0, 30.0
    assert _rank_causes(sums) == (last, ((last, 30.0), (first, 10.0)))
    sums[0] = 30.0
    assert _rank_causes(sums) == (first, ((first, 30.0), (last, 30.0)))
