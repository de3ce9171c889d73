"""Asking the other programs, in their own environment and process."""

import json
import os
import subprocess
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.networks import ROOT, SkipError

BENCH = ROOT / "var" / "bench"
PYTHON = ROOT / "var" / "bench-venv" / "bin" / "python"


def ask(task: str, arrays: Mapping[str, NDArray[Any]]) -> dict[str, Any]:
    """Return the answer of a task of `benchmarks.rivals` on some arrays.

    Raises
    ------
    SkipError
        If the environment is not there, or the other program failed.
    """
    if not PYTHON.exists():
        raise SkipError("the other programs are not installed in var/bench-venv; make bench installs them")
    BENCH.mkdir(parents=True, exist_ok=True)
    path = BENCH / f"{task}.npz"
    np.savez(path, allow_pickle=False, **arrays)
    done = subprocess.run(
        [str(PYTHON), "-m", "benchmarks.rivals", task, str(path)],
        env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    path.unlink()
    if done.returncode != 0:
        raise SkipError(f"{task} failed: {(done.stderr.strip() or 'no message').splitlines()[-1]}")
    # Some of them talk on stdout; the answer is the last line.
    answer: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return answer
