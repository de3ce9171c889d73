"""Closure test: who loses cover if one facility is found locked."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.coverage.measure import Coverage


@dataclass(frozen=True, eq=False)
class Closure:
    """What hangs on each facility at the moment of a coverage.

    Attributes
    ----------
    lost : float64 (n_facility,)
        People whom the facility covers and no other does: they lose cover if it is locked. 0 for one that does not
        count at the moment.
    lost_if_open : float64 (n_facility,)
        Those of `lost` who have a facility of unknown hours within the standard, and keep cover if that is open.
    order : int64 (n_facility,)
        Facilities by people lost, most first; equal ones by their number.
    """

    lost: NDArray[np.float64]
    lost_if_open: NDArray[np.float64]
    order: NDArray[np.int64]


def measure_closure(coverage: Coverage, *, n_facility: int) -> Closure:
    """Count whom each facility alone covers.

    Parameters
    ----------
    coverage : Coverage
        At the moment asked about; `n_facility` columns were measured.
    n_facility : int

    Examples
    --------
    >>> from geo.coverage.measure import measure_coverage
    >>> cost = np.array([[100, 9999], [100, 200], [9999, 300]], np.int32)
    >>> people = np.array([5.0, 7.0, 2.0])
    >>> coverage = measure_coverage(cost, people, np.ones(3, bool), standard_s=60, counts=np.ones(2, bool))
    >>> closure = measure_closure(coverage, n_facility=2)
    >>> closure.lost.tolist(), closure.order.tolist()
    ([5.0, 2.0], [0, 1])
    """
    alone = np.flatnonzero(coverage.only_column >= 0)
    column, weight = coverage.only_column[alone], coverage.weight[alone]
    has_unknown = coverage.nearest_unknown_s[alone] <= coverage.standard_s
    lost = np.bincount(column, weights=weight, minlength=n_facility).astype(np.float64)
    lost_if_open = np.bincount(column, weights=np.where(has_unknown, weight, 0.0), minlength=n_facility)
    return Closure(lost, lost_if_open.astype(np.float64), np.argsort(-lost, kind="stable"))
