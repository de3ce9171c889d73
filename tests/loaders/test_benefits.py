"""The three benefits that are known: stored once with their source, the staff's from then on, and no fourth."""

import json

from sqlalchemy import text

from geo.db.districts import save_district
from geo.db.layers import retire_sample
from geo.db.offers import list_activities, list_benefits, remove_benefit
from geo.db.session import reading, writing
from loaders.isolated.run import parse_here
from loaders.sample.store import SAMPLE, load_sample
from loaders.storing.benefits import store_known_benefits
from loaders.storing.boundaries import load_boundaries
from tests.loaders.districts import rows

KNOWN = ["医疗互助安心人", "免费体检疗休养暖心享", "全域爱心驿站休憩充电"]
SAID_BY = "名称见区总工会 2024 年报告"


def titles(engine, district=SAMPLE):
    with reading(engine) as session:
        return [each.title for each in list_benefits(session, district)]


def test_only_what_is_known_is_stored_and_says_where_it_is_from(engine):
    with writing(engine) as session:
        save_district(session, SAMPLE, name="富阳区", name_en="Fuyang")
        save_district(session, "990001", name="谷区", name_en="Valley")
        assert store_known_benefits(session, SAMPLE) == 3
        assert store_known_benefits(session, "990001") == 0
        found = list_benefits(session, SAMPLE)
    assert [each.title for each in found] == KNOWN
    assert {each.source for each in found} == {SAID_BY}
    assert {(each.text, each.link, each.valid_until) for each in found} == {(None, None, None)}, "nothing is made up"
    assert rows(engine, "SELECT file_name, rows_stored, is_sample FROM source") == [("benefits.csv", 3, False)]
    assert titles(engine, "990001") == []


def test_what_staff_removed_does_not_come_back(engine):
    with writing(engine) as session:
        save_district(session, SAMPLE, name="富阳区", name_en="Fuyang")
        store_known_benefits(session, SAMPLE)
        for each in list_benefits(session, SAMPLE)[:2]:
            remove_benefit(session, SAMPLE, each.id, version=each.version)
    with writing(engine) as session:
        assert store_known_benefits(session, SAMPLE) == 0
    assert titles(engine) == KNOWN[2:]


def test_the_first_boundaries_of_the_district_bring_them_and_later_ones_do_not(engine, tmp_path):
    square = [[119.8, 29.9], [120.0, 29.9], [120.0, 30.1], [119.8, 30.1], [119.8, 29.9]]
    town = {"type": "Feature", "properties": {"code": "330111001", "name": "富春街道"}}
    town["geometry"] = {"type": "Polygon", "coordinates": [square]}
    path = tmp_path / "towns.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [town]}))
    with writing(engine) as session:
        load_boundaries(session, path, district=SAMPLE, name="富阳区", parse=parse_here)
    assert titles(engine) == KNOWN
    with engine.begin() as psql:
        psql.execute(text("DELETE FROM benefit"))
    with writing(engine) as session:
        load_boundaries(session, path, district=SAMPLE, name="富阳区", parse=parse_here)
    assert titles(engine) == []


def test_they_stay_when_the_sample_gives_way_and_its_activities_go(engine):
    with writing(engine) as session:
        list(load_sample(session))
    with writing(engine) as session:
        made = list_activities(session, SAMPLE)
        assert made
        assert all(each.is_sample and "示意" in each.title for each in made)
        retire_sample(session, SAMPLE)
        assert list_activities(session, SAMPLE) == []
    assert titles(engine) == KNOWN
