"""The first real file takes the sample away, its streets too; until there are real ones nothing is reckoned on them."""

import json

import pytest

from geo.db.session import writing
from geo.errors import NotReadyError
from tests.webmap import answers
from tests.webmap.commands import fuchun
from tests.webmap.conftest import dispose
from tests.webmap.valley import CODE, LAT, store_streets, store_valley
from webmap import create_app
from webmap.logic import live_districts as live
from webmap.logic.config import Config
from webmap.logic.snapshot_building import ensure_snapshot

REGISTER = "站点名称,经度,纬度,开放时间\n甲站,120.01,30.0,每日8时到22时\n"
BEGIN, END = (119.985, LAT), (120.015, LAT)


@pytest.fixture
def started(monkeypatch):
    """Builders that were started; each has failed as soon as somebody looks."""
    found = []

    class Failed:
        def poll(self):
            return 1

    def start(*_):
        found.append(1)
        return Failed()

    monkeypatch.setattr(live, "start_builder", start)
    return found


@pytest.fixture
def retired(engine, tmp_path, started):
    """The valley as a sample with its snapshot, after one register of real stations came in."""
    state_dir = tmp_path / "state"
    with writing(engine) as session:
        store_valley(session)
    ensure_snapshot(engine, state_dir, CODE)
    register = tmp_path / "register.csv"
    register.write_text(REGISTER)
    held = live.LiveDistricts(engine, state_dir)
    assert answers.route(held.state(CODE), origin=BEGIN, to_point=END)["sample"]
    done = fuchun(engine, state_dir, "load", "stations", register, "--district", CODE, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["stored"] == 1
    held.refresh()
    return held


def test_nothing_is_routed_on_streets_that_are_gone(retired, started):
    state = retired.state(CODE)
    assert state.district.status == "real"
    for found in (state, live.LiveDistricts(retired.engine, retired.state_dir).state(CODE)):
        with pytest.raises(NotReadyError, match="no streets are loaded yet"):
            answers.route(found, origin=BEGIN, to_point=END)
    for _ in range(3):
        retired.refresh()
    assert started == [], "there is nothing to build from"


def test_the_pages_show_what_there_is(retired):
    url = retired.engine.url.render_as_string(hide_password=False)
    app = create_app(Config(database_url=url, state_dir=retired.state_dir, secret_key="not a secret"))
    client = app.test_client()
    code = retired.state(CODE).with_function("rest_station")[0].code
    assert client.get("/plan").status_code == 302, "of a real district it is for staff"
    for path in ("/", "/tours", "/benefits", f"/s/{code}"):
        assert client.get(path).status_code in (200, 503), path
    page = client.get("/", headers={"Accept-Language": "zh"}).get_data(as_text=True)
    assert "甲站" in page
    assert "示意" not in page
    assert client.get(f"/device/{CODE}/stations.json").json.get("pack") is None
    dispose(app)


def test_while_real_streets_are_prepared_the_sample_s_do_not_answer(retired, started):
    with writing(retired.engine) as session:
        store_streets(session)
    retired.refresh()
    with pytest.raises(NotReadyError, match="being prepared"):
        answers.route(retired.state(CODE), origin=BEGIN, to_point=END)
    assert len(started) == 1
    ensure_snapshot(retired.engine, retired.state_dir, CODE)
    retired.refresh()
    assert not answers.route(retired.state(CODE), origin=BEGIN, to_point=END)["sample"]


def test_a_builder_that_fails_is_started_again_after_a_growing_pause(retired, started, monkeypatch):
    clock = [1000.0]
    monkeypatch.setattr("webmap.logic.snapshot_building.time.monotonic", lambda: clock[0])
    with writing(retired.engine) as session:
        store_streets(session)
    at = []
    for _ in range(200):
        before = len(started)
        retired.refresh()
        at += [clock[0] - 1000.0] * (len(started) - before)
        clock[0] += 1.0
    assert at == [0.0, 1.0, 3.0, 7.0, 15.0, 31.0, 63.0, 123.0, 183.0]
