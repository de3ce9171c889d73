"""Colour classes of the gap map and the people in each class; the colours are `webmap.logic.colours.GAPS`."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from webmap.logic.colours import GAPS
from webmap.logic.coverage.moment import AreaCoverage

DARKEST = len(GAPS) - 1
ALIKE = (0.25, 0.5, 0.75)
"""Breaks where the towns do not tell themselves apart."""


@dataclass(frozen=True)
class ShareClass:
    """Towns whose share is from `low` up to `high`: their colour among those of gaps, number, and people missed."""

    low: float
    high: float
    colour: int
    count: int
    people: float


@dataclass(frozen=True)
class LegendClass:
    """A class of the map: values from `low` up to `high` (None: no limit), its squares or towns, and its people."""

    low: float
    high: float | None
    count: int
    people: float


def class_sums(breaks: Sequence[float], values: Sequence[float], people: Sequence[float]) -> list[LegendClass]:
    """Return the classes between `breaks` with how many of `values` lie in each and the sum of their `people`."""
    index = np.searchsorted(np.asarray(breaks), np.asarray(values), side="right")
    counts = np.bincount(index, minlength=len(breaks) + 1)
    sums = np.bincount(index, weights=np.asarray(people), minlength=len(breaks) + 1)
    edges = [0.0, *breaks]
    return [
        LegendClass(low, high, int(count), float(total))
        for low, high, count, total in zip(edges, [*breaks, None], counts, sums, strict=True)
    ]


def share_breaks(shares: Sequence[float]) -> tuple[float, ...]:
    """Return the breaks of a map of shares: quarters of the towns, at round percents, so that no colour stands idle.

    Empty where all towns are about alike.

    >>> share_breaks([0.0, 0.02, 0.05, 0.11, 0.12, 0.2, 0.21, 0.4])
    (0.05, 0.1, 0.2)
    >>> share_breaks([0.146] * 4)
    ()
    """
    if not shares:
        return ()
    low, high = min(shares), max(shares)
    step = 0.05 if high - low >= 0.2 else 0.01
    quarters = np.quantile(np.asarray(shares), [0.25, 0.5, 0.75])
    rounded = sorted({round(round(float(each) / step) * step, 2) for each in quarters})
    return tuple(each for each in rounded if low < each <= high)


def share_colour(share: float, breaks: Sequence[float]) -> int:
    """Return which of the colours of gaps a share has: 0, the lightest, for the best class, `DARKEST` for the worst.

    >>> [share_colour(share, (0.1, 0.5)) for share in (0.5, 0.49, 0.1, 0.0)]
    [0, 2, 2, 3]
    """
    used = tuple(breaks) or ALIKE
    rank = len(used) - int(np.searchsorted(used, share, side="right"))
    return round(rank * DARKEST / len(used))


def share_classes(towns: Sequence[AreaCoverage]) -> list[ShareClass]:
    """Return the classes in which towns are, the best first, with the people *missed* in each."""
    lived_in = [town for town in towns if town.people > 0 and town.code]
    breaks = share_breaks([town.share for town in lived_in])
    found = []
    edges = (0.0, *(breaks or ALIKE), 1.0)
    for low, high in reversed(list(pairwise(edges))):
        mine = [town for town in lived_in if low <= town.share < high or (high == 1.0 and town.share == 1.0)]
        if mine:
            people = sum(town.missed for town in mine)
            found.append(ShareClass(low, high, share_colour(mine[0].share, breaks), len(mine), people))
    return found
