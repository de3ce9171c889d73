"""The answers about coverage on real streets: they agree with each other, with nearest, and with the command line."""

import gc
import json
import weakref
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest

from geo.coverage.standards import load_standards
from geo.errors import InputError, NotFoundError, NotSnappedError
from loaders.sample.helsinki import HELSINKI
from tests.webmap import answers
from tests.webmap.commands import fuchun
from webmap.logic import coverage as coverages
from webmap.logic.cache import cached
from webmap.logic.coverage import CoverageQuestion
from webmap.logic.live_districts import LiveDistricts

NOON = datetime.fromisoformat("2026-11-25T12:00:00+02:00")
NIGHT = datetime.fromisoformat("2026-11-25T03:00:00+02:00")


@pytest.fixture(scope="module")
def state(helsinki):
    return LiveDistricts(*helsinki).state(HELSINKI)


def test_coverage_is_what_nearest_says_person_by_person(state):
    answer = answers.coverage(state, CoverageQuestion(minutes=5, at=NOON))
    covered = 0.0
    # Coverage asks who is open at the moment; nearest who is open on arrival.
    now = {f["properties"]["code"]: f["properties"]["state"] for f in answers.stations(state, at=NOON)["features"]}
    for point in state.demand.itertuples():
        try:
            found = answers.nearest(state, lon=point.lon, lat=point.lat, at=NOON, count=50)["stations"]
        except NotSnappedError:
            continue
        times = [s["duration_s"] for s in found if now[s["code"]] == "open"]
        covered += point.weight * bool(times and min(times) <= 300)
    assert answer["covered"] == covered
    assert sum(town["covered"] for town in answer["by_town"]) == pytest.approx(answer["covered"])
    assert sum(town["people"] for town in answer["by_town"]) == pytest.approx(answer["people"])


def test_unknown_and_closed_stations_cover_nobody_at_a_moment_but_unknown_ones_are_told_apart(state):
    always = answers.coverage(state, CoverageQuestion(minutes=10))
    night = answers.coverage(state, CoverageQuestion(minutes=10, at=NIGHT))
    assert night["covered"] < always["covered"]
    assert night["covered_if_open"] > 0
    assert night["covered"] + night["covered_if_open"] <= always["covered"]
    counts = night["stations"]
    assert counts["counted"] + counts["closed"] + counts["unknown"] == always["stations"]["counted"]
    assert counts["unknown"] > 0


def test_more_minutes_never_cover_fewer(state):
    covered = [answers.coverage(state, CoverageQuestion(minutes=minutes))["covered"] for minutes in (2, 5, 10, 20, 60)]
    assert covered == sorted(covered)


def test_squares_and_gaps_hold_the_people_that_coverage_misses(state):
    for asked in (
        CoverageQuestion(minutes=3),
        CoverageQuestion(minutes=3, at=NIGHT),
        CoverageQuestion(mode="ebike", minutes=1, services=("wifi",)),
    ):
        coverage = answers.coverage(state, asked)
        missed = coverage["people"] - coverage["covered"]
        squares = answers.squares(state, asked)
        assert sum(f["properties"]["people"] for f in squares["features"]) == pytest.approx(missed)
        gaps = answers.gaps(state, asked)
        assert gaps["people"] == pytest.approx(missed)
        assert sum(gap["people"] for gap in gaps["gaps"]) + gaps["others"]["people"] == pytest.approx(missed)
        assert sum(gaps["causes"].values()) == pytest.approx(missed)
        assert sum(gap["people_if_open"] for gap in gaps["gaps"]) == pytest.approx(coverage["covered_if_open"])
        for gap in gaps["gaps"]:
            west, south, east, north = gap["bounds"]
            assert west <= gap["lon"] <= east
            assert south <= gap["lat"] <= north
            assert gap["name"]


def test_gaps_have_ids_of_their_question_and_fewer_can_be_asked_for(state):
    short, long = (answers.gaps(state, CoverageQuestion(minutes=minutes, at=NIGHT), count=None) for minutes in (2, 3))
    ids = [{gap["id"] for gap in found["gaps"]} for found in (short, long)]
    assert [len(each) for each in ids] == [len(short["gaps"]), len(long["gaps"])]
    assert ids[0].isdisjoint(ids[1])
    assert answers.gaps(state, CoverageQuestion(minutes=2, at=NIGHT), count=None) == short
    assert short["others"] == {"gaps": 0, "people": 0}
    first = answers.gaps(state, CoverageQuestion(minutes=2, at=NIGHT), count=2)
    assert first["gaps"] == short["gaps"][:2]
    assert first["others"]["gaps"] == len(short["gaps"]) - 2
    assert first["people"] == short["people"]


def test_every_hour_of_the_week_is_the_answer_at_that_moment(state):
    asked = CoverageQuestion(minutes=4)
    week = answers.week(state, asked)
    monday = datetime.fromisoformat(week["monday"]).replace(tzinfo=state.calendar.zone)
    for hour in range(0, 168, 5):
        single = answers.coverage(state, replace(asked, at=monday + timedelta(hours=hour)))
        day = week["days"][hour // 24]
        assert day["covered"][hour % 24] == single["covered"]
        assert day["covered_if_open"][hour % 24] == single["covered_if_open"]
        assert day["share"][hour % 24] == single["share"]
    # Banks close: the evening is not the noon.
    assert max(week["days"][0]["covered"]) > week["days"][0]["covered"][20]


def test_a_week_by_date_is_that_of_the_date(state):
    from datetime import date

    week = answers.week(state, CoverageQuestion(), day=date(2026, 11, 25))
    assert (week["monday"], week["ordinary"]) == ("2026-11-23", False)
    assert [day["date"] for day in week["days"]][-1] == "2026-11-29"


def test_an_area_asked_about_is_the_only_one_counted(state):
    whole = answers.coverage(state, CoverageQuestion(minutes=4))
    town = answers.coverage(state, CoverageQuestion(minutes=4, area="centre"))
    (row,) = [row for row in whole["by_town"] if row["code"] == "centre"]
    for name in ("people", "covered", "share", "covered_twice", "unattached"):
        assert town[name] == row[name]
    assert town["area"] == {"code": "centre", "name": row["name"]}
    week = answers.week(state, CoverageQuestion(minutes=4, area="centre"))
    assert week["people"] == row["people"]
    with pytest.raises(NotFoundError, match="no town or key area atlantis"):
        answers.coverage(state, CoverageQuestion(area="atlantis"))


def test_what_is_locked_costs_what_coverage_without_it_lacks(state):
    asked = CoverageQuestion(minutes=5, at=NOON)
    closure = answers.closure(state, asked, count=50)
    assert closure["stations"], "some bank covers somebody alone"
    lost = [row["lost"] for row in closure["stations"]]
    assert lost == sorted(lost, reverse=True)
    whole = answers.coverage(state, asked)
    assert sum(lost) == pytest.approx(whole["covered"] - whole["covered_twice"]) == closure["depending"]
    for row in closure["stations"]:
        assert sum(place["people"] for place in row["places"]) <= row["lost"] + 0.1
        assert row["state"] == "open"


def test_moving_a_station_to_where_it_stands_changes_nothing_and_far_away_loses_what_hangs_on_it(state):
    asked = CoverageQuestion(minutes=5, at=NOON)
    first = answers.closure(state, asked)["stations"][0]
    here = answers.what_if(state, asked, lon=first["lon"], lat=first["lat"], station=first["code"])
    assert (here["before"], here["gained"], here["lost"], here["by_town"]) == (here["after"], 0, 0, [])
    gap = answers.gaps(state, asked)["gaps"][0]
    away = answers.what_if(state, asked, lon=gap["lon"], lat=gap["lat"], station=first["code"])
    assert away["after"] - away["before"] == pytest.approx(away["gained"] - away["lost"])
    more = answers.what_if(state, asked, lon=gap["lon"], lat=gap["lat"])
    assert more["lost"] == 0
    assert more["gained"] >= away["gained"] > 0
    assert sum(row["after"] - row["before"] for row in more["by_town"]) == pytest.approx(more["gained"])
    with pytest.raises(NotFoundError, match="no station X"):
        answers.what_if(state, asked, lon=gap["lon"], lat=gap["lat"], station="X")


def test_layers_named_in_the_question_are_the_ones_that_count(state):
    half = answers.coverage(state, CoverageQuestion(layers={"residents": 0.5}))
    whole = answers.coverage(state, CoverageQuestion())
    assert half["people"] == pytest.approx(whole["people"] / 2)
    assert half["layers"] == [dict(whole["layers"][0], weight=0.5)]
    assert (whole["unit"], half["unit"]) == ("buildings", "weighted")
    with pytest.raises(InputError, match="no demand layer drones"):
        answers.coverage(state, CoverageQuestion(layers={"drones": 1.0}))


def test_what_is_asked_wrongly_is_named(state):
    with pytest.raises(InputError, match="mode coach is not one of walk, ebike"):
        answers.coverage(state, CoverageQuestion(mode="coach"))
    with pytest.raises(InputError, match="service tea is not one of"):
        answers.coverage(state, CoverageQuestion(services=("tea",)))
    with pytest.raises(InputError, match="such as residents=1"):
        coverages.read_layers(["residents"])


def test_squares_are_counter_clockwise_rings(state):
    for feature in answers.squares(state, CoverageQuestion(minutes=3))["features"]:
        ring = np.array(feature["geometry"]["coordinates"][0])
        x, y = ring.T
        assert (ring[0] == ring[-1]).all()
        assert (x[:-1] * y[1:] - x[1:] * y[:-1]).sum() > 0


def test_every_answer_carries_district_version_and_the_mark_of_sample(state):
    for ask in (answers.coverage, answers.squares, answers.gaps, answers.week, answers.closure):
        answer = ask(state, CoverageQuestion())
        assert (answer["district"], answer["data_version"], answer["sample"]) == (HELSINKI, state.data_version, False)


def test_what_is_kept_goes_with_its_state(helsinki):
    state = LiveDistricts(*helsinki).state(HELSINKI)
    answers.gaps(state, CoverageQuestion())
    answers.week(state, CoverageQuestion())
    answers.what_if(state, CoverageQuestion(), lon=24.94, lat=60.17)
    gone = weakref.ref(state)
    del state
    gc.collect()
    assert gone() is None


def test_the_least_used_is_forgotten_first(helsinki):
    state = LiveDistricts(*helsinki).state(HELSINKI)
    made = []
    for key in (1, 2, 1, 3, 2):
        cached(state, "test", lambda key=key: made.append(key), key=key, most=2)
    assert made == [1, 2, 3, 2]


@pytest.mark.parametrize(
    ("words", "ask"),
    [
        (["--mode", "ebike", "--minutes", "1.5", "--at", NOON.isoformat()],
         lambda state: answers.coverage(state, CoverageQuestion(mode="ebike", minutes=1.5, at=NOON))),
        (["--gaps", "--count", "3", "--layer", "residents=2"],
         lambda state: answers.gaps(state, CoverageQuestion(layers={"residents": 2.0}), count=3)),
        (["--week", "2026-11-25", "--area", "centre"],
         lambda state: answers.week(state, CoverageQuestion(area="centre"), day=NOON.date())),
        (["--closure", "--service", "toilet"],
         lambda state: answers.closure(state, CoverageQuestion(services=("toilet",)))),
        (["--standards"], lambda state: answers.standards(state, load_standards(), lang="en")),
    ],
)  # fmt: skip
def test_the_command_line_says_the_same_as_http(helsinki, state, words, ask):
    done = fuchun(*helsinki, "coverage", *words, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == json.loads(json.dumps(ask(state)))
