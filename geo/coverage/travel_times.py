"""Distribution of travel time over people: percentiles of the time to the nearest station, and the worst tenth."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

PERCENTILES = (10, 25, 50, 75, 90, 95)


@dataclass(frozen=True)
class WorstTenth:
    """The tenth of the people who have the farthest to go (the person at its edge is taken in part).

    Attributes
    ----------
    people : float
        A tenth of all people.
    from_s : float
        Nobody in the tenth is nearer than this; inf if none of them reaches anything.
    mean_s : float
        Mean seconds of those in the tenth who reach a facility; NaN if nobody does.
    unreached : float
        People in the tenth who reach no facility at all.
    """

    people: float
    from_s: float
    mean_s: float
    unreached: float


@dataclass(frozen=True)
class TravelTimeDistribution:
    """Seconds to the nearest facility over people.

    Attributes
    ----------
    percentiles : tuple of (int, float)
        Percentage p and the least seconds within which at least p in a hundred people reach a facility; inf where
        fewer ever do.
    worst : WorstTenth
    unreached : float
        All people who reach no facility at all.
    """

    percentiles: tuple[tuple[int, float], ...]
    worst: WorstTenth
    unreached: float


def measure_travel_times(nearest_s: NDArray[np.float64], weight: NDArray[np.float64]) -> TravelTimeDistribution:
    """Return weighted percentiles of the time to the nearest facility, and the worst served tenth.

    Parameters
    ----------
    nearest_s : float64 (n_demand,)
        Seconds, inf where nothing is reached, as `Coverage.nearest_s`.
    weight : float64 (n_demand,)
        People. Ones for places instead of people.

    Notes
    -----
    The percentile is the inverse of the empirical distribution (R. J. Hyndman and Y. Fan 1996, definition 1,
    doi:10.2307/2684934): a time that somebody really has, never one between two.

    Examples
    --------
    Ten people: six at 1 minute, three at 5, one who reaches nothing.

    >>> times = measure_travel_times(np.array([60.0, 300.0, np.inf]), np.array([6.0, 3.0, 1.0]))
    >>> times.percentiles
    ((10, 60.0), (25, 60.0), (50, 60.0), (75, 300.0), (90, 300.0), (95, inf))
    >>> times.worst.people, times.worst.unreached
    (1.0, 1.0)
    """
    lived_in = np.flatnonzero(weight > 0)
    order = lived_in[np.argsort(nearest_s[lived_in], kind="stable")]
    seconds, people = nearest_s[order], weight[order]
    running = np.cumsum(people)
    total = float(running[-1]) if running.size else 0.0
    if total == 0.0:
        nothing = tuple((p, float("nan")) for p in PERCENTILES)
        return TravelTimeDistribution(nothing, WorstTenth(0.0, float("nan"), float("nan"), 0.0), 0.0)
    # In whole hundredths: p / 100 of a total is seldom exact in floating point.
    at = [int(np.searchsorted(running * 100.0, p * total, side="left")) for p in PERCENTILES]
    is_far = np.isinf(seconds)
    return TravelTimeDistribution(
        tuple((p, float(seconds[i])) for p, i in zip(PERCENTILES, at, strict=True)),
        _worst_tenth(seconds, people, total - running + people, total),
        float(people[is_far].sum()),
    )


def _worst_tenth(
    seconds: NDArray[np.float64], people: NDArray[np.float64], from_here: NDArray[np.float64], total: float
) -> WorstTenth:
    """`from_here`: people at least as badly served, each point with those after it."""
    tenth = total / 10.0
    taken = np.clip(tenth - (from_here - people), 0.0, people)
    is_far = np.isinf(seconds)
    reached = float(taken[~is_far].sum())
    mean_s = float((taken[~is_far] * seconds[~is_far]).sum()) / reached if reached > 0 else float("nan")
    return WorstTenth(tenth, float(seconds[taken > 0].min()), mean_s, float(taken[is_far].sum()))
