"""Colour classes of the gap map and the people in each class; the colours are `webmap.logic.colours.GAPS`."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from webmap.logic.coverage.moment import AreaCoverage

SHARE_BREAKS = (0.25, 0.5, 0.75)


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


def share_classes(towns: Sequence[AreaCoverage]) -> list[LegendClass]:
    """Return the classes of the towns by share of people covered, with the people *missed* in each."""
    lived_in = [town for town in towns if town.people > 0 and town.code]
    return class_sums(SHARE_BREAKS, [town.share for town in lived_in], [town.missed for town in lived_in])


def share_class(share: float) -> int:
    """Return the class of a share among the colours of gaps: 0, the lightest, where most are covered."""
    return len(SHARE_BREAKS) - int(np.searchsorted(SHARE_BREAKS, share, side="right"))
