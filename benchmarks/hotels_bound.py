"""Bounds on journeys with hotels to choose, proven by HiGHS over all day-routes that could be part of a better one.

All day-routes are enumerated. Multipliers of "no place twice" bound what any journey with a given day-route scores
(M. Fisher 1981, The Lagrangian relaxation method); whoever cannot beat a journey that is known is left out, and HiGHS
decides on the rest. Nothing of the solver is used but the score of its journey, which was walked.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.hotels import HotelInstance
from benchmarks.tours_bound import Columns

MOST_ROUTES = 30_000_000
"""Day-routes that are held at once."""
LIMIT_S = 240.0
_ROUNDS = 400


@dataclass(frozen=True, eq=False)
class DayRoutes:
    """The shortest route of every set of places between two hotels; in the order of `pair`, ``first * n_hotel + last``.

    Bit k of a mask is the k-th place.
    """

    pair: NDArray[np.int64]
    mask: NDArray[np.int64]
    length: NDArray[np.float64]


def journey_bound(instance: HotelInstance, known: float) -> float | None:
    """Return a bound on the score of any journey, None if the day-routes are too many.

    Parameters
    ----------
    instance : HotelInstance
        Of at most 62 places, whose scores are whole numbers.
    known : float
        The score of a journey.
    """
    routes = enumerate_routes(instance)
    if routes is None:
        return None
    relaxed, columns = better_routes(instance, routes, known)
    if not columns.gain:
        return known
    return max(known, min(relaxed, columns.bound(LIMIT_S)))


def enumerate_routes(instance: HotelInstance) -> DayRoutes | None:
    """Return all day-routes, None if they are too many.

    Lengths of every set and last place by dynamic programming (M. Held and R. M. Karp 1962), from each hotel.
    """
    matrix, n_hotel = instance.matrix, instance.n_hotel
    n_place, longest = len(instance.points) - n_hotel, float(instance.limits.max())
    home = matrix[:, :n_hotel].min(axis=1)
    found: list[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]] = []
    n_found = 0
    for first in range(n_hotel):
        mask, last, length = np.zeros(1, np.int64), np.full(1, first), np.zeros(1)
        while mask.size:
            ends = length[:, None] + matrix[last, :n_hotel]
            at, to = np.nonzero(ends <= longest)
            found.append(_shortest(mask[at], first * n_hotel + to, ends[at, to], n_hotel**2))
            n_found += found[-1][0].size
            reach = length[:, None] + matrix[last, n_hotel:]
            is_new = (mask[:, None] >> np.arange(n_place)) & 1 == 0
            at, place = np.nonzero(is_new & (reach + home[n_hotel:] <= longest))
            if n_found + at.size > MOST_ROUTES:
                return None
            mask, last, length = _shortest(
                mask[at] | (1 << place), n_hotel + place, reach[at, place], len(instance.points)
            )
    mask, pair, length = (np.concatenate(parts) for parts in zip(*found, strict=True))
    order = np.argsort(pair, kind="stable")
    return DayRoutes(pair[order], mask[order], length[order])


def _shortest(
    mask: NDArray[np.int64], end: NDArray[np.int64], length: NDArray[np.float64], n_end: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Keep the shortest of each mask and end."""
    key = mask * n_end + end
    order = np.lexsort((length, key))
    first = order[np.flatnonzero(np.diff(key[order], prepend=-1))]
    return mask[first], end[first], length[first]


def better_routes(instance: HotelInstance, routes: DayRoutes, known: float) -> tuple[float, Columns]:
    """Return a bound by multipliers, and the columns that could be part of a journey above `known`."""
    n_hotel, n_trip = instance.n_hotel, len(instance.limits)
    score = instance.score[n_hotel:]
    if not np.array_equal(score, np.rint(score)):
        raise ValueError("scores are not whole numbers")
    bits = ((routes.mask[:, None] >> np.arange(score.size)) & 1).astype(np.float32)
    gain = bits @ score
    pairs, begin = np.unique(routes.pair, return_index=True)
    fits = [routes.length <= limit for limit in instance.limits]

    def legs(reduced: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the best reduced gain of each day, first and last hotel."""
        best = np.full((n_trip, n_hotel * n_hotel), -np.inf)
        for day, fit in enumerate(fits):
            best[day, pairs] = np.maximum.reduceat(np.where(fit, reduced, -np.inf), begin)
        return best.reshape(n_trip, n_hotel, n_hotel)

    price, kept = np.zeros(score.size), np.zeros(score.size)
    bound, pace, since = np.inf, 1.0, 0
    for _ in range(_ROUNDS):
        reduced = gain - bits @ price
        best = legs(reduced)
        after = _backward(best)
        value = float(price.sum() + after[0, 0])
        since += 1
        if value < bound - 1e-9:
            bound, kept, since = value, price.copy(), 0
        elif since % 12 == 0:
            pace /= 2.0
        if bound < known + 1.0 or pace < 1e-3:
            break
        visits = np.zeros(score.size)
        at = 0
        for day in range(n_trip):
            to = int(np.argmax(best[day, at] + after[day + 1]))
            k = int(np.searchsorted(pairs, at * n_hotel + to))
            among = slice(begin[k], begin[k + 1] if k + 1 < len(begin) else None)
            visits += bits[among][np.argmax(np.where(fits[day][among], reduced[among], -np.inf))]
            at = to
        slope = 1.0 - visits
        steep = float(slope @ slope)
        if steep == 0.0:
            break
        price = np.maximum(0.0, price - pace * (value - known) / steep * slope)
    reduced = gain - bits @ kept
    best = legs(reduced)
    before, after = _forward(best), _backward(best)
    columns = Columns()
    columns.sense |= {f"day{d}": (1.0, 1.0) for d in range(n_trip)}
    columns.sense |= {f"place{j}": (0.0, 1.0) for j in range(score.size)}
    columns.sense |= {f"night{d}-{h}": (0.0, 0.0) for d in range(n_trip - 1) for h in range(n_hotel)}
    first, last = routes.pair // n_hotel, routes.pair % n_hotel
    for day in range(n_trip):
        most = kept.sum() + before[day][first] + reduced + after[day + 1][last]
        for i in np.flatnonzero(fits[day] & (most > known + 1.0 - 1e-6)).tolist():
            rows = {f"day{day}": 1.0} | {f"place{j}": 1.0 for j in np.flatnonzero(bits[i]).tolist()}
            if day > 0:
                rows[f"night{day - 1}-{first[i]}"] = -1.0
            if day < n_trip - 1:
                rows[f"night{day}-{last[i]}"] = 1.0
            columns.gain.append(float(gain[i]))
            columns.rows.append(rows)
    return bound, columns


def _forward(best: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the best of the days before, by day and the hotel that it begins at; the journey begins at hotel 0."""
    n_trip, n_hotel, _ = best.shape
    value = np.full((n_trip + 1, n_hotel), -np.inf)
    value[0, 0] = 0.0
    for day in range(n_trip):
        value[day + 1] = (value[day][:, None] + best[day]).max(axis=0)
    return value


def _backward(best: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the best of the days from one on, by day and the hotel that it begins at; the journey ends at hotel 1."""
    n_trip, n_hotel, _ = best.shape
    value = np.full((n_trip + 1, n_hotel), -np.inf)
    value[n_trip, 1] = 0.0
    for day in reversed(range(n_trip)):
        value[day] = (best[day] + value[day + 1]).max(axis=1)
    return value
