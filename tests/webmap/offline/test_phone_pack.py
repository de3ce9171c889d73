"""What a phone answers from what it keeps is what the server answers, and nothing it keeps says where somebody is."""

import gzip
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
import shapely

from geo.calendar import Calendar
from geo.errors import NotSnappedError
from geo.hours import OpenState, closes_at, parse_hours, state_at
from geo.network.phone_pack import make_phone_pack
from geo.network.wording import vocabulary
from loaders.sample.helsinki import HELSINKI
from tests.node import run_node
from tests.webmap import answers
from tests.webmap.conftest import dispose
from tests.webmap.valley import CODE, LAT, valley_app
from webmap import create_app
from webmap.logic.cache import forget
from webmap.logic.config import Config
from webmap.logic.door_reports.recent import ReportBoard
from webmap.logic.door_reports.rules import Report
from webmap.logic.live_districts import LiveDistricts
from webmap.logic.snapshots import SERVED_MODES
from webmap.offline.places import DAYS, station_document
from webmap.rider.views import FIRST_LISTED, MAX_LISTED

GZIP = {"Accept-Encoding": "gzip"}


@pytest.fixture(scope="module")
def app(helsinki):
    engine, state_dir = helsinki
    url = engine.url.render_as_string(hide_password=False)
    app = create_app(Config(database_url=url, state_dir=state_dir, secret_key="not a secret"))
    yield app
    dispose(app)


@pytest.fixture(scope="module")
def state(helsinki):
    return LiveDistricts(*helsinki).state(HELSINKI)


def kept(app, state, *, now):
    """What the phone keeps of a state from a moment on."""
    with app.test_request_context():
        return station_document(state, now=now)


def questions_about(state, *, n, seed):
    """Questions from random points, on streets, in the harbour and outside, at moments of two weeks."""
    rng = np.random.default_rng(seed)
    points = state.snapshot.network.points
    low, high = points.min(axis=0), points.max(axis=0)
    beside = points[rng.integers(0, len(points), n - n // 4)] + rng.normal(0, 5e-4, (n - n // 4, 2))
    where = np.concatenate([beside, rng.uniform(low - 0.01, high + 0.01, (n // 4, 2))]).round(5)
    start = datetime(2026, 11, 23, tzinfo=UTC)
    return [
        {
            "lon": lon,
            "lat": lat,
            "mode": SERVED_MODES[i % 2],
            "kind": "rest_station",
            "services": [],
            "always": i % 9 == 0,
            "count": 17,
            "at": start + timedelta(seconds=int(rng.integers(0, DAYS * 86_400 - 12 * 3600))),
        }
        for i, (lon, lat) in enumerate(where.tolist())
    ]


def test_the_phone_and_the_server_give_the_same_answers(app, state, tmp_path):
    asked = questions_about(state, n=400, seed=17)
    document = kept(app, state, now=asked[0]["at"].replace(day=23, hour=1))
    path = tmp_path / "streets.pack"
    path.write_bytes(state.snapshot.pack.tobytes())
    of_phone = run_node(
        "nearest.mjs",
        {
            "pack": str(path),
            "document": document,
            "questions": [each | {"at": int(each["at"].timestamp() * 1000)} for each in asked],
        },
    )
    client = app.test_client()
    answered = refused = 0
    for question, phone in zip(asked, of_phone, strict=True):
        server = client.post("/api/v1/nearest", json=question | {"at": question["at"].isoformat()})
        if server.status_code != 200:
            assert server.json["type"] == "/problems/not-attached"
            assert phone == {"stations": [], "backup": None, "attached_m": None}
            refused += 1
            continue
        answered += 1
        answer = server.json
        assert [each["code"] for each in phone["stations"]] == [each["code"] for each in answer["stations"]]
        assert [each["cost"] / 10 for each in phone["stations"]] == [each["duration_s"] for each in answer["stations"]]
        assert [each["state"] for each in phone["stations"]] == [each["on_arrival"] for each in answer["stations"]]
        assert [moment(each["closes"]) for each in phone["stations"]] == [
            each["closes_at"] and datetime.fromisoformat(each["closes_at"]) for each in answer["stations"]
        ]
        assert round(phone["attached_m"], 1) == answer["attached_m"]
        theirs = answer["backup"]
        assert (phone["backup"] and (phone["backup"]["code"], phone["backup"]["cost"] / 10)) == (
            theirs and (theirs["code"], theirs["duration_s"])
        )
    assert answered > 250
    assert refused > 20


KINDS_REPORTED = ("locked", "open", "no_water", "broken", "other")
OFFERED = ("drinking_water", "phone_charging", "toilet")
REPORTED_FROM = datetime(2026, 11, 25, 4, 0, tzinfo=UTC)  # a Wednesday, noon in China


def random_reports(codes, *, n, seed):
    """Reports of four people from two hours before `REPORTED_FROM` to three hours after, by place."""
    rng = np.random.default_rng(seed)
    reports = {}
    for second in sorted(rng.integers(-2 * 3600 + 1, 3 * 3600, n).tolist()):
        kind = str(rng.choice(KINDS_REPORTED, p=[0.5, 0.15, 0.15, 0.15, 0.05]))
        service = str(rng.choice(OFFERED)) if kind == "broken" and rng.random() < 0.9 else None
        at = REPORTED_FROM + timedelta(seconds=second)
        reports.setdefault(str(rng.choice(codes)), []).append(Report(kind, service, at, f"hash {rng.integers(4)}"))
    return reports


def with_reports(state, reports):
    """Return a state in which every station offers some services and people have just reported."""
    places = [
        replace(
            place,
            functions={
                kind: replace(function, services=OFFERED[i % 3 :] + OFFERED[: i % 2])
                for kind, function in place.functions.items()
            },
        )
        for i, place in enumerate(state.places)
    ]
    board = ReportBoard()
    board.put(1, reports)
    return replace(state, places=tuple(places), board=board)


def test_reports_move_places_on_the_phone_as_on_the_server(app, state, tmp_path):
    codes = [place.code for place in state.with_function("rest_station")]
    reported = with_reports(state, random_reports(codes, n=160, seed=5))
    rng = np.random.default_rng(6)
    asked = [
        question
        | {
            "at": REPORTED_FROM + timedelta(seconds=int(rng.integers(0, 4 * 3600))),
            "services": [s for s in OFFERED if rng.random() < 0.3],
            "count": 3,
        }
        for question in questions_about(state, n=300, seed=7)
    ]
    path = tmp_path / "streets.pack"
    path.write_bytes(state.snapshot.pack.tobytes())
    of_phone = run_node(
        "nearest.mjs",
        {
            "pack": str(path),
            "document": kept(app, reported, now=REPORTED_FROM),
            "questions": [each | {"at": int(each["at"].timestamp() * 1000)} for each in asked],
        },
    )
    answered = moved = 0
    for question, phone in zip(asked, of_phone, strict=True):
        try:
            server = answers.nearest(reported, **question)
        except NotSnappedError:
            continue
        answered += 1
        without = answers.nearest(replace(reported, board=ReportBoard()), **question)
        moved += [each["code"] for each in server["stations"]] != [each["code"] for each in without["stations"]]
        assert [each["code"] for each in phone["stations"]] == [each["code"] for each in server["stations"]]
        assert [each["door"] for each in phone["stations"]] == [as_phone(each["door"]) for each in server["stations"]]
        assert (phone["backup"] and phone["backup"]["code"]) == (server["backup"] and server["backup"]["code"])
    assert answered > 180
    assert moved > 60


def as_phone(door):
    """Return the door of a server's answer as the phone tells it."""
    heard = [
        {
            "kind": each["kind"],
            "service": each["service"],
            "people": each["people"],
            "latest": int(datetime.fromisoformat(each["latest_at"]).timestamp() * 1000),
            "isHeeded": each["heeded"],
        }
        for each in door["reports"]
    ]
    return door | {"reports": heard}


def test_reports_lead_nobody_from_door_to_door(app, state):
    codes = [place.code for place in state.with_function("rest_station")][:2]
    at = REPORTED_FROM - timedelta(minutes=12, microseconds=5)
    reports = {
        codes[0]: [Report("locked", None, at, "hash 1"), Report("other", None, at, "hash 1")],
        codes[1]: [Report("locked", None, at, "hash 2"), Report("locked", None, at, "hash 1")],
    }
    told = kept(app, with_reports(state, reports), now=REPORTED_FROM)["reports"]
    second = int(REPORTED_FROM.timestamp()) - 12 * 60 - 1
    assert told == {
        codes[0]: [("locked", None, second, 0), ("other", None, second, 0)],
        codes[1]: [("locked", None, second, 0), ("locked", None, second, 1)],
    }
    assert kept(app, with_reports(state, reports), now=REPORTED_FROM + timedelta(hours=2))["reports"] == {}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_phone_leads_as_the_server_leads(app, state, tmp_path, lang):
    path = tmp_path / "streets.pack"
    path.write_bytes(state.snapshot.pack.tobytes())
    document = kept(app, state, now=datetime.now(UTC)) | {
        "words": {"directions": vocabulary(lang), "lang": lang},
        "links": {place.code: {mode: [] for mode in SERVED_MODES} for place in state.places},
    }
    codes = [place.code for place in state.with_function("rest_station")]
    asked = [
        {"lon": each["lon"], "lat": each["lat"], "mode": each["mode"], "code": codes[i % len(codes)]}
        for i, each in enumerate(questions_about(state, n=300, seed=31))
    ]
    of_phone = run_node("routes.mjs", {"pack": str(path), "document": document, "asked": asked})
    ways = other_ways = 0
    for question, phone in zip(asked, of_phone, strict=True):
        try:
            server = answers.route(
                state,
                origin=(question["lon"], question["lat"]),
                to_station=question["code"],
                mode=question["mode"],
                lang=lang,
            )
        except NotSnappedError:
            assert phone is None
            continue
        ways += 1
        assert phone["duration_s"] == server["duration_s"]
        lines = [shapely.LineString(each["geometry"]["coordinates"]) for each in (phone, server)]
        if shapely.hausdorff_distance(*lines) > 2e-6:
            other_ways += 1  # as quick to the decisecond, by another street
            continue
        assert phone["distance_m"] == pytest.approx(server["distance_m"], abs=0.2)
        assert phone["steps"] == [step["text"] for step in server["steps"]]
    assert ways > 180
    assert other_ways < 0.1 * ways


def moment(milliseconds):
    return None if milliseconds is None else datetime.fromtimestamp(milliseconds / 1000, UTC)


@pytest.mark.parametrize(
    "text",
    [
        "Mo-Fr 08:30-17:30",
        "24/7",
        "Mo-Su 18:00-02:00",
        "Mo-Fr 08:00-17:00; PH off",
        "sunrise-sunset",
        None,
        "Sa 09:00-24:00",
        "Mo-Fr 08:00-17:00; PH off; 2026 Oct 01-07 09:00-16:00",
        "24/7; 2026 Sep 28-2026 Oct 03 off",
        "Mo-Su 22:00-06:00; Sa 01:00-02:00 off",
    ],
)
def test_two_weeks_of_hours_are_what_the_rules_say(text, app, state):
    """Every quarter of an hour of the two weeks around a holiday, and unknown ever after."""
    place = state.with_function("rest_station")[0]
    hours = replace(place.functions["rest_station"], hours=text)
    china = replace(
        state,
        calendar=Calendar.china(),
        places=(replace(place, functions={"rest_station": hours}),),
    )
    start = datetime(2026, 9, 25, tzinfo=ZoneInfo("Asia/Shanghai"))
    document = kept(app, china, now=start + timedelta(hours=15))
    moments = [start + timedelta(minutes=15 * i) for i in range(-8, 4 * 24 * (DAYS + 2))]
    said = run_node(
        "hours.mjs",
        {
            "document": document,
            "hours": document["places"][0]["functions"]["rest_station"],
            "moments": [int(at.timestamp() * 1000) for at in moments],
        },
    )
    parsed = parse_hours(text)
    for at, phone in zip(moments, said, strict=True):
        if not start <= at < start + timedelta(days=DAYS):
            assert phone == {"state": "unknown", "closes": None, "opens": None}
            continue
        truth = state_at(parsed, at, calendar=china.calendar)
        assert phone["state"] == truth.value, at
        closes = closes_at(parsed, at, calendar=china.calendar) if truth is OpenState.OPEN else None
        assert moment(phone["closes"]) == closes, at


def test_the_pack_is_of_the_present_streets_and_kept_for_good(app, state):
    client = app.test_client()
    document = client.get(f"/device/{HELSINKI}/stations.json").json
    address = f"/device/{HELSINKI}/{document['pack']}.pack"
    answer = client.get(address, headers=GZIP)
    assert answer.data == make_phone_pack(state.snapshot.network, modes=SERVED_MODES)
    assert answer.cache_control.immutable
    assert client.get(address).data == gzip.decompress(answer.data)
    again = client.get(address, headers=GZIP | {"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert client.get(f"/device/{HELSINKI}/000000000000.pack").status_code == 404


def test_the_places_are_asked_for_again_and_answered_in_no_bytes_while_they_stay(app):
    client = app.test_client()
    answer = client.get(f"/device/{HELSINKI}/stations.json", headers=GZIP)
    assert answer.cache_control.no_cache
    again = client.get(f"/device/{HELSINKI}/stations.json", headers=GZIP | {"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize("query", ["?text=large", "?district=nowhere", "?frame=1", "?lang=zh"])
def test_nobody_s_address_gets_into_what_everybody_keeps(app, query):
    def lists(query):
        forget(app.extensions["fuchun_live"].state(HELSINKI))
        answer = app.test_client().get(f"/device/{HELSINKI}/stations.json{query}", headers={"Accept-Language": "zh"})
        return answer.json["lists"]

    assert lists(query) == lists("")


def test_a_card_of_every_place_is_kept_however_many_a_page_shows(make_database, tmp_path):
    def station(number):
        functions = [{"kind": "rest_station", "tier": None, "hours": "24/7", "hours_posted": "24/7", "services": []}]
        return {
            "code": f"N{number}",
            "name": f"{number}",
            "lon": 119.98 + number / 1e4,
            "lat": LAT,
            "functions": functions,
        }

    many = [station(number) for number in range(MAX_LISTED + 1)]
    with valley_app(make_database, tmp_path, more_places=many, has_streets=False) as app:
        document = app.test_client().get(f"/device/{CODE}/stations.json").json
        assert document["lists"]["rest_station"].count('<li class="station"') == len(many) + 2
        first = app.test_client().get("/?lang=en").text
        assert first.count('<li class="station"') == FIRST_LISTED
        assert f"{len(many) + 2 - FIRST_LISTED} more" in first
        assert app.test_client().get("/?more=1").text.count('<li class="station"') == MAX_LISTED
