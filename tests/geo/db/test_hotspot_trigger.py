"""Hotspots become demand in the same transaction, whoever draws them."""

import geopandas as gpd
import shapely
from sqlalchemy import text

from geo.db.layers import SourceFacts, layer_versions, read_demand, replace_demand
from geo.db.session import reading, writing
from tests.loaders.districts import square_district

AREA = "POLYGON((119.9 30, 119.91 30, 119.91 30.01, 119.9 30.01, 119.9 30))"
DRAW = text(
    "INSERT INTO hotspot (id, district_code, name, weight, created_by, changed_by, geom) "
    "VALUES (:id, '330111', 'x', :weight, 'a', 'a', ST_GeomFromText(:geom, 4326))"
)


def draw(engine, *, id, geom, weight=60.0):
    with engine.begin() as psql:
        psql.execute(DRAW, {"id": id, "geom": geom, "weight": weight})


def demand(engine):
    with reading(engine) as session:
        return read_demand(session, "330111"), layer_versions(session, "330111").get("demand", 0)


def test_an_area_is_shared_out_evenly_inside_itself_and_its_sum_is_kept(engine):
    square_district(engine)
    draw(engine, id=1, geom=AREA, weight=60.0)
    points, _ = demand(engine)
    # 964 m by 1,109 m in squares of 100 m
    assert 90 <= len(points) <= 130
    assert abs(points["weight"].sum() - 60.0) < 1e-9
    assert points["weight"].max() - points["weight"].min() < 1e-12
    assert shapely.intersects_xy(shapely.from_wkt(AREA), points["lon"], points["lat"]).all()
    assert set(points["region_code"]) == {"330111001"}
    assert points["is_hotspot"].all()
    assert set(points["layer"]) == {"riders"}


def test_a_point_and_a_sliver_stay_one_point(engine):
    square_district(engine)
    draw(engine, id=1, geom="POINT(119.5 30)")
    draw(engine, id=2, geom="POLYGON((119.5 30, 119.5001 30, 119.5001 30.0001, 119.5 30))")
    points, _ = demand(engine)
    assert points["weight"].tolist() == [60.0, 60.0]


def test_a_deleted_hotspot_leaves_what_was_there_and_a_note_moves_nobody(engine):
    square_district(engine)
    home = gpd.GeoDataFrame({"weight": [5.0]}, geometry=shapely.points([[119.5, 30.0]]), crs=4326)
    with writing(engine) as session:
        replace_demand(session, "330111", home, SourceFacts("homes", 1, 1))
    before, _ = demand(engine)
    draw(engine, id=1, geom=AREA)
    _, drawn = demand(engine)
    with engine.begin() as psql:
        psql.execute(text("UPDATE hotspot SET note = 'lunch'"))
    assert demand(engine)[1] == drawn
    with engine.begin() as psql:
        psql.execute(text("UPDATE hotspot SET weight = 10"))
    changed, version = demand(engine)
    assert abs(changed["weight"].sum() - 15.0) < 1e-9
    assert version > drawn
    with engine.begin() as psql:
        psql.execute(text("DELETE FROM hotspot"))
    after, _ = demand(engine)
    assert after.equals(before)


def test_loading_a_layer_anew_leaves_what_was_drawn_for_it(engine):
    square_district(engine)
    draw(engine, id=1, geom="POINT(119.5 30)")
    riders = gpd.GeoDataFrame({"weight": [5.0]}, geometry=shapely.points([[119.6, 30.0]]), crs=4326)
    for _ in range(2):
        with writing(engine) as session:
            replace_demand(session, "330111", riders, SourceFacts("riders", 1, 1), layer="riders")
    assert sorted(demand(engine)[0]["weight"]) == [5.0, 60.0]
