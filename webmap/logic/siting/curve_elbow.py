"""Find where a curve of people by number of sites becomes flat."""

from collections.abc import Sequence

import numpy as np

LEAST = 4
"""Points that a curve needs to have an elbow."""


def find_elbow(covered: Sequence[float]) -> int | None:
    """Return the number of sites after which each further one adds little; None where no such place is plain.

    The point farthest above the line between the ends of the curve (V. Satopaa and others 2011,
    doi:10.1109/ICDCSW.2011.20), if what is added after it is on average less than half of what is added up to it.

    Parameters
    ----------
    covered : sequence of float
        People covered with 1, 2, … sites.

    Examples
    --------
    >>> find_elbow([100.0, 190.0, 200.0, 205.0, 208.0])
    2
    >>> find_elbow([100.0, 200.0, 300.0, 400.0]) is None
    True
    """
    if len(covered) < LEAST:
        return None
    values = np.asarray(covered, np.float64)
    line = np.linspace(values[0], values[-1], values.size)
    at = int(np.argmax(values - line))
    if at in (0, values.size - 1):
        return None
    before, after = (values[at] - values[0]) / at, (values[-1] - values[at]) / (values.size - 1 - at)
    return at + 1 if after < 0.5 * before else None
