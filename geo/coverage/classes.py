"""Class breaks of a map's legend: round numbers that share the people out evenly."""

import numpy as np
from numpy.typing import NDArray

_ROUND = np.array([1.0, 2.0, 3.0, 5.0, 8.0, 10.0])


def round_breaks(values: NDArray[np.float64], *, classes: int = 5) -> list[float]:
    """Return the breaks between at most `classes` classes, rising.

    Each class holds about the same *sum* of values (not the same number of squares), as far as round numbers allow:
    the darkest class is then the few squares where a like part of all people lives close together.

    Parameters
    ----------
    values : float64 (n,)
        People by square; zeros do not count.
    classes : int

    Returns
    -------
    list of float
        A value equal to a break belongs to the class above it. Empty where nothing is to be told apart.

    Examples
    --------
    >>> round_breaks(np.array([10.0] * 100 + [100.0] * 10 + [1000.0]), classes=3)
    [100.0, 1000.0]
    >>> round_breaks(np.array([]))
    []
    """
    positive = np.sort(values[values > 0])
    if positive.size == 0:
        return []
    running = np.cumsum(positive)
    at = np.searchsorted(running, running[-1] * np.arange(1, classes) / classes, side="right")
    breaks = sorted({_round(float(value)) for value in positive[np.minimum(at, positive.size - 1)]})
    # A class below the smallest value or above the largest would stand empty in every legend.
    return [b for b in breaks if positive[0] < b <= positive[-1]]


def _round(value: float) -> float:
    """Return the nearest of 1, 2, 3, 5, 8 times a power of ten, by ratio.

    >>> _round(137.0), _round(0.07), _round(260.0)
    (100.0, 0.08, 300.0)
    """
    exponent = int(np.floor(np.log10(value)))
    mantissa = value / 10.0**exponent
    nearest = float(_ROUND[np.argmin(np.abs(np.log(_ROUND / mantissa)))])
    return float(np.round(nearest * 10.0**exponent, 6))
