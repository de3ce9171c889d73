"""A full disk: whoever meets it reads one sentence with the remedy, and nothing half is stored."""

import asyncio
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from threading import Thread
from typing import Any

import click
import numpy as np
import psycopg
import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, text

from geo.db.session import writing
from geo.disk import is_disk_full
from geo.network.snapshot import write_snapshot
from loaders.isolated.run import parse_here
from loaders.storing.stations import load_stations
from tests.conftest import ROOT
from tests.loaders.districts import rows, square_district
from tests.webmap.job_workers import add_owner, look
from webmap.cli.console import FuchunGroup
from webmap.logic.jobs import handlers
from webmap.logic.jobs.process import do_job
from webmap.logic.jobs.queue import take_job
from webmap.logic.jobs.submission import start_job
from webmap.server.asgi import Front
from webmap.server.limits import Limits

SAYS = "There is no space left on the server's disk, so nothing was changed; the administrator frees some (df -h"
FULL = """
CREATE FUNCTION fill_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF (SELECT count(*) FROM {table}) >= {count} THEN
    RAISE EXCEPTION USING ERRCODE = '53100', MESSAGE = 'could not extend file "base/5/1": No space left on device';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER fill_disk BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION fill_disk()
"""
"""PostgreSQL's own error, once a table has so many rows."""
ON_SMALL_DISK = "mount -t tmpfs -o size={kb}k,mode=755 tmpfs {folder} && exec {python} {program} {file}"
PROGRAM = """
import os, sys
import shapely
from pathlib import Path
from geo.errors import GeoError
from loaders.isolated.run import parse_apart
from loaders.stations import StationsContext
try:
    found = parse_apart("stations", Path(sys.argv[1]), StationsContext(outline=shapely.box(119, 29, 121, 31)))
    print(len(found.places), "places")
except GeoError as error:
    print(type(error).__name__, error)
print(os.listdir(os.environ["TMPDIR"]))
"""


def register(folder: Path, count: int) -> Path:
    path = folder / "stations.csv"
    lines = (f"驿站{i},{119.91 + i % 200 * 0.0004:.4f},{30.01 + i // 200 * 0.0001:.4f}" for i in range(count))
    path.write_text("\n".join(("名称,经度,纬度", *lines)), encoding="utf-8")
    return path


def on_small_disk(folder: Path, kb: int, *, count: int) -> str:
    """Parse a register whose folder for the process lies on a disk of so many kilobytes; return what is said."""
    small = folder / "small"
    small.mkdir(exist_ok=True)
    (folder / "program.py").write_text(PROGRAM)
    names = {"folder": small, "python": sys.executable, "program": folder / "program.py"}
    command = ON_SMALL_DISK.format(kb=kb, file=register(folder, count), **names)
    environ = os.environ | {"TMPDIR": str(small), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", command], env=environ, capture_output=True, text=True, check=False, timeout=120
    )
    if "unshare" in done.stderr or "mount" in done.stderr:
        pytest.skip(f"no small disk can be made here: {done.stderr.strip()}")
    return done.stdout


@pytest.mark.parametrize("kb", [1, 12, 100])
def test_a_file_is_parsed_on_a_disk_that_fills_up(tmp_path: Path, kb: int) -> None:
    # Full before the process begins, before it can say why it ends, and while it writes its answer.
    said = on_small_disk(tmp_path, kb, count=2000).splitlines()
    assert said[0].startswith(f"NoSpaceError {SAYS}")
    assert said[1] == "[]", "nothing is left on it"


def test_a_small_disk_with_space_enough_will_do(tmp_path: Path) -> None:
    assert on_small_disk(tmp_path, 4000, count=20).startswith("20 places")


@pytest.fixture
def full(engine: Engine) -> Engine:
    """Return a district whose disk is full after 100 places of the next load."""
    square_district(engine)
    with engine.begin() as connection:
        connection.execute(text(FULL.format(table="place_function", count=100)))
    return engine


def test_postgresql_has_no_space_while_a_register_is_stored(full: Engine, tmp_path: Path) -> None:
    def stored() -> Any:
        return rows(full, "SELECT layer, version FROM data_version ORDER BY 1"), rows(full, "SELECT code FROM place")

    def load(count: int) -> None:
        with writing(full) as session:
            load_stations(session, register(tmp_path, count), district="330111", parse=parse_here)

    load(50)
    before = stored()
    with pytest.raises(psycopg.errors.DiskFull) as caught:
        load(500)
    assert stored() == before

    @click.group(cls=FuchunGroup)
    def program() -> None: ...

    @program.command()
    def again() -> None:
        raise caught.value

    done = CliRunner(env={"FUCHUN_LANG": "en"}).invoke(program, ["again"])
    assert (done.exit_code, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"fuchun: {SAYS}")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a disk for PostgreSQL's account")
def test_the_disk_of_postgresql_itself_fills_up_and_is_freed(tmp_path: Path) -> None:
    # As root the server's account must get in, and pytest's own directories are closed to it.
    small = Path(tempfile.mkdtemp(prefix="fuchun-small-"))
    (tmp_path / "large").mkdir()
    files = f"{register(tmp_path, 50)} {register(tmp_path / 'large', 15_000)}"
    command = (
        f"mount -t tmpfs -o size=200m,mode=711 tmpfs {small} && "
        f"exec {sys.executable} -m tests.webmap.small_disk {small} {files}"
    )
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", command], cwd=ROOT, capture_output=True, text=True, check=False, timeout=240
    )
    small.rmdir()
    if "unshare" in done.stderr or "mount" in done.stderr:
        pytest.skip(f"no small disk can be made here: {done.stderr.strip()}")
    before, full, after, again = done.stdout.splitlines()
    assert (before, after, again) == ("before 50", "after 50", "again 15000")
    assert full.startswith("full True DiskFull")


def test_a_job_says_that_the_disk_is_full(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = add_owner(engine)
    with engine.begin() as connection:
        connection.execute(text(FULL.format(table="source", count=0)))

    def fill(_: object) -> dict[str, object]:
        with writing(engine) as session:
            session.execute(text("INSERT INTO source (layer, file_name) VALUES ('places', 'a.csv')"))
        return {}

    monkeypatch.setitem(handlers.HANDLERS, "rehearsal", fill)
    with writing(engine) as session:
        number = start_job(session, "rehearsal", {}, owner_id=owner, district_code=None).id
    attempt = take_job(engine)
    assert attempt is not None
    do_job(engine, attempt, state_dir=tmp_path, folder=tmp_path)
    job = look(engine, number)
    assert job.state == "failed"
    assert (job.error or "").startswith(SAYS)


def test_a_body_that_finds_no_space_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(tempfile.SpooledTemporaryFile):  # type: ignore[type-arg]
        def write(self, _: Any) -> int:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "SpooledTemporaryFile", Full)
    sent: list[dict[str, Any]] = []

    async def ask() -> None:
        pieces = iter([(b"a" * 10, True), (b"b", False)])

        async def receive() -> dict[str, Any]:
            body, is_more = next(pieces)
            return {"type": "http.request", "body": body, "more_body": is_more}

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {
            "type": "http", "method": "POST", "path": "/", "raw_path": b"/", "query_string": b"", "headers": [],
            "http_version": "1.1", "scheme": "http", "server": ("h", 80), "client": ("c", 1), "root_path": "",
        }  # fmt: skip
        await Front(lambda *_: [], Limits())(scope, receive, send)

    # In a thread of its own: a test with a browser, earlier in this process, leaves its event loop running in ours.
    thread = Thread(target=asyncio.run, args=(ask(),))
    thread.start()
    thread.join()
    assert sent[0]["status"] == 503
    assert "no space left" in b"".join(each.get("body", b"") for each in sent).decode()


def test_a_snapshot_that_finds_no_space_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def cut(*_: Any, **__: Any) -> None:
        # As NumPy says it: no errno, no reason.
        raise OSError("4096 requested and 12 written")

    monkeypatch.setattr(np, "save", cut)
    with pytest.raises(OSError, match="requested") as caught:
        write_snapshot(tmp_path / "1-11", {"a": np.zeros(512)}, {})
    assert is_disk_full(caught.value)
    assert list(tmp_path.iterdir()) == []
