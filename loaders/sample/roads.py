"""Roads between places: main roads join the towns, lesser ones the villages, tracks lead into the hills."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely
from scipy.sparse.csgraph import dijkstra

from loaders.sample.chains import trace_chains
from loaders.sample.country import (
    Country,
    inside_any,
    neighbour_links,
    road_ends,
    sides_of,
    way_between,
    ways_along,
    worth_building,
)
from loaders.sample.curves import curve_pieces
from loaders.sample.fabric import Fabric, Gate
from loaders.sample.plane import Area, BoolArray, FloatArray, IntArray
from loaders.sample.settlements import Settlement

TRUNK_NAME, PROVINCIAL_NAME = "320国道", "305省道"
"""Names of real roads. Which towns they pass here, `TRUNK_TOWNS` and `PROVINCIAL_TOWNS`, is a schematic choice."""

TRUNK_TOWNS = ("330111006", "330111001", "330111004", "330111115")
PROVINCIAL_TOWNS = ("330111110", "330111204", "330111117", "330111118", "330111108", "330111207")

_MAIN_DETOUR = 1.2
_VILLAGE_DETOUR = 1.35
_N_ROAD_END = 9
_ROAD_ENDS_APART_M = 9_000.0
_N_TRACK = 230
_TRACK_COST = (450.0, 3_200.0)
_RANKS = ("trunk", "primary", "secondary", "tertiary", "unclassified", "track")
_SMOOTHING = (8, 7, 6, 4, 3, 1)


@dataclass(frozen=True)
class Kind:
    """What a stretch of road is: its OSM ``highway``, its name, whether it is a bridge."""

    highway: str
    name: str | None = None
    is_bridge: bool = False


@dataclass(frozen=True)
class Road:
    """A road between two crossings, shape (k, 2) in metres."""

    xy: FloatArray
    kind: Kind


def plan_roads(
    rng: np.random.Generator,
    country: Country,
    settlements: list[Settlement],
    *,
    sights: IntArray,
    crossings: IntArray,
    outline: Area,
) -> dict[tuple[int, int], Kind]:
    """Return the sides of the country's mesh where roads run, each with its smaller vertex first.

    The first vertices of `country` are the centres of `settlements`, in their order; `sights` are vertices that want a
    road too; `crossings`, shape (k, 2), are the abutments of the bridges.
    """
    core = {s.town_code: i for i, s in enumerate(settlements) if s.is_core}
    exits = road_ends(
        country,
        outline=outline,
        near=country.xy[[core[TRUNK_TOWNS[0]], core[TRUNK_TOWNS[-1]]]],
        count=_N_ROAD_END,
        apart_m=_ROAD_ENDS_APART_M,
    )
    stops = [*core.values(), *crossings.ravel().tolist(), *exits.tolist()]
    links = worth_building(
        neighbour_links(country, [np.array([stop]) for stop in stops]),
        np.full((len(stops), len(stops)), np.inf),
        detour=_MAIN_DETOUR,
    )
    first_exit = len(stops) - len(exits)
    leaving = sides_of([link.path for link in links if link.b >= first_exit])
    joining = sides_of([link.path for link in links if link.b < first_exit])
    main = np.unique(np.vstack([leaving, joining]), axis=0)

    lesser = _lesser_sides(country, main, settlements, sights)
    tracks = _tracks(rng, country, np.unique(np.vstack([main, lesser])))

    trunk = _through(country, main, [int(exits[0]), *(core[code] for code in TRUNK_TOWNS), int(exits[1])])
    provincial = _through(country, main, [core[code] for code in PROVINCIAL_TOWNS])

    kinds: dict[tuple[int, int], Kind] = {}
    for sides, kind in (
        (tracks, Kind("track")),
        (lesser, Kind("unclassified")),
        (leaving, Kind("tertiary")),
        (joining, Kind("secondary")),
        (provincial, Kind("primary", PROVINCIAL_NAME)),
        (trunk, Kind("trunk", TRUNK_NAME)),
        (np.sort(crossings, axis=1), Kind("primary", is_bridge=True)),
    ):
        kinds.update({(int(p), int(q)): kind for p, q in sides})
    return kinds


def bearings(country: Country, sides: list[tuple[int, int]], n_place: int) -> FloatArray:
    """Return for each of the first `n_place` vertices the direction in radians of a road that leaves it."""
    bearing = np.zeros(n_place)
    for p, q in sides:
        for here, there in ((p, q), (q, p)):
            if here < n_place:
                dx, dy = country.xy[there] - country.xy[here]
                bearing[here] = np.arctan2(dy, dx)
    return bearing


def draw_roads(
    country: Country, kinds: dict[tuple[int, int], Kind], fabrics: list[Fabric], *, joints: tuple[int, ...]
) -> tuple[list[Road], list[Gate]]:
    """Return smooth roads outside the built-up places, and the gates where they enter those.

    Inside a footprint the place's own streets carry the traffic, from its gates on. At the vertices `joints` something
    else will join: roads stop there, and the vertices stay where they are.
    """
    owner = inside_any(country.xy, [fabric.footprint for fabric in fabrics])
    owner[: len(fabrics)] = np.arange(len(fabrics))  # the middle of a ragged place may lie outside its footprint
    xy = [*country.xy]
    gate_vertex: dict[tuple[int, int], int] = {}
    gates: list[Gate] = []

    def outside(vertex: int, other: int, kind: Kind) -> int:
        """Return the vertex itself, or the gate through which the road from `other` reaches its place."""
        place = int(owner[vertex])
        if place < 0:
            return vertex
        towards = country.xy[vertex] if kind.is_bridge else country.xy[other]
        node = fabrics[place].nearest_gate(towards)
        gates.append(Gate(fabric=place, node=node, highway=kind.highway))
        if (place, node) not in gate_vertex:
            gate_vertex[place, node] = len(xy)
            xy.append(fabrics[place].xy[node])
        return gate_vertex[place, node]

    pieces: dict[tuple[int, int], Kind] = {}
    for (p, q), kind in kinds.items():
        if owner[p] < 0 or owner[p] != owner[q]:
            a, b = outside(p, q, kind), outside(q, p, kind)
            if (b, a) not in pieces:  # two sides of the mesh may lead through the same two gates
                pieces.setdefault((a, b), kind)
    points = np.array(xy)
    _straighten(points, pieces, keep=joints)
    ends, kind_of = list(pieces), list(pieces.values())
    fixed = np.arange(len(points)) >= len(country.xy)
    fixed[[vertex for pair, kind in pieces.items() if kind.is_bridge for vertex in pair]] = True
    fixed[list(joints)] = True
    curves = curve_pieces(
        points,
        np.array(ends),
        [_RANKS.index(kind.highway) for kind in kind_of],
        passes=_SMOOTHING,
        fixed=fixed,
    )
    curve_of = dict(zip(ends, curves, strict=True))
    roads = []
    for run, piece in trace_chains(ends, kind_of, stops=joints):
        kind = kind_of[piece]
        parts = [curve_of[a, b] if (a, b) in curve_of else curve_of[b, a][::-1] for a, b in pairwise(run)]
        line = parts[0][[0, -1]] if kind.is_bridge else np.vstack([parts[0][:1], *(part[1:] for part in parts)])
        roads.append(Road(np.asarray(shapely.get_coordinates(shapely.LineString(line).simplify(1.2))), kind))
    return roads, gates


def _straighten(xy: FloatArray, pieces: dict[tuple[int, int], Kind], *, keep: tuple[int, ...]) -> None:
    """Take out, in place, the vertices where a road turns back sharply between two nearby places."""
    at: dict[int, list[tuple[int, int]]] = {}
    for pair in pieces:
        for vertex in pair:
            at.setdefault(vertex, []).append(pair)
    for vertex, pairs in at.items():
        if len(pairs) != 2 or vertex in keep or not all(pair in pieces for pair in pairs):
            continue
        first, second = (pair[0] if pair[1] == vertex else pair[1] for pair in pairs)
        one, other = xy[first] - xy[vertex], xy[second] - xy[vertex]
        sharp = float(one @ other) > -0.1 * float(np.hypot(*one) * np.hypot(*other))
        if sharp and first != second and pieces[pairs[0]] == pieces[pairs[1]]:
            kind = pieces.pop(pairs[0])
            del pieces[pairs[1]]
            if (second, first) not in pieces:
                pieces.setdefault((first, second), kind)


def _lesser_sides(country: Country, main: IntArray, settlements: list[Settlement], sights: IntArray) -> IntArray:
    """Return roads that join villages and sights to the main roads, and those that spare neighbours a detour."""
    lone = [i for i, s in enumerate(settlements) if not s.is_core] + sights.tolist()
    to_main = worth_building(
        neighbour_links(country, [np.unique(main), *(np.array([i]) for i in lone)]),
        np.full((len(lone) + 1,) * 2, np.inf),
        detour=np.inf,
    )
    joined = np.unique(np.vstack([main, sides_of([link.path for link in to_main])]), axis=0)
    everyone = np.arange(len(settlements))
    shortcuts = worth_building(
        neighbour_links(country, list(everyone[:, None])),
        ways_along(country, joined, everyone),
        detour=_VILLAGE_DETOUR,
    )
    return sides_of([link.path for link in (*to_main, *shortcuts)])


def _through(country: Country, main: IntArray, stops: list[int]) -> IntArray:
    return sides_of([way_between(country, main, a, b) for a, b in pairwise(stops)])


def _tracks(rng: np.random.Generator, country: Country, used: IntArray) -> IntArray:
    """Return ways from the roads to random places not too deep in the hills; they end there."""
    dist, before, _ = dijkstra(
        country.graph, indices=used, min_only=True, return_predecessors=True, limit=_TRACK_COST[1]
    )
    reachable: BoolArray = np.isfinite(dist) & (dist > _TRACK_COST[0])
    tips = rng.choice(np.flatnonzero(reachable), _N_TRACK, replace=False)
    paths = []
    for tip in tips.tolist():
        path = [tip]
        while before[path[-1]] >= 0:
            path.append(int(before[path[-1]]))
        paths.append(tuple(path))
    return sides_of(paths)
