"""Times and ways of a tour's days: by streets, or plainly unknown."""

import numpy as np
import pandas as pd
import pytest
import shapely

from geo.errors import InputError, NotSnappedError
from geo.network.build import build_network
from geo.network.graph import StreetNetwork
from geo.tours.itinerary import Day, Leg, Stop, coach_legs, is_same_place, time_days

LAT = 30.0
STEP = 0.05  # degrees of longitude between nodes, about 4.8 km


def line_network() -> StreetNetwork:
    """Return a primary road from west to east, and a footpath that goes on where it ends."""
    nodes = pd.DataFrame(
        {"node_id": range(4), "lon": [119.9 + STEP * i for i in range(4)], "lat": [LAT] * 4, "tags": [None] * 4}
    )
    ends = [shapely.LineString([(119.9 + STEP * i, LAT), (119.9 + STEP * (i + 1), LAT)]) for i in range(3)]
    edges = pd.DataFrame(
        {
            "edge_id": range(3),
            "u": [0, 1, 2],
            "v": [1, 2, 3],
            "length_m": [4800.0, 4800.0, 4800.0],
            "name": ["Road", "Road", "Path"],
            "tags": [{"highway": "primary"}, {"highway": "primary"}, {"highway": "footway"}],
            "geometry": ends,
        }
    )
    return build_network(nodes, edges)


def stop(name: str, lon: float, lat: float = LAT, stay_min: int = 60) -> Stop:
    return Stop(name, "sight", lon, lat, stay_min)


START = stop("start", 119.9, stay_min=0)
MIDDLE = stop("middle", 119.95)
OFF_THE_ROAD = stop("off the road", 119.95, LAT + 0.001)
ON_THE_PATH = stop("on the path", 120.03)


def test_times_add_up_driving_and_staying():
    day = time_days([Day(1, "08:30", [START, MIDDLE, START])], coach_legs(line_network()))[0]
    # 4.8 km of primary road at 50 km/h are 5.76 minutes; the schedule is in whole minutes, rounded up.
    assert [leg.minutes for leg in day.legs] == [6, 6]
    assert [(v.arrives_min, v.leaves_min) for v in day.visits] == [(510, 510), (516, 576), (582, 582)]
    assert day.drive_min == 12
    assert day.distance_m == pytest.approx(9600.0, abs=1.0)
    assert day.end_min == 582
    assert day.unknown_legs == 0


def test_way_keeps_to_the_streets_and_the_steps_from_them_are_told():
    day = time_days([Day(1, "09:00", [START, OFF_THE_ROAD])], coach_legs(line_network()))[0]
    leg = day.legs[0]
    assert leg.walk_m == pytest.approx(111.0, abs=1.0)
    assert leg.distance_m == pytest.approx(4800.0 + leg.walk_m, abs=1.0)
    np.testing.assert_allclose(leg.coordinates[:, 1], LAT)
    np.testing.assert_allclose(leg.coordinates[[0, -1], 0], [119.9, 119.95], atol=1e-6)


@pytest.mark.parametrize("lost", [ON_THE_PATH, stop("far away", 119.95, LAT + 0.5)])
def test_what_no_coach_reaches_is_unknown_and_so_is_every_later_time(lost: Stop):
    day = time_days([Day(1, "08:00", [START, lost, MIDDLE])], coach_legs(line_network()))[0]
    there, onward = day.legs
    assert there.minutes is None
    assert there.distance_m is None
    assert there.coordinates.size == 0
    assert isinstance(there.problem, NotSnappedError)
    assert lost.name in str(there.problem)
    assert isinstance(onward.problem, NotSnappedError)
    assert [v.arrives_min for v in day.visits] == [480, None, None]
    assert day.end_min is None
    assert day.unknown_legs == 2
    assert day.drive_min == 0


def test_next_stop_at_the_same_place_is_not_driven_to():
    lunch = stop("lunch", 119.95 + 0.0001)
    assert is_same_place(MIDDLE, lunch)
    leg = coach_legs(line_network())(MIDDLE, lunch)
    assert (leg.minutes, leg.distance_m) == (0, 0.0)
    assert leg.coordinates.size == 0


def test_day_that_begins_elsewhere_names_where_the_day_before_ended():
    legs = coach_legs(line_network())
    days = [Day(1, "08:00", [START, MIDDLE]), Day(2, "08:00", [MIDDLE, START]), Day(3, "08:00", [MIDDLE])]
    first, second, third = time_days(days, legs)
    assert first.follows is None
    assert second.follows is None
    assert third.follows == START


def test_day_without_stops_has_no_times():
    day = time_days([Day(1, "07:05", [])], coach_legs(line_network()))[0]
    assert (day.start_min, day.visits, day.end_min, day.drive_min) == (425, (), 425, 0)


@pytest.mark.parametrize("start", ["", "8 am", "24:00", "12:60"])
def test_start_that_is_no_time_of_day_is_refused(start: str):
    with pytest.raises(InputError, match="time of day"):
        time_days([Day(1, start, [START])], lambda *_: Leg(0, 0.0, 0.0, np.empty((0, 2))))
