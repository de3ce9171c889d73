"""Whether the database is of this program's schema, an older one, or a newer one."""

from collections.abc import Iterable

from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from geo.errors import StoreError


def require_known(connection: Connection, config: Config) -> None:
    """Raise `StoreError` where the database is at a revision that this program does not know: a newer one made it."""
    newer = unknown_revisions(MigrationContext.configure(connection).get_current_heads(), config)
    if newer:
        raise StoreError(
            "the database has the schema {revision} of a newer version of this program, which this one does not know; "
            "install that version again, or restore a backup made with this one. Nothing was changed",
            revision=", ".join(newer),
        )


def unknown_revisions(revisions: Iterable[str], config: Config) -> list[str]:
    """Return those of some revisions that this program does not know."""
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    return sorted(set(revisions) - known)
