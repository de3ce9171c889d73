"""Costs with the metres and seconds on every class of road, so that margins by class need no new search."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.errors import UnreachableError
from geo.network.graph import StreetGraph
from geo.network.nearest import fill_nearest_table, pieces_to_facility
from geo.network.snap import SnappedPoints

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ClassCosts:
    """Costs of the quickest ways, in all and by class of road.

    Attributes
    ----------
    duration_s, distance_m : float64 (n_origin, n_facility)
        Both access legs included; inf where unreachable.
    classes : tuple of str
        OpenStreetMap's ``highway`` values, and ``ferry``.
    class_s, class_m : float64 (n_origin, n_facility, n_class)
        The access legs belong to none of them; 0 where unreachable.
    """

    duration_s: Floats
    distance_m: Floats
    classes: tuple[str, ...]
    class_s: Floats
    class_m: Floats


def find_class_costs(network: StreetGraph, origin: SnappedPoints, facility: SnappedPoints, *, mode: str) -> ClassCosts:
    """Return the costs from every point to every facility, by class of road.

    Parameters
    ----------
    network : StreetGraph
    origin : SnappedPoints (n_origin)
    facility : SnappedPoints (n_facility)
        Snapped in the same mode.
    mode : str
    """
    table = fill_nearest_table(network, facility, mode=mode)
    kinds = [label.kind for label in network.labels]
    classes = tuple(sorted(set(kinds)))
    class_of = np.array([classes.index(kind) for kind in kinds], np.int64)
    shape = (origin.edge.size, facility.edge.size)
    duration_s, distance_m = np.full(shape, np.inf), np.full(shape, np.inf)
    class_s, class_m = np.zeros((*shape, len(classes))), np.zeros((*shape, len(classes)))
    for i, j in np.ndindex(shape):
        if not (origin.is_snapped[i] and facility.is_snapped[j]):
            continue
        one = origin.take([i])
        try:
            pieces, cost = pieces_to_facility(network, table, one, j)
        except UnreachableError:
            continue
        part = pieces.part
        metres = part * network.edge_length[pieces.edge]
        # Rounded piece by piece, as the cost itself is.
        seconds = np.rint(part * network.cost[mode][pieces.arc]) / 10.0
        at = class_of[network.edge_label[pieces.edge]]
        class_m[i, j] = np.bincount(at, metres, minlength=len(classes))
        class_s[i, j] = np.bincount(at, np.where(part == 0.0, 0.0, seconds), minlength=len(classes))
        duration_s[i, j] = (cost + int(one.access_ds[0])) / 10.0
        distance_m[i, j] = float(metres.sum() + one.access_m[0] + facility.access_m[j])
    return ClassCosts(duration_s, distance_m, classes, class_s, class_m)
