"""A server that goes silent is given up in time, and does not hold up those who come after."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, make_url, text
from sqlalchemy.exc import OperationalError

from geo.db import patience, session
from geo.db.session import make_engine, reading
from tests.webmap.server.store_server import SlowProxy, slow_proxy


@pytest.fixture
def far(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Engine, SlowProxy]]:
    """An engine whose server is behind a proxy, with short limits."""
    if os.environ.get("DATABASE_URL"):
        pytest.skip("the server is not ours")
    monkeypatch.setattr(patience, "SILENCE_S", 0.5)
    monkeypatch.setattr(session, "CONNECT_S", 2)
    url = engine.url
    with slow_proxy(Path(str(url.query["host"])) / f".s.PGSQL.{url.query['port']}") as proxy:
        address = make_url(f"postgresql+psycopg://{url.username}@127.0.0.1:{proxy.port}/{url.database}")
        through = make_engine(address.render_as_string(hide_password=False), pool_size=1)
        yield through, proxy
        through.dispose()


def answer(engine: Engine) -> int:
    with reading(engine) as found:
        return int(found.execute(text("SELECT 1")).scalar_one())


def test_a_half_open_connection_is_replaced(far: tuple[Engine, SlowProxy]) -> None:
    engine, proxy = far
    assert answer(engine) == 1
    proxy.forget()
    begin = time.monotonic()
    assert answer(engine) == 1
    assert 0.4 < time.monotonic() - begin < 5.0


def test_while_no_connection_is_accepted_one_request_tries_and_the_others_fail_at_once(
    far: tuple[Engine, SlowProxy],
) -> None:
    engine, proxy = far
    proxy.is_silent = True
    with pytest.raises(OperationalError, match="timeout expired"):
        answer(engine)
    begin = time.monotonic()
    for _ in range(20):
        with pytest.raises(OperationalError, match="did not accept a connection a moment ago"):
            answer(engine)
    assert time.monotonic() - begin < 3.0


def test_a_statement_that_is_never_answered_is_given_up(
    far: tuple[Engine, SlowProxy], monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, proxy = far
    monkeypatch.setattr(session, "_SLACK_S", -29.5)  # of the 30 s that a request has
    with reading(engine) as found:
        proxy.forget()
        with pytest.raises(OperationalError, match="has not answered within"):
            found.execute(text("SELECT 1"))
    assert answer(engine) == 1, "the next one has a connection of its own"
