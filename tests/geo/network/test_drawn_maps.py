"""Small maps one can draw on paper, and what the engine must say of them.

How a map is drawn and what may be said of it is told in `tests/geo/network/drawing.py`. In short: a letter is 10 m wide
and a line 20 m high; capitals are places; small letters are streets of another kind (b bridge, s steps, f ferry,
p private road, m motorway, o overpass for walkers, w walkway, c cycleway, t tunnel, r roundabout) or barriers (g gate,
k private gate, l bollards, x stile).
"""

import pytest

from geo.errors import NotSnappedError
from geo.network.components import find_islands
from tests.geo.network.drawing import STREETS, Town


def test_two_banks_and_one_bridge():
    # C lies 100 m from A as the crow flies; the bridge is 180 m up the road.
    Town("""
        A-----------------+-----------B
                          b
        ~~~~~~~~~~~~~~~~~~b~~~~~~~~~~~~
        ~~~~~~~~~~~~~~~~~~b~~~~~~~~~~~~
                          b
        C-----------------+-----------D
    """).agrees("""
        A to C on foot: 460 m in 383 s
        A to C by e-bike: 460 m in 110 s
        A to D on foot: 400 m
        nearest to A of C B on foot: B
        nearest to D of A C on foot: C
    """)


def test_one_way_bridges_send_riders_home_by_the_other_and_let_walkers_both_ways():
    Town("""
        A---------B
        b         b
        ^~~~~~~~~~v
        b         b
        C---------D
    """).agrees("""
        B to D by e-bike: 80 m
        D to B by e-bike: 280 m
        A to C by e-bike: 280 m
        D to B on foot: 80 m
        A to C on foot: 80 m
        nearest to D of B C by e-bike: C
        nearest to B of A D by e-bike: D
    """)


def test_nobody_is_led_across_the_water_to_a_street():
    # X stands on the north bank; the only street is on the south bank.
    town = Town("""
             X

        ~~~~~~~~~~~
        ~~~~~~~~~~~

        A---------B
    """)
    town.agrees("""
        X on foot: out of reach, 100 m
        X to A on foot: no way
    """)
    with pytest.raises(NotSnappedError, match="100 m away: across water"):
        town.route("X", "A", "on foot")


def test_who_stands_on_a_bank_joins_a_street_of_that_bank_though_one_across_is_nearer():
    # 40 m to the street below, across the water; 50 m to the one on the right.
    Town("""
        A----------B
        |          |
        |          |
        |     X    |
        |~~~~~~~~~~b
        C----------D
    """).agrees("X on foot: 50 m to the street")


def test_a_phone_that_puts_one_into_the_water_near_the_bank_is_taken_to_be_on_the_bank():
    # The position of a phone is good to some 30 m. Who is farther out is in a boat.
    Town("""
        ~~~~~~~~~~~
        ~~Y~~~~~~~~
        ~~~~~~~~~~~
        ~~~~~~~X~~~
        A---------B
    """).agrees("""
        X on foot: 20 m to the street
        Y on foot: out of reach, 60 m
    """)


def test_stairs_are_for_walkers_at_half_their_speed_and_e_bikes_go_round():
    Town("""
        +-----------+
        |           |
        AsssssB-----+
    """).agrees("""
        A to B on foot: 60 m in 100 s
        A to B by e-bike: 260 m in 62.4 s
        A to B by coach: 260 m
    """)


def test_walkers_take_stairs_only_where_that_is_quicker():
    # 110 m of stairs take 183 s; 190 m of street 158 s.
    Town("""
        +----------+
        |          |
        AssssssssssB
    """).agrees("A to B on foot: 190 m in 158 s")


def test_an_island_is_no_place_to_set_out_from_and_its_streets_are_reported():
    # Y stands 20 m from the island's street and 40 m from the mainland's: it joins the one that leads somewhere.
    town = Town("""
        A---------+----------B

                 Y
                C-D
    """)
    town.agrees("""
        Y on foot: 40 m to the street
        C to A on foot: 140 m
    """)
    (island,) = find_islands(town.network, mode="walk")
    assert island.n_edge == 1
    assert island.length_m == pytest.approx(20, abs=0.1)
    assert (island.lon, island.lat) == pytest.approx(town.at("C"), abs=1e-7)


def test_a_street_is_reached_from_five_hundred_metres_and_no_farther():
    for rows, sentence in ((24, "480 m to the street"), (26, "out of reach, 520 m"), (60, "no street")):
        Town("X\n" + "\n" * (rows - 1) + "A----B").agrees(f"X on foot: {sentence}")


def test_a_ferry_takes_the_time_of_its_timetable():
    # 80 m in 13 minutes and 20 seconds: 0.1 m/s.
    Town(
        """
        A-----B
              f
        ~~~~~~f~~~~~~
              f
              C-----D
        """,
        streets={"f": STREETS["f"] | {"ferry_mps": "0.100"}},
    ).agrees("""
        B to C on foot: 80 m in 800 s
        A to D on foot: 200 m in 900 s
        A to D by e-bike: 200 m in 829 s
        A to D by coach: no way
    """)


def test_a_ferry_without_a_timetable_goes_at_six_km_an_hour_and_is_boarded_at_its_landings_only():
    # X is on the water, 10 m from the ferry's line and 60 m from the nearest street.
    Town("""
        A-----B
              f
        ~~~~~~f~~~~~~
        ~~~~~~fX~~~~~
        ~~~~~~f~~~~~~
              f
        E-----C-----D
    """).agrees("""
        B to C on foot: 120 m in 72 s
        A to E by e-bike: 240 m in 101 s
        X on foot: out of reach, 60 m
    """)


def test_a_private_road_is_no_short_cut():
    Town("""
        A----+ppp+----B
        |             |
        +-------------+
    """).agrees("""
        A to B on foot: 220 m
        A to B by e-bike: 220 m
        A to B by coach: 220 m
    """)


def test_a_roundabout_is_ridden_round_in_its_direction_and_walked_round_either_way():
    # Anticlockwise, as where one drives on the right: from E to N a quarter, from E to S three quarters.
    Town("""
                    N
                    |
            +rr<rrrrMrr<rrrr+
            r               r
            v               ^
        W---P               Q---E
            v               ^
            r               r
            +rr>rrrrOrr>rrrr+
                    |
                    S
    """).agrees("""
        E to N by e-bike: 220 m
        E to W by e-bike: 360 m
        E to S by e-bike: 500 m
        E to S on foot: 220 m
        S to E by e-bike: 220 m
        W to E by e-bike: 360 m
    """)


def test_nobody_gets_into_a_coach_on_a_motorway():
    # X stands 20 m from the ramp and 40 m from the street.
    Town(
        """
        +aaaaaaaaaaaaaaaa+
        |        X       |
        |                |
        A----------------B
        """,
        streets={"a": {"highway": "motorway_link"}},
    ).agrees("X by coach: 40 m to the street")


def test_a_footbridge_crosses_a_motorway_that_nobody_walks_across():
    # X stands 20 m south of the motorway, between it and the street below.
    Town("""
          A----------C
                     o
        +mmmmmmmmmmmmommmmm+
              X      o
          B----------D
    """).agrees("""
        A to B on foot: 300 m
        A to B by e-bike: no way
        X on foot: 20 m to the street
    """)
    # Without a street on its own side, X is led nowhere: not across the motorway.
    Town("""
          A----------C

        +mmmmmmmmmmmmmm+
              X
    """).agrees("X on foot: out of reach, 60 m")


def test_a_motorway_on_a_bridge_bars_nobody_who_passes_under_it():
    high_up = {"m": STREETS["m"] | {"bridge": "yes"}}
    Town(
        """
          A----------C

        +mmmmmmmmmmmmmm+
              X
        """,
        streets=high_up,
    ).agrees("X on foot: 60 m to the street")


def test_a_dead_end_is_a_place_to_set_out_from_and_to_come_back_from():
    Town("""
        A------B------C
               |
               |
               D
    """).agrees("""
        D to C on foot: 130 m
        A to D by e-bike: 130 m
        nearest to D of A B by e-bike: B
    """)


def test_a_loop_is_left_by_its_shorter_side():
    # From B down and right to D 80 m; the other way round 200 m.
    Town("""
        A------B-------+
               |       |
               |       |
               +-D-----+
    """).agrees("""
        A to D on foot: 150 m
        D to B by e-bike: 80 m
    """)


def test_a_loop_of_one_way_streets_is_ridden_all_the_way_round():
    Town("""
        A------B-->----+
               ^       v
               |       |
               +-D--<--+
    """).agrees("""
        A to D on foot: 150 m
        A to D by e-bike: 270 m
        D to A by e-bike: 150 m
    """)


def test_of_two_parallel_streets_the_quicker_one_is_taken_though_it_is_longer():
    # 160 m of path at 8 km/h take 72 s; 240 m of main road at 15 km/h 58 s. On foot both go at the same pace.
    Town(
        """
        +hhhhhhhhhhhhhhh+
        h               h
        AjjjjjjjjjjjjjjjB
        """,
        streets={"j": {"highway": "path"}},
    ).agrees("""
        A to B on foot: 160 m
        A to B by e-bike: 240 m in 57.6 s
        A to B by coach: 240 m in 17.3 s
    """)


def test_a_tunnel_is_ridden_through_but_joined_at_its_mouths_only():
    # X stands over the tunnel, 40 m from its line and 80 m from the street below.
    Town("""
        A---+tttttttttttt+---B
        |                    |
        |         X          |
        |                    |
        |                    |
        |                    |
        +--------------------+
    """).agrees("""
        A to B on foot: 210 m
        X on foot: 72.1 m to the street
    """)


def test_a_passage_through_a_house_lies_on_the_ground_and_is_joined_where_one_stands():
    passage = {"highway": "residential", "tunnel": "building_passage"}
    Town(
        """
        A---+eeeeeeeeeeee+---B
        |                    |
        |         X          |
        |                    |
        |                    |
        |                    |
        +--------------------+
        """,
        streets={"e": passage},
    ).agrees("""
        A to B on foot: 210 m
        X on foot: 40 m to the street
    """)


def test_walkers_riders_and_coaches_each_keep_to_their_own_ways():
    # A walkway at the top, a cycleway below it, a street at the bottom.
    Town("""
        A-+wwwwwwwwww+-B
        | |          | |
        | +cccccccccc+ |
        |              |
        +--------------+
    """).agrees("""
        A to B on foot: 150 m
        A to B by e-bike: 230 m
        A to B by coach: 310 m
    """)


def test_the_what_if_of_twenty_five_km_an_hour_changes_the_time_and_not_the_way():
    Town("A-------------------B").agrees("""
        A to B by e-bike: 200 m in 48 s
        A to B by e-bike at 25: 200 m in 28.8 s
    """)


def test_inside_one_street_the_way_does_not_go_round_by_its_ends():
    # 20 m down to the street, 50 m along it, 40 m down: on foot all the way but the 50 m.
    Town("""
             X
        A--------------------B

                  Y
    """).agrees("""
        X to Y on foot: 110 m in 91.7 s
        X to Y by e-bike: 110 m in 62 s
    """)


def test_a_street_that_one_can_enter_but_not_leave_is_no_place_to_set_out_from():
    # C stands at the end of a one-way street: by e-bike it joins B's end, 80 m on foot.
    Town("""
        A-----B--->---C
    """).agrees("""
        C to A on foot: 140 m in 117 s
        C by e-bike: 80 m to the street
        C to A by e-bike: 140 m in 81.1 s
    """)


def test_a_drawing_with_a_street_that_ends_in_nothing_is_refused():
    with pytest.raises(ValueError, match="without a corner"):
        Town("A-----  B")
