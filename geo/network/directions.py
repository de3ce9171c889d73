"""Steps a person can follow, in Chinese and English, from names, kinds and turning angles.

Phones do the same in ``static/js/offline/steps.js``; a test compares the two.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from geo.errors import InputError
from geo.network import wording
from geo.network.graph import StreetGraph
from geo.network.labels import Label
from geo.network.modes import WALK_SPEED_MPS
from geo.network.routes import Route
from geo.network.wording import LANGUAGES

Floats = NDArray[np.float64]
_Degrees = TypeVar("_Degrees", float, Floats)

_LOOK_M = 15.0
"""How far before and after a corner its angle is measured, so that a kink where two lines join makes no turn."""

_SHORT_M = 20.0
"""An unnamed link shorter than this (a crossing, a kerb) is no step of its own."""

_SMALL_M = 50.0
"""A bridge or a tunnel on one's street that is shorter than this, and has no name of its own, is no step either."""

_BEND_DEG = 50.0
"""Where one's own street turns off by more than this, it is said."""

_STRAIGHT_DEG = 20.0
"""Where a short piece of another name neither begins nor ends with a turn, it is no step of its own."""

_BACK_DEG = 130.0
"""Who turns by more than this beyond a crossing goes back on the other side."""

_SPOKEN_ACCESS_M = 10.0
"""A access leg to or from the street that is worth a word."""


_NEVER_SWALLOWED = ("ferry", "steps", "elevator")
"""Kinds of street that are told however short they are."""

_KINK_DEG = 45.0
"""A street of one name and kind that bends by this much at a point begins a new stretch."""


_PAVEMENTS = ("footway", "cycleway")
"""Who walks straight on from one without a name to another is told nothing: they change at every crossing."""


def thresholds() -> dict[str, float | Sequence[str]]:
    """Return the constants of directions by name, for a phone that makes the same steps (``static/js/offline``)."""
    return {
        "look_m": _LOOK_M,
        "short_m": _SHORT_M,
        "small_m": _SMALL_M,
        "bend_deg": _BEND_DEG,
        "straight_deg": _STRAIGHT_DEG,
        "back_deg": _BACK_DEG,
        "spoken_leg_m": _SPOKEN_ACCESS_M,
        "kink_deg": _KINK_DEG,
        "pavements": _PAVEMENTS,
    }


@dataclass(frozen=True)
class Step:
    """One instruction: its sentence, and the metres and seconds until the next."""

    text: str
    distance_m: float
    duration_s: float


@dataclass
class _Stretch:
    """Consecutive pieces on one street. `exits` are the ways out of a roundabout that it passes, the one taken too.

    `is_crossed`: a short link, such as a crossing, leads to it.
    """

    label: Label
    first: int
    last: int
    turn_deg: float
    heading_deg: float
    distance_m: float
    duration_s: float
    exits: int = 0
    is_crossed: bool = False


def describe_route(network: StreetGraph, route: Route, *, lang: str = "zh") -> list[Step]:
    """Return the steps of a route.

    Parameters
    ----------
    network : StreetGraph
    route : Route
    lang : {"zh", "en"}

    Returns
    -------
    list of Step
        The last one is the arrival. Seconds add up to the route's exactly, metres to a decimetre a step, the straight
        access legs at both ends included.

    Raises
    ------
    InputError
        If there is no such language.
    """
    if lang not in LANGUAGES:
        raise InputError("language {lang} is not one of {known}", lang=lang, known=", ".join(LANGUAGES))
    stretches = _stretches(network, route)
    before_m, after_m = route.access_m
    steps: list[Step] = []
    if before_m >= _SPOKEN_ACCESS_M:
        steps.append(_access(before_m, lang))
    elif stretches:
        stretches[0].distance_m += before_m
        stretches[0].duration_s += _access_s(before_m)
    steps += [
        _step(stretch, before, route.mode, lang) for before, stretch in zip([None, *stretches], stretches, strict=False)
    ]
    both_access_m = [after_m] if stretches or before_m >= _SPOKEN_ACCESS_M else [before_m, after_m]
    steps.append(_arrival(route, sum(both_access_m), sum(map(_access_s, both_access_m)), lang))
    return steps


def _stretches(network: StreetGraph, route: Route) -> list[_Stretch]:
    travelled = route.travelled
    n = travelled.edge.size
    if n == 0:
        return []
    distance_m = travelled.part * network.edge_length[travelled.edge]
    # Rounded piece by piece, as the route's own duration is.
    duration_s = np.rint(travelled.part * network.cost[route.mode][travelled.arc]) / 10.0
    path = _Path(route)
    code = network.edge_label[travelled.edge]
    labels = {c: network.labels[c] for c in set(code.tolist())}

    # A new stretch begins where the street changes or turns off, at either end of a bridge, and of a tunnel.
    kink = np.abs(_turn(path.heading_out[:-1], path.heading_in[1:])) if n > 1 else np.empty(0)
    starts = [0]
    label_of = [labels[c] for c in code.tolist()]
    for i in (np.flatnonzero((code[1:] != code[:-1]) | (kink >= _KINK_DEG)) + 1).tolist():
        before, after = label_of[i - 1], label_of[i]
        if not (_is_alike(before, after) and _is_same_street(before, after, path.turn_at(i, i), is_walk=path.is_walk)):
            starts.append(i)
    sums = [np.add.reduceat(values, starts).tolist() for values in (distance_m, duration_s)]
    found = [
        _Stretch(label_of[first], first, last, 0.0, 0.0, metres, seconds)
        for (first, last), metres, seconds in zip(pairwise([*starts, n]), *sums, strict=True)
    ]
    found = _join_stretches(path, found)
    turned_from = 0
    for stretch in found:
        stretch.turn_deg = path.turn_at(turned_from, stretch.first)
        stretch.heading_deg = path.heading_after(stretch.first)
        turned_from = stretch.last
        if stretch.label.is_roundabout and stretch is not found[-1]:
            stretch.exits = _count_exits(network, route, stretch)
    return found


def _join_stretches(path: "_Path", stretches: list[_Stretch]) -> list[_Stretch]:
    """Give the metres of short unnamed links to the stretch that follows, and let one's street go on past small things.

    A street goes on past a link, a small bridge or tunnel, and beyond any bridge or tunnel that was told.
    """
    kept: list[_Stretch] = []
    carried_m = carried_s = 0.0
    for i, stretch in enumerate(stretches):
        label = stretch.label
        is_plain = not (label.is_bridge or label.is_roundabout or label.kind in _NEVER_SWALLOWED)
        is_short = stretch.distance_m < _SHORT_M and (i > 0 or label.name is None) and i + 1 < len(stretches)
        if is_plain and is_short and (label.name is None or _is_straight(path, stretch)):
            carried_m, carried_s = carried_m + stretch.distance_m, carried_s + stretch.duration_s
            continue
        is_told = stretch.distance_m >= _SMALL_M and (label.is_bridge or label.is_tunnel)
        stretch.distance_m, stretch.duration_s = stretch.distance_m + carried_m, stretch.duration_s + carried_s
        stretch.is_crossed = carried_m > 0.0
        carried_m = carried_s = 0.0
        before = kept[-1] if kept else None
        if (
            before
            and not (is_told or label.is_roundabout)
            and _is_same_street(before.label, label, path.turn_at(before.last, stretch.first), is_walk=path.is_walk)
        ):
            before.distance_m += stretch.distance_m
            before.duration_s += stretch.duration_s
            before.last = stretch.last
            is_small = before.distance_m - stretch.distance_m < _SMALL_M
            if is_small and not (label.is_bridge or label.is_tunnel):
                # What began with a small bridge is the street that goes on beyond it.
                before.label = label
            continue
        kept.append(stretch)
    return kept


def _is_straight(path: "_Path", stretch: _Stretch) -> bool:
    """Tell whether a stretch neither begins nor ends with a turn."""
    return all(abs(path.turn_at(piece, piece)) < _STRAIGHT_DEG for piece in (stretch.first, stretch.last))


class _Path:
    """The route's line in metres, to measure angles on."""

    def __init__(self, route: Route) -> None:
        self.is_walk = route.mode == "walk"
        low, high = int(route.point_ptr[0]), int(route.point_ptr[-1])
        points = route.coordinates[low : high + 1]
        xy = points * [np.cos(np.radians(points[0, 1])), 1.0] * 111_320.0
        ptr = route.point_ptr - low
        step = np.diff(xy, axis=0)
        along = np.concatenate([[0.0], np.cumsum(np.hypot(*step.T))])
        heading = np.degrees(np.arctan2(step[:, 0], step[:, 1]))
        self.heading_in: Floats = heading[ptr[:-1]]
        self.heading_out: Floats = heading[np.maximum(ptr[1:] - 1, 0)]
        # At all corners at once: one by one they would take longer than the search.
        at = along[ptr]
        behind, here, ahead = (
            np.stack([np.interp(at + look_m, along, xy[:, axis]) for axis in (0, 1)])
            for look_m in (-_LOOK_M, 0.0, _LOOK_M)
        )
        # Read one by one: from lists, which is ten times as quick as from arrays.
        self._before: list[float] = (np.degrees(np.arctan2(*(here - behind))) % 360.0).tolist()
        self._after: list[float] = (np.degrees(np.arctan2(*(ahead - here))) % 360.0).tolist()

    def turn_at(self, before: int, after: int) -> float:
        """Return the angle between the end of piece `before` and the start of piece `after`; right positive."""
        if before == 0:
            return 0.0
        return _turn(self._before[before], self._after[after])

    def heading_after(self, piece: int) -> float:
        """Return the heading at the beginning of a piece, degrees clockwise from north."""
        return self._after[piece]


def _turn(before: _Degrees, after: _Degrees) -> _Degrees:
    return (after - before + 180.0) % 360.0 - 180.0


def _is_same_street(before: Label, after: Label, turn_deg: float, *, is_walk: bool = False) -> bool:
    if before.is_roundabout or after.is_roundabout:
        return before.is_roundabout and after.is_roundabout
    if is_walk and before.name is None and after.name is None and abs(turn_deg) < _STRAIGHT_DEG:
        return before.kind == after.kind or {before.kind, after.kind} <= set(_PAVEMENTS)
    return _is_called_the_same(before, after) and abs(turn_deg) < _BEND_DEG


def _is_called_the_same(before: Label, after: Label) -> bool:
    if (before.kind == "ferry") != (after.kind == "ferry"):
        return False
    return before.name == after.name and (before.name is not None or before.kind == after.kind)


def _is_alike(before: Label, after: Label) -> bool:
    return (before.is_bridge, before.is_tunnel) == (after.is_bridge, after.is_tunnel)


def _count_exits(network: StreetGraph, route: Route, stretch: _Stretch) -> int:
    """Return how many nodes with a way out a roundabout's stretch passes, the last one included."""
    arcs = route.travelled.arc[stretch.first : stretch.last]
    heads = np.where(arcs & 1, network.edge_u[arcs >> 1], network.edge_v[arcs >> 1])
    count = 0
    for node in heads:
        leaving = network.arc_id[network.arc_ptr[node] : network.arc_ptr[node + 1]]
        is_open = (network.cost[route.mode][leaving] >= 0) & (leaving < 2 * network.n_street)
        kinds = (network.labels[int(c)] for c in network.edge_label[leaving[is_open] >> 1])
        count += any(not label.is_roundabout for label in kinds)
    return count


def _access(distance_m: float, lang: str) -> Step:
    said = wording.distance(distance_m, lang)
    text = wording.sentence("leg", lang, said=said)
    return _make_step(text, distance_m, _access_s(distance_m))


def _access_s(distance_m: float) -> float:
    """Return the walking time of an access leg, to a decisecond like every cost."""
    return round(distance_m / WALK_SPEED_MPS * 10.0) / 10.0


def _step(stretch: _Stretch, before: _Stretch | None, mode: str, lang: str) -> Step:
    label = stretch.label
    # Who walks goes round on the pavement and counts no exits.
    counts_exits = mode != "walk"
    structure = "bridge" if label.is_bridge else "tunnel" if label.is_tunnel else ""
    leaves = before is not None and before.exits > 0 and counts_exits
    if label.kind == "ferry":
        kind = "ferry"
    elif label.is_roundabout:
        kind = "exit" if stretch.exits and counts_exits else "roundabout" if counts_exits else "round"
    elif label.kind == "elevator":
        kind = "lift"
    elif before is None:
        kind = "start"
    elif structure:
        kind = ("leave_" if leaves else "") + structure + ("" if label.name else "_unnamed")
    elif before.label.is_roundabout:
        kind = "leave" if leaves else "turn"
    elif stretch.is_crossed and abs(stretch.turn_deg) >= _BACK_DEG:
        kind = "back" if mode == "walk" else "back_driven"
    elif _is_called_the_same(before.label, label):
        kind = "keep"
    else:
        kind = "steps" if label.kind == "steps" else "turn"
    text = wording.sentence(
        kind,
        lang,
        street=wording.ferry(label, lang) if kind == "ferry" else wording.street(label, lang),
        said=wording.distance(stretch.distance_m, lang),
        turn=wording.turn(stretch.turn_deg, lang),
        verb=wording.verb(mode, lang),
        compass=wording.compass(stretch.heading_deg, lang),
        exits=stretch.exits,
    )
    return _make_step(text, stretch.distance_m, stretch.duration_s)


def _arrival(route: Route, access_m: float, access_s: float, lang: str) -> Step:
    kind = "arrive"
    if route.access_m[1] >= _SPOKEN_ACCESS_M and len(route.coordinates) > 2:
        a, b, c = route.coordinates[-3:]
        scale = np.cos(np.radians(b[1]))
        cross = (b[0] - a[0]) * scale * (c[1] - b[1]) - (b[1] - a[1]) * (c[0] - b[0]) * scale
        kind = "arrive_left" if cross > 0 else "arrive_right"
    text = wording.sentence(kind, lang, said=wording.distance(access_m, lang))
    return _make_step(text, access_m, access_s)


def _make_step(text: str, distance_m: float, duration_s: float) -> Step:
    return Step(text, round(distance_m, 1), round(duration_s, 1))
