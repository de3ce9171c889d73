"""People add up, nothing invented passes for fact, the same seed gives the same bytes, coverage is honest."""

import json
import pickle
import re

import numpy as np
import opening_hours
import pytest
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from geo.db.tables import FUNCTION_KINDS, SERVICES
from geo.network.modes import edge_speeds, load_modes
from loaders.sample import SampleData, generate_sample
from loaders.sample.demand import POPULATION, people_by_town
from loaders.sample.outline import read_towns
from loaders.sample.places import SIGHTS
from loaders.sample.plane import to_plane

from .conftest import ROOT


def as_bytes(sample: SampleData) -> bytes:
    frames = (sample.regions, sample.water, sample.street_edges, sample.demand)
    return pickle.dumps(
        [
            *(shapely.to_wkb(frame.geometry.to_numpy()).tolist() for frame in frames),
            *(frame.drop(columns=["geometry", "seat"], errors="ignore").to_json() for frame in frames),
            sample.street_nodes.to_json(double_precision=15),
            json.dumps([sample.places, sample.tours]),
        ]
    )


def test_the_same_seed_gives_the_same_bytes(sample: SampleData) -> None:
    assert as_bytes(generate_sample(root=ROOT)) == as_bytes(sample)


@pytest.mark.soak
def test_another_seed_gives_another_district_with_the_same_properties(sample: SampleData) -> None:
    other = generate_sample(seed=7, root=ROOT)
    assert as_bytes(other) != as_bytes(sample)
    assert other.demand["weight"].sum() == POPULATION
    assert other.outline.equals(sample.outline)
    lines = other.street_edges.geometry.to_numpy()
    assert 15_000 <= len(other.street_nodes) <= 25_000
    assert shapely.contains(other.outline, lines).all()
    assert shapely.intersects(lines, other.water.geometry.iloc[0]).sum() == 5


def test_demand_sums_to_the_census_in_whole_people(sample: SampleData) -> None:
    assert sample.demand["weight"].sum() == 832_017.0
    assert (sample.demand["weight"] == np.round(sample.demand["weight"])).all()
    assert (sample.demand["weight"] >= 0).all()
    assert 6_000 <= len(sample.demand) <= 12_000
    assert set(sample.demand["layer"]) == {"residents"}


def test_demand_by_town_follows_the_printed_formula(sample: SampleData) -> None:
    towns = read_towns(ROOT)
    by_town = sample.demand.groupby("town_code")["weight"].sum()
    for town, people in zip(towns, people_by_town(towns), strict=True):
        assert by_town[town.code] == people
        assert abs(people - 832_017 * (3 * town.n_communities + town.n_villages) / 498) < 1.0
    for note in (sample.demand_note_en, sample.demand_note_zh):
        assert "832,017" in note
        assert "498" in note


def test_demand_is_dry_and_inside_its_town(sample: SampleData) -> None:
    points = sample.demand.geometry.to_numpy()
    assert not shapely.intersects(sample.water.geometry.iloc[0], points).any()
    cell = sample.regions.set_index("code").geometry.loc[sample.demand["town_code"]].to_numpy()
    assert shapely.covers(cell, points).all()


def test_sample_places_and_tours_are_labelled(sample: SampleData) -> None:
    real = {name for _, name, *_ in SIGHTS}
    for place in sample.places:
        if place["name"] in real:
            assert "约略" in place["note"]
        else:
            assert "示意" in place["name"]
            assert "示意" in place["note"]
        assert place["address"] is None
        assert place["phone"] is None
    for tour in sample.tours:
        assert tour["name"].startswith("示意线路")
        for day in tour["days"]:
            for stop in day["stops"]:
                assert stop["name"] in real or "示意" in stop["name"]


def test_twenty_stations_with_varied_hours(sample: SampleData) -> None:
    stations = [
        (place, function)
        for place in sample.places
        for function in place["functions"]
        if function["kind"] == "rest_station"
    ]
    assert [place["name"] for place, _ in stations] == [f"示意站{i:02}" for i in range(1, 21)]
    hours = [function["hours"] for _, function in stations]
    assert hours.count("24/7") >= 3
    assert hours.count(None) >= 3
    assert sum(text is not None and text.startswith("Mo-Fr") for text in hours) >= 4
    assert {function["tier"] for _, function in stations} == {"基本型", "标杆型", "24小时智能化"}
    assert len({tuple(function["services"]) for _, function in stations}) >= 12
    assert len({place["town_code"] for place, _ in stations}) < 24


def test_functions_use_the_known_vocabulary(sample: SampleData) -> None:
    functions = [function for place in sample.places for function in place["functions"]]
    assert {function["kind"] for function in functions} == set(FUNCTION_KINDS)
    for function in functions:
        assert set(function["services"]) <= set(SERVICES)
        assert len(function["services"]) == len(set(function["services"]))
        if function["hours"] is not None:
            opening_hours.OpeningHours(function["hours"])
    codes = [place["code"] for place in sample.places]
    assert len(codes) == len(set(codes))
    assert all(len({f["kind"] for f in place["functions"]}) == len(place["functions"]) for place in sample.places)


def test_places_are_dry_inside_and_in_their_town(sample: SampleData) -> None:
    cells = sample.regions.set_index("code").geometry
    water = sample.water.geometry.iloc[0]
    for place in sample.places:
        point = shapely.Point(place["lon"], place["lat"])
        assert sample.outline.contains(point), place["name"]
        assert not water.intersects(point), place["name"]
        assert place["town_code"] is None or cells[place["town_code"]].covers(point), place["name"]


def test_a_coach_gets_near_every_sight(sample: SampleData) -> None:
    rules = load_modes()["coach"]
    edges = sample.street_edges
    is_open = [max(edge_speeds(tags, rules)) > 0.0 and "bridge" not in tags for tags in edges["tags"]]
    lines = shapely.transform(edges.geometry.to_numpy()[is_open], to_plane)
    sights = shapely.points(to_plane([(lon, lat) for *_, lon, lat in SIGHTS]))
    distance_m = shapely.distance(lines[shapely.STRtree(lines).nearest(sights)], sights)
    assert distance_m.max() < 150.0


def test_tour_stops_stand_where_their_places_stand(sample: SampleData) -> None:
    places = {place["code"]: place for place in sample.places}
    assert [len(tour["days"]) for tour in sample.tours] == [1, 2]
    for tour in sample.tours:
        for number, day in enumerate(tour["days"], start=1):
            stops = day["stops"]
            assert day["number"] == number
            assert stops[0]["kind"] == "start"
            assert stops[-1]["kind"] in ("end", "hotel")
            assert sum(stop["kind"] == "meal" for stop in stops) == 1
            for stop in stops:
                if stop["place_code"] is not None:
                    place = places[stop["place_code"]]
                    assert (stop["lon"], stop["lat"], stop["name"]) == (place["lon"], place["lat"], place["name"])


@pytest.mark.parametrize(("mode", "low", "high"), [("walk", 0.10, 0.30), ("ebike", 0.35, 0.70)])
def test_coverage_shows_the_contrast_between_walking_and_riding(
    sample: SampleData, mode: str, low: float, high: float
) -> None:
    """People who can be at a station within 15 minutes, from the node nearest to them, by SciPy."""
    rules = load_modes()[mode]
    edges = sample.street_edges
    speed_mps = np.array([edge_speeds(tags, rules) for tags in edges["tags"]]) / 3.6
    length_m = shapely.length(shapely.transform(edges.geometry.to_numpy(), to_plane))
    u, v = (edges[end].to_numpy() - 1 for end in ("u", "v"))
    tail, head = np.concatenate([u, v]), np.concatenate([v, u])
    speed = speed_mps.T.ravel()
    used = speed > 0.0
    n = len(sample.street_nodes)
    seconds = np.concatenate([length_m, length_m])[used] / speed[used]
    # From the stations against the direction of travel: the cost *to* them. Of two parallel streets the quicker counts.
    order = np.lexsort((seconds, tail[used], head[used]))
    pairs = np.column_stack([head[used], tail[used]])[order]
    quickest = np.ones(len(pairs), dtype=bool)
    quickest[1:] = (pairs[1:] != pairs[:-1]).any(axis=1)
    graph = coo_array((seconds[order][quickest], tuple(pairs[quickest].T)), shape=(n, n)).tocsr()
    on_network = np.unique(pairs)
    nodes = to_plane(sample.street_nodes[["lon", "lat"]].to_numpy())
    tree = shapely.STRtree(shapely.points(nodes[on_network]))
    stations = [
        (place["lon"], place["lat"])
        for place in sample.places
        if any(function["kind"] == "rest_station" for function in place["functions"])
    ]
    from_station = on_network[tree.nearest(shapely.points(to_plane(stations)))]
    cost = dijkstra(graph, indices=np.unique(from_station), min_only=True)
    home = on_network[tree.nearest(shapely.points(to_plane(shapely.get_coordinates(sample.demand.geometry))))]
    people = sample.demand["weight"].to_numpy()
    share = people[cost[home] <= 900.0].sum() / people.sum()
    assert low < share < high


def test_every_town_and_place_has_an_english_name(sample: SampleData) -> None:
    named = [*sample.regions["name_en"], *(place["name_en"] for place in sample.places)]
    assert len(named) == len(set(named)) == len(sample.regions) + len(sample.places)
    for name in named:
        assert re.fullmatch(r"[A-Za-zü0-9' ()-]+", name), name
    for place in sample.places:
        assert ("示意" in place["name"]) == ("ample" in place["name_en"]), place["name"]
