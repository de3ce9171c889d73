"""Alembic environment: one transaction, one lock, GeoAlchemy2's helpers."""

from alembic import context
from geoalchemy2 import alembic_helpers
from sqlalchemy import text

from geo.db.metadata import METADATA
from geo.db.migrations import include_object

MIGRATION_LOCK = 330111
"""Key of the advisory lock, so that two programs that start at once migrate one after the other."""

with context.config.attributes["engine"].connect() as connection:
    with connection.begin():
        connection.execute(text("CREATE EXTENSION IF NOT EXISTS postgis"))
    context.configure(
        connection=connection,
        target_metadata=METADATA,
        include_object=include_object,
        process_revision_directives=alembic_helpers.writer,
        render_item=alembic_helpers.render_item,
    )
    with context.begin_transaction():
        connection.execute(text("SET LOCAL lock_timeout = '10s'"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
        context.run_migrations()
