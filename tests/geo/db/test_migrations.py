"""The schema: up, down and up again, and the models say what the migrations made."""

import pytest
from sqlalchemy import inspect

from geo.db.migrations import downgrade, upgrade
from geo.db.tables import Base
from tests.geo.db.schema_check import schema_differences


def test_the_schema_goes_up_and_down_and_up(engine):
    tables = set(inspect(engine).get_table_names())
    downgrade(engine)
    assert not set(Base.metadata.tables) & set(inspect(engine).get_table_names())
    upgrade(engine)
    assert set(inspect(engine).get_table_names()) == tables


@pytest.mark.filterwarnings("ignore:Did not recognize type:sqlalchemy.exc.SAWarning")
def test_the_models_are_what_the_migrations_made(engine):
    assert schema_differences(engine) == []
