"""A migration killed in the middle, the program or the server: the old schema is left with every row."""

import gzip
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from geo.db.migrations import upgrade
from geo.db.session import make_engine
from tests.conftest import ROOT
from tests.geo.db.released import FOLDER
from tests.geo.db.schema_check import schema_differences
from tests.webmap.server.conftest import eventually
from tests.webmap.server.store_server import StoreServer, store_server

pytestmark = pytest.mark.soak

PROGRAM = """
import sys
from geo.db.migrations import upgrade
from geo.db.session import make_engine
print("begin", flush=True)
upgrade(make_engine(sys.argv[1]))
"""
SCHEMA = """
    SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'public'
    ORDER BY 1, 2
"""
ROWS = """
    SELECT table_name FROM information_schema.tables
    WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND table_name <> 'login_failure'
"""
BACKEND = """
    SELECT pid FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = 'fuchun' AND pid <> pg_backend_pid()
"""


@pytest.fixture
def released() -> Iterator[tuple[StoreServer, Engine]]:
    """A server with the store that 0.1.0 left."""
    with store_server() as server:
        engine = make_engine(server.url(), pool_size=1, application_name="test")
        script = gzip.decompress((FOLDER / "0.1.0.sql.gz").read_bytes()).decode()
        # The extension is the administrator's, who alone may comment on it.
        script = re.sub(r"^COMMENT ON EXTENSION .*$", "", script, flags=re.MULTILINE)
        with engine.begin() as connection:
            connection.connection.driver_connection.execute(script)
        yield server, engine
        engine.dispose()


def picture(engine: Engine) -> tuple[list[Any], dict[str, int]]:
    """Return the schema, and how many rows each table has that a crash may not empty (failed logins are unlogged)."""
    with engine.connect() as connection:
        schema = [tuple(row) for row in connection.execute(text(SCHEMA))]
        tables = list(connection.scalars(text(ROWS)))
        return schema, {name: connection.scalar(text(f'SELECT count(*) FROM "{name}"')) for name in tables}


def start_migration(server: StoreServer) -> "subprocess.Popen[bytes]":
    process = subprocess.Popen([sys.executable, "-c", PROGRAM, server.url()], cwd=ROOT, stdout=subprocess.PIPE)
    assert process.stdout is not None
    with process.stdout:
        process.stdout.readline()  # all is imported: what is left is the migration
    return process


def backend(engine: Engine) -> int | None:
    with engine.connect() as connection:
        return connection.scalar(text(BACKEND))


def kill_backend(engine: Engine) -> bool:
    """Kill the migration's process of PostgreSQL, which then ends all its connections and recovers."""
    with engine.connect() as connection:
        pid = connection.scalar(text(BACKEND))
        if pid is None:
            return False
        os.kill(pid, signal.SIGKILL)
        with pytest.raises(OperationalError):
            connection.execute(text("SELECT pg_sleep(30)"))
    return True


def is_over(engine: Engine) -> bool:
    """Return whether the server answers and the migration's connection is gone."""
    try:
        return backend(engine) is None
    except OperationalError:  # it recovers
        engine.dispose()
        return False


@pytest.mark.parametrize("victim", ["program", "server"])
def test_a_killed_migration_leaves_the_old_schema(released: tuple[StoreServer, Engine], victim: str) -> None:
    server, engine = released
    before = picture(engine)
    n_killed = 0
    for delay_s in (0.1, 0.3, 0.6, 1.0, 1.5):
        process = start_migration(server)
        eventually(lambda p=process: backend(engine) is not None or p.poll() is not None, within_s=30)
        time.sleep(delay_s)
        if process.poll() is not None:
            break  # this machine is quicker than that
        if victim == "program":
            process.kill()
        elif not kill_backend(engine):
            break
        process.wait(30)
        n_killed += 1
        eventually(lambda: is_over(engine), within_s=60)
        if schema_differences(engine) == []:
            break  # it had committed: all of it stands
        assert picture(engine) == before, f"{victim} killed after {delay_s} s"
    assert n_killed >= 2
    upgrade(engine)
    assert schema_differences(engine) == []
    after = picture(engine)[1]
    assert all(after[name] >= count for name, count in before[1].items() if name in after and name != "spatial_ref_sys")
