"""Damaged copies of good files, each given to a parser in a limited process of its own."""

import json
import os
import random
import signal
import time
import traceback
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from geo.errors import GeoError
from loaders.isolated.limits import Limits, limit_resources

Parse = Callable[[Path], object]
ODD = (b"\0", b"\xff", b"\x80", b"NaN", b"1e309", b"-1", b"99999999999999999999", b'"', b"<", b"{", b"]", "﻿".encode())
LEAST = 5
"""Copies that are tried even where the machine is busy."""
COPIES = 50
"""That one process tries: readers that fail leave files open."""
BROKE_DOWN = 77
"""Exit code of a process whose parser raised something that is no sentence."""


@dataclass(frozen=True)
class Found:
    """How many damaged files were tried, how often the process itself broke down, and what else went wrong."""

    tried: int
    broken: int
    faults: list[str]


def damage(whole: bytes, chance: random.Random) -> bytes:
    """Return a copy with some bytes changed, removed, doubled, cut off, or replaced by odd ones."""
    made = bytearray(whole)
    for _ in range(chance.choice((1, 1, 2, 4, 16))):
        at = chance.randrange(len(made) + 1)
        length = min(chance.choice((1, 1, 2, 8, 64, 1024)), len(made) - at)
        kind = chance.randrange(7)
        if kind == 0 and length:
            made[at] = chance.randrange(256)
        elif kind == 1 and length:
            made[at] ^= 1 << chance.randrange(8)
        elif kind == 2:
            del made[at : at + length]
        elif kind == 3:
            made[at:at] = made[at : at + length] * chance.choice((1, 2, 50))
        elif kind == 4:
            made[at:at] = chance.choice(ODD)
        elif kind == 5:
            made[at : at + length] = chance.randbytes(length)
        elif chance.random() < 0.3:
            del made[at:]
    return bytes(made)


def damage_archive(whole: Path, target: Path, chance: random.Random) -> None:
    """Write a copy of an archive with one of its parts damaged: its own checks then let it through."""
    with zipfile.ZipFile(whole) as archive:
        parts = [(part.filename, archive.read(part)) for part in archive.infolist()]
    chosen = chance.randrange(len(parts))
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for number, (name, content) in enumerate(parts):
            archive.writestr(name, damage(content, chance) if number == chosen and content else content)


def try_damaged(seed: Path, parse: Parse, folder: Path, *, seconds: float, start: int = 1) -> Found:
    """Give damaged copies of `seed` to `parse` until the time is over; a copy that makes a fault stays in `folder`."""
    ends_at = time.monotonic() + seconds
    number, broken, faults = start, 0, []
    while (time.monotonic() < ends_at or number < start + LEAST) and len(faults) < 5:
        log = folder / "log.json"
        log.unlink(missing_ok=True)
        pid = os.fork()
        if pid == 0:
            _run(seed, parse, folder, log, number, ends_at)
        _, status = os.waitpid(pid, 0)
        said = json.loads(log.read_text()) if log.exists() else {"number": number, "fault": None}
        number = said["number"] + 1
        if said["fault"]:
            faults.append(said["fault"])
        elif os.WIFSIGNALED(status) and os.WTERMSIG(status) in (signal.SIGKILL, signal.SIGXCPU):
            faults.append(f"copy {said['number']}: takes too long ({seed.name})")
        elif status:
            broken += 1
    return Found(number - start, broken, faults)


def _run(seed: Path, parse: Parse, folder: Path, log: Path, number: int, ends_at: float) -> None:
    """In the child: go on until the end, or until something is wrong; never return."""
    code = 0
    # What the tests before this one hold open would count against the limit of open files.
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    try:
        warnings.simplefilter("ignore")
        limit_resources(Limits(memory_mb=2048, cpu_s=int(time.process_time() + ends_at - time.monotonic()) + 60))
        whole = seed.read_bytes()
        path = folder / f"damaged{''.join(seed.suffixes)}"
        for beside in seed.parent.glob(f"{seed.stem}.*"):
            if beside != seed:
                path.with_suffix(beside.suffix).write_bytes(beside.read_bytes())
        last = number + COPIES
        while (time.monotonic() < ends_at or number < last - COPIES + LEAST) and number < last:
            chance = random.Random(number)
            if seed.suffix in (".xlsx", ".zip") and chance.random() < 0.7:
                damage_archive(seed, path, chance)
            else:
                target = chance.choice([path, *(p for p in folder.glob("damaged.*") if p.suffix in (".dbf", ".shx"))])
                path.write_bytes(whole)
                original = seed.with_suffix(target.suffix) if target != path else seed
                target.write_bytes(damage(original.read_bytes(), chance))
            log.write_text(json.dumps({"number": number, "fault": None}))
            begun = time.process_time()
            try:
                parse(path)
            except GeoError as error:
                said = str(error)
                assert "\n" not in said, said
                assert len(said) < 3000, said[:300]
            assert time.process_time() - begun < 20, "takes too long"
            number += 1
    except BaseException:
        code = BROKE_DOWN
        log.write_text(json.dumps({"number": number, "fault": f"copy {number}: {traceback.format_exc()[-1500:]}"}))
        (folder / f"fault-{number}{''.join(seed.suffixes)}").write_bytes(path.read_bytes())
    finally:
        os._exit(code)
