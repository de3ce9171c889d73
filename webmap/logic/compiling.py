"""Compiling the solvers in processes of their own, once, while the site already answers.

The compiled code lies beside the modules. A file next to it says what it was compiled from, so that later processes
have nothing to do. Tours are ready first: their planner takes a quarter of the time that the solvers of sites take.
"""

import fcntl
import hashlib
import os
import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Literal, get_args

import geo

What = Literal["sites", "tours"]
"""Solvers that are compiled together, in a process for each."""

_PACKAGES = ("siting", "tours", "network")
"""Packages of `geo` whose kernels are compiled, or are called by those that are."""

_NICENESS = 19

_running: "list[subprocess.Popen[bytes]]" = []
"""Kept until they end, as the processes that build snapshots are."""


def mark_of_compiled(what: What) -> Path:
    """Return the file that exists when these solvers have been compiled, as they are now, for this Python and numba."""
    root = Path(geo.__file__).parent
    digest = hashlib.sha256(f"{platform.python_version()} {version('numba')}".encode())
    for module in sorted(each for package in _PACKAGES for each in (root / package).glob("_*.py")):
        facts = module.stat()
        digest.update(f"{module.name} {facts.st_size} {facts.st_mtime_ns}".encode())
    return root / "siting" / "__pycache__" / f"compiled-{what}-{digest.hexdigest()[:16]}"


def is_compiled(what: What) -> bool:
    """Tell whether these solvers need not be compiled before they answer."""
    return mark_of_compiled(what).exists()


def start_compiling() -> None:
    """Compile in the background what has not been compiled yet.

    The processes outlive the one that starts them, and give way to every other one.
    """
    for what in get_args(What):
        if is_compiled(what):
            continue
        _running.append(
            subprocess.Popen(
                [sys.executable, "-m", "webmap.logic.compiling", what],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        )


def compile_now(what: What) -> None:
    """Compile solvers in this process, unless another process does it at this moment."""
    mark = mark_of_compiled(what)
    try:
        mark.parent.mkdir(exist_ok=True)
        lock = (mark.parent / f"compiling-{what}.lock").open("w")
    except OSError:
        return  # the code may be installed where nobody writes: then each process compiles for itself
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        if what == "sites":
            from geo.siting.warming import compile_solvers

            compile_solvers()
        else:
            from geo.tours.warming import compile_planner

            compile_planner()
        for old in mark.parent.glob(f"compiled-{what}-*"):
            old.unlink()
        mark.touch()


if __name__ == "__main__":
    os.nice(_NICENESS)
    compile_now("tours" if sys.argv[1:] == ["tours"] else "sites")
