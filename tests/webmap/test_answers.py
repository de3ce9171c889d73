"""The answers themselves, on real streets."""

from datetime import datetime, timedelta

import numpy as np
import pytest

from geo.errors import InputError, NotAttachedError, NotFoundError
from loaders.demo import HELSINKI
from webmap import answers
from webmap.live import Live

MIDDLE = (24.9384, 60.1699)
POINTS = (MIDDLE, (24.9450, 60.1650), (24.9300, 60.1720), (24.9520, 60.1700))
NOON = datetime.fromisoformat("2026-11-25T12:00:00+02:00")
NIGHT = datetime.fromisoformat("2026-11-25T03:00:00+02:00")


@pytest.fixture(scope="module")
def state(helsinki):
    return Live(*helsinki).state(HELSINKI)


def test_stations_come_soonest_first_and_closed_ones_last(state):
    found = answers.nearest(state, lon=MIDDLE[0], lat=MIDDLE[1], at=NOON, count=50)["stations"]
    keys = [(s["on_arrival"] == "closed", s["duration_s"]) for s in found]
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
        expected = min(others, key=lambda s: (s["duration_s"], s["code"]), default=None)
        assert (answer["backup"] or {}).get("code") == (expected or {}).get("code")
        if expected:
            found += 1
            assert answer["backup"]["duration_s"] == expected["duration_s"]
    assert found or hour == 3


def test_around_the_clock_and_the_function_narrow_the_choice(state):
    lon, lat = POINTS[0]
    always = answers.nearest(state, lon=lon, lat=lat, count=20, always=True)["stations"]
    hours = {place.code: place.functions[answers.STATION].hours for place in state.with_function(answers.STATION)}
    assert {s["code"] for s in always} == {code for code, text in hours.items() if text == "24/7"}
    landmarks = answers.nearest(state, lon=lon, lat=lat, count=20, kind="landmark")["stations"]
    assert {s["code"] for s in landmarks} <= {place.code for place in state.with_function("landmark")}
    assert landmarks


def test_every_answer_carries_district_version_and_the_mark_of_sample(state):
    for answer in (
        answers.nearest(state, lon=MIDDLE[0], lat=MIDDLE[1]),
        answers.coverage(state),
        answers.gaps(state),
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


def test_coverage_is_what_nearest_says_person_by_person(state):
    answer = answers.coverage(state, minutes=5, at=NOON)
    covered = 0.0
    for point in state.demand.itertuples():
        try:
            found = answers.nearest(state, lon=point.lon, lat=point.lat, at=NOON, count=50)["stations"]
        except NotAttachedError:
            continue
        # Coverage asks who is open at the moment; nearest who is open on arrival.
        now = {f["properties"]["code"]: f["properties"]["state"] for f in answers.stations(state, at=NOON)["features"]}
        times = [s["duration_s"] for s in found if now[s["code"]] == "open"]
        covered += point.weight * bool(times and min(times) <= 300)
    assert answer["covered"] == covered
    assert sum(town["covered"] for town in answer["by_town"]) == pytest.approx(answer["covered"])
    assert sum(town["people"] for town in answer["by_town"]) == pytest.approx(answer["people"])


def test_gaps_hold_the_people_that_coverage_misses(state):
    coverage = answers.coverage(state, minutes=3)
    gaps = answers.gaps(state, minutes=3)
    missed = sum(f["properties"]["people"] for f in gaps["features"])
    assert missed == pytest.approx(coverage["people"] - coverage["covered"])


def test_unknown_and_closed_stations_cover_nobody_at_a_moment(state):
    always, night = answers.coverage(state, minutes=10), answers.coverage(state, minutes=10, at=NIGHT)
    assert night["covered"] < always["covered"]
    counts = night["stations"]
    assert counts["counted"] + counts["closed"] + counts["unknown"] == always["stations"]["counted"]
    assert counts["unknown"] > 0


def test_more_minutes_never_cover_fewer(state):
    covered = [answers.coverage(state, minutes=minutes)["covered"] for minutes in (2, 5, 10, 20, 60)]
    assert covered == sorted(covered)


def test_what_is_asked_wrongly_is_named(state):
    with pytest.raises(InputError, match="mode coach is not one of walk, ebike"):
        answers.nearest(state, lon=MIDDLE[0], lat=MIDDLE[1], mode="coach")
    with pytest.raises(InputError, match="service tea is not one of"):
        answers.coverage(state, services=["tea"])
    with pytest.raises(NotFoundError, match="no station X"):
        answers.route(state, origin=MIDDLE, to_station="X")
    with pytest.raises(NotAttachedError) as far:
        answers.nearest(state, lon=25.5, lat=60.17)
    assert "25.5" not in str(far.value), "a position stands in a message"
    with pytest.raises(InputError):
        answers.nearest(state, lon=float("nan"), lat=60.0)


def test_squares_are_counter_clockwise_rings(state):
    for feature in answers.gaps(state, minutes=3)["features"]:
        ring = np.array(feature["geometry"]["coordinates"][0])
        x, y = ring.T
        assert (ring[0] == ring[-1]).all()
        assert (x[:-1] * y[1:] - x[1:] * y[:-1]).sum() > 0
