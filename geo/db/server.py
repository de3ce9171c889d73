"""One PostgreSQL server with PostGIS on one directory: find its programs, create, start and stop it.

Nothing here locks: `geo.db.cluster` decides who may call what when.
"""

import logging
import os
import re
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.rows import TupleRow

from geo.db.database_roles import host_rules, identity_map, make_roles, own_account
from geo.errors import StoreError

DATABASE = ROLE = "fuchun"
PORT = 5432  # names the socket file; nothing listens on the network
START_TIMEOUT_S = 600  # replaying the log after a crash may take minutes; a server that dies ends the wait at once
STOP_TIMEOUT_S = 60
LOG_LIMIT_BYTES = 5_000_000

BINARY_DIRECTORIES = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql*/bin",
    "/usr/local/opt/postgresql*/bin",
)

# jit: the planner overrates what geometry functions cost and would compile for longer than the query runs.
SETTINGS = f"-c listen_addresses='' -c port={PORT} -c unix_socket_permissions=0700 -c timezone=UTC -c jit=off"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Account:
    """The operating-system account that PostgreSQL runs under, because it refuses to run as root."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True)
class ClusterPaths:
    """Where one clone's cluster keeps its files.

    Attributes
    ----------
    state : Path
        Parent of everything but possibly the sockets.
    cluster, data, log : Path
        Directory of the server's account (mode 0700), PGDATA and the server log in it.
    sockets : Path
        Directory of the unix socket (mode 0700), short enough for a socket address.
    start_lock, users_lock : Path
        Held exclusively while starting, joining or stopping; held shared by every user.
    account : Account or None
        Who runs the server when we are root; None: we do.
    """

    state: Path
    cluster: Path
    data: Path
    log: Path
    sockets: Path
    start_lock: Path
    users_lock: Path
    account: Account | None


@dataclass(frozen=True)
class Binaries:
    """One installation of PostgreSQL that has PostGIS."""

    directory: Path
    major: int


def missing_postgis() -> StoreError:
    """Return the error of a machine without PostGIS: what to install, by system."""
    return StoreError(
        "No PostgreSQL with PostGIS on this machine. Install it (Debian/Ubuntu: sudo apt install postgresql-postgis; "
        "Fedora: sudo dnf install postgresql-server postgis; macOS: brew install postgis; Windows: the same as Ubuntu, "
        "inside WSL), or run docker compose up, or set DATABASE_URL to a server that has PostGIS."
    )


def ensure_started(paths: ClusterPaths) -> None:
    """Leave a server accepting connections on a database with PostGIS, made from nothing or recovered as needed.

    Raises
    ------
    StoreError
        PostGIS is not installed, the files belong to another version, or the server does not start.
    """
    if not _accepts(paths):
        binaries = find_binaries(paths)
        if not paths.data.exists():
            _initialise(paths, binaries)
        if not (paths.sockets / f".s.PGSQL.{PORT}").exists():
            stop(paths)  # it has lost its socket (somebody emptied /tmp): nobody can reach it any more
        if _postmaster_pid(paths) is None:
            _start(paths, binaries)
        else:
            _wait_until_accepting(paths)
    _ensure_database(paths)


def is_running(paths: ClusterPaths) -> bool:
    """Tell whether the server runs and its socket is there; it may still be recovering."""
    return _postmaster_pid(paths) is not None and (paths.sockets / f".s.PGSQL.{PORT}").exists()


def stop(paths: ClusterPaths) -> bool:
    """Stop the server, ending its sessions; return whether one was running and has stopped."""
    if _postmaster_pid(paths) is None:
        return False
    pg_ctl = find_binaries(paths).directory / "pg_ctl"
    done = run_as_owner(paths, [str(pg_ctl), "stop", "-w", "-m", "fast", "-t", str(STOP_TIMEOUT_S)])
    has_stopped = _postmaster_pid(paths) is None
    if not has_stopped:
        log.warning("PostgreSQL in %s did not stop: %s", paths.data, _last(done))
    return has_stopped


def run_as_owner(paths: ClusterPaths, command: list[str]) -> subprocess.CompletedProcess[str]:
    """Run `command` in the cluster's directory under the account that owns it, output and errors in one text."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "LC_"))}
    return subprocess.run(
        command,
        # PGDATA and a relative log: pg_ctl hands what it gets as arguments to a shell, and a path may hold anything.
        env=environment | {"PGDATA": str(paths.data), "LC_ALL": "C"},
        cwd=paths.cluster,
        user=paths.account.uid if paths.account else None,
        group=paths.account.gid if paths.account else None,
        extra_groups=[] if paths.account else None,
        # Ctrl-C in the terminal must reach the program that uses the server, not the server under it.
        start_new_session=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def find_binaries(paths: ClusterPaths) -> Binaries:
    """Return the newest PostgreSQL with PostGIS, or the one whose major version wrote the existing data.

    Raises
    ------
    StoreError
        Nothing found, or not the version that the data needs.
    """
    found = [b for directory in binary_directories() if (b := _with_postgis(paths, directory))]
    if not found:
        raise missing_postgis()
    written_by = paths.data / "PG_VERSION"
    if not written_by.exists():
        return max(found, key=lambda b: b.major)
    major = int(written_by.read_text())
    for binaries in found:
        if binaries.major == major:
            return binaries
    raise StoreError(
        "The database in {path} was written by PostgreSQL {major}, which is not installed with PostGIS (found: "
        "{found}). Install that version again, or convert the directory with pg_upgrade.",
        path=paths.data,
        major=major,
        found=", ".join(str(b.major) for b in found),
    )


def binary_directories() -> list[Path]:
    """Return the folders of PostgreSQL servers on this machine."""
    candidates = []
    if pg_ctl := shutil.which("pg_ctl"):
        candidates.append(Path(pg_ctl).resolve().parent)
    if pg_config := shutil.which("pg_config"):
        answer = subprocess.run([pg_config, "--bindir"], capture_output=True, text=True, check=False)
        candidates.append(Path(answer.stdout.strip()))
    for pattern in BINARY_DIRECTORIES:
        candidates.extend(Path("/").glob(pattern.lstrip("/")))
    return [
        d for d in dict.fromkeys(candidates) if all((d / name).exists() for name in ("initdb", "pg_ctl", "postgres"))
    ]


def _with_postgis(paths: ClusterPaths, directory: Path) -> Binaries | None:
    # --show tells where this very installation looks for extensions; packagers move that directory about.
    shown = run_as_owner(paths, [str(directory / "initdb"), "--show", "--pgdata=unused"]).stdout
    share = re.search(r"^share_path=(.+)$", shown, re.MULTILINE)
    version = re.search(r"^VERSION=(\d+)", shown, re.MULTILINE)
    if not share or not version or not (Path(share[1]) / "extension" / "postgis.control").exists():
        return None
    return Binaries(directory, int(version[1]))


def _initialise(paths: ClusterPaths, binaries: Binaries) -> None:
    unfinished = paths.cluster / "data.new"
    if unfinished.exists():
        shutil.rmtree(unfinished)
    log.info("creating the database in %s", paths.data)
    command = [
        str(binaries.directory / "initdb"),
        "--pgdata=data.new",
        f"--username={ROLE}",
        "--auth-local=peer",
        "--auth-host=reject",
        "--encoding=UTF8",
    ]
    # C.UTF-8 knows which characters are letters, in any script, and no upgrade of the system changes its order.
    done = run_as_owner(paths, [*command, "--locale=C.UTF-8"])
    if done.returncode and "invalid locale" in done.stdout:
        done = run_as_owner(paths, [*command, "--locale=C"])
    if done.returncode:
        raise StoreError(
            "PostgreSQL could not create a database in {path}: {reason}", path=paths.data, reason=_last(done)
        )
    unfinished.rename(paths.data)


def _start(paths: ClusterPaths, binaries: Binaries) -> None:
    if paths.log.exists() and paths.log.stat().st_size > LOG_LIMIT_BYTES:
        paths.log.replace(paths.log.with_suffix(".log.1"))
    # PostgreSQL believes a stale file while the process id in it exists: taken over by another process of this account,
    # or that of a killed server whose parent has not collected it yet.
    for stale in (paths.data / "postmaster.pid", paths.sockets / f".s.PGSQL.{PORT}.lock"):
        stale.unlink(missing_ok=True)
    _write_rules(paths)
    options = f"{SETTINGS} -c unix_socket_directories={paths.sockets}"
    pg_ctl = str(binaries.directory / "pg_ctl")
    start = [pg_ctl, "start", "-w", "-t", str(START_TIMEOUT_S), "-l", paths.log.name, "-o", options]
    deadline = time.monotonic() + STOP_TIMEOUT_S
    while True:
        written = paths.log.stat().st_size if paths.log.exists() else 0
        if run_as_owner(paths, start).returncode == 0:
            return
        with paths.log.open(encoding="utf-8", errors="replace") as file:
            file.seek(written)
            reasons = file.read().strip()
        # Backends of a killed server finish their query before they notice; the memory they share is in use until then.
        if "pre-existing shared memory" not in reasons or time.monotonic() > deadline:
            reason = (re.findall(r"FATAL:\s*(.+)", reasons) or reasons.splitlines() or ["no reason given"])[-1]
            raise StoreError("PostgreSQL did not start: {reason} (log: {log})", reason=reason, log=paths.log)
        time.sleep(0.5)


def _write_rules(paths: ClusterPaths) -> None:
    """Write who may connect: this account and the server's own, known by the operating system."""
    accounts = dict.fromkeys((own_account(), *((paths.account.name,) if paths.account else ())))
    for name, rules in (("pg_hba.conf", host_rules()), ("pg_ident.conf", identity_map(ROLE, accounts))):
        file = paths.data / name
        file.write_text(rules)
        file.chmod(0o600)
        if paths.account:
            os.chown(file, paths.account.uid, paths.account.gid)


def _postmaster_pid(paths: ClusterPaths) -> int | None:
    """Return the process id of the server that runs on our data, None when there is none."""
    try:
        pid = abs(int((paths.data / "postmaster.pid").read_text().split("\n", 1)[0]))
        os.kill(pid, 0)
    except (FileNotFoundError, ValueError, ProcessLookupError):
        return None
    except PermissionError:
        return None  # the id now belongs to another account
    if Path("/proc/self/cwd").exists():
        # The server works inside its data directory; anything else has merely inherited the id.
        try:
            return pid if Path(f"/proc/{pid}/cwd").resolve() == paths.data.resolve() else None
        except OSError:
            return None
    return pid


def _wait_until_accepting(paths: ClusterPaths) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while not _accepts(paths):
        if _postmaster_pid(paths) is None or time.monotonic() > deadline:
            raise StoreError("PostgreSQL did not start: {reason} (log: {log})", reason="it ended", log=paths.log)
        time.sleep(0.1)


def _connect(paths: ClusterPaths, database: str) -> psycopg.Connection[TupleRow]:
    return psycopg.connect(
        host=str(paths.sockets), port=PORT, user=ROLE, dbname=database, connect_timeout=10, autocommit=True
    )


def _accepts(paths: ClusterPaths) -> bool:
    try:
        _connect(paths, "postgres").close()
    except psycopg.OperationalError:
        return False
    return True


def _ensure_database(paths: ClusterPaths) -> None:
    with _connect(paths, "postgres") as connection:
        if not connection.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE]).rowcount:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
    with _connect(paths, DATABASE) as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS postgis")
        outdated = "SELECT FROM pg_available_extensions WHERE name = 'postgis' AND installed_version <> default_version"
        if connection.execute(outdated).rowcount:
            connection.execute("ALTER EXTENSION postgis UPDATE")
        make_roles(connection, DATABASE)


def _last(done: subprocess.CompletedProcess[str]) -> str:
    lines = done.stdout.strip().splitlines()
    return lines[-1] if lines else f"exit status {done.returncode}"
