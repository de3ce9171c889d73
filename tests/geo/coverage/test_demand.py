"""Layers of demand: what counts by default, what a chosen layer counts, and what a sum may be called."""

import numpy as np
import pandas as pd
import pytest
import shapely

from geo.coverage.demand import (
    combine_layers,
    counted_layers,
    default_multipliers,
    points_within,
    summarise_layers,
    unit_of,
)
from geo.errors import InputError

POINTS = pd.DataFrame(
    {
        "weight": [10.0, 20.0, 5.0, 7.0, 3.0],
        "layer": ["residents", "residents", "riders", "riders", ""],
        "is_hotspot": [False, False, False, True, False],
    }
)
"""Two homes, riders somewhere, a hotspot drawn for riders, and a point whose layer the store no longer has."""


def summary(**multipliers: float):
    return summarise_layers(POINTS, units={"riders": "weighted"}, proxies=["riders"], multipliers=multipliers)


def test_residents_and_what_was_drawn_count_alone_until_somebody_chooses() -> None:
    layers = summary()
    assert [(each.code, each.points, each.total, each.multiplier) for each in layers] == [
        ("hotspots", 1, 7.0, 1.0),
        ("residents", 2, 30.0, 1.0),
        ("riders", 1, 5.0, 0.0),
    ]
    weight = combine_layers(POINTS, {each.code: each.multiplier for each in layers})
    assert weight.tolist() == [10.0, 20.0, 0.0, 7.0, 0.0]
    assert unit_of(layers, None) == "people"


def test_without_residents_everything_counts() -> None:
    assert set(default_multipliers(["riders", "hotspots"]).values()) == {1.0}


def test_a_layer_that_is_not_there_is_refused() -> None:
    with pytest.raises(InputError, match="there is no demand layer workers"):
        counted_layers(summary(), "workers")


def test_a_sum_of_unlike_or_multiplied_things_is_not_called_people() -> None:
    assert unit_of(summary(riders=1.0), None) == "weighted"
    assert unit_of(summary(residents=2.0), None) == "weighted"
    assert unit_of(summary(residents=0.0), None) == "people", "only the hotspots are left"
    assert unit_of(summary(), "riders") == "weighted"


def test_a_chosen_multiplier_counts_that_many_times() -> None:
    counts = {each.code: each.multiplier for each in summary(riders=0.5, hotspots=0.0)}
    assert combine_layers(POINTS, counts).tolist() == [10.0, 20.0, 2.5, 0.0, 0.0]


def test_points_on_the_rim_of_an_area_are_in_it() -> None:
    square = shapely.box(0, 0, 1, 1)
    lon, lat = np.array([0.5, 1.0, 1.1]), np.array([0.5, 0.3, 0.5])
    assert points_within(lon, lat, square).tolist() == [True, True, False]
