"""A position that may be wrong is answered with its error, not with minutes finer than it."""

import pytest

from tests.node import run_node

EBIKE_MPS, WALK_MPS = 4.167, 1.2


@pytest.mark.parametrize(
    ("seconds", "accuracy", "speed", "within"),
    [
        (120, 20, EBIKE_MPS, None),
        (120, 20, WALK_MPS, None),
        (600, 240, WALK_MPS, [7, 13]),
        (120, 5000, EBIKE_MPS, [1, 22]),
        (120, None, WALK_MPS, None),
    ],
)
def test_no_minutes_are_finer_than_the_error(seconds, accuracy, speed, within):
    assert run_node("accuracy.mjs", [{"seconds": seconds, "accuracy": accuracy, "speed": speed}]) == [within]
