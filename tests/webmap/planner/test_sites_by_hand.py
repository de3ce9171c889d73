"""What leaves the page of sites is what is seen: plans changed by hand, saved ones, the office's form, the map."""

import json
from io import BytesIO

import pytest
from docx import Document
from openpyxl import Workbook, load_workbook
from PIL import Image

from geo.db.candidates import add_candidates, read_candidates
from geo.db.ledger import list_entries
from geo.db.scenarios import list_scenarios
from geo.db.session import reading, writing
from geo.records import CandidateRecord
from tests.webmap.staff_api import Staff
from tests.webmap.valley import CODE, LAT, valley_app

QUESTION = json.dumps({"mode": "walk", "minutes": 5})
EAST = {"name": "候选e", "lon": 120.02, "lat": LAT, "code": "e", "kind": "candidate"}
DRAGGED = {"name": "手动", "lon": 119.99, "lat": LAT}
AREA = {"name": "东镇", "lon": 120.02, "lat": LAT, "code": "gap-1", "kind": "area"}


@pytest.fixture(scope="module")
def app(make_database, tmp_path_factory, translations):
    with valley_app(make_database, tmp_path_factory.mktemp("hand")) as app:
        known = CandidateRecord("e", "候选e", 120.02, LAT, "candidate", 50_000.0, None, host="某单位", hours="24/7")
        with writing(app.extensions["fuchun_engine"]) as session:
            add_candidates(session, CODE, [known])
        yield app


@pytest.fixture(scope="module")
def planner(app):
    return Staff(app, "planner")


def by_hand(*sites, **stations):
    return {"question": QUESTION, "changes": json.dumps({"sites": list(sites), **stations})}


def send(planner, address, **fields):
    return planner.client.post(address, data={"csrf_token": planner.csrf, **fields})


def test_the_ledger_gets_the_sites_that_a_hand_has_put_and_what_each_adds_there(app, planner):
    assert send(planner, "/plan/sites/ledger", **by_hand(DRAGGED, EAST)).status_code == 303
    with reading(app.extensions["fuchun_engine"]) as session:
        entries = {entry.name: entry for entry in list_entries(session, CODE)}
    assert {name: entry.promised for name, entry in entries.items()} == {"手动": 50.0, "候选e": 200.0}
    assert entries["候选e"].owner == "某单位"
    again = send(planner, "/plan/sites/ledger", **by_hand(DRAGGED, {"name": "西", "lon": 119.98, "lat": LAT}))
    page = planner.client.get(again.location).text
    assert "1 were there already" in page
    assert "1 add nobody and are left out" in page
    with reading(app.extensions["fuchun_engine"]) as session:
        assert len(list_entries(session, CODE)) == 2
    assert send(planner, "/plan/sites/ledger", **by_hand()).status_code == 422


def test_the_chapter_of_a_plan_by_hand_says_that_nothing_is_proven_and_which_stations_are_taken_for_closed(planner):
    answer = send(planner, "/plan/sites/chapter.docx", **by_hand(EAST, AREA, closed=["S1"]))
    document = Document(BytesIO(answer.data))
    text = "\n".join(paragraph.text for paragraph in document.paragraphs)
    assert "Put together by hand" in text
    assert "Taken for closed: West station." in text
    rows = [[cell.text for cell in row.cells] for row in document.tables[0].rows]
    assert rows[0][4] == "Budget (yuan, sample)"
    assert rows[1][1:5] == ["候选e", "某单位", "200 people", "50,000"]
    assert rows[2][1] == "东镇 (rooms to be found)", "a search area stays one when a hand has changed the plan"
    said = send(planner, "/plan/sites/chapter.txt", **by_hand(EAST)).text
    assert "26.3%" in said
    assert "78.9%" in said


def test_a_candidate_that_was_dragged_away_is_no_candidate_any_more(planner):
    moved = {**EAST, "lon": 119.99}
    answer = send(planner, "/plan/sites/chapter.docx", **by_hand(moved))
    rows = [[cell.text for cell in row.cells] for row in Document(BytesIO(answer.data)).tables[0].rows]
    assert rows[1][1:5] == ["候选e", "", "50 people", ""]


def test_a_saved_plan_leaves_the_page_as_one_that_was_calculated_does_and_takes_what_a_hand_changes(app, planner):
    engine = app.extensions["fuchun_engine"]
    assert send(planner, "/plan/sites/saved", name="East", year="2027", **by_hand(EAST, AREA)).status_code == 303
    with reading(engine) as session:
        saved = list_scenarios(session, CODE)[0]
    page = planner.client.get(f"/plan/sites?scenario={saved.id}").text
    assert "26.3% → 78.9%" in page
    assert "东镇 (rooms to be found)" in page
    workbook = planner.client.get(f"/plan/sites/chapter.xlsx?scenario={saved.id}")
    assert load_workbook(BytesIO(workbook.data))["Proposed sites"].cell(4, 2).value == "候选e"
    changed = {"name": "East", "year": "", "version": str(saved.version), **by_hand(DRAGGED)}
    assert send(planner, f"/plan/sites/saved/{saved.id}", **changed).status_code == 303
    assert send(planner, f"/plan/sites/saved/{saved.id}", **changed).status_code == 409
    with reading(engine) as session:
        now = list_scenarios(session, CODE)[0]
    assert [site["name"] for site in now.changes["sites"]] == ["手动"]
    assert now.saved["after"] - now.saved["before"] == 50.0


def test_the_form_of_the_office_is_filled_and_costs_of_the_sample_are_marked_in_it(planner):
    form = Workbook()
    sheet = form.worksheets[0]
    sheet.append(["{{title}}", "{{share_now}}", "{{share_then}}", "{{cost}}", "{{nothing}}"])
    sheet.append(["{{sites.number}}", "{{sites.name}}", "{{sites.host}}", "{{sites.gain}}", "{{sites.cost}}"])
    sheet.append(["合计", "{{gain}}"])
    sent = BytesIO()
    form.save(sent)
    fields = {"csrf_token": planner.csrf, **by_hand(EAST, DRAGGED), "form": (BytesIO(sent.getvalue()), "报批表.xlsx")}
    answer = planner.client.post("/plan/sites/form", data=fields)
    assert answer.status_code == 200
    rows = [[cell.value for cell in row] for row in load_workbook(BytesIO(answer.data)).worksheets[0].iter_rows()]
    assert rows[0][1:] == ["26.3%", "92.1%", None, "{{nothing}}"]
    assert rows[1] == [1, "候选e", "某单位", 200, "50,000 (sample)"]
    assert rows[2][:4] == [2, "手动", None, 50]
    assert rows[3][:2] == ["合计", 250]
    bad = {"csrf_token": planner.csrf, **by_hand(EAST), "form": (BytesIO(b"x"), "form.pdf")}
    assert planner.client.post("/plan/sites/form", data=bad).status_code == 422


def test_the_wall_map_of_a_plan_is_a_page_of_its_size(planner):
    answer = send(planner, "/plan/sites/wall-map.pdf", size="a3", **by_hand(EAST, DRAGGED))
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert answer.data.startswith(b"%PDF")
    assert b"/MediaBox [ 0 0 1190.88 841.68 ]" in answer.data
    assert "Sample" in answer.headers["Content-Disposition"]
    assert send(planner, "/plan/sites/wall-map.pdf", size="a9", **by_hand(EAST)).status_code == 422


def test_what_is_known_of_a_candidate_is_entered_by_a_form_and_a_second_writer_is_told(app, planner):
    engine = app.extensions["fuchun_engine"]
    pasted = CandidateRecord("p", "粘贴的", 119.99, LAT, "candidate", None, None)
    with writing(engine) as session:
        add_candidates(session, CODE, [pasted])
    with reading(engine) as session:
        version = next(each.version for each in read_candidates(session, CODE) if each.code == "p")
    assert "粘贴的" in planner.client.get("/plan/sites/candidates/p").text
    facts = {"name": "活动中心", "cost": "30,000", "host": "街道", "hours": "8:00-20:00", "is_on_street": "yes"}
    assert send(planner, "/plan/sites/candidates/p/facts", version=str(version), **facts).status_code == 303
    assert send(planner, "/plan/sites/candidates/p/facts", version=str(version), **facts).status_code == 409
    with reading(engine) as session:
        now = next(each for each in read_candidates(session, CODE) if each.code == "p")
    assert (now.name, now.cost, now.host, now.is_on_street, now.is_ground_floor) == (
        "活动中心",
        30_000.0,
        "街道",
        True,
        None,
    )
    assert now.hours == "08:00-20:00"
    for wrong in ({"hours": "whenever"}, {"cost": "much"}, {"is_on_street": "maybe"}, {"name": " "}):
        again = {**facts, **wrong, "version": str(now.version)}
        assert send(planner, "/plan/sites/candidates/p/facts", **again).status_code == 422
    assert send(planner, "/plan/sites/candidates/p/removal", version=str(now.version)).status_code == 303
    assert planner.client.get("/plan/sites/candidates/p").status_code == 404


def picture():
    sent = BytesIO()
    Image.new("RGB", (40, 30), "red").save(sent, "PNG")
    return BytesIO(sent.getvalue()), "door.png"


def test_the_photo_of_a_candidate_stands_on_its_page_and_in_the_report_until_it_is_taken_away(app, planner):
    address = "/plan/sites/candidates/e/photo"
    assert send(planner, address, caption="The door").status_code == 422, "without a picture"
    assert send(planner, address, photo=picture(), caption="The door").status_code == 303
    page = planner.client.get("/plan/sites/candidates/e").text
    assert 'alt="The door"' in page
    assert "200 people" in page, "whom it would serve stands beside it"
    shown = planner.client.get(f"{address}.jpg")
    assert (shown.mimetype, shown.headers["Cache-Control"]) == ("image/jpeg", "private, no-cache")
    assert app.test_client().get(f"{address}.jpg").status_code != 200, "nobody else sees it"
    document = Document(BytesIO(send(planner, "/plan/sites/chapter.docx", **by_hand(EAST, DRAGGED)).data))
    assert len(document.inline_shapes) == 1
    chapter = send(planner, "/plan/sites/chapter.html", **by_hand(EAST, DRAGGED)).text
    assert chapter.count('<img src="data:image/jpeg;base64,') == 1
    assert send(planner, address, remove="yes").status_code == 303
    assert planner.client.get(f"{address}.jpg").status_code == 404
    assert send(planner, "/plan/sites/candidates/none/photo", photo=picture()).status_code == 404


def test_a_candidate_takes_its_photo_with_it(app, planner):
    with writing(app.extensions["fuchun_engine"]) as session:
        add_candidates(session, CODE, [CandidateRecord("q", "短期", 119.99, LAT, "candidate", None, None)])
    assert send(planner, "/plan/sites/candidates/q/photo", photo=picture()).status_code == 303
    assert send(planner, "/plan/sites/candidates/q/removal", version="1").status_code == 303
    with writing(app.extensions["fuchun_engine"]) as session:
        add_candidates(session, CODE, [CandidateRecord("q", "短期", 119.99, LAT, "candidate", None, None)])
    assert planner.client.get("/plan/sites/candidates/q/photo.jpg").status_code == 404


def test_changes_that_are_no_changes_are_refused_in_words(planner):
    for changes in ("[]", "{", json.dumps({"sites": [{"name": "x"}]})):
        answer = send(planner, "/plan/sites/chapter.docx", question=QUESTION, changes=changes)
        assert answer.status_code == 422
        assert "load the page again" in answer.text
