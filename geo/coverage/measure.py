"""How many people reach an open facility in time: ``cost <= standard`` over exact path cost, counted in people."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.network.attach import metres_per_degree


@dataclass(frozen=True, eq=False)
class Coverage:
    """Coverage of demand at one moment.

    Attributes
    ----------
    nearest_s : float64 (n_demand,)
        Seconds to the nearest facility that counts; inf where none is reached.
    is_covered : bool (n_demand,)
        ``nearest_s <= standard_s``.
    is_attached : bool (n_demand,)
        Whether the point joins the streets at all; what does not is never covered and never dropped.
    people, covered, unattached : float
        Sums of the weights.
    """

    nearest_s: NDArray[np.float64]
    is_covered: NDArray[np.bool_]
    is_attached: NDArray[np.bool_]
    people: float
    covered: float
    unattached: float

    @property
    def share(self) -> float:
        """Covered people over all people, 0.0 where there is nobody."""
        return self.covered / self.people if self.people else 0.0


def measure_coverage(
    cost_ds: NDArray[np.int32],
    weight: NDArray[np.float64],
    is_attached: NDArray[np.bool_],
    *,
    standard_s: float,
    counts: NDArray[np.bool_],
) -> Coverage:
    """Count who reaches a facility that counts within a service standard.

    Parameters
    ----------
    cost_ds : int32 (n_demand, n_facility)
        Deciseconds from each demand point to each facility; the largest int32 where unreachable.
    weight : float64 (n_demand,)
        People.
    is_attached : bool (n_demand,)
    standard_s : float
        Service standard in seconds; a cost equal to it is covered.
    counts : bool (n_facility,)
        Facilities that are open and offer what is asked.

    Examples
    --------
    >>> cost = np.array([[100, 2**31 - 1], [9000, 9001]], np.int32)
    >>> people = np.array([3.0, 5.0])
    >>> covered = measure_coverage(cost, people, np.array([True, True]), standard_s=900, counts=np.array([True, True]))
    >>> covered.covered, covered.share
    (8.0, 1.0)
    >>> measure_coverage(cost, people, np.array([True, True]), standard_s=900, counts=np.array([False, True])).covered
    0.0
    """
    far = np.iinfo(np.int32).max
    chosen = np.flatnonzero(counts)
    best = cost_ds[:, chosen].min(axis=1) if chosen.size else np.full(len(weight), far, np.int32)
    nearest_s = np.where(best < far, best / 10.0, np.inf)
    is_covered = (nearest_s <= standard_s) & is_attached
    return Coverage(
        nearest_s=nearest_s,
        is_covered=is_covered,
        is_attached=is_attached,
        people=float(weight.sum()),
        covered=float(weight[is_covered].sum()),
        unattached=float(weight[~is_attached].sum()),
    )


def sum_by_region(coverage: Coverage, weight: NDArray[np.float64], region: pd.Series) -> pd.DataFrame:
    """Return people, covered and share by region code; points in no region are under the empty code.

    Returns
    -------
    DataFrame
        Index ``code``; columns ``people``, ``covered``, ``share``.
    """
    table = (
        pd.DataFrame(
            {
                "code": region.fillna("").to_numpy(),
                "people": weight,
                "covered": np.where(coverage.is_covered, weight, 0.0),
            }
        )
        .groupby("code")
        .sum()
    )
    table["share"] = np.where(table["people"] > 0, table["covered"] / table["people"].where(table["people"] > 0, 1), 0)
    return table


def sum_by_cell(
    coverage: Coverage,
    weight: NDArray[np.float64],
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
