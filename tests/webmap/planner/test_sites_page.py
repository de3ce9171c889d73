"""The page of sites in the valley: sentence, job, plans, refusal, ledger, saved plans, pasted candidates."""

import json
import re
from io import BytesIO
from urllib.parse import parse_qs, urlsplit
from zipfile import ZipFile

import geopandas as gpd
import pytest
from docx import Document
from flask import request
from openpyxl import load_workbook
from PIL import Image
from sqlalchemy import text

from geo.db.candidates import add_candidates, read_candidates
from geo.db.ledger import list_entries
from geo.db.scenarios import list_scenarios
from geo.db.session import reading, writing
from geo.errors import InputError
from geo.records import CandidateRecord
from geo.siting_verifier import verify_certificate
from tests.webmap.staff_api import Staff
from tests.webmap.valley import CODE, EAST_PEOPLE, LAT, valley_app
from webmap.logic.jobs.process import do_job
from webmap.logic.jobs.queue import take_job
from webmap.logic.siting.sample_plan import save_sample_plan
from webmap.logic.siting.sites_question import AIMS
from webmap.logic.snapshot_building import ensure_snapshot
from webmap.planner.next_steps import next_steps
from webmap.planner.sites_form import read_sites_form

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
    assert len(re.findall("data-plan", page)) == 3 + 2, "three plans; one site or two, as a third adds nobody"
    assert re.findall("chosen again under [0-9] of [0-9] assumptions", page)
    assert "adds 200 people" in page, "the sentences for a report"


def test_the_certificate_of_a_plan_is_checked_without_the_solver(app, planner, tmp_path):
    for fields in ({"aim": "people"}, {"aim": "budget", "budget": "60000"}, {"aim": "average"}):
        address = ask(app, planner, **fields)
        page = planner.client.get(address).text
        assert "Download the certificate" in page
        file = planner.client.get(f"/api/v1/jobs/{job_of(address)}/files/certificate.zip")
        folder = tmp_path / fields["aim"]
        with ZipFile(BytesIO(file.data)) as archive:
            archive.extractall(folder)
        verdict = verify_certificate(folder / "certificate.json")
        assert verdict.is_optimal
        if fields["aim"] == "people":
            assert verdict.objective == 100.0 + EAST_PEOPLE
            body = json.loads((folder / "certificate.json").read_text("utf-8"))
            assert body["parameters"]["columns"][2:] == ["e", "m", "w"]
            body["sites"][-1] -= 1
            (folder / "certificate.json").write_text(json.dumps(body), "utf-8")
            with pytest.raises(InputError):
                verify_certificate(folder / "certificate.json")
    none = planner.client.get(ask(app, planner, aim="share", percent="60")).text
    assert "This aim has no certificate" in none


def test_the_page_of_a_candidate_shows_the_streets_around_it(planner):
    page = planner.client.get("/plan/sites/candidates/e").text
    picture = re.search('<a class="place-map".*?</a>', page, re.DOTALL)
    assert picture, "the streets near it as a small picture"
    assert 'class="here"' in picture[0]
    assert re.search('class="street-(minor|major|path)" d="M', picture[0])


def test_where_everybody_is_covered_the_page_says_so_and_leads_on(app, planner):
    page = planner.client.get(ask(app, planner, mode="ebike", minutes="30")).text
    notice = re.search('<div class="notice next-steps">.*?</div>', page, re.DOTALL)
    assert notice, "everybody near a street is within thirty minutes by e-bike"
    assert "are covered already: everybody who lives near a usable street" in notice[0]
    assert "add nobody" not in page
    targets = [each.replace("&amp;", "&") for each in re.findall('href="([^"]*)"', notice[0])]
    assert [urlsplit(each).path for each in targets] == ["/plan/sites/hours", "/plan/sites"]
    assert parse_qs(urlsplit(targets[-1]).query)["aim"] == ["far"]
    assert all(planner.client.get(each).status_code == 200 for each in targets)


def test_where_a_second_station_can_be_had_the_plan_of_it_is_a_next_step(app):
    none = {"aim": "people", "before": 340.0, "sites": []}
    answer = {"people": 380.0, "unattached": 40.0, "plans": [none, {"aim": "twice", "sites": ["one"]}]}
    with app.test_request_context("/plan/sites"):
        form = read_sites_form(request.args)
        steps = next_steps(form, 7, answer, none)
        assert [parse_qs(urlsplit(link).query).get("plan") for _words, link in steps.links] == [None, ["1"], None]
        assert next_steps(form, 7, answer, {**none, "before": 300.0}) is None
        assert next_steps(form, 7, answer, {**none, "sites": ["one"]}) is None


def test_a_share_that_is_met_already_is_said_and_leads_on(app, planner):
    page = planner.client.get(ask(app, planner, aim="share", percent="20")).text
    assert "26.3% are covered already; the 20.0% asked for are met." in page
    assert "Most people covered</a>" in page


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


def test_a_plan_becomes_a_chapter_with_the_table_of_sites_and_says_that_it_is_a_sample(app, planner):
    address = f"/plan/sites/chapter.docx?job={job_of(ask(app, planner))}&n=2"
    answer = planner.client.get(address)
    assert answer.status_code == 200
    document = Document(BytesIO(answer.data))
    table = document.tables[0]
    assert [cell.text for cell in table.rows[1].cells][:5] == ["1", "候选e", "", "200 people", "50,000"]
    assert len(table.rows) == 3
    said = "\n".join(paragraph.text for paragraph in document.paragraphs)
    assert "92.1%" in said
    assert "Sample data" in said
    assert "Sample" in answer.headers["Content-Disposition"]


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


def test_plans_are_still_compared_after_new_data_and_the_difference_is_said(
    make_database, tmp_path_factory, translations
):
    with valley_app(make_database, tmp_path_factory.mktemp("drift")) as app:
        engine, planner = app.extensions["fuchun_engine"], Staff(app, "planner")
        with writing(engine) as session:
            add_candidates(session, CODE, THREE)
        assert save(planner, "East", 120.02).status_code == 303
        assert save(planner, "Middle", 119.99).status_code == 303
        with writing(engine) as session:
            session.execute(
                text("UPDATE demand_point SET weight = 2 * weight WHERE weight = :east"), {"east": EAST_PEOPLE}
            )
        ensure_snapshot(engine, app.extensions["fuchun_config"].state_dir, CODE)
        app.extensions["fuchun_live"].refresh()
        with reading(engine) as session:
            middle, east = list_scenarios(session, CODE)
        page = planner.client.get(f"/plan/sites/compare?of={east.id}&of={middle.id}").text
        assert "by new data +200" in page, "of East"
        assert "unchanged" in page, "of Middle"
        assert "400 people" in page
        assert page.count("cost not entered") == 2
        opened = planner.client.get(f"/plan/sites?scenario={east.id}").text
        assert "200 people more covered. By the data of now +200." in opened


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


def test_what_a_host_says_is_noted_with_its_day_and_a_second_writer_is_told(app, planner):
    with reading(app.extensions["fuchun_engine"]) as session:
        before = next(each for each in read_candidates(session, CODE) if each.code == "w")
    said = {"willingness": "interested", "version": str(before.version)}
    assert send(planner, "/plan/sites/candidates/w", **said).status_code == 303
    with reading(app.extensions["fuchun_engine"]) as session:
        after = next(each for each in read_candidates(session, CODE) if each.code == "w")
    assert (after.willingness, after.willing_on is not None) == ("interested", True)
    assert send(planner, "/plan/sites/candidates/w", **said).status_code == 409


def test_the_document_names_the_aims_of_the_page(app):
    schemas = app.extensions["fuchun_interface"].document["components"]["schemas"]
    assert schemas["SitePlansArguments"]["properties"]["aim"]["enum"] == list(AIMS)


def test_the_small_answer_by_hand_is_as_the_document_says(planner):
    body = {"minutes": 5, "sites": [{"name": "x", "lon": 120.02, "lat": LAT}], "closed": ["S1"]}
    answer = planner.ask("siting_changes", "POST", "/siting/changes", body)
    assert answer.status_code == 200
    assert (answer.json["gained"], answer.json["lost"]) == (200.0, 100.0)
    squares = planner.ask("siting_squares", "POST", "/siting/squares", body)
    assert sum(each["properties"]["people"] for each in squares.json["features"]) == 180.0


def test_the_chapter_comes_in_four_forms_with_the_same_sites_and_a_page_a_site(app, planner, tmp_path):
    query = f"job={job_of(ask(app, planner))}&n=2"
    document = Document(BytesIO(planner.client.get(f"/plan/sites/chapter.docx?{query}").data))
    names = [row.cells[1].text for row in document.tables[0].rows[1:]]
    assert (names[0], len(names)) == ("候选e", 2)
    facts = {row.cells[0].text: row.cells[1].text for row in document.tables[2].rows}
    assert facts["Adds"] == "200 people"
    assert facts["Within the standard"] == "200 people"
    assert facts["Nearest stations"].startswith("East station, 960 m straight")
    assert facts["Budget (yuan, sample)"] == "50,000"
    assert len(document.tables) == 2 + 2
    book = load_workbook(BytesIO(planner.client.get(f"/plan/sites/chapter.xlsx?{query}").data))
    assert [row[1].value for row in book["Proposed sites"].iter_rows(min_row=4)] == names
    assert all("Sample data" in sheet.cell(2, 1).value for sheet in book.worksheets)
    page = planner.client.get(f"/plan/sites/chapter.html?{query}").text
    assert page.count('<section class="page">') == 2
    assert "Sample data" in page
    package = tmp_path / "sites.gpkg"
    package.write_bytes(planner.client.get(f"/plan/sites/chapter.gpkg?{query}").data)
    sites = gpd.read_file(package, layer="proposed_sites")
    assert sites["name"].tolist() == names
    assert sites["mark"].str.contains("Sample").all()
    assert gpd.read_file(package, layer="reach").geometry.contains(sites.geometry).tolist() == [True, True]
    assert planner.client.get(f"/plan/sites/chapter.exe?{query}").status_code == 404
    chinese = planner.client.get(f"/plan/sites/chapter.docx?{query}&lang=zh").headers["Content-Disposition"]
    assert "%E7%A4%BA%E6%84%8F" in chinese.encode("latin-1").decode("ascii"), "as a header must be"


def test_the_workbook_and_the_package_say_where_the_photo_of_a_site_is(app, planner, tmp_path):
    query = f"job={job_of(ask(app, planner))}&n=2"
    image = BytesIO()
    Image.new("RGB", (64, 48), "grey").save(image, "JPEG")
    sent = send(planner, "/plan/sites/candidates/e/photo", photo=(BytesIO(image.getvalue()), "door.jpg"), caption="")
    assert sent.status_code == 303
    book = load_workbook(BytesIO(planner.client.get(f"/plan/sites/chapter.xlsx?{query}").data))
    column = [row[-1].value for row in book["A page a site"].iter_rows(min_row=3)]
    package = tmp_path / "sites.gpkg"
    package.write_bytes(planner.client.get(f"/plan/sites/chapter.gpkg?{query}").data)
    photos = gpd.read_file(package, layer="proposed_sites")["photo"].tolist()
    assert column == ["Photo", photos[0], None]
    assert photos[1] == ""
    assert planner.client.get(photos[0]).mimetype == "image/jpeg"
    assert send(planner, "/plan/sites/candidates/e/photo", remove="yes").status_code == 303


def test_another_kind_of_place_is_asked_for_saved_and_entered_as_what_it_is(app, planner):
    engine = app.extensions["fuchun_engine"]
    address = ask(app, planner, kind="nursing_room")
    assert "kind=nursing_room" in address
    page = planner.client.get(address).text
    assert "0.0% → 52.6%" in page, "no rest station counts"
    assert '<option value="nursing_room" selected>' in page
    document = Document(BytesIO(planner.client.get(f"/plan/sites/chapter.docx?job={job_of(address)}").data))
    assert any("Counted as a station: nursing room." in paragraph.text for paragraph in document.paragraphs)
    assert planner.client.get(f"/plan/sites/wall-map.pdf?job={job_of(address)}").data.startswith(b"%PDF")
    before = {entry.id for entry in entries(engine)}
    assert send(planner, "/plan/sites/ledger", job=job_of(address)).status_code == 303
    [entry] = [each for each in entries(engine) if each.id not in before]
    assert (entry.question.kind, entry.promised) == ("nursing_room", EAST_PEOPLE)
    shown = planner.client.get(f"/manage/gaps/{entry.id}").text
    assert "nursing room · " in shown
    assert "West station (S1)" not in shown, "only a nursing room can open it"
    assert planner.client.get("/plan/sites?kind=bridge").status_code == 422


def entries(engine):
    with reading(engine) as session:
        return list_entries(session, CODE)


def test_the_next_phase_keeps_the_sites_of_the_year_before_and_the_list_says_if_one_does_not(app, planner):
    engine = app.extensions["fuchun_engine"]
    assert save(planner, "This year", 119.99).status_code == 303
    with reading(engine) as session:
        this = next(each for each in list_scenarios(session, CODE) if each.name == "This year")
    address = ask(app, planner, sites="1", base=str(this.id))
    page = planner.client.get(address).text
    assert "26.3% → 92.1%" in page, "one more on top of that of this year"
    assert f'<option value="{this.id}" selected>' in page
    both = {"sites": [{"name": "x", "lon": 119.99, "lat": LAT}, {"name": "e", "lon": 120.02, "lat": LAT}]}
    east = {"sites": [{"name": "e", "lon": 120.02, "lat": LAT}]}
    for name, changes, year in (("Next", both, "2028"), ("Other", east, "2029")):
        sent = {"question": '{"minutes": 5}', "changes": json.dumps(changes), "year": year}
        assert send(planner, "/plan/sites/saved", name=name, **sent).status_code == 303
    listed = planner.client.get("/plan/sites/saved").text
    assert "all of the year before is part of it" in listed
    assert "leaves out what the year before has: x" in listed


def test_the_plan_that_the_sample_comes_with_is_offered_before_anything_is_asked(app, planner):
    engine = app.extensions["fuchun_engine"]
    save_sample_plan(engine, app.extensions["fuchun_live"].state(CODE))
    page = planner.client.get("/plan/sites").text
    number = re.search(r'scenario=(\d+)">Look at 示意方案：新增 5 个站', page)[1]
    opened = planner.client.get(f"/plan/sites?scenario={number}").text
    assert "示意方案" in opened
    with reading(engine) as session:
        saved = next(each for each in list_scenarios(session, CODE) if each.id == int(number))
        known = read_candidates(session, CODE)
    assert saved.is_sample
    assert len(saved.changes["sites"]) == min(5, len(known))
