"""The command line as a person runs it: a process, its exit code, stdout and stderr."""

import json
import re

import pytest

from loaders.sample.helsinki import HELSINKI
from tests.extracts import HELSINKI as EXTRACT
from tests.webmap import answers
from tests.webmap.commands import fuchun
from webmap.logic.coverage import CoverageQuestion
from webmap.logic.live_districts import LiveDistricts


def test_json_is_the_object_of_the_answer_and_nothing_else(helsinki):
    done = fuchun(*helsinki, "nearest", 24.9384, 60.1699, "--at", "2026-11-25T12:00:00+02:00", "--json")
    assert done.returncode == 0, done.stderr
    from datetime import datetime

    at = datetime.fromisoformat("2026-11-25T12:00:00+02:00")
    assert json.loads(done.stdout) == answers.nearest(
        LiveDistricts(*helsinki).state(HELSINKI), lon=24.9384, lat=60.1699, at=at
    )


def test_coverage_says_the_same_as_its_http_twin(helsinki):
    done = fuchun(*helsinki, "coverage", "--mode", "ebike", "--minutes", 5, "--json")
    assert json.loads(done.stdout) == answers.coverage(
        LiveDistricts(*helsinki).state(HELSINKI), CoverageQuestion(mode="ebike", minutes=5)
    )


def test_people_read_lines_in_their_language(helsinki):
    english = fuchun(*helsinki, "route", 24.9384, 60.1699, 24.95, 60.17)
    chinese = fuchun(*helsinki, "route", 24.9384, 60.1699, 24.95, 60.17, lang="zh")
    assert "Arrive" in english.stdout
    assert "到达" in chinese.stdout
    assert "米" in chinese.stdout.splitlines()[0]


def test_each_step_of_a_route_is_told_with_its_seconds(helsinki):
    asked = (*helsinki, "route", 24.9384, 60.1699, 24.95, 60.17)
    steps = json.loads(fuchun(*asked, "--json").stdout)["steps"]
    _, *lines = fuchun(*asked, lang="zh").stdout.splitlines()
    seconds = [round(step["duration_s"]) for step in steps]
    assert [re.search(r"（(\d+) 秒）$", line)[1] for line in lines if line.endswith("秒）")] == [
        str(s) for s in seconds if s
    ]
    assert sum(seconds) > 100


def test_a_negative_longitude_is_a_number_not_an_option(helsinki):
    done = fuchun(*helsinki, "nearest", "-8.61", 41.15)
    assert done.returncode == 1
    assert "option" not in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["nearest", "abc", "60"], 2, "abc"),
        (["nearest", "24.9", "60.1", "--mode", "car"], 2, "car"),
        (["coverage", "--at", "2026-11-25T12:00:00"], 2, "time zone"),
        (["coverage", "--district", "nowhere"], 1, "fuchun: district nowhere is not loaded"),
        (["load", "streets", "missing.osm.pbf"], 1, "fuchun: missing.osm.pbf: no such file"),
    ],
)
def test_wrong_usage_exits_2_and_failure_1_with_one_clear_line(helsinki, words, code, said):
    done = fuchun(*helsinki, *words)
    assert done.returncode == code
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_dry_run_stores_nothing(helsinki):
    before = LiveDistricts(*helsinki).state(HELSINKI).data_version
    done = fuchun(*helsinki, "load", "streets", EXTRACT, "--dry-run", "--json")
    report = json.loads(done.stdout)
    assert report["read"] == report["stored"] + len(report["rejected"])
    assert report["stored"] > 2000
    assert LiveDistricts(*helsinki).state(HELSINKI).data_version == before


def test_the_what_if_of_faster_e_bikes_is_asked_by_name_and_says_so(helsinki):
    modes = ("ebike", "ebike_25")
    ends = (24.9384, 60.1699, 24.95, 60.175)
    lawful, faster = (json.loads(fuchun(*helsinki, "route", *ends, "--mode", m, "--json").stdout) for m in modes)
    # 25 instead of 15 km/h where a lane allows it; shared paths stay as slow as they are.
    assert lawful["duration_s"] * 15 / 25 <= faster["duration_s"] < lawful["duration_s"]
    words = fuchun(*helsinki, "coverage", "--mode", "ebike_25", "--minutes", 1)
    assert "25 km/h (what if)" in words.stdout.splitlines()[0]
    reached = [
        answers.coverage(LiveDistricts(*helsinki).state(HELSINKI), CoverageQuestion(mode=m, minutes=1)) for m in modes
    ]
    assert reached[0]["covered"] < reached[1]["covered"]
