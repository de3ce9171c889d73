"""A database to measure in: made on a private server of the measurements (or on ``DATABASE_URL``), and dropped."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import URL, Connection, create_engine, make_url, text

from benchmarks.beside import BENCH
from benchmarks.networks import SkipError
from geo.db.cluster import database_url
from geo.errors import StoreError


@contextmanager
def fresh_database(*, extensions: tuple[str, ...] = ("postgis",)) -> Iterator[URL]:
    """Yield the address of an empty database with the named extensions.

    Raises
    ------
    SkipError
        If there is no server, or an extension is not installed.
    """
    BENCH.mkdir(parents=True, exist_ok=True)
    try:
        with database_url(BENCH) as address:
            server = create_engine(address, isolation_level="AUTOCOMMIT")
            name = f"fuchun_bench_{uuid.uuid4().hex[:12]}"
            with server.connect() as connection:
                _check(connection, extensions)
                connection.execute(text(f"CREATE DATABASE {name}"))
                url = make_url(address).set(database=name)
                try:
                    _create(url, extensions)
                    yield url
                finally:
                    connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
            server.dispose()
    except StoreError as error:
        raise SkipError(str(error)) from error


def _check(connection: Connection, extensions: tuple[str, ...]) -> None:
    known = set(connection.execute(text("SELECT name FROM pg_available_extensions")).scalars())
    version = connection.execute(text("SHOW server_version_num")).scalar_one()
    for name in extensions:
        if name not in known:
            package = f"postgresql-{int(version) // 10_000}-{name}"
            raise SkipError(f"PostgreSQL has no extension {name} (Debian and Ubuntu: apt-get install {package})")


def _create(url: URL, extensions: tuple[str, ...]) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for name in extensions:
            connection.execute(text(f"CREATE EXTENSION IF NOT EXISTS {name}"))
    engine.dispose()
