"""What demand points weigh: people times the multiplier of their layer, so that sums do not depend on their order."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.coverage.demand import DemandLayer
from geo.errors import InputError

GRAIN = 2.0**-20
"""Weights are whole multiples of this part of a person; see `exact`."""

MAX_MULTIPLIER = 1000.0


def exact(weight: ArrayLike) -> NDArray[np.float64]:
    """Return weights rounded to multiples of 2^-20, so that their sums do not depend on the order of adding.

    Floating sums of whole multiples of a power of two are exact while they stay below 2^53 of them: here 8.6 thousand
    million people. Towns then add up to the district to the last bit, and 168 hours equal 168 single moments. Nobody
    is off by more than a two-millionth of a person per point.

    Examples
    --------
    >>> tenths = exact([0.1] * 10)
    >>> tenths.sum() == tenths[:3].sum() + tenths[3:].sum()
    np.True_
    """
    rounded: NDArray[np.float64] = np.rint(np.asarray(weight, np.float64) / GRAIN) * GRAIN
    return rounded


def choose_multipliers(layers: Sequence[DemandLayer], chosen: Mapping[str, float]) -> tuple[DemandLayer, ...]:
    """Return the layers with the multipliers that a question names; those it does not name count nothing.

    Parameters
    ----------
    layers : sequence of DemandLayer
        Those of the district, with the multipliers that hold while nobody names any.
    chosen : mapping of layer to float
        From 0 to 1000; empty: the layers as they are.

    Raises
    ------
    InputError
        If a layer is not there, a multiplier is out of range, or all are 0.
    """
    if not chosen:
        return tuple(layers)
    known = [layer.code for layer in layers]
    for code, multiplier in chosen.items():
        if code not in known:
            raise InputError(
                "there is no demand layer {layer}; there are: {known}", layer=code, known=", ".join(known) or "-"
            )
        if not 0.0 <= multiplier <= MAX_MULTIPLIER:
            raise InputError("layer {layer}: the weight {value} is not from 0 to 1000", layer=code, value=multiplier)
    if not any(chosen.values()):
        raise InputError("every demand layer weighs 0: nobody would be counted")
    return tuple(replace(layer, multiplier=float(chosen.get(layer.code, 0.0))) for layer in layers)
