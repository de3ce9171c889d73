"""The private cluster: who shares it, who ends it, and what survives."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine, make_url, text

from geo.db import cluster, server
from geo.db.cluster import cluster_paths, database_url, running_cluster
from geo.errors import StoreError

CLONE = Path(__file__).parents[3]
MARK = "富春驿图"


def scalar(url: str, query: str) -> object:
    engine = create_engine(url)
    with engine.connect() as connection:
        value = connection.scalar(text(query))
    engine.dispose()
    return value


def postmaster(root: Path = CLONE) -> int | None:
    file = cluster_paths(root).data / "postmaster.pid"
    return int(file.read_text().split()[0]) if file.exists() else None


def write_mark(url: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE mark (word text)"))
        connection.execute(text("INSERT INTO mark VALUES (:word)"), {"word": MARK})
    engine.dispose()


def user_process(state: Path) -> subprocess.Popen[str]:
    """Enter the cluster in another process, say so, and leave when its input closes."""
    program = (
        "import sys; from pathlib import Path; from geo.db.cluster import running_cluster\n"
        "with running_cluster(Path(sys.argv[1])) as url: print(url, flush=True); sys.stdin.read()"
    )
    return subprocess.Popen(
        [sys.executable, "-c", program, str(CLONE)],
        cwd=CLONE,
        env=os.environ | {"FUCHUN_STATE": str(state)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.fixture(scope="module")
def template() -> Iterator[Path]:
    """A stopped cluster with one row in it; each test works on its own copy, which is cheaper than initdb."""
    # As root the server's account must get in, and pytest's own directories are closed to it.
    state = Path(tempfile.mkdtemp(prefix="fuchun-test-"))
    state.chmod(0o711)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FUCHUN_STATE", str(state))
        with running_cluster(CLONE) as url:
            write_mark(url)
    yield state
    shutil.rmtree(state)


@pytest.fixture
def state(template: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The directory of a cluster of its own, stopped, as left by an earlier run."""
    own = Path(tempfile.mkdtemp(prefix="fuchun-test-"))
    own.chmod(0o711)
    subprocess.run(["cp", "-a", str(template / "cluster"), str(own)], check=True)
    monkeypatch.setenv("FUCHUN_STATE", str(own))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    yield own
    if cluster_paths(CLONE).data.exists():
        server.stop(cluster_paths(CLONE))
    shutil.rmtree(own)


def test_a_new_cluster_has_postgis_and_utf8_and_ends_with_its_user(monkeypatch: pytest.MonkeyPatch):
    own = Path(tempfile.mkdtemp(prefix="fuchun-test-"))
    own.chmod(0o711)
    monkeypatch.setenv("FUCHUN_STATE", str(own))
    with running_cluster(CLONE) as url:
        assert scalar(url, "SELECT ST_AsText(ST_Point(119.95, 30.05))") == "POINT(119.95 30.05)"
        assert scalar(url, "SHOW server_encoding") == "UTF8"
        assert scalar(url, "SELECT upper('é')") == "É"
        assert scalar(url, "SHOW fsync") == "on"
        pid = postmaster()
    assert pid is not None
    assert postmaster() is None
    assert not Path(f"/proc/{pid}/cwd").exists()
    assert not server.stop(cluster_paths(CLONE))
    shutil.rmtree(own)


def test_only_its_owner_can_reach_the_server(state: Path):
    with running_cluster(CLONE) as url:
        paths = cluster_paths(CLONE)
        assert scalar(url, "SHOW listen_addresses") == ""
        for directory in (paths.cluster, paths.data, paths.sockets):
            assert stat.S_IMODE(directory.stat().st_mode) == 0o700
        owner = paths.data.stat().st_uid
        assert owner != 0
        assert owner == (paths.account.uid if os.geteuid() == 0 and paths.account else os.geteuid())
        assert Path(f"/proc/{postmaster()}").stat().st_uid == owner
        assert os.getsid(postmaster() or 0) != os.getsid(0)


def test_data_is_there_at_the_next_start(state: Path):
    with running_cluster(CLONE) as url:
        assert scalar(url, "SELECT word FROM mark") == MARK


def test_the_last_of_two_users_stops_it(state: Path):
    other = user_process(state)
    assert other.stdout
    url = other.stdout.readline().strip()
    with running_cluster(CLONE) as own:
        assert own == url
        first = postmaster()
    assert scalar(url, "SELECT 1") == 1
    assert postmaster() == first
    other.communicate()
    assert other.returncode == 0
    assert postmaster() is None


def test_a_killed_user_does_not_keep_it_alive(state: Path):
    other = user_process(state)
    assert other.stdout
    other.stdout.readline()
    other.kill()
    other.communicate()
    assert postmaster() is not None
    with running_cluster(CLONE):
        pass
    assert postmaster() is None


def test_many_users_starting_at_once_share_one_server(state: Path):
    others = [user_process(state) for _ in range(3)]
    urls = {other.stdout.readline() for other in others if other.stdout}
    assert len(urls) == 1
    assert scalar(urls.pop().strip(), "SELECT word FROM mark") == MARK
    for other in others:
        other.communicate()
        assert other.returncode == 0
    assert postmaster() is None


def test_a_forked_child_that_leaves_stops_nothing(state: Path):
    """Gunicorn's workers leave by SystemExit through the ``with`` of their parent."""
    program = (
        "import os, sys; from pathlib import Path; from geo.db.cluster import running_cluster\n"
        "with running_cluster(Path(sys.argv[1])) as url:\n"
        "    child = os.fork()\n"
        "    if child == 0: sys.exit(0)\n"
        "    os.waitpid(child, 0)\n"
        "    import psycopg; psycopg.connect(url.replace('+psycopg', '')).close()"
    )
    done = subprocess.run([sys.executable, "-c", program, str(CLONE)], cwd=CLONE, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert postmaster() is None


def test_committed_data_survives_the_server_being_killed(state: Path):
    with running_cluster(CLONE) as url:
        engine = create_engine(url)
        with engine.begin() as connection:
            connection.execute(text("INSERT INTO mark VALUES ('second')"))
        engine.dispose()
        killed = postmaster()
        assert killed is not None
        os.kill(killed, signal.SIGKILL)
    assert postmaster() == killed, "a killed server leaves its file behind"
    with running_cluster(CLONE) as url:
        assert postmaster() != killed
        assert scalar(url, "SELECT count(*) FROM mark") == 2


def test_a_process_id_taken_over_by_another_process_does_not_block_the_start(state: Path):
    paths = cluster_paths(CLONE)
    account = paths.account.uid if paths.account else None
    stranger = subprocess.Popen(["sleep", "60"], user=account)
    paths.sockets.mkdir(mode=0o700, parents=True)
    for stale in (paths.data / "postmaster.pid", paths.sockets / ".s.PGSQL.5432.lock"):
        stale.write_text(f"{stranger.pid}\n{paths.data}\n0\n5432\n{paths.sockets}\n\n    0 0\nready   \n")
    with running_cluster(CLONE) as url:
        assert scalar(url, "SELECT word FROM mark") == MARK
        assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


def test_a_server_without_its_socket_is_replaced(state: Path):
    other = user_process(state)
    assert other.stdout
    other.stdout.readline()
    before = postmaster()
    shutil.rmtree(cluster_paths(CLONE).sockets)
    with running_cluster(CLONE) as url:
        assert scalar(url, "SELECT word FROM mark") == MARK
        assert postmaster() != before
    other.communicate()


def test_an_interrupted_creation_is_done_again(state: Path):
    paths = cluster_paths(CLONE)
    paths.data.rename(paths.cluster / "data.new")
    (paths.cluster / "data.new" / "PG_VERSION").unlink()
    with running_cluster(CLONE) as url:
        assert scalar(url, "SELECT to_regclass('mark') IS NULL") is True
    assert not (paths.cluster / "data.new").exists()


def test_files_of_another_version_are_left_alone(state: Path):
    version = cluster_paths(CLONE).data / "PG_VERSION"
    found = version.read_text()
    version.write_text("9\n")
    with pytest.raises(StoreError, match="written by PostgreSQL 9"), running_cluster(CLONE):
        pass
    version.write_text(found)


def test_a_failed_start_says_why(state: Path):
    (cluster_paths(CLONE).data / "global" / "pg_control").unlink()
    with pytest.raises(StoreError, match=r"did not start: .*pg_control"), running_cluster(CLONE):
        pass


def test_the_state_lies_in_the_clone_or_where_root_s_server_can_enter(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("FUCHUN_STATE", raising=False)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert cluster.state_directory(CLONE) == CLONE / "var"
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert cluster.state_directory(CLONE).parent == Path("/var/lib/fuchun")
    assert cluster.state_directory(CLONE) != cluster.state_directory(CLONE.parent)


def test_an_ordinary_account_s_socket_lies_beside_its_data_or_in_tmp(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    for state, beside in (("/home/x/clone/var", True), ("/home/x/" + "a" * 100, False), ("/home/有/var", False)):
        monkeypatch.setenv("FUCHUN_STATE", state)
        sockets = cluster_paths(CLONE).sockets
        assert (sockets == Path(state) / "run") is beside
        assert beside or str(sockets).startswith("/tmp/fuchun-1000-")
        assert len(os.fsencode(sockets / ".s.PGSQL.5432")) <= 107


@pytest.mark.parametrize("name", ["a" * 120, "有 空格", "comma,dollar$(x)'\""])
def test_any_directory_name_gives_a_usable_socket(name: str, template: Path, monkeypatch: pytest.MonkeyPatch):
    parent = Path(tempfile.mkdtemp(prefix="fuchun-test-"))
    parent.chmod(0o711)
    (parent / name).mkdir()
    subprocess.run(["cp", "-a", str(template / "cluster"), str(parent / name)], check=True)
    monkeypatch.setenv("FUCHUN_STATE", str(parent / name))
    sockets = cluster_paths(CLONE).sockets
    with running_cluster(CLONE) as url:
        assert make_url(url).query["host"] == str(sockets)
        assert scalar(url, "SELECT word FROM mark") == MARK
    assert not sockets.exists()
    shutil.rmtree(parent)


def test_a_socket_directory_of_somebody_else_is_refused(tmp_path: Path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with pytest.raises(StoreError, match="link is not a directory of our own"):
        cluster._private_directory(tmp_path / "link", None)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server under another account")
def test_a_place_closed_to_the_servers_account_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    monkeypatch.setenv("FUCHUN_STATE", str(closed / "state"))
    with pytest.raises(StoreError, match=r"who cannot enter .*closed"), running_cluster(CLONE):
        pass


def test_no_postgis_is_one_line_for_every_system(state: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(server, "BINARY_DIRECTORIES", ("/nowhere/*/bin",))
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(StoreError) as caught, running_cluster(CLONE):
        pass
    message = str(caught.value)
    assert "\n" not in message
    for word in (
        "Debian/Ubuntu: sudo apt install",
        "Fedora: sudo dnf",
        "macOS: brew",
        "WSL",
        "docker compose",
        "DATABASE_URL",
    ):
        assert word in message


def test_postgresql_without_postgis_counts_as_missing(state: Path):
    found = server.find_binaries(cluster_paths(CLONE))
    assert server._with_postgis(cluster_paths(CLONE), found.directory) == found
    bare = Path(tempfile.mkdtemp(prefix="fuchun-test-"))
    bare.chmod(0o755)
    script = bare / "initdb"
    script.write_text(f"#!/bin/sh\necho VERSION=17.1\necho share_path={bare}\n")
    script.chmod(0o755)
    assert server._with_postgis(cluster_paths(CLONE), bare) is None
    shutil.rmtree(bare)


@pytest.mark.parametrize(
    "given",
    [
        "postgres://u:p%40ss@db.example:5433/x?sslmode=require",
        "postgresql://u:p%40ss@db.example:5433/x?sslmode=require",
        "postgresql+psycopg2://u:p%40ss@db.example:5433/x?sslmode=require",
    ],
)
def test_a_given_server_is_used_and_no_cluster_is_made(given: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DATABASE_URL", given)
    monkeypatch.setenv("FUCHUN_STATE", str(tmp_path / "none"))
    with database_url(CLONE) as url:
        assert url == "postgresql+psycopg://u:p%40ss@db.example:5433/x?sslmode=require"
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("given", ["mysql://u:secret@h/x", "not an address: secret"])
def test_a_useless_address_is_refused_without_repeating_its_password(given: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DATABASE_URL", given)
    with pytest.raises(StoreError, match="DATABASE_URL") as caught, database_url(CLONE):
        pass
    assert "secret" not in str(caught.value)


def test_without_an_address_the_private_cluster_is_used(state: Path):
    with database_url(CLONE) as url, psycopg.connect(url.replace("+psycopg", "")) as connection:
        assert connection.execute("SELECT word FROM mark").fetchone() == (MARK,)


def test_a_second_start_is_quick(state: Path):
    started = time.monotonic()
    with running_cluster(CLONE):
        assert time.monotonic() - started < 5
