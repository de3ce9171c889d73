"""States follow the store: whoever changes it, running requests see the old or the new, never a mixture or an error."""

import shutil
import threading
import time
from datetime import datetime

import pytest
from sqlalchemy import text

from geo.db.districts import save_district
from geo.db.layers import clear_district
from geo.db.session import writing
from geo.errors import NotFoundError, NotReadyError
from geo.network.snapshot import open_snapshot, write_snapshot
from loaders.isolated.run import parse_here
from loaders.sample.helsinki import HELSINKI, load_helsinki
from loaders.storing.streets import load_streets
from tests.extracts import HELSINKI as EXTRACT
from tests.webmap import answers
from webmap.logic import live_districts as live_module
from webmap.logic.coverage import CoverageQuestion
from webmap.logic.live_districts import LiveDistricts
from webmap.logic.snapshot_building import ensure_snapshot
from webmap.logic.snapshots import find_latest, find_snapshot

MIDDLE = (24.9384, 60.1699)
NOON = datetime.fromisoformat("2026-11-25T12:00:00+02:00")


@pytest.fixture
def own(engine, tmp_path):
    """A Helsinki of this test's own, with its snapshot built."""
    with writing(engine) as session:
        load_helsinki(session)
    ensure_snapshot(engine, tmp_path, HELSINKI)
    live = LiveDistricts(engine, tmp_path)
    yield live
    live.stop()


def nearest_codes(live, count=3):
    found = answers.nearest(live.state(HELSINKI), lon=MIDDLE[0], lat=MIDDLE[1], at=NOON, count=count)
    return [station["code"] for station in found["stations"]]


def test_an_unchanged_store_gives_the_very_same_state(helsinki):
    live = LiveDistricts(*helsinki)
    state = live.state(HELSINKI)
    live.refresh()
    assert live.state(HELSINKI) is state
    assert live.state() is state


def test_a_station_closed_by_another_client_is_gone_within_two_seconds(own):
    own.start()
    first = nearest_codes(own)[0]
    with own.engine.begin() as psql:
        psql.execute(text("UPDATE place SET status = 'closed' WHERE code = :code"), {"code": first})
    deadline = time.monotonic() + 2.0
    while first in nearest_codes(own):
        assert time.monotonic() < deadline, "still offered after two seconds"
        time.sleep(0.05)


def test_a_rolled_back_closing_changes_no_answer(own):
    before = nearest_codes(own)
    with own.engine.connect() as psql:
        psql.execute(text("UPDATE place SET status = 'closed'"))
        psql.rollback()
    own.refresh()
    assert nearest_codes(own) == before


def test_a_moved_station_is_answered_where_it_stands_now(own):
    first = nearest_codes(own)[0]
    with own.engine.begin() as psql:
        psql.execute(
            text("UPDATE place SET geom = ST_SetSRID(ST_MakePoint(:lon, :lat), 4326) WHERE code = :code"),
            {"code": first, "lon": 24.9520, "lat": 60.1690},
        )
    state = own.build(HELSINKI)
    found = answers.nearest(state, lon=24.9520, lat=60.1690, at=NOON, count=1)["stations"][0]
    assert found["code"] == first
    assert found["duration_s"] < 120


def test_new_streets_swap_under_running_requests_without_one_error(own):
    own.start()
    stop, errors, versions = threading.Event(), [], set()

    def ask():
        while not stop.is_set():
            try:
                answer = answers.nearest(own.state(HELSINKI), lon=MIDDLE[0], lat=MIDDLE[1], at=NOON)
                versions.add(answer["data_version"])
                assert len(answer["stations"]) == 3
            except Exception as error:
                errors.append(error)

    askers = [threading.Thread(target=ask) for _ in range(2)]
    for asker in askers:
        asker.start()
    before = own.state(HELSINKI).snapshot.stamps["streets"]
    with writing(own.engine) as session:
        load_streets(session, EXTRACT, district=HELSINKI, parse=parse_here)
    deadline = time.monotonic() + 60
    while own.state(HELSINKI).snapshot.stamps["streets"] == before and time.monotonic() < deadline:
        time.sleep(0.1)
    stop.set()
    for asker in askers:
        asker.join()
    assert not errors
    assert own.state(HELSINKI).snapshot.stamps["streets"] != before
    assert len(versions) > 1


def test_two_snapshots_are_kept_and_a_damaged_one_is_built_anew(own):
    for name in ("a", "b", "c"):
        with own.engine.begin() as psql:
            psql.execute(text("UPDATE place SET name = :name"), {"name": name})
        own.build(HELSINKI)
    folders = [f for f in (own.state_dir / "snapshots" / HELSINKI).iterdir() if f.is_dir()]
    assert len(folders) == 2
    current = own.state(HELSINKI).snapshot.stamps
    damaged = max(folders, key=lambda f: int(f.name.split("-")[0]))
    (damaged / "points.npy").write_bytes(b"cut short")
    assert find_snapshot(own.state_dir, HELSINKI, current) is None
    assert find_latest(own.state_dir, HELSINKI, status="demo").stamps != current
    assert ensure_snapshot(own.engine, own.state_dir, HELSINKI).stamps == current


def test_a_flipped_bit_is_found_when_the_program_starts_and_the_snapshot_built_anew(own):
    before = nearest_codes(own)
    (folder,) = [f for f in (own.state_dir / "snapshots" / HELSINKI).iterdir() if f.is_dir()]
    path = folder / "table-walk-cost.npy"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.unlink()
    path.write_bytes(content)
    ensure_snapshot(own.engine, own.state_dir, HELSINKI)
    assert path.read_bytes() != content
    assert nearest_codes(LiveDistricts(own.engine, own.state_dir)) == before


def test_a_snapshot_that_lacks_an_array_is_not_used(own):
    stamps = own.state(HELSINKI).snapshot.stamps
    (folder,) = [f for f in (own.state_dir / "snapshots" / HELSINKI).iterdir() if f.is_dir()]
    arrays, facts = open_snapshot(folder)
    kept = {name: array.copy() for name, array in arrays.items() if name != "table-walk-via"}
    shutil.rmtree(folder)
    write_snapshot(folder, kept, facts)
    assert find_snapshot(own.state_dir, HELSINKI, stamps) is None
    assert find_latest(own.state_dir, HELSINKI, status="demo") is None


def test_without_streets_the_answer_says_which_command_is_missing(engine, tmp_path):
    with writing(engine) as session:
        save_district(session, "D", name="D", name_en="D")
    state = LiveDistricts(engine, tmp_path).state("D")
    with pytest.raises(NotReadyError, match="no streets are loaded yet"):
        answers.nearest(state, lon=1.0, lat=1.0)


def test_a_store_made_anew_never_meets_the_snapshot_of_the_old_one(make_database, tmp_path):
    covered, stamps = [], []
    for _ in range(2):
        with make_database() as engine:
            with writing(engine) as session:
                load_helsinki(session)
            state = LiveDistricts(engine, tmp_path).build(HELSINKI)
            covered.append(answers.coverage(state, CoverageQuestion(minutes=5))["covered"])
            stamps.append(state.snapshot.stamps)
    assert stamps[0] != stamps[1], "the second store was answered from the first one's snapshot"
    assert covered[0] == covered[1] > 0


def test_a_district_loaded_anew_counts_on_instead_of_from_the_start(own):
    before = own.state(HELSINKI).data_version
    with writing(own.engine) as session:
        clear_district(session, HELSINKI)
        load_helsinki(session)
    state = own.build(HELSINKI)
    assert state.data_version > before
    assert answers.coverage(state, CoverageQuestion(minutes=5))["covered"] > 0


def test_a_lost_snapshot_folder_is_rebuilt_from_the_store(own):
    shutil.rmtree(own.state_dir / "snapshots")
    fresh = LiveDistricts(own.engine, own.state_dir)
    assert fresh.build(HELSINKI).snapshot is not None


def test_a_district_that_is_not_there_is_named(helsinki):
    with pytest.raises(NotFoundError, match="district nowhere is not loaded"):
        LiveDistricts(*helsinki).state("nowhere")


def test_a_new_snapshot_stays_beside_those_of_an_earlier_database_with_higher_numbers(own):
    stamps = dict(own.state(HELSINKI).stamps)
    folder = next((own.state_dir / "snapshots" / HELSINKI).glob("[0-9]*-*"))
    for number in (99_998, 99_999):
        shutil.copytree(folder, folder.with_name(f"{number}-{folder.name.partition('-')[2]}"))
    shutil.rmtree(folder)
    ensure_snapshot(own.engine, own.state_dir, HELSINKI)
    assert find_snapshot(own.state_dir, HELSINKI, stamps) is not None


def test_hours_that_nobody_can_read_are_unknown_and_stand_as_posted(own):
    first = nearest_codes(own)[0]
    with own.engine.begin() as psql:
        psql.execute(
            text(
                "UPDATE place_function SET hours = '8点到5点', hours_posted = NULL "
                "WHERE place_id = (SELECT id FROM place WHERE code = :code)"
            ),
            {"code": first},
        )
    own.refresh()
    place = own.state(HELSINKI).place_by_code[first]
    (function,) = place.functions.values()
    assert (function.hours, function.hours_posted) == (None, "8点到5点")
    assert first in nearest_codes(own, count=20)


def test_whatever_goes_wrong_in_one_look_the_next_one_comes(own, monkeypatch, caplog):
    monkeypatch.setattr("webmap.logic.live_districts.POLL_S", 0.01)
    looks = []
    has_gone_on = threading.Event()

    def look():
        looks.append(1)
        if len(looks) == 1:
            raise OSError("no memory for a process")
        has_gone_on.set()

    monkeypatch.setattr(own, "refresh", look)
    own.start()
    assert has_gone_on.wait(5)
    assert "no memory for a process" in caplog.text


def test_who_is_stopped_while_looking_starts_no_builder(own, monkeypatch):
    started = []
    monkeypatch.setattr("webmap.logic.live_districts.start_builder", lambda *_: started.append(1))
    monkeypatch.setattr("webmap.logic.live_districts.POLL_S", 0.01)
    load, has_looked, may_go_on = live_module.load_state, threading.Event(), threading.Event()

    def slow(*given):
        has_looked.set()
        assert may_go_on.wait(5)
        return load(*given)

    own.state(HELSINKI)
    monkeypatch.setattr("webmap.logic.live_districts.load_state", slow)
    with own.engine.begin() as psql:
        psql.execute(text("UPDATE place SET name = 'renamed'"))
    own.start()
    assert has_looked.wait(5)
    stopping = threading.Thread(target=own.stop)
    stopping.start()
    time.sleep(0.2)
    may_go_on.set()
    stopping.join(5)
    assert not stopping.is_alive()
    assert own.state(HELSINKI).place_by_code[nearest_codes(own)[0]].name == "renamed", "the look went to its end"
    assert started == []
