"""Class breaks of a map's legend: natural breaks, at round numbers."""

import numpy as np
from numpy.typing import NDArray

_ROUND = np.array([1.0, 2.0, 3.0, 5.0, 8.0, 10.0])
_MOST_VALUES = 2000
"""The optimal breaks take time by the square of the values; more than these are thinned out evenly by rank."""


def natural_breaks(values: NDArray[np.float64], *, classes: int = 4) -> list[float]:
    """Return the breaks between at most `classes` classes, rising.

    Fisher's optimal classes (W. D. Fisher 1958, doi:10.1080/01621459.1958.10501479; G. F. Jenks 1977) as `mapclassify`
    finds them, moved to the nearest 1, 2, 3, 5 or 8 times a power of ten, so that people can say them.

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
    >>> natural_breaks(np.array([10.0, 11.0, 12.0, 95.0, 99.0, 101.0, 990.0]), classes=3)
    [50.0, 500.0]
    >>> natural_breaks(np.array([]))
    []
    """
    positive = np.sort(values[values > 0])
    if np.unique(positive).size < 2:
        return []
    # Importing it takes seconds: only who builds a snapshot pays them.
    from mapclassify import FisherJenks

    thinned = positive[np.linspace(0, positive.size - 1, min(positive.size, _MOST_VALUES)).astype(np.int64)]
    highest = FisherJenks(thinned, k=min(classes, np.unique(thinned).size)).bins[:-1]
    # Between the highest of a class and the lowest of the next every break makes the same classes: take the middle.
    lowest = thinned[np.searchsorted(thinned, highest, side="right").clip(max=thinned.size - 1)]
    breaks = sorted({_round(float(middle)) for middle in (highest + lowest) / 2.0})
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
