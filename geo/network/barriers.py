"""Barriers across streets: gates, bollards, stiles and what else some modes pass and others do not."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.network.modes import is_restricted, load_modes, node_is_open

Ints = NDArray[np.int32]

PASS_DS = 1
"""Deciseconds to pass a barrier: no arc costs nothing."""


@dataclass(frozen=True, eq=False)
class Gates:
    """Short edges across barriers, each between a node of the street and one of its own.

    Attributes
    ----------
    u, v : int32 (n,)
    beside : int64 (n,)
        The edge that ends at ``v``: the barrier stands across it.
    tags : list of dict
    """

    u: Ints
    v: Ints
    beside: NDArray[np.int64]
    tags: list[dict[str, str]]

    def costs(self, mode: str) -> Ints:
        """Return deciseconds by arc, int32 (2 n,), negative where the mode may not pass."""
        rules = load_modes()[mode]
        by_gate = [PASS_DS if node_is_open(tags, rules) else -1 for tags in self.tags]
        return np.repeat(np.array(by_gate, np.int32), 2)

    def restricted(self, mode: str) -> NDArray[np.bool_]:
        """Return which of them may be passed to get there and away only, bool (n,)."""
        rules = load_modes()[mode]
        return np.array([is_restricted(tags, rules) for tags in self.tags], bool)


def part_at_barriers(
    nodes: pd.DataFrame, edges: pd.DataFrame, u: Ints, v: Ints
) -> tuple[pd.DataFrame, Ints, Ints, Gates]:
    """Give streets ends of their own at what not every mode passes, and return the short edges that lead across.

    So everybody comes up to a barrier from either side, and passes it who may. What no mode passes has no edge across.
    At a junction a barrier stands across the streets that end there, not across the one that goes through.

    Parameters
    ----------
    nodes : DataFrame
        ``tags``: dict or None.
    edges : DataFrame
        ``tags``, ``name``; ``way_id`` where it is known.
    u, v : int32 (n_edge,)
        Rows of `nodes`.
    """
    modes = load_modes().values()
    is_barrier = np.array([_bars_somebody(tags, modes) for tags in nodes["tags"]], bool)
    ends = np.stack([u, v], axis=1).ravel()
    at = np.flatnonzero(is_barrier[ends])
    at = at[np.argsort(ends[at], kind="stable")]
    own: list[int] = []
    for group in np.split(at, np.flatnonzero(np.diff(ends[at])) + 1):
        if group.size > 1:
            own += _barred(group.tolist(), edges)
    barred = np.array(own, np.int64)
    node = ends[barred]
    ends[barred] = len(nodes) + np.arange(barred.size)
    parted = pd.concat([nodes, nodes.iloc[node]], ignore_index=True)
    tags = [nodes["tags"].iloc[n] for n in node.tolist()]
    is_passed = np.array([any(node_is_open(each, rules) for rules in modes) for each in tags], bool)
    gates = Gates(
        node[is_passed].astype(np.int32),
        ends[barred][is_passed].astype(np.int32),
        barred[is_passed] >> 1,
        [each for each, passes in zip(tags, is_passed.tolist(), strict=True) if passes],
    )
    return parted, ends[::2].astype(np.int32), ends[1::2].astype(np.int32), gates


def _bars_somebody(tags: Any, modes: Any) -> bool:
    return isinstance(tags, Mapping) and any(
        not node_is_open(tags, rules) or is_restricted(tags, rules) for rules in modes
    )


def _barred(ends: list[int], edges: pd.DataFrame) -> list[int]:
    """Return which street ends at a node the barrier there stands across; end ``2 e`` is the first of edge ``e``."""
    if len(ends) == 2:
        return ends[1:]
    rows = [end >> 1 for end in ends]
    ways = edges["way_id"].iloc[rows].tolist() if "way_id" in edges else rows
    through = {end for end, way in zip(ends, ways, strict=True) if ways.count(way) > 1}
    if not through:
        through = set(_straightest(ends, edges))
    return [end for end in ends if end not in through]


def _straightest(ends: list[int], edges: pd.DataFrame) -> tuple[int, int]:
    """Return the two street ends that look most like one street: of one name, of one class, and straight on."""
    heading, tags, name = [], [], []
    for end in ends:
        points = np.asarray(edges["geometry"].iloc[end >> 1].coords)
        here, there = (points[-1], points[-2]) if end & 1 else (points[0], points[1])
        step = (there - here)[:2] * [np.cos(np.radians(here[1])), 1.0]
        heading.append(float(np.arctan2(step[1], step[0])))
        tags.append(_tags_of(edges["tags"].iloc[end >> 1]).get("highway"))
        name.append(edges["name"].iloc[end >> 1])
    pairs = [(i, j) for i in range(len(ends)) for j in range(i)]

    def likeness(pair: tuple[int, int]) -> tuple[bool, bool, float]:
        i, j = pair
        has_name = isinstance(name[i], str) and name[i] == name[j]
        return has_name, tags[i] == tags[j], -float(np.cos(heading[i] - heading[j]))

    i, j = max(pairs, key=likeness)
    return ends[i], ends[j]


def _tags_of(value: Any) -> dict[str, str]:
    tags: dict[str, str] = json.loads(value) if isinstance(value, str) else dict(value)
    return tags
