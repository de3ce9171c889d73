"""Solve a team orienteering problem with time windows: python -m benchmarks.toptw FILE --tours M --seconds S --json.

The file has the format of the collection of KU Leuven: first line ``k v N t``, second ``D Q``, then a line
``i x y d S f a list O C`` for each point: service time ``d``, score ``S``, window ``O`` to ``C`` (the last two fields);
point 0 is the depot, whose window limits the tours. The list may have any length, or be missing; blank lines are
passed over. Distances of Cordeau's files are cut to two decimals, those of Solomon's to one, as the published values
are: the name tells (pr*; c*, r*, rc*), else the coordinates, which are whole numbers in Solomon's files.
"""

import argparse
import json
import re
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from geo.errors import InputError
from geo.tours.orienteering import OrienteeringResult, SearchParameters, solve_orienteering

LEAST_FIELDS = 7
"""Fields of a point whose list is missing, with its two numbers: i x y d S O C."""


@dataclass(frozen=True, eq=False)
class Instance:
    """A read file, all times in units of the last decimal that counts, so that they are whole numbers."""

    name: str
    matrix: NDArray[np.float64]
    score: NDArray[np.float64]
    service: NDArray[np.float64]
    windows: NDArray[np.float64]
    ids: tuple[int, ...]

    @property
    def latest(self) -> float:
        """When a tour must be back at the depot."""
        return float(self.windows[0, 1])


def read_instance(path: Path, *, decimals: int | None = None) -> Instance:
    """Read a file.

    Parameters
    ----------
    path : Path
    decimals : int, optional
        Decimals of a distance that count, by default those of `decimals_of`.

    Raises
    ------
    InputError
        Names the line that cannot be used.
    """
    rows: list[tuple[float, ...]] = []
    try:
        lines = path.read_text(encoding="utf-8-sig", errors="replace").splitlines()
    except OSError as error:
        raise InputError("{file}: {reason}", file=path, reason=error.strerror or str(error)) from error
    filled = [(number, line) for number, line in enumerate(lines, start=1) if line.strip()]
    for number, line in filled[2:]:
        try:
            values = tuple(float(word) for word in line.replace(",", " ").split())
        except ValueError as error:
            raise InputError("{file}, line {line}: {text} is not numbers", file=path, line=number, text=line) from error
        if len(values) < LEAST_FIELDS:
            # A file with several depots has a line D Q for each.
            if not rows and len(values) == 2:
                continue
            raise InputError(
                "{file}, line {line}: {n} fields; a point has i x y d S f a list O C",
                file=path, line=number, n=len(values),
            )  # fmt: skip
        rows.append((*values[:5], *values[-2:]))
    if len(rows) < 2:
        raise InputError("{file}: no points after the two first lines", file=path)
    table = np.array(rows)
    unit = 10 ** (decimals_of(path.name, table[:, 1:3]) if decimals is None else decimals)
    gap = np.hypot(table[:, 1, None] - table[:, 1], table[:, 2, None] - table[:, 2])
    # A hair more, so that a distance that is a whole number of units is not cut below it.
    return Instance(
        path.stem,
        np.floor(gap * unit + 1e-7),
        table[:, 4],
        table[:, 3] * unit,
        table[:, 5:7] * unit,
        tuple(int(i) for i in table[:, 0]),
    )


def decimals_of(name: str, at: NDArray[np.float64]) -> int:
    """Return how many decimals of a distance count: 2 in Cordeau's files, 1 in Solomon's.

    Parameters
    ----------
    name : str
        Of the file: pr01 to pr20 are Cordeau's, c101, r101, rc101 and the like Solomon's.
    at : ndarray (n, 2)
        Coordinates, which decide where the name does not: whole numbers are Solomon's.

    Examples
    --------
    >>> whole, parted = np.array([[40.0, 50.0]]), np.array([[-10.442, 19.999]])
    >>> [decimals_of(name, whole) for name in ("pr11.txt", "50_rc101.txt", "mine.txt")]
    [2, 1, 1]
    >>> decimals_of("mine.txt", parted)
    2
    """
    found = re.search(r"(?<![a-z])(pr|rc|r|c)\d", name.lower())
    if found:
        return 2 if found[1] == "pr" else 1
    return 1 if bool(np.all(at == np.round(at))) else 2


def solve_instance(
    instance: Instance,
    *,
    tours: int,
    seconds: float,
    seed: int = 1,
    is_cpu_time: bool = False,
    parameters: SearchParameters | None = None,
) -> OrienteeringResult:
    """Solve an instance with a number of tours."""
    score = instance.score.copy()
    score[0] = 0.0
    return solve_orienteering(
        instance.matrix,
        score,
        instance.service,
        instance.windows,
        np.tile(instance.windows[0], (tours, 1)),
        seconds=seconds,
        seed=seed,
        clock=time.process_time if is_cpu_time else time.perf_counter,
        parameters=parameters,
    )


def check_tours(instance: Instance, tours: list[list[int]]) -> float:
    """Return the score of tours after walking them step by step; raises InputError where one breaks a rule."""
    position = {i: k for k, i in enumerate(instance.ids)}
    seen: set[int] = set()
    total = 0.0
    for tour in tours:
        now, at = float(instance.windows[0, 0]), 0
        for i in tour:
            k = position[i]
            if i in seen or k == 0:
                raise InputError("point {point} is visited twice", point=i)
            seen.add(i)
            now = max(now + instance.matrix[at, k], instance.windows[k, 0])
            if now > instance.windows[k, 1]:
                raise InputError("point {point} is reached after it closes", point=i)
            now += instance.service[k]
            total += float(instance.score[k])
            at = k
        if now + instance.matrix[at, 0] > instance.latest:
            raise InputError("a tour is back after the depot closes: {tour}", tour=tour)
    return total


def main() -> None:
    """Solve the file that the command line names and print the answer."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--tours", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--decimals", type=int, help="decimals of a distance; by default by name, else by content")
    parser.add_argument("--cpu-time", action="store_true", help="count processor time, on a machine that others use")
    parser.add_argument("--json", action="store_true")
    words = parser.parse_args()
    if words.tours < 1 or words.seconds <= 0.0:
        parser.error("--tours must be at least 1 and --seconds above 0")
    try:
        instance = read_instance(words.file, decimals=words.decimals)
    except InputError as error:
        raise SystemExit(str(error)) from error
    result = solve_instance(
        instance, tours=words.tours, seconds=words.seconds, seed=words.seed, is_cpu_time=words.cpu_time
    )
    tours = [[instance.ids[k] for k in tour] for tour in result.tours]
    score = check_tours(instance, tours)
    if words.json:
        whole = int(score) if score.is_integer() else score
        print(json.dumps({"score": whole, "tours": tours, "seconds": round(result.seconds, 3)}))
    else:
        print(f"score {score:g} in {result.seconds:.1f} s, {result.rounds} rounds")
        for tour in tours:
            print(*tour)


if __name__ == "__main__":
    main()
