"""Read orienteering problems with hotel selection (files .ophs of KU Leuven), and cuts of them.

First line: points, hotels besides start and end, trips; second: the limit of all trips; third: the limit of each trip;
then a line ``x y score`` for each point: start, end, the other hotels, the places. A dashed line ends the file.
"""

import time
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from geo.errors import InputError
from geo.tours.orienteering import OrienteeringResult, solve_orienteering


@dataclass(frozen=True, eq=False)
class HotelInstance:
    """A read file: rows 0 and 1 of `points` are start and end, rows up to `n_hotel` hotels, the rest places."""

    name: str
    points: NDArray[np.float64]
    score: NDArray[np.float64]
    limits: NDArray[np.float64]
    n_hotel: int

    @property
    def matrix(self) -> NDArray[np.float64]:
        """Straight distances."""
        x, y = self.points.T
        distance: NDArray[np.float64] = np.hypot(x[:, None] - x, y[:, None] - y)
        return distance

    @property
    def hotels(self) -> tuple[int, ...]:
        """Rows where a night may be spent: start and end are hotels too."""
        return tuple(range(self.n_hotel))

    def cut(self, n: int) -> "HotelInstance":
        """Return the instance with the first `n` places in an order that strides through the file."""
        places = np.arange(self.n_hotel, len(self.points))
        stride = max(1, len(places) // n)
        keep = np.concatenate([np.arange(self.n_hotel), places[::stride][:n]])
        return HotelInstance(f"{self.name}/{n}", self.points[keep], self.score[keep], self.limits, self.n_hotel)


def read_hotels(path: Path) -> HotelInstance:
    """Read a file.

    A limit is printed with six digits; half a unit of its last digit is added, since it was rounded.

    Raises
    ------
    InputError
        If the file does not have this format.
    """
    try:
        lines = [line.split() for line in path.read_text(encoding="utf-8").splitlines() if line.strip("- \t")]
        n_point, n_extra, n_trip = (int(word) for word in lines[0][:3])
        limits = np.array([float(word) + 10.0 ** -_decimals(word) / 2.0 for word in lines[2][:n_trip]])
        rows = np.array([[float(word) for word in (*line, "0")[:3]] for line in lines[3:]])
    except (OSError, ValueError, IndexError) as error:
        raise InputError("{file} is no file of this kind: {reason}", file=path, reason=error) from error
    if len(rows) != n_point + n_extra or limits.size != n_trip:
        raise InputError(
            "{file}: {n} points and {trips} limits, but the first line says {points} and {wanted}",
            file=path, n=len(rows), trips=limits.size, points=n_point + n_extra, wanted=n_trip,
        )  # fmt: skip
    n_hotel = n_extra + 2
    score = rows[:, 2].copy()
    score[:n_hotel] = 0.0
    return HotelInstance(path.stem, rows[:, :2], score, limits, n_hotel)


def _decimals(word: str) -> int:
    return len(word.partition(".")[2])


def solve_hotels(
    instance: HotelInstance, *, seconds: float, seed: int, is_cpu_time: bool = False
) -> OrienteeringResult:
    """Solve an instance."""
    return solve_orienteering(
        instance.matrix, instance.score, np.zeros(len(instance.points)), None, instance.limits, start=0, end=1,
        hotels=instance.hotels, seconds=seconds, seed=seed,
        clock=time.process_time if is_cpu_time else time.perf_counter,
    )  # fmt: skip


def check_hotels(instance: HotelInstance, result: OrienteeringResult) -> float:
    """Return the score of a journey after walking it; raises InputError where it breaks a rule."""
    matrix = instance.matrix
    at = 0
    seen: set[int] = set()
    for trip, (first, last) in enumerate(result.ends):
        if first != at or first >= instance.n_hotel or last >= instance.n_hotel:
            raise InputError("trip {trip} does not start where the one before ended", trip=trip + 1)
        stops = [first, *result.tours[trip], last]
        length = sum(float(matrix[a, b]) for a, b in pairwise(stops))
        if length > instance.limits[trip] + 1e-9:
            raise InputError("trip {trip} is {length} long", trip=trip + 1, length=length)
        if seen & set(result.tours[trip]):
            raise InputError("a place is visited twice")
        seen |= set(result.tours[trip])
        at = last
    if at != 1:
        raise InputError("the journey does not end at its end")
    return float(instance.score[sorted(seen)].sum())
