"""The planner's page: its numbers are those of the interface, its address holds everything that is asked."""

import html
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
import shapely
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.datastructures import MultiDict

from geo.calendar import Calendar
from geo.db.session import writing
from geo.errors import InputError
from tests.conftest import DatabaseMaker
from tests.webmap.conftest import csrf_token, english, staff_client
from tests.webmap.page_words import words
from tests.webmap.valley import CODE, EAST_PEOPLE, HAMLET_PEOPLE, MIDDLE_PEOPLE, WEST_PEOPLE, valley_app
from webmap.logic.coverage.moment import AreaCoverage
from webmap.logic.coverage.plan_question import PlanQuestion, moment_of, next_ordinary_day, read_plan_question
from webmap.logic.gap_classes import class_sums, share_breaks, share_classes, share_colour
from webmap.planner.views import sort_towns

EVERYBODY = WEST_PEOPLE + MIDDLE_PEOPLE + EAST_PEOPLE + HAMLET_PEOPLE


@pytest.fixture(scope="module")
def valley(
    make_database: DatabaseMaker, tmp_path_factory: pytest.TempPathFactory, translations: None
) -> Iterator[Flask]:
    with valley_app(make_database, tmp_path_factory.mktemp("valley")) as app:
        yield app


@pytest.fixture
def planner(valley: Flask) -> FlaskClient:
    return english(valley)


def page(client: FlaskClient, query: str = "") -> str:
    answer = client.get(f"/plan?{query}")
    assert answer.status_code == 200
    return answer.text


def rows(text: str) -> list[list[str]]:
    """Return the cells of the table of towns, without the sum."""
    table = text[text.index('<table class="towns"') :]
    body = table[table.index("<tbody>") : table.index("</tbody>")]
    return [
        [words(cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)]
        for row in re.findall(r"<tr.*?</tr>", body, re.DOTALL)
    ]


def test_headline_counts_who_reaches_a_station_in_time(planner: FlaskClient):
    # Within 10 minutes on foot only who lives at a station; within 14 everybody on the road.
    assert f"About {WEST_PEOPLE} people covered ({WEST_PEOPLE / EVERYBODY:.1%})" in words(page(planner, "minutes=10"))
    on_the_road = EVERYBODY - HAMLET_PEOPLE
    assert f"About {on_the_road} people covered" in words(page(planner, "minutes=14"))


def test_people_away_from_every_street_are_counted_as_missed_and_named(planner: FlaskClient):
    text = words(page(planner, "mode=ebike&minutes=30"))
    assert f"{HAMLET_PEOPLE} people of {EVERYBODY} people reach no station within 30 minutes by e-bike" in text
    assert f"{HAMLET_PEOPLE} people live where no usable street is near" in text


def test_both_modes_stand_side_by_side_at_the_same_minutes(planner: FlaskClient):
    for mode in ("walk", "ebike"):
        text = page(planner, f"mode={mode}&minutes=10")
        contrast = words(text[text.index('<table class="contrast">') : text.index('<section class="week-map"')])
        assert f"on foot {WEST_PEOPLE / EVERYBODY:.1%} {WEST_PEOPLE} people" in contrast
        on_the_road = EVERYBODY - HAMLET_PEOPLE
        assert f"by e-bike {on_the_road / EVERYBODY:.1%} {on_the_road} people" in contrast


def test_page_and_interface_count_alike(planner: FlaskClient):
    for query in ("mode=walk&minutes=10", "mode=ebike&minutes=7&service=phone_charging"):
        answer = planner.get(f"/api/v1/coverage?{query}").json
        shown = {row[0]: row for row in rows(page(planner, f"{query}&sort=name"))}
        for town in answer["by_town"]:
            missed = town["people"] - town["covered"]
            assert shown[town["name"]][1:] == [f"{town['people']:.0f}", f"{town['share']:.1%}", f"{missed:.0f}"]


@pytest.mark.parametrize(
    ("sort", "first"), [("missed", "东镇"), ("people", "东镇"), ("share", "东镇"), ("name", "东镇")]
)
def test_towns_come_in_the_order_asked_for(planner: FlaskClient, sort: str, first: str):
    assert rows(page(planner, f"minutes=10&sort={sort}"))[0][0] == first


def town(code: str, *, people: float, covered: float, share: float) -> AreaCoverage:
    return AreaCoverage(
        code=code,
        name=code,
        name_en=None,
        people=people,
        covered=covered,
        share=share,
        covered_if_open=0.0,
        share_if_open=0.0,
        covered_twice=0.0,
        share_twice=0.0,
        unattached=0.0,
        places=1,
        places_covered=0,
    )


def test_sorting_puts_first_where_most_is_to_be_done():
    towns = [
        town("A", people=10.0, covered=0.0, share=0.0),
        town("B", people=100.0, covered=60.0, share=0.6),
        town("C", people=0.0, covered=0.0, share=0.0),
        town("D", people=50.0, covered=50.0, share=1.0),
    ]
    order = {sort: "".join(each.code for each in sort_towns(towns, sort)) for sort in ("missed", "share", "people")}
    # A town where nobody lives is no worst case.
    assert order == {"missed": "BACD", "share": "ABDC", "people": "BDAC"}


def test_closed_stations_do_not_count_at_an_hour_they_are_closed(planner: FlaskClient):
    weekday = words(page(planner, "minutes=14&when=week&weekday=2&hour=10"))
    sunday = words(page(planner, "minutes=14&when=week&weekday=7&hour=10"))
    assert "2 open, 0 closed, 0 unknown" in weekday
    assert f"About {EVERYBODY - HAMLET_PEOPLE} people covered" in weekday
    assert "1 open, 1 closed, 0 unknown" in sunday
    assert f"About {WEST_PEOPLE + MIDDLE_PEOPLE} people covered" in sunday


def test_only_stations_that_offer_the_service_count(planner: FlaskClient):
    text = words(page(planner, "minutes=14&service=phone_charging"))
    assert "1 stations offer what you chose" in text
    assert f"About {WEST_PEOPLE + MIDDLE_PEOPLE} people covered" in text


def test_every_link_of_the_page_keeps_the_rest_of_the_question(planner: FlaskClient):
    query = (
        f"district={CODE}&lang=en&mode=ebike&minutes=7&service=toilet&when=week&weekday=3&hour=9&sort=share&view=towns"
    )
    links = [html.unescape(link) for link in re.findall(r'href="([^"]+)" data-set="', page(planner, query))]
    hours = {tuple(parse_qs(urlsplit(link).query)[key][0] for key in ("weekday", "hour")) for link in links}
    assert len(hours) == 168
    for link in links:
        changed = {key for key, value in parse_qs(query).items() if parse_qs(urlsplit(link).query)[key] != value}
        assert changed <= {"sort", "view"} or changed <= {"when", "weekday", "hour"}
    for link in links[::17]:
        assert planner.get(link).status_code == 200


def test_the_week_shows_each_hour_as_that_hour_is_answered_alone(planner: FlaskClient):
    text = page(planner, "minutes=14&lang=en")
    cells = re.findall(r'class="gap-(\d)" tabindex="-1" href="([^"]+)".*?title="[^"]* · ([\d.]+%)"', text)
    assert len(cells) == 168
    for _, link, share in cells[::13]:
        query = parse_qs(urlsplit(html.unescape(link)).query)
        alone = page(planner, f"minutes=14&when=week&weekday={query['weekday'][0]}&hour={query['hour'][0]}")
        assert f"({share})" in words(alone)
    # The east station opens on working days: the lightest hours are those, and the nights are darker.
    assert {gap_class for gap_class, link, _ in cells if "weekday=2&amp;hour=10" in link} == {"0"}
    assert {gap_class for gap_class, link, _ in cells if "weekday=7&amp;hour=10" in link} != {"0"}


def test_gaps_name_places_with_their_people_and_cause(planner: FlaskClient):
    text = page(planner, "minutes=14&when=week&weekday=7&hour=10&lang=en")
    listed = text[text.index('<table class="gaps"') :]
    listed = words(listed[: listed.index("</table>")])
    assert f"{EAST_PEOPLE} 13 min closed at that hour" not in listed  # nobody reaches the other station in time
    assert "closed at that hour" in listed
    assert "no usable street near" in listed
    gap = re.search(r'data-set="gap=([^"]+)"', text)[1]
    chosen = page(planner, f"minutes=14&when=week&weekday=7&hour=10&lang=en&gap={gap}")
    assert 'class="gap-details" id="gap"' in chosen
    assert 'class="gap-details"' not in text
    outline = shapely.from_geojson(html.unescape(re.search(r'data-outline="([^"]+)"', chosen)[1]))
    assert (outline.geom_type, outline.is_valid) == ("MultiPolygon", True)
    west, south, east, north = map(float, re.search(rf'data-gap="{gap}" data-bounds="([^"]+)"', chosen)[1].split(","))
    assert shapely.contains(outline, shapely.box(west, south, east, north).centroid)


def test_a_changed_question_costs_the_answer_and_not_the_page(planner: FlaskClient):
    query = "minutes=14&when=week&weekday=2&hour=10&lang=en"
    whole, answer, details = (planner.get(f"/plan{part}?{query}") for part in ("", "/answer", "/details"))
    assert {each.status_code for each in (whole, answer, details)} == {200}
    assert len(answer.text) < 0.4 * len(whole.text)
    assert "<html" not in answer.text
    for part in ('id="numbers"', 'id="legend"', 'class="towns"', 'class="gaps"'):
        assert part in answer.text
    assert 'class="heat"' not in answer.text
    # What is looked at later is asked for by the same question, and is what the page holds.
    source = html.unescape(re.search(r'id="details" data-src="([^"]+)"', answer.text)[1])
    later = planner.get(f"{source}&lang=en").text
    for part in ('class="heat"', 'id="curve"', 'class="closure"'):
        assert part in later
        assert part in whole.text
    assert 'id="details" data-src' not in whole.text
    headline = f"About {EVERYBODY - HAMLET_PEOPLE} people covered"
    assert headline in words(answer.text)
    assert headline in words(whole.text)


def test_the_answer_can_be_copied_as_words(planner: FlaskClient):
    copied = html.unescape(re.search(r'data-copy="([^"]+)"', page(planner, "minutes=10&lang=en"))[1])
    assert f"{WEST_PEOPLE / EVERYBODY:.1%} are covered on foot within 10 minutes" in copied
    assert "[Sample] Valley" in copied
    assert "The largest gaps:" in copied


def test_people_whom_unknown_hours_may_cover_are_among_those_missed(
    make_database: DatabaseMaker, tmp_path: Path, translations: None
):
    with valley_app(make_database, tmp_path, hours="unknown") as app:
        text = words(page(english(app), "minutes=14&when=week&weekday=2&hour=10"))
    assert f"Of those, {EAST_PEOPLE} people ({EAST_PEOPLE / EVERYBODY:.1%} of all) would reach one" in text


def test_all_gaps_have_a_page_and_the_first_ones_stand_on_plan(planner: FlaskClient, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("webmap.planner.views.SHOWN_GAPS", 1)
    query = "minutes=5&lang=en"
    first = page(planner, query)
    link = html.unescape(re.search(r'data-all-gaps href="([^"]+)"', first)[1])
    every = planner.get(link).text
    ids = [re.findall(r'data-gap="([^"]+)"', text) for text in (first, every)]
    answered = planner.get(f"/api/v1/coverage/gaps?{query}").json["gaps"]
    assert ids == [[answered[0]["id"]], [gap["id"] for gap in answered]]
    assert len(answered) > 2
    # The one that is chosen stands there, wherever it comes.
    last = page(planner, f"{query}&gap={answered[-1]['id']}")
    assert re.findall(r'data-gap="([^"]+)"', last) == [answered[0]["id"], answered[-1]["id"]]


def test_the_closure_test_says_who_hangs_on_one_station(planner: FlaskClient):
    text = words(page(planner, "minutes=14&lang=en").split('id="closure-title"')[1])
    assert f"East station {EAST_PEOPLE}" in text


def test_form_carries_district_and_language_along(planner: FlaskClient):
    text = page(planner, f"district={CODE}&lang=zh")
    assert f'<input type="hidden" name="district" value="{CODE}">' in text
    assert '<input type="hidden" name="lang" value="zh">' in text


def test_addresses_of_the_map_layers_ask_what_the_page_asks(planner: FlaskClient):
    text = page(planner, "mode=ebike&minutes=5&service=toilet&when=week&weekday=2&hour=10")
    gaps = html.unescape(re.search(r'data-gaps="([^"]+)"', text)[1])
    features = planner.get(gaps).json["features"]
    missed = sum(f["properties"]["people"] for f in features)
    assert f"{missed:.0f} people of {EVERYBODY} people reach no station" in words(text)
    stations = html.unescape(re.search(r'data-stations="([^"]+)"', text)[1])
    states = {f["properties"]["code"]: f["properties"]["state"] for f in planner.get(stations).json["features"]}
    assert states == {"S1": "open", "S2": "open"}


def test_every_number_says_where_it_comes_from(planner: FlaskClient):
    text = page(planner)
    assert text.count('<details class="about">') == 7
    for name in ("people.csv", "streets.osm.pbf", "stations.csv", "towns.geojson"):
        assert name in text
    assert "as of 2026-05" in text
    assert "© OpenStreetMap contributors" in text


def test_sample_data_is_called_so_to_staff(planner: FlaskClient):
    text = page(planner)
    assert "This is sample data." in words(text)
    assert 'data-mark="Sample data"' in text


@pytest.mark.parametrize(
    "query",
    ["mode=fly", "mode=coach", "minutes=4", "minutes=31", "minutes=ten", "service=sauna", "when=then", "hour=24"],
)
def test_address_that_asks_for_something_else_is_refused_in_words(planner: FlaskClient, query: str):
    answer = planner.get(f"/plan?{query}")
    assert answer.status_code == 422
    name, value = query.split("=")
    assert name in answer.text
    assert value in answer.text


def test_page_sets_no_cookie_and_needs_no_account(planner: FlaskClient):
    answer = planner.get("/plan")
    assert "Set-Cookie" not in answer.headers


def test_page_holds_no_style_or_script_that_the_policy_forbids(planner: FlaskClient):
    text = page(planner)
    assert not re.search(r"<[^>]+ style=|<style|<script(?![^>]* src=)| on[a-z]+=", text)


def test_question_survives_its_address(valley: Flask):
    asked = PlanQuestion("ebike", 7, ("toilet", "wifi"), "week", 3, 9, "share", "towns", ("residents=1",), "W", "g1")
    with valley.test_request_context():
        pairs = [(k, str(v)) for k, vs in asked.query().items() for v in (vs if isinstance(vs, list) else [vs])]
    assert read_plan_question(MultiDict(pairs)) == asked
    assert read_plan_question(MultiDict()) == PlanQuestion()
    with pytest.raises(InputError, match="minutes=４"):
        read_plan_question(MultiDict({"minutes": "４"}))


def test_weekday_means_an_ordinary_one():
    china = Calendar.china()
    # 1 October 2026 is a Thursday, and National Day; the week after it is ordinary.
    assert next_ordinary_day(china, 4, after=date(2026, 9, 28)) == date(2026, 10, 8)
    # 10 October 2026 is a Saturday that is worked in exchange.
    assert next_ordinary_day(china, 6, after=date(2026, 10, 8)) == date(2026, 10, 17)
    # A day is never today: its hour may be over.
    assert next_ordinary_day(Calendar.empty("UTC"), 3, after=date(2026, 11, 25)) == date(2026, 12, 2)


def test_moment_is_the_districts_own_time():
    china, now = Calendar.china(), datetime(2026, 11, 22, 18, 30, 15, tzinfo=UTC)
    asked = PlanQuestion(when="week", weekday=1, hour=9)
    # It is already Monday in Hangzhou, so the next Monday is a week away.
    assert moment_of(asked, china, now=now).isoformat() == "2026-11-30T09:00:00+08:00"
    assert moment_of(replace(asked, when="now"), china, now=now).isoformat() == "2026-11-23T02:30:00+08:00"
    assert moment_of(replace(asked, when="any"), china, now=now) is None


def test_classes_hold_everybody_once():
    values = np.array([1.0, 10.0, 10.0, 50.0])
    classes = class_sums([10.0, 40.0], values, values)
    assert [(c.low, c.high, c.count, c.people) for c in classes] == [
        (0.0, 10.0, 1, 1.0),
        (10.0, 40.0, 2, 20.0),
        (40.0, None, 1, 50.0),
    ]


def test_colours_mean_the_same_whatever_is_asked(planner: FlaskClient, valley: Flask):
    breaks = {re.search(r'data-breaks="([^"]+)"', page(planner, q))[1] for q in ("minutes=5", "mode=ebike&minutes=30")}
    state = valley.extensions["fuchun_live"].state()
    assert breaks == {str(state.ready().gap_breaks.tolist())}


def test_better_served_towns_are_lighter():
    alike = [share_colour(share, ()) for share in (1.0, 0.75, 0.74, 0.5, 0.25, 0.24, 0.0)]
    assert alike == [0, 0, 1, 1, 2, 3, 3]


def test_the_colours_of_towns_spread_over_the_shares_there_are():
    shares = [0.0, 0.03, 0.06, 0.1, 0.14, 0.16, 0.2, 0.24]
    towns = [town(str(at), people=100.0, covered=100 * share, share=share) for at, share in enumerate(shares)]
    classes = share_classes(towns)
    # All of them are under a quarter: in equal steps of the whole they would bear one colour.
    assert [each.colour for each in classes] == [0, 1, 2, 3]
    assert sum(each.count for each in classes) == len(shares)
    assert sum(each.people for each in classes) == pytest.approx(sum(each.missed for each in towns))
    breaks = share_breaks(shares)
    for each in towns:
        colour = share_colour(each.share, breaks)
        (mine,) = [found for found in classes if found.colour == colour]
        assert mine.low <= each.share < mine.high


def test_a_legend_shows_no_class_without_towns():
    assert [each.count for each in share_classes([town("A", people=9.0, covered=9.0, share=1.0)])] == [1]


def test_chinese_page_counts_in_ten_thousands(valley: Flask):
    text = words(page(valley.test_client(), "minutes=10"))
    assert f"覆盖约 {WEST_PEOPLE} 人（{WEST_PEOPLE / EVERYBODY:.1%}）" in text


def test_what_stands_in_for_people_is_called_by_its_name(
    make_database: DatabaseMaker, tmp_path: Path, translations: None
):
    with valley_app(make_database, tmp_path, status="demo", unit="buildings") as app:
        text = words(page(english(app), "minutes=10"))
    assert f"About {WEST_PEOPLE} buildings covered" in text
    assert "What is counted is buildings, in place of people." in text
    assert f"{WEST_PEOPLE} people" not in text


def test_a_proxy_and_a_sum_of_weights_are_called_so(make_database: DatabaseMaker, tmp_path: Path, translations: None):
    with valley_app(make_database, tmp_path, status="demo") as app:
        with writing(app.extensions["fuchun_engine"]) as session:
            session.execute(text("UPDATE source SET unit = 'weighted', is_proxy = true WHERE layer LIKE 'demand%'"))
            session.execute(text("UPDATE region SET name_en = 'East town' WHERE code = 'E'"))
        seen = words(page(english(app), "minutes=10"))
        chinese = words(page(app.test_client(), "minutes=10"))
    assert f"About {WEST_PEOPLE} weighted units covered" in seen
    assert "Proxy: nobody has counted these, something else stands in for them: residents." in seen
    assert "Town Weighted units Share covered" in seen
    for wrong in ("buildings", f"{WEST_PEOPLE} people"):
        assert wrong not in seen
    assert "代用：以下没有实际统计" in chinese
    # A town goes by its English name on an English page where it has one, also as the place of a gap.
    assert "East town" in seen
    assert "东镇" not in seen
    assert "西镇" in seen
    assert "东镇" in chinese
    assert "East town" not in chinese


def test_a_strangers_page_stays_as_it_was_and_no_page_says_what_the_ledger_does(
    make_database: DatabaseMaker, tmp_path: Path, translations: None
):
    with valley_app(make_database, tmp_path) as app:
        before = english(app).get("/plan?minutes=5")
        client = staff_client(app, "planner")
        gap = re.search(r'data-gap="([^"]+)"', before.text)[1]
        address = f"/manage/gaps/new?minutes=5&gap={gap}"
        secrets = {"name": "Behind the mill", "owner": "Office of secrets", "note": "not yet public"}
        sent = client.post(address, data={"csrf_token": csrf_token(client, address), **secrets})
        assert sent.status_code == 303
        entry = client.get("/api/v1/gap-entries").json["entries"][0]
        assert (entry["gap"], entry["state"], entry["owner"]) == (gap, "todo", secrets["owner"])
        strangers, accounts = (reader.get("/plan?minutes=5") for reader in (english(app), client))
        assert strangers.text == before.text
        assert "Set-Cookie" not in strangers.headers
        # Staff have their own menu at the same address: no cache between hands one page to the other.
        assert 'class="staff-nav"' in accounts.text
        for answer in (strangers, accounts):
            assert answer.headers["Cache-Control"] == "no-store"
            assert "Cookie" in answer.headers["Vary"]
            assert not any(text in answer.text for text in secrets.values())
        for address in ("/api/v1/gap-entries", f"/api/v1/gap-entries/{entry['id']}"):
            refused = english(app).get(address)
            assert refused.status_code == 401
            assert not any(text in refused.text for text in secrets.values())
        # Without a script: who wants to follow the gap up is led to the entry there is.
        again = client.get(f"/manage/gaps/new?minutes=5&gap={gap}").text
        assert f'href="/manage/gaps/{entry["id"]}"' in again
        assert "This place is being followed up already" in again


def test_district_without_streets_says_what_to_load(make_database: DatabaseMaker, tmp_path: Path, translations: None):
    with valley_app(make_database, tmp_path, has_streets=False) as app:
        answer = english(app).get("/plan")
        tour = english(app).get("/tours/T1")
    assert answer.status_code == 503
    assert "no streets are loaded yet" in answer.text
    assert 'href="/manage/load"' in answer.text, "the way to load them, and no command"
    assert "fuchun load" not in answer.text
    # The stops of a tour need no streets to be read; that there are none is said once.
    assert tour.status_code == 200
    assert "Bridge" in tour.text
    assert tour.text.count("no streets are loaded yet") == 1
