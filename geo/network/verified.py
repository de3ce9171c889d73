"""Verifying a snapshot's files once a machine start: the process that does it leaves a mark, which the others trust.

A mark holds device, inode, size and modification time of every file, and the start of the machine it was made in. A
file that is written to, replaced or restored has others, and is verified again.
"""

import contextlib
import fcntl
import json
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

MARK = "verified.json"
LOCK = "verify.lock"
_BOOT = Path("/proc/sys/kernel/random/boot_id")


def verify_once(folder: Path, files: Mapping[str, Any], verify: Callable[[], None], *, again: bool = False) -> None:
    """Call `verify` unless a mark says that it has been done; mark the folder when it raises nothing.

    One process verifies at a time, and the others then find its mark. Where nothing can be written, as on a read-only
    disk, every process verifies.

    Parameters
    ----------
    folder : Path
    files : mapping
        Names of the ``.npy`` files, without the ending.
    verify : callable
        Raises what is wrong.
    again : bool
        Verify whatever a mark says.
    """
    facts = _facts(folder, files)
    if not again and _is_marked(folder, facts):
        return
    with _lock(folder):
        if not again and _is_marked(folder, facts):
            return
        verify()
        # What has changed meanwhile is not what was verified.
        if _facts(folder, files) == facts:
            _mark(folder, facts)


def _facts(folder: Path, files: Mapping[str, Any]) -> dict[str, Any]:
    found = {}
    for name in files:
        stat = (folder / f"{name}.npy").stat()
        found[name] = [stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns]
    boot = _BOOT.read_text().strip() if _BOOT.exists() else ""
    return {"boot": boot, "files": found}


def _is_marked(folder: Path, facts: dict[str, Any]) -> bool:
    try:
        return bool(json.loads((folder / MARK).read_text()) == facts)
    except (OSError, ValueError):
        return False


def _mark(folder: Path, facts: dict[str, Any]) -> None:
    draft = folder / f".{MARK}-{uuid4().hex[:8]}"
    with contextlib.suppress(OSError):
        draft.write_text(json.dumps(facts))
        os.replace(draft, folder / MARK)


@contextlib.contextmanager
def _lock(folder: Path) -> Iterator[None]:
    try:
        file = (folder / LOCK).open("w")
    except OSError:
        yield
        return
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
