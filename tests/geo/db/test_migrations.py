"""The schema: up, down and up again, and the models say what the migrations made."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from procrastinate.schema import SchemaManager
from sqlalchemy import inspect, text

import geo.db.candidates
import geo.db.migrations
import geo.db.planner_tables
import geo.db.rider_tables
import webmap.accounts.models
import webmap.logic.jobs.models  # noqa: F401 - their tables are in the metadata
from geo.db.migrations import downgrade, include_object, upgrade
from geo.db.tables import Base


def test_the_schema_goes_up_and_down_and_up(engine):
    tables = set(inspect(engine).get_table_names())
    downgrade(engine)
    assert not set(Base.metadata.tables) & set(inspect(engine).get_table_names())
    assert queue_objects(engine) == 0
    upgrade(engine)
    assert set(inspect(engine).get_table_names()) == tables


def queue_objects(engine):
    """Return how many tables, functions and types of the queue there are."""
    with engine.connect() as connection:
        return connection.execute(
            text("""
            SELECT (SELECT count(*) FROM pg_class WHERE relname LIKE 'procrastinate%')
                 + (SELECT count(*) FROM pg_proc WHERE proname LIKE 'procrastinate%')
                 + (SELECT count(*) FROM pg_type WHERE typname LIKE 'procrastinate%')
        """)
        ).scalar_one()


def test_the_queue_is_the_one_that_the_installed_library_expects():
    ours = next(Path(geo.db.migrations.__file__).parent.glob("versions/procrastinate_*.sql"))
    assert ours.read_text() == SchemaManager.get_schema(), "a migration has to follow the library"


@pytest.mark.filterwarnings("ignore:Did not recognize type:sqlalchemy.exc.SAWarning")
def test_the_models_are_what_the_migrations_made(engine):
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": include_object})
        assert compare_metadata(context, Base.metadata) == []
