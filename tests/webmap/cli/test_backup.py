"""`fuchun backup`, `verify` and `restore`: on another, empty store the same answers."""

from datetime import datetime

from geo.db.session import reading, writing
from tests.webmap.commands import fuchun
from tests.webmap.valley import CODE, LAT, store_valley
from webmap.logic.nearest import nearest
from webmap.logic.snapshot_building import ensure_snapshot
from webmap.logic.state_reading import load_state

NOON = datetime.fromisoformat("2026-11-25T12:00:00+08:00")


def answer(engine, state_dir):
    """Return the data version, and the stations nearest to a point with their times."""
    ensure_snapshot(engine, state_dir, CODE)
    with reading(engine) as session:
        state = load_state(session, CODE, state_dir)
    found = nearest(state, lon=120.002, lat=LAT, at=NOON)
    return state.data_version, [
        (each.place.name, each.cost, each.on_arrival, each.closes_at) for each in found.stations
    ]


def test_a_backup_gives_the_same_answers_on_another_machine(make_database, tmp_path):
    with make_database() as first, make_database() as second:
        with writing(first) as session:
            store_valley(session)
        made = fuchun(first, tmp_path, "backup", tmp_path, "--keep", "3")
        assert made.returncode == 0, made.stderr
        (file,) = tmp_path.glob("*.fuchun")
        assert file.name in made.stderr
        done = fuchun(second, tmp_path, "restore", file, "--yes")
        assert done.returncode == 0, done.stderr
        version, found = answer(first, tmp_path / "here")
        newer, again = answer(second, tmp_path / "there")
        assert newer > version
        assert again == found != []


def test_a_damaged_backup_is_named_in_one_sentence(engine, tmp_path):
    file = tmp_path / "old.fuchun"
    file.write_bytes(b"PK\x03\x04 something else")
    asked = fuchun(engine, tmp_path, "verify", file, lang="zh")
    assert asked.returncode == 1
    assert "不是本程序的备份" in asked.stderr
    assert len(asked.stderr.splitlines()) == 1
