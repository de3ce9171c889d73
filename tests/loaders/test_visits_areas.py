"""Visits and key areas from files: every row stored or rejected with its reason, twice the same."""

import json
from datetime import date

import pytest

from geo.db.layers import SourceFacts, replace_places
from geo.db.session import reading, writing
from geo.db.visits import list_visits
from geo.errors import InputError
from loaders.isolated.run import parse_here
from loaders.storing.areas import load_areas
from loaders.storing.visits import load_visits
from tests.loaders.districts import rows, square_district

D = "330111"
TODAY = date(2026, 6, 15)


def stations(engine, *names):
    functions = [{"kind": "rest_station", "tier": None, "hours": None, "hours_posted": None, "services": []}]
    places = [
        {"code": f"S{i}", "name": name, "lon": 119.9, "lat": 30.0 + i / 100, "functions": functions}
        for i, name in enumerate(names, 1)
    ]
    with writing(engine) as session:
        replace_places(session, D, places, SourceFacts("stations", len(places), len(places)))


def visits(engine, path, **more):
    with writing(engine) as session:
        return load_visits(session, path, district=D, today=TODAY, **more, parse=parse_here)


def test_every_row_is_stored_or_rejected_and_nothing_is_made_up(engine, tmp_path):
    square_district(engine)
    stations(engine, "东站", "西站", "同名", "同名")
    path = tmp_path / "visits.csv"
    text = (
        '站点编号,站点名称,月份,到访量\nS1,,2026-05,"1,204"\n,西 站,2026年4月,0\n,东站,202604,31人次\n,同名,2026-05,5\n'
        ",无站,2026-05,5\nS1,,2026-05,7\nS1,,五月,7\nS1,,2026-07,7\nS1,,2026-03,-1\nS1,,2026-03,1.5\nS1,,2026-03,\n"
    )
    path.write_bytes(text.encode("gb18030"))
    report = visits(engine, path)
    assert (report.read, report.stored) == (11, 3)
    assert {r.row: str(r) for r in report.rejected} == {
        5: "同名: several stations have this name; give the code",
        6: "no station has the code or name 无站",
        7: "东站, 2026-05 is already in row 2",
        8: "五月 is not a month; write it as 2026-05",
        9: "2026-07 has not come yet",
        10: "-1 is not a number of visits in a month",
        11: "1.5 is not a number of visits in a month",
        12: "- is not a number of visits in a month",
    }
    stored = "SELECT place_code, month::text, visits FROM visit ORDER BY 1, 2"
    expected = [("S1", "2026-04-01", 31), ("S1", "2026-05-01", 1204), ("S2", "2026-04-01", 0)]
    assert rows(engine, stored) == expected
    visits(engine, path)
    assert rows(engine, stored) == expected
    assert rows(engine, "SELECT file_name, rows_rejected FROM source WHERE layer = 'visits'") == [("visits.csv", 8)]
    stations(engine, "东站")
    assert rows(engine, stored) == expected, "a register loaded anew loses no visits"
    with reading(engine) as session:
        assert [(v.month, v.visits) for v in list_visits(session, D, "S1")] == [
            (date(2026, 5, 1), 1204),
            (date(2026, 4, 1), 31),
        ]
        assert list_visits(session, D, "S3") == []


def test_a_later_file_adds_months_and_corrects_those_it_names(engine, tmp_path):
    square_district(engine)
    stations(engine, "东站")
    for name, text in (
        ("a.csv", "code,month,visits\nS1,2026-01,1\nS1,2026-02,2\n"),
        ("b.csv", "code,month,visits\nS1,2026-02,20\n"),
    ):
        (tmp_path / name).write_text(text, encoding="utf-8")
        visits(engine, tmp_path / name)
    assert rows(engine, "SELECT visits FROM visit ORDER BY month") == [1, 20]
    visits(engine, tmp_path / "a.csv", is_dry_run=True)
    assert rows(engine, "SELECT visits FROM visit ORDER BY month") == [1, 20]
    (tmp_path / "c.csv").write_text("code,month\nS1,2026-02\n", encoding="utf-8")
    with pytest.raises(InputError, match="no column for visits; there are: code, month"):
        visits(engine, tmp_path / "c.csv")


def test_key_areas_from_a_file(engine, tmp_path):
    square_district(engine)

    def feature(west, **properties):
        ring = [[west, 30], [west + 0.01, 30], [west + 0.01, 30.01], [west, 30.01], [west, 30]]
        return {"type": "Feature", "properties": properties, "geometry": {"type": "Polygon", "coordinates": [ring]}}

    line = feature(119.5, 代码="l", 名称="线")
    line["geometry"] = {"type": "LineString", "coordinates": [[119.5, 30], [119.6, 30]]}
    features = [
        feature(119.5, 代码="cbd", 名称="老 城区", 备注="会议纪要"),
        feature(119.6, 代码="cbd", 名称="重复"),
        feature(119.7, 代码="330111001", 名称="撞码"),
        feature(24.0, 代码="far", 名称="远方"),
        line,
        feature(119.395, 代码="rim", 名称="跨界"),
        feature(119.8, 代码="a b", 名称="坏码"),
    ]
    path = tmp_path / "areas.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    for _ in range(2):
        with writing(engine) as session:
            report = load_areas(session, path, district=D, parse=parse_here)
    assert (report.read, report.stored) == (7, 2)
    assert {r.row: str(r) for r in report.rejected} == {
        2: "重复: the code cbd is already in row 1",
        3: "撞码: 330111001 is the code of a town",
        4: "outside the district",
        5: "线 has no area",
        7: "坏码: the code a b may hold only letters, digits, - _ .",
    }
    assert rows(engine, "SELECT code, name, note FROM key_area ORDER BY code") == [
        ("cbd", "老城区", "会议纪要"),
        ("rim", "跨界", None),
    ]
