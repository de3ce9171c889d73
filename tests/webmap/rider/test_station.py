"""The page of one place: its week by the calendar, how to get in, what is near, and what must not stand there."""

import re
import time
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import text

from geo.calendar import Calendar
from geo.db.session import writing
from geo.hours import parse_hours, state_at
from geo.network.nearest import look_up_nearest
from tests.webmap.valley import CODE, valley_app
from webmap.prints.qr import BORDER, code_svg, make_code
from webmap.rider.weekly_hours import week_rows
from webmap.web.pages import STATIC_KEY
from webmap.words.times import hours_words

AN_ORDINARY_TUESDAY = datetime(2026, 11, 3, 4, 0, tzinfo=UTC)
BEFORE_NATIONAL_DAY = datetime(2026, 9, 29, 4, 0, tzinfo=UTC)  # a Tuesday noon in China


@pytest.fixture(scope="module")
def valley(make_database, tmp_path_factory, translations):
    with valley_app(make_database, tmp_path_factory.mktemp("valley")) as app:
        app.testing = True
        yield app


def change(app, statement, **values):
    """Change the store as psql would, and let the app see it."""
    with writing(app.extensions["fuchun_engine"]) as session:
        session.execute(text(statement), values)
    app.extensions["fuchun_live"].refresh()


@pytest.fixture
def page_of(valley):
    def get(path, language="en", **headers):
        return valley.test_client().get(path, headers={"Accept-Language": language, **headers})

    return get


# ---- The week ----


def rows(hours, now=BEFORE_NATIONAL_DAY):
    return week_rows(parse_hours(hours), now, calendar=Calendar.china())


@pytest.fixture
def english(valley):
    with valley.test_request_context("/?lang=en"):
        yield


def test_the_week_begins_today_in_the_clock_of_the_place(english):
    late = datetime(2026, 9, 29, 16, 30, tzinfo=UTC)  # half past midnight on Wednesday in China
    week = rows("Mo-Su 08:00-17:00", late)
    assert [row.day for row in week] == [date(2026, 9, 30), *(date(2026, 10, day) for day in range(1, 7))]
    assert [row.is_today for row in week] == [True] + [False] * 6


def test_holidays_follow_the_calendar_and_not_the_weekday(english):
    week = rows("Mo-Fr 08:00-17:00; PH off")
    assert [row.times for row in week] == ["08:00–17:00"] * 2 + ["closed all day"] * 5
    assert [row.note for row in week] == [None, None] + ["public holiday"] * 5


@pytest.mark.parametrize(
    "hours", ["24/7", "Mo-Fr 08:30-12:00,13:00-17:30", "Mo-Sa 22:00-06:00", "Tu-Su 09:00-20:00; PH off", None]
)
def test_the_week_agrees_with_the_state_at_every_quarter_of_an_hour(english, hours):
    china = Calendar.china()
    night: list[tuple[int, int]] = []
    for row in rows(hours):
        spans = re.findall(r"(\d\d):(\d\d)–(\d\d):(\d\d)( next day)?", row.times)
        minutes = [(int(a) * 60 + int(b), int(c) * 60 + int(d) + 1440 * bool(e)) for a, b, c, d, e in spans]
        if row.times == "24 hours":
            minutes = [(0, 1440)]
        minutes += night
        night = [(start - 1440, end - 1440) for start, end in minutes if end > 1440]
        for quarter in range(0, 1440, 15):
            moment = datetime(row.day.year, row.day.month, row.day.day, quarter // 60, quarter % 60, tzinfo=china.zone)
            is_open = state_at(parse_hours(hours), moment, calendar=china).value == "open"
            assert is_open == any(start <= quarter < end for start, end in minutes), (row, moment)


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        ("20:00-06:00", ["00:00–06:00, 20:00–06:00 next day", *["20:00–06:00 next day"] * 6]),
        # The night of Tuesday ends on a day that has no hours of its own.
        ("Tu 20:00-06:00", ["20:00–06:00 next day", "00:00–06:00", *["closed all day"] * 5]),
        ("Mo-Su 08:00-24:00", ["08:00–24:00"] * 7),
        ("24/7", ["24 hours"] * 7),
    ],
)
def test_a_night_stands_whole_on_the_day_that_it_begins(english, hours, expected):
    assert [row.times for row in rows(hours, AN_ORDINARY_TUESDAY)] == expected


def test_posted_hours_that_end_on_the_next_day_say_so(english):
    assert hours_words("Mo-Fr 20:00-06:00") == "Mon–Fri 20:00–06:00 next day"
    assert hours_words("20:00-30:00") == "20:00–06:00 next day"
    assert hours_words("08:00-24:00; PH off") == "08:00–24:00; holidays closed"


def test_hours_that_are_not_known_are_no_rest_day(english):
    assert {(row.state, row.times) for row in rows(None)} == {("unknown", "hours unknown")}


# ---- The page ----


def test_the_page_says_what_is_known_and_what_is_not(valley, page_of):
    page = page_of("/s/S1").text
    assert "West station" in page
    assert "open now" in page
    assert "open 24 hours" in page
    assert "phone charging" in page
    assert "not recorded yet" not in page, "a row that has nothing to say"
    assert "not confirmed yet" in page
    assert '<span class="badge">sample</span>' in page


def test_the_page_speaks_chinese(page_of):
    page = page_of("/s/S1", language="zh-CN").text
    for words in ("现在开放", "在本图上看路线", "未来七天的开放时间", "高德地图"):
        assert words in page


def test_each_function_has_its_own_hours_and_services(valley, page_of):
    change(
        valley,
        "INSERT INTO place_function (district_code, place_id, kind, hours, services) "
        "SELECT district_code, id, 'nursing_room', 'Mo-Su 09:00-12:00', '{wifi}' FROM place WHERE code = 'S1'",
    )
    page = page_of("/s/S1").text
    sections = dict(re.findall(r'id="f-(\w+)">.*?</h2>(.*?)</section>', page, re.S))
    assert list(sections) == ["rest_station", "nursing_room"]
    assert "09:00–12:00" in sections["nursing_room"]
    assert "Wi-Fi" in sections["nursing_room"]
    assert "09:00–12:00" not in sections["rest_station"]
    change(valley, "DELETE FROM place_function WHERE kind = 'nursing_room'")


def test_no_personal_mobile_number_reaches_the_page_whoever_wrote_it(valley, page_of):
    change(
        valley,
        "UPDATE place SET office_phone = '0571-63330001; 13800138000', how_to_get_in = '敲门找李师傅 138-0013-8000', "
        "service_contact = '某单位 187****1234' WHERE code = 'S1'",
    )
    page = page_of("/s/S1").text
    assert "0571-63330001" in page
    assert "李师傅" in page
    for digits in ("13800138000", "138-0013-8000", "187****"):
        assert digits not in page


def test_the_nearest_others_are_those_along_the_streets(valley, page_of):
    state = valley.extensions["fuchun_live"].state(CODE)
    snapshot, place = state.ready(), state.place_by_code["S1"]
    table = snapshot.tables["walk"]
    own = place.column
    expected = [n for n in look_up_nearest(snapshot.network, table, place.lon, place.lat) if n.facility != own]
    found = re.findall(r"<b>(\d+) min on foot</b>", page_of("/s/S1?mode=walk").text)
    assert [int(minutes) for minutes in found] == [round(n.duration_s / 60) for n in expected]
    assert found


@pytest.mark.parametrize(("status", "code", "words"), [("closed", 410, "out of service"), ("planned", 404, "planned")])
def test_a_place_that_is_not_in_service_says_only_that(valley, page_of, status, code, words):
    change(valley, "UPDATE place SET status = :status WHERE code = 'S2'", status=status)
    answer = page_of("/s/S2")
    assert answer.status_code == code
    assert words in answer.text
    assert "West station" in answer.text, "where to go instead"
    assert "uri.amap.com" not in answer.text
    assert "qr.svg" not in answer.text
    assert page_of("/s/S2/qr.svg").status_code == 404
    change(valley, "UPDATE place SET status = 'active' WHERE code = 'S2'")


def test_what_is_no_station_has_no_page(valley, page_of):
    assert page_of("/s/nowhere").status_code == 404
    change(
        valley, "UPDATE place_function SET kind = 'landmark' WHERE place_id = (SELECT id FROM place WHERE code = 'S2')"
    )
    assert page_of("/s/S2").status_code == 404
    change(
        valley,
        "UPDATE place_function SET kind = 'rest_station' WHERE place_id = (SELECT id FROM place WHERE code = 'S2')",
    )


def test_it_begins_with_what_is_asked_at_the_kerb(valley, page_of):
    change(
        valley,
        "INSERT INTO place_function (district_code, place_id, kind) "
        "SELECT district_code, id, 'landmark' FROM place WHERE code = 'S1'",
    )
    change(valley, "UPDATE place SET address = 'Mill Lane 2', office_phone = '0571-63330001' WHERE code = 'S2'")
    page = page_of("/s/S2?landmark=S1&mode=walk").text
    parts = (
        "<h1>",
        'class="when"',
        "min on foot",
        "Mill Lane 2",
        "Route on this map",
        "Amap",
        ">Map<",
        "tel:0571-63330001",
    )
    found = [page.index(part) for part in (*parts, 'id="f-rest_station"', 'id="door"')]
    assert found == sorted(found)
    assert re.search(r'data-app="own" href="/\?to=S2&amp;mode=walk&amp;landmark=S1"', page)
    asked = {"from": {"lon": 0, "lat": 0}, "to": {"station": "S2"}, "mode": "walk"}
    state = valley.extensions["fuchun_live"].state(CODE)
    asked["from"] = {"lon": state.place_by_code["S1"].lon, "lat": state.place_by_code["S1"].lat}
    way = valley.test_client().post("/api/v1/route", json=asked).get_json()
    assert f"<b>{round(way['duration_s'] / 60)} min on foot</b>" in page
    change(valley, "DELETE FROM place_function WHERE kind = 'landmark'")
    assert 'id="travel" hidden' in page_of("/s/S2?landmark=S1").text, "no longer a landmark"


def test_the_page_stands_without_streets(make_database, tmp_path):
    with valley_app(make_database, tmp_path, has_streets=False) as app:
        answer = app.test_client().get("/s/S1?lang=en")
        assert answer.status_code == 200
        assert "Nearest others" not in answer.text


def test_the_page_leaves_no_cookie(page_of):
    assert "Set-Cookie" not in page_of("/s/S1").headers


def test_the_page_gives_its_moment_and_hides_what_is_for_later(page_of):
    before = time.time()
    page = page_of("/s/S1").text
    made = int(re.search(r'data-made="(\d+)"', page)[1]) / 1000
    assert before - 0.001 <= made <= time.time()
    later = re.findall(r"<(?:p|span)[^>]* data-later[^>]*>", page)
    assert later
    assert all(tag.endswith(" hidden>") for tag in later)


def test_the_page_in_a_folder_of_files_has_no_moment(valley):
    page = valley.test_client().get("/s/S1?lang=en", environ_overrides={STATIC_KEY: "yes"}).text
    assert "open 24 hours" in page
    for words in ("data-made", "data-later", "as of", "open now"):
        assert words not in page


@pytest.mark.parametrize(
    ("query", "thanks"), [("?told=yes", "Others see it now"), ("?told=again", "already"), ("", None)]
)
def test_only_who_has_reported_is_thanked(page_of, query, thanks):
    tag, said = re.search(r'(<p[^>]* id="told"[^>]*>)(.*?)</p>', page_of("/s/S1" + query).text).groups()
    assert (thanks is None) == tag.endswith(" hidden>")
    assert thanks in said if thanks else said == ""


# ---- The code ----


def modules_of(svg, size):
    """Return the dark modules of a code drawn as SVG, read from its picture: row and column, border left out."""
    path = re.search(r'<path[^>]*stroke="#000"[^>]* d="([^"]+)"', svg) or re.search(
        r' d="([^"]+)"[^>]*stroke="#000"', svg
    )
    dark, x, y = set(), 0, 0.0
    for command, values in re.findall(r"([Mmh])([-\d. ]+)", path[1]):
        numbers = [float(number) for number in re.findall(r"-?\d*\.?\d+", values)]
        if command == "M":
            x, y = int(numbers[0]), numbers[1]
        elif command == "m":
            x, y = x + int(numbers[0]), y + numbers[1]
        else:
            dark |= {(int(y) - BORDER, column - BORDER) for column in range(x, x + int(numbers[0]))}
            x += int(numbers[0])
    assert all(0 <= row < size and 0 <= column < size for row, column in dark)
    return dark


def test_the_code_on_the_page_is_the_code_of_the_public_address(valley, page_of):
    answer = page_of("/s/S1/qr.svg")
    assert answer.mimetype == "image/svg+xml"
    matrix = make_code("http://localhost/s/S1?qr=1").matrix
    expected = {(row, column) for row, line in enumerate(matrix) for column, module in enumerate(line) if module}
    assert modules_of(answer.text, len(matrix)) == expected
    assert code_svg("http://localhost/s/S2?qr=1") != answer.data


def test_the_code_leads_to_the_configured_address(valley, page_of, monkeypatch):
    config = replace(valley.extensions["fuchun_config"], public_url="https://map.example.cn")
    monkeypatch.setitem(valley.extensions, "fuchun_config", config)
    assert page_of("/s/S1/qr.svg").data == code_svg("https://map.example.cn/s/S1?qr=1")
    assert 'data-address="https://map.example.cn/s/S1"' in page_of("/s/S1").text
