"""Named streets and the crossings of two of them, as a person who looks for a start names them."""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from geo.network.graph import StreetGraph

MOTORWAYS = frozenset({"motorway", "motorway_link"})
"""Nobody sets out from one."""


@dataclass(frozen=True)
class NamedStreet:
    """A street: its name, English name, and a point on it near its middle (degrees)."""

    name: str
    name_en: str | None
    lon: float
    lat: float


@dataclass(frozen=True)
class Crossing:
    """Where two streets meet: their rows in the list of streets, degrees."""

    streets: tuple[int, int]
    lon: float
    lat: float


@dataclass(frozen=True)
class StreetNames:
    """The named streets of a network by name, and the crossings of two of them."""

    streets: tuple[NamedStreet, ...]
    crossings: tuple[Crossing, ...]


def name_streets(network: StreetGraph) -> StreetNames:
    """Return every named street once, with the crossings of each two of them.

    Two streets that meet at several nodes (carriageways apart, a roundabout) cross once: at the node nearest to the
    middle of those.

    Parameters
    ----------
    network : StreetGraph
    """
    labels = [network.labels[i] for i in range(len(network.labels))]
    is_named = np.array([bool(label.name) and label.kind not in MOTORWAYS for label in labels], bool)
    edges = np.flatnonzero(is_named[network.edge_label[: network.n_street]]) if len(labels) else np.empty(0, np.int64)
    edges_of: dict[str, list[int]] = defaultdict(list)
    for edge, label in zip(edges.tolist(), network.edge_label[edges].tolist(), strict=True):
        edges_of[str(labels[label].name)].append(edge)
    names = sorted(edges_of)
    streets = []
    at_node: dict[int, set[int]] = defaultdict(set)
    for row, name in enumerate(names):
        own = np.array(edges_of[name], np.int64)
        lon, lat = _middle(network, own)
        name_en = next((labels[i].name_en for i in network.edge_label[own].tolist() if labels[i].name_en), None)
        streets.append(NamedStreet(name, name_en, lon, lat))
        for node in np.unique(np.concatenate([network.edge_u[own], network.edge_v[own]])).tolist():
            at_node[node].add(row)
    return StreetNames(tuple(streets), _crossings(network, at_node))


def _middle(network: StreetGraph, edges: np.ndarray) -> tuple[float, float]:
    """Return the middle point of the edge that lies nearest to the middle of all of them."""
    at = (network.point_ptr[edges] + network.point_ptr[edges + 1]) // 2
    points = network.points[at]
    nearest = int(np.argmin(((points - points.mean(axis=0)) ** 2).sum(axis=1)))
    return float(points[nearest, 0]), float(points[nearest, 1])


def _crossings(network: StreetGraph, at_node: dict[int, set[int]]) -> tuple[Crossing, ...]:
    nodes_of: dict[tuple[int, int], list[int]] = defaultdict(list)
    for node, rows in at_node.items():
        meeting = sorted(rows)
        for i, first in enumerate(meeting):
            for second in meeting[i + 1 :]:
                nodes_of[first, second].append(node)
    found = []
    for pair, nodes in sorted(nodes_of.items()):
        where = np.column_stack([network.node_lon[nodes], network.node_lat[nodes]])
        nearest = int(np.argmin(((where - where.mean(axis=0)) ** 2).sum(axis=1)))
        found.append(Crossing(pair, float(where[nearest, 0]), float(where[nearest, 1])))
    return tuple(found)
