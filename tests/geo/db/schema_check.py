"""What the models and a database's schema differ in."""

from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine

import webmap.accounts.models
import webmap.logic.jobs.models  # noqa: F401 - their tables are in the metadata
from geo.db.metadata import METADATA
from geo.db.migrations import include_object


def schema_differences(engine: Engine) -> list[Any]:
    """Return what Alembic would change in a database to make it what the models say."""
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": include_object})
        return list(compare_metadata(context, METADATA))
