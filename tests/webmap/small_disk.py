"""A district on a PostgreSQL whose own disk fills up: run by test_disk_full.py in a mount namespace of its own.

python -m tests.webmap.small_disk STATE REGISTER LARGE_REGISTER: STATE is a small disk.
"""

import os
import shutil
import sys
from pathlib import Path

from sqlalchemy import Engine, text

from geo.db.cluster import running_cluster
from geo.db.migrations import upgrade
from geo.db.session import make_engine, writing
from geo.disk import is_disk_full
from loaders.isolated.run import parse_here
from loaders.storing.stations import load_stations
from tests.loaders.districts import square_district

LEFT_BYTES = 1_000_000


def load(engine: Engine, register: Path) -> None:
    with writing(engine) as session:
        load_stations(session, register, district="330111", parse=parse_here)


def count(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text("SELECT count(*) FROM place")).scalar_one())


def main(state: Path, register: Path, large: Path) -> None:
    """Load a register, fill the disk, load a large one, free the disk and load it again; say what came of each."""
    os.environ["FUCHUN_STATE"] = str(state)
    with running_cluster(state) as url:
        engine = make_engine(url)
        upgrade(engine)
        square_district(engine)
        load(engine, register)
        print("before", count(engine))
        full = state / "full"
        full.write_bytes(bytes(shutil.disk_usage(state).free - LEFT_BYTES))
        try:
            load(engine, large)
        except Exception as error:
            print("full", is_disk_full(error), type(error).__name__, str(error).splitlines()[0])
        full.unlink()
        engine.dispose()
    with running_cluster(state) as url:
        engine = make_engine(url)
        print("after", count(engine))
        load(engine, large)
        print("again", count(engine))
        engine.dispose()


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
