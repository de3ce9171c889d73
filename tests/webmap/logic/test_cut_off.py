"""Streets that nothing joins to the rest: as HTTP answers them, on the planner's page, and as a cause of gaps."""

from collections.abc import Iterator

import pytest
from flask import Flask

from tests.conftest import DatabaseMaker
from tests.webmap.api_schema import fits
from tests.webmap.conftest import english
from tests.webmap.page_words import words
from tests.webmap.valley import HAMLET_PEOPLE, LAT, valley_app


@pytest.fixture(scope="module")
def valley(
    make_database: DatabaseMaker, tmp_path_factory: pytest.TempPathFactory, translations: None
) -> Iterator[Flask]:
    with valley_app(make_database, tmp_path_factory.mktemp("valley"), has_lane=True) as app:
        yield app


def test_the_lane_of_the_hamlet_is_answered_as_one_group(valley: Flask) -> None:
    reply = english(valley).get("/api/v1/coverage/cut-off?mode=walk")
    (lane,) = fits(valley, "coverage_cut_off", reply)["features"]
    assert lane["geometry"]["coordinates"] == [[[120.009, LAT + 0.05], [120.011, LAT + 0.05]]]
    assert lane["properties"] == {"length_m": pytest.approx(193, abs=1), "is_gap": False}


def test_the_page_draws_it_and_says_how_much_there_is(valley: Flask) -> None:
    page = english(valley).get("/plan").text
    assert 'data-cut-off="/api/v1/coverage/cut-off?' in page
    assert "Streets not joined to the rest: 0.19 km" in words(page)


def test_people_there_are_cut_off_and_not_far_from_every_street(valley: Flask) -> None:
    client = english(valley)
    assert fits(valley, "coverage", client.get("/api/v1/coverage?minutes=15"))["unattached"] == 0
    gaps = fits(valley, "coverage_gaps", client.get("/api/v1/coverage/gaps?minutes=15"))
    assert gaps["causes"]["cut_off"] == HAMLET_PEOPLE
    assert gaps["causes"].get("not_attached", 0) == 0
