"""Loading streets: ``fuchun load streets`` beside osm2pgrouting, from the same extract into the same kind of database.

Run as ``python -m benchmarks.streets``. osm2pgrouting is measured as the command that people run. So is ours, which
goes on to build the snapshot that it answers from; the loading itself is measured in a running process too, as the
worker that loads uploaded files runs it. osm2pgrouting reads .osm only: the extract is converted before the clock
starts. What they store is not the same: ours keeps what the modes, the directions and the shores need and reports what
is cut off; osm2pgrouting stores one cost in either direction.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import shapely
from sqlalchemy import URL, create_engine, text

from benchmarks.networks import HANGZHOU, LIECHTENSTEIN, NAMES, ROOT, SkipError, extract_path, read_extract
from benchmarks.postgis import fresh_database
from benchmarks.record import Recorder, run_part
from benchmarks.timing import measure
from geo.db.districts import save_district
from geo.db.migrations import upgrade
from geo.db.session import make_engine, writing
from loaders.storing.streets import load_streets

DISTRICT = "bench"
MAPCONFIG = Path("/usr/share/osm2pgrouting/mapconfig.xml")


def measure_loading(extract: str, record: Recorder, *, n_run: int = 3) -> None:
    """Measure loading one extract."""
    path = extract_path(extract)
    what = f"Loading the streets of {NAMES[extract]} ({path.stat().st_size / 1e6:.1f} MB .osm.pbf)"
    with _our_database(extract) as url, tempfile.TemporaryDirectory() as state:
        address = url.render_as_string(hide_password=False)
        environ = os.environ | {"DATABASE_URL": address, "FUCHUN_LANG": "en", "FUCHUN_STATE": state}
        load = [sys.executable, "-m", "webmap.cli", "load", "streets", str(path), "--district", DISTRICT]
        whole, _ = measure(_runner(load, environ), n_run=n_run)
        count = _count(url, "street_edge")
        alone, _ = measure(partial(load_alone, address, path), n_run=n_run + 2)
    record.ours(what, alone, program="Fuchun, loading in a running process", values={"edges": count})
    record.ours(what, whole, program="fuchun load streets, with the snapshot", values={"edges": count})
    with _osm_file(path) as file, fresh_database(extensions=("postgis", "pgrouting")) as url:
        if not MAPCONFIG.exists():
            raise SkipError("osm2pgrouting is not installed (Debian and Ubuntu: apt-get install osm2pgrouting)")
        command = ["osm2pgrouting", "--clean", "-f", str(file), "-c", str(MAPCONFIG), *_connection(url)]
        theirs, _ = measure(_runner(command, dict(os.environ)), n_run=n_run)
        count = _count(url, "ways")
    record.theirs(what, theirs, alone, program="osm2pgrouting", values={"edges": count})


def load_alone(address: str, path: Path) -> None:
    """Load the streets of an extract into a database, as the command does, and nothing else."""
    engine = make_engine(address)
    with writing(engine) as session:
        load_streets(session, path, district=DISTRICT)
    engine.dispose()


def _runner(command: list[str], environ: dict[str, str]) -> Callable[[], None]:
    def run() -> None:
        done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            lines = (done.stderr or done.stdout).strip().splitlines() or ["no message"]
            raise SkipError(f"{Path(command[0]).name} failed: {lines[-1]}")

    return run


@contextmanager
def _our_database(extract: str) -> Iterator[URL]:
    """Yield a database at migration head with a district around the extract."""
    with fresh_database() as url:
        engine = make_engine(url.render_as_string(hide_password=False))
        upgrade(engine)
        outline = shapely.box(*shapely.total_bounds(read_extract(extract).edges["geometry"].to_numpy()))
        with writing(engine) as session:
            save_district(
                session, DISTRICT, name="Bench", name_en="Bench", status="real", timezone="UTC", outline=outline
            )
        engine.dispose()
        yield url


@contextmanager
def _osm_file(path: Path) -> Iterator[Path]:
    """Yield the extract as .osm, as osm2pgrouting reads it."""
    if shutil.which("osmium") is None or shutil.which("osm2pgrouting") is None:
        raise SkipError("osm2pgrouting or osmium is not installed (apt-get install osm2pgrouting osmium-tool)")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "extract.osm"
        subprocess.run(["osmium", "cat", str(path), "-o", str(file)], check=True, capture_output=True)
        yield file


def _connection(url: URL) -> list[str]:
    host = url.host or str(url.query.get("host", ""))
    words = [
        "-d",
        str(url.database),
        "-U",
        str(url.username),
        "-h",
        host,
        "-p",
        str(url.port or url.query.get("port", 5432)),
    ]
    return [*words, "-W", str(url.password)] if url.password else words


def _count(url: URL, table: str) -> int:
    engine = create_engine(url)
    with engine.connect() as connection:
        count = int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())
    engine.dispose()
    return count


if __name__ == "__main__":
    run_part(
        "streets",
        lambda record: measure_loading(LIECHTENSTEIN, record),
        lambda record: measure_loading(HANGZHOU, record),
    )
