"""Candidate sites: every row is stored or rejected with a reason, and riders' tables stay as they are."""

from dataclasses import replace
from datetime import date

import pytest
import shapely
from sqlalchemy import select

from geo.db.candidates import read_candidates
from geo.db.districts import save_district
from geo.db.session import reading, writing
from geo.db.tables import DataVersion, Place
from geo.errors import InputError
from loaders.candidates import parse_candidates
from loaders.named_points import NamedPointsContext
from loaders.osm_places import parse_osm_places
from loaders.storing.candidates import load_candidates

OUTLINE = shapely.box(119.9, 29.9, 120.1, 30.1)
DIRTY = """编号,候选点名称,经度,纬度,状态,费用,备注
a,东站,120.01,30.01,,50000,临街
b,西站,120.02,30.02,必选,"12,000",
c,北站,120.03,30.03,排除,,
,南站,120.04,30.04,,,
a,又一个,120.05,30.05,,,
e,,120.05,30.05,,,
f,远处,121.5,30.05,,,
g,坏状态,120.05,30.05,也许,,
h,坏费用,120.05,30.05,,-3,
i/j,坏编号,120.05,30.05,,,
"""


def write(folder, text=DIRTY):
    path = folder / "candidates.csv"
    path.write_text(text, "utf-8")
    return path


def test_each_rule_has_one_row_that_it_rejects(tmp_path):
    parsed = parse_candidates(write(tmp_path), NamedPointsContext(outline=OUTLINE))
    assert [(each.code, each.status, each.cost) for each in parsed.candidates[:3]] == [
        ("a", "candidate", 50000.0),
        ("b", "mandatory", 12000.0),
        ("c", "forbidden", None),
    ]
    assert parsed.candidates[3].code.startswith("c-")
    assert [rejection.row for rejection in parsed.rejected] == [6, 7, 8, 9, 10, 11]
    assert parsed.n_read == len(parsed.candidates) + len(parsed.rejected)


def test_a_load_replaces_the_candidates_and_touches_no_place(engine, tmp_path):
    with writing(engine) as session:
        save_district(session, "990001", name="试验区", name_en="Test", outline=OUTLINE)
    for _ in range(2):
        with writing(engine) as session:
            report = load_candidates(session, write(tmp_path), district="990001")
    assert (report.read, report.stored, len(report.rejected)) == (10, 4, 6)
    with reading(engine) as session:
        assert [each.code for each in read_candidates(session, "990001")][:3] == ["a", "b", "c"]
        assert session.scalars(select(Place)).all() == []
        layers = set(session.scalars(select(DataVersion.layer).where(DataVersion.district_code == "990001")))
        assert "candidates" in layers
        assert "places" not in layers


JUDGED = """名称,经度,纬度,地址,依托单位,临街,一层,电动车停放,面积,开放时间,共建意愿,意愿日期
甲,120.01,30.01,文教路1号,示例单位,是,否,,30,Mo-Su 08:00-20:00,有意向,2026/11/03
乙,120.02,30.02,,,,,,,,,
丙,120.03,30.03,,,也许,,,,,,
丁,120.04,30.04,,,,,,0,,,
戊,120.05,30.05,,,,,,,,考虑中,
己,120.06,30.06,,,,,,,,同意,上周
"""


def test_what_planners_judge_a_site_by_is_read_and_what_is_empty_is_not_known(engine, tmp_path):
    parsed = parse_candidates(write(tmp_path, JUDGED), NamedPointsContext(outline=OUTLINE))
    first, second = parsed.candidates
    assert (first.is_on_street, first.is_ground_floor, first.has_ebike_parking, first.area_m2) == (
        True,
        False,
        None,
        30,
    )
    assert (first.willingness, first.willing_on, first.host) == ("interested", date(2026, 11, 3), "示例单位")
    assert (second.is_on_street, second.area_m2, second.willingness, second.hours) == (None, None, "unasked", None)
    assert [rejection.row for rejection in parsed.rejected] == [4, 5, 6, 7]
    with writing(engine) as session:
        save_district(session, "990001", name="试验区", name_en="Test", outline=OUTLINE)
        load_candidates(session, write(tmp_path, JUDGED), district="990001")
    with reading(engine) as session:
        stored = {each.name: each for each in read_candidates(session, "990001")}
    assert replace(stored["甲"], version=0) == first


EXTRACT = """<osm version="0.6"><bounds minlon="119" minlat="29" maxlon="121" maxlat="31"/>
<node id="1" version="1" lon="120.01" lat="30.01"><tag k="amenity" v="library"/><tag k="name" v="图书馆"/>
<tag k="opening_hours" v="Mo-Su 09:00-17:00"/></node>
<node id="2" version="1" lon="120.02" lat="30.02"><tag k="shop" v="convenience"/></node>
<node id="3" version="1" lon="10.0" lat="50.0"><tag k="amenity" v="bank"/></node>
</osm>"""


def test_places_of_an_extract_are_added_beside_the_candidates_and_nobody_has_asked_them(engine, tmp_path):
    def parse(name, path, context, progress):
        assert name == "osm_places"
        return parse_osm_places(path, context, progress)

    path = tmp_path / "town.osm"
    path.write_text(EXTRACT, "utf-8")
    with writing(engine) as session:
        save_district(session, "990001", name="试验区", name_en="Test", outline=OUTLINE)
        load_candidates(session, write(tmp_path, JUDGED), district="990001")
        report = load_candidates(session, path, district="990001", parse=parse)
        again = load_candidates(session, path, district="990001", presets=["convenience"], parse=parse)
    assert (report.stored, again.stored, len(report.rejected)) == (1, 1, 1)
    with reading(engine) as session:
        stored = {each.code: each for each in read_candidates(session, "990001")}
    assert len(stored) == 2 + 2
    library = stored["osm-n1"]
    assert (library.name, library.hours, library.willingness) == ("图书馆", "Mo-Su 09:00-17:00", "unasked")
    assert (library.cost, library.note) == (None, "OpenStreetMap")
    assert "osm-n2" in stored
    with writing(engine) as session, pytest.raises(InputError):
        load_candidates(session, path, district="990001", presets=["castle"], parse=parse)
