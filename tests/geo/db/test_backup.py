"""A backup holds what a store held at one moment; a restore brings all of it back, or changes nothing."""

import io
import json
import random
import shutil
import stat
import subprocess
import tarfile
import threading

import pytest
from sqlalchemy import make_url, text

from geo.db.backup import DUMP, MANIFEST, back_up, remove_old, restore, table_facts, verify
from geo.db.database_roles import grant, make_roles
from geo.db.migrations import downgrade, upgrade
from geo.db.session import make_engine, writing
from geo.errors import InputError, StoreError
from tests.conftest import addresses_of
from tests.geo.db.schema_check import schema_differences
from tests.webmap.valley import store_valley


@pytest.fixture
def valley(engine):
    """Return a store with the valley, whose tables belong to the owner, who is not a superuser."""
    with writing(engine) as session:
        store_valley(session)
    if addresses_of(engine).has_roles:
        with engine.begin() as connection:
            make_roles(connection.connection.driver_connection, engine.url.database)
    return engine


def facts(engine):
    with engine.connect() as connection:
        found = table_facts(connection)
    del found["data_version"]
    return found


def versions(engine):
    with engine.connect() as connection:
        return dict(connection.execute(text("SELECT layer, version FROM data_version")).all())


def disturb(engine):
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM place WHERE code = 'S1'"))
        connection.execute(text("UPDATE region SET name = 'elsewhere'"))
        connection.execute(text("INSERT INTO role (name) VALUES ('made since')"))


def owner_url(engine):
    return addresses_of(engine).owner


def test_a_restore_brings_back_what_was_there(valley, tmp_path):
    before, old_versions = facts(valley), versions(valley)
    file, manifest = back_up(owner_url(valley), tmp_path)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [file]
    assert verify(file) == manifest
    assert manifest.tables["place"].rows == 2
    disturb(valley)
    assert facts(valley) != before
    newer = versions(valley)
    restore(file, addresses_of(valley))
    assert facts(valley) == before
    assert all(version > max(newer[layer], old_versions[layer]) for layer, version in versions(valley).items()), (
        "every site reads every layer again"
    )
    assert schema_differences(valley) == []
    # The application and the reader may do what they could.
    for url, may in ((addresses_of(valley).application, True), (addresses_of(valley).reader, False)):
        other = make_engine(url, pool_size=1)
        with other.connect() as connection:
            assert connection.scalar(text("SELECT count(*) FROM place")) == 2
            if addresses_of(valley).has_roles:
                rights = text("SELECT has_table_privilege('account', 'SELECT'), has_table_privilege('place', 'UPDATE')")
                assert connection.execute(rights).one() == (may, may)
        other.dispose()


def test_a_backup_shows_one_moment_of_a_store_in_use(valley, tmp_path):
    """Somebody moves one unit of demand at a time between two rows: the sum is the same at every moment."""
    ended = threading.Event()

    def move():
        step = text(
            "UPDATE demand_point SET weight = weight + CASE WHEN id = :up THEN 1 ELSE -1 END WHERE id IN (:up, :down)"
        )
        k = 0
        while not ended.is_set():
            with valley.begin() as connection:
                connection.execute(step, {"up": ids[k % 2], "down": ids[1 - k % 2]})
                connection.execute(text("INSERT INTO role (name) VALUES (:name)"), {"name": f"r{k}"})
            k += 1

    with valley.connect() as connection:
        ids = connection.scalars(text("SELECT id FROM demand_point ORDER BY id LIMIT 2")).all()
        total = connection.scalar(text("SELECT sum(weight) FROM demand_point"))
    thread = threading.Thread(target=move)
    thread.start()
    try:
        file, manifest = back_up(owner_url(valley), tmp_path)
    finally:
        ended.set()
        thread.join()
    restore(file, addresses_of(valley))  # compares every table with the manifest
    with valley.connect() as connection:
        assert connection.scalar(text("SELECT sum(weight) FROM demand_point")) == total
        assert connection.scalar(text("SELECT count(*) FROM role")) == manifest.tables["role"].rows


def test_damaged_foreign_and_newer_files_are_refused_and_nothing_is_changed(valley, tmp_path):
    file, _ = back_up(owner_url(valley), tmp_path / "whole")
    before = facts(valley)
    data = file.read_bytes()
    with tarfile.open(file) as tar:
        manifest = json.loads(tar.extractfile(MANIFEST).read())
        dump = tar.extractfile(DUMP).read()

    def packed(content=b"", **changes):
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w") as tar:
            for name, held in ((MANIFEST, content or json.dumps(manifest | changes).encode()), (DUMP, dump)):
                entry = tarfile.TarInfo(name)
                entry.size = len(held)
                tar.addfile(entry, io.BytesIO(held))
        return buffer.getvalue()

    broken = bytearray(data)
    broken[len(data) // 2] ^= 1
    wrong = {
        "": "not a backup",
        "half": "not a backup|damaged",
        "flipped": "damaged",
        "text": "not a backup",
        "format": "cannot read",
        "number": "not a backup",
        "revision": "newer version",
        "manifest": "not a backup",
        "fields": "cannot read",
        "deep": "not a backup",
        "no revision": "not a backup",
        "listed revision": "not a backup",
        "odd rows": "not a backup",
    }
    bad = {
        "": b"",
        "half": data[: len(data) // 2],
        "flipped": bytes(broken),
        "text": b"Dear all,\n" * 500,
        "format": packed(format=2, program="9.0"),
        "number": packed(format="2"),
        "revision": packed(revision="0999"),
        "manifest": packed(tables=[]),
        "fields": packed(format=2, program="9.0", more="than we know"),
        "deep": packed(b"[" * 100_000),
        "no revision": packed(revision=None),
        "listed revision": packed(revision=["1"]),
        "odd rows": packed(tables={"place": {"rows": "2", "digest": 4}}),
    }
    for name, content in bad.items():
        copy = tmp_path / f"{name}.fuchun"
        copy.write_bytes(content)
        for act in (verify, lambda path: restore(path, addresses_of(valley))):
            with pytest.raises(InputError, match=wrong[name]):
                act(copy)
    assert facts(valley) == before


def test_no_damaged_bit_passes_unseen(valley, tmp_path):
    file, manifest = back_up(owner_url(valley), tmp_path)
    data = file.read_bytes()
    with tarfile.open(file) as tar:
        held = {each.name: (each.offset_data, each.size) for each in tar.getmembers()}
    draw = random.Random(13)
    places = [draw.randrange(len(data)) for _ in range(60)]
    for start, size in held.values():
        places += [draw.randrange(start, start + size) for _ in range(60)]
    for place in places:
        bad = bytearray(data)
        bad[place] ^= 1 << draw.randrange(8)
        file.write_bytes(bad)
        is_content = any(start <= place < start + size for start, size in held.values())
        try:
            assert verify(file) == manifest, place
            assert not is_content, place  # between the parts a tar holds nothing
        except InputError:
            pass


def test_a_restore_that_waits_too_long_for_others_changes_nothing(valley, tmp_path, monkeypatch):
    file, _ = back_up(owner_url(valley), tmp_path / "b")
    disturb(valley)
    before = facts(valley)
    monkeypatch.setattr("geo.db.backup.LOCK_WAIT_S", 1)
    with valley.connect() as reader:
        reader.execute(text("SELECT * FROM tour_stop"))
        with pytest.raises(StoreError, match="lock timeout"):
            restore(file, addresses_of(valley))
    assert facts(valley) == before


def test_a_running_site_may_read_what_is_restored_at_once(valley, tmp_path, monkeypatch):
    file, _ = back_up(owner_url(valley), tmp_path)
    rights = []

    def look(owner, addresses):
        query = text("SELECT has_table_privilege(:role, 'account', 'SELECT')")
        with owner.connect() as connection:
            rights.append(connection.scalar(query, {"role": make_url(addresses.application).username}))
        grant(owner, addresses)

    # What is granted after the transaction of the restore comes too late for who asks in between.
    monkeypatch.setattr("geo.db.backup.grant", look)
    restore(file, addresses_of(valley))
    assert rights[0]


def test_a_restore_that_fails_after_everything_was_dropped_changes_nothing(valley, tmp_path):
    downgrade(valley, "0013")  # whose dumps no server reads: see the migration 0014
    file, _ = back_up(owner_url(valley), tmp_path / "b")
    upgrade(valley)
    disturb(valley)
    before = facts(valley)
    with pytest.raises(StoreError, match="operator is not unique"):
        restore(file, addresses_of(valley))
    assert facts(valley) == before


def test_the_store_of_a_newer_version_is_replaced(valley, tmp_path):
    file, _ = back_up(owner_url(valley), tmp_path / "b")
    before = facts(valley)
    with valley.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0999'"))
        connection.execute(text("CREATE TYPE mood AS ENUM ('good')"))
        connection.execute(text("CREATE TABLE newer (id serial PRIMARY KEY, place bigint REFERENCES place, mood mood)"))
        connection.execute(text("CREATE VIEW seen AS SELECT * FROM newer"))
        connection.execute(text("CREATE FUNCTION newest() RETURNS mood LANGUAGE sql AS $$ SELECT 'good'::mood $$"))
    restore(file, addresses_of(valley))
    assert facts(valley) == before
    assert schema_differences(valley) == []


def test_only_older_backups_of_ours_are_removed(tmp_path):
    names = [f"fuchun-2026112{k}-010203.fuchun" for k in range(5)]
    for name in (*names, "fuchun-notes.fuchun", "fuchun-20261120-010203.txt"):
        (tmp_path / name).touch()
    assert [path.name for path in remove_old(tmp_path, 2)] == names[:3]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        [*names[3:], "fuchun-notes.fuchun", "fuchun-20261120-010203.txt"]
    )


def test_an_encrypted_backup_is_read_with_its_key_alone(valley, tmp_path):
    if shutil.which("age-keygen") is None:
        pytest.skip("age is not installed here (Debian: age); the next test shows what a person is told then")
    key = tmp_path / "key"
    subprocess.run(["age-keygen", "-o", key], check=True, capture_output=True)
    recipient = next(line for line in key.read_text().splitlines() if "age1" in line).split()[-1]
    file, manifest = back_up(owner_url(valley), tmp_path / "b", recipient=recipient)
    assert b"West station" not in file.read_bytes()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert verify(file, identity=key) == manifest
    with pytest.raises(InputError, match="--identity"):
        verify(file)
    other = tmp_path / "other"
    subprocess.run(["age-keygen", "-o", other], check=True, capture_output=True)
    with pytest.raises(StoreError, match="age refused"):
        verify(file, identity=other)


def test_a_folder_that_is_not_there_is_named(valley, tmp_path):
    with pytest.raises(InputError, match="there is no folder"):
        back_up(owner_url(valley), tmp_path / "nowhere" / "a.fuchun")


def test_a_program_that_is_missing_is_named_with_its_package(valley, tmp_path, monkeypatch):
    monkeypatch.setattr("geo.db.client_programs.shutil.which", lambda _: None)
    with pytest.raises(StoreError, match="sudo apt install age"):
        back_up(owner_url(valley), tmp_path, recipient="age1x")
    assert list(tmp_path.iterdir()) == []
