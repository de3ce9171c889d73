"""Gates, bollards and stiles on small maps: whom they stop, on a street and at a junction.

How a map is drawn is told in `tests/geo/network/drawing.py`: g gate, k private gate, l bollards, x stile.
"""

import pytest

from tests.geo.network.drawing import Town


def test_a_gate_is_passed_and_a_private_one_is_not():
    Town("""
        A----g----B
        |         |
        +---------+
    """).agrees("""
        A to B on foot: 100 m
        A to B by coach: 100 m
    """)
    Town("""
        A--+-k-+--B
        |         |
        +---------+
    """).agrees("""
        A to B on foot: 180 m
        A to B by e-bike: 180 m
    """)


def test_one_comes_up_to_a_private_gate_from_either_side():
    Town("""
        A--P-k-Q--B
        |         |
        +---------+
    """).agrees("""
        A to P on foot: 30 m
        P to Q on foot: 240 m
        Q to P by e-bike: 240 m
    """)
    # X is a house beside the last piece of street, which only the gate ends.
    Town("""
                  X
        A----+-------k-------B
        |                    |
        +--------------------+
    """).agrees("""
        X on foot: 20 m to the street
        X to A on foot: 120 m
        X to B on foot: 410 m
    """)


def test_bollards_and_stiles_stop_those_they_are_meant_for():
    Town("""
        A---l---B---x---C
        |       |       |
        +-------+-------+
    """).agrees("""
        A to B by e-bike: 80 m
        A to B by coach: 160 m
        B to C on foot: 80 m
        B to C by e-bike: 160 m
    """)


def test_a_barrier_at_a_junction_stands_across_the_street_that_ends_there():
    # The bollards keep coaches out of the lane to C, and nobody from the street through A and B.
    Town("""
        A------l------B
               |
               C
    """).agrees("""
        A to B by coach: 140 m
        A to B on foot: 140 m
        A to C on foot: 110 m
    """)


@pytest.mark.parametrize(
    ("barrier", "open_to", "closed_to"),
    [
        ({"barrier": "bollard"}, "by e-bike", "by coach"),
        ({"barrier": "gate", "access": "private", "foot": "yes"}, "on foot", "by e-bike"),
        ({"barrier": "gate", "locked": "yes", "foot": "yes"}, "on foot", "by coach"),
        ({"barrier": "stile"}, "on foot", "by e-bike"),
    ],
)
def test_a_barrier_at_a_junction_closes_the_street_that_ends_there_to_those_it_stops(barrier, open_to, closed_to):
    town = Town(
        """
        A------l------B
               |      |
               C      |
               |      |
               +------+
        """,
        barriers={"l": barrier},
    )
    town.agrees(f"""
        A to B {open_to}: 140 m
        A to B {closed_to}: 140 m
        A to C {open_to}: 110 m
        A to C {closed_to}: 330 m
    """)


def test_a_coach_comes_up_to_the_bollards_that_it_does_not_pass():
    Town("""
        A---B-l-C---D
        |           |
        +-----------+
    """).agrees("""
        A to B by coach: 40 m
        B to C by coach: 280 m
        B to C on foot: 40 m
    """)
