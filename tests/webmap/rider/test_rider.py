"""The first page: it works without scripts, tells the truth about states, and forgets where people are."""

import html
import json
import logging
import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from geo.calendar import Calendar
from geo.db.session import writing
from geo.db.tables import SERVICES
from geo.hours import parse_hours
from loaders.sample.helsinki import HELSINKI
from tests.webmap import answers
from tests.webmap.conftest import dispose
from webmap import create_app
from webmap.logic.config import Config
from webmap.logic.live_districts import LiveDistricts
from webmap.logic.places import STATION
from webmap.map.layers import THEMES
from webmap.map.style import map_style_of
from webmap.rider.station_list import Filters, all_cards
from webmap.words.times import age_words, closing_words, hours_words, opening_words

STATIC = Path(__file__).parents[3] / "webmap" / "static"
MIDDLE = (24.94137, 60.17103)
NOW = datetime(2026, 11, 25, 4, 0, tzinfo=UTC)  # a Wednesday, noon in China


@pytest.fixture(scope="module")
def live(helsinki):
    return LiveDistricts(*helsinki)


@pytest.fixture(scope="module")
def app(helsinki):
    engine, state_dir = helsinki
    url = engine.url.render_as_string(hide_password=False)
    app = create_app(Config(database_url=url, state_dir=state_dir, secret_key="not a secret"))
    app.testing = True
    yield app
    dispose(app)


@pytest.fixture
def reader(app):
    """Somebody who reads English."""
    client = app.test_client()
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


@pytest.fixture
def english(app):
    with app.test_request_context("/?lang=en"):
        yield


@pytest.fixture
def chinese(app, translations):
    with app.test_request_context("/?lang=zh"):
        yield


@pytest.fixture
def landmark(live):
    return live.state(HELSINKI).with_function("landmark")[0]


def minutes_in(page):
    return [
        int(number)
        for number in re.findall(r'"travel"(?: data-seconds="\d+")?><b>(\d+) min (?:by e-bike|on foot)</b>', page)
    ]


def codes_in(page):
    return re.findall(r'class="station" data-code="([^"]+)"', page)


def test_without_a_start_every_station_is_listed_and_no_minutes_are_shown(reader, live):
    page = reader.get("/").text
    assert sorted(codes_in(page)) == sorted(p.code for p in live.state(HELSINKI).with_function("rest_station"))
    assert "Choose a start to see minutes." in page
    assert minutes_in(page) == []
    assert "data-go" not in re.sub(r'data-go="[^"]*"', "", page)


def test_a_landmark_gives_minutes_without_scripts(reader, live, landmark):
    page = reader.get(f"/?landmark={landmark.code}&mode=walk").text
    expected = answers.nearest(live.state(HELSINKI), lon=landmark.lon, lat=landmark.lat, mode="walk", count=5)
    assert codes_in(page) == [station["code"] for station in expected["stations"]]
    assert minutes_in(page) == [max(1, round(station["duration_s"] / 60)) for station in expected["stations"]]


def test_the_route_from_a_landmark_is_described_without_scripts(reader, live, landmark):
    page = reader.get(f"/?landmark={landmark.code}&mode=walk").text
    link = html.unescape(re.search(r'href="([^"]+)#route"', page)[1])
    steps = re.findall(r"<li>([^<]+)</li>", reader.get(link).text)
    to = codes_in(page)[0]
    route = answers.route(
        live.state(HELSINKI), origin=(landmark.lon, landmark.lat), to_station=to, mode="walk", lang="en"
    )
    assert [html.unescape(step) for step in steps] == [step["text"] for step in route["steps"]]


def test_links_keep_what_was_chosen(reader, landmark):
    page = reader.get(f"/?landmark={landmark.code}&mode=walk&district={HELSINKI}&lang=en").text
    links = [html.unescape(link) for link in re.findall(r'href="(/\?[^"]+)" data-filter', page)]
    assert links
    for link in links:
        assert {f"landmark={landmark.code}", f"district={HELSINKI}", "lang=en"} <= set(link[2:].split("&"))


def test_an_unknown_landmark_and_an_unknown_district_are_not_found(reader):
    assert reader.get("/?landmark=nowhere").status_code == 404
    assert reader.get("/?district=nowhere").status_code == 404


def test_a_position_gets_the_same_list(reader, live):
    body = {"lon": MIDDLE[0], "lat": MIDDLE[1], "mode": "walk", "count": 5}
    piece = reader.post("/list", json=body)
    expected = answers.nearest(live.state(HELSINKI), lon=MIDDLE[0], lat=MIDDLE[1], mode="walk", count=5)
    assert codes_in(piece.text) == [station["code"] for station in expected["stations"]]
    assert "<html" not in piece.text


def test_a_position_is_used_and_forgotten(reader, caplog):
    caplog.set_level(logging.DEBUG)
    lon, lat = "24.94137", "60.17103"
    answer = reader.post("/list", json={"lon": float(lon), "lat": float(lat)})
    assert answer.status_code == 200
    assert lon not in answer.text
    assert lat not in answer.text
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"
    assert lon not in caplog.text


def test_pages_for_riders_leave_no_cookie_and_do_not_vary_by_one(reader):
    page = reader.get("/")
    assert "Set-Cookie" not in page.headers
    assert "Cookie" not in page.headers.get("Vary", "")


def test_a_position_that_cannot_be_used_is_refused_in_words(reader):
    accept = {"Accept": "application/problem+json, text/html;q=0.9"}
    for body in ({"lon": 1120.36, "lat": 60.0}, {"lat": 60.0}, {"lon": 24.9, "lat": 60.1, "name": "x"}):
        answer = reader.post("/list", json=body, headers=accept)
        assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")
    far = reader.post("/list", json={"lon": 0.0, "lat": 0.0}, headers=accept)
    assert far.status_code == 422
    assert len(far.json["detail"]) > 20


def test_a_service_that_no_station_offers_says_so_and_offers_to_do_without(reader):
    page = reader.get("/?service=shower").text
    assert codes_in(page) == []
    assert "No rest station with shower is known here." in page
    assert "Do without: shower" in page


def test_each_choice_says_how_many_places_it_leaves(reader, live):
    places = live.state(HELSINKI).with_function(STATION)
    services = {service for place in places for service in place.functions[STATION].services}
    page = reader.get("/").text
    shown = dict(
        re.findall(r'href="/\?mode=ebike&amp;service=(\w+)" data-filter>.*?<span class="count">(\d+)</span>', page)
    )
    assert set(shown) == services
    for service, count in shown.items():
        assert int(count) == sum(service in place.functions[STATION].services for place in places)
        assert len(codes_in(reader.get(f"/?service={service}").text)) == int(count)


def test_the_first_card_names_a_backup_and_says_where_there_is_none(reader, live, landmark):
    state = live.state(HELSINKI)
    start = {"lon": landmark.lon, "lat": landmark.lat, "mode": "walk"}
    backup = answers.nearest(state, **start)["backup"]
    page = reader.get(f"/?landmark={landmark.code}&mode=walk").text
    assert page.count('class="backup"') == 1
    assert ("Locked? Go on to" in page) == (backup is not None)
    assert ("Nothing else near it is open by then" in page) == (backup is None)


def test_large_print_stays_with_every_link_of_the_page(reader, landmark):
    page = reader.get(f"/?text=large&landmark={landmark.code}").text
    assert '<html lang="en" class="large">' in page
    links = [html.unescape(link) for link in re.findall(r'<a [^>]*href="(/[^"]*)"', page)]
    lose_it = [link for link in links if "text=large" not in link]
    assert lose_it == [f"/?landmark={landmark.code}"]  # the way back to normal print


def test_what_the_page_does_not_know_is_left_out(reader):
    assert codes_in(reader.get("/?service=gold&mode=flying").text) == codes_in(reader.get("/").text)


def test_the_demonstration_says_that_banks_stand_in(reader):
    assert "its banks stand in for rest stations" in reader.get("/").text


def test_the_band_speaks_to_riders_of_sample_data_and_the_switch_names_both_districts(engine, tmp_path, sample_place):
    with writing(engine) as session:
        session.execute(
            text("INSERT INTO district (code, name, name_en, status) VALUES ('X', 'X', 'Elsewhere', 'demo')")
        )
    app = create_app(Config(database_url=str(engine.url), state_dir=tmp_path, secret_key="not a secret"))
    page = app.test_client().get("/?lang=en").text
    assert "the stations on this map do not exist. Do not go there." in page
    assert 'data-mark="Sample data"' in page
    assert 'href="/?lang=en&amp;district=X"' in page
    assert "示意站01" in page
    dispose(app)


STATES = {
    "around the clock": ("24/7", "open", "open 24 hours"),
    "until evening": ("Mo-Su 08:00-21:00", "open", "closes at 21:00"),
    "soon": ("Mo-Su 08:00-12:30", "closing", "closes at 12:30"),
    "not quite soon": ("Mo-Su 08:00-12:31", "open", "closes at 12:31"),
    "opens later": ("Mo-Su 18:00-21:00", "closed", "opens today at 18:00"),
    "opens tomorrow": ("Mo-Su 08:00-11:00", "closed", "opens tomorrow at 08:00"),
    "opens on Saturday": ("Sa 08:00-11:00", "closed", "opens Sat at 08:00"),
    "not known": (None, "unknown", None),
}


@pytest.mark.parametrize("case", STATES)
def test_a_card_tells_the_state_and_what_comes_next(engine, tmp_path, sample_place, english, case):
    hours, mark, words = STATES[case]
    with writing(engine) as session:
        session.execute(text("UPDATE place_function SET hours = :hours"), {"hours": hours})
        session.execute(text("UPDATE district SET calendar = 'cn'"))
    [card] = all_cards(LiveDistricts(engine, tmp_path).state("330111"), Filters(), now=NOW).cards
    assert (card.mark, card.hours) == (mark, words)


def test_a_night_bar_closes_tonight_and_not_tomorrow(english):
    at = NOW.astimezone(Calendar.china().zone)
    assert closing_words(at.replace(hour=2) + timedelta(days=1), at) == "closes at 02:00"
    assert closing_words(at.replace(hour=0) + timedelta(days=1), at) == "closes at 24:00"
    assert closing_words(at.replace(hour=17) + timedelta(days=2), at) == "open until Fri 17:00"


def test_hours_that_open_at_an_unknown_time_are_not_promised(english):
    assert opening_words(parse_hours(None), NOW, Calendar.china()) is None


def test_hours_are_words(english):
    assert (
        hours_words("Mo-Fr 08:30-17:30; Sa,Su 09:00-12:00; PH off")
        == "Mon–Fri 08:30–17:30; Sat, Sun 09:00–12:00; holidays closed"
    )
    assert hours_words("Apr-Oct Mo-Fr 08:00-17:00") == "Apr–Oct Mon–Fri 08:00–17:00"
    assert hours_words(None) is None


def test_hours_in_chinese(chinese):
    assert hours_words("Mo-Fr 08:30-17:30; PH off") == "周一至周五 08:30–17:30；节假日 休息"
    assert hours_words("24/7") == "24 小时"


def test_freshness_is_said_as_an_age(english):
    zone = Calendar.china().zone
    assert age_words(None, NOW, zone) == "not confirmed yet"
    assert age_words(NOW - timedelta(hours=3), NOW, zone) == "confirmed today"
    assert age_words(NOW - timedelta(days=1), NOW, zone) == "confirmed 1 day ago"
    assert age_words(NOW - timedelta(days=100), NOW, zone) == "confirmed 3 months ago"


def test_yesterday_evening_is_not_today_in_the_clock_of_the_district(english):
    zone = Calendar.china().zone
    morning = datetime(2026, 11, 25, 8, 0, tzinfo=zone)
    assert age_words(morning - timedelta(hours=12), morning.astimezone(UTC), zone) == "confirmed 1 day ago"
    assert age_words(morning - timedelta(hours=7, minutes=59), morning.astimezone(UTC), zone) == "confirmed today"
    assert age_words(morning - timedelta(hours=12), morning, ZoneInfo("America/New_York")) == "confirmed today"


# ---- The map's style ----


def style_of(app, live, theme="light", language="en", **settings):
    config = app.extensions["fuchun_config"]
    values = {"database_url": config.database_url, "state_dir": config.state_dir, "secret_key": "s", **settings}
    with app.test_request_context(f"/?lang={language}"):
        return map_style_of(live.state(HELSINKI), Config(**values), theme=theme, language=language)


def layer_ids(style):
    return [layer["id"] for layer in style["layers"]]


def test_the_style_needs_no_fonts_and_no_pictures_of_others(reader):
    style = reader.get(f"/map/{HELSINKI}/style.json").json
    assert not {"glyphs", "sprite", "font-faces"} & set(style)
    assert "http" not in json.dumps(style)


def test_stations_lie_on_top_and_names_of_towns_win_over_those_of_streets(app, live):
    order = layer_ids(style_of(app, live))
    names = ["street-names", "station-names", "region-names", "stations"]
    assert [order.index(name) for name in names] == sorted(order.index(name) for name in names)
    assert order.index("streets") < order.index("gaps") < order.index("route") < order.index("street-names")


def test_schematic_boundaries_are_dashed_and_named_so(app, live):
    style = style_of(app, live)
    [boundaries] = [layer for layer in style["layers"] if layer["id"] == "boundaries"]
    assert boundaries["paint"]["line-dasharray"]
    assert "Boundaries are schematic" in style["sources"]["district"]["attribution"]
    assert "© OpenStreetMap contributors" in style["sources"]["district"]["attribution"]


def test_boundaries_that_are_not_public_are_not_in_the_style(app, live):
    style = style_of(app, live, public_boundaries=False)
    assert not {"boundaries", "regions"} & {layer.get("source-layer") for layer in style["layers"]}
    assert "Boundaries" not in style["sources"]["district"]["attribution"]


def test_another_ground_replaces_the_streets_and_is_credited(app, live):
    style = style_of(
        app, live, basemap_type="raster", basemap_url="/ground/{z}/{x}/{y}.png", basemap_attribution="<b>Ground</b>"
    )
    assert "basemap-0" in style["sources"]
    assert "streets" not in layer_ids(style)
    assert style["sources"]["basemap-0"]["attribution"] == "&lt;b&gt;Ground&lt;/b&gt;"


def test_every_layer_reads_a_source_that_is_there(app, live):
    style = style_of(app, live)
    assert {layer["source"] for layer in style["layers"] if "source" in layer} <= set(style["sources"])


# ---- Colours ----


def tokens():
    """Return the colour tokens of both themes."""
    sheet = (STATIC / "css" / "web" / "app.css").read_text()
    blocks = re.findall(r":root \{(.*?)\}", sheet, re.DOTALL)
    light, dark = (dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block)) for block in blocks)
    return {"light": light, "dark": light | dark}


def luminance(colour):
    """Return the relative luminance (WCAG 2.2) of #rrggbb."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(a, b):
    light, dark = sorted((luminance(a), luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_has_a_contrast_of_four_and_a_half(theme):
    colour = tokens()[theme]
    words = ("ink", "grey", "red", "open", "closing", "closed", "unknown")
    pairs = [(word, ground) for word in words for ground in ("paper", "surface")]
    pairs += [("on-red", "red"), ("paper", "ink"), ("ink", "warn-paper"), ("closing", "warn-paper")]
    low = {pair: contrast(colour[pair[0]], colour[pair[1]]) for pair in pairs}
    assert {pair: ratio for pair, ratio in low.items() if ratio < 4.5} == {}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_edges_of_what_can_be_pressed_have_a_contrast_of_three(theme):
    colour = tokens()[theme]
    assert min(contrast(colour["edge"], colour[ground]) for ground in ("paper", "surface")) >= 3.0


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_names_on_the_map_have_a_contrast_of_four_and_a_half(theme):
    colour = THEMES[theme]
    pairs = (("ink", "paper"), ("grey", "paper"), ("water_name", "water"))
    low = {pair: contrast(colour[pair[0]], colour[pair[1]]) for pair in pairs}
    assert {pair: ratio for pair, ratio in low.items() if ratio < 4.5} == {}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_map_and_the_page_share_their_colours(theme):
    page = tokens()[theme]
    shared = {name: value for name, value in THEMES[theme].items() if name in page}
    assert set(shared) >= {"paper", "surface", "ink", "grey", "red", "water"}
    assert shared == {name: page[name] for name in shared}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_classes_of_gaps_go_one_way_from_the_paper(theme):
    colour = tokens()[theme]
    ratios = [contrast(colour[f"gap-{number}"], colour["paper"]) for number in range(4)]
    assert ratios == sorted(ratios)
    assert all(b / a > 1.3 for a, b in pairwise(ratios))


def test_every_icon_that_a_template_names_is_in_the_sprite():
    sprite = (STATIC / "icons" / "sprite.svg").read_text()
    symbols = set(re.findall(r'<symbol id="([\w-]+)"', sprite))
    assert set(SERVICES) | {"state-open", "state-closing", "state-closed", "state-unknown", "walk", "ebike"} <= symbols
    templates = Path(__file__).parents[3] / "templates"
    named = {name for page in templates.rglob("*.html") for name in re.findall(r'icon\("([\w-]+)"\)', page.read_text())}
    assert named <= symbols
