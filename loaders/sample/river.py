"""The schematic 富春江: a smooth band around a hand-drawn centre line, and where bridges cross it."""

from dataclasses import dataclass

import numpy as np
import shapely
from scipy.ndimage import gaussian_filter1d
from scipy.spatial import cKDTree

from loaders.sample.plane import BoolArray, FloatArray, to_plane

CENTRE_LINE = (
    (119.740, 29.885),
    (119.790, 29.915),
    (119.830, 29.930),
    (119.865, 29.945),
    (119.895, 29.975),
    (119.920, 30.005),
    (119.945, 30.037),
    (119.975, 30.055),
    (120.020, 30.055),
    (120.055, 30.070),
    (120.080, 30.090),
    (120.110, 30.120),
)
"""WGS84, from general knowledge, checked only to leave every town's seat on its right bank."""

BRIDGES = (
    ("场口", 119.865),
    ("鹿山", 119.908),
    ("富春", 119.945),
    ("东洲", 120.000),
    # Known as 120.075, but there the river already runs outside the district's outline: the bridge stands at the last
    # place upstream where both banks are inside.
    ("渔山", 120.071),
)
"""A name for each schematic bridge and the longitude of its middle on the centre line."""

STEP_M = 25.0
"""Metres between vertices of the centre line."""

_EXTENSION_M = 9_000.0
_ROUNDING_M = 900.0
_HALF_WIDTH_M = 300.0
TOWN_LON = 119.945


@dataclass(frozen=True)
class River:
    """The river on the drawing board.

    Attributes
    ----------
    line : ndarray, shape (n, 2)
        Centre line, metres, from south-west to north-east, a vertex every 25 m.
    normal : ndarray, shape (n, 2)
        Unit vectors towards the left bank.
    half_width : ndarray, shape (n,)
        Metres from the centre line to either bank.
    polygon : Polygon
        The water.
    """

    line: FloatArray
    normal: FloatArray
    half_width: FloatArray
    polygon: shapely.Polygon

    def at_lon(self, lon: float) -> int:
        """Return the index of the vertex of the centre line at longitude `lon` (the line never turns back west)."""
        return int(np.argmin(np.abs(self.line[:, 0] - to_plane([lon, 0.0])[0])))

    def off_bank(self, index: int, distance_m: float, *, left: bool) -> FloatArray:
        """Return the point `distance_m` inland of one bank, straight across from vertex `index`."""
        reach = (self.half_width[index] + distance_m) * (1.0 if left else -1.0)
        point: FloatArray = self.line[index] + self.normal[index] * reach
        return point

    def is_left(self, xy: FloatArray) -> BoolArray:
        """Return for each point, shape (n, 2), whether it lies on the left (north-western) side of the centre line."""
        _, nearest = cKDTree(self.line).query(xy)
        offset = xy - self.line[nearest]
        side: BoolArray = (offset * self.normal[nearest]).sum(axis=1) > 0
        return side

    def bank_distance_m(self, xy: FloatArray) -> FloatArray:
        """Return the metres from each point, shape (n, 2), to the nearer bank; negative in the water."""
        distance, nearest = cKDTree(self.line).query(xy)
        return np.asarray(distance - self.half_width[nearest], dtype=np.float64)


def draw_river() -> River:
    """Return the schematic river: `CENTRE_LINE` with rounded corners, prolonged straight at both ends.

    It is 600 m wide at the town, as known; elsewhere the width is invented: a little narrower upstream, a little wider
    downstream, with slow changes.
    """
    known = to_plane(CENTRE_LINE)
    controls = np.vstack([_beyond(known[1], known[0]), known, _beyond(known[-2], known[-1])])
    chord = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(controls, axis=0).T))])
    s = np.arange(0.0, chord[-1], STEP_M)
    angular = np.column_stack([np.interp(s, chord, column) for column in controls.T])
    # Averaging cuts corners on the inside only: a spline would swing out over the park on the bank, 鹳山公园.
    line = gaussian_filter1d(angular, _ROUNDING_M / STEP_M, axis=0, mode="nearest")
    tangent = np.gradient(line, axis=0)
    tangent /= np.hypot(tangent[:, 0], tangent[:, 1])[:, None]
    normal = np.column_stack([-tangent[:, 1], tangent[:, 0]])

    from_town = s - s[int(np.argmin(np.abs(line[:, 0] - to_plane([TOWN_LON, 0.0])[0])))]
    trend = 90.0 * np.tanh(from_town / 14_000.0)
    ripple = -22.0 * np.sin(from_town / 1_900.0) - 14.0 * np.sin(from_town / 3_300.0)
    half_width = _HALF_WIDTH_M + trend + ripple
    ring = np.vstack([line + normal * half_width[:, None], (line - normal * half_width[:, None])[::-1]])
    return River(line=line, normal=normal, half_width=half_width, polygon=shapely.Polygon(ring))


def _beyond(inner: FloatArray, end: FloatArray) -> FloatArray:
    """Return the end of the centre line prolonged past the district."""
    direction = end - inner
    point: FloatArray = end + direction / np.hypot(*direction) * _EXTENSION_M
    return point
