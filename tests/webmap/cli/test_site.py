"""Candidates, sites, proof and the job, end to end on the valley: one JSON object on stdout, exit codes 0, 1 and 2."""

import json
import os
import subprocess
import sys

import pytest

from geo.db.demand_profiles import ProfileDraft, save_profile
from geo.db.session import writing
from tests.webmap.conftest import csrf_token, logged_in
from tests.webmap.job_workers import wait_for, workers
from tests.webmap.valley import CODE, EAST_PEOPLE, LAT, MIDDLE_PEOPLE, WEST_PEOPLE, valley_app
from webmap.accounts import create_account
from webmap.cli import main

TABLE = f"""编号,名称,经度,纬度,状态,费用
w,西,119.98,{LAT},,30000
m,中,119.99,{LAT},,10000
e,东,120.02,{LAT},,20000
"""


@pytest.fixture(scope="module")
def valley(make_database, tmp_path_factory, translations):
    """A valley with three candidates, and its folder."""
    folder = tmp_path_factory.mktemp("valley")
    table = folder / "candidates.csv"
    table.write_text(TABLE, "utf-8")
    with valley_app(make_database, folder) as app, pytest.MonkeyPatch.context() as patch:
        use_valley(patch, app, folder)
        assert run_command("load", "candidates", table) == 0
        yield app, folder


@pytest.fixture
def fuchun(valley, monkeypatch, capfd):
    """Run a command in this process; return its exit code and what stood on stdout and stderr, by file descriptor."""
    use_valley(monkeypatch, *valley)

    def run(*words):
        capfd.readouterr()
        code = run_command(*words)
        return code, *capfd.readouterr()

    return run


def use_valley(patch, app, folder):
    url = app.extensions["fuchun_engine"].url.render_as_string(hide_password=False)
    for name, value in (("DATABASE_URL", url), ("FUCHUN_STATE", str(folder)), ("FUCHUN_LANG", "en")):
        patch.setenv(name, value)


def run_command(*words):
    with pytest.raises(SystemExit) as ended:
        main.main([str(word) for word in words], prog_name="fuchun")
    return ended.value.code or 0


def test_candidates_are_loaded_and_sites_chosen_and_verified(valley, fuchun):
    _, folder = valley
    code, out, err = fuchun("load", "candidates", folder / "candidates.csv", "--json")
    assert (code, json.loads(out)["stored"]) == (0, 3), err
    plan = folder / "plan.json"
    words = ("site", "--sites", 1, "--minutes", 5, "--without-existing", "--certificate", plan, "--json")
    done = subprocess.run(
        [sys.executable, "-m", "webmap.cli", *map(str, words)],
        env=dict(os.environ), capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert [(site["code"], site["gain"]) for site in answer["sites"]] == [("e", EAST_PEOPLE)]
    assert answer["covered_after"] == answer["bound"] == EAST_PEOPLE
    assert answer["status"] == "optimal"
    code, out, _ = fuchun("site", "verify", plan, "--json")
    verdict = json.loads(out)
    assert (code, verdict["is_optimal"], verdict["objective"]) == (0, True, EAST_PEOPLE)
    plan.write_text(plan.read_text("utf-8").replace('"objective": 200.0', '"objective": 201.0'), "utf-8")
    code, out, err = fuchun("site", "verify", plan)
    assert (code, out) == (1, "")
    assert err.count("\n") == 1


def test_every_model_prints_one_object(fuchun):
    for model, value in (("lscp", 2), ("p-median", None), ("p-center", None)):
        code, out, err = fuchun(
            "site", "--model", model, "--sites", 2, "--minutes", 14, "--without-existing", "--json"
        )  # fmt: skip
        answer = json.loads(out)
        assert (code, answer["status"], answer["model"]) == (0, "optimal", model), err
        assert answer["covered_after"] == WEST_PEOPLE + MIDDLE_PEOPLE + EAST_PEOPLE
        assert value in (None, answer["objective"])
    code, out, _ = fuchun("site", "--sites", 1, "--minutes", 5)
    assert code == 0
    assert "proven best" in out


def test_a_budget_buys_the_most_people(fuchun, tmp_path):
    """Costs are 30,000, 10,000 and 20,000; stdout holds the answer alone though HiGHS has a banner."""
    for budget, codes, people in (
        (9_999, [], 0),
        (20_000, ["e"], EAST_PEOPLE),
        (30_000, ["e", "m"], EAST_PEOPLE + MIDDLE_PEOPLE),
        (50_000, ["e", "w"], EAST_PEOPLE + WEST_PEOPLE),
    ):
        code, out, err = fuchun("site", "--budget", budget, "--minutes", 5, "--without-existing", "--json")
        answer = json.loads(out)
        assert code == 0, err
        assert [site["code"] for site in answer["sites"]] == codes
        assert answer["covered_after"] == answer["bound"] == people
        assert answer["spent"] == sum(site["cost"] for site in answer["sites"]) <= budget
        assert (answer["status"], answer["certified_bound"]) == ("optimal", people)
    _, out, _ = fuchun("site", "--budget", 60_000, "--sites", 1, "--minutes", 5, "--without-existing", "--json")
    assert [site["code"] for site in json.loads(out)["sites"]] == ["e"]
    code, out, err = fuchun("site", "--budget", 10_000, "--fixed", "w")
    assert (code, out) == (1, "")
    assert "raise the budget" in err
    _, out, _ = fuchun("site", "--budget", 25_000, "--minutes", 5)
    assert "20,000 of 25,000 yuan spent" in out
    plan = tmp_path / "plan.json"
    fuchun("site", "--budget", 50_000, "--minutes", 5, "--without-existing", "--certificate", plan)
    code, out, err = fuchun("site", "verify", plan, "--json")
    assert code == 0, err
    assert (json.loads(out)["certified_bound"], json.loads(out)["is_optimal"]) == (EAST_PEOPLE + WEST_PEOPLE, True)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("site",), 2, "--sites is missing"),
        (("site", "--sites", 1, "--model", "best"), 2, "best"),
        (("site", "--budget", 1, "--model", "p-median"), 2, "--budget goes with"),
        (("site", "--sites", 1, "--fixed", "nobody"), 1, "there is no candidate site nobody"),
        (("site", "--sites", 9), 1, "ask for fewer"),
        (("site", "--sites", 1, "--each-service"), 2, "name the services"),
        (("site", "--model", "lscp", "--week"), 2, "go with --model mclp"),
        (("site", "--sites", 1, "--week", "--at", "2026-11-22T12:00:00+08:00"), 2, "give one of them"),
        (("site", "verify", "missing.json"), 1, "there is no file missing.json"),
    ],
)
def test_wrong_usage_exits_2_and_failure_1_without_an_answer(fuchun, words, code, said):
    ended, out, err = fuchun(*words)
    assert (ended, out) == (code, "")
    assert said in err
    assert "Traceback" not in err


def test_the_job_answers_what_the_command_prints(valley, fuchun):
    app, folder = valley
    engine = app.extensions["fuchun_engine"]
    with writing(engine) as session:
        password = create_account(session, "planner", role="planner")
    client = logged_in(app.test_client(), "planner", password)
    asked = {"kind": "siting", "arguments": {"sites": 1, "minutes": 5}}
    sent = client.post("/api/v1/jobs", json=asked, headers={"X-CSRFToken": csrf_token(client, "/manage/jobs")})
    assert sent.status_code == 202, sent.text
    with workers(engine, folder) as start:
        start()
        done = wait_for(engine, sent.json["id"], lambda job: not job.is_active, within_s=60)
    assert (done.state, done.error) == ("done", None)
    job = client.get(f"/api/v1/jobs/{sent.json['id']}").json
    assert job["district"] == CODE
    _, out, _ = fuchun("site", "--sites", 1, "--minutes", 5, "--json")
    assert job["result"] == json.loads(out)
    for file in job["files"]:
        (folder / file["name"]).write_bytes(client.get(file["address"]).data)
    code, out, _ = fuchun("site", "verify", folder / "siting.json", "--json")
    assert (code, json.loads(out)["is_optimal"]) == (0, True)


def test_a_key_area_and_what_may_be_done_with_our_places_are_part_of_the_question(fuchun):
    sunday = ("--sites", 1, "--minutes", 14, "--at", "2026-11-22T12:00:00+08:00", "--json")
    code, out, err = fuchun("site", *sunday, "--action", "hours=3000", "--forbidden", "e")
    answer = json.loads(out)
    assert (code, [site["code"] for site in answer["sites"]]) == (0, ["hours:S2"]), err
    assert (answer["sites"][0]["cost"], answer["sites"][0]["gain"]) == (3000.0, EAST_PEOPLE)
    code, out, _ = fuchun("site", *sunday, "--action", "hours=3000", "--budget", 3000)
    assert [site["code"] for site in json.loads(out)["sites"]] == ["hours:S2"]
    code, out, _ = fuchun("site", "--sites", 1, "--minutes", 5, "--area", "W", "--json")
    answer = json.loads(out)
    assert answer["people"] == WEST_PEOPLE + MIDDLE_PEOPLE
    assert [site["code"] for site in answer["sites"]] == ["m"]
    assert fuchun("site", *sunday, "--action", "bridge=1")[0] == 1
    assert fuchun("site", *sunday, "--action", "hours=many")[0] == 2


def test_a_week_and_single_services_are_bought_within_a_budget_and_proven(valley, fuchun, tmp_path):
    """Two stations: S1 always open with charging and toilet, S2 on workdays 8 to 17 with a toilet alone."""
    app, _ = valley
    words = ("site", "--week", "--minutes", 14, "--service", "phone_charging", "--service", "toilet", "--each-service")
    code, out, err = fuchun(*words, "--budget", 5_000, "--action", "hours=3000")
    assert (code, out) == (1, "")
    assert "demand profile" in err
    with writing(app.extensions["fuchun_engine"]) as session:
        share = (0.5,) * 168
        save_profile(session, CODE, ProfileDraft(share, share, "counted by hand"), version=0, by="test")

    def ask(*more):
        code, out, err = fuchun(*words, *more, "--json")
        assert code == 0, err
        return json.loads(out)

    # S2 reaches the east, in 45 hours with a toilet; all days of the west and the middle are served by S1.
    toilet, open_h, longer_h = EAST_PEOPLE * 0.5 * 0.5, 45, 65
    actions = ("--action", "hours=3000", "--action", "equipment=1000", "--forbidden", "e")
    one = ask("--budget", 3_000, *actions)
    assert [each["code"] for each in one["sites"]] == ["equipment:S2"]
    assert one["counts"] == "person-hours"
    assert one["covered_before"] == (WEST_PEOPLE + MIDDLE_PEOPLE) * 0.5 * 168 + toilet * open_h
    assert one["covered_after"] - one["covered_before"] == one["sites"][0]["gain"] == toilet * open_h
    assert one["people"] == (WEST_PEOPLE + MIDDLE_PEOPLE + EAST_PEOPLE) * 0.5 * 168
    both = ask("--budget", 4_000, *actions)
    assert [each["code"] for each in both["sites"]] == ["both:S2"]
    assert both["covered_after"] - one["covered_before"] == 2 * toilet * longer_h - toilet * open_h
    assert both["status"] == "optimal"
    plan = tmp_path / "plan.json"
    site = ask("--budget", 24_000, "--action", "hours=3000", "--action", "equipment=1000", "--certificate", plan)
    # The candidate in the east is supposed to be open with everything as long as S2 could be, and on all days.
    assert [(each["code"], each["supposed"]) for each in site["sites"]] == [("e", "Mo-Su 08:00-21:00")]
    assert site["covered_after"] - one["covered_before"] == 2 * toilet * 7 * 13 - toilet * open_h
    code, out, err = fuchun("site", "verify", plan, "--json")
    verdict = json.loads(out)
    assert (code, verdict["is_optimal"]) == (0, True), err
    assert verdict["objective"] == pytest.approx(site["objective"]) == pytest.approx(site["covered_after"])
    _, out, _ = fuchun(*words, "--sites", 1)
    assert "person-hours a week" in out
    assert "No hours are entered for e" in out
