"""Layers in PostGIS: whoever changes one is counted, loads replace, and the sample leaves when real data comes."""

import time

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from sqlalchemy import func, select, text

from geo.db.districts import resolve_district, save_district
from geo.db.layers import (
    SourceFacts,
    layer_versions,
    read_demand,
    read_streets,
    record_source,
    replace_demand,
    replace_places,
    replace_regions,
    replace_streets,
    retire_sample,
)
from geo.db.session import reading, writing
from geo.db.tables import District, Place, PlaceFunction, Region, Source, StreetEdge
from geo.errors import NotFoundError

FACTS = SourceFacts(file_name="a", rows_read=1, rows_stored=1)
SQUARE = shapely.box(0, 0, 1, 1)


def place(code="P1", **more):
    return {
        "code": code,
        "name": code,
        "lon": 0.5,
        "lat": 0.5,
        "functions": [{"kind": "rest_station", "hours": "24/7", "services": ["toilet"]}],
    } | more


def streets():
    nodes = pd.DataFrame({"node_id": [1, 2], "lon": [0.1, 0.2], "lat": [0.1, 0.1], "tags": [None, {"barrier": "gate"}]})
    edges = gpd.GeoDataFrame(
        {
            "edge_id": [1],
            "way_id": [9],
            "u": [1],
            "v": [2],
            "length_m": [11131.9],
            "name": ["文教路"],
            "tags": [{"highway": "residential"}],
        },
        geometry=[shapely.LineString([(0.1, 0.1), (0.2, 0.1)])],
        crs="EPSG:4326",
    )
    return nodes, edges


@pytest.fixture
def district(engine):
    with writing(engine) as session:
        save_district(session, "D", name="D", name_en="D", outline=SQUARE)
    return "D"


def versions(engine, code="D"):
    with reading(engine) as session:
        return layer_versions(session, code)


def test_any_client_that_changes_a_layer_is_counted_once_a_statement(engine, district):
    with writing(engine) as session:
        replace_places(session, district, [place("P1"), place("P2")], FACTS)
    before = versions(engine)["places"]
    with engine.begin() as psql:
        psql.execute(text("UPDATE place SET status = 'closed'"))
    assert versions(engine)["places"] == before + 1
    with engine.begin() as psql:
        psql.execute(text("DELETE FROM place_function"))
    assert versions(engine)["places"] == before + 2
    with engine.begin() as psql:
        psql.execute(text("TRUNCATE place CASCADE"))
    assert versions(engine)["places"] > before + 2


def test_a_rolled_back_change_is_not_counted(engine, district):
    with writing(engine) as session:
        replace_places(session, district, [place()], FACTS)
    before = versions(engine)
    with engine.connect() as psql:
        psql.execute(text("UPDATE place SET status = 'closed'"))
        psql.rollback()
    assert versions(engine) == before


def test_every_edit_raises_the_row_version_whoever_makes_it(engine, district):
    with writing(engine) as session:
        replace_places(session, district, [place()], FACTS)
    with engine.begin() as psql:
        psql.execute(text("UPDATE place SET name = 'x', row_version = 77"))
        assert psql.execute(text("SELECT row_version FROM place")).scalar_one() == 2


def test_one_district_does_not_count_for_another(engine, district):
    with writing(engine) as session:
        save_district(session, "E", name="E", name_en="E")
        replace_places(session, "E", [place()], FACTS)
    assert "places" not in versions(engine, "D")


def test_a_deleted_district_takes_everything_along(engine, district):
    with writing(engine) as session:
        replace_places(session, district, [place()], FACTS)
        replace_streets(session, district, *streets(), FACTS)
        session.delete(session.get(District, district))
    with reading(engine) as session:
        assert [session.scalar(select(func.count()).select_from(t)) for t in (Place, StreetEdge, Source)] == [0, 0, 0]


def test_streets_come_back_as_they_went_in(engine, district):
    nodes, edges = streets()
    with writing(engine) as session:
        replace_streets(session, district, nodes, edges, FACTS)
    with reading(engine) as session:
        got_nodes, got_edges, shores = read_streets(session, district)
    assert got_nodes.sort_values("node_id").to_dict("list") == nodes.to_dict("list")
    assert got_edges["name"].tolist() == ["文教路"]
    assert shapely.equals_exact(got_edges["geometry"].iloc[0], edges.geometry.iloc[0])
    assert shores == []


def test_loading_twice_leaves_the_same_rows(engine, district):
    points = gpd.GeoDataFrame({"weight": [3.0]}, geometry=[shapely.Point(0.5, 0.5)], crs="EPSG:4326")
    for _ in range(2):
        with writing(engine) as session:
            replace_regions(
                session,
                district,
                gpd.GeoDataFrame({"code": ["1"], "name": ["甲镇"]}, geometry=[SQUARE], crs="EPSG:4326"),
                FACTS,
            )
            replace_demand(session, district, points, FACTS)
            replace_places(session, district, [place()], FACTS)
    with reading(engine) as session:
        assert read_demand(session, district)["region_code"].tolist() == ["1"]
        assert session.scalars(select(Place.region_code)).all() == ["1"]
        assert session.scalar(select(func.count()).select_from(PlaceFunction)) == 1
        assert sorted(session.scalars(select(Source.layer))) == ["demand:residents", "places", "regions"]


def test_replacing_streets_takes_time_by_their_number_not_by_its_square(engine, district):
    # A key from edges to nodes would have each removed node look through all edges: 16,000 then take a minute.
    n = 16_000
    lon = 0.1 + np.arange(n) * 1e-5
    nodes = pd.DataFrame({"node_id": np.arange(n), "lon": lon, "lat": 0.1, "tags": None})
    lines = shapely.linestrings(np.stack([np.stack([lon[:-1], lon[1:]], axis=1), np.full((n - 1, 2), 0.1)], axis=2))
    edges = gpd.GeoDataFrame(
        {"edge_id": np.arange(1, n), "way_id": 9, "u": np.arange(n - 1), "v": np.arange(1, n), "length_m": 1.1}
        | {"name": None, "tags": [{"highway": "residential"}] * (n - 1)},
        geometry=lines,
        crs="EPSG:4326",
    )
    seconds = []
    for _ in range(2):
        begin = time.monotonic()
        with writing(engine) as session:
            replace_streets(session, district, nodes, edges, FACTS)
        seconds.append(time.monotonic() - begin)
    assert seconds[1] < 5.0 * seconds[0] + 2.0


def test_real_data_retires_the_sample_but_not_the_schematic_towns(engine):
    with writing(engine) as session:
        save_district(session, "S", name="S", name_en="S", status="sample", note="示意数据", outline=SQUARE)
        sample = SourceFacts(file_name="sample", rows_read=1, rows_stored=1, is_sample=True)
        replace_places(session, "S", [place()], sample)
        replace_streets(session, "S", *streets(), sample)
        towns = SourceFacts(file_name="towns", rows_read=1, rows_stored=1, is_schematic=True)
        replace_regions(
            session, "S", gpd.GeoDataFrame({"code": ["1"], "name": ["甲"]}, geometry=[SQUARE], crs="EPSG:4326"), towns
        )
        assert retire_sample(session, "S") is True
        assert retire_sample(session, "S") is False
    with reading(engine) as session:
        assert session.get(District, "S").status == "real"
        assert session.scalar(select(func.count()).select_from(Place)) == 0
        assert session.scalar(select(func.count()).select_from(StreetEdge)) == 0
        assert session.scalar(select(func.count()).select_from(Region)) == 1
        assert session.scalars(select(Source.layer)).all() == ["regions"]


def test_a_command_means_the_only_real_district_else_the_sample(engine):
    with writing(engine) as session:
        with pytest.raises(NotFoundError, match="no district is loaded"):
            resolve_district(session, None)
        save_district(session, "S", name="S", name_en="S", status="sample")
        save_district(session, "H", name="H", name_en="H", status="demo")
        assert resolve_district(session, None).code == "S"
        save_district(session, "R", name="R", name_en="R")
        assert resolve_district(session, None).code == "R"
        assert resolve_district(session, "H").code == "H"
        save_district(session, "Q", name="Q", name_en="Q")
        with pytest.raises(NotFoundError, match="Q, R"):
            resolve_district(session, None)
        with pytest.raises(NotFoundError, match="district X is not loaded"):
            resolve_district(session, "X")


def test_a_load_that_fails_half_way_changes_nothing(engine, district):
    with writing(engine) as session:
        replace_places(session, district, [place()], FACTS)
    before = versions(engine)
    with pytest.raises(KeyError), writing(engine) as session:
        replace_places(session, district, [place("P2"), {"code": "broken"}], FACTS)
    with reading(engine) as session:
        assert session.scalars(select(Place.code)).all() == ["P1"]
        assert session.scalar(select(func.count()).select_from(Source)) == 1
    assert versions(engine) == before


def test_a_long_register_is_stored_in_bulk(engine, district):
    # More codes than a statement takes parameters (65,535), and two functions in one place.
    count = 66_000
    rest = {"kind": "rest_station", "tier": None, "hours": "Mo-Fr 08:00-17:00", "services": ["toilet", "wifi"]}
    places = [
        place(f"P{i}", lon=(i % 256) / 257, lat=(i // 256) / 259, functions=[rest], address="a\tb\\N")
        for i in range(count)
    ]
    places[7]["functions"] = [rest, {"kind": "nursing_room"}]
    started = time.process_time()
    with writing(engine) as session:
        replace_places(session, district, places, SourceFacts("register.csv", count, count))
    assert time.process_time() - started < 10
    # Counted once a statement, not once a row: places, functions, and the towns that the places lie in.
    assert versions(engine)["places"] <= 4
    with reading(engine) as session:
        assert session.scalar(select(func.count()).select_from(Place)) == count
        assert session.scalar(select(func.count()).select_from(PlaceFunction)) == count + 1
        stored = session.scalars(select(Place).where(Place.code == "P7")).one()
        assert (stored.status, stored.address, stored.note) == ("active", "a\tb\\N", None)
        assert [(each.kind, each.services) for each in stored.functions] == [
            ("nursing_room", []),
            ("rest_station", ["toilet", "wifi"]),
        ]


def test_loading_stations_leaves_landmarks_and_replaces_stations(engine, district):
    landmark = place("L1", functions=[{"kind": "landmark"}])
    with writing(engine) as session:
        replace_places(session, district, [place("P1"), landmark], SourceFacts("first", 2, 2))
        replace_places(session, district, [place("P2")], SourceFacts("second", 1, 1))
        assert sorted(session.scalars(select(Place.code))) == ["L1", "P2"]
        assert sorted(session.scalars(select(Source.file_name))) == ["first", "second"]
        replace_places(session, district, [place("P3")], SourceFacts("third", 1, 1), keep=True)
        assert sorted(session.scalars(select(Place.code))) == ["L1", "P2", "P3"]
        replace_places(session, district, [landmark], SourceFacts("fourth", 1, 1))
        assert sorted(session.scalars(select(Source.file_name))) == ["fourth", "second", "third"]


def test_sources_of_a_layer_are_replaced_or_kept(engine, district):
    with writing(engine) as session:
        record_source(session, district, "places", FACTS)
        record_source(session, district, "places", FACTS, keep=True)
        assert session.scalar(select(func.count()).select_from(Source)) == 2
        record_source(session, district, "places", FACTS)
        assert session.scalar(select(func.count()).select_from(Source)) == 1
