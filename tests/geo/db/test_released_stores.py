"""A store that a released version left is brought to the present schema and keeps every row."""

import gzip
import json

import pytest
from sqlalchemy import create_engine, text

from geo.db.migrations import upgrade
from geo.db.session import make_engine
from tests.conftest import fresh_database
from tests.geo.db.released import FOLDER
from tests.geo.db.schema_check import schema_differences

DUMPS = sorted(FOLDER.glob("*.sql.gz"))

OF_THE_SCHEMA = {"alembic_version", "spatial_ref_sys"}
"""Tables whose rows follow the schema."""

TABLES = """
    SELECT relname FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE nspname = 'public' AND relkind = 'r' AND relname NOT LIKE 'procrastinate%'
"""

EARLIER_QUEUE = """
    SELECT relname FROM pg_class WHERE relname LIKE '%procrastinate%'
    UNION ALL SELECT proname FROM pg_proc WHERE proname LIKE '%procrastinate%'
    UNION ALL SELECT typname FROM pg_type WHERE typname LIKE '%procrastinate%'
"""
"""What is left of the job queue that 0.1.0 had."""


@pytest.fixture
def empty(server_url):
    """Return the engine of a database without any schema."""
    server = create_engine(server_url, isolation_level="AUTOCOMMIT")
    with server.connect() as connection, fresh_database(connection) as url:
        engine = make_engine(url, pool_size=2)
        yield engine
        engine.dispose()
    server.dispose()


def restore(engine, dump):
    script = gzip.decompress(dump.read_bytes()).decode()
    with engine.begin() as connection:
        connection.connection.driver_connection.execute(script)


def rows(engine):
    """Return every table's rows as JSON, in order."""
    with engine.connect() as connection:
        tables = set(connection.scalars(text(TABLES))) - OF_THE_SCHEMA
        return {
            name: connection.scalars(text(f'SELECT to_jsonb(t) FROM "{name}" AS t ORDER BY to_jsonb(t)::text')).all()
            for name in tables
        }


LATER_ROLES = ("viewer",)
"""Roles that a migration brought; what an account can be is no data of the installation."""


def by_column(found, columns):
    """Return the values of some columns, row by row in any order."""
    return sorted(json.dumps([row[column] for column in sorted(columns)]) for row in found)


def test_there_is_a_dump():
    assert "0.1.0.sql.gz" in [dump.name for dump in DUMPS]


@pytest.mark.filterwarnings("ignore:Did not recognize type:sqlalchemy.exc.SAWarning")
@pytest.mark.parametrize("dump", DUMPS, ids=lambda dump: dump.name)
def test_a_released_store_comes_to_the_present_schema_and_keeps_every_row(empty, dump):
    restore(empty, dump)
    before = rows(empty)
    assert {"place", "account", "job", "gap_entry", "street_edge", "activity", "door_report"} <= {
        name for name, found in before.items() if found
    }
    upgrade(empty)
    after = rows(empty)
    for name, found in before.items():
        kept = [row for row in after[name] if name != "role" or row["name"] not in LATER_ROLES]
        assert len(kept) == len(found)
        columns = found[0].keys() & kept[0].keys() if found else ()
        assert by_column(kept, columns) == by_column(found, columns), name
    assert schema_differences(empty) == []
    with empty.connect() as connection:
        assert connection.scalars(text(EARLIER_QUEUE)).all() == []
