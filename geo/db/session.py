"""Engines and sessions on PostGIS."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from geo.db.patience import CONNECT_S, KEEPALIVE, be_patient, set_silence
from geo.errors import StoreError

STATEMENT_TIMEOUT_MS = 30_000
"""No statement of a request may run longer; loads and migrations lift it for their transaction."""

LOCK_TIMEOUT_MS = 10_000
"""So long a request waits for others who hold what it needs: its thread has other people to answer."""

_SLACK_S = 5.0
"""How much later than the server the client gives a statement up."""


@dataclass(frozen=True)
class Actor:
    """Who changes something: an account's key (None: none, as on the command line), a name, and perhaps why."""

    account_id: int | None
    name: str
    why: str | None = None


is_request: ContextVar[bool] = ContextVar("is_request", default=False)
"""Whether this thread or task answers a request: its writes then have the limits of one."""

acting: ContextVar[Actor | None] = ContextVar("acting", default=None)
"""Who acts in this thread or task; `writing` tells it to the store, where triggers note it beside each change."""


def make_engine(url: str, *, pool_size: int = 5, application_name: str = "fuchun") -> Engine:
    """Return an engine that keeps no session state, so transaction pooling (PgBouncer) works.

    Parameters
    ----------
    url : str
        SQLAlchemy URL with the ``postgresql+psycopg`` driver.
    pool_size : int
        Connections kept open per process.
    application_name : str
        Shown in ``pg_stat_activity``.
    """
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=5,
        pool_pre_ping=True,
        # A statement that fails is logged without its values: among them may be what people wrote.
        hide_parameters=True,
        # Prepared statements live in a session, which a transaction pool does not keep.
        connect_args={
            "prepare_threshold": None,
            "application_name": application_name,
            "connect_timeout": CONNECT_S,
            **KEEPALIVE,
        },
    )
    be_patient(engine)
    return engine


_BEGIN_READING = text(
    f"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = {STATEMENT_TIMEOUT_MS}; "
    f"SET LOCAL lock_timeout = {LOCK_TIMEOUT_MS}"
)


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """Yield a session in a read-only transaction that sees one moment, with the request time limit."""
    with Session(engine) as session:
        session.execute(_BEGIN_READING)
        _wait_for(session, STATEMENT_TIMEOUT_MS)
        yield session


def _wait_for(session: Session, timeout_ms: int) -> None:
    """Let the connection of a session wait for a statement as long as the server lets it run; 0: without end."""
    driver = session.connection().connection.driver_connection
    set_silence(driver, timeout_ms / 1000 + _SLACK_S if timeout_ms else None)


_ACT = text(
    "SELECT set_config('fuchun.account', :account, true), set_config('fuchun.actor', :name, true), "
    "set_config('fuchun.why', :why, true)"
)
"""For this transaction only, so that a pooled connection carries nobody on."""


@contextmanager
def writing(engine: Engine, *, statement_timeout_ms: int | None = None, idle_timeout_ms: int = 0) -> Iterator[Session]:
    """Yield a session in one transaction: committed at the end, rolled back on any error.

    Parameters
    ----------
    engine : Engine
    statement_timeout_ms : int or None
        Limit of each statement; 0: none; None: that of a request where one is answered, else none.
    idle_timeout_ms : int
        Limit of the pauses between statements, after which the server rolls back: a process that is suspended then
        holds no lock any more. 0: that of the server.
    """
    with Session(engine) as session, session.begin():
        if statement_timeout_ms is None:
            statement_timeout_ms = STATEMENT_TIMEOUT_MS if is_request.get() else 0
        session.execute(text(f"SET LOCAL statement_timeout = {statement_timeout_ms}"))
        _wait_for(session, statement_timeout_ms)
        if is_request.get():
            session.execute(text(f"SET LOCAL lock_timeout = {LOCK_TIMEOUT_MS}"))
        if idle_timeout_ms:
            session.execute(text(f"SET LOCAL idle_in_transaction_session_timeout = {idle_timeout_ms}"))
        if actor := acting.get():
            session.execute(_ACT, {"account": str(actor.account_id or ""), "name": actor.name, "why": actor.why or ""})
        yield session


def check_postgis(engine: Engine) -> str:
    """Return the PostGIS version, or raise `StoreError` in one clear line."""
    try:
        with engine.connect() as connection:
            version = connection.execute(
                text("SELECT extversion FROM pg_extension WHERE extname = 'postgis'")
            ).scalar_one_or_none()
    except OperationalError as error:
        reason = str(error.orig).strip().splitlines()[0]
        raise StoreError("cannot reach the database: {reason}; check DATABASE_URL", reason=reason) from error
    if version is None:
        raise StoreError(
            "the database has no PostGIS; run CREATE EXTENSION postgis there as its owner and make sure the "
            "server has the PostGIS packages"
        )
    return str(version)
