"""The day of a departure by link: what participants read, what the leader presses, what a link does not open."""

import html
import json
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.conftest import DatabaseMaker
from tests.webmap.conftest import english
from tests.webmap.day_valley import FROM_OURS, DayLinks, at, send_presses, store_departure
from tests.webmap.page_words import words
from tests.webmap.tour_valley import store_tour_places
from tests.webmap.valley import valley_app


@pytest.fixture(scope="module")
def valley(
    make_database: DatabaseMaker, tmp_path_factory: pytest.TempPathFactory, translations: None
) -> Iterator[Flask]:
    with valley_app(make_database, tmp_path_factory.mktemp("running")) as app:
        store_tour_places(app.extensions["fuchun_engine"])
        yield app


@pytest.fixture
def client(valley: Flask) -> FlaskClient:
    return english(valley)


@pytest.fixture
def links(valley: Flask) -> DayLinks:
    return store_departure(valley)


def told(links: DayLinks, number: int, minute: int, kind: object, **fields: object) -> dict[str, object]:
    return {"device": "phone-of-a-test", "number": number, "at_ms": at(links, minute), "kind": kind, **fields}


def times(client: FlaskClient, key: str, day: int = 1) -> list[str]:
    return re.findall(r"data-arrive>([^<]+)<", client.get(f"/b/{key}/{day}/now").text)


def proposed(answer: TestResponse) -> list[dict[str, object]]:
    """Return what the button sends that accepts a new plan of the day."""
    button = re.search(r'<button[^>]* class="primary" data-do="([^"]+)"', answer.text)
    assert button
    presses: list[dict[str, object]] = json.loads(html.unescape(button[1]))
    return presses


def shown_rest(answer: TestResponse) -> list[str]:
    """Return the times of a new plan as the leader reads them."""
    return re.findall(r'<li><span class="time">([^<]+)<', answer.text)


def test_participants_see_the_next_stop_without_an_account(client: FlaskClient, links: DayLinks):
    answer = client.get(f"/b/{links.participants}/1")
    text = words(answer.text)
    assert "Departure 09:00" in text
    assert "示意会堂南门" in text
    assert "12:20 停车场东侧 gather" in text
    assert 'href="tel:0571-00000000"' in answer.text
    assert 'href="tel:120"' in answer.text
    assert "uri.amap.com" in answer.text
    assert "lead-bar" not in answer.text
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert "Set-Cookie" not in answer.headers
    # The day that is shown without a number is today's: the second of this departure.
    assert "Day 2" in words(client.get(f"/b/{links.participants}").text)


def test_a_link_that_has_ended_says_so_and_opens_nothing(valley: Flask, client: FlaskClient):
    ended = store_departure(valley, until=timedelta(seconds=-1))
    for path in ("", "/1", "/1/now", "/1/day.geojson", "/qr.svg"):
        for key in (ended.participants, "no-such-key"):
            assert client.get(f"/b/{key}{path}").status_code == 404
    assert "has ended" in words(client.get(f"/b/{ended.participants}").text)
    assert send_presses(client, ended.leader, [told(ended, 1, 540, "departed", stop="1")]).status_code == 404


def test_participants_and_other_sites_press_nothing(client: FlaskClient, links: DayLinks):
    press = told(links, 1, 540, "delay", minutes=20)
    assert send_presses(client, links.participants, [press]).status_code == 404
    form = {"why": "rain"}
    assert client.post(f"/b/{links.participants}/1/rest", data=form, headers=FROM_OURS).status_code == 404
    elsewhere = {"Sec-Fetch-Site": "cross-site"}
    assert client.post(f"/b/{links.leader}/presses", json={}, headers=elsewhere).status_code == 403
    assert times(client, links.participants)[0] == "09:00"


def test_a_delay_reaches_everybody_and_an_unchanged_day_is_not_sent_again(client: FlaskClient, links: DayLinks):
    first = client.get(f"/b/{links.participants}/1/now")
    tag = {"If-None-Match": first.headers["ETag"]}
    assert client.get(f"/b/{links.participants}/1/now", headers=tag).status_code == 304
    answer = send_presses(client, links.leader, [told(links, 1, 530, "delay", minutes=20)])
    assert answer.json == {"taken": ["phone-of-a-test.1"]}
    changed = client.get(f"/b/{links.participants}/1/now", headers=tag)
    assert changed.status_code == 200
    text = words(changed.text)
    assert "20 min late" in text
    assert "09:40 示意水车" in text
    assert "(was 09:20)" in text


def test_presses_that_come_late_twice_and_in_parts_make_the_same_day(valley: Flask, client: FlaskClient):
    presses = [
        ("departed", 545, {"stop": "1"}), ("arrived", 570, {"stop": "2"}), ("delay", 600, {"minutes": 10}),
        ("departed", 765, {"stop": "2"}), ("arrived", 790, {"stop": "3"}),
        ("undo", 791, {"target": "phone-of-a-test.3"}),
    ]  # fmt: skip
    shown = []
    for batches in ([range(6)], [[0, 1], [0, 1, 2, 3], [2, 3, 4], [4, 5], [5]], [[5], [4], [3], [2], [1], [0]]):
        links = store_departure(valley)
        for batch in batches:
            sent = [told(links, n + 1, presses[n][1], presses[n][0], **presses[n][2]) for n in batch]
            assert send_presses(client, links.leader, sent).status_code == 200
        shown.append(times(client, links.participants))
    assert shown == [["09:05", "09:30", "13:10", "14:20", "16:20"]] * 3


def test_what_breaks_is_said_with_the_smallest_repair_which_saves_lunch(client: FlaskClient, links: DayLinks):
    send_presses(client, links.leader, [told(links, 1, 530, "delay", minutes=20)])
    page = client.get(f"/b/{links.leader}/1").text
    assert "Lunch at 示意饭店: 10 min too late" in words(page)
    assert "shorten 示意水车 by 10 min" in words(page)
    assert "skip 示意水车" in words(page)
    send_presses(client, links.leader, [told(links, 2, 531, "shorten", stop="2", minutes=10)])
    assert "too late" not in words(client.get(f"/b/{links.leader}/1").text)
    assert times(client, links.participants)[2] == "13:00"
    # The QR code for the coach is that of participants, who get no button to press.
    code = re.search(r'src="(/b/[^"]+/qr\.svg)"', page)
    assert code
    assert client.get(code[1]).mimetype == "image/svg+xml"
    assert links.leader not in code[1]


def test_a_closed_sight_is_planned_around_and_nothing_changes_before_it_is_accepted(client: FlaskClient, valley: Flask):
    links = store_departure(valley, days_ago=-1)  # whatever the time is, the day is still ahead
    send_presses(client, links.leader, [told(links, 1, 540, "departed", stop="1")])
    before = times(client, links.participants, 2)
    assert before == ["09:00", "09:20", "11:40"]
    tomorrow = client.post(f"/b/{links.leader}/2/rest", data={"why": "closed", "stop": "2"}, headers=FROM_OURS)
    assert "Left out: 示意茶园" in words(tomorrow.text)
    assert times(client, links.participants, 2) == before
    (sent,) = proposed(tomorrow)
    assert sent["kind"] == "replan"
    accepted = told(links, 2, 541, **sent)
    assert send_presses(client, links.leader, [accepted], day=2).status_code == 200
    assert times(client, links.participants, 2) == ["09:00", *shown_rest(tomorrow)]
    assert "示意茶园" not in words(client.get(f"/b/{links.participants}/2/now").text)
    undo = told(links, 3, 542, "undo", target="phone-of-a-test.2")
    assert send_presses(client, links.leader, [undo], day=2).status_code == 200
    assert times(client, links.participants, 2) == before
    refused = client.post(f"/b/{links.leader}/1/rest", data={"why": "rain"}, headers=FROM_OURS)
    assert refused.status_code == 409


def test_what_is_accepted_is_what_everybody_is_shown(client: FlaskClient, valley: Flask):
    links = store_departure(valley, days_ago=-1)  # whatever the time is, the day is still ahead
    send_presses(client, links.leader, [told(links, 1, 530, "delay", minutes=20)])
    closed = client.post(f"/b/{links.leader}/1/rest", data={"why": "closed", "stop": "4"}, headers=FROM_OURS)
    assert "Left out: 示意桥头" in words(closed.text)
    (sent,) = proposed(closed)
    assert send_presses(client, links.leader, [told(links, 2, 531, **sent)]).status_code == 200
    page = client.get(f"/b/{links.leader}/1").text
    assert times(client, links.participants)[1:] == shown_rest(closed)
    assert "示意桥头" not in words(client.get(f"/b/{links.participants}/1/now").text)
    assert "too late" not in words(page)
    assert "too early" not in words(page)


def test_the_map_gets_the_way_and_the_station_near(client: FlaskClient, links: DayLinks):
    send_presses(client, links.leader, [told(links, 1, 540, "departed", stop="1")])
    features = client.get(f"/b/{links.participants}/1/day.geojson").json["features"]
    roles = [feature["properties"]["role"] for feature in features]
    assert roles.count("stop") == 5
    assert roles.count("leg") == 4
    assert "near" in roles


@pytest.mark.parametrize(
    "body",
    [None, [], {"day": 1}, {"day": 1, "sent_ms": 1, "presses": [{"kind": "dance"}]},
     {"day": 1, "sent_ms": 1, "presses": [{"kind": "delay", "device": "x", "number": 1, "at_ms": 1, "minutes": 10}]},
     {"day": 1, "sent_ms": 1, "presses": [{"kind": "delay", "device": "phone-of-a-test", "number": 1, "at_ms": 1,
                                           "minutes": "ten"}]}],
)  # fmt: skip
def test_what_is_no_press_is_refused(client: FlaskClient, links: DayLinks, body: object):
    assert client.post(f"/b/{links.leader}/presses", json=body, headers=FROM_OURS).status_code == 422
