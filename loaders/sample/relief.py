"""Invented hills: they are never shown, but villages settle low and roads go around them."""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter, map_coordinates
from scipy.spatial import cKDTree

from loaders.sample.plane import FloatArray
from loaders.sample.river import River

_CELL_M = 250.0
_VALLEY_M = 3_200.0
_SPUR_M = 1_100.0
_SEAT_BASIN_M = 2_200.0
_FLOOD_PLAIN_M = 1_600.0


@dataclass(frozen=True)
class Relief:
    """Roughness on a grid: 0 on the plain and along valleys, about 1 and more on the hills."""

    origin: FloatArray
    height: FloatArray

    def at(self, xy: FloatArray) -> FloatArray:
        """Return the roughness at each point, shape (n, 2) in metres."""
        column, row = ((xy - self.origin) / _CELL_M).T
        value: FloatArray = map_coordinates(self.height, [row, column], order=1, mode="nearest")
        return value


def draw_relief(
    rng: np.random.Generator, *, bounds: tuple[float, float, float, float], seats: FloatArray, river: River
) -> Relief:
    """Return seeded hills with winding valleys, flat around every seat and along the river.

    Valleys are where a smooth random field passes zero (ridged noise: Musgrave, in Ebert et al., Texturing and
    Modeling, 3rd ed. 2003, ch. 16): winding lines that join, as valley floors do.
    """
    west, south, east, north = bounds
    columns, rows = int((east - west) / _CELL_M) + 2, int((north - south) / _CELL_M) + 2
    ridged = 0.8 * np.abs(_noise(rng, (rows, columns), _VALLEY_M)) + 0.3 * np.abs(_noise(rng, (rows, columns), _SPUR_M))

    x, y = np.meshgrid(west + _CELL_M * np.arange(columns), south + _CELL_M * np.arange(rows))
    cells = np.column_stack([x.ravel(), y.ravel()])
    to_seat, _ = cKDTree(seats).query(cells)
    to_bank = np.maximum(river.bank_distance_m(cells), 0.0)
    basin = 1.0 - np.exp(-((to_seat / _SEAT_BASIN_M) ** 2))
    plain = 1.0 - np.exp(-((to_bank / _FLOOD_PLAIN_M) ** 2))
    return Relief(origin=np.array([west, south]), height=ridged * (basin * plain).reshape(rows, columns))


def _noise(rng: np.random.Generator, shape: tuple[int, int], scale_m: float) -> FloatArray:
    field = gaussian_filter(rng.standard_normal(shape), scale_m / _CELL_M / 2.0, mode="wrap")
    scaled: FloatArray = field / field.std()
    return scaled
