"""The schema: up, down and up again, and the models say what the migrations made."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

import webmap.accounts.models
import webmap.logic.jobs.models  # noqa: F401 - their tables are in the metadata
from geo.db.migrations import downgrade, include_object, upgrade
from geo.db.tables import Base


def test_the_schema_goes_up_and_down_and_up(engine):
    tables = set(inspect(engine).get_table_names())
    downgrade(engine)
    assert not set(Base.metadata.tables) & set(inspect(engine).get_table_names())
    upgrade(engine)
    assert set(inspect(engine).get_table_names()) == tables


@pytest.mark.filterwarnings("ignore:Did not recognize type:sqlalchemy.exc.SAWarning")
def test_the_models_are_what_the_migrations_made(engine):
    assert schema_differences(engine) == []
