"""Turn restrictions: a mode that obeys them searches a network in which no arc leads on along a forbidden turn.

A forbidden turn is a sequence of arcs that no way may contain: two for a turn at a node, more where the restriction
leads over other ways. Who has travelled the beginning of one is at a *state*, a node of its own at the same place; from
it lead copies of the arcs that go on, all but the one that would complete the sequence (A. V. Aho and M. J. Corasick
(1975), Efficient string matching, doi:10.1145/360825.360855). So every search works on plain arcs.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int32]
Path = tuple[int, ...]

TURNS = "turns"
"""The tag of a node under which the restrictions that begin there are kept, as `write_turns` makes it."""

_HEADINGS = {"left": 90.0, "right": -90.0, "straight": 0.0, "u": 180.0}


@dataclass(frozen=True)
class Turn:
    """A restriction as OpenStreetMap states it: ``no_left_turn``, the ways it comes from, leads over and goes to."""

    kind: str
    from_ways: tuple[int, ...]
    via_ways: tuple[int, ...]
    to_ways: tuple[int, ...]


def write_turns(turns: Iterable[Turn]) -> str:
    """Return restrictions as the text of a tag."""
    return json.dumps([[turn.kind, turn.from_ways, turn.via_ways, turn.to_ways] for turn in turns])


def read_turns(text: str) -> list[Turn]:
    """Return the restrictions that `write_turns` wrote."""
    return [Turn(kind, *(tuple(ways) for ways in groups)) for kind, *groups in json.loads(text)]


@dataclass(frozen=True, eq=False)
class Streets:
    """What restrictions are looked up in: arc ``2 e`` goes along edge ``e``, arc ``2 e + 1`` against it.

    Attributes
    ----------
    way_id : int64 (n_edge,)
    u, v : int32 (n_edge,)
    is_open : bool (2 n_edge,)
        Whether any mode that obeys restrictions uses the arc.
    points : float64 (n_point, 2), point_ptr : int64 (n_edge + 1,)
        The shapes of the edges, degrees.
    """

    way_id: NDArray[np.int64]
    u: Ints
    v: Ints
    is_open: NDArray[np.bool_]
    points: NDArray[np.float64]
    point_ptr: NDArray[np.int64]


def forbid_turns(turns: Sequence[tuple[int, Turn]], streets: Streets) -> list[Path]:
    """Return the forbidden sequences of arcs of restrictions, each given with the node where its first turn is."""
    if not turns:
        return []
    nodes = {node for node, _ in turns}
    ways = {way for _, turn in turns for way in (*turn.from_ways, *turn.via_ways, *turn.to_ways)}
    of_way: dict[int, list[int]] = {}
    for edge in np.flatnonzero(np.isin(streets.way_id, list(ways))).tolist():
        of_way.setdefault(int(streets.way_id[edge]), []).append(edge)
        nodes |= {int(streets.u[edge]), int(streets.v[edge])}
    is_near = np.isin(streets.u, list(nodes)) | np.isin(streets.v, list(nodes))
    leaving: dict[int, list[int]] = {}
    for edge in np.flatnonzero(is_near).tolist():
        for arc, tail in ((2 * edge, streets.u[edge]), (2 * edge + 1, streets.v[edge])):
            if streets.is_open[arc]:
                leaving.setdefault(int(tail), []).append(arc)
    finder = _Finder(streets, of_way, leaving)
    return sorted({path for node, turn in turns for path in finder.forbidden(node, turn)})


class _Finder:
    def __init__(self, streets: Streets, of_way: Mapping[int, list[int]], leaving: Mapping[int, list[int]]) -> None:
        self._streets, self._of_way, self._leaving = streets, of_way, leaving

    def forbidden(self, node: int, turn: Turn) -> list[Path]:
        into = [arc ^ 1 for arc in self._arcs_from(node, turn.from_ways) if self._streets.is_open[arc ^ 1]]
        over, end = self._over(node, turn)
        if over is None:
            return []
        out = [arc for arc in self._arcs_from(end, turn.to_ways) if self._streets.is_open[arc]]
        paths = [(first, *over, last) for first in into for last in out]
        if not over:
            paths = self._meant(turn, paths)
        if not turn.kind.startswith("only_"):
            return paths
        # Whoever comes along such a way goes on as it says, at every node of it.
        banned = []
        for path in paths:
            kept = {allowed[: i + 1] for allowed in paths for i in range(1, len(allowed))}
            for i in range(1, len(path)):
                others = self._leaving.get(self._head(path[i - 1]), [])
                banned += [(*path[:i], arc) for arc in others if (*path[:i], arc) not in kept]
        return banned

    def _meant(self, turn: Turn, paths: list[Path]) -> list[Path]:
        """Return the turns a restriction means: where a way goes on through the node, by their direction."""
        firsts, lasts = {path[0] for path in paths}, {path[-1] for path in paths}
        is_same = turn.from_ways == turn.to_ways
        if is_same and turn.kind == "no_u_turn":
            return [path for path in paths if path[0] == path[1] ^ 1]
        if is_same:
            paths = [path for path in paths if path[0] != path[1] ^ 1]
        several = (len(firsts) > len(turn.from_ways)) or (len(lasts) > len(turn.to_ways))
        heading = next((degrees for word, degrees in _HEADINGS.items() if f"_{word}_" in turn.kind), None)
        if not several or heading is None or not paths:
            return paths
        off = [abs((self._turn(*path) - heading + 180.0) % 360.0 - 180.0) for path in paths]
        return [path for path, degrees in zip(paths, off, strict=True) if degrees == min(off)]

    def _turn(self, first: int, last: int) -> float:
        """Return the degrees by which one turns to the left from an arc to the next."""
        came, goes = self._step(first, is_end=True), self._step(last, is_end=False)
        return float(np.degrees(np.arctan2(goes[1], goes[0]) - np.arctan2(came[1], came[0])))

    def _step(self, arc: int, *, is_end: bool) -> NDArray[np.float64]:
        edge = arc >> 1
        line = self._streets.points[self._streets.point_ptr[edge] : self._streets.point_ptr[edge + 1]]
        line = line[::-1] if arc & 1 else line
        step = line[-1] - line[-2] if is_end else line[1] - line[0]
        return np.asarray(step * [np.cos(np.radians(line[0, 1])), 1.0])

    def _over(self, node: int, turn: Turn) -> tuple[list[int] | None, int]:
        """Return the arcs over the ways between, from a node, and the node where they end; None: they do not meet."""
        arcs: list[int] = []
        for i, way in enumerate(turn.via_ways):
            after = turn.via_ways[i + 1 : i + 2] or turn.to_ways
            goals = {end for goal in after for edge in self._of_way.get(goal, ()) for end in self._ends(edge)}
            part = self._along(way, node, goals)
            if part is None:
                return None, node
            arcs += part
            node = self._head(part[-1])
        return arcs, node

    def _along(self, way: int, node: int, goals: set[int]) -> list[int] | None:
        """Return the fewest arcs of a way from a node to one of the goals."""
        found: list[list[int]] = [[arc] for arc in self._arcs_from(node, (way,)) if self._streets.is_open[arc]]
        seen = {node}
        while found:
            path = found.pop(0)
            head = self._head(path[-1])
            if head in goals and head != node:
                return path
            if head not in seen:
                seen.add(head)
                found += [[*path, arc] for arc in self._arcs_from(head, (way,)) if self._streets.is_open[arc]]
        return None

    def _arcs_from(self, node: int, ways: Iterable[int]) -> list[int]:
        edges = [edge for way in dict.fromkeys(ways) for edge in self._of_way.get(way, ())]
        u, v = self._streets.u, self._streets.v
        return [2 * e for e in edges if u[e] == node] + [2 * e + 1 for e in edges if v[e] == node]

    def _head(self, arc: int) -> int:
        return int(self._streets.u[arc >> 1] if arc & 1 else self._streets.v[arc >> 1])

    def _ends(self, edge: int) -> tuple[int, int]:
        return int(self._streets.u[edge]), int(self._streets.v[edge])


@dataclass(frozen=True, eq=False)
class Unfolded:
    """States and copies of arcs that take the place of forbidden turns.

    Attributes
    ----------
    state_at : int32 (n_state,)
        The node of each state; state ``s`` is node ``n_node + s``.
    copy_of : int32 (n_copy,)
        The edge that each copy repeats, ascending; a copy is drawn like its edge.
    copy_arc : int64 (n_copy,)
        The one arc of that edge along which the copy leads.
    u, v : int32 (n_copy,)
        Where the copies begin and end.
    arc_end : int32 (2 n_edge,)
        Where one comes to by each arc: its head, or a state.
    """

    state_at: Ints
    copy_of: Ints
    copy_arc: NDArray[np.int64]
    u: Ints
    v: Ints
    arc_end: Ints

    def copy_costs(self, arc_cost: Ints) -> Ints:
        """Return the deciseconds of the copies' arcs, int32 (2 n_copy,): each leads one way."""
        costs = np.full((self.copy_of.size, 2), -1, np.int32)
        costs[np.arange(self.copy_of.size), self.copy_arc & 1] = arc_cost[self.copy_arc]
        return costs.ravel()

    def copy_points(
        self, points: NDArray[np.float64], point_ptr: NDArray[np.int64]
    ) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Return the shapes of edges and, behind them, of the copies."""
        lines = [points[point_ptr[edge] : point_ptr[edge + 1]] for edge in self.copy_of.tolist()]
        size = np.array([len(line) for line in lines], np.int64)
        return np.concatenate([points, *lines]), np.concatenate([point_ptr, point_ptr[-1] + np.cumsum(size)])


def unfold(forbidden: Iterable[Path], u: Ints, v: Ints, is_open: NDArray[np.bool_], n_node: int) -> Unfolded:
    """Return the states and copies of forbidden sequences of arcs.

    Parameters
    ----------
    forbidden : iterable of tuple of int
        Each of two or more arcs that follow each other.
    u, v : int32 (n_edge,)
    is_open : bool (2 n_edge,)
        Arcs worth a copy.
    n_node : int
    """
    whole = set(forbidden)
    states = sorted({path[:n] for path in whole for n in range(1, len(path))}, key=lambda path: (len(path), path))
    number = {path: n for n, path in enumerate(states)}
    head = np.stack([v, u], axis=1).ravel()
    at = np.array([head[path[-1]] for path in states], np.int32)
    ends = head.copy()
    ends[[path[0] for path in states if len(path) == 1]] = [
        n_node + n for n, path in enumerate(states) if len(path) == 1
    ]
    tail = np.stack([u, v], axis=1).ravel()
    leaving: dict[int, list[int]] = {int(node): [] for node in at}
    for arc in np.flatnonzero(np.isin(tail, at) & is_open).tolist():
        leaving[int(tail[arc])].append(arc)
    made = [(arc, int(tail[arc]), int(ends[arc])) for arc in np.flatnonzero(ends != head).tolist()]
    for path, n in number.items():
        for arc in leaving[int(at[n])]:
            on = [(*path[i:], arc) for i in range(len(path) + 1)]
            if any(each in whole for each in on):
                continue
            # The longest beginning of a forbidden sequence that has been travelled now.
            state = next((number[each] for each in on if each in number), None)
            made.append((arc, n_node + n, int(head[arc]) if state is None else n_node + state))
    made.sort()
    table = np.array(made, np.int64).reshape(-1, 3)
    arcs, is_back = table[:, 0], (table[:, 0] & 1) > 0
    return Unfolded(
        at,
        (arcs >> 1).astype(np.int32),
        arcs,
        np.where(is_back, table[:, 2], table[:, 1]).astype(np.int32),
        np.where(is_back, table[:, 1], table[:, 2]).astype(np.int32),
        ends.astype(np.int32),
    )


def turns_of_nodes(tags: Sequence[Any]) -> list[tuple[int, Turn]]:
    """Return the restrictions that nodes carry, each with the row of its node."""
    return [
        (row, turn)
        for row, each in enumerate(tags)
        if isinstance(each, Mapping) and TURNS in each
        for turn in read_turns(each[TURNS])
    ]
