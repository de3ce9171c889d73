"""A store that is slow, silent, full of connections or locked, and a clock that jumps: riders are answered."""

import shutil
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from tests.webmap.server.conftest import eventually
from tests.webmap.server.office import (
    Office,
    Staff,
    ask,
    riders,
)
from tests.webmap.server.store_server import SlowProxy, StoreServer, office_on, slow_proxy, store_server

pytestmark = pytest.mark.soak

N_STAFF = 24
"""People who ask at once what only the store can answer: more than the site has threads."""
RIDERS_S = 5.0
"""The longest that a rider may wait meanwhile, on a busy machine."""


@pytest.fixture
def far() -> Iterator[tuple[Office, SlowProxy]]:
    """An office whose store is behind a proxy."""
    with store_server() as server, slow_proxy(server.port) as proxy, office_on(server, port=proxy.port) as office:
        yield office, proxy


def rename(office: Office, name: str) -> None:
    with office.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE place SET name = %s WHERE code = 'S1'", (name,))


def shows(office: Office, name: str) -> bool:
    return all(name in ask(office.port, "GET", "/s/S1").text for _ in range(4))


def ask_as_staff(staff: Staff, path: str, statuses: list[int]) -> list[threading.Thread]:
    """Ask many times at once, each in a thread of its own."""

    def one() -> None:
        statuses.append(staff.ask("GET", path).status)

    threads = [threading.Thread(target=one, daemon=True) for _ in range(N_STAFF)]
    for thread in threads:
        thread.start()
    return threads


def join(threads: list[threading.Thread], within_s: float) -> None:
    end = time.monotonic() + within_s
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))
    assert not any(thread.is_alive() for thread in threads), "they are answered in time"


def test_a_store_200_ms_away_slows_staff_and_no_rider(far: tuple[Office, SlowProxy]) -> None:
    office, proxy = far
    proxy.delay_s = 0.1
    with riders(office.port) as seen:
        staff = office.staff()
        begin = time.monotonic()
        assert staff.ask("GET", "/manage/places").status == 200
        assert time.monotonic() - begin < 10.0
        assert staff.draw("far away")
        rename(office, "New name")
        eventually(lambda: shows(office, "New name"), within_s=20)
    assert seen.failed == {}, seen.failed
    assert statistics.median(seen.waits_s) < 0.1, "no rider waits for the store"


def test_connections_that_are_half_open_are_given_up(far: tuple[Office, SlowProxy]) -> None:
    office, proxy = far
    staff = office.staff()
    assert staff.ask("GET", "/manage/places").status == 200
    proxy.forget()
    rename(office, "After")
    with riders(office.port) as seen:
        eventually(lambda: shows(office, "After"), within_s=40)
        assert staff.draw("after")
    assert seen.failed == {}, seen.failed
    assert max(seen.waits_s) < RIDERS_S


def test_a_store_that_accepts_and_says_nothing_takes_no_thread_from_riders(far: tuple[Office, SlowProxy]) -> None:
    office, proxy = far
    staff = office.staff()
    proxy.is_silent = True
    proxy.forget()
    eventually(lambda: ask(office.port, "GET", "/healthz").status == 503, within_s=60)
    statuses: list[int] = []
    with riders(office.port) as seen:
        for _ in range(3):
            join(ask_as_staff(staff, "/manage/places", statuses), within_s=60)
    assert set(statuses) <= {503}, statuses
    assert seen.failed == {}, seen.failed
    assert statistics.median(seen.waits_s) < 0.5
    proxy.is_silent = False
    eventually(lambda: ask(office.port, "GET", "/healthz").status == 200, within_s=40)
    eventually(lambda: staff.draw("again"), within_s=40)


def take_all(server: StoreServer, taken: ExitStack) -> None:
    while True:
        taken.enter_context(server.connect())


def test_a_server_without_a_free_connection_costs_no_rider() -> None:
    with store_server(max_connections=16, superuser_reserved_connections=1) as server, office_on(server) as office:
        staff = office.staff()
        with ExitStack() as taken, riders(office.port) as seen:
            with pytest.raises(psycopg.OperationalError, match=r"too many clients|connection slots are reserved"):
                take_all(server, taken)
            statuses: list[int] = []
            join(ask_as_staff(staff, "/manage/places", statuses), within_s=60)
            assert set(statuses) <= {200, 503}, statuses
            time.sleep(5.0)
            assert ask(office.port, "GET", "/readyz").status == 200
        assert seen.failed == {}, seen.failed
        office.wait_until_well()
        assert staff.draw("after")


def test_a_lock_held_for_a_minute_costs_no_rider() -> None:
    with store_server() as server, office_on(server) as office:
        staff = office.staff()
        with server.connect() as holder, riders(office.port) as seen:
            holder.execute("BEGIN")
            holder.execute("LOCK TABLE place, hotspot IN ACCESS EXCLUSIVE MODE")
            begin = time.monotonic()
            statuses: list[int] = []
            while time.monotonic() - begin < 60.0:
                join(ask_as_staff(staff, "/manage/places", statuses), within_s=50)
                assert not staff.draw("refused")
            holder.execute("ROLLBACK")
        assert set(statuses) == {503}, statuses
        assert seen.failed == {}, seen.failed
        assert statistics.median(seen.waits_s) < 0.5
        assert staff.draw("after")
        rename(office, "Later")
        eventually(lambda: shows(office, "Later"), within_s=20)
        assert office.rows("SELECT name FROM hotspot") == [("after",)]


def test_a_clock_that_jumps_costs_no_rider_and_no_job(tmp_path: Path) -> None:
    library = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)
    if library is None:
        pytest.skip("libfaketime is not installed (Debian and Ubuntu: apt-get install faketime)")
    clock = tmp_path / "clock"
    clock.write_text("+0")
    shutil.copymode("/etc/hosts", clock)
    faked = {
        "LD_PRELOAD": str(library),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_CACHE_DURATION": "1",
        # A clock that is set leaves the monotonic one alone.
        "DONT_FAKE_MONOTONIC": "1",
    }
    with store_server() as server, office_on(server, **faked) as office:
        staff = office.staff()
        for jump in ("+3h", "-3h", "+40d", "+0"):
            clock.write_text(jump)
            time.sleep(2.5)
            with riders(office.port) as seen:
                who = office.staff()
                assert who.draw(f"at {jump}")
                # No time to wait: libfaketime lets `time.sleep` fail where the monotonic clock is left alone.
                job = who.write("/jobs", {"kind": "rehearsal", "arguments": {"seconds": 0}})
                assert job.status == 202, job.text
                eventually(lambda: office.rows("SELECT count(*) FROM job WHERE state = 'done'")[0][0] > 0, within_s=40)
                rename(office, f"At {jump}")
                eventually(lambda jump=jump: shows(office, f"At {jump}"), within_s=20)
            assert seen.failed == {}, (jump, seen.failed)
            assert office.rows("SELECT count(*) FROM job WHERE attempts > 1 OR state = 'failed'") == [(0,)]
            with office.engine.begin() as connection:
                connection.exec_driver_sql("DELETE FROM job")
        assert staff.ask("GET", "/manage/places").status in (200, 302), "a session may end; nothing fails"
