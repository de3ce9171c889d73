"""The 40 candidate sites of the sample: marked as sample, apart from each other, with cost and willingness."""

import numpy as np
import shapely

from geo.crs import distance_m
from loaders.sample.candidates import COUNT, NOTE


def test_candidates_are_forty_marked_apart_and_complete(sample):
    found = sample.candidates
    assert len(found) == COUNT == 40
    assert all("示意" in each.name and each.note == NOTE and "示意" in each.host for each in found)
    assert all(each.cost and each.area_m2 for each in found)
    assert {each.willingness for each in found} == {"unasked", "interested", "agreed"}
    lon, lat = (np.array([getattr(each, axis) for each in found]) for axis in ("lon", "lat"))
    far = distance_m(lon[:, None], lat[:, None], lon, lat) + np.eye(COUNT) * 1e6
    assert far.min() > 440.0
    assert shapely.contains_xy(sample.outline, lon, lat).all()


def test_key_areas_lie_in_the_district_and_say_that_they_are_a_sample(sample):
    areas = sample.key_areas
    assert areas["name"].tolist() == ["示意重点区域01", "示意重点区域02"]
    assert all(shapely.covers(sample.outline.buffer(1e-6), shape) for shape in areas.geometry)
