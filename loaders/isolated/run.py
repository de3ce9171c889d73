"""Parse a file in a limited child process, and turn however it ends into one sentence.

The process (`loaders.isolated.child`) gets the file, and as files what it must know. It has no environment, no store,
no network and no other files, and limits on memory, time and what it writes. Its answer is checked against the types
of the parser before anything of it is used.
"""

import contextlib
import json
import logging
import os
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any

from geo.disk import no_space
from geo.errors import GeoError, InputError, NoSpaceError, NotReadyError, TooLargeError
from loaders.isolated.child import ANSWERED, REFUSED
from loaders.isolated.limits import MEGABYTE, Limits
from loaders.isolated.parcel import BadParcel, pack, require_template, unpack
from loaders.isolated.parsers import Progress, find_parser, result_of, silent

log = logging.getLogger(__name__)

ROOT = Path(__file__).resolve().parents[2]
LIMITS: Mapping[str, Limits] = {
    # A province of OpenStreetMap is larger than what planners make, and more slowly read.
    name: Limits(memory_mb=6144, cpu_s=1800, wall_s=3600, written_mb=4096)
    for name in ("streets", "buildings", "osm_places", "proxy")
} | {"people": Limits(memory_mb=2048, cpu_s=900, wall_s=1800)}
START = "import sys; sys.path.insert(0, {root!r}); from loaders.isolated.child import main; main()"
"""What the process runs."""
TICK_S = 0.2
"""How often the process is looked at, and whoever waits is asked whether it is called off."""
MAX_LINE = 65_536
FULL_BYTES = 65_536
"""Of a disk with less space the process could not even write why it ended."""
SIBLINGS = (".shx", ".dbf", ".prj", ".cpg", ".SHX", ".DBF", ".PRJ", ".CPG")
"""What belongs to a Shapefile."""

_ERRORS = {kind.__name__: kind for kind in (GeoError, InputError, TooLargeError, NotReadyError, NoSpaceError)}
_said_missing: set[str] = set()

Parse = Callable[[str, Path, Any, Progress], Any]
"""How a file is parsed: `parse_apart`, or `parse_here` for files of our own."""


def parse_apart(
    parser: str, path: Path, context: Any, progress: Progress = silent, *, limits: Limits | None = None
) -> Any:
    """Parse a file in a limited process and return its checked answer.

    Parameters
    ----------
    parser : str
        One of `loaders.isolated.parsers.PARSERS`.
    path : Path
        The file.
    context : dataclass
        What the parser must know; paths in it are files that it may read as well.
    progress : callable
        Told every stage; what it raises ends the process and passes through.
    limits : Limits, optional
        By default those of `LIMITS`, else `Limits()`.

    Returns
    -------
    object
        As the parser returns it.

    Raises
    ------
    GeoError
        The file cannot be used, in one sentence, however the process ended.
    """
    limits = limits or LIMITS.get(parser, Limits())
    if not path.is_file():
        raise InputError("{file}: no such file", file=str(path))
    with _folder() as folder:
        files = _files(path, context)
        question = {
            "parser": parser, "name": path.name, "files": [str(file) for file in files], "limits": asdict(limits),
        }  # fmt: skip
        (folder / "question.json").write_text(json.dumps(question), encoding="utf-8")
        pack(context, folder / "context")
        ending = _run(folder, limits, progress, name=path.name)
        try:
            return _answer(parser, folder, ending, limits, name=path.name)
        except InputError as error:
            if shutil.disk_usage(folder).free < FULL_BYTES:
                raise no_space() from error
            raise


def parse_here(parser: str, path: Path, context: Any, progress: Progress = silent) -> Any:
    """Parse a file of our own in this process: what `parse_apart` does, without a guard."""
    return find_parser(parser)(path, context, progress)


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    try:
        name = tempfile.mkdtemp(prefix="fuchun-parse-")  # mode 0700
    except OSError as error:
        raise _no_room(error) from error
    try:
        yield Path(name)
    except OSError as error:
        raise _no_room(error) from error
    finally:
        shutil.rmtree(name, ignore_errors=True)


def _no_room(error: OSError) -> GeoError:
    from loaders.damage import sentence

    return sentence(error, file="-")


def _files(path: Path, context: Any) -> list[Path]:
    """Return the file, what belongs to it, and the files that its context names."""
    more = [getattr(context, each.name) for each in fields(context)] if is_dataclass(context) else []
    named = [path, *(item for item in more if isinstance(item, Path))]
    beside = [file.with_suffix(suffix) for file in named if file.suffix.lower() == ".shp" for suffix in SIBLINGS]
    return [file.resolve() for file in [*named, *beside] if file.is_file()]


@dataclass(frozen=True)
class Ending:
    """How a process ended: its exit code (negative: a signal), or that this one stopped it for `overrun`."""

    code: int
    overrun: str | None = None


def environment(folder: Path) -> dict[str, str]:
    """Return the whole environment of the process: nothing of this one's."""
    from loaders.isolated.gdal import OPTIONS

    return {
        "PATH": "/usr/bin:/bin",
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "LANG": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
        # One thread: another one's stack and buffers count as memory, and there is nothing to share out.
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "2",
        **OPTIONS,
    }


def _run(folder: Path, limits: Limits, progress: Progress, *, name: str) -> Ending:
    """Start the process, follow it until it ends, and leave nothing of it running."""
    with (folder / "said").open("wb") as said:
        process = subprocess.Popen(
            [sys.executable, "-I", "-c", START.format(root=str(ROOT)), str(folder)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=said,
            cwd=folder,
            env=environment(folder),
            start_new_session=True,  # Ctrl-C is for this process, which then ends that one
        )
        try:
            overrun = _follow(process, folder, limits, progress, name=name)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL) if process.poll() is None else None
            process.wait()
            if process.stdout is not None:
                process.stdout.close()
    _note(folder / "said", name, process.returncode)
    return Ending(process.returncode, overrun)


def _follow(
    process: "subprocess.Popen[bytes]", folder: Path, limits: Limits, progress: Progress, *, name: str
) -> str | None:
    """Pass on what the process tells until it ends or overruns; return what it overran."""
    assert process.stdout is not None
    ends_at = time.monotonic() + limits.wall_s
    stage: tuple[str, dict[str, str]] = ("reading {file}", {"file": name})
    heard = b""
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while True:
            if selector.select(TICK_S):
                piece = os.read(process.stdout.fileno(), MAX_LINE)
                if not piece:
                    break
                *lines, heard = (heard + piece).split(b"\n")
                heard = heard[:MAX_LINE]
                for line in lines:
                    stage = _heard(line) or stage
            progress(stage[0], **stage[1])
            if time.monotonic() > ends_at:
                return "wall"
            if _written(folder) > limits.written_mb * MEGABYTE:
                return "written"
    try:
        # It has closed its end; what remains is to go.
        process.wait(timeout=max(1.0, ends_at - time.monotonic()))
    except subprocess.TimeoutExpired:
        return "wall"
    return None


def _heard(line: bytes) -> tuple[str, dict[str, str]] | None:
    """Return the stage in a line, None where it holds none; note a guard that the system does not give."""
    try:
        message = json.loads(line)
        if "guards" in message:
            _note_guards(message["guards"])
            return None
        stage, values = str(message["stage"])[:200], {str(k)[:40]: str(v)[:200] for k, v in message["values"].items()}
        require_template(stage, values)
    except (ValueError, TypeError, KeyError, AttributeError, BadParcel):
        return None
    return stage, values


def _note_guards(guards: Mapping[str, Any]) -> None:
    """Say once which guard this system does not give."""
    for name, words in (("network", "the network"), ("files", "other files"), ("calls", "dangerous system calls")):
        if not guards.get(name) and name not in _said_missing:
            _said_missing.add(name)
            log.warning("this system cannot keep the process that parses files from %s", words)


def _written(folder: Path) -> int:
    total = 0
    for path, _, names in os.walk(folder):
        for each in names:
            with contextlib.suppress(OSError):
                total += os.lstat(os.path.join(path, each)).st_size
    return total


def _note(said: Path, name: str, code: int) -> None:
    """Put what a process wrote to stderr into the log."""
    with contextlib.suppress(OSError):
        text = said.read_bytes()[-8000:].decode("utf-8", "replace").strip()
        if text or code not in (ANSWERED, REFUSED):
            log.warning("parsing %s ended with %s: %s", name, code, text)


def _answer(parser: str, folder: Path, ending: Ending, limits: Limits, *, name: str) -> Any:
    if ending.overrun is None and ending.code == REFUSED:
        raise _refusal(folder / "answer" / "error.json", name)
    if ending.overrun is not None or ending.code != ANSWERED:
        raise ending_error(ending, limits, name=name)
    try:
        return unpack(result_of(parser), folder / "answer")
    except BadParcel as error:
        log.warning("parsing %s gave an answer that cannot be right: %s", name, error)
        raise _garbage(name) from error


def _refusal(path: Path, name: str) -> GeoError:
    try:
        if path.is_symlink() or path.stat().st_size > MAX_LINE:
            raise BadParcel("too large")
        said = json.loads(path.read_text(encoding="ascii"))
        template, values = str(said["template"]), {str(k): v for k, v in said["values"].items()}
        require_template(template, values)
        return _ERRORS[said["kind"]](template, **values)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return _garbage(name)


def _garbage(name: str) -> GeoError:
    return InputError(
        "{file}: reading it gave an answer that cannot be right, so nothing was stored; the file may be damaged: save "
        "it again in the program it comes from",
        file=name,
    )


def ending_error(ending: Ending, limits: Limits, *, name: str) -> GeoError:
    """Return the sentence for a process that ended without an answer."""
    remedy: Sequence[tuple[bool, GeoError]] = (
        (
            ending.overrun == "wall" or ending.code in (-signal.SIGXCPU,),
            TooLargeError(
                "{file}: reading it takes longer than the {limit} seconds that are allowed; keep only the district and "
                "send it again",
                file=name,
                limit=limits.wall_s if ending.overrun else limits.cpu_s,
            ),
        ),
        (
            ending.overrun == "written" or ending.code == -signal.SIGXFSZ,
            TooLargeError(
                "{file}: takes more than {limit} MB once unpacked; keep only the district and send it again",
                file=name,
                limit=limits.written_mb,
            ),
        ),
        (
            ending.code == -signal.SIGKILL,
            TooLargeError(
                "{file}: reading it takes more memory than the {limit} MB that are allowed; keep only the district and "
                "the columns that are needed, and send it again",
                file=name,
                limit=limits.memory_mb,
            ),
        ),
    )
    for is_so, error in remedy:
        if is_so:
            return error
    how = signal.Signals(-ending.code).name if ending.code < 0 else f"exit code {ending.code}"
    return InputError(
        "{file}: the program that reads files of this kind broke down over it ({how}), so it is probably damaged; open "
        "it in the program it comes from, save it again and send that",
        file=name,
        how=how,
    )
