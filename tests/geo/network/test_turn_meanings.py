"""What a restriction means where its ways go on through the node, bend, or lead over others."""

import numpy as np
import pytest

from geo.network.turns import Streets, Turn, _Finder


def finder(*streets):
    """Streets (way, u, v, points) in thousandths of a degree, open both ways."""
    n_arc = 2 * len(streets)
    points = np.array([[120.0 + x / 1000.0, y / 1000.0] for *_, line in streets for x, y in line])
    made = Streets(
        way_id=np.array([way for way, *_ in streets]),
        u=np.array([u for _, u, _, _ in streets], np.int32),
        v=np.array([v for _, _, v, _ in streets], np.int32),
        is_open=np.ones(n_arc, bool),
        points=points,
        point_ptr=np.concatenate([[0], np.cumsum([len(line) for *_, line in streets])]),
    )
    of_way, leaving = {}, {}
    for edge, (way, u, v, _) in enumerate(streets):
        of_way.setdefault(way, []).append(edge)
        leaving.setdefault(u, []).append(2 * edge)
        leaving.setdefault(v, []).append(2 * edge + 1)
    return _Finder(made, of_way, leaving)


# A street from west to east through node 0 as one way of two edges, 1 -> 0 -> 2, and a side street to the north, which
# leaves to the east at first and bends back: the turn is told by its first piece.
THROUGH = (
    (10, 1, 0, [(-4, -3), (-1, 0), (0, 0)]),
    (10, 0, 2, [(0, 0), (4, 0)]),
    (20, 0, 3, [(0, 0), (0.2, 1), (-8, 2)]),
)


@pytest.mark.parametrize(("kind", "paths"), [("no_left_turn", [(0, 4)]), ("no_right_turn", [(3, 4)])])
def test_of_a_way_that_goes_on_the_side_is_meant_from_which_one_turns_so(kind, paths):
    assert finder(*THROUGH).forbidden(0, Turn(kind, (10,), (), (20,))) == paths


@pytest.mark.parametrize(("kind", "paths"), [("no_left_turn", [(5, 3 ^ 1 ^ 0)]), ("no_right_turn", [(5, 1)])])
def test_of_a_way_that_is_turned_into_the_end_is_meant_to_which_one_turns_so(kind, paths):
    wanted = [(5, 2)] if kind == "no_left_turn" else [(5, 1)]
    assert finder(*THROUGH).forbidden(0, Turn(kind, (20,), (), (10,))) == wanted


def test_the_same_holds_of_streets_drawn_the_other_way_round():
    turned = [(way, v, u, line[::-1]) for way, u, v, line in THROUGH]
    assert finder(*turned).forbidden(0, Turn("no_left_turn", (10,), (), (20,))) == [(1, 5)]
    assert finder(*turned).forbidden(0, Turn("no_right_turn", (10,), (), (20,))) == [(2, 5)]


def test_who_may_only_go_over_a_way_leaves_it_nowhere_before_its_end():
    # 1 -> 0 -> 2 -> 3 is bidden; at 0 and 2 a street leads off.
    streets = [
        (10, 1, 0, [(-1, 0), (0, 0)]),
        (11, 0, 2, [(0, 0), (1, 0)]),
        (12, 2, 3, [(1, 0), (2, 0)]),
        (13, 0, 4, [(0, 0), (0, 1)]),
        (14, 2, 5, [(1, 0), (1, 1)]),
    ]
    banned = finder(*streets).forbidden(0, Turn("only_straight_on", (10,), (11,), (12,)))
    # Turning round is leaving too.
    assert sorted(banned) == [(0, 1), (0, 2, 3), (0, 2, 8), (0, 6)]
