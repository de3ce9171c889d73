"""The whole of ``fuchun serve`` on the valley, with riders and a member of staff, for tests that break a part of it."""

import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import Engine, text

from geo.db.cluster import cluster_paths, running_cluster
from geo.db.migrations import upgrade
from geo.db.session import make_engine, writing
from tests.webmap.server.conftest import ROOT, eventually
from tests.webmap.valley import CODE, store_valley
from webmap.accounts import create_account
from webmap.logic.snapshot_building import ensure_snapshot

HERE = json.dumps({"lon": 119.985, "lat": 30.0})
SPOT = {"weight": 40, "geometry": {"type": "Point", "coordinates": [119.98, 30.0]}}
QUESTIONS = (("GET", "/"), ("POST", "/api/v1/nearest"), ("GET", "/s/S1"), ("GET", "/plan"))


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@dataclass
class Answer:
    """What was answered: status, text, and how long it took."""

    status: int
    text: str
    headers: Any
    took_s: float


def ask(port: int, method: str, path: str, body: str | None = None, headers: Mapping[str, str] | None = None) -> Answer:
    """Ask once, over a connection of its own."""
    begin = time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=90)
    try:
        connection.request(method, path, body, {"Accept-Language": "en", **(headers or {})})
        answer = connection.getresponse()
        said = answer.read().decode(errors="replace")
        return Answer(answer.status, said, answer.headers, time.monotonic() - begin)
    finally:
        connection.close()


@dataclass
class Riders:
    """What riders were answered so far: how often which status, by question, and the longest wait."""

    answers: Counter[tuple[str, object]] = field(default_factory=Counter)
    waits_s: list[float] = field(default_factory=list)

    @property
    def failed(self) -> dict[tuple[str, object], int]:
        return {key: count for key, count in self.answers.items() if key[1] != 200}


@contextmanager
def riders(port: int, *, tries: int = 1, pause_s: float = 0.1) -> Iterator[Riders]:
    """Let riders ask all the while; a connection that breaks is tried again so often as a browser may do."""
    seen, is_over = Riders(), threading.Event()

    def ask_all() -> None:
        while not is_over.is_set():
            for method, path in QUESTIONS:
                seen.answers[(path, _rider(port, method, path, tries, seen))] += 1
            is_over.wait(pause_s)

    thread = threading.Thread(target=ask_all, daemon=True)
    thread.start()
    try:
        yield seen
    finally:
        is_over.set()
        thread.join(120)


def _rider(port: int, method: str, path: str, tries: int, seen: Riders) -> object:
    failed: object = None
    for _ in range(tries):
        try:
            body = HERE if method == "POST" else None
            answer = ask(port, method, path, body, {"Content-Type": "application/json"} if body else {})
        except (OSError, http.client.HTTPException) as error:
            failed = type(error).__name__
            continue
        seen.waits_s.append(answer.took_s)
        if answer.status == 200:
            return 200
        failed = answer.status
    return failed


class Staff:
    """A member of staff who is logged in."""

    def __init__(self, port: int, username: str, password: str) -> None:
        self.port = port
        self._cookies: dict[str, str] = {}
        page = self.ask("GET", "/login").text
        form = urlencode({"username": username, "password": password, "csrf_token": _token(page)})
        answer = self.ask("POST", "/login", form, {"Content-Type": "application/x-www-form-urlencoded"})
        assert answer.status == 302, answer.text
        self.csrf = str(json.loads(self.ask("GET", "/api/v1/session").text)["csrf_token"])

    def ask(self, method: str, path: str, body: str | None = None, headers: Mapping[str, str] | None = None) -> Answer:
        cookie = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        answer = ask(self.port, method, path, body, {**({"Cookie": cookie} if cookie else {}), **(headers or {})})
        for line in answer.headers.get_all("Set-Cookie") or []:
            self._cookies.update({name: morsel.value for name, morsel in SimpleCookie(line).items()})
        return answer

    def write(self, path: str, body: object) -> Answer:
        return self.ask(
            "POST", f"/api/v1{path}", json.dumps(body), {"Content-Type": "application/json", "X-CSRFToken": self.csrf}
        )

    def draw(self, name: str) -> bool:
        """Draw a hotspot; tell whether the site said that it is stored."""
        with suppress(OSError, http.client.HTTPException):
            return self.write("/hotspots", {"name": name, **SPOT}).status == 201
        return False


def _token(page: str) -> str:
    found = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', page)
    assert found, page[:500]
    return found[1]


@dataclass
class Office:
    """A site that runs: its supervisor, where it listens, its state, and an engine of the tests on its store."""

    process: "subprocess.Popen[bytes]"
    port: int
    state: Path
    engine: Engine
    password: str

    @property
    def log(self) -> str:
        return (self.state / "serve.log").read_text(errors="replace")

    def staff(self) -> Staff:
        return Staff(self.port, "boss", self.password)

    def rows(self, query: str) -> list[Any]:
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query))]

    def processes(self, part: str) -> list[int]:
        """Return the processes of this site whose command holds a text."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                command = (folder / "cmdline").read_bytes()
                if part.encode() in command and str(self.state).encode() in (folder / "environ").read_bytes():
                    found.append(int(folder.name))
        return found

    def is_well(self) -> bool:
        return ask(self.port, "GET", "/healthz").status == 200 and ask(self.port, "GET", "/readyz").status == 200

    def wait_until_well(self, within_s: float = 60.0) -> None:
        eventually(self.is_well, within_s=within_s)


def kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def postmaster(state: Path) -> int:
    """Return the process id of the private cluster whose state is here."""
    return int((state / "cluster" / "data" / "postmaster.pid").read_text().split()[0])


def store_office(engine: Engine, state: Path) -> str:
    """Store the valley as a real district with an administrator, and its snapshot; return the password."""
    upgrade(engine)
    with writing(engine) as session:
        store_valley(session, status="real")
        password = create_account(session, "boss", role="admin")
    ensure_snapshot(engine, state, CODE)
    return password


@contextmanager
def state_folder() -> Iterator[Path]:
    """Yield a folder that the server's account can enter, which pytest's own are closed to."""
    folder = Path(tempfile.mkdtemp(prefix="fuchun-test-"))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def office_state() -> Iterator[tuple[Path, str]]:
    """Yield a state with the valley in a private cluster that does not run, and the administrator's password."""
    with state_folder() as state, _state_of_environment(state):
        with running_cluster(ROOT) as url:
            engine = make_engine(url)
            password = store_office(engine, state)
            engine.dispose()
        yield state, password


@contextmanager
def _state_of_environment(state: Path) -> Iterator[None]:
    before = os.environ.get("FUCHUN_STATE")
    os.environ["FUCHUN_STATE"] = str(state)
    try:
        yield
    finally:
        if before is None:
            del os.environ["FUCHUN_STATE"]
        else:
            os.environ["FUCHUN_STATE"] = before


def copy_state(state: Path, to: Path) -> None:
    """Copy a state whose cluster does not run, with its owners."""
    subprocess.run(["cp", "-a", f"{state}/.", str(to)], check=True)


@contextmanager
def private_office(template: tuple[Path, str]) -> Iterator[Office]:
    """Serve a copy of an office's state with the private cluster, until the block ends."""
    with state_folder() as state:
        copy_state(template[0], state)
        with _state_of_environment(state):
            paths = cluster_paths(ROOT)
        url = f"postgresql+psycopg://fuchun@/fuchun?host={paths.sockets}&port=5432"
        engine = make_engine(url, pool_size=2)
        environ = {name: value for name, value in os.environ.items() if not name.startswith("DATABASE_")}
        try:
            with served(state, engine, template[1], environ) as office:
                yield office
        finally:
            engine.dispose()
            # A supervisor that was killed leaves the server running; the next one joins it.
            with suppress(OSError, ValueError):
                kill(postmaster(state))


@contextmanager
def served(state: Path, engine: Engine, password: str, environ: Mapping[str, str], *words: str) -> Iterator[Office]:
    """Run ``fuchun serve`` on a state until the block ends."""
    port = free_port()
    process = start(state, port, environ, *words)
    office = Office(process, port, state, engine, password)
    try:
        eventually(lambda: office.is_well() and is_warm(office), within_s=240)
        yield office
    finally:
        stop(office.process)


def is_warm(office: Office) -> bool:
    """Tell whether both processes answer from memory."""
    return all(
        ask(office.port, "POST", "/api/v1/nearest", HERE, {"Content-Type": "application/json"}).status == 200
        for _ in range(6)
    )


def start(state: Path, port: int, environ: Mapping[str, str], *words: str) -> "subprocess.Popen[bytes]":
    command = [*words, sys.executable, "-m", "webmap.cli", "serve", "--port", str(port)]
    with (state / "serve.log").open("ab") as log:
        return subprocess.Popen(
            command, cwd=ROOT, env={**environ, "FUCHUN_STATE": str(state), "FUCHUN_LANG": "en"}, stderr=log, stdout=log
        )


def stop(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def until(holds: Callable[[], bool], within_s: float) -> bool:
    """Tell whether something has come true in time."""
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.05)
    return False
