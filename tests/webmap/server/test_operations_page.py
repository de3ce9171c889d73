"""The units, settings and commands of docs/operations.md are such as systemd and the program take."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT
from webmap.cli import main

PAGE = (ROOT / "docs/operations.md").read_text()


def units() -> dict[str, str]:
    """Return the units of the page by the names that it gives them."""
    blocks = [block for block in re.findall(r"^```ini\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL) if "[Unit]" in block]
    return dict(zip(("fuchun.service", "fuchun-backup.service", "fuchun-backup.timer"), blocks, strict=True))


def test_the_units_are_such_as_systemd_takes(tmp_path: Path) -> None:
    found = units()
    for name, lines in found.items():
        assert name in PAGE
        # The account and the program are those of another machine.
        lines = lines.replace("User=fuchun", f"User={tmp_path.owner()}").replace("/srv/fuchun-map", str(tmp_path))
        (tmp_path / name).write_text(lines)
    program = tmp_path / ".venv/bin/fuchun"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    command = ["systemd-analyze", "verify", "--man=no", *(str(tmp_path / name) for name in found)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    said = [line for line in done.stderr.splitlines() if "fuchun" in line]
    assert (done.returncode, said) == (0, [])


def test_the_units_run_commands_that_there_are() -> None:
    started = re.findall(r"^ExecStart=(\S+) (\S+)", PAGE, re.MULTILINE)
    assert len(started) == 2
    for program, command in started:
        assert program == "/srv/fuchun-map/.venv/bin/fuchun"
        assert command in main.commands
