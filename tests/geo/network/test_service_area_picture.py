"""The surface drawn for a service area: it holds its streets, and little else."""

import numpy as np
import pytest
import shapely

from geo.crs import LocalPlane
from geo.network.service_area import ServiceArea, _within
from tests.geo.network.plain_maps import BANKS, ROAD, degrees, make

PLANE = LocalPlane(120.0, 30.0)


@pytest.mark.parametrize("limit_s", [1, 60, 300, 900, 3600])
def test_the_surface_lies_about_its_width_around_the_streets(limit_s):
    town = make(BANKS, [(1, 2, ROAD), (3, 4, ROAD), (2, 4, ROAD), (3, 1, ROAD)])
    area = town.service_area(*degrees(300, 0), mode="walk", limit_s=limit_s)
    surface, lines = area.picture(town, width_m=60.0), shapely.union_all(area.lines(town))
    assert surface.is_valid
    around = shapely.transform(surface, lambda points: np.column_stack(PLANE.to_metres(*points.T)))
    streets = shapely.transform(lines, lambda points: np.column_stack(PLANE.to_metres(*points.T)))
    assert around.covers(streets)
    assert around.covers(streets.buffer(35.0))
    assert streets.buffer(85.0).covers(around)
    # A ring of streets keeps its middle open.
    is_ring = limit_s == 3600
    assert (len(shapely.get_parts(around)[0].interiors) == 1) == is_ring


def test_a_surface_of_several_pieces_has_them_all():
    distance = np.full((5, 9), 9.0)
    distance[2, 2] = distance[2, 6] = 0.0
    surface = _within(distance, np.arange(9.0), np.arange(5.0), 4.5)
    assert [tuple(part.centroid.coords[0]) for part in shapely.get_parts(surface)] == [(2.0, 2.0), (6.0, 2.0)]


def test_an_area_without_streets_is_empty():
    town = make(BANKS, [(1, 2, ROAD)])
    assert town.service_area(*degrees(300, 210), mode="walk", limit_s=0.5).picture(town).is_empty


@pytest.mark.parametrize("others", [0, 1])
def test_a_part_that_is_shorter_than_a_number_can_say_is_drawn_as_its_point(others):
    town = make(BANKS, [(1, 2, ROAD)])
    start, end = np.array([0.5, 0.0]), np.array([np.nextafter(0.5, 1.0), 0.25])
    area = ServiceArea(np.zeros(1 + others, np.int64), start[: 1 + others], end[: 1 + others])
    assert area.lines(town)[0].length == 0.0
    surface = area.picture(town, width_m=60.0)
    assert surface.is_valid
    assert surface.covers(shapely.Point(area.lines(town)[0].coords[0]))
