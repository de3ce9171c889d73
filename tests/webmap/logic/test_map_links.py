"""Every vendor's link, parsed back, leads to the place: in its coordinates, its axis order and its modes."""

import html
import re
from itertools import product
from urllib.parse import parse_qs, urlsplit

import pytest

from geo.crs import distance_m
from geo.errors import InputError
from loaders.sample.helsinki import HELSINKI
from tests.geo.coord_convert import COORD_CONVERT
from tests.webmap.conftest import dispose
from webmap import create_app
from webmap.logic.config import Config
from webmap.logic.map_links import APPS, is_phone, is_wechat, map_links

WITHIN_M = 0.2
"""Six decimals are 0.06 m to each side; the task is to be within a metre."""

# Where the vendors see each point: GCJ-02 by another implementation (tests/geo/test_crs.py). Helsinki is not shifted.
PLACES = [(tuple(row[:2]), tuple(row[2:4])) for row in COORD_CONVERT.tolist()]
PLACES.append(((24.938400, 60.169900), (24.938400, 60.169900)))

# What each app is asked for, and whether the button must say that it is not what was wanted.
MODES = {
    ("amap", "walk", True): ("walk", False),
    ("amap", "ebike", True): ("ride", False),
    ("amap", "walk", False): ("walk", False),
    ("amap", "ebike", False): ("walk", True),
    ("baidu", "walk", True): ("walk", False),
    ("baidu", "ebike", True): ("walk", True),
    ("baidu", "walk", False): ("walk", False),
    ("baidu", "ebike", False): ("walk", True),
    ("tencent", "walk", True): ("walk", False),
    ("tencent", "ebike", True): ("walk", True),
    ("tencent", "walk", False): ("walk", False),
    ("tencent", "ebike", False): ("walk", True),
    ("geo", "walk", True): (None, False),
    ("geo", "ebike", True): (None, False),
    ("geo", "walk", False): (None, False),
    ("geo", "ebike", False): (None, False),
}


def read_amap(query):
    """Return longitude, latitude, name and mode of an Amap link: longitude first."""
    lon, lat, name = query["to"].split(",")
    return float(lon), float(lat), name, query["mode"]


def read_baidu(query):
    """Return the same of a Baidu link: latitude first, in a list of named parts."""
    parts = dict(part.split(":", 1) for part in query["destination"].split("|"))
    lat, lon = parts["latlng"].split(",")
    return float(lon), float(lat), parts["name"], {"walking": "walk", "riding": "ride"}[query["mode"]]


def read_tencent(query):
    """Return the same of a Tencent link: latitude first."""
    lat, lon = query["tocoord"].split(",")
    return float(lon), float(lat), query["to"], query["type"]


READERS = {"amap": read_amap, "baidu": read_baidu, "tencent": read_tencent}
HOSTS = {"amap": "uri.amap.com", "baidu": "api.map.baidu.com", "tencent": "apis.map.qq.com"}


def link_to(app, place, mode="walk", name="示意站01", on_phone=True):
    links = map_links(*place, name=name, mode=mode, region="富阳区", is_phone=on_phone)
    assert tuple(link.app for link in links) == APPS
    return links[APPS.index(app)]


def query_of(link):
    return {name: values[0] for name, values in parse_qs(urlsplit(link.url).query, keep_blank_values=True).items()}


@pytest.mark.parametrize(("app", "mode", "on_phone"), MODES)
@pytest.mark.parametrize(("place", "shifted"), PLACES)
def test_a_link_leads_to_the_place_by_its_mode(app, mode, on_phone, place, shifted):
    link = link_to(app, place, mode, on_phone=on_phone)
    assert (link.mode, link.is_fallback) == MODES[app, mode, on_phone]
    if app == "geo":
        lat, lon = link.url.removeprefix("geo:").split(",")
        assert distance_m(float(lon), float(lat), *place) < WITHIN_M
        return
    assert urlsplit(link.url).scheme == "https"
    assert urlsplit(link.url).hostname == HOSTS[app]
    lon, lat, name, asked = READERS[app](query_of(link))
    assert distance_m(lon, lat, *shifted) < WITHIN_M
    assert (name, asked) == ("示意站01", link.mode)


def test_the_vendors_are_told_which_coordinates_these_are():
    place = PLACES[0][0]
    assert query_of(link_to("baidu", place))["coord_type"] == "gcj02"
    assert query_of(link_to("tencent", place))["coord_type"] == "2"


def test_no_start_stands_in_a_link():
    place, shifted = PLACES[0]
    assert query_of(link_to("amap", place))["from"] == ""
    assert query_of(link_to("baidu", place))["origin"] == "name:我的位置"
    assert not {"from", "fromcoord"} & set(query_of(link_to("tencent", place)))
    for app, mode in product(HOSTS, ("walk", "ebike")):
        url = link_to(app, place, mode).url
        assert url.count(f"{shifted[0]:.6f}") == url.count(f"{shifted[1]:.6f}") == 1


@pytest.mark.parametrize("name", ["A, B|C: D; E", "站 & 店 #2 / 50%", "驿站（东门）"])
def test_no_sign_in_a_name_breaks_a_link(name):
    for app in HOSTS:
        _, _, read, _ = READERS[app](query_of(link_to(app, PLACES[0][0], name=name)))
        wide = str.maketrans(",|:;", "，｜：；")
        assert read == name.translate(wide)


def test_an_unknown_mode_is_refused():
    with pytest.raises(InputError, match="coach"):
        link_to("amap", PLACES[0][0], mode="coach")


WECHAT = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Mobile/15E148 MicroMessenger/8.0.50"
DESKTOP = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36"


def test_wechat_and_phones_are_known_by_their_name():
    assert is_wechat(WECHAT)
    assert is_phone(WECHAT)
    assert not is_wechat(DESKTOP)
    assert not is_phone(DESKTOP)


@pytest.fixture(scope="module")
def app(helsinki):
    engine, state_dir = helsinki
    url = engine.url.render_as_string(hide_password=False)
    app = create_app(Config(database_url=url, state_dir=state_dir, secret_key="not a secret"))
    app.testing = True
    yield app
    dispose(app)


def landmark_and_station(app):
    state = app.extensions["fuchun_live"].state(HELSINKI)
    return state.with_function("landmark")[0], state.with_function("rest_station")[0]


def links_in(page):
    return {app: html.unescape(url) for app, url in re.findall(r'data-app="(\w+)"[^>]* href="([^"]+)"', page)}


def test_the_route_page_offers_the_links_without_scripts_and_the_hint_in_wechat_only(app):
    landmark, station = landmark_and_station(app)
    address = f"/?landmark={landmark.code}&to={station.code}&mode=ebike"
    page = app.test_client().get(address, headers={"User-Agent": WECHAT}).text
    expected = map_links(
        station.lon, station.lat, name=station.name, mode="ebike", region="赫尔辛基市中心（真实街道演示）"
    )
    assert links_in(page) == {link.app: link.url for link in expected}
    assert not re.search(r"data-wechat-hint hidden", page)
    desktop = app.test_client().get(address, headers={"User-Agent": DESKTOP}).text
    assert re.search(r"data-wechat-hint hidden", desktop)
    assert "mode=walk" in links_in(desktop)["amap"]


def test_the_route_answer_carries_links_to_a_station_and_none_to_a_point(app):
    landmark, station = landmark_and_station(app)
    start = {"lon": landmark.lon, "lat": landmark.lat}
    client = app.test_client()
    answer = client.post("/api/v1/route", json={"from": start, "to": {"station": station.code}, "mode": "walk"}).json
    assert [link["app"] for link in answer["links"]] == list(APPS)
    for link in answer["links"]:
        assert f"{landmark.lon:.4f}" not in link["url"]
    point = {"lon": station.lon, "lat": station.lat}
    assert client.post("/api/v1/route", json={"from": start, "to": point}).json["links"] == []
