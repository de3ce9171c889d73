"""Riders' demand by proxy: real places weighted as the configuration says, and never called riders."""

import osmium
import pytest
import shapely
from sqlalchemy.orm import Session

from geo.db.districts import require_outline
from geo.db.session import writing
from geo.errors import InputError
from loaders.isolated.run import parse_here
from loaders.proxy import ProxyContext, ProxyKind, ProxyWeights, parse_proxy, proxy_weights
from loaders.sample.helsinki import HELSINKI
from loaders.storing.proxy_demand import load_proxy
from tests.extracts import HELSINKI as EXTRACT
from tests.loaders.districts import rows, square_district


def test_the_sum_is_that_of_counting_nodes_and_areas_by_hand(helsinki):
    engine, _ = helsinki
    weights = proxy_weights()
    with engine.connect() as connection, Session(connection) as session:
        outline = require_outline(session, HELSINKI)
        report = load_proxy(session, EXTRACT, district=HELSINKI, parse=parse_here)
        total = session.connection().exec_driver_sql("SELECT sum(weight) FROM demand_point WHERE layer = 'riders'")
        stored = total.scalar_one()
        source = (
            session.connection()
            .exec_driver_sql("SELECT unit, is_proxy, licence, note FROM source WHERE layer = 'demand:riders'")
            .one()
        )
        people = session.connection().exec_driver_sql("SELECT count(*) FROM demand_point WHERE layer = 'residents'")
        assert people.scalar_one() > 0, "the residents stay"
        session.rollback()
    # Nodes by an independent pass; areas only bound the sum from above.
    nodes = 0.0
    for item in osmium.FileProcessor(str(EXTRACT), osmium.osm.NODE):
        found = [weights.by_tag[f"{t.k}={t.v}"] for t in item.tags if f"{t.k}={t.v}" in weights.by_tag]
        if found and shapely.intersects_xy(outline, item.location.lon, item.location.lat):
            nodes += max(found)
    assert nodes <= stored < 2 * nodes
    assert report.stored > 100
    assert source[:3] == ("weighted", True, "ODbL 1.0")
    assert "amenity=restaurant 1; amenity=fast_food 2" in source[3]
    assert any("not a number of riders" in str(note) for note in report.notes)


AROUND = shapely.box(24, 60, 26, 61)


def test_another_weight_gives_another_sum():
    one = ProxyWeights("a", (ProxyKind(("amenity=cafe",), 1.0, "", ""),))
    three = ProxyWeights("b", (ProxyKind(("amenity=cafe",), 3.0, "", ""),))
    single, triple = (
        parse_proxy(EXTRACT, ProxyContext(outline=AROUND, weights=weights)).inside for weights in (one, three)
    )
    assert single["weight"].sum() > 0
    assert triple["weight"].sum() == 3 * single["weight"].sum()


def test_every_weight_has_its_reason_in_both_languages():
    for kind in proxy_weights().kinds:
        assert kind.weight > 0
        assert kind.why
        assert kind.why_zh
        assert all("=" in tag for tag in kind.tags)


def test_no_restaurant_stands_in_for_residents(engine):
    square_district(engine)
    with writing(engine) as session, pytest.raises(InputError, match="do not stand in for residents"):
        load_proxy(session, EXTRACT, district="330111", layer="residents", parse=parse_here)
    with writing(engine) as session, pytest.raises(InputError, match="lies within the district"):
        load_proxy(session, EXTRACT, district="330111", parse=parse_here)
    assert rows(engine, "SELECT count(*) FROM demand_point") == [0]
