"""Driving times with margins: equal to plain arithmetic on a road, and unknown where no coach can go."""

from dataclasses import replace

import numpy as np
import pytest

from geo.errors import InputError
from geo.tours.driving import Margins, find_drive_times, load_margins, slow_down
from tests.geo.tours.test_itinerary import LAT, line_network

PLAIN = Margins({"other": (1.0,)}, (), "test", "U")
LON = [119.9, 119.95, 120.0, 120.03]


def test_margin_of_a_class_and_band_is_on_the_way() -> None:
    network = line_network()
    plain = find_drive_times(network, LON, [LAT] * 4, margins=PLAIN).minutes[0]
    # 4.8 km of primary road at 50 km/h.
    assert plain[0, 1] == pytest.approx(5.76, abs=0.01)
    banded = find_drive_times(network, LON, [LAT] * 4)
    factors = load_margins().factor["primary"]
    assert banded.minutes.shape == (4, 4, 4)
    for band, factor in enumerate(factors):
        np.testing.assert_allclose(banded.minutes[band, 0, 2], plain[0, 2] * factor, rtol=0.01)
        np.testing.assert_allclose(banded.minutes[band], banded.minutes[band].T)


def test_place_without_a_street_for_coaches_is_not_reached() -> None:
    minutes = find_drive_times(line_network(), LON, [LAT, LAT, LAT + 0.5, LAT]).minutes
    assert np.isinf(minutes[:, 0, 2:]).all()
    assert np.isfinite(minutes[:, :2, :2]).all()


def test_network_without_margin_stays_as_it_is() -> None:
    network = line_network()
    same = slow_down(network, PLAIN, 0)
    for mine, theirs in (
        (same.cost, network.cost),
        (same.adjacency_out, network.adjacency_out),
        (same.adjacency_in, network.adjacency_in),
    ):  # fmt: skip
        np.testing.assert_array_equal(mine["coach"], theirs["coach"])


def test_margins_that_shorten_or_do_not_fit_are_refused() -> None:
    for changes, message in (
        ({"factor": {"other": (0.9,)}}, "at least 1"),
        ({"factor": {"primary": (1.0,)}}, "other roads"),
        ({"band_ends": (600,)}, "2 factors"),
        ({"band_ends": (600, 500), "factor": {"other": (1.0,) * 3}}, "must ascend"),
        ({"band_ends": (1, 2, 3, 4), "factor": {"other": (1.0,) * 5}}, "at most 4"),
    ):
        with pytest.raises(InputError, match=message):
            replace(PLAIN, **changes)  # type: ignore[arg-type]
