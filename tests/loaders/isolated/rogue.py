"""Parsers that do what a file which took one over would do; run only in a limited process."""

import ctypes
import os
import signal
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class RogueContext:
    act: str
    secret: str = ""


@dataclass(frozen=True)
class RogueAnswer:
    said: str
    number: float


def tried(act: Callable[[], object]) -> str:
    try:
        return f"got {act()!r}"
    except OSError as error:
        return type(error).__name__


def connect(family: int, address: object) -> None:
    with socket.socket(family, socket.SOCK_STREAM) as opened:
        opened.settimeout(2)
        opened.connect(address)


def fork() -> int:
    return os.fork() or os._exit(0)


def eat_memory() -> None:
    held = []
    while True:
        held.append(bytearray(50_000_000))


def spin() -> None:
    while True:
        pass


def fill_disk(folder: Path) -> None:
    for number in range(100):
        (folder / f"{number}").write_bytes(b"x" * 2_000_000)
        time.sleep(0.05)


def parse(path: Path, context: RogueContext, progress: Callable[..., None]) -> RogueAnswer:
    folder = Path(os.environ["TMPDIR"])
    acts: dict[str, Callable[[], object]] = {
        "memory": eat_memory,
        "cpu": spin,
        "segv": lambda: ctypes.string_at(0),
        "abort": lambda: ctypes.CDLL(None).abort(),
        "killed": lambda: os.kill(os.getpid(), signal.SIGKILL),
        "wall": lambda: time.sleep(60),
        "disk": lambda: fill_disk(folder),
        "exit": lambda: os._exit(0),
        "code": lambda: os._exit(9),
        "bug": lambda: {}["no such key"],
        "chatter": lambda: os.write(1, b"x" * 1_000_000 + b'\n{"stage": "{0.__class__}", "values": {}}\n[]\n'),
        "lie": lambda: (
            (folder / "answer" / "parcel.json").write_text('{"said": "\\u0007", "number": 1}') and os._exit(0)
        ),
        "nan": lambda: (folder / "answer" / "parcel.json").write_text('{"said": "", "number": NaN}') and os._exit(0),
    }
    if context.act == "look":
        found = {
            "environment": sorted(os.environ),
            "file": path.read_text(),
            "mode": oct(folder.stat().st_mode & 0o777),
            "secret": tried(lambda: Path(context.secret).read_text()),
            "passwd": tried(lambda: Path("/etc/passwd").read_text()),
            "write": tried(lambda: Path(context.secret + ".new").write_text("x")),
            "inet": tried(lambda: connect(socket.AF_INET, ("127.0.0.1", 9))),
            "unix": tried(lambda: connect(socket.AF_UNIX, context.secret + ".socket")),
            "program": tried(lambda: os.execv("/bin/true", ["true"])),
            "process": tried(fork),
        }
        return RogueAnswer("; ".join(f"{name}={value}" for name, value in found.items()), 1.0)
    progress("reading {part}", part="all")
    acts[context.act]()
    return RogueAnswer("done", 1.0)
