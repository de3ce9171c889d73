"""What a part of the measurements found: rows, and the machine, the day and the versions they are of."""

import json
import os
import platform
import subprocess
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.beside import BENCH
from benchmarks.networks import ROOT

RESULTS = BENCH / "results"

LATER = "measured again on "
"""How the note of a partial run begins."""


@dataclass(frozen=True)
class Row:
    """One figure.

    Attributes
    ----------
    what : str
        The question, and on what.
    program : str
    seconds : float
        The best of `n_run` runs.
    median_s : float
    n_run : int
    ratio : float or None
        How many times as long as ours the program took; None where there is nothing to compare.
    is_same : bool or None
        Whether its answer equals ours.
    values : dict
        Whatever else was counted: nodes, bytes, people.
    """

    what: str
    program: str
    seconds: float
    median_s: float
    n_run: int
    ratio: float | None = None
    is_same: bool | None = None
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Figure:
    """What is no time of one piece of work: the question, whose answer, and its numbers as the page shows them."""

    what: str
    program: str
    shown: dict[str, str]


@dataclass(frozen=True)
class Part:
    """The rows and figures of one question, all of one run on one machine.

    `notes` are lines for people: what was left out and why, and what was measured again later.
    """

    name: str
    facts: dict[str, str]
    rows: list[Row]
    notes: list[str]
    figures: list[Figure] = field(default_factory=list)


def machine_facts() -> dict[str, str]:
    """Return what the figures depend on: processor, memory, system, versions, commit, day, how busy the machine was."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "commit": _commit(),
        "processor": f"{_processor()}, {os.cpu_count()} threads",
        "memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GB",
        "system": f"{platform.system()} {platform.release()}, Python {platform.python_version()}",
        "versions": ", ".join(f"{name} {version(name)}" for name in ("numpy", "numba", "scipy", "shapely")),
        "load": f"{os.getloadavg()[0]:.1f} when it began",
    }


def write_part(part: Part, *, folder: Path = RESULTS) -> Path:
    """Keep a part as JSON; return its file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{part.name}.json"
    path.write_text(json.dumps(asdict(part), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return path


def read_part(name: str, *, folder: Path = RESULTS) -> Part | None:
    """Return a part, None if it was never measured here."""
    path = folder / f"{name}.json"
    if not path.exists():
        return None
    data = json.loads(path.read_text(encoding="utf-8"))
    rows, figures = [Row(**row) for row in data["rows"]], [Figure(**each) for each in data.get("figures", [])]
    return Part(data["name"], data["facts"], rows, data["notes"], figures)


def renew_part(before: Part, some: Part) -> Part:
    """Return a part with the rows and figures of `some` in the places of those of the same question and program.

    The facts stay those of the whole run; a note says what was measured later, when, and at which commit.
    """
    rows = {(row.what, row.program): row for row in before.rows} | {(row.what, row.program): row for row in some.rows}
    figures = {(each.what, each.program): each for each in before.figures}
    figures |= {(each.what, each.program): each for each in some.figures}
    renewed = dict.fromkeys([row.what for row in some.rows] + [each.program for each in some.figures])
    later = f"{LATER}{some.facts['date']} at {some.facts['commit']}, load {some.facts['load']}: {'; '.join(renewed)}"
    notes = [note for note in (*before.notes, *some.notes) if note != later]
    return Part(before.name, before.facts, list(rows.values()), [*dict.fromkeys(notes), later], list(figures.values()))


def _commit() -> str:
    """Return the commit that was measured, marked where the code is not it; the page being written does not count."""
    head = _git("rev-parse", "--short", "HEAD") or "unknown"
    return f"{head}-dirty" if _git("status", "--porcelain", "--", ".", ":(exclude)docs") else head


def _git(*words: str) -> str:
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
