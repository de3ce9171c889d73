"""Driving times of a coach between places along streets, with a margin by class of road and band of the day."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from math import isfinite

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.errors import InputError
from geo.network._kernels import FAR
from geo.network.costs import find_costs
from geo.network.network import StreetNetwork
from geo.network.snap import snap
from geo.tours.problem import DriveTimes

MODE = "coach"
MOST_BANDS = 4


@dataclass(frozen=True)
class Margins:
    """Factors on driving time by class of road (OSM ``highway``) and band; ``other`` for what is not listed.

    Attributes
    ----------
    factor : mapping of str to tuple of float
    band_ends : tuple of int
        Minutes after midnight at which each band but the last ends.
    source, trust : str
        Where the factors come from, and how far that is trusted (V, S or U).
    """

    factor: Mapping[str, tuple[float, ...]]
    band_ends: tuple[int, ...]
    source: str
    trust: str

    def __post_init__(self) -> None:
        n_band = len(self.band_ends) + 1
        if n_band > MOST_BANDS or list(self.band_ends) != sorted(set(self.band_ends)):
            raise InputError("bands of the day must ascend and be at most {most}", most=MOST_BANDS)
        if "other" not in self.factor:
            raise InputError("margins need a factor for other roads")
        for kind, factors in self.factor.items():
            if len(factors) != n_band or not all(isfinite(factor) and factor >= 1.0 for factor in factors):
                raise InputError(
                    "{kind}: {n} factors of at least 1 are needed, not {factors}", kind=kind, n=n_band, factors=factors
                )

    def of(self, kind: str) -> tuple[float, ...]:
        """Return the factors of a class of road; a link has those of its class."""
        return self.factor.get(kind.removesuffix("_link"), self.factor["other"])


@cache
def load_margins() -> Margins:
    """Return the margins of the package."""
    table = tomllib.loads(files("geo.tours").joinpath("driving.toml").read_text(encoding="utf-8"))
    factor = {kind: tuple(float(f) for f in factors) for kind, factors in table["factor"].items()}
    return Margins(factor, tuple(table["band_ends"]), table["source"], table["trust"])


def slow_for_bands(network: StreetNetwork, margins: Margins) -> tuple[StreetNetwork, ...]:
    """Return the network as a coach finds it in each band of the day, margins included."""
    return tuple(slow_down(network, margins, band) for band in range(len(margins.band_ends) + 1))


def find_drive_times(
    network: StreetNetwork,
    lon: ArrayLike,
    lat: ArrayLike,
    *,
    margins: Margins | None = None,
    slowed: Sequence[StreetNetwork] = (),
) -> DriveTimes:
    """Return driving minutes from each place to each other in each band of the day.

    In each band the coach takes the route that is quickest with that band's margins. The last steps between street and
    place are part of the time, as they are in `geo.tours.itinerary`.

    Parameters
    ----------
    network : StreetNetwork
    lon, lat : array_like (n_place,)
        Degrees, WGS84.
    margins : Margins, optional
        Those of the package by default.
    slowed : sequence of StreetNetwork
        What `slow_for_bands` gives for these margins, where it is at hand already.

    Returns
    -------
    DriveTimes
        inf where no way leads, or a place has no street for coaches within reach.
    """
    chosen = margins or load_margins()
    points = snap(network, lon, lat, mode=MODE)
    minutes = []
    for of_band in slowed or slow_for_bands(network, chosen):
        cost = find_costs(of_band, points, points, mode=MODE) / 60.0
        np.fill_diagonal(cost, 0.0)
        minutes.append(cost)
    return DriveTimes(np.stack(minutes), chosen.band_ends)


def slow_down(network: StreetNetwork, margins: Margins, band: int) -> StreetNetwork:
    """Return the network with the coach's costs of a band, margins included."""
    by_label = np.array([margins.of(label.kind)[band] for label in network.labels])
    factor: NDArray[np.float64] = np.repeat(by_label[network.edge_label], 2)
    plain = network.cost[MODE]
    cost = np.where(plain < 0, plain, np.rint(plain * factor)).astype(np.int32)
    packed = np.where(cost < 0, FAR, cost).astype(np.int64)
    low = np.int64((1 << 32) - 1)
    adjacency_out = (network.adjacency_out[MODE] & ~low) | packed[network.arc_id]
    adjacency_in = (network.adjacency_in[MODE] & ~low) | packed[network.arc_id ^ 1]
    for array in (cost, adjacency_out, adjacency_in):
        array.setflags(write=False)
    return replace(
        network,
        cost={**network.cost, MODE: cost},
        adjacency_out={**network.adjacency_out, MODE: adjacency_out},
        adjacency_in={**network.adjacency_in, MODE: adjacency_in},
    )
