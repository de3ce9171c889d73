"""An independent twin of the street engine: every OSM point a vertex, floating costs, SciPy searches, brute snapping.

It shares with the program the table of modes and the ways across squares: no cutting at crossings, no grid, no tables,
no integers.
"""

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import osmium
import pyproj
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, dijkstra

from geo.network.modes import KEPT_TAGS, edge_speeds, is_restricted, load_modes, node_is_open
from loaders.streets import parse_streets

_DRAWN_M = 0.05
"""How far the drawing of a way may lie off a segment: coordinates are kept to seven digits."""


@dataclass(frozen=True)
class Oracle:
    """Segments between consecutive points of open ways; tunnels are in it, but not `snappable`."""

    xy: np.ndarray
    a: np.ndarray
    b: np.ndarray
    metres: np.ndarray
    forward_kph: np.ndarray
    backward_kph: np.ndarray
    snappable: np.ndarray
    is_restricted: np.ndarray
    """Segments to get there and away by, not to pass through."""
    to_metres: pyproj.Transformer


def read_oracle(path: Path, *, mode: str) -> Oracle:
    """Read an extract into segments that `mode` may use, in its largest strongly connected part."""
    rules = load_modes()[mode]
    index: dict[int, int] = {}
    lonlat: list[tuple[float, float]] = []
    barred: set[int] = set()
    ways: list[tuple[int, dict[str, str], list[int | None]]] = []
    for item in osmium.FileProcessor(str(path)).with_locations():
        tags = {tag.k: tag.v for tag in item.tags if tag.k in KEPT_TAGS}
        if isinstance(item, osmium.osm.Node):
            if "barrier" in item.tags and not node_is_open(tags, rules):
                barred.add(item.id)
        elif isinstance(item, osmium.osm.Way) and tags.get("area") != "yes":
            if not any(sum(edge_speeds(tags, other)) for other in load_modes().values()):
                continue
            # An extract cut at a border names nodes it does not hold; nothing leads across such a gap.
            ways.append((item.id, tags, [n.ref if n.location.valid() else None for n in item.nodes]))
            for n in item.nodes:
                if n.location.valid() and n.ref not in index:
                    index[n.ref] = len(lonlat)
                    lonlat.append((n.lon, n.lat))
    frames = parse_streets(path)
    squares = frames.edges[[tags.get("area") == "yes" for tags in frames.edges["tags"]]]
    for edge in squares.itertuples():
        refs = [edge.u, *(-(10**15) - len(lonlat) - i for i in range(len(edge.geometry.coords) - 2)), edge.v]
        for ref, at in zip(refs, edge.geometry.coords, strict=True):
            if ref not in index:
                index[ref] = len(lonlat)
                lonlat.append(at[:2])
        ways.append((edge.way_id, edge.tags, refs))

    ends: dict[int, list[int]] = {ref: [] for ref in barred}
    for way, _, refs in ways:
        for first, second in pairwise(refs):
            for ref in {first, second} & barred:
                ends[ref].append(way)

    def vertex(ref: int, way: int) -> int:
        # Every piece ends by itself at a barrier, save those of the one way that goes through at a junction.
        if ref not in barred or (len(ends[ref]) > 2 and ends[ref].count(way) > 1):
            return index[ref]
        lonlat.append(lonlat[index[ref]])
        return len(lonlat) - 1

    rows: list[tuple[int, int, float, float, bool, bool]] = []
    for way, tags, refs in ways:
        forward, backward = edge_speeds(tags, rules)
        if forward + backward == 0 or tags.get("route") == "ferry":
            continue
        can_snap = tags.get("tunnel", "no") in ("no", "building_passage")
        rows += [
            (vertex(a, way), vertex(b, way), forward, backward, can_snap, is_restricted(tags, rules))
            for a, b in pairwise(refs)
            if None not in (a, b) and a != b
        ]
    points = np.array(lonlat)
    a, b = np.array([r[0] for r in rows]), np.array([r[1] for r in rows])
    forward, backward = np.array([r[2] for r in rows]), np.array([r[3] for r in rows])
    geod = pyproj.Geod(ellps="WGS84")
    metres = np.asarray(geod.inv(points[a, 0], points[a, 1], points[b, 0], points[b, 1])[2])
    lon0, lat0 = points.mean(axis=0)
    to_metres = pyproj.Transformer.from_crs(
        "EPSG:4326", f"+proj=tmerc +lon_0={lon0} +lat_0={lat0} +k=1 +ellps=WGS84", always_xy=True
    )
    along, against = forward > 0, backward > 0
    graph = coo_array(
        (np.ones(along.sum() + against.sum()), (np.r_[a[along], b[against]], np.r_[b[along], a[against]])),
        shape=(len(points),) * 2,
    )
    _, part = connected_components(graph.tocsr(), connection="strong")
    main = np.argmax(np.bincount(part[a]))
    keep = (part[a] == main) & (part[b] == main)
    xy = np.column_stack(to_metres.transform(points[:, 0], points[:, 1]))
    usable = keep & np.array([r[4] for r in rows])
    a, b, metres, forward, backward, usable = (x[keep] for x in (a, b, metres, forward, backward, usable))
    restricted = np.array([r[5] for r in rows])[keep]
    if restricted.any():
        # What the rest of the main part reaches through restricted segments alone is restricted too.
        along, against = (forward > 0) & ~restricted, (backward > 0) & ~restricted
        graph = coo_array(
            (np.ones(along.sum() + against.sum()), (np.r_[a[along], b[against]], np.r_[b[along], a[against]])),
            shape=(len(points),) * 2,
        )
        _, part = connected_components(graph.tocsr(), connection="strong")
        is_inside = ~restricted & (part[a] == part[b])
        main = np.argmax(np.bincount(part[a[is_inside]], metres[is_inside]))
        restricted = ~(is_inside & (part[a] == main))
    return Oracle(xy, a, b, metres, forward, backward, usable, restricted, to_metres)


def snap_brute(oracle: Oracle, lon: float, lat: float) -> tuple[int, float, float]:
    """Return (segment, fraction, leg in metres) of the nearest snappable segment, by looking at every one."""
    p = np.array(oracle.to_metres.transform(lon, lat))
    start, end = oracle.xy[oracle.a], oracle.xy[oracle.b]
    d = end - start
    t = np.clip(((p - start) * d).sum(axis=1) / np.maximum((d * d).sum(axis=1), 1e-12), 0, 1)
    leg = np.hypot(*(start + t[:, None] * d - p).T)
    leg[~oracle.snappable] = np.inf
    best = int(np.argmin(leg))
    return best, float(t[best]), float(leg[best])


def snap_all(oracle: Oracle, points: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return what `attach_brute` does of each point, by a search tree over the segments."""
    usable = np.flatnonzero(oracle.snappable)
    segments = shapely.linestrings(np.stack([oracle.xy[oracle.a[usable]], oracle.xy[oracle.b[usable]]], axis=1))
    xy = np.column_stack(oracle.to_metres.transform(*np.asarray(points).T))
    found = shapely.STRtree(segments).nearest(shapely.points(xy))
    part = shapely.line_locate_point(segments[found], shapely.points(xy), normalized=True)
    return usable[found], part, shapely.distance(segments[found], shapely.points(xy))


def search(oracle: Oracle, where: list[tuple[int, float, float]]) -> tuple[np.ndarray, np.ndarray]:
    """Return (seconds, predecessor) of every vertex on its way to each snapped facility, straight legs not included.

    Each facility becomes a vertex inside its segment, searched from on the reversed graph. Vertex ``v`` is there three
    times: ``v`` in the restricted streets where one sets out, ``n + v`` on open streets, ``2 n + v`` in the restricted
    streets where one arrives; the facilities come behind them.
    """
    n = len(oracle.xy)
    kph = {0: oracle.forward_kph, 1: oracle.backward_kph}
    rows, cols, cost = [], [], []
    for i, (tail, head) in enumerate(((oracle.a, oracle.b), (oracle.b, oracle.a))):
        for layer in range(3):
            use = (kph[i] > 0) & (oracle.is_restricted == (layer != 1))
            rows.append(layer * n + head[use]), cols.append(layer * n + tail[use])
            cost.append(oracle.metres[use] / kph[i][use] * 3.6)
    every = np.arange(n)
    for layer in (1, 2):
        rows.append(layer * n + every), cols.append((layer - 1) * n + every), cost.append(np.full(n, 1e-9))
    for f, (s, t, _) in enumerate(where):
        layer = 2 if oracle.is_restricted[s] else 1
        if kph[0][s] > 0:
            rows.append(np.array([3 * n + f])), cols.append(np.array([layer * n + oracle.a[s]]))
            cost.append(np.array([max(t * oracle.metres[s] / kph[0][s] * 3.6, 1e-9)]))
        if kph[1][s] > 0:
            rows.append(np.array([3 * n + f])), cols.append(np.array([layer * n + oracle.b[s]]))
            cost.append(np.array([max((1 - t) * oracle.metres[s] / kph[1][s] * 3.6, 1e-9)]))
    # Parallel segments: keep the quickest, for a sparse matrix would add them up.
    r, c, w = np.concatenate(rows), np.concatenate(cols), np.concatenate(cost)
    order = np.lexsort((w, c, r))
    r, c, w = r[order], c[order], w[order]
    first = np.r_[True, (r[1:] != r[:-1]) | (c[1:] != c[:-1])]
    graph = coo_array((w[first], (r[first], c[first])), shape=(3 * n + len(where),) * 2).tocsr()
    found: tuple[np.ndarray, np.ndarray] = dijkstra(
        graph, indices=3 * n + np.arange(len(where)), return_predecessors=True
    )
    return found


def seconds_brute(oracle: Oracle, points: np.ndarray, facilities: np.ndarray, *, reach_m: float) -> np.ndarray:
    """Return seconds from every point to every facility (n_point, n_facility), legs included; inf: no way.

    A point or facility farther than `reach_m` from every segment reaches nothing.
    """
    where = list(zip(*snap_all(oracle, facilities), strict=True))
    time, _ = search(oracle, where)
    segment, part, leg = snap_all(oracle, points)
    layer = np.where(oracle.is_restricted[segment], 0, len(oracle.xy))
    best = np.full((len(segment), len(where)), np.inf)
    for kph, node, share in (
        (oracle.forward_kph[segment], oracle.b[segment], 1.0 - part),
        (oracle.backward_kph[segment], oracle.a[segment], part),
    ):
        own = np.divide(share * oracle.metres[segment] * 3.6, kph, out=np.full(len(kph), np.inf), where=kph > 0)
        best = np.minimum(best, own[:, None] + time[:, layer + node].T)
    for f, (own_segment, own_part, _) in enumerate(where):
        for kph, ahead in ((oracle.forward_kph, own_part - part), (oracle.backward_kph, part - own_part)):
            is_on_way = (segment == own_segment) & (ahead >= 0) & (kph[segment] > 0)
            inside = ahead[is_on_way] * oracle.metres[own_segment] / kph[own_segment] * 3.6
            best[is_on_way, f] = np.minimum(best[is_on_way, f], inside)
    facility_leg = np.array([each[2] for each in where])
    best += (leg[:, None] + facility_leg) / 1.2
    best[(leg > reach_m)[:, None] | (facility_leg > reach_m)] = np.inf
    return best


def nearest_brute(oracle: Oracle, points: np.ndarray, facilities: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return for every point (seconds, metres) to every facility along the quickest way, legs included.

    Each point tries both ends of its segment, and the segment itself.
    """
    n = len(oracle.xy)
    where = [snap_brute(oracle, *f) for f in facilities]
    kph = {0: oracle.forward_kph, 1: oracle.backward_kph}
    time, before = search(oracle, where)

    def metres_to(f: int, node: int) -> float:
        total = 0.0
        while before[f, node] != 3 * n + f:
            previous = before[f, node]
            a, b = sorted((int(node) % n, int(previous) % n))
            total += length[a, b] if a != b else 0.0
            node = previous
        s, t, _ = where[f]
        ends = {int(oracle.a[s]): t * oracle.metres[s], int(oracle.b[s]): (1 - t) * oracle.metres[s]}
        return total + ends[int(node) % n]

    # Of parallel segments, the metres of the quickest.
    length: dict[tuple[int, int], float] = {}
    quickest = oracle.metres / np.maximum(oracle.forward_kph, oracle.backward_kph)
    for i in np.argsort(-quickest).tolist():
        a, b = int(oracle.a[i]), int(oracle.b[i])
        length[min(a, b), max(a, b)] = float(oracle.metres[i])
    answers = []
    for lon, lat in points:
        s, t, leg = snap_brute(oracle, lon, lat)
        best_s, best_m = np.full(len(where), np.inf), np.full(len(where), np.inf)
        for f, (fs, ft, fleg) in enumerate(where):
            ways: list[tuple[float, float]] = []
            for i, (node, part) in enumerate(((int(oracle.b[s]), 1 - t), (int(oracle.a[s]), t))):
                node += 0 if oracle.is_restricted[s] else n
                if kph[i][s] > 0 and np.isfinite(time[f, node]):
                    own = part * oracle.metres[s]
                    ways.append((own / kph[i][s] * 3.6 + time[f, node], own + metres_to(f, node)))
            if fs == s:
                i = 0 if ft >= t else 1
                if kph[i][s] > 0:
                    own = abs(ft - t) * oracle.metres[s]
                    ways.append((own / kph[i][s] * 3.6, own))
            if ways:
                way = min(ways)
                best_s[f], best_m[f] = way[0] + (leg + fleg) / 1.2, way[1] + leg + fleg
        answers.append((best_s, best_m))
    return answers


def along(oracle: Oracle, line: np.ndarray) -> tuple[float, float]:
    """Return (seconds, metres) of a drawn way, degrees (n, 2), from its first point on a street to its last.

    Raises
    ------
    AssertionError
        If a stretch of it lies on no segment, or goes against a one-way one.
    """
    xy = np.column_stack(oracle.to_metres.transform(*np.asarray(line).T))
    start, end = oracle.xy[oracle.a], oracle.xy[oracle.b]
    tree = shapely.STRtree(shapely.linestrings(np.stack([start, end], axis=1)))
    seconds = metres = 0.0
    for here, there in pairwise(xy):
        ends = shapely.points([here, there])
        found = [set(tree.query(point, predicate="dwithin", distance=_DRAWN_M).tolist()) for point in ends]
        own = float(np.hypot(*(there - here)))
        if own < _DRAWN_M:
            continue
        paces = [
            oracle.forward_kph[s] if (end[s] - start[s]) @ (there - here) > 0.0 else oracle.backward_kph[s]
            for s in found[0] & found[1]
        ]
        assert paces, f"nothing leads from {here} to {there}"
        assert max(paces) > 0.0, f"closed from {here} to {there}"
        seconds += own / max(paces) * 3.6
        metres += own
    return seconds, metres
