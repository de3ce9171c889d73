"""What if a station stood elsewhere, or one more: one search towards it, one column, and a new count."""

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.coverage.measure import Coverage, measure_coverage, seconds_of
from geo.hours import OpenState
from geo.network._kernels import search_many
from geo.network.costs import FAR, limit_ds
from geo.network.ends import Joints, cost_within_edge, joints_of
from geo.network.graph import StreetGraph
from geo.network.snap import SnappedPoints, snap_one


@dataclass(frozen=True, eq=False)
class DemandEnds:
    """How demand points join the network, prepared once so that a dragged station is recounted at once.

    Attributes
    ----------
    mode : str
    snapped : SnappedPoints (n_demand)
    joints : Joints
        The nodes by which each point reaches open streets; the point's own access leg is not included.
    """

    mode: str
    snapped: SnappedPoints
    joints: Joints


@dataclass(frozen=True, eq=False)
class WhatIf:
    """Coverage as it is and as it would be, in the order of the demand; sum both with `sum_areas` to compare.

    Attributes
    ----------
    before, after : Coverage
    gained, lost : float
        People who come to be covered, and who no longer are.
    """

    before: Coverage
    after: Coverage

    @property
    def gained(self) -> float:
        """People covered after, not before."""
        return float(self.after.weight[self.after.is_covered & ~self.before.is_covered].sum())

    @property
    def lost(self) -> float:
        """People covered before, not after."""
        return float(self.after.weight[self.before.is_covered & ~self.after.is_covered].sum())


def prepare_demand(network: StreetGraph, snapped: SnappedPoints, *, mode: str) -> DemandEnds:
    """Return what `cost_column` needs of snapped demand points; keep it as long as the network."""
    joints = joints_of(network, snapped, mode=mode, is_origin=True, is_search=False)
    return DemandEnds(mode, snapped, joints)


def cost_column(
    network: StreetGraph, demand: DemandEnds, lon: float, lat: float, *, limit_s: float | None = None
) -> NDArray[np.int32]:
    """Return deciseconds from every demand point to a facility at a position, int32 (n_demand,).

    The same numbers as a column of the cost matrix: both access legs included, the largest int32 where unreachable.
    With `limit_s` the streets beyond it are not searched, and costs above it may be too large.

    Parameters
    ----------
    network : StreetGraph
    demand : DemandEnds
    lon, lat : float
        Degrees, WGS84.

    Raises
    ------
    NotSnappedError
        If no street of the mode is near the position.
    """
    mode = demand.mode
    facility = snap_one(network, lon, lat, mode=mode)
    seeds = joints_of(network, facility, mode=mode, is_origin=False, is_search=True).seeds(facility.access_ds)
    most = int(FAR) - 1 if limit_s is None else limit_ds(limit_s)
    _, node, cost = search_many(network.arc_ptr, network.adjacency_in[mode], network.arc_id, *seeds, 0, 1, most)
    at_node = np.full(network.n_node, np.int64(FAR))
    at_node[node] = cost
    joints = demand.joints
    best = np.full(demand.snapped.edge.size, np.int64(FAR))
    has_joint = joints.ptr[1:] > joints.ptr[:-1]
    if has_joint.any():
        total = joints.cost + at_node[joints.node]
        best[has_joint] = np.minimum.reduceat(total, joints.ptr[:-1][has_joint]) + demand.snapped.access_ds[has_joint]
    same = np.flatnonzero(demand.snapped.edge == facility.edge[0])
    if same.size:
        mine = demand.snapped.take(same)
        theirs = facility.take(np.zeros(same.size, np.int64))
        within = cost_within_edge(network, mine, theirs, mode=mode) + mine.access_ds + theirs.access_ds
        best[same] = np.minimum(best[same], within)
    column: NDArray[np.int32] = np.minimum(best, np.int64(FAR)).astype(np.int32)
    return column


def measure_what_if(
    before: Coverage,
    cost_ds: NDArray[np.int32],
    *,
    counts: NDArray[np.bool_],
    is_unknown: NDArray[np.bool_] | None = None,
    column: NDArray[np.int32],
    moved: int | None = None,
    state: OpenState = OpenState.OPEN,
) -> WhatIf:
    """Count coverage after a facility is moved, or one more is opened.

    Parameters
    ----------
    before : Coverage
        Measured with `cost_ds`, `counts` and `is_unknown`, as `measure_coverage` takes them.
    cost_ds, counts, is_unknown
    column : int32 (n_demand,)
        Deciseconds to the new position, as `cost_column` gives them.
    moved : int, optional
        The facility that moves; it keeps whether it counts. None: one more facility, numbered ``n_facility``.
    state : OpenState
        Of one more facility, at the moment; a new station is taken to be open and to offer what is asked.

    Returns
    -------
    WhatIf
        The same as measuring the changed matrix in full.
    """
    unknown = np.zeros(counts.size, bool) if is_unknown is None else is_unknown
    if moved is None:
        is_open, is_maybe = state is OpenState.OPEN, state is OpenState.UNKNOWN
        after = _with_column(before, column, number=counts.size, is_open=is_open, is_maybe=is_maybe)
        return WhatIf(before, after)
    is_open = bool(counts[moved])
    is_maybe = bool(unknown[moved]) and not is_open
    rest = _without(before, cost_ds, moved, counts=counts, unknown=unknown) if is_open or is_maybe else before
    return WhatIf(before, _with_column(rest, column, number=moved, is_open=is_open, is_maybe=is_maybe))


def _without(
    before: Coverage,
    cost_ds: NDArray[np.int32],
    moved: int,
    *,
    counts: NDArray[np.bool_],
    unknown: NDArray[np.bool_],
) -> Coverage:
    """Return the coverage without one facility; only the points that it may matter to are measured again."""
    its_own_s = seconds_of(cost_ds[:, moved])
    is_nearest = (before.nearest_column == moved) | (its_own_s == before.nearest_unknown_s)
    row = np.flatnonzero((its_own_s <= before.standard_s) | (is_nearest & np.isfinite(its_own_s)))
    others = np.arange(counts.size) != moved
    part = measure_coverage(
        cost_ds[row],
        before.weight[row],
        before.is_snapped[row],
        standard_s=before.standard_s,
        counts=counts & others,
        is_unknown=unknown & others,
    )
    changed: dict[str, Any] = {}
    for field in fields(Coverage):
        value = getattr(before, field.name)
        if isinstance(value, np.ndarray):
            changed[field.name] = value.copy()
            changed[field.name][row] = getattr(part, field.name)
    return replace(before, **changed)


def _with_column(rest: Coverage, column: NDArray[np.int32], *, number: int, is_open: bool, is_maybe: bool) -> Coverage:
    """Return the coverage with one facility more than `rest` was measured with."""
    seconds = seconds_of(column)
    is_within = (column <= limit_ds(rest.standard_s)) & rest.is_snapped
    is_covered, is_twice, only = rest.is_covered, rest.is_covered_twice, rest.only_column
    nearest_s, nearest_column, unknown_s = rest.nearest_s, rest.nearest_column, rest.nearest_unknown_s
    if is_open:
        is_twice = is_twice | (is_covered & is_within)
        only = np.where(is_within, np.where(is_covered, -1, number), only).astype(np.int32)
        is_covered = is_covered | is_within
        # Of equally near ones the first counts, as in the matrix.
        is_nearer = (seconds < nearest_s) | ((seconds == nearest_s) & (number < nearest_column))
        nearest_column = np.where(is_nearer, number, nearest_column).astype(np.int32)
        nearest_s = np.minimum(nearest_s, seconds)
    elif is_maybe:
        unknown_s = np.minimum(unknown_s, seconds)
    is_maybe_within = (unknown_s <= rest.standard_s) & rest.is_snapped
    return Coverage(
        nearest_s=nearest_s,
        nearest_column=nearest_column,
        nearest_unknown_s=unknown_s,
        is_covered=is_covered,
        is_covered_if_open=~is_covered & is_maybe_within,
        is_covered_twice=is_twice,
        only_column=only,
        is_snapped=rest.is_snapped,
        weight=rest.weight,
        standard_s=rest.standard_s,
    )
