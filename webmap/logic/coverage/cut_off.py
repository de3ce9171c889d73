"""Streets of a mode that are cut off from the others, to draw and to mend on the map."""

from dataclasses import dataclass

import numpy as np
import shapely

from geo.network.components import Island, find_islands
from webmap.logic.cache import cached
from webmap.logic.coverage.measured import ready
from webmap.logic.district_state import DataMark, DistrictState
from webmap.logic.snapshots import SERVED_MODES

MOST_GROUPS = 1000
"""Groups of streets in an answer; more of them are a broken extract, not something to draw."""


@dataclass(frozen=True, eq=False)
class CutOffGroup:
    """Streets that hang together and are joined to no others, EPSG:4326.

    `is_gap` tells that most of them lie beside other streets: something is missing on the map.
    """

    length_m: float
    is_gap: bool
    lines: tuple[shapely.LineString, ...]


@dataclass(frozen=True, eq=False)
class CutOffAnswer:
    """The streets of a mode that are cut off, the longest group first; `street_km` are those of all groups."""

    mode: str
    street_km: float
    groups: tuple[CutOffGroup, ...]
    mark: DataMark


def cut_off(state: DistrictState, *, mode: str = "walk") -> CutOffAnswer:
    """Return the streets of a mode that are cut off from the others.

    Nobody comes to them or leaves them, unless a station is on the same ones; people there join other streets where
    one is within reach.

    Raises
    ------
    InputError
        If there is no such mode.
    NotReadyError
        If no streets are loaded.
    """
    network = ready(state, mode).network

    def make() -> tuple[float, tuple[CutOffGroup, ...]]:
        islands = find_islands(network, mode=mode)
        street_km = round(sum(island.length_m for island in islands) / 1000.0, 2)
        return street_km, tuple(_group(island) for island in islands[:MOST_GROUPS])

    def _group(island: Island) -> CutOffGroup:
        ptr = network.point_ptr
        lines = (shapely.LineString(network.points[ptr[edge] : ptr[edge + 1]]) for edge in island.edges.tolist())
        return CutOffGroup(float(np.round(island.length_m, 1)), island.is_gap, tuple(lines))

    street_km, groups = cached(state, "cut-off streets", make, key=mode, most=len(SERVED_MODES))
    return CutOffAnswer(mode, street_km, groups, state.mark)
