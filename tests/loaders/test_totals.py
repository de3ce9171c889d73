"""Totals of towns: kinds kept apart, rows matched to towns, each town's sum exact, the difference shown."""

import csv
import datetime
from pathlib import Path

import openpyxl
import pytest
import shapely

from geo.db.session import reading, writing
from geo.db.totals import compare_totals
from geo.errors import InputError
from loaders.isolated.run import parse_here
from loaders.population import PopulationOptions
from loaders.sample.store import load_sample
from loaders.storing.population import load_population
from loaders.totals import TotalsContext, parse_totals
from tests.loaders.districts import rows, square_district
from tests.loaders.stored_street import store_street

TOWNS = {"330111115": "新登镇", "330111001": "富春街道"}
FUYANG_TOWNS = Path(__file__).parents[2] / "data" / "sample" / "fuyang_towns.csv"


def table(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def load(engine, path, **more):
    with writing(engine) as session:
        return load_population(session, path, district="330111", **more, parse=parse_here)


def parse(path, **more):
    return parse_totals(path, TotalsContext(towns=TOWNS, district="330111", district_name="富阳区", **more))


def test_each_town_keeps_its_exact_sum_and_its_own_points(engine, tmp_path):
    square_district(engine)
    store_street(engine, shapely.LineString([(119.75, 30.0), (119.85, 30.0)]))
    path = table(
        tmp_path / "census.csv", '乡镇,人口,日期,口径\n新登镇,"27,163",2020-11-01,七普\n富春街道,1001,2020-11-01,七普\n'
    )
    report = load(engine, path)
    assert (report.read, report.stored, list(report.rejected)) == (2, 2, [])
    found = rows(engine, "SELECT region_code, sum(weight), bool_and(weight = round(weight)), "
                         "bool_and(ST_Intersects(geom, (SELECT geom FROM region WHERE code = region_code))) "
                         "FROM demand_point GROUP BY 1 ORDER BY 1")  # fmt: skip
    assert found == [("330111001", 1001.0, True, True), ("330111115", 27163.0, True, True)]
    before = rows(engine, "SELECT region_code, weight, ST_AsText(geom) FROM demand_point ORDER BY 1, 3")
    load(engine, path)
    assert rows(engine, "SELECT region_code, weight, ST_AsText(geom) FROM demand_point ORDER BY 1, 3") == before
    assert rows(engine, "SELECT count(*) FROM town_total") == [2]
    assert rows(engine, "SELECT count(*) FROM source WHERE layer = 'totals'") == [1]


def test_kinds_are_not_mixed_unless_one_is_chosen(engine, tmp_path):
    square_district(engine)
    path = table(tmp_path / "towns.csv", "name,population,pop_kind\n新登镇,100,常住(七普)\n富春街道,200,户籍(约)\n")
    with pytest.raises(InputError, match=r"not comparable \(census, registration\); choose one with --kind"):
        load(engine, path)
    assert rows(engine, "SELECT count(*) FROM town_total") == [0], "nothing was changed"
    report = load(engine, path, kind="registration")
    assert rows(engine, "SELECT region_code, sum(weight) FROM demand_point GROUP BY 1") == [("330111001", 200.0)]
    assert "no total of 新登镇: nobody is counted there" in [str(note) for note in report.notes]
    assert len(rows(engine, "SELECT 1 FROM town_total")) == 2, "both stand beside the demand"
    with pytest.raises(InputError, match="holds no totals of the kind resident"):
        load(engine, path, kind="resident")


def test_compared_totals_change_no_demand_and_show_the_difference(engine, tmp_path):
    square_district(engine)
    load(engine, table(tmp_path / "a.csv", "name,population,kind\n新登镇,900,census\n富春街道,300,census\n"))
    before = rows(engine, "SELECT id FROM demand_point ORDER BY 1")
    path = table(tmp_path / "b.csv", "code,name,户籍人口,年份\n330111115,新登镇,1000,2019\n330111,富阳区,5000,2019\n")
    report = load(engine, path, is_compared_only=True)
    assert report.layer == "totals"
    assert rows(engine, "SELECT id FROM demand_point ORDER BY 1") == before
    with reading(engine) as session:
        district, fuchun, xindeng = compare_totals(session, "330111")
    assert [(t.total.kind, t.total.people, t.difference) for t in xindeng.totals] == [
        ("census", 900.0, 0.0),
        ("registration", 1000.0, -100.0),
    ]
    assert xindeng.totals[1].share == -0.1
    assert (xindeng.totals[1].total.counted_on, xindeng.totals[1].file_name) == ("2019", "b.csv")
    assert (district.layer_sum, district.totals[0].difference) == (1200.0, -3800.0)
    assert fuchun.layer_sum == 300.0


def test_dirty_rows_are_rejected_for_their_own_reasons(tmp_path):
    text = (
        "各镇街人口,,,,\n代码,名称,人口,口径,年份\n330111115000,新登镇,100,七普,2020\n330111102,新登镇,90,五普,2000\n"
        "330111115,富春街道,5,七普,2020\n,未知镇,5,七普,2020\n330111001,,约300,七普,2020\n330111001,,,七普,2020\n"
        "330111001,,10.5,七普,2020\n330111001,,-4,七普,2020\n,新登 镇,101,七普,2020\n330111001,富春街道,7,,\n"
    )
    parsed = parse(table(tmp_path / "towns.csv", text, "gb18030"))
    assert {r.row: str(r) for r in parsed.rejected} == {
        5: "code 330111115 is 新登镇, but the row says 富春街道; a code of before a reorganisation?",
        6: "no town of the district has the code or name 未知镇",
        7: "约300 is not a whole number of people",
        8: "holds no number of people",
        9: "10.5 is not a whole number of people",
        10: "-4 is not a whole number of people",
        11: "新登镇 is already in row 3 with the same kind and date",
    }
    assert [(t.code, t.kind, t.people, t.counted_on) for t in parsed.totals] == [
        ("330111115", "census", 100.0, "2020"),
        ("330111115", "census", 90.0, "2000"),
        ("330111001", "other", 7.0, ""),
    ]
    assert parsed.n_read == len(parsed.totals) + len(parsed.rejected)


def test_what_is_known_of_fuyang_is_read_as_it_is(tmp_path):
    """The numbers known of its towns are of different kinds and dates: they are kept apart, and none is spread."""
    with FUYANG_TOWNS.open(encoding="utf-8") as file:
        known = list(csv.DictReader(file))
    parsed = parse_totals(
        FUYANG_TOWNS,
        TotalsContext(towns={t["code"]: t["name"] for t in known}, district="330111", district_name="富阳区"),
    )
    found = {(t.code, t.kind, t.people, t.counted_on) for t in parsed.totals}
    assert ("330111110", "census", 27163.0, "2020-11-01") in found, "场口镇"
    assert ("330111100", "registration", 25000.0, "undated") in found
    assert ("330111117", "resident", 38086.0, "2017") in found
    assert ("330111109", "other", 16942.0, "1998") in found
    assert len(parsed.totals) == sum(bool(t["population"]) for t in known)
    assert {str(r) for r in parsed.rejected} == {"holds no number of people"}


def test_a_workbook_with_dates_and_a_column_that_names_its_kind(engine, tmp_path):
    square_district(engine)
    book = openpyxl.Workbook()
    for row in (["2020 年"], ["镇街", "常住人口", "时点"], ["新登镇", 1500, datetime.datetime(2020, 11, 1)]):
        book.active.append(row)
    book.save(tmp_path / "towns.xlsx")
    load(engine, tmp_path / "towns.xlsx")
    assert rows(engine, "SELECT kind, kind_text, counted_on, people FROM town_total") == [
        ("resident", "常住人口", "2020-11-01", 1500.0)
    ]


def test_a_table_without_the_needed_columns_names_those_it_has(tmp_path):
    with pytest.raises(InputError, match="no column for people; there are: 镇街, 面积"):
        parse(table(tmp_path / "towns.csv", "镇街,面积\n新登镇,3\n"))


def test_totals_can_be_asked_for_by_column_and_told_what_they_count(engine, tmp_path):
    square_district(engine)
    path = table(tmp_path / "towns.csv", "name,2019,2020\n新登镇,5,6\n")
    load(engine, path, kind="census", options=PopulationOptions(column="2020", date="2020"))
    assert rows(engine, "SELECT kind, people, counted_on FROM town_total") == [("census", 6.0, "2020")]


def test_the_sample_stands_beside_what_is_known_of_its_towns(engine):
    with writing(engine) as session:
        for _ in load_sample(session):
            pass
    with reading(engine) as session:
        compared = {each.code: each for each in compare_totals(session, "330111")}
    district = compared["330111"]
    assert (district.layer_sum, [t.difference for t in district.totals]) == (832_017.0, [0.0])
    (known,) = compared["330111110"].totals
    assert (known.total.people, known.total.kind, known.difference) == (
        27_163.0,
        "census",
        compared["330111110"].layer_sum - 27_163.0,
    )
    assert rows(engine, "SELECT is_sample FROM source WHERE layer = 'totals'") == [False], "the counts are real"
