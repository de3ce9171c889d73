"""Coverage of the valley, where every number can be worked out by hand; and what planners alone may ask."""

from collections.abc import Iterator
from datetime import date

import numpy as np
import pytest
import shapely
from flask import Flask
from flask.testing import FlaskClient

from geo.crs import distance_m
from geo.db.session import writing
from tests.conftest import DatabaseMaker
from tests.webmap import answers
from tests.webmap.api_schema import fits
from tests.webmap.conftest import csrf_token, english, staff_client
from tests.webmap.valley import CODE, EAST_PEOPLE, HAMLET_PEOPLE, LAT, MIDDLE_PEOPLE, WEST_PEOPLE, valley_app
from webmap.logic.config import configured_standards
from webmap.logic.coverage import CoverageQuestion

EVERYBODY = WEST_PEOPLE + MIDDLE_PEOPLE + EAST_PEOPLE + HAMLET_PEOPLE
SITE = {"lon": 119.99, "lat": LAT}


@pytest.fixture(scope="module")
def valley(
    make_database: DatabaseMaker, tmp_path_factory: pytest.TempPathFactory, translations: None
) -> Iterator[Flask]:
    with valley_app(make_database, tmp_path_factory.mktemp("valley")) as app:
        yield app


@pytest.fixture
def state(valley: Flask):
    return valley.extensions["fuchun_live"].state(CODE)


@pytest.fixture
def planner(valley: Flask) -> Iterator[FlaskClient]:
    """A planner, with the token that writes need."""
    yield from with_token(valley, "planner")


def with_token(valley: Flask, role: str) -> Iterator[FlaskClient]:
    client = staff_client(valley, role)
    client.environ_base["HTTP_X_CSRFTOKEN"] = csrf_token(client, "/account")
    yield client
    from sqlalchemy import text

    with writing(valley.extensions["fuchun_engine"]) as session:
        session.execute(text("DELETE FROM account WHERE username = :name"), {"name": role})


def test_the_week_shows_the_hours_of_the_east_station(state) -> None:
    # Within 14 minutes on foot the west station reaches the west and the middle, the east one the east.
    week = answers.week(state, CoverageQuestion(minutes=14), day=date(2026, 11, 23))
    monday, saturday = week["days"][0]["covered"], week["days"][5]["covered"]
    west = WEST_PEOPLE + MIDDLE_PEOPLE
    assert monday == [west] * 8 + [west + EAST_PEOPLE] * 9 + [west] * 7
    assert saturday == [west] * 24
    assert week["people"] == EVERYBODY


def test_a_holiday_makes_hours_unknown_and_says_so(state) -> None:
    week = answers.week(state, CoverageQuestion(minutes=14), day=date(2026, 10, 1))
    thursday = week["days"][3]
    assert thursday["kind"] == "holiday"
    # No rule for holidays is posted: nobody knows, so it does not count.
    assert set(thursday["covered"]) == {WEST_PEOPLE + MIDDLE_PEOPLE}
    assert set(thursday["covered_if_open"]) == {EAST_PEOPLE}


def test_gaps_name_the_road_and_the_hamlet_with_their_causes(state) -> None:
    from datetime import datetime

    evening = datetime.fromisoformat("2026-11-23T19:00:00+08:00")
    gaps = answers.gaps(state, CoverageQuestion(minutes=14, at=evening))
    found = [(g["name"], g["kind"], g["town"]["code"], g["people"], g["cause"]) for g in gaps["gaps"]]
    assert found == [
        ("Road", "street", "E", EAST_PEOPLE, "closed"),
        ("东镇", "town", "E", HAMLET_PEOPLE, "not_attached"),
    ]
    assert [g["nearest_any_min"] for g in gaps["gaps"]] == [13.4, None]
    no_charger = answers.gaps(state, CoverageQuestion(minutes=14, services=("phone_charging",)))
    assert no_charger["gaps"][0]["cause"] == "lacks_service"
    assert no_charger["gaps"][0]["nearest_min"] == pytest.approx(4 * 13.4, abs=0.1)
    far = answers.gaps(state, CoverageQuestion(minutes=5))
    assert {g["cause"] for g in far["gaps"]} == {"too_far", "not_attached"}


def test_percentiles_and_the_worst_tenth_by_hand(state) -> None:
    nearest = answers.coverage(state, CoverageQuestion(minutes=14))["nearest"]["by_people"]
    # 100 people at a station, 250 at 13.4 minutes, 30 in the hamlet that reach nothing.
    assert {p["percent"]: p["minutes"] for p in nearest["percentiles"]} == {
        10: 0.0, 25: 0.0, 50: 13.4, 75: 13.4, 90: 13.4, 95: None,
    }  # fmt: skip
    assert nearest["worst_tenth"]["count"] == 38.0
    assert nearest["worst_tenth"]["unreached"] == HAMLET_PEOPLE
    assert nearest["worst_tenth"]["mean_min"] == 13.4


def test_one_more_station_in_the_middle(valley: Flask, planner: FlaskClient) -> None:
    answer = planner.post("/api/v1/coverage/what-if", json={**SITE, "minutes": 5})
    assert answer.status_code == 200
    found = fits(valley, "coverage_what_if", answer)
    assert (found["before"], found["after"], found["gained"], found["lost"]) == (
        WEST_PEOPLE, WEST_PEOPLE + MIDDLE_PEOPLE, MIDDLE_PEOPLE, 0,
    )  # fmt: skip
    assert [row["code"] for row in found["by_town"]] == ["W"]


def test_the_west_station_moved_to_the_middle_leaves_the_west(valley: Flask, planner: FlaskClient) -> None:
    answer = planner.post("/api/v1/coverage/what-if", json={**SITE, "minutes": 5, "station": "S1"})
    found = fits(valley, "coverage_what_if", answer)
    assert (found["gained"], found["lost"]) == (MIDDLE_PEOPLE, WEST_PEOPLE)


def test_what_if_is_for_planners_with_their_token(valley: Flask, planner: FlaskClient) -> None:
    address = "/api/v1/coverage/what-if"
    assert english(valley).post(address, json=SITE).status_code in (400, 401)
    editor = next(iter(clients := with_token(valley, "editor")))
    assert editor.post(address, json=SITE).status_code == 403
    del editor.environ_base["HTTP_X_CSRFTOKEN"], planner.environ_base["HTTP_X_CSRFTOKEN"]
    assert planner.post(address, json=SITE).status_code == 400
    for _ in clients:
        pass


def test_a_site_without_a_street_is_refused_without_naming_it(planner: FlaskClient) -> None:
    answer = planner.post("/api/v1/coverage/what-if", json={"lon": 120.01, "lat": LAT + 0.05})
    assert answer.status_code == 422
    assert "120.01" not in answer.text


def test_standards_bind_by_the_code_of_the_district_and_own_targets_are_judged(valley: Flask, state, tmp_path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(
        """
        [[standard]]
        id = "own"
        rule = "coverage"
        title = "八成"
        title_en = "Four fifths"
        mode = "walk"
        minutes = 14
        percent = 80
        citation = "区总工会"
        valid_until = 2026-06-30
        [[standard]]
        id = "towns"
        rule = "class_in_each_town"
        title = "每镇一处"
        classes = ["标杆型"]
        town_kinds = ["镇"]
        at_least = 1
        citation = "区总工会"
        """,
        encoding="utf-8",
    )
    held_to = configured_standards({"FUCHUN_STANDARDS": str(own)})
    answer = answers.standards(state, held_to, on=date(2026, 11, 25), lang="en")
    # 990001 is not in Zhejiang: what binds 33… is left out.
    people, towns = answer["standards"]
    assert (people["title"], people["state"], people["in_force"]) == ("Four fifths", "met", False)
    assert (people["actual"], people["required"]) == (EVERYBODY - HAMLET_PEOPLE, EVERYBODY * 0.8)
    # Nobody has recorded the class of either station.
    assert (towns["state"], towns["reason"], towns["unknown_class"]) == ("unsaid", "class_unknown", 2)
    assert [town["name"] for town in towns["unsure"]] == ["东镇", "西镇"]
    schema = valley.extensions["fuchun_interface"].response_schema("coverage_standards", 200, "application/json")
    assert schema.is_valid(answer)
    reply = english(valley).get("/api/v1/coverage/standards?on=2026-11-25")
    assert fits(valley, "coverage_standards", reply)["standards"] == []


def test_the_service_area_of_a_station_is_the_road_within_reach(valley: Flask) -> None:
    client = english(valley)
    answer = client.get("/api/v1/coverage/service-area?station=S1&minutes=5")
    surface, streets = fits(valley, "coverage_service_area", answer)["features"]
    # The west end of the road, and 360 m on foot from it.
    points = np.array(streets["geometry"]["coordinates"][0])
    assert points.min(axis=0).tolist() == [119.98, LAT]
    assert streets["properties"]["street_km"] == 0.36
    assert distance_m(119.98, LAT, points[:, 0].max(), LAT) == pytest.approx(360, abs=1)
    drawn = shapely.geometry.shape(surface["geometry"])
    assert shapely.covers(drawn, shapely.MultiLineString(streets["geometry"]["coordinates"]))
    alone = fits(valley, "coverage_service_area", client.get("/api/v1/coverage/service-area?station=S1&lines=false"))
    assert [feature["properties"]["part"] for feature in alone["features"]] == ["surface"]
    missing = client.get("/api/v1/coverage/service-area?station=nowhere")
    assert missing.status_code == 404
