"""Demand in layers: whom a number counts, how layers add up, and who stands in a key area."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.errors import InputError

RESIDENTS = "residents"
HOTSPOTS = "hotspots"
"""What is drawn by hand weighs as a layer of its own, whomever it counts."""
PEOPLE, BUILDINGS, WEIGHTED = "people", "buildings", "weighted"
"""Units of a number: people, buildings in their place, or what is only a weight."""


@dataclass(frozen=True)
class DemandLayer:
    """One layer (or the hotspots) of a district.

    Attributes
    ----------
    code : str
        ``residents``, ``riders``, ``workers``, or ``hotspots``.
    points : int
    total : float
        Sum of the weights of its points, in `unit`.
    unit : str
    is_proxy : bool
        It stands in for what nobody has counted.
    multiplier : float
        What one of its units counts when the layers are counted together.
    """

    code: str
    points: int
    total: float
    unit: str
    is_proxy: bool
    multiplier: float


def default_multipliers(present: Iterable[str]) -> dict[str, float]:
    """Return what each layer that is there counts while nobody has chosen otherwise.

    Residents alone where there are any, so that nobody is counted twice; else every layer alike. What somebody drew
    by hand always counts: it was drawn to be counted.

    Examples
    --------
    >>> default_multipliers(["hotspots", "residents", "riders"])
    {'hotspots': 1.0, 'residents': 1.0, 'riders': 0.0}
    >>> default_multipliers(["riders", "workers"])
    {'riders': 1.0, 'workers': 1.0}
    """
    codes = sorted(set(present))
    counts = {RESIDENTS, HOTSPOTS} if RESIDENTS in codes else set(codes)
    return {code: float(code in counts) for code in codes}


def layer_codes(demand: pd.DataFrame) -> NDArray[np.object_]:
    """Return the layer each point weighs by: ``hotspots`` where it was drawn by hand, else its ``layer``."""
    return np.where(demand["is_hotspot"].to_numpy(bool), HOTSPOTS, demand["layer"].to_numpy(object))


def combine_layers(demand: pd.DataFrame, multipliers: Mapping[str, float]) -> NDArray[np.float64]:
    """Return the weight of each point with all layers counted together; a layer without multiplier counts nothing.

    Parameters
    ----------
    demand : DataFrame
        Columns ``weight``, ``layer``, ``is_hotspot``.
    multipliers : mapping of layer to float
    """
    times = pd.Series(layer_codes(demand)).map(multipliers).fillna(0.0).to_numpy(np.float64)
    return demand["weight"].to_numpy(np.float64) * times


def summarise_layers(
    demand: pd.DataFrame,
    *,
    units: Mapping[str, str],
    proxies: Iterable[str],
    multipliers: Mapping[str, float],
) -> tuple[DemandLayer, ...]:
    """Return the layers of a demand with their sums, by code.

    Parameters
    ----------
    demand : DataFrame
        Columns ``weight``, ``layer``, ``is_hotspot``.
    units : mapping of layer to str
        ``people`` where a layer is not named.
    proxies : iterable of str
        Layers that stand in for something.
    multipliers : mapping of layer to float
        Chosen by somebody; those of `default_multipliers` where a layer is not named.
    """
    codes = layer_codes(demand)
    present = sorted({str(code) for code in codes if code})
    counts = default_multipliers(present) | dict(multipliers)
    weight = demand["weight"].to_numpy(np.float64)
    stand_in = set(proxies)
    return tuple(
        DemandLayer(
            code=code,
            points=int((codes == code).sum()),
            total=float(weight[codes == code].sum()),
            unit=units.get(code, PEOPLE),
            is_proxy=code in stand_in,
            multiplier=counts[code],
        )
        for code in present
    )


def counted_layers(layers: Iterable[DemandLayer], layer: str | None) -> list[DemandLayer]:
    """Return the layers that a number of `layer` (None: all together) is made of.

    Raises
    ------
    InputError
        If the district has no such layer.
    """
    layers = list(layers)
    if layer is None:
        return [each for each in layers if each.multiplier > 0 and each.total > 0]
    found = [each for each in layers if each.code == layer]
    if not found:
        raise InputError(
            "there is no demand layer {layer}; there are: {known}. Load one with fuchun load population FILE --layer "
            "{layer}",
            layer=layer,
            known=", ".join(each.code for each in layers) or "-",
        )
    return found


def unit_of(layers: Iterable[DemandLayer], layer: str | None) -> str:
    """Return the unit of a number of `layer`, or of all together: a sum of unlike things is only a weight.

    Examples
    --------
    >>> homes = DemandLayer("residents", 2, 10.0, "buildings", True, 1.0)
    >>> riders = DemandLayer("riders", 1, 5.0, "people", False, 1.0)
    >>> unit_of([homes, riders], None), unit_of([homes, riders], "riders"), unit_of([homes], None), unit_of([], None)
    ('weighted', 'people', 'buildings', 'people')
    """
    counted = counted_layers(layers, layer)
    units = {each.unit for each in counted}
    if layer is None and any(each.multiplier != 1.0 for each in counted):
        return WEIGHTED
    if len(units) > 1:
        return WEIGHTED
    return units.pop() if units else PEOPLE


def points_within(lon: NDArray[np.float64], lat: NDArray[np.float64], area: shapely.Geometry) -> NDArray[np.bool_]:
    """Return which points (degrees) lie in an area or on its rim."""
    shapely.prepare(area)
    return np.asarray(shapely.intersects_xy(area, lon, lat), dtype=bool)
