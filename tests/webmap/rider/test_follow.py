"""What is left of a way from where somebody is, as the page reckons it on the phone."""

import numpy as np
import pytest
import shapely

from tests.node import run_node

HERE = (119.96, 30.05)
DEGREE_M = 111_195.0


def somewhere(rng, n):
    return (np.array(HERE) + rng.uniform(-0.01, 0.01, (n, 2))).tolist()


def test_what_is_left_is_what_shapely_says():
    rng = np.random.default_rng(11)
    asked = [{"line": somewhere(rng, int(rng.integers(2, 9))), "point": somewhere(rng, 1)[0]} for _ in range(200)]
    for question, said in zip(asked, run_node("along.mjs", asked), strict=True):
        lon, lat = question["point"]
        metres = np.array([np.cos(np.radians(lat)) * DEGREE_M, DEGREE_M])
        line = shapely.LineString(np.array(question["line"]) * metres)
        point = shapely.Point(np.array([lon, lat]) * metres)
        assert said["off"] == pytest.approx(line.distance(point), abs=0.01)
        assert said["left"] == pytest.approx(1 - line.project(point, normalized=True), abs=1e-6)


def test_it_is_whole_at_the_beginning_and_none_at_the_end():
    line = [[119.96, 30.05], [119.97, 30.05], [119.97, 30.06]]
    begin, end = run_node("along.mjs", [{"line": line, "point": point} for point in (line[0], line[-1])])
    assert begin == {"left": 1, "off": 0}
    assert end == pytest.approx({"left": 0, "off": 0})


def test_a_way_of_no_length_is_over():
    [said] = run_node("along.mjs", [{"line": [list(HERE), list(HERE)], "point": list(HERE)}])
    assert said == {"left": 0, "off": 0}


STEPS = [{"text": "a", "distance_m": 100.0}, {"text": "b", "distance_m": 50.0}, {"text": "c", "distance_m": 0.0}]


@pytest.mark.parametrize(
    ("walked", "said"),
    [
        (0, {"now": 0, "next": 1, "metres": 100}),
        (99, {"now": 0, "next": 1, "metres": 1}),
        (100, {"now": 1, "next": 2, "metres": 50}),
        (150, {"now": 2, "next": None, "metres": 0}),
    ],
)
def test_who_is_led_is_on_one_step_and_knows_the_next(walked, said):
    assert run_node("guide.mjs", [{"steps": STEPS, "walked": walked}]) == [said]


@pytest.mark.parametrize(
    ("left", "accuracy", "is_there"), [(20, 0, True), (40, 0, False), (40, 20, True), (70, 500, False)]
)
def test_arrival_is_a_look_around_however_badly_the_position_is_known(left, accuracy, is_there):
    assert run_node("guide.mjs", [{"left": left, "accuracy": accuracy}]) == [is_there]
