"""A private PostGIS cluster, started when the first process needs it and stopped by the last one.

Nobody administers this server: it listens on a unix socket in a directory only its owner can enter, and lives exactly
as long as somebody uses it. Every user holds a shared ``flock`` on one file, which the kernel drops however the
process ends; starting, stopping and joining happen under a second, exclusive lock. With ``DATABASE_URL`` set none of
this happens and that server is used.
"""

import contextlib
import fcntl
import hashlib
import os
import pwd
import re
import stat
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from geo.db.database_roles import StoreAddresses, of_private_cluster
from geo.db.server import (
    DATABASE,
    PORT,
    ROLE,
    Account,
    ClusterPaths,
    ensure_started,
    is_running,
    missing_postgis,
    run_as_owner,
    stop,
)
from geo.errors import StoreError

# sun_path holds 108 bytes on Linux and 104 on macOS, the closing zero included.
SOCKET_PATH_LIMIT = 103


def state_directory(root: Path) -> Path:
    """Say where the clone at `root` keeps what it makes, the database and all else; nothing is created.

    ``<root>/var``, or, as root, ``/var/lib/fuchun/<hash of the path>`` because a clone may lie where only root can
    enter. ``FUCHUN_STATE`` overrides both (as root, PostgreSQL's account must be able to enter it).
    """
    if override := os.environ.get("FUCHUN_STATE"):
        return Path(override).absolute()
    if os.geteuid() == 0:
        return Path("/var/lib/fuchun") / _digest(root.resolve())
    return root.resolve() / "var"


def cluster_paths(root: Path) -> ClusterPaths:
    """Say where the cluster of the clone at `root` lives; nothing is created.

    Raises
    ------
    StoreError
        We are root and there is no account ``postgres``.
    """
    account = _unprivileged_account() if os.geteuid() == 0 else None
    state = state_directory(root)
    cluster = state / "cluster"
    return ClusterPaths(
        state=state,
        cluster=cluster,
        data=cluster / "data",
        log=cluster / "postgres.log",
        sockets=_socket_directory(state, account),
        start_lock=cluster / "start.lock",
        users_lock=cluster / "users.lock",
        account=account,
    )


@contextlib.contextmanager
def database_url(root: Path) -> Iterator[str]:
    """Yield an address to make databases with: ``DATABASE_URL`` when set, else the private cluster's administrator's.

    Raises
    ------
    StoreError
        ``DATABASE_URL`` is no PostgreSQL address, or see `running_cluster`.
    """
    given = os.environ.get("DATABASE_URL")
    if given:
        yield _with_psycopg(given)
    else:
        with running_cluster(root) as url:
            yield url


@contextlib.contextmanager
def store_addresses(root: Path) -> Iterator[StoreAddresses]:
    """Yield the addresses of the store by role: those of the environment, else of a running private cluster.

    With ``DATABASE_URL`` set, ``DATABASE_OWNER_URL`` and ``DATABASE_READER_URL`` may name other roles of that server.

    Raises
    ------
    StoreError
        As `database_url`.
    """
    given = os.environ.get("DATABASE_URL")
    if given:
        application = _with_psycopg(given)
        others = (os.environ.get(name) for name in ("DATABASE_OWNER_URL", "DATABASE_READER_URL"))
        owner, reader = (_with_psycopg(other) if other else application for other in others)
        yield StoreAddresses(owner, application, reader)
    else:
        with running_cluster(root) as url:
            yield of_private_cluster(url)


@contextlib.contextmanager
def running_cluster(root: Path) -> Iterator[str]:
    """Keep the cluster of the clone at `root` running and yield its administrator's SQLAlchemy address.

    The database exists and has the PostGIS extension. Any number of processes may be inside at once; the last to leave
    stops the server. A forked child that leaves changes nothing: the lock is its parent's.

    Raises
    ------
    StoreError
        PostGIS is not installed, the files belong to another version, or the server does not start.
    """
    owner = os.getpid()
    paths = cluster_paths(root)
    _create_directories(paths, root)
    with paths.users_lock.open("a") as users:
        with _exclusive(paths.start_lock):
            fcntl.flock(users, fcntl.LOCK_SH)
            try:
                ensure_started(paths)
            except BaseException:
                _stop_if_last(paths, users.fileno())
                raise
        try:
            yield _url(paths).render_as_string(hide_password=False)
        finally:
            if os.getpid() == owner:
                with _exclusive(paths.start_lock):
                    _stop_if_last(paths, users.fileno())


def is_cluster_running(root: Path) -> bool:
    """Tell whether the server of the clone at `root` runs; quick, and does not connect."""
    return is_running(cluster_paths(root))


def restart_cluster(root: Path) -> None:
    """Start the server of the clone at `root`, which this process uses, after it has ended by itself.

    Raises
    ------
    StoreError
        The server does not start.
    """
    paths = cluster_paths(root)
    with _exclusive(paths.start_lock):
        ensure_started(paths)


def _unprivileged_account() -> Account:
    try:
        entry = pwd.getpwnam("postgres")
    except KeyError:
        raise missing_postgis() from None
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]


def _socket_directory(state: Path, account: Account | None) -> Path:
    if account:
        return Path("/run/fuchun") / _digest(state)
    # libpq and PostgreSQL read a comma as a separator and quote other characters each in their own way.
    is_plain = re.fullmatch(r"[A-Za-z0-9._/-]+", str(state)) is not None
    if is_plain and _socket_fits(state / "run"):
        return state / "run"
    # Not XDG_RUNTIME_DIR: it vanishes when the session that started the server logs out.
    return Path("/tmp") / f"fuchun-{os.geteuid()}-{_digest(state)}"


def _socket_fits(directory: Path) -> bool:
    return len(os.fsencode(directory / f".s.PGSQL.{PORT}")) <= SOCKET_PATH_LIMIT


def _create_directories(paths: ClusterPaths, root: Path) -> None:
    try:
        _make_passable(paths.state, paths.account)
        _make_passable(paths.sockets.parent, paths.account)
        _private_directory(paths.cluster, paths.account)
        _private_directory(paths.sockets, paths.account)
        if paths.account:
            # The directory's name is a hash: leave a word about whose data this is.
            (paths.state / "clone.txt").write_text(f"{root.resolve()}\n")
    except OSError as error:
        raise StoreError(
            "Cannot write {path}, home of the database: {reason}. Let this account write there, or set FUCHUN_STATE.",
            path=error.filename,
            reason=error.strerror,
        ) from error
    if paths.account and run_as_owner(paths, ["/bin/sh", "-c", 'cd -- "$1"', "sh", str(paths.cluster)]).returncode:
        raise StoreError(
            "PostgreSQL runs as {account}, who cannot enter {path}: open the directories above it (chmod o+x), or set "
            "FUCHUN_STATE to another place.",
            account=paths.account.name,
            path=paths.cluster,
        )


def _make_passable(path: Path, account: Account | None) -> None:
    for directory in reversed([path, *path.parents]):
        if not directory.exists():
            directory.mkdir(exist_ok=True)
            if account:
                # Whatever root's umask is, the server's account has to reach its own directories below.
                directory.chmod(0o711)


def _private_directory(path: Path, account: Account | None) -> None:
    uid = account.uid if account else os.geteuid()
    try:
        path.mkdir(mode=0o700)
    except FileExistsError:
        found = path.lstat()
        # In /tmp somebody else may have made it first and wait for our data.
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (uid, os.geteuid()):
            raise StoreError("{path} is not a directory of our own: remove it and start again.", path=path) from None
    if account:
        os.chown(path, account.uid, account.gid)
    path.chmod(0o700)


@contextlib.contextmanager
def _exclusive(path: Path) -> Iterator[None]:
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _stop_if_last(paths: ClusterPaths, users: int) -> None:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return
    stop(paths)
    with contextlib.suppress(OSError):
        paths.sockets.rmdir()  # it may stand in /tmp or /run, and is made again at the next start


def _url(paths: ClusterPaths) -> URL:
    return URL.create(
        "postgresql+psycopg", username=ROLE, database=DATABASE, query={"host": str(paths.sockets), "port": str(PORT)}
    )


def _with_psycopg(given: str) -> str:
    try:
        # Hosts and other programs write postgres://, which SQLAlchemy no longer knows.
        url = make_url(re.sub(r"^postgres(?=[:+])", "postgresql", given))
    except ArgumentError:
        url = None
    if url is None or url.get_backend_name() != "postgresql":
        raise StoreError(
            "DATABASE_URL is not the address of a PostgreSQL database: write "
            "postgresql://USER:PASSWORD@HOST:PORT/DATABASE."
        )
    return url.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
