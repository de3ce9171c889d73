"""A store that a released version left is brought to the present schema and keeps every row."""

import gzip
import json
from collections import Counter

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


GROWING = {"role"}
"""Tables to which a migration adds rows of its own."""


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
        kept = after[name]
        columns = found[0].keys() & kept[0].keys() if found else ()
        there, here = Counter(by_column(found, columns)), Counter(by_column(kept, columns))
        assert there <= here, name
        assert name in GROWING or there == here, name
    assert schema_differences(empty) == []
    with empty.connect() as connection:
        assert connection.scalars(text(EARLIER_QUEUE)).all() == []


@pytest.mark.filterwarnings("ignore:Did not recognize type:sqlalchemy.exc.SAWarning")
def test_entries_of_an_earlier_version_get_the_outline_of_their_place(empty):
    restore(empty, FOLDER / "0.1.0.sql.gz")
    upgrade(empty)
    with empty.connect() as connection:
        found = connection.execute(
            text("""
                SELECT ST_Covers(entry.outline, entry.geom), ST_Area(entry.outline::geography),
                       (SELECT count(*) FROM demand_point AS point
                        WHERE point.region_code = entry.region_code AND ST_Covers(entry.outline, point.geom))
                FROM gap_entry AS entry
            """)
        ).all()
    assert found
    for is_there, area_m2, n_point in found:
        assert is_there
        assert n_point > 0
        assert 60_000 < area_m2 < 4_500_000, "150 m around a point at least, a circle of 1,150 m at most"
