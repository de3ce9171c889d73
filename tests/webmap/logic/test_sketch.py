"""A sketch of a day on paper: names of stops stay inside it, and off each other and the circles."""

import numpy as np

from webmap.logic.tours.paper import LETTER, RADIUS, SKETCH, SketchPoint, draw_sketch


def box_of(stop: SketchPoint) -> tuple[float, float, float, float]:
    wide = LETTER * len(stop.label)
    first = stop.label_x if stop.anchor == "start" else stop.label_x - wide
    return first, stop.label_y - LETTER / 2, first + wide, stop.label_y + LETTER / 2


def meet(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def test_names_of_stops_lie_on_nothing_else():
    rng = np.random.default_rng(1)
    for _ in range(50):
        at = rng.uniform((119.8, 29.9), (120.1, 30.1), (6, 2))
        # A day that ends beside where it began, and two stops close to each other.
        at[5], at[2] = at[0] + (0.006, 0.002), at[1] + (0.006, -0.002)
        sketch = draw_sketch(
            [at], [(*point, "示意景点" + "甲乙丙丁戊己"[k]) for k, point in enumerate(at)], [(*at[3], "示意站")]
        )
        assert sketch is not None
        stops = [point for point in sketch.points if point.number is not None]
        boxes = [box_of(stop) for stop in stops]
        for k, box in enumerate(boxes):
            assert box[0] >= -0.1
            assert box[1] >= -0.1
            assert box[2] <= SKETCH[0] + 0.1
            assert box[3] <= SKETCH[1] + 0.1
            assert not any(meet(box, other) for other in boxes[:k])
            assert not any(
                meet(box, (each.x - RADIUS, each.y - RADIUS, each.x + RADIUS, each.y + RADIUS)) for each in stops
            )
