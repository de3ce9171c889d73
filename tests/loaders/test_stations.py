"""Registers of stations: what is read from a row, and which rows are refused with which words."""

import csv
from pathlib import Path

import openpyxl
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.crs import distance_m, from_wgs84
from geo.db.tables import SERVICES
from geo.errors import InputError
from loaders.stations import StationsContext, parse_stations
from loaders.synonyms import SERVICE_WORDS
from tests.extracts import SHARED
from tests.loaders.districts import EAST, FUYANG, WEST
from tests.loaders.registers import HEADER, notes, parse, refusal, write

DUCHANG = SHARED / "duchang_union_stations.csv"
GOOD = "江滨驿站,江滨西大道1号,119.955,30.049,饮水、微波炉,周一至周五 8:30-17:00,0571-63330001,启用"


def test_every_service_of_the_store_has_words() -> None:
    assert tuple(code for code, _ in SERVICE_WORDS) == SERVICES


def test_a_row_becomes_a_place(tmp_path: Path) -> None:
    (place,) = parse(tmp_path, HEADER, GOOD).places
    assert (place["name"], place["address"], place["lon"], place["lat"]) == (
        "江滨驿站",
        "江滨西大道1号",
        119.955,
        30.049,
    )
    assert (place["office_phone"], place["status"], place["row"]) == ("0571-63330001", "active", 2)
    assert place["functions"] == [
        {
            "kind": "rest_station",
            "tier": None,
            "hours": "Mo-Fr 08:30-17:00",
            "hours_posted": "周一至周五 8:30-17:00",
            "services": ["drinking_water", "hot_meals"],
        }
    ]


def test_rows_of_one_place_are_merged_where_a_person_says_so(tmp_path: Path) -> None:
    first = "江滨驿站,江滨西大道1号,119.955,30.049,饮水,,,启用"
    second = "江滨爱心站,别处,119.95505,30.049,微波炉、饮水,周一至周五 8:30-17:00,0571-63330001,启用"
    third = "江滨充电站,别处,119.9551,30.049,充电,,,启用"
    path = write(tmp_path, HEADER, first, second, third, GOOD.replace("119.955", "119.965").replace("江滨", "江南"))
    asked = parse_stations(path, StationsContext(outline=FUYANG))
    assert [question.row for question in asked.detail.questions if question.kind == "double"] == [3, 4]
    read = parse_stations(path, StationsContext(outline=FUYANG, merge=("3", "4", "5")))
    assert [place["row"] for place in read.places] == [2, 5], "row 5 has no place near it and stays"
    (place, _) = read.places
    assert (place["name"], place["address"], place["office_phone"]) == ("江滨驿站", "江滨西大道1号", "0571-63330001")
    (function,) = place["functions"]
    assert function["services"] == ["drinking_water", "hot_meals", "phone_charging"]
    assert function["hours"] == "Mo-Fr 08:30-17:00"
    assert [str(each) for each in read.rejected] == [
        "江滨爱心站 was merged into 江滨驿站 of row 2, as you chose",
        "江滨充电站 was merged into 江滨爱心站 of row 3, as you chose",
    ]
    assert read.n_read == len(read.places) + len(read.rejected)
    assert [question for question in read.detail.questions if question.kind == "double"] == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_the_encodings_that_excel_writes_say_the_same(tmp_path: Path, encoding: str) -> None:
    path = write(tmp_path, HEADER, GOOD, encoding=encoding)
    assert parse_stations(path, StationsContext(outline=FUYANG)).places == parse(tmp_path, HEADER, GOOD).places


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"\xff\xff\xff\x00")
    with pytest.raises(InputError, match="neither UTF-8 nor GBK"):
        parse_stations(path, StationsContext(outline=FUYANG))


def test_a_workbook_with_a_title_says_the_same_with_its_own_row_numbers(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["说明"])
    sheet = book.create_sheet("站点")
    sheet.append(["富阳区工会驿站一览表"])
    sheet.append([])
    sheet.append(HEADER.split(","))
    sheet.append(["江滨驿站", "江滨西大道1号", 119.955, 30.049, *GOOD.split(",")[4:]])
    sheet.append([])
    sheet.append(["无坐标驿站"])
    book.save(tmp_path / "stations.xlsx")
    parsed = parse_stations(tmp_path / "stations.xlsx", StationsContext(outline=FUYANG))
    (place,) = parsed.places
    assert place | {"row": 2} == parse(tmp_path, HEADER, GOOD).places[0]
    assert place["row"] == 4
    assert parsed.n_read == 2
    assert [(r.row, str(r)) for r in parsed.rejected] == [(6, "longitude or latitude is missing")]


def test_english_headers_are_read_and_a_semicolon_may_part_them(tmp_path: Path) -> None:
    parsed = parse(tmp_path, "Name;LNG;Latitude;Opening hours", "Riverside;119.955;30.049;24/7")
    assert parsed.places[0]["name"] == "Riverside"
    assert parsed.places[0]["functions"][0]["hours"] == "24/7"


def test_missing_columns_are_named_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no column for lon, lat; there are: 驿站名称, 备注"):
        parse(tmp_path, "驿站名称,备注", "江滨驿站,x")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.xls", b"", "save it as .xlsx"),
        ("a.xlsx", b"not a zip", "not a complete archive or workbook"),
        ("a.csv", b"\n\n", "the table is empty"),
        ("a.pdf", b"", "expected a file ending in"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=words):
        parse_stations(tmp_path / name, StationsContext(outline=FUYANG))


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (
            "矢崎第三工场,,1120.36237,30.289601",
            "longitude 1120.36237 is out of range, perhaps by an extra digit; "
            "this district lies between 119.4 and 120.2",
        ),
        ("少一位,,11.955,30.049", "longitude 11.955 is far from this district, which lies between 119.4 and 120.2"),
        ("反了,,30.049,119.955", "longitude 30.049 and latitude 119.955 look swapped"),
        ("地铁高桥站,,120.531864,30.230562", "lies 40.4 km outside the district"),
        ("没有经度,,,30.049", "longitude or latitude is missing"),
        ("写字了,,约119.9,30.049", "longitude 约119.9 is not a number; write degrees, such as 119.78781"),
        (" ,江滨,119.955,30.049", "has no name"),
    ],
)
def test_a_wrong_position_is_refused_with_value_and_remedy(tmp_path: Path, row: str, words: str) -> None:
    assert words in refusal(tmp_path, row, "名称,地址,经度,纬度")


@pytest.mark.parametrize("text", ["119.955 ", '"119.955 "', "１１９．９５５", "东经119.955°", "E119.955"])
def test_spaces_width_and_degree_signs_do_not_spoil_a_number(tmp_path: Path, text: str) -> None:
    assert parse(tmp_path, "名称,经度,纬度", f"江滨驿站,{text},30.049").places[0]["lon"] == 119.955


def test_both_coordinates_may_stand_in_one_column(tmp_path: Path) -> None:
    parsed = parse(
        tmp_path, "名称,坐标", '江滨驿站,"[119.955, 30.049]"', '矢崎,"[1120.36237,30.289601]"', "没有,富阳区"
    )
    assert [(p["lon"], p["lat"]) for p in parsed.places] == [(119.955, 30.049)]
    assert [rejection.row for rejection in parsed.rejected] == [3, 4]


def test_a_point_just_outside_a_generalised_outline_is_kept(tmp_path: Path) -> None:
    square = shapely.box(119.9, 30.0, 120.0, 30.1)
    parsed = parse(tmp_path, "名称,经度,纬度", "边上,120.004,30.05", "外面,120.006,30.05", outline=square)
    assert [place["name"] for place in parsed.places] == ["边上"]
    assert "lies 0.6 km outside" in str(parsed.rejected[0])


@pytest.mark.parametrize("crs", ["gcj02", "bd09", "cgcs2000", "wgs84"])
def test_coordinates_come_home_from_their_system(tmp_path: Path, crs: str) -> None:
    lon, lat = from_wgs84(119.955, 30.049, crs=crs)
    (place,) = parse(tmp_path, "名称,经度,纬度", f"江滨驿站,{lon},{lat}", crs=crs).places
    assert distance_m(place["lon"], place["lat"], 119.955, 30.049) < 0.001


@pytest.mark.parametrize(("lon_header", "lat_header"), [("gcj_lon", "gcj_lat"), ("经度（高德）", "纬度（高德）")])
def test_headers_that_name_a_system_are_believed_and_said(tmp_path: Path, lon_header: str, lat_header: str) -> None:
    lon, lat = from_wgs84(119.955, 30.049, crs="gcj02")
    parsed = parse(tmp_path, f"名称,{lon_header},{lat_header}", f"江滨驿站,{lon},{lat}")
    assert distance_m(parsed.places[0]["lon"], parsed.places[0]["lat"], 119.955, 30.049) < 0.001
    assert "the coordinates were read as gcj02, as their headers say" in notes(parsed)


def test_of_two_systems_the_wanted_one_is_read(tmp_path: Path) -> None:
    lines = ("名称,bd_lon,bd_lat,wgs84经度,wgs84纬度", "江滨驿站,0,0,119.955,30.049")
    assert parse(tmp_path, *lines).places[0]["lon"] == 119.955
    assert len(parse(tmp_path, *lines, crs="bd09").rejected) == 1


def test_an_unknown_system_or_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="wgs84, gcj02, bd09, cgcs2000"):
        parse(tmp_path, HEADER, GOOD, crs="utm")
    with pytest.raises(InputError, match="station is not a kind of place"):
        parse(tmp_path, HEADER, GOOD, kind="station")


def test_a_repeated_row_and_a_repeated_code_are_refused(tmp_path: Path) -> None:
    parsed = parse(
        tmp_path,
        "序号,编号,名称,经度,纬度",
        "1,A1,南新小学,119.955,30.049",
        "2,A2,南新小学 ,119.955,30.049",
        "3,A1,别的驿站,119.965,30.049",
        "4,A4,南新小学（西门）,119.975,30.049",
    )
    assert [place["code"] for place in parsed.places] == ["A1", "A4"]
    assert [(r.row, str(r)) for r in parsed.rejected] == [
        (3, "南新小学 repeats row 2: the same name at the same place"),
        (4, "别的驿站: the code A1 is already in row 2"),
    ]


def test_brackets_and_width_do_not_make_another_name(tmp_path: Path) -> None:
    parsed = parse(tmp_path, "名称,经度,纬度", "工会驿站（东门）,119.955,30.049", "工会驿站(东门),119.955,30.049")
    assert [rejection.row for rejection in parsed.rejected] == [3]


def test_neighbours_within_40_m_are_kept_and_noted(tmp_path: Path) -> None:
    parsed = parse(
        tmp_path, "名称,经度,纬度", "东洲小学,120.01,30.07", "东洲中心小学,120.01,30.07", "远,120.0106,30.07"
    )
    assert len(parsed.places) == 3
    assert [note for note in notes(parsed) if "same place" in note] == [
        "3: 东洲中心小学 is 0 m from 东洲小学 in row 2; is it the same place?"
    ]


def test_one_name_at_two_far_places_is_noted(tmp_path: Path) -> None:
    parsed = parse(
        tmp_path, "名称,经度,纬度", "新沙温泉度假村,119.952507,30.019945", "新沙温泉度假村,119.97997,30.04491"
    )
    assert len(parsed.places) == 2
    assert "3: 新沙温泉度假村 is also in row 2, 3.8 km away; is one of the two wrong?" in notes(parsed)


def test_a_point_in_another_town_than_its_row_says_is_noted(tmp_path: Path) -> None:
    towns = {"新登镇": WEST, "富春街道": EAST}
    parsed = parse(
        tmp_path,
        "名称,区划/街道,经度,纬度",
        "甲,新 登镇,119.7,30.0",
        "乙,新登镇,119.9,30.0",
        "丙,受降镇,119.92,30.0",
        "丁,新登镇,119.803,30.0",
        outline=shapely.union(WEST, EAST),
        towns=towns,
    )
    assert len(parsed.places) == 4
    assert "3: 乙: the file says 新登镇, but the point lies 9.6 km outside it" in notes(parsed)
    assert "no town of the district has the name 受降镇" in notes(parsed)
    assert not [note for note in notes(parsed) if note.startswith(("2:", "5:"))]


def test_services_come_from_lists_texts_and_columns(tmp_path: Path) -> None:
    parsed = parse(
        tmp_path,
        "名称,经度,纬度,服务设施,服务内容,卫生间,是否有空调",
        "甲,119.95,30.04,饮水机；充电（手机） 换电 按摩仪,热饭等服务,√,无",
        "乙,119.96,30.04,无,,0,有",
        "丙,119.97,30.04,电动车充电、WIFI、雨伞,,维修中,否",
    )
    assert [place["functions"][0]["services"] for place in parsed.places] == [
        ["drinking_water", "hot_meals", "phone_charging", "battery_swap", "toilet"],
        ["air_conditioning"],
        ["ebike_charging", "wifi", "rain_gear"],
    ]
    assert "services not known and left out: 按摩仪, 维修中" in notes(parsed)


@pytest.mark.parametrize(
    ("posted", "hours"),
    [("24小时", "24/7"), ("以站点为准", None), ("08:45-23:45", "Mo-Su 08:45-23:45"), ("工作日开放", None)],
)
def test_hours_not_understood_stay_as_posted_and_unknown(tmp_path: Path, posted: str, hours: str | None) -> None:
    parsed = parse(tmp_path, "名称,经度,纬度,开放时间", f"甲,119.95,30.04,{posted}", "乙,119.97,30.04,")
    functions = [place["functions"][0] for place in parsed.places]
    assert [(f["hours"], f["hours_posted"]) for f in functions] == [(hours, posted), (None, None)]
    unread = f"1 opening hours could not be read and count as unknown: {posted}"
    assert (unread in notes(parsed)) is (hours is None)
    assert "1 places have no opening hours; they count as unknown" in notes(parsed)


@pytest.mark.parametrize(
    "posted", ["夏季 早上开放  晚上 关闭", "以 馆方公告 为准", "８：３０ 左右", "详见 公告（门口）"]
)
def test_hours_not_understood_are_kept_letter_for_letter(tmp_path: Path, posted: str) -> None:
    parsed = parse(tmp_path, "名称,经度,纬度,开放时间", f"甲,119.95,30.04, {posted} ")
    (function,) = parsed.places[0]["functions"]
    assert (function["hours"], function["hours_posted"]) == (None, posted)


@pytest.mark.parametrize(
    ("header", "row", "hours", "posted"),
    [
        ("开门时间,关门时间", "8:30,17:30", "Mo-Su 08:30-17:30", "8:30-17:30"),
        ("营业开始时间,营业结束时间", "20:00,次日6:00", "Mo-Su 20:00-06:00", "20:00-次日6:00"),
        ("开放日,开门时间,闭馆时间", "周二至周日,9:00:00,17:00:00", "Tu-Su 09:00-17:00", "周二至周日 9:00-17:00"),
        ("开放时间,开始时间,结束时间", "周一至周五,9:00,17:00", "Mo-Fr 09:00-17:00", "周一至周五 9:00-17:00"),
        ("开放时间,开门时间,关门时间", "8:00-12:00,8:00,12:00", "Mo-Su 08:00-12:00", "8:00-12:00"),
        ("开放日,开放时间", "周一至周五,9:00-17:00", "Mo-Fr 09:00-17:00", "周一至周五 9:00-17:00"),
        ("开门时间,关门时间", "8:30,", None, "8:30-"),
        ("开门时间,关门时间", "8:30,5:30", None, "8:30-5:30"),
        ("开门时间,关门时间", ",", None, None),
    ],
)
def test_opening_and_closing_may_stand_in_two_columns(
    tmp_path: Path, header: str, row: str, hours: str | None, posted: str | None
) -> None:
    parsed = parse(tmp_path, f"站点名称,经度,纬度,{header}", f"江滨驿站,119.955,30.049,{row}")
    (function,) = parsed.places[0]["functions"]
    assert (function["hours"], function["hours_posted"]) == (hours, posted)
    assert not any("columns not used" in note for note in notes(parsed))


def test_a_rule_that_replaces_another_of_the_same_days_is_asked_about(tmp_path: Path) -> None:
    parsed = parse(tmp_path, HEADER, GOOD.replace("周一至周五 8:30-17:00", "Mo-Fr 08:00-12:00;14:00-18:00"))
    (function,) = parsed.places[0]["functions"]
    assert (function["hours"], function["hours_posted"]) == (None, "Mo-Fr 08:00-12:00;14:00-18:00")
    assert any("replaces an earlier one" in note and "14:00-18:00" in note for note in notes(parsed))


@pytest.mark.parametrize(
    ("text", "phone", "n_mobile"),
    [
        ("0571-63330001;63330002", "0571-63330001; 63330002", 0),
        ("0571 63330001、(0571)63330002", "0571 63330001; 0571-63330002", 0),
        ("13800138000", None, 1),
        ("187****1234", None, 1),
        ("１３８００１３８０００", None, 1),
        ("+86 138-0013-8000 / 63330001转8", "63330001转8", 1),
        ("张三 13800138000，李四 13900139000", None, 2),
        ("12351", "12351", 0),
        ("400-123-4567", "400-123-4567", 0),
        ("+423 236 88 11", "+423 236 88 11", 0),
        ("", None, 0),
    ],
)
def test_personal_mobile_numbers_are_never_kept(tmp_path: Path, text: str, phone: str | None, n_mobile: int) -> None:
    parsed = parse(tmp_path, "名称,经度,纬度,联系电话", f"甲,119.95,30.04,{text}")
    assert parsed.places[0]["office_phone"] == phone
    said = [note for note in notes(parsed) if "mobile" in note]
    assert said == ([f"{n_mobile} personal mobile numbers were left out"] if n_mobile else [])


def test_no_text_of_a_row_lets_a_personal_number_or_a_manager_through(tmp_path: Path) -> None:
    parsed = parse(
        tmp_path,
        "名称,经度,纬度,地址,服务内容,开放时间,共建单位,服务联系,进入方式,管理人员,备注",
        "甲,119.95,30.04,江滨路(13800138000),问13800138000,8:00-17:00 13800138000,银行 138 0013 8000,"
        "张三139****1234,打13800138000,王五13800138000,13800138000",
    )
    stored = repr(parsed.places)
    assert "138" not in stored
    assert "139" not in stored
    assert "王五" not in stored
    assert "columns not used: 管理人员, 备注" in notes(parsed)
    assert "6 personal mobile numbers were left out" in notes(parsed)


def test_digits_that_are_no_telephone_number_are_pointed_out(tmp_path: Path) -> None:
    parsed = parse(tmp_path, "名称,经度,纬度,电话", "甲,119.95,30.04,0571-6333")
    assert parsed.places[0]["office_phone"] is None
    assert "telephone numbers could not be read in rows 2" in notes(parsed)


def test_a_type_may_name_the_kind_or_the_class(tmp_path: Path) -> None:
    parsed = parse(
        tmp_path,
        "名称,经度,纬度,站点类型",
        "甲,119.95,30.04,妈咪小屋",
        "乙,119.96,30.04,24小时智能化",
        "丙,119.97,30.04,户外劳动者服务站点",
    )
    functions = [place["functions"][0] for place in parsed.places]
    assert [(f["kind"], f["tier"]) for f in functions] == [
        ("nursing_room", None),
        ("rest_station", "24小时智能化"),
        ("rest_station", None),
    ]


def test_a_name_repeated_as_address_is_no_address(tmp_path: Path) -> None:
    (place,) = parse(tmp_path, "名称,地址,经度,纬度", "闻潮社区爱心驿家,闻潮社区 爱心驿家,119.95,30.04").places
    assert place["address"] is None


def test_a_made_code_follows_name_and_place_and_nothing_else(tmp_path: Path) -> None:
    first = parse(tmp_path, "名称,经度,纬度", "甲,119.95,30.04", "乙,119.96,30.04")
    again = parse(tmp_path, "名称,地址,经度,纬度", "乙,江滨路,119.96,30.04", "甲,,119.95,30.04")
    assert {p["name"]: p["code"] for p in first.places} == {p["name"]: p["code"] for p in again.places}
    assert len({p["code"] for p in first.places}) == 2


def test_a_code_unfit_for_an_address_is_refused(tmp_path: Path) -> None:
    assert "may hold only letters" in refusal(tmp_path, "a/b,甲,119.95,30.04", "编号,名称,经度,纬度")


@pytest.mark.parametrize(("length", "is_taken"), [(64, True), (65, False)])
def test_a_code_has_at_most_64_signs(tmp_path: Path, length: int, is_taken: bool) -> None:
    parsed = parse(tmp_path, "编号,名称,经度,纬度", f"{'a' * length},甲,119.95,30.04")
    assert (len(parsed.places) == 1) is is_taken


def test_rows_read_are_rows_kept_and_rows_refused(tmp_path: Path) -> None:
    parsed = parse(tmp_path, HEADER, GOOD, GOOD, "", "甲,,1120.36,30.0", ",,119.95,30.04", "合计,2")
    assert parsed.n_read == len(parsed.places) + len(parsed.rejected) == 5


def test_rows_numbered_in_advance_are_empty(tmp_path: Path) -> None:
    parsed = parse(tmp_path, "序号,名称,经度,纬度", "1,甲,119.95,30.04", "2,,,", "3,,,")
    assert (parsed.n_read, len(parsed.places)) == (1, 1)


CELLS = st.one_of(
    st.sampled_from(["", "119.95", "30.05", "[119.95,30.05]", "1e9", "nan", "启用", "√", "24小时", "13800138000", "("]),
    st.text(max_size=12),
)


@settings(max_examples=150, deadline=None)
@given(table=st.lists(st.lists(CELLS, min_size=1, max_size=9), max_size=6), is_gbk=st.booleans())
def test_no_cell_breaks_the_reading_and_every_row_is_accounted_for(
    tmp_path_factory: pytest.TempPathFactory, table: list[list[str]], is_gbk: bool
) -> None:
    path = tmp_path_factory.mktemp("fuzz") / "stations.csv"
    with path.open("w", encoding="gb18030" if is_gbk else "utf-8", errors="ignore", newline="") as file:
        # In quotes: rows of nothing but semicolons are a table apart by semicolons.
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows([[*HEADER.split(","), "编号"], *table])
    parsed = parse_stations(path, StationsContext(outline=FUYANG))
    assert parsed.n_read == len(parsed.places) + len(parsed.rejected) <= len(table)
    assert not [place for place in parsed.places if "\\x00" in repr(place) or not place["name"]]


@pytest.mark.skipif(
    not DUCHANG.exists(), reason="the stations of 都昌 are not in ../shared/data; the rows above prove it"
)
@pytest.mark.parametrize("crs", ["wgs84", "gcj02"])
def test_a_real_register_is_read_whole_with_its_near_duplicates(crs: str) -> None:
    parsed = parse_stations(DUCHANG, StationsContext(outline=shapely.box(116.1, 29.2, 116.6, 29.5), crs=crs))
    with DUCHANG.open(encoding="utf-8") as file:
        stated = {row["amap_id"]: row for row in csv.DictReader(file)}
    assert len(parsed.places) == parsed.n_read == len(stated) == 25
    for place in parsed.places:
        row = stated[place["code"]]
        # The file's own WGS84 comes from several converters, up to 2 m apart.
        assert distance_m(place["lon"], place["lat"], float(row["wgs_lon"]), float(row["wgs_lat"])) < 3.0
    assert [note.row for note in parsed.notes if note.row] == [5, 16, 24]
