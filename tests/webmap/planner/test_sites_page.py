"""The page of sites in the valley: sentence, job, plans, refusal, ledger, saved plans, pasted candidates."""

import json
import re
from urllib.parse import parse_qs, urlsplit

import pytest

from geo.db.candidates import add_candidates, read_candidates
from geo.db.ledger import list_entries
from geo.db.scenarios import list_scenarios
from geo.db.session import reading, writing
from geo.records import CandidateRecord
from tests.webmap.staff_api import Staff
from tests.webmap.valley import CODE, EAST_PEOPLE, LAT, valley_app
from webmap.logic.jobs.process import do_job
from webmap.logic.jobs.queue import take_job

THREE = [
    CandidateRecord(code, f"候选{code}", lon, LAT, "candidate", cost, None)
    for code, lon, cost in (("w", 119.981, 10_000.0), ("m", 119.99, 20_000.0), ("e", 120.02, 50_000.0))
]


@pytest.fixture(scope="module")
def app(make_database, tmp_path_factory, translations):
    with valley_app(make_database, tmp_path_factory.mktemp("valley")) as app:
        with writing(app.extensions["fuchun_engine"]) as session:
            add_candidates(session, CODE, THREE)
        yield app


@pytest.fixture(scope="module")
def planner(app):
    return Staff(app, "planner")


def send(planner, address, **fields):
    return planner.client.post(address, data={"csrf_token": planner.csrf, **fields})


def run(app, answer):
    """Do the job that an answer leads to, as a worker does; return the address of the page that shows it."""
    assert answer.status_code == 303, answer.text
    attempt = take_job(app.extensions["fuchun_engine"])
    state_dir = app.extensions["fuchun_config"].state_dir
    do_job(app.extensions["fuchun_engine"], attempt, state_dir=state_dir, folder=state_dir)
    assert parse_qs(urlsplit(answer.location).query)["job"] == [str(attempt.job_id)]
    return answer.location


def ask(app, planner, **fields):
    """Ask for plans; return the address of their page."""
    return run(app, send(planner, "/plan/sites", **{"aim": "people", "sites": "1", "minutes": "5", **fields}))


def job_of(address):
    return parse_qs(urlsplit(address).query)["job"][0]


def test_the_page_begins_with_the_question_it_was_reached_with_and_one_red_button(planner):
    page = planner.client.get("/plan/sites?mode=ebike&minutes=10&service=toilet").text
    assert re.search('<option value="ebike" selected>', page)
    assert re.search('name="minutes"[^>]*value="10"', page)
    assert "(1 set)" in page
    assert len(re.findall('class="[^"]*primary', page)) == 1


def test_nobody_else_sees_it(app):
    stranger = app.test_client().get("/plan/sites")
    assert (stranger.status_code, "login" in stranger.location) == (302, True)
    assert Staff(app, "editor").client.get("/plan/sites").status_code == 403


def test_a_sentence_becomes_plans_with_numbers_next_bests_and_a_curve(app, planner):
    page = planner.client.get(ask(app, planner)).text
    assert "29.4% → 88.2%" not in page, "the hamlet is counted as well"
    assert "26.3% → 78.9%" in page
    assert "proven best" in page
    assert "候选e" in page
    assert f"+{EAST_PEOPLE} people" in page
    assert "If not: 候选m instead, 150 people fewer" in page
    assert len(re.findall("data-plan", page)) >= 3 + 3
    assert re.findall("chosen again under [0-9] of [0-9] assumptions", page)
    assert "adds 200 people" in page, "the sentences for a report"


def test_another_number_of_sites_is_another_plan_at_once(app, planner):
    address = ask(app, planner)
    page = planner.client.get(address + "&n=2").text
    assert "26.3% → 92.1%" in page
    assert "候选m" in page


def test_a_search_without_a_budget_is_refused_in_words(planner):
    answer = send(planner, "/plan/sites", aim="budget", minutes="5")
    assert answer.status_code == 422
    assert "yuan" in answer.text


def test_a_host_who_refuses_is_recorded_and_the_loss_is_said(app, planner, make_database, tmp_path_factory):
    with valley_app(make_database, tmp_path_factory.mktemp("refusing")) as other:
        engine = other.extensions["fuchun_engine"]
        with writing(engine) as session:
            add_candidates(session, CODE, THREE)
        staff = Staff(other, "planner")
        job = job_of(ask(other, staff))
        address = run(other, send(staff, "/plan/sites/refusals", job=job, code="e", version="1"))
        page = staff.client.get(address).text
        assert "候选e refused. Without it 150 people fewer are covered." in page
        with reading(engine) as session:
            said = {each.code: each.willingness for each in read_candidates(session, CODE)}
        assert said == {"w": "unasked", "m": "unasked", "e": "refused"}
        stale = send(staff, "/plan/sites/refusals", job=job, code="e", version="1")
        assert stale.status_code == 409


def test_a_plan_becomes_entries_of_the_ledger_with_what_each_is_to_gain(app, planner):
    answer = send(planner, "/plan/sites/ledger", job=job_of(ask(app, planner)), plan="0", n="2")
    assert answer.status_code == 303
    with reading(app.extensions["fuchun_engine"]) as session:
        entries = list_entries(session, CODE)
    assert [(entry.name, entry.promised) for entry in entries] == [("候选e", 200.0), ("候选m", 50.0)]
    assert entries[0].question.minutes == 5
    assert entries[0].is_sample
    assert planner.client.get(answer.location).status_code == 200
    assert planner.client.get(f"/manage/gaps/{entries[0].id}").status_code == 200


def save(planner, name, lon):
    changes = {"sites": [{"name": "x", "lon": lon, "lat": LAT}], "closed": [], "extended": []}
    question = {"mode": "walk", "minutes": 5}
    return send(
        planner, "/plan/sites/saved", name=name, question=json.dumps(question), changes=json.dumps(changes), year="2027"
    )


def test_saved_plans_are_listed_compared_and_a_second_writer_is_told(app, planner):
    engine = app.extensions["fuchun_engine"]
    assert save(planner, "East", 120.02).status_code == 303
    assert save(planner, "Middle", 119.99).status_code == 303
    assert "East" in planner.client.get("/plan/sites/saved").text
    with reading(engine) as session:
        middle, east = list_scenarios(session, CODE)
    page = planner.client.get(f"/plan/sites/compare?of={east.id}&of={middle.id}").text
    assert "200 people" in page
    assert "50 people" in page
    assert "unchanged" in page
    opened = planner.client.get(f"/plan/sites?scenario={east.id}").text
    assert "East" in opened
    renamed = send(planner, f"/plan/sites/saved/{east.id}", name="Far east", version=str(east.version))
    assert renamed.status_code == 303
    stale = send(planner, f"/plan/sites/saved/{east.id}", name="Near east", version=str(east.version))
    assert stale.status_code == 409
    gone = send(planner, f"/plan/sites/saved/{middle.id}", remove="1", version=str(middle.version))
    assert gone.status_code == 303
    with reading(engine) as session:
        assert [each.name for each in list_scenarios(session, CODE)] == ["Far east"]


def test_pasted_lines_with_positions_are_added_and_the_others_come_back_with_a_reason(app, planner):
    text = "1. 老年活动中心 119.9901, 30.0001\n- East station 旁\n无名处\n太远 100.123, 30.000"
    answer = send(planner, "/plan/sites/candidates", text=text, crs="wgs84")
    assert answer.status_code == 200
    box = re.search(r"<textarea[^>]*>([^<]*)", answer.text)[1]
    assert box.splitlines() == ["East station 旁 120.010000, 30.000000", "无名处", "太远 100.123, 30.000"]
    assert "no such name is known here" in answer.text
    with reading(app.extensions["fuchun_engine"]) as session:
        names = [each.name for each in read_candidates(session, CODE)]
    assert "老年活动中心" in names
    assert len(names) == 4
    table = planner.client.get("/plan/sites/candidates").text
    assert "less than 50 m from another one" in table


def test_the_small_answer_by_hand_is_as_the_document_says(planner):
    body = {"minutes": 5, "sites": [{"name": "x", "lon": 120.02, "lat": LAT}], "closed": ["S1"]}
    answer = planner.ask("siting_changes", "POST", "/siting/changes", body)
    assert answer.status_code == 200
    assert (answer.json["gained"], answer.json["lost"]) == (200.0, 100.0)
    squares = planner.ask("siting_squares", "POST", "/siting/squares", body)
    assert sum(each["properties"]["people"] for each in squares.json["features"]) == 180.0
