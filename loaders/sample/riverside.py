"""The core of 富春街道, laid out along the left bank: the densest part, the named streets, the promenade."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from scipy.spatial import cKDTree

from loaders.sample.blocks import PRIMARY, SECONDARY, TERTIARY, BlockCutter
from loaders.sample.fabric import (
    CYCLEWAY,
    FOOTWAY,
    STEPS,
    Fabric,
    blob_shape,
    finish,
    growing_blocks,
)
from loaders.sample.plane import BoolArray, FloatArray, IntArray
from loaders.sample.river import STEP_M, River
from loaders.sample.settlements import Settlement

TOWN_CODE = "330111001"

_RIVER_ROAD_M = 95.0
_ALONG = (
    (_RIVER_ROAD_M, PRIMARY, "江滨西大道"),
    (430.0, TERTIARY, "体育馆路"),
    (790.0, SECONDARY, "文教路"),
    (1_230.0, TERTIARY, None),
    (1_660.0, PRIMARY, None),
    (2_120.0, TERTIARY, None),
    (2_600.0, SECONDARY, None),
    (3_080.0, TERTIARY, None),
    (3_500.0, TERTIARY, None),
)
"""Metres from the bank, rank, name. The names are real; which street bears them here is invented."""

_ACROSS = (
    (-2_680.0, TERTIARY, None),
    (-2_190.0, SECONDARY, None),
    (-1_740.0, TERTIARY, None),
    (-1_310.0, TERTIARY, None),
    (-870.0, SECONDARY, "金桥北路"),
    (-420.0, TERTIARY, None),
    (0.0, PRIMARY, "迎宾路"),
    (400.0, TERTIARY, None),
    (820.0, SECONDARY, None),
    (1_270.0, TERTIARY, None),
    (1_700.0, TERTIARY, None),
    (2_180.0, SECONDARY, None),
    (2_640.0, TERTIARY, None),
    (3_120.0, TERTIARY, None),
    (3_560.0, TERTIARY, None),
)
"""Metres along the bank from the bridge, rank, name."""

_ONE_WAY = {5: 1.0, 7: -1.0}
"""Lines of `_ACROSS` with traffic inland (1) and towards the river (-1): a pair on both sides of 迎宾路."""

_CENTRE = (520.0, 1_020.0)
_HALF_AXES = (2_200.0, 2_050.0)
_PROMENADE_M = 28.0
_CYCLEWAY_M = 60.0
_PROMENADE_REACH = (-1_600.0, 2_400.0)
_GATE_SPACING_M = 230.0
_BEND_M = 36.0

Bend = Callable[[FloatArray], FloatArray]


def lay_riverside_core(rng: np.random.Generator, settlement: Settlement, river: River, *, bridge_lon: float) -> Fabric:
    """Return the streets of 富春街道's core, in metres on the drawing board.

    Its axes are the bank and the way inland, so that streets follow the river's bend; the street in line with the
    bridge at `bridge_lon` is 迎宾路.
    """
    origin = river.at_lon(bridge_lon)

    def to_board(uv: FloatArray) -> FloatArray:
        at = origin + uv[:, 0] / STEP_M
        index = np.arange(len(river.line))
        line, normal = (
            np.column_stack([np.interp(at, index, column) for column in array.T])
            for array in (river.line, river.normal)
        )
        reach = np.interp(at, index, river.half_width) + uv[:, 1]
        point: FloatArray = line + normal * reach[:, None]
        return point

    def bend(uv: FloatArray) -> FloatArray:
        # The waves fade towards the bank: the river road keeps its distance from the water.
        u, v = uv.T
        fade = np.clip((v - _RIVER_ROAD_M) / 700.0, 0.0, 1.0) * _BEND_M
        du = fade * (np.sin(v / 310.0 + 1.0) + 0.6 * np.sin(u / 420.0))
        dv = fade * (np.sin(u / 350.0) + 0.6 * np.sin(v / 270.0 + 2.0))
        return to_board(np.column_stack([u + du, v + dv]))

    cutter = BlockCutter(rng)
    cutter.lay_lattice([line[:2] for line in _ACROSS], [line[:2] for line in _ALONG], jitter_m=12.0)
    cutter.divide(block_m2=growing_blocks(_HALF_AXES[0], _CENTRE), keep_whole=0.10)
    blob = blob_shape(rng, a=_HALF_AXES[0], b=_HALF_AXES[1], centre=_CENTRE)

    def names(middles: FloatArray, street: IntArray) -> list[str | None]:
        by_street = dict(enumerate(line[2] for line in (*_ACROSS, *_ALONG)))
        river_road = len(_ACROSS)
        return [
            # 江滨西大道 ("west") ends at the bridge.
            None if number == river_road and u > 0.0 else by_street.get(number)
            for number, (u, _) in zip(street.tolist(), middles.tolist(), strict=True)
        ]

    def keep(centres: FloatArray) -> BoolArray:
        u, v = centres.T
        waterfront: BoolArray = (v < _ALONG[1][0]) & (u > _PROMENADE_REACH[0]) & (u < _PROMENADE_REACH[1])
        return blob(centres) | waterfront

    fabric = finish(rng, settlement, cutter.pattern(keep=keep), bend=bend, name=names)
    river_road = np.unique(fabric.ends[fabric.street == len(_ACROSS)])
    _, nearest = cKDTree(river.line).query(fabric.xy[river_road])
    one_way = {number: river.normal[origin] * sense for number, sense in _ONE_WAY.items()}
    fabric = replace(fabric, one_way=one_way)
    return _add_promenade(rng, fabric, river_road, (nearest - origin) * STEP_M, to_board)


def _add_promenade(
    rng: np.random.Generator, fabric: Fabric, river_road: IntArray, along_m: FloatArray, to_board: Bend
) -> Fabric:
    """Add a footpath and a cycle path between the river road and the water, joined to it every few hundred metres.

    `river_road` are vertices of the fabric, `along_m` their places along the bank.
    """
    order = np.argsort(along_m)
    gates: list[int] = []
    gate_u: list[float] = []
    for node, u in zip(river_road[order].tolist(), along_m[order].tolist(), strict=True):
        if _PROMENADE_REACH[0] <= u <= _PROMENADE_REACH[1] and (not gate_u or u - gate_u[-1] > _GATE_SPACING_M):
            gates.append(node)
            gate_u.append(u)
    u = np.unique(np.round(np.concatenate([np.arange(gate_u[0], gate_u[-1], 60.0), gate_u]), 3))
    foot = to_board(np.column_stack([u, _PROMENADE_M + 6.0 * np.sin(u / 95.0)]))
    cycle = to_board(np.column_stack([u, _CYCLEWAY_M + 4.0 * np.sin(u / 130.0 + 1.0)]))
    first_foot, first_cycle = len(fabric.xy), len(fabric.xy) + len(u)
    at_gate = np.searchsorted(u, np.round(gate_u, 3))
    chain = np.column_stack([np.arange(len(u) - 1), np.arange(1, len(u))])
    ends = [
        fabric.ends,
        first_foot + chain,
        first_cycle + chain,
        np.column_stack([gates, first_cycle + at_gate]),
        np.column_stack([first_cycle + at_gate, first_foot + at_gate]),
    ]
    rank = [
        fabric.rank,
        np.full(len(chain), FOOTWAY),
        np.full(len(chain), CYCLEWAY),
        np.full(len(gates), CYCLEWAY),
        np.where(rng.random(len(gates)) < 0.35, STEPS, FOOTWAY),
    ]
    streets = fabric.street.max() + 1
    street = [
        fabric.street,
        np.full(len(chain), streets),
        np.full(len(chain), streets + 1),
        streets + 2 + np.arange(len(gates)),
        streets + 2 + len(gates) + np.arange(len(gates)),
    ]
    added = 2 * len(chain) + 2 * len(gates)
    return replace(
        fabric,
        xy=np.vstack([fabric.xy, foot, cycle]),
        ends=np.vstack(ends).astype(np.int64),
        rank=np.concatenate(rank).astype(np.int64),
        street=np.concatenate(street).astype(np.int64),
        name=fabric.name + (None,) * added,
    )
