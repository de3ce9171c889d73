"""The answers themselves, on real streets."""

from dataclasses import replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest

from geo.errors import InputError, NotFoundError, NotSnappedError
from geo.network import _snapping, _ways
from geo.network.snap import snap_one
from loaders.sample.helsinki import HELSINKI
from tests.webmap import answers
from webmap.logic.door_reports.recent import ReportBoard
from webmap.logic.door_reports.rules import WINDOW, Report
from webmap.logic.live_districts import LiveDistricts
from webmap.logic.places import SHOWN_KINDS, STATION
from webmap.logic.ranking import UNKNOWN_HOURS_S
from webmap.logic.routes import links_to

MIDDLE = (24.9384, 60.1699)
POINTS = (MIDDLE, (24.9450, 60.1650), (24.9300, 60.1720), (24.9520, 60.1700))
NOON = datetime.fromisoformat("2026-11-25T12:00:00+02:00")
NIGHT = datetime.fromisoformat("2026-11-25T03:00:00+02:00")


@pytest.fixture(scope="module")
def state(helsinki):
    return LiveDistricts(*helsinki).state(HELSINKI)


def test_the_first_rider_waits_for_no_compiler(state):
    """What requests run was compiled, for arrays that lie in files, when the snapshot was built."""
    kernels = (_ways.look_up, _ways.depart, _ways.measure_ways, _snapping.snap_points)
    before = [set(kernel.signatures) for kernel in kernels]
    for mode in ("walk", "ebike"):
        first = answers.nearest(state, lon=MIDDLE[0], lat=MIDDLE[1], mode=mode)["stations"][0]
        answers.route(state, origin=MIDDLE, to_station=first["code"], mode=mode)
    assert [set(kernel.signatures) for kernel in kernels] == before


def counted_s(station):
    """Return the time that a station counts with in the order: unknown hours as if farther."""
    return station["duration_s"] + (UNKNOWN_HOURS_S if station["on_arrival"] == "unknown" else 0)


def test_stations_come_soonest_first_and_closed_ones_last(state):
    found = answers.nearest(state, lon=MIDDLE[0], lat=MIDDLE[1], at=NOON, count=50)["stations"]
    keys = [(s["on_arrival"] == "closed", counted_s(s)) for s in found]
    assert keys == sorted(keys)
    assert len(found) == len(state.with_function("rest_station"))


@pytest.mark.parametrize("hour", [3, 12, 16, 22])
def test_the_backup_is_the_nearest_to_the_first_that_is_not_closed_by_then(state, hour):
    """Asked anew at the first station's door, at the moment of arrival."""
    departs = datetime(2026, 11, 25, hour, 0, tzinfo=state.calendar.zone)
    found = 0
    for lon, lat in POINTS:
        answer = answers.nearest(state, lon=lon, lat=lat, at=departs)
        first = answer["stations"][0]
        arrives = departs + timedelta(seconds=first["duration_s"])
        there = answers.nearest(state, lon=first["lon"], lat=first["lat"], at=arrives, count=20)["stations"]
        others = [s for s in there if s["code"] != first["code"] and s["on_arrival"] != "closed"]
        expected = min(others, key=lambda s: (counted_s(s), s["code"]), default=None)
        assert (answer["backup"] or {}).get("code") == (expected or {}).get("code")
        if expected:
            found += 1
            assert answer["backup"]["duration_s"] == expected["duration_s"]
    assert found or hour == 3


def test_around_the_clock_and_the_function_narrow_the_choice(state):
    lon, lat = POINTS[0]
    always = answers.nearest(state, lon=lon, lat=lat, count=20, always=True)["stations"]
    hours = {place.code: place.functions[STATION].hours for place in state.with_function(STATION)}
    assert {s["code"] for s in always} == {code for code, text in hours.items() if text == "24/7"}
    landmarks = answers.nearest(state, lon=lon, lat=lat, count=20, kind="landmark")["stations"]
    assert {s["code"] for s in landmarks} <= {place.code for place in state.with_function("landmark")}
    assert landmarks


def test_only_active_places_that_riders_look_for_are_columns(state):
    wanted = {
        place.id for place in state.places if place.status == "active" and set(SHOWN_KINDS) & set(place.functions)
    }
    assert set(state.ready().place_id.tolist()) == wanted
    assert len(wanted) < len(state.places)
    assert {place.id for place in state.places if place.column is not None} == wanted


@pytest.mark.parametrize("mode", ["walk", "ebike"])
def test_who_asks_for_landmarks_gets_the_ways_that_routes_take(state, mode):
    found = answers.nearest(state, lon=MIDDLE[0], lat=MIDDLE[1], mode=mode, count=20, kind="landmark")["stations"]
    for landmark in found:
        way = answers.route(state, origin=MIDDLE, to_station=landmark["code"], mode=mode)
        assert way["duration_s"] == landmark["duration_s"]
        assert way["distance_m"] == pytest.approx(landmark["distance_m"], abs=0.2)


def test_every_answer_carries_district_version_and_the_mark_of_sample(state):
    for answer in (
        answers.nearest(state, lon=MIDDLE[0], lat=MIDDLE[1]),
        answers.stations(state),
    ):
        assert (answer["district"], answer["data_version"], answer["sample"]) == (HELSINKI, state.data_version, False)


def test_the_route_to_a_station_takes_the_time_that_nearest_promised(state):
    for mode in ("walk", "ebike"):
        for station in answers.nearest(state, lon=MIDDLE[0], lat=MIDDLE[1], mode=mode, at=NOON, count=50)["stations"]:
            way = answers.route(state, origin=MIDDLE, to_station=station["code"], mode=mode)
            assert way["duration_s"] == station["duration_s"]
            assert way["distance_m"] == pytest.approx(station["distance_m"], abs=0.2)
            assert way["geometry"]["coordinates"][0] == [round(MIDDLE[0], 6), round(MIDDLE[1], 6)]
            assert way["geometry"]["coordinates"][-1] == pytest.approx([station["lon"], station["lat"]], abs=1e-6)


def test_the_route_to_a_point_takes_no_longer_than_to_the_station_there(state):
    station = answers.nearest(state, lon=MIDDLE[0], lat=MIDDLE[1], count=1)["stations"][0]
    by_code = answers.route(state, origin=MIDDLE, to_station=station["code"])
    by_point = answers.route(state, origin=MIDDLE, to_point=(station["lon"], station["lat"]))
    assert by_point["duration_s"] == by_code["duration_s"]


def test_what_is_asked_wrongly_is_named(state):
    with pytest.raises(InputError, match="mode coach is not one of walk, ebike"):
        answers.nearest(state, lon=MIDDLE[0], lat=MIDDLE[1], mode="coach")
    with pytest.raises(InputError, match="service tea is not one of"):
        answers.nearest(state, lon=MIDDLE[0], lat=MIDDLE[1], services=["tea"])
    with pytest.raises(NotFoundError, match="no station X"):
        answers.route(state, origin=MIDDLE, to_station="X")
    with pytest.raises(NotSnappedError) as far:
        answers.nearest(state, lon=25.5, lat=60.17)
    assert "25.5" not in str(far.value), "a position stands in a message"
    with pytest.raises(InputError):
        answers.nearest(state, lon=float("nan"), lat=60.0)


def test_the_answer_says_how_far_the_street_is(state):
    for lon, lat in POINTS:
        leg = snap_one(state.ready().network, lon, lat, mode="walk").access_m[0]
        assert answers.nearest(state, lon=lon, lat=lat)["attached_m"] == round(float(leg), 1)
    assert answers.nearest(state, lon=MIDDLE[0], lat=MIDDLE[1])["attached_m"] > 0


def test_reports_count_as_they_are_at_departure(state):
    """Whoever looks now is told of a locked door, though the reports will have expired by the arrival."""
    first = answers.nearest(state, lon=MIDDLE[0], lat=MIDDLE[1], at=NOON)["stations"][0]
    assert first["duration_s"] > 2
    reported = NOON - WINDOW + timedelta(seconds=1)
    board = ReportBoard()
    board.put(1, {first["code"]: [Report("locked", None, reported, person) for person in "ab"]})
    there = answers.nearest(replace(state, board=board), lon=MIDDLE[0], lat=MIDDLE[1], at=NOON, count=50)["stations"]
    assert there[0]["code"] != first["code"]
    assert next(s for s in there if s["code"] == first["code"])["door"]["locked"]


@pytest.mark.parametrize(
    ("name", "is_sample", "shown"), [("S1", True, "示意 S1"), ("S1", False, "S1"), ("示意站", True, "示意站")]
)
def test_a_link_out_calls_a_sample_station_a_sample(state, name, is_sample, shown):
    """What does not exist must not look real in another app."""
    place = replace(state.with_function(STATION)[0], code="X", name=name)
    here = SimpleNamespace(place_by_code={"X": place}, is_sample=is_sample, district=state.district)
    amap = links_to(here, "X", mode="walk")[0]
    assert parse_qs(urlsplit(amap.url).query)["to"][0].split(",")[2] == shown
