"""A database that a newer version of the program has changed is refused in one sentence, by every command."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, text

from webmap.cli.commands import main

COMMANDS = {
    "init": [],
    "serve": ["--port", "0"],
    "worker": [],
    "load": ["stations", "{file}", "--district", "330111"],
    "nearest": ["119.95", "30.05"],
    "route": ["119.95", "30.05", "119.96", "30.06"],
    "coverage": [],
    "site": ["--sites", "1"],
    "report": ["coverage", "--out", "{file}.d"],
    "export": ["site", "{file}.d"],
    "backup": ["{file}.d"],
    "accounts": ["list"],
    "districts": ["list"],
}
OTHERS = {"verify", "restore"}
"""The one reads no store, the other replaces all of it."""


def test_every_command_is_here() -> None:
    assert set(COMMANDS) | OTHERS == set(main.commands)


@pytest.fixture
def newer(engine: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Engine:
    """Return the database of a newer version, named by the environment."""
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for name in ("DATABASE_OWNER_URL", "DATABASE_READER_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DATABASE_URL", engine.url.render_as_string(hide_password=False))
    monkeypatch.setenv("FUCHUN_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("FUCHUN_LANG", "en")
    return engine


@pytest.mark.parametrize("command", COMMANDS)
def test_a_newer_schema_is_refused(newer: Engine, tmp_path: Path, command: str) -> None:
    file = tmp_path / "a.csv"
    file.write_text("名称,经度,纬度\n站,119.95,30.05\n", encoding="utf-8")
    words = [command, *(word.format(file=file) for word in COMMANDS[command])]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 1, done.output
    assert done.stdout == ""
    line = done.stderr.splitlines()[-1]
    assert line == (
        "fuchun: the database has the schema 9999 of a newer version of this program, which this one does not know; "
        "install that version again, or restore a backup made with this one. Nothing was changed"
    )
    with newer.connect() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one() == "9999"
