"""The hours that the map plays are those of single questions: towns by share, stations by their hours."""

import pytest

from geo.hours import OpenState
from tests.webmap.valley import valley_app
from webmap.logic import coverage
from webmap.logic.coverage import CoverageQuestion
from webmap.logic.week_by_town import week_by_town


@pytest.fixture(scope="module")
def app(make_database, tmp_path_factory, translations):
    with valley_app(make_database, tmp_path_factory.mktemp("week"), status="sample") as app:
        yield app


def test_each_hour_is_that_of_a_single_question(app):
    state = app.extensions["fuchun_live"].state()
    asked = CoverageQuestion(minutes=15)
    played = week_by_town(state, asked)
    week = coverage.week(state, asked)
    assert [round(share, 4) for share in played.share] == [share for day in week.days for share in day.share]
    assert played.stations["S1"] == (OpenState.OPEN,) * 168
    working = [OpenState.OPEN if 8 <= hour < 17 else OpenState.CLOSED for hour in range(24)]
    assert played.stations["S2"] == (*working * 5, *[OpenState.CLOSED] * 48)
    # The eastern town is served while its station is open, the western one always.
    assert played.towns["E"][10] < played.towns["E"][3]
    assert len(set(played.towns["W"])) == 1
    assert [each.low for each in played.classes] == sorted((each.low for each in played.classes), reverse=True)


def test_the_page_offers_it_and_the_answer_is_small(app):
    client = app.test_client()
    page = client.get("/plan/details?minutes=15").text
    assert 'data-src="/plan/hours?' in page
    chinese = client.get("/plan/details?minutes=15", headers={"Accept-Language": "zh-CN"}).text
    assert 'data-days="周一,周二,周三,周四,周五,周六,周日"' in chinese, "an hour is called by the day that it is of"
    body = client.get("/plan/hours?minutes=15").json
    assert len(body["share"]) == 168
    assert {code: len(row) for code, row in body["towns"].items()} == {"E": 168, "W": 168}
    assert set("".join(body["stations"].values())) <= set("ocu")
    assert body["classes"][0]["words"].endswith("100%")
