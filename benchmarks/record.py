"""Running one part of the measurements: its rows are collected, told to the terminal, and kept as JSON."""

import sys
from collections.abc import Callable, Mapping
from typing import Any

from numpy.typing import NDArray

from benchmarks.beside import ask
from benchmarks.networks import SkipError
from benchmarks.rows import Figure, Part, Row, machine_facts, read_part, renew_part, write_part
from benchmarks.timing import Timing


class DifferenceError(Exception):
    """Another program answered something else than we did: no time of either counts."""


class Recorder:
    """Rows, figures and notes of a part, as they come in."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.figures: list[Figure] = []
        self.notes: list[str] = []

    def ours(self, what: str, timing: Timing, *, program: str = "Fuchun", values: Mapping[str, Any] = {}) -> None:
        """Note a figure of ours."""
        self._add(Row(what, program, timing.best_s, timing.median_s, timing.n_run, values=dict(values)))

    def theirs(
        self,
        what: str,
        timing: Timing,
        ours: Timing | None,
        *,
        program: str,
        is_same: bool | None = None,
        values: Mapping[str, Any] = {},
    ) -> None:
        """Note a figure of another program, and how many times as long as `ours` it took, best beside best.

        Raises
        ------
        DifferenceError
            If its answer is not ours.
        """
        if is_same is False:
            raise DifferenceError(f"{program} answers differently: {what}")
        ratio = timing.best_s / ours.best_s if ours else None
        self._add(Row(what, program, timing.best_s, timing.median_s, timing.n_run, ratio, is_same, values=dict(values)))

    def figure(self, what: str, program: str, shown: Mapping[str, str]) -> None:
        """Note what is no time of one piece of work, as the page shows it: column and number."""
        self.figures.append(Figure(what, program, dict(shown)))
        _say(f"  {program:<32} {', '.join(f'{name} {value}' for name, value in shown.items() if value)}   {what}")

    def ask(self, task: str, arrays: Mapping[str, NDArray[Any]]) -> dict[str, Any] | None:
        """Return the answer of another program, None (and a note) if it cannot be asked here."""
        try:
            return ask(task, arrays)
        except SkipError as reason:
            self.skip(str(reason))
            return None

    def skip(self, reason: str) -> None:
        """Note what is left out and why."""
        if reason not in self.notes:
            self.notes.append(reason)
            _say(f"  left out: {reason}")

    def _add(self, row: Row) -> None:
        self.rows.append(row)
        ratio = "" if row.ratio is None else f"   × {row.ratio:.1f}"
        _say(f"  {row.program:<32} {say_time(row.seconds):>9} (median {say_time(row.median_s)}){ratio}   {row.what}")


def say_target(target: str, is_met: bool) -> str:
    """Return a target with whether it is met.

    >>> say_target("≥ 50 %", is_met=False)
    '≥ 50 %: missed'
    """
    return f"{target}: {'met' if is_met else 'missed'}"


def say_time(seconds: float) -> str:
    """Return seconds in a unit that leaves one to three digits before the point.

    >>> say_time(0.0123), say_time(2.5), say_time(0.00004)
    ('12.3 ms', '2.50 s', '40.0 µs')
    """
    if seconds >= 1.0:
        return f"{seconds:.2f} s"
    if seconds >= 1e-3:
        return f"{seconds * 1e3:.1f} ms"
    return f"{seconds * 1e6:.1f} µs"


def run_part(name: str, *works: Callable[[Recorder], None], is_whole: bool = True) -> None:
    """Run the works of a part, keep its rows, and end with 1 and one line if an answer differs.

    Works that are not the whole part renew their rows in the last whole run; without one they are told and not kept.
    """
    record = Recorder()
    facts = machine_facts()
    _say(f"{name}: {facts['processor']}, load {facts['load']}")
    try:
        for work in works:
            try:
                work(record)
            except SkipError as reason:
                record.skip(str(reason))
    except DifferenceError as error:
        print(f"{name}: {error}", file=sys.stderr)
        raise SystemExit(1) from error
    part = Part(name, facts, record.rows, record.notes, record.figures)
    before = None if is_whole else read_part(name)
    if is_whole:
        write_part(part)
    elif before is not None:
        write_part(renew_part(before, part))
    else:
        _say(f"{name}: not kept, since the whole part was never measured here")


def _say(line: str) -> None:
    print(line, flush=True)
