"""Building a tour over HTTP: ask, change by hand, undo, versions, comments by a link, approval, publishing."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from geo.db.session import reading, writing
from geo.db.tour_plans import get_plan
from geo.db.tour_tables import TourPlan
from tests.conftest import DatabaseMaker
from tests.webmap.conftest import csrf_token, english
from tests.webmap.page_words import words
from tests.webmap.tour_valley import organiser_client, store_tour_places, work_off
from tests.webmap.valley import CODE, valley_app
from webmap.logic.tours.content import check_plan, content_json, content_of, remove
from webmap.logic.tours.problem_store import problem_of

FIVE = {
    "days": "2", "people": "40", "first": "2026-05-16", "start": "HALL", "standard": "600", "name": "Spring tour",
    "wish-S1": "required", "wish-S2": "wished", "wish-S3": "wished", "wish-S4": "wished", "wish-FAR": "wished",
}  # fmt: skip


@pytest.fixture(scope="module")
def valley(
    make_database: DatabaseMaker, tmp_path_factory: pytest.TempPathFactory, translations: None
) -> Iterator[Flask]:
    with valley_app(make_database, tmp_path_factory.mktemp("build")) as app:
        yield app


@pytest.fixture(scope="module")
def organiser(valley: Flask) -> FlaskClient:
    client = organiser_client(valley)
    page = words(client.get("/tours/build").text)
    assert "There are no places yet." in page
    assert "Try it with sample places" in page
    store_tour_places(valley.extensions["fuchun_engine"])
    return client


def send(client: FlaskClient, address: str, fields: dict[str, object]) -> TestResponse:
    return client.post(address, data={"csrf_token": csrf_token(client, "/tours/build"), **fields})


@pytest.fixture(scope="module")
def address(valley: Flask, organiser: FlaskClient, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Ask for a plan, let it be made, and return its address."""
    answer = send(organiser, "/tours/build", FIVE)
    assert answer.status_code == 303
    path = urlsplit(answer.location).path
    assert "Days become columns" not in organiser.get(path).text
    job_id = stored(valley, path).job_id
    assert job_id is not None
    work_off(valley, job_id, tmp_path_factory.mktemp("job"))
    return path


def stored(valley: Flask, path: str) -> TourPlan:
    with reading(valley.extensions["fuchun_engine"]) as session:
        plan = get_plan(session, CODE, int(path.rpartition("/")[2]))
        session.expunge_all()
    return plan


def change(valley: Flask, client: FlaskClient, path: str, **fields: object) -> TestResponse:
    return send(client, path + "/change", {**shown(client, path), **fields})


def shown(client: FlaskClient, path: str) -> dict[str, object]:
    """Return what the page of a plan sends along, so that the server knows what was seen."""
    page = client.get(path).text
    found = {name: re.search(rf'name="{name}" value="([^"]*)"', page) for name in ("version", "seen")}
    return {name: each[1] for name, each in found.items() if each is not None}


def test_nobody_else_sees_plans(valley: Flask, address: str):
    assert valley.test_client().get(address).status_code == 302
    assert valley.test_client().get(address + "/plan.geojson").status_code == 302


def test_the_page_shows_what_the_validator_agrees_with(valley: Flask, organiser: FlaskClient, address: str):
    page = organiser.get(address).text
    text = words(page)
    assert "Spring tour" in text
    assert "balanced" in text
    assert "示意水车" in text
    # What nobody knows is said, and a plan with an unknown price cannot be found to comply.
    assert "price not entered" in text
    assert "hours not known" in text
    assert re.search(r"cannot be judged \d", text)
    assert "示意山顶 no street for coaches is within 500 m" in text
    plan = stored(valley, address)
    content, problem = content_of(plan.content or {}), problem_of((plan.facts or {})["problem"])
    for style in content.styles.values():
        assert check_plan(problem, style).faults == ()
    cards = re.findall(r'data-code="([^"]+)" data-day="(\d)"', page)
    assert [(code, int(day) - 1) for code, day in cards] == [
        (stop, number) for number, order in enumerate(content.plan.orders) for stop in order.stops
    ]


def test_the_map_gets_the_stops_and_ways_of_every_day(organiser: FlaskClient, address: str):
    features = organiser.get(address + "/plan.geojson").json["features"]
    assert {(f["properties"]["day"], f["properties"]["role"]) for f in features} >= {
        (1, "stop"), (1, "leg"), (2, "stop"), (2, "leg"),
    }  # fmt: skip


def test_a_stop_is_moved_locked_and_brought_back(valley: Flask, organiser: FlaskClient, address: str):
    before = content_of(stored(valley, address).content or {})
    day = next(d for d, order in enumerate(before.plan.orders) if "S1" in order.stops)
    assert change(valley, organiser, address, do="move", code="S1", day=2 - day, position=0).status_code == 303
    assert change(valley, organiser, address, do="lock", code="S1").status_code == 303
    after = content_of(stored(valley, address).content or {})
    assert after.plan.orders[1 - day].stops[0] == "S1"
    assert after.locked == {"S1": 1 - day}
    assert "Unlock 示意水车" in organiser.get(address).text
    for _ in range(2):
        assert change(valley, organiser, address, do="undo").status_code == 303
    assert content_of(stored(valley, address).content or {}) == before


def test_a_change_of_what_somebody_else_changed_is_refused(valley: Flask, organiser: FlaskClient, address: str):
    version = stored(valley, address).row_version
    change(valley, organiser, address, do="lock", code="S1")
    answer = send(organiser, address + "/change", {"version": version, "do": "remove", "code": "S1"})
    assert answer.status_code == 409
    assert "has been changed since you opened it" in words(answer.text)
    change(valley, organiser, address, do="undo")


def test_what_the_plans_own_job_finds_is_nobody_elses_change(
    valley: Flask, organiser: FlaskClient, address: str, tmp_path: Path
):
    before = stored(valley, address).content
    assert change(valley, organiser, address, do="again").status_code == 303
    shown = stored(valley, address)
    assert shown.job_id is not None
    work_off(valley, shown.job_id, tmp_path)
    found = stored(valley, address)
    assert found.changed_at > shown.changed_at, "the job has stored what it found"
    # The page that was open meanwhile goes on: by hand, and by its five fields.
    answer = send(organiser, address + "/change", {"version": shown.row_version, "do": "lock", "code": "S1"})
    assert answer.status_code == 303
    # What a person has changed is another version, whoever looks at the one before.
    for what, fields in (("/change", {"do": "remove", "code": "S1"}), ("/wish", FIVE)):
        assert send(organiser, address + what, {"version": shown.row_version, **fields}).status_code == 409
    for _ in range(2):
        change(valley, organiser, address, do="undo")
    assert stored(valley, address).content == before


@pytest.mark.parametrize(
    ("act", "fields"),
    [
        ("/publish", {"name": "Too early"}),
        ("/approval", {"result": "approved", "date": "2026-04-01", "number": "示意〔2026〕9号"}),
        ("/change", {"do": "name", "name": "Too early"}),
    ],
)
def test_what_is_kept_is_the_plan_that_was_seen_and_not_a_better_one(
    valley: Flask, organiser: FlaskClient, address: str, act: str, fields: dict
):
    """What a plan's job has found since the page was read is neither published nor approved nor named."""
    before = stored(valley, address)
    assert change(valley, organiser, address, do="again").status_code == 303
    seen = shown(organiser, address)
    with writing(valley.extensions["fuchun_engine"]) as session:
        plan = get_plan(session, CODE, before.id, is_locked=True)
        plan.content = content_json(remove(content_of(plan.content or {}), "S1"))  # as the job writes
    assert str(stored(valley, address).row_version) == seen["version"], "its own job makes no version"
    answer = send(organiser, address + act, {**seen, **fields})
    assert answer.status_code == 409
    assert "a better plan has been found since you looked" in words(answer.text)
    assert send(organiser, address + act, {"version": seen["version"], **fields}).status_code == 409
    now = stored(valley, address)
    assert (now.tour_code, now.approval) == (before.tour_code, before.approval)
    assert "Too early" not in organiser.get(address).text
    assert change(valley, organiser, address, do="undo").status_code == 303
    assert stored(valley, address).content == before.content


def test_what_cannot_be_done_says_so(valley: Flask, organiser: FlaskClient, address: str):
    before = stored(valley, address)
    for fields in (
        {"do": "dance", "code": "S1"},
        {"do": "move", "code": "NONE"},
        {"do": "move", "code": "S1", "day": 9},
    ):
        assert change(valley, organiser, address, **fields).status_code == 422
    assert stored(valley, address).row_version == before.row_version


def test_a_named_version_is_kept_and_restored(valley: Flask, organiser: FlaskClient, address: str):
    before = content_of(stored(valley, address).content or {})
    assert change(valley, organiser, address, do="name", name="First draft").status_code == 303
    change(valley, organiser, address, do="remove", code="S1")
    page = organiser.get(address).text
    assert "is not in the plan" in words(page)
    version_id = re.search(r'name="id" value="(\d+)"', page)
    assert version_id is not None
    change(valley, organiser, address, do="restore", id=version_id[1])
    assert content_of(stored(valley, address).content or {}) == before


def test_comments_by_a_link_without_an_account(valley: Flask, organiser: FlaskClient, address: str):
    answer = send(organiser, address + "/share", {"days": "3"})
    link = re.search(r'id="link" readonly value="([^"]+)"', organiser.get(answer.location).text)
    assert link is not None
    path = urlsplit(link[1]).path
    visitor = english(valley)
    assert "示意水车" in visitor.get(path).text
    said = {"writer": "用户一", "text": "第二天太赶", "day": "2"}
    assert visitor.post(path, data=said, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert visitor.post(path, data=said, headers={"Sec-Fetch-Site": "same-origin"}).status_code == 303
    assert visitor.post(path, data={"writer": ""}, headers={"Sec-Fetch-Site": "same-origin"}).status_code == 422
    assert "第二天太赶" in organiser.get(address).text
    assert visitor.get("/tours/shared/none").status_code == 404
    with writing(valley.extensions["fuchun_engine"]) as session:
        session.connection().exec_driver_sql("UPDATE share_link SET ends_at = now() - interval '1 s'")
    ended = visitor.get(path)
    assert ended.status_code == 404
    assert "has ended" in words(ended.text)


def test_an_approval_is_entered_with_date_and_number(valley: Flask, organiser: FlaskClient, address: str):
    sheet = words(organiser.get(address + "/print").text)
    assert "For approval: Spring tour" in sheet
    assert "Sample data" in sheet
    entered = {**shown(organiser, address), "result": "approved", "date": "2026-04-01", "number": "示意〔2026〕1号"}
    assert send(organiser, address + "/approval", {**entered, "number": ""}).status_code == 422
    assert send(organiser, address + "/approval", entered).status_code == 303
    page = words(organiser.get(address).text)
    assert "approved 2026-04-01 示意〔2026〕1号" in page
    # The paper and the page name the same days; a plan that is changed afterwards says so.
    mark = shown(organiser, address)["seen"]
    assert f"print {mark}" in sheet
    assert "has been changed since this was entered" not in page
    change(valley, organiser, address, do="remove", code="S1")
    assert f"the print that it is about had the number {mark}" in words(organiser.get(address).text)
    change(valley, organiser, address, do="undo")
    assert "has been changed since this was entered" not in words(organiser.get(address).text)


def test_a_plan_becomes_a_published_tour(valley: Flask, organiser: FlaskClient, address: str):
    answer = send(organiser, address + "/publish", {**shown(organiser, address), "name": "Valley in two days"})
    assert answer.status_code == 303
    public = english(valley)
    assert "Valley in two days" in public.get("/tours").text
    page = words(public.get(urlsplit(answer.location).path).text)
    assert "示意水车" in page
    assert "08:35 1 示意会堂" in page
    # Published again it takes its own place.
    send(organiser, address + "/publish", {**shown(organiser, address), "name": "Valley again"})
    names = public.get("/tours").text
    assert "Valley again" in names
    assert "Valley in two days" not in names


def test_a_pasted_text_becomes_a_wish(valley: Flask, organiser: FlaskClient):
    text = "D1 示意会堂—示意水车—示意饭店—示意茶园—示意旅馆\nD2 示意书院（雨天改为示意桥头）—参观某某纪念馆旧址—返程"
    page = organiser.post(
        "/tours/build/paste", data={"csrf_token": csrf_token(organiser, "/tours/build"), "text": text}
    ).text
    assert "6 of 8 places were recognised" in words(page)
    assert "某某纪念馆旧址" in page
    fields = dict(re.findall(r'<input type="hidden" name="(stop-\d+|days)" value="([^"]+)"', page))
    answer = send(organiser, "/tours/build/paste/use", fields)
    assert answer.status_code == 303
    wish = stored(valley, urlsplit(answer.location).path).wish
    assert (wish["days"], wish["start"]) == (2, "HALL")
    assert set(wish["wishes"]) == {"S1", "S3", "S4"}


def test_a_field_that_cannot_be_read_is_named(organiser: FlaskClient):
    for wrong in ({"days": "0"}, {"people": "many"}, {"first": "next week"}, {"day_start": "25:00"}):
        assert send(organiser, "/tours/build", {**FIVE, **wrong}).status_code == 422


def test_sample_places_are_not_loaded_over_others(valley: Flask, organiser: FlaskClient, tmp_path: Path):
    assert send(organiser, "/tours/build/sample", {}).status_code == 303
    assert "示意水车" in organiser.get("/tours/build").text


@pytest.mark.usefixtures("address")
def test_the_first_plan_is_on_the_page_before_a_worker_begins(valley: Flask, organiser: FlaskClient, monkeypatch):
    monkeypatch.setattr("webmap.logic.tours.first_plan.is_compiled", lambda what: True)
    path = urlsplit(send(organiser, "/tours/build", FIVE | {"name": "At once"}).location).path
    plan = stored(valley, path)
    content = content_of(plan.content or {})
    assert list(content.styles) == ["balanced"]
    assert check_plan(problem_of((plan.facts or {})["problem"]), content.plan).faults == ()
    page = organiser.get(path).text
    assert page.count('class="day-column"') == 2
    assert "data-active" in page, "a job goes on looking for better ones"

    # A wish that has no plan is left to the job, which says why.
    impossible = FIVE | {"name": "Too little", "standard": "1"}
    path = urlsplit(send(organiser, "/tours/build", impossible).location).path
    assert stored(valley, path).content is None

    monkeypatch.setattr("webmap.logic.tours.first_plan.is_compiled", lambda what: False)
    path = urlsplit(send(organiser, "/tours/build", FIVE | {"name": "Later"}).location).path
    assert stored(valley, path).content is None


def test_places_on_the_map_of_routes_carry_the_number_of_their_routes(
    valley: Flask, organiser: FlaskClient, address: str
):
    send(organiser, address + "/publish", {"version": stored(valley, address).row_version, "name": "On the map"})
    page = organiser.get("/tours/chain").text
    rows = {found[1]: int(found[2]) for found in re.finditer(r'data-name="([^"]+)" data-tours="(\d+)"', page)}
    assert rows["示意山顶"] == 0, "no coach gets there"
    assert rows["示意水车"] >= 1
    drawn = re.search(r'class="chain" data-tours="([^"]*)"', page)
    assert drawn is not None
    features = [each for path in drawn[1].split() for each in organiser.get(path).json["features"]]
    assert any(each["properties"]["role"] == "leg" for each in features)
