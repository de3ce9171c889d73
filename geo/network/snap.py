"""Snapping points to streets: the nearest edge the mode may use, part-way along it, across nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.errors import InputError, NotSnappedError
from geo.network._snapping import snap_points
from geo.network.graph import StreetGraph
from geo.network.modes import WALK_SPEED_MPS, check_mode

REACH_M = 500.0
"""A point farther than this from every usable street is not snapped."""

ASIDE_M = 100.0
"""How much farther than to the nearest street a person goes to one that leads somewhere, where the nearest does not."""

FREE_M = 30.0
"""A point drawn in the water this near to a street is taken for one on the bank: the accuracy of a phone's position."""

# Semi-major axis and first eccentricity squared of the WGS84 ellipsoid (NIMA TR8350.2).
_A = 6378137.0
_E2 = 6.69437999014e-3
_RADIAN = np.pi / 180.0


def metres_per_degree(lat: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return metres per degree of longitude and of latitude at `lat` on the WGS84 ellipsoid.

    Notes
    -----
    A phone snaps points by the same steps (``static/js/offline/snap.js``) and must come to the same decisecond. So
    only what IEEE 754 rounds one way everywhere is used (+ − × ÷ √), in a fixed order: sine and cosine of a library
    differ in their last bit from machine to machine. The sine is its Taylor series to the 23rd power, exact to a double
    up to the pole.
    """
    # On one number NumPy takes ten times as long as Python, and both round alike.
    phi = (lat if isinstance(lat, float) else np.asarray(lat, dtype=np.float64)) * _RADIAN
    square = phi * phi
    series: float | NDArray[np.float64] = 1.0
    for k in range(22, 0, -2):
        series = 1.0 - square / (k * (k + 1.0)) * series
    sine = phi * series
    w = 1.0 - _E2 * (sine * sine)
    root = np.sqrt(w)
    # At the pole itself a hair may be wanting to 0.
    cosine = np.sqrt(np.maximum(1.0 - sine * sine, 0.0))
    return _RADIAN * _A * cosine / root, _RADIAN * _A * (1.0 - _E2) / (w * root)


@dataclass(frozen=True, eq=False)
class SnappedPoints:
    """Where points join the network.

    Attributes
    ----------
    edge : int64 (n,)
        Edge, or -1 where the point cannot be snapped.
    fraction : float64 (n,)
        Part of the edge's length from u to the foot point; NaN where not snapped.
    access_m : float64 (n,)
        Straight metres to the foot point; where not snapped, to the nearest usable edge whatever lies between (NaN:
        none within reach).
    """

    edge: NDArray[np.int64]
    fraction: NDArray[np.float64]
    access_m: NDArray[np.float64]

    @property
    def is_snapped(self) -> NDArray[np.bool_]:
        """Where the point joins the network, bool (n,)."""
        return self.edge >= 0

    @property
    def access_ds(self) -> NDArray[np.int64]:
        """Walking time of the access leg in deciseconds, int64 (n,); 0 where not snapped."""
        access_m = np.where(self.is_snapped, self.access_m, 0.0)
        return np.rint(access_m / WALK_SPEED_MPS * 10.0).astype(np.int64)

    def take(self, index: Any) -> "SnappedPoints":
        """Return the snapped points at `index`."""
        return SnappedPoints(self.edge[index], self.fraction[index], self.access_m[index])


def snap(
    network: StreetGraph,
    lon: ArrayLike,
    lat: ArrayLike,
    *,
    mode: str,
    components: Sequence[int] | None = None,
    reach_m: float = REACH_M,
) -> SnappedPoints:
    """Snap points to the streets of a mode.

    The access leg from the point to its street costs walking time, is at most `REACH_M` long, and crosses neither
    water nor a motorway at grade. A point that itself stands in the water joins a street within `FREE_M`. A point that
    reaches no street of a served component joins one that is cut off from them, if it reaches that.

    Parameters
    ----------
    network : StreetGraph
    lon, lat : array_like (n,)
        Degrees, WGS84.
    mode : str
        One of `geo.network.modes.ALL_MODES`.
    components : sequence of int, optional
        Only streets of these components of the network (`StreetGraph.snappable`).
    reach_m : float
        Metres of the longest access leg.

    Raises
    ------
    InputError
        If there is no such mode, or a coordinate is not a finite number in range.
    """
    check_mode(mode)
    lon_deg, lat_deg = (np.atleast_1d(np.asarray(value, dtype=np.float64)) for value in (lon, lat))
    if lon_deg.shape != lat_deg.shape or lon_deg.ndim != 1:
        raise InputError("{n} longitudes and {m} latitudes do not make points", n=lon_deg.size, m=lat_deg.size)
    is_bad = ~((np.abs(lon_deg) <= 180.0) & (np.abs(lat_deg) <= 90.0))
    if is_bad.any():
        first = int(np.argmax(is_bad))
        raise InputError(
            "position {lon}, {lat} is not a longitude and latitude in degrees; expected longitude −180 to 180 first",
            lon=float(lon_deg[first]),
            lat=float(lat_deg[first]),
        )
    edge = np.empty(lon_deg.size, np.int64)
    fraction = np.empty(lon_deg.size)
    access_m = np.empty(lon_deg.size)
    metres_x, metres_y = map(np.atleast_1d, metres_per_degree(float(lat_deg[0]) if lat_deg.size == 1 else lat_deg))
    usable = network.snappable[mode]
    if components is not None:
        usable = np.isin(usable, np.asarray(components, np.int32)).astype(np.int32)
        usable.setflags(write=False)
    snap_points(
        lon_deg, lat_deg, metres_x, metres_y, float(reach_m), FREE_M,
        usable, network.grid_origin, network.grid_shape, network.grid_cell,
        network.seg_ptr, network.seg_point, network.seg_edge, network.points, network.point_ptr,
        network.bar_ptr, network.bar_seg, network.barrier,
        edge, fraction, access_m,
    )  # fmt: skip
    found = SnappedPoints(edge, fraction, access_m)
    if components is None and (edge < 0).any():
        _snap_rest(network, found, lon_deg, lat_deg, mode=mode, reach_m=reach_m)
    return found


def _snap_rest(
    network: StreetGraph,
    points: SnappedPoints,
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    *,
    mode: str,
    reach_m: float,
) -> None:
    """Snap the points that reach no served street to one that is cut off, in place; others keep how far a street is."""
    number = network.snappable[mode]
    cut_off = np.unique(number[number < 0])
    if cut_off.size == 0:
        return
    rest = np.flatnonzero(~points.is_snapped)
    found = snap(network, lon[rest], lat[rest], mode=mode, components=cut_off.tolist(), reach_m=reach_m)
    is_on = found.is_snapped
    for own, new in ((points.edge, found.edge), (points.fraction, found.fraction), (points.access_m, found.access_m)):
        own[rest[is_on]] = new[is_on]


def snap_aside(
    network: StreetGraph, origin: SnappedPoints, lon: float, lat: float, *, mode: str, components: Sequence[int]
) -> SnappedPoints | None:
    """Snap a point to one of some components, at most `ASIDE_M` farther off than the street it joins; None: too far.

    For a person whose nearest street leads nowhere they want to go.
    """
    wanted = [component for component in components if component != 0]
    reach_m = min(float(origin.access_m[0]) + ASIDE_M, REACH_M)
    if not wanted:
        return None
    moved = snap(network, lon, lat, mode=mode, components=wanted, reach_m=reach_m)
    return moved if moved.is_snapped[0] else None


def components_of(network: StreetGraph, points: SnappedPoints, *, mode: str) -> NDArray[np.int32]:
    """Return the component of the network that each point is snapped to, int32 (n,); 0 where it is not snapped."""
    number = network.snappable[mode][np.where(points.is_snapped, points.edge, 0)]
    return np.where(points.is_snapped, number, 0).astype(np.int32)


def snap_one(network: StreetGraph, lon: float, lat: float, *, mode: str) -> SnappedPoints:
    """Snap one point, or raise `NotSnappedError` that says how far the nearest street is."""
    snapped = snap(network, lon, lat, mode=mode)
    if snapped.is_snapped[0]:
        return snapped
    # The point itself is left out of the message: a rider's position goes into no log.
    if np.isnan(snapped.access_m[0]):
        raise NotSnappedError("no street for this way of travel within {reach} m of the point", reach=int(REACH_M))
    raise NotSnappedError(
        "the nearest street for this way of travel is {distance} m away: across water or a motorway, or over {reach} m",
        distance=round(float(snapped.access_m[0])),
        reach=int(REACH_M),
    )
