"""What tests share: a real PostGIS, and a database at migration head for each test that asks for one."""

import os
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from flask import Flask
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import Connection, Engine, create_engine, make_url, text

from geo.db.cluster import database_url
from geo.db.database_roles import StoreAddresses, grant, of_private_cluster
from geo.db.migrations import upgrade
from geo.db.session import make_engine, writing
from loaders.sample.helsinki import HELSINKI, load_helsinki
from webmap.accounts.setup import HASHING
from webmap.logic.snapshot_building import ensure_snapshot

ROOT = Path(__file__).parents[1]

DatabaseMaker = Callable[[], AbstractContextManager[Engine]]


@pytest.fixture(scope="session", autouse=True)
def hurry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Spare the tests what only a site needs: hashes that take long, files that outlive a power cut.

    Hundreds of tests make an application, an account and a snapshot; the templates are compiled once.
    """
    compiled = FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(HASHING, "scrypt__default_rounds", 4)
        patch.setattr(os, "fsync", lambda _descriptor: None)
        patch.setattr(Flask, "jinja_options", {"bytecode_cache": compiled})
        yield


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """Address of the server that tests make databases on: ``DATABASE_URL``, or a private cluster of the tests."""
    with database_url(Path(__file__).parent) as url:
        if "DATABASE_URL" not in os.environ:
            forget_crashes(url)
        yield url


def forget_crashes(url: str) -> None:
    """Let the private cluster of the tests write to its disk when it likes: nothing in it outlives the machine."""
    server = create_engine(url, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        for setting in ("fsync = off", "full_page_writes = off", "synchronous_commit = off"):
            connection.execute(text(f"ALTER SYSTEM SET {setting}"))
        connection.execute(text("SELECT pg_reload_conf()"))
    server.dispose()


@pytest.fixture(scope="session")
def make_database(server_url: str) -> Iterator[DatabaseMaker]:
    """Make fresh databases at migration head: copies of one template, dropped after use."""
    with databases(server_url) as make:
        yield make


@contextmanager
def databases(server_url: str) -> Iterator[DatabaseMaker]:
    """Yield what makes fresh databases at migration head on a server."""
    server = create_engine(server_url, isolation_level="AUTOCOMMIT")
    with server.connect() as connection, fresh_database(connection) as template:
        engine = make_engine(template)
        upgrade(engine)
        grant(engine, addresses_of(engine))
        engine.dispose()

        @contextmanager
        def make() -> Iterator[Engine]:
            with fresh_database(connection, template=make_url(template).database) as url:
                engine = make_engine(url, pool_size=2)
                try:
                    yield engine
                finally:
                    engine.dispose()

        yield make
    server.dispose()


def addresses_of(engine: Engine) -> StoreAddresses:
    """Return the addresses of a test's database by role; on a server that was given, one for all."""
    url = engine.url.render_as_string(hide_password=False)
    return StoreAddresses(url, url, url) if os.environ.get("DATABASE_URL") else of_private_cluster(url)


@contextmanager
def fresh_database(server: Connection, template: str | None = None) -> Iterator[str]:
    """Yield the address of an empty database, or of a copy of a template; it is dropped after use."""
    name = f"fuchun_test_{uuid.uuid4().hex[:12]}"
    server.execute(text(f"CREATE DATABASE {name}" + (f" TEMPLATE {template}" if template else "")))
    try:
        yield server.engine.url.set(database=name).render_as_string(hide_password=False)
    finally:
        server.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture(scope="session")
def helsinki(make_database: DatabaseMaker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Engine, Path]]:
    """Return a database with the Helsinki demonstration and its state directory; tests leave it as it is."""
    state_dir = tmp_path_factory.mktemp("helsinki")
    with make_database() as engine:
        with writing(engine) as session:
            load_helsinki(session)
        ensure_snapshot(engine, state_dir, HELSINKI)
        yield engine, state_dir


@pytest.fixture
def engine(make_database: DatabaseMaker) -> Iterator[Engine]:
    """Return an empty database at migration head, this test's own."""
    with make_database() as engine:
        yield engine


@pytest.fixture(scope="session")
def translations() -> None:
    """Compile the message catalogues, as ``make`` does."""
    command = [sys.executable, "-m", "babel.messages.frontend", "-q", "compile", "-d", "webmap/translations"]
    subprocess.run(command, cwd=ROOT, check=True)
