"""Alembic migrations, run from Python: `upgrade`, `downgrade`."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from geoalchemy2 import alembic_helpers
from sqlalchemy import Engine

from geo.db.migrations.revisions import require_known, unknown_revisions
from geo.errors import InputError


def _config(engine: Engine | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["engine"] = engine
    return config


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the database to `revision`; two programs at once wait for each other (advisory lock).

    Raises
    ------
    StoreError
        If a newer version of this program has made its schema.
    """
    config = _config(engine)
    with engine.connect() as connection:
        require_known(connection, config)
    command.upgrade(config, revision)


def check_known(revisions: Iterable[str]) -> None:
    """Raise `InputError` where a schema is of a newer version of this program."""
    if newer := unknown_revisions(revisions, _config()):
        raise InputError(
            "it has the schema {revision} of a newer version of this program, which this one does not know; install "
            "that version",
            revision=", ".join(newer),
        )


def downgrade(engine: Engine, revision: str = "base") -> None:
    """Take the database back to `revision`."""
    command.downgrade(_config(engine), revision)


def include_object(item: Any, name: str | None, kind: str, is_reflected: bool, compared: Any) -> bool:
    """Tell Alembic whether a table or index is one of ours to compare, not PostGIS's."""
    return bool(alembic_helpers.include_object(item, name, kind, is_reflected, compared))  # type: ignore[no-untyped-call]
