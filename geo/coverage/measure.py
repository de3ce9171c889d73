"""How many people reach an open facility in time: ``cost <= standard`` over exact path cost, counted in people.

Every demand point is in one of four classes: *covered* by a facility that surely counts; covered *only if* those of
unknown hours are open; missed; not snapped to any street. Unknown is never counted as open, and never hidden.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.coverage._kernels import scan_rows
from geo.coverage.areas import Areas
from geo.coverage.sums import Sums, share_of
from geo.network.costs import FAR, limit_ds
from geo.network.snap import metres_per_degree


@dataclass(frozen=True, eq=False)
class Coverage:
    """Coverage of demand at one moment, point by point. Sums: `sum_district`, `sum_areas`.

    Attributes
    ----------
    nearest_s : float64 (n_demand,)
        Seconds to the nearest facility that counts; inf where none is reached.
    nearest_column : int32 (n_demand,)
        That facility (the first of equally near ones), -1 where none is reached.
    nearest_unknown_s : float64 (n_demand,)
        Seconds to the nearest facility that would count if its hours, which nobody knows, have it open; inf: none.
    is_covered : bool (n_demand,)
        ``nearest_s <= standard_s``.
    is_covered_if_open : bool (n_demand,)
        Not covered, but within the standard of a facility whose hours are unknown: a class of its own.
    is_covered_twice : bool (n_demand,)
        Within the standard of two facilities that count, or more.
    only_column : int32 (n_demand,)
        The one facility that covers the point where no other does, else -1.
    is_snapped : bool (n_demand,)
        Whether the point joins the streets at all; what does not is never covered and never dropped.
    weight : float64 (n_demand,)
        People.
    standard_s : float
        Service standard in seconds, in whole deciseconds.
    """

    nearest_s: NDArray[np.float64]
    nearest_column: NDArray[np.int32]
    nearest_unknown_s: NDArray[np.float64]
    is_covered: NDArray[np.bool_]
    is_covered_if_open: NDArray[np.bool_]
    is_covered_twice: NDArray[np.bool_]
    only_column: NDArray[np.int32]
    is_snapped: NDArray[np.bool_]
    weight: NDArray[np.float64]
    standard_s: float

    @property
    def people(self) -> float:
        """All people."""
        return float(self.weight.sum())

    @property
    def covered(self) -> float:
        """People covered."""
        return float(self.weight[self.is_covered].sum())

    @property
    def covered_if_open(self) -> float:
        """People covered only if facilities of unknown hours are open; not among `covered`."""
        return float(self.weight[self.is_covered_if_open].sum())

    @property
    def covered_twice(self) -> float:
        """People covered by two facilities or more; among `covered`."""
        return float(self.weight[self.is_covered_twice].sum())

    @property
    def unattached(self) -> float:
        """People at points that join no street."""
        return float(self.weight[~self.is_snapped].sum())

    @property
    def share(self) -> float:
        """Covered people over all people, 0.0 where there is nobody."""
        return share_of(self.covered, self.people)


def measure_coverage(
    cost_ds: NDArray[np.int32],
    weight: NDArray[np.float64],
    is_snapped: NDArray[np.bool_],
    *,
    standard_s: float,
    counts: NDArray[np.bool_],
    is_unknown: NDArray[np.bool_] | None = None,
) -> Coverage:
    """Count who reaches a facility that counts within a service standard.

    Parameters
    ----------
    cost_ds : int32 (n_demand, n_facility)
        Deciseconds from each demand point to each facility; the largest int32 where unreachable.
    weight : float64 (n_demand,)
        People; `geo.coverage.weights.exact` makes their sums independent of order.
    is_snapped : bool (n_demand,)
    standard_s : float
        Service standard in seconds; a cost equal to it is covered.
    counts : bool (n_facility,)
        Facilities that are surely open and offer what is asked.
    is_unknown : bool (n_facility,), optional
        Facilities that offer what is asked and of which nobody knows whether they are open. None: there are none.

    Examples
    --------
    >>> cost = np.array([[100, 2**31 - 1], [9000, 9001]], np.int32)
    >>> people, snapped = np.array([3.0, 5.0]), np.array([True, True])
    >>> both = measure_coverage(cost, people, snapped, standard_s=900, counts=np.array([True, True]))
    >>> both.covered, both.share
    (8.0, 1.0)
    >>> first, second = np.array([True, False]), np.array([False, True])
    >>> maybe = measure_coverage(cost, people, snapped, standard_s=900, counts=second, is_unknown=first)
    >>> maybe.covered, maybe.covered_if_open
    (0.0, 8.0)
    """
    n = len(weight)
    sure = np.flatnonzero(counts)
    maybe = np.flatnonzero(is_unknown & ~counts) if is_unknown is not None else np.empty(0, np.int64)
    best, best_maybe = np.empty(n, np.int32), np.empty(n, np.int32)
    nearest, first = np.empty(n, np.int32), np.empty(n, np.int32)
    within = np.empty(n, np.uint8)
    limit = limit_ds(standard_s)
    scan_rows(cost_ds, sure, maybe, limit, best, best_maybe, nearest, within, first)
    is_covered = (within > 0) & is_snapped
    return Coverage(
        nearest_s=seconds_of(best),
        nearest_column=nearest,
        nearest_unknown_s=seconds_of(best_maybe),
        is_covered=is_covered,
        is_covered_if_open=~is_covered & (best_maybe <= limit) & is_snapped,
        is_covered_twice=(within > 1) & is_snapped,
        only_column=np.where((within == 1) & is_snapped, first, -1).astype(np.int32),
        is_snapped=is_snapped,
        weight=weight,
        standard_s=limit / 10.0,
    )


def seconds_of(cost_ds: NDArray[np.int32]) -> NDArray[np.float64]:
    """Return seconds of costs in deciseconds, inf for the largest int32."""
    return np.where(cost_ds < FAR, cost_ds / 10.0, np.inf)


def sum_district(coverage: Coverage) -> Sums:
    """Return the sums over all demand points."""
    whole = Areas.of_masks({"": np.ones(len(coverage.weight), bool)}, names={})
    return sum_areas(coverage, whole)[0]


def sum_areas(coverage: Coverage, areas: Areas) -> list[Sums]:
    """Return the sums over each area, in their order."""
    # Every point is in one of five classes, so one pass over the points does for all of them.
    kind = np.zeros(len(coverage.weight), np.int64)
    kind[~coverage.is_snapped] = _UNATTACHED
    kind[coverage.is_covered_if_open] = _IF_OPEN
    kind[coverage.is_covered] = _ONCE
    kind[coverage.is_covered_twice] = _TWICE
    cell = areas.owner * _N_KIND + kind[areas.index]
    weight = coverage.weight[areas.index]
    shape, n_cell = (len(areas), _N_KIND), len(areas) * _N_KIND
    people = np.bincount(cell, weights=weight, minlength=n_cell).reshape(shape)
    places = np.bincount(cell[weight > 0], minlength=n_cell).reshape(shape)
    return [Sums(*_class_sums(who), *_class_sums(where)) for who, where in zip(people, places, strict=True)]


_MISSED, _UNATTACHED, _IF_OPEN, _ONCE, _TWICE = range(5)
_N_KIND = 5


def _class_sums(by_kind: NDArray[Any]) -> tuple[Any, ...]:
    """Return all, covered, covered if open, covered twice, unattached."""
    _, unattached, if_open, once, twice = by_kind.tolist()
    return sum(by_kind.tolist()), once + twice, if_open, twice, unattached


def sum_cells(
    lon: NDArray[np.float64], lat: NDArray[np.float64], weight: NDArray[np.float64], *, cell_m: float
) -> NDArray[np.float64]:
    """Return all people by square cell, covered or not, float64 (n_cell,); the cells are those of `sum_by_cell`."""
    if weight.size == 0:
        return np.empty(0)
    per_x, per_y = metres_per_degree(float(lat.mean()))
    cell = np.column_stack([np.floor(lon * float(per_x) / cell_m), np.floor(lat * float(per_y) / cell_m)])
    _, number = np.unique(cell, axis=0, return_inverse=True)
    people: NDArray[np.float64] = np.bincount(number, weights=weight).astype(np.float64)
    return people


def sum_by_cell(
    coverage: Coverage,
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    *,
    cell_m: float,
) -> pd.DataFrame:
    """Return uncovered people by square cell, for the picture of the gaps.

    Returns
    -------
    DataFrame
        ``west``, ``south``, ``east``, ``north`` (degrees), ``people`` (uncovered), ``nearest_s`` (mean by people over
        those that reach any facility, inf if none does); only cells with uncovered people.
    """
    weight = coverage.weight
    missed = np.flatnonzero(~coverage.is_covered & (weight > 0))
    columns = ["west", "south", "east", "north", "people", "nearest_s"]
    if missed.size == 0:
        return pd.DataFrame(columns=columns)
    per_x, per_y = metres_per_degree(float(lat.mean()))
    step_x, step_y = cell_m / float(per_x), cell_m / float(per_y)
    col, row = np.floor(lon[missed] / step_x), np.floor(lat[missed] / step_y)
    reached_s = np.where(np.isfinite(coverage.nearest_s[missed]), coverage.nearest_s[missed], 0.0)
    people = weight[missed]
    table = (
        pd.DataFrame(
            {
                "col": col,
                "row": row,
                "people": people,
                "reached": np.where(reached_s > 0, people, 0.0),
                "seconds": reached_s * people,
            }
        )
        .groupby(["col", "row"])
        .sum()
        .reset_index()
    )
    has_reached = table["reached"] > 0
    return pd.DataFrame(
        {
            "west": table["col"] * step_x,
            "south": table["row"] * step_y,
            "east": (table["col"] + 1) * step_x,
            "north": (table["row"] + 1) * step_y,
            "people": table["people"],
            "nearest_s": np.where(has_reached, table["seconds"] / table["reached"].where(has_reached, 1.0), np.inf),
        }
    )
