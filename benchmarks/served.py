"""Servers to measure, each a process of its own; ours on a database with the sample district."""

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL

from benchmarks.networks import ROOT, SkipError
from benchmarks.postgis import fresh_database
from geo.db.migrations import upgrade
from geo.db.session import make_engine, writing
from loaders.sample.store import SAMPLE, load_sample
from webmap.logic.district_state import DistrictState
from webmap.logic.live_districts import LiveDistricts

START_S = 60.0
"""How long a server may take to answer for the first time."""

WORKERS = 2
"""Processes of a server: what ``fuchun serve`` starts if not told otherwise."""


@dataclass(frozen=True)
class Sample:
    """A database with the sample district, the folder of its snapshot, and its state."""

    database: URL
    folder: Path
    state: DistrictState

    @property
    def environ(self) -> dict[str, str]:
        """Return what the site finds its database and its snapshot by."""
        return {
            "DATABASE_URL": self.database.render_as_string(hide_password=False),
            "FUCHUN_STATE": str(self.folder),
            "FUCHUN_SECRET_KEY": "measured",
        }


@contextmanager
def sample_database() -> Iterator[Sample]:
    """Yield a database of its own with the sample district and its snapshot.

    Raises
    ------
    SkipError
        If there is no PostGIS.
    """
    with fresh_database() as url, tempfile.TemporaryDirectory() as folder:
        engine = make_engine(url.render_as_string(hide_password=False))
        upgrade(engine)
        with writing(engine) as session:
            list(load_sample(session))
        live = LiveDistricts(engine, Path(folder))
        state = live.build(SAMPLE)
        live.stop()
        engine.dispose()
        yield Sample(url, Path(folder), state)


@contextmanager
def served_site(sample: Sample, *, workers: int = WORKERS, module: str = "benchmarks.site") -> Iterator[str]:
    """Serve the site on a database, by the program of a module; yield its address."""
    port = free_port()
    command = [sys.executable, "-m", module, str(port), str(workers)]
    with served(command, f"http://127.0.0.1:{port}", "/healthz", environ=sample.environ) as address:
        yield address


@contextmanager
def served(command: Sequence[str], address: str, path: str, *, environ: Mapping[str, str]) -> Iterator[str]:
    """Run a server until the block ends; yield its address once it answers at a path.

    Raises
    ------
    SkipError
        If it ends or does not answer in time.
    """
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT), **environ}, stdout=log, stderr=log
        )
        try:
            _await_answer(process, address + path, command[0])
            yield address
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await_answer(process: subprocess.Popen[bytes], address: str, name: str) -> None:
    end = time.monotonic() + START_S
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
    raise SkipError(f"{Path(name).name} did not begin to answer at {address}")
