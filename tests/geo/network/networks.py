"""Small random street networks with everything real ones hide, for properties that must hold on all of them.

Parallel streets, loops, one-way streets, dead ends, islands, streets closed to all, streets where nothing may be
snapped, equal costs (ties), costs of one decisecond and of hours.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from hypothesis import strategies as st

from geo.crs import line_length_m
from geo.network.build import assemble_network
from geo.network.grid import on_grid
from geo.network.labels import Label, LabelList
from geo.network.network import StreetNetwork
from geo.network.snap import SnappedPoints, components_of, snap_aside

MODE = "walk"
CLOSED = -1
CORNER_M = 60.0
"""Corners stand on a lattice this wide, so that lines overlap, cross and fall together as real ones do."""

# Around the width of a bucket of the queue (128), beyond the reach of its ring (65,536), and many that tie.
COSTS = st.sampled_from([1, 2, 10, 10, 10, 127, 128, 129, 600, 5_000, 70_000, 200_000])


@dataclass(frozen=True)
class Street:
    """A street between two corners (their numbers), by way of other places; deciseconds along and against it."""

    u: int
    v: int
    by: tuple[tuple[int, int], ...]
    along: int
    against: int
    can_snap: bool = True
    is_restricted: bool = False


@dataclass(frozen=True)
class Town:
    """Corners on the lattice and the streets between them."""

    corners: tuple[tuple[int, int], ...]
    streets: tuple[Street, ...]

    def network(self) -> StreetNetwork:
        """Return the town as the engine holds it."""
        return assemble(self)


def degrees(x: float, y: float) -> tuple[float, float]:
    """Return longitude and latitude of a place on the lattice."""
    return 119.95 + x * CORNER_M / 96_400.0, 30.05 + y * CORNER_M / 110_860.0


@st.composite
def streets(draw: st.DrawFn, n_corner: int) -> Street:
    """Draw a street between any two corners, the same one too (a loop)."""
    u, v = (draw(st.integers(0, n_corner - 1)) for _ in range(2))
    place = st.tuples(st.integers(0, 6), st.integers(0, 6))
    by = draw(st.lists(place, min_size=2 if u == v else 0, max_size=2))
    cost = draw(COSTS)
    along, against = draw(
        st.sampled_from(
            [(cost, cost), (cost, cost), (cost, CLOSED), (CLOSED, cost), (cost, 3 * cost), (CLOSED, CLOSED)]
        )
    )
    return Street(u, v, tuple(by), along, against, draw(st.booleans()) or draw(st.booleans()))


@st.composite
def towns(draw: st.DrawFn, *, max_corners: int = 7, max_streets: int = 12) -> Town:
    """Draw a town; some corners are joined to nothing, some streets to nothing else."""
    corners = draw(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=max_corners))
    drawn = draw(st.lists(streets(len(corners)), min_size=1, max_size=max_streets))
    return Town(tuple(corners), tuple(drawn))


@st.composite
def guarded_towns(draw: st.DrawFn) -> Town:
    """Draw a town of which some streets may be used to get there and away only."""
    town = draw(towns())
    return replace(town, streets=tuple(replace(s, is_restricted=draw(st.booleans())) for s in town.streets))


@st.composite
def spots(draw: st.DrawFn, n_edge: int, *, max_size: int = 5) -> SnappedPoints:
    """Draw points on streets: at their corners, part-way, at the same spot; some with a leg, some not snapped."""
    rows = draw(
        st.lists(
            st.tuples(
                st.integers(-1, n_edge - 1),
                st.sampled_from([0.0, 0.25, 1 / 3, 0.5, 0.987, 1.0]),
                st.sampled_from([0.0, 0.0, 7.0, 60.0]),
            ),
            min_size=1,
            max_size=max_size,
        )
    )
    edge, fraction, access_m = (np.array(column) for column in zip(*rows, strict=True))
    return SnappedPoints(edge.astype(np.int64), np.where(edge < 0, np.nan, fraction), access_m.astype(np.float64))


def moved_origin(
    network: StreetNetwork, at: SnappedPoints, a: int, b: int, origin: tuple[float, float]
) -> SnappedPoints | None:
    """Return the street farther off from which a route may set out, where none leads on from the nearest; or None."""
    components = components_of(network, at.take([b]), mode=MODE).tolist()
    return snap_aside(network, at.take([a]), *origin, mode=MODE, components=components)


def assemble(town: Town, forbidden: Sequence[tuple[int, ...]] = (), *, u_turn_m: float = 0.0) -> StreetNetwork:
    """Return the network of a town; `forbidden` are sequences of arcs that no way contains.

    Within `u_turn_m` of them nobody turns round.
    """
    lines = [
        on_grid(np.array([degrees(*at) for at in (town.corners[s.u], *s.by, town.corners[s.v])], np.float64))
        for s in town.streets
    ]
    lon, lat = on_grid(np.array([degrees(*at) for at in town.corners], np.float64)).T.copy()
    n_edge = len(lines)
    return assemble_network(
        node_id=np.arange(len(town.corners), dtype=np.int64),
        node_lon=lon,
        node_lat=lat,
        edge_id=np.arange(1, n_edge + 1, dtype=np.int64),
        edge_u=np.array([s.u for s in town.streets], np.int32),
        edge_v=np.array([s.v for s in town.streets], np.int32),
        edge_length=np.array([line_length_m(line) for line in lines]),
        edge_label=np.zeros(n_edge, np.int32),
        point_ptr=np.concatenate([[0], np.cumsum([len(line) for line in lines])]).astype(np.int64),
        points=np.concatenate(lines),
        labels=LabelList.pack([Label(None, None, "residential")]),
        cost={MODE: np.array([[s.along, s.against] for s in town.streets], np.int32).ravel()},
        can_snap=np.array([s.can_snap for s in town.streets], bool),
        barrier=np.empty((0, 4)),
        restricted={MODE: np.array([s.is_restricted for s in town.streets], bool)},
        forbidden=forbidden,
        turn_modes=[MODE] if forbidden else [],
        u_turn_m=u_turn_m,
    )
