"""What riders are told on the way, in Chinese and English, on maps drawn as in `tests/geo/network/drawing.py`."""

import pytest
import shapely

from geo.network.labels import label_of
from geo.network.modes import ALL_MODES
from tests.geo.network.drawing import MODES, STREETS, build, degrees
from tests.geo.network.told import NAMED, check, told


def test_along_one_street_then_into_another():
    check(
        """
                       B
                       w
                       w
                       w
        Ayyyyyyyyyyyyyy+yyyyyyC
        """,
        "A to B by e-bike",
        ["沿迎宾路向东骑行 150 米", "左转进入文教路，骑行 80 米", "到达目的地"],
        ["Ride east along Yingbin Road for 150 m", "Turn left onto Wenjiao Road for 80 m", "Arrive"],
    )


def test_each_way_of_travel_has_its_own_verb():
    for how, zh, en in (
        ("on foot", "沿迎宾路向东步行 150 米", "Walk east along Yingbin Road for 150 m"),
        ("by e-bike", "沿迎宾路向东骑行 150 米", "Ride east along Yingbin Road for 150 m"),
        ("by e-bike at 25", "沿迎宾路向东骑行 150 米", "Ride east along Yingbin Road for 150 m"),
        ("by coach", "沿迎宾路向东行驶 150 米", "Drive east along Yingbin Road for 150 m"),
    ):
        check("AyyyyyyyyyyyyyyB", f"A to B {how}", [zh, "到达目的地"], [en, "Arrive"])


@pytest.mark.parametrize(
    ("degrees_right", "zh", "en"),
    [
        (0, "直行进入文教路", "Continue onto Wenjiao Road"),
        (15, "直行进入文教路", "Continue onto Wenjiao Road"),
        (-15, "直行进入文教路", "Continue onto Wenjiao Road"),
        (19, "直行进入文教路", "Continue onto Wenjiao Road"),
        (21, "靠右进入文教路", "Bear right onto Wenjiao Road"),
        (-21, "靠左进入文教路", "Bear left onto Wenjiao Road"),
        (35, "靠右进入文教路", "Bear right onto Wenjiao Road"),
        (-35, "靠左进入文教路", "Bear left onto Wenjiao Road"),
        (90, "右转进入文教路", "Turn right onto Wenjiao Road"),
        (-90, "左转进入文教路", "Turn left onto Wenjiao Road"),
        (120, "右转进入文教路", "Turn right onto Wenjiao Road"),
        (145, "向右后方转弯进入文教路", "Turn sharp right onto Wenjiao Road"),
        (-145, "向左后方转弯进入文教路", "Turn sharp left onto Wenjiao Road"),
        (172, "掉头进入文教路", "Turn back onto Wenjiao Road"),
        (-172, "掉头进入文教路", "Turn back onto Wenjiao Road"),
    ],
)
def test_every_angle_has_its_word(degrees_right, zh, en):
    # Northward along 迎宾路 to a corner, and on at that angle.
    angle = shapely.affinity.rotate(shapely.Point(0, 300), -degrees_right, origin=(0, 0))
    corners = {1: (0, -300), 2: (0, 0), 3: (angle.x, angle.y)}
    network = build(corners, [(1, 2, NAMED["y"]), (2, 3, NAMED["w"])])
    route = network.route(degrees(*corners[1]), degrees(*corners[3]), mode="ebike")
    assert network.describe(route)[1].text == f"{zh}，骑行 300 米"
    assert network.describe(route, lang="en")[1].text == f"{en} for 300 m"


def test_a_sharp_turn_of_a_street_that_keeps_its_name_is_told_whichever_way_it_runs():
    # Back by 140 degrees, northward both before and after: east and west alone tell the two apart.
    corners = {1: (564, 0), 2: (0, 205), 3: (564, 410)}
    network = build(corners, [(1, 2, NAMED["y"]), (2, 3, NAMED["y"])])
    route = network.route(degrees(*corners[1]), degrees(*corners[3]), mode="ebike")
    assert [step.text for step in network.describe(route, lang="en")] == [
        "Ride west along Yingbin Road for 600 m",
        "Turn sharp right to stay on Yingbin Road for 600 m",
        "Arrive",
    ]


def test_a_bend_between_half_a_right_angle_and_a_whole_one_is_told_too():
    end = shapely.affinity.rotate(shapely.Point(0, 300), -70, origin=(0, 0))
    corners = {1: (0, -300), 2: (0, 0), 3: (end.x, end.y)}
    network = build(corners, [(1, 2, NAMED["y"]), (2, 3, NAMED["y"])])
    route = network.route(degrees(*corners[1]), degrees(*corners[3]), mode="ebike")
    assert network.describe(route, lang="en")[1].text == "Turn right to stay on Yingbin Road for 300 m"


def test_the_seconds_of_a_short_link_without_a_name_are_of_the_street_after_it():
    # 300 m, 12 m of link and 150 m at 15 km/h.
    corners = {1: (-300, 0), 2: (0, 0), 3: (0, 12), 4: (150, 12)}
    network = build(corners, [(1, 2, NAMED["y"]), (2, 3, STREETS["c"]), (3, 4, NAMED["w"])])
    route = network.route(degrees(*corners[1]), degrees(*corners[4]), mode="ebike")
    steps = network.describe(route)
    assert [(step.distance_m, step.duration_s) for step in steps] == [
        (pytest.approx(300, abs=1), pytest.approx(72.0, abs=0.3)),
        (pytest.approx(162, abs=1), pytest.approx(38.9, abs=0.3)),
        (0.0, 0.0),
    ]


@pytest.mark.parametrize(("north", "side"), [(40, "left"), (-40, "right")])
def test_the_side_of_arrival_is_told_after_a_single_piece_of_street_too(north, side):
    network = build({1: (0, 0), 2: (300, 0)}, [(1, 2, NAMED["y"])])
    route = network.route(degrees(0, 0), degrees(150, north), mode="ebike")
    assert network.describe(route, lang="en")[-1].text == f"Walk 40 m and arrive, on the {side}"


@pytest.mark.parametrize(
    ("east", "north", "zh", "en"),
    [
        (0, 1, "北", "north"),
        (1, 1, "东北", "north-east"),
        (1, 0, "东", "east"),
        (1, -1, "东南", "south-east"),
        (0, -1, "南", "south"),
        (-1, -1, "西南", "south-west"),
        (-1, 0, "西", "west"),
        (-1, 1, "西北", "north-west"),
    ],
)
def test_the_first_sentence_says_the_direction(east, north, zh, en):
    network = build({1: (0, 0), 2: (200 * east, 200 * north)}, [(1, 2, NAMED["y"])])
    route = network.route(degrees(0, 0), degrees(200 * east, 200 * north), mode="walk")
    assert f"向{zh}步行" in network.describe(route)[0].text
    assert network.describe(route, lang="en")[0].text.startswith(f"Walk {en} along")


def test_a_street_that_changes_its_name_without_a_turn_is_told():
    check(
        "AyyyyyyyyyyyyyyMjjjjjjjjjjjjjjB",
        "A to B by e-bike",
        ["沿迎宾路向东骑行 150 米", "直行进入江滨西大道，骑行 150 米", "到达目的地"],
        ["Ride east along Yingbin Road for 150 m", "Continue onto 江滨西大道 for 150 m", "Arrive"],
    )


def test_a_street_that_keeps_its_name_is_one_step_across_every_corner():
    check(
        """
                  +
                  w
        AyyyyyyyyyMyyyyyyyyyNyyyyyyyyyB
                            w
                            +
        """,
        "A to B by e-bike",
        ["沿迎宾路向东骑行 300 米", "到达目的地"],
        ["Ride east along Yingbin Road for 300 m", "Arrive"],
    )


def test_a_street_that_turns_a_corner_and_keeps_its_name_says_so():
    check(
        """
        Ayyyyyyyyy+--------C
                  y
                  y
                  y
                  B
        """,
        "A to B by e-bike",
        ["沿迎宾路向东骑行 100 米", "右转，继续沿迎宾路骑行 80 米", "到达目的地"],
        ["Ride east along Yingbin Road for 100 m", "Turn right to stay on Yingbin Road for 80 m", "Arrive"],
    )


def test_unnamed_ways_that_turn_at_a_corner_say_so_too():
    check(
        """
        Ajjjjjjjjj+jjjjjjjjC
                  j
                  j
                  B
        """,
        "A to B on foot",
        ["沿小路向东步行 100 米", "右转，继续沿小路步行 60 米", "到达目的地"],
        ["Walk east along the path for 100 m", "Turn right to stay on the path for 60 m", "Arrive"],
        streets={"j": {"highway": "path"}},
    )


def test_a_short_unnamed_link_is_no_step_of_its_own():
    # A crossing of 12 m between two named streets: its metres go to the second, and the turn is that of both corners.
    corners = {1: (0, 0), 2: (100, 0), 3: (100, 12), 4: (200, 12)}
    network = build(corners, [(1, 2, NAMED["y"]), (2, 3, {"highway": "residential"}), (3, 4, NAMED["w"])])
    route = network.route(degrees(0, 0), degrees(200, 12), mode="ebike")
    assert [step.text for step in network.describe(route)] == [
        "沿迎宾路向东骑行 100 米",
        "直行进入文教路，骑行 110 米",
        "到达目的地",
    ]


KINDS = [
    ("footway", "人行道", "the footway"),
    ("pedestrian", "步行街", "the pedestrian street"),
    ("path", "小路", "the path"),
    ("track", "土路", "the track"),
    ("service", "内部道路", "the service road"),
    ("living_street", "小区路", "the living street"),
    ("residential", "小街", "the side street"),
    ("corridor", "通道", "the corridor"),
    ("primary", "无名路", "the road"),
    ("unclassified", "无名路", "the road"),
]


@pytest.mark.parametrize(("kind", "zh", "en"), KINDS, ids=[kind for kind, *_ in KINDS])
def test_a_way_without_a_name_is_called_by_its_kind(kind, zh, en):
    check(
        """
        Ayyyyyyyyyyy+
                    j
                    j
                    j
                    B
        """,
        "A to B on foot",
        ["沿迎宾路向东步行 120 米", f"右转进入{zh}，步行 80 米", "到达目的地"],
        ["Walk east along Yingbin Road for 120 m", f"Turn right onto {en} for 80 m", "Arrive"],
        streets={"j": {"highway": kind}},
    )


def test_who_walks_on_from_the_pavement_onto_a_cycle_track_is_told_nothing_and_who_rides_is():
    track = {"j": {"highway": "footway"}, "c": {"highway": "cycleway", "foot": "yes"}}
    picture = "AyyyyyyMjjjjjjjjj+cccccccccc+jjjjjjjjjjB"
    assert told(picture, "A", "B", "on foot", streets=track)[1:] == ["直行进入人行道，步行 320 米", "到达目的地"]
    named = track | {"c": track["c"] | {"name": "滨江绿道"}}
    assert told(picture, "A", "B", "on foot", streets=named)[2] == "直行进入滨江绿道，步行 110 米"
    shared = {"j": {"highway": "footway", "bicycle": "yes"}, "c": track["c"]}
    assert told(picture, "A", "B", "by e-bike", streets=shared)[2] == "直行进入自行车道，骑行 110 米"


def test_riders_are_led_onto_the_cycleway():
    assert told("AyyyyyyyyMcccccccccB", "A", "B", "by e-bike")[1] == "直行进入自行车道，骑行 100 米"


def test_stairs_are_walked_not_entered():
    check(
        "AyyyyyyyyyMsssssssssB",
        "A to B on foot",
        ["沿迎宾路向东步行 100 米", "直行走台阶，步行 100 米", "到达目的地"],
        ["Walk east along Yingbin Road for 100 m", "Continue onto the steps for 100 m", "Arrive"],
    )


BRIDGE = {"highway": "primary", "name": "迎宾路", "name:en": "Yingbin Road", "bridge": "yes"}


def test_a_bridge_is_named_and_what_follows_it_too():
    check(
        "AyyyyyyyyyMbbbbbbbbbNyyyyyyyyyB",
        "A to B by e-bike",
        [
            "沿迎宾路向东骑行 100 米",
            "直行过桥（富春江大桥），骑行 100 米",
            "直行进入迎宾路，骑行 100 米",
            "到达目的地",
        ],
        [
            "Ride east along Yingbin Road for 100 m",
            "Continue over the bridge (富春江大桥) for 100 m",
            "Continue onto Yingbin Road for 100 m",
            "Arrive",
        ],
        streets={"b": BRIDGE | {"bridge:name": "富春江大桥"}},
    )


def test_a_bridge_without_a_name_of_its_own_is_told_by_the_street_and_the_street_goes_on_beyond_it():
    check(
        "AyyyyyyyyyMbbbbbbbbbNyyyyyyyyyB",
        "A to B by e-bike",
        ["沿迎宾路向东骑行 100 米", "直行过桥（迎宾路），骑行 200 米", "到达目的地"],
        [
            "Ride east along Yingbin Road for 100 m",
            "Continue over the bridge (Yingbin Road) for 200 m",
            "Arrive",
        ],
        streets={"b": BRIDGE},
    )


def test_a_bridge_of_an_unnamed_way_is_simply_a_bridge():
    check(
        """
        Ayyyyyyyyy+
                  o
                  o
                  o
                  B
        """,
        "A to B on foot",
        ["沿迎宾路向东步行 100 米", "右转过桥，步行 80 米", "到达目的地"],
        ["Walk east along Yingbin Road for 100 m", "Turn right over the bridge for 80 m", "Arrive"],
    )


def test_a_small_bridge_over_a_ditch_is_not_worth_a_word():
    check(
        "AyyyyyyyyyMbbNyyyyyyyyyB",
        "A to B by e-bike",
        ["沿迎宾路向东骑行 230 米", "到达目的地"],
        ["Ride east along Yingbin Road for 230 m", "Arrive"],
        streets={"b": BRIDGE},
    )


def test_a_tunnel_is_told():
    check(
        "AyyyyyyyyyMtttttttttNyyyyyyyyyB",
        "A to B by e-bike",
        [
            "沿迎宾路向东骑行 100 米",
            "直行进入隧道（鹿山隧道），骑行 100 米",
            "直行进入迎宾路，骑行 100 米",
            "到达目的地",
        ],
        [
            "Ride east along Yingbin Road for 100 m",
            "Continue into the tunnel (鹿山隧道) for 100 m",
            "Continue onto Yingbin Road for 100 m",
            "Arrive",
        ],
        streets={"t": {"highway": "primary", "tunnel": "yes", "name": "鹿山隧道"}},
    )
    unnamed = told("AyyyyyyyyyMtttttttttNyyyyyyyyyB", "A", "B", "on foot")
    assert unnamed[1:] == ["直行进入隧道，步行 100 米", "直行进入迎宾路，步行 100 米", "到达目的地"]


def test_a_passage_through_a_house_is_no_tunnel():
    assert not label_of(None, {"highway": "footway", "tunnel": "building_passage"}).is_tunnel
    assert label_of(None, {"highway": "footway", "tunnel": "yes"}).is_tunnel
    assert not label_of(None, {"highway": "footway", "tunnel": "no"}).is_tunnel


def test_a_ferry_is_taken():
    check(
        "AyyyyyyyyyMfffffffffNwwwwwwwwwB",
        "A to B by e-bike",
        ["沿迎宾路向东骑行 100 米", "乘新沙岛轮渡，航程 100 米", "直行进入文教路，骑行 100 米", "到达目的地"],
        [
            "Ride east along Yingbin Road for 100 m",
            "Take Xinsha Island Ferry for 100 m",
            "Continue onto Wenjiao Road for 100 m",
            "Arrive",
        ],
        streets={"f": STREETS["f"] | {"name": "新沙岛轮渡", "name:en": "Xinsha Island Ferry"}},
    )
    check(
        "AyyyyyyyyyMfffffffffNwwwwwwwwwB",
        "A to B on foot",
        ["沿迎宾路向东步行 100 米", "乘轮渡，航程 100 米", "直行进入文教路，步行 100 米", "到达目的地"],
        [
            "Walk east along Yingbin Road for 100 m",
            "Take the ferry for 100 m",
            "Continue onto Wenjiao Road for 100 m",
            "Arrive",
        ],
    )


def test_the_last_metres_are_walked_and_the_side_is_said():
    picture = """
                  L

        AyyyyyyyyyyyyyyyyyB

                  R
    """
    for place, zh, en in (("L", "左", "left"), ("R", "右", "right")):
        check(
            picture,
            f"A to {place} by e-bike",
            ["沿迎宾路向东骑行 100 米", f"步行 40 米到达，目的地在{zh}侧"],
            ["Ride east along Yingbin Road for 100 m", f"Walk 40 m and arrive, on the {en}"],
        )
    # From the other end the sides change.
    assert told(picture, "B", "L", "on foot")[-1] == "步行 40 米到达，目的地在右侧"


def test_the_first_metres_to_the_street_are_walked():
    check(
        """
        H

        AyyyyyyyyyyyyyyyyyB
        """,
        "H to B by e-bike",
        ["步行 40 米到路边", "沿迎宾路向东骑行 180 米", "到达目的地"],
        ["Walk 40 m to the street", "Ride east along Yingbin Road for 180 m", "Arrive"],
    )


def test_a_few_metres_beside_the_street_are_not_worth_a_sentence():
    network = build({1: (0, 0), 2: (200, 0)}, [(1, 2, NAMED["y"])])
    route = network.route(degrees(0, 6), degrees(200, -7), mode="walk")
    steps = network.describe(route)
    assert [step.text for step in steps] == ["沿迎宾路向东步行 210 米", "到达目的地"]
    assert sum(step.duration_s for step in steps) == pytest.approx(route.duration_s)


def test_from_a_spot_to_itself_there_is_nothing_to_do_but_arrive():
    assert told("AyyyyyyyyyB", "A", "A", "on foot") == ["到达目的地"]
    assert told("AyyyyyyyyyB", "A", "A", "on foot", lang="en") == ["Arrive"]


def test_every_mode_a_drawing_may_name_is_one_of_the_programs():
    assert set(MODES.values()) == set(ALL_MODES)


def test_a_lift_is_taken():
    check(
        "Ayyyyyyyy+e+wwwwwwB",
        "A to B on foot",
        ["沿迎宾路向东步行 90 米", "乘电梯", "直行进入文教路，步行 70 米", "到达目的地"],
        ["Walk east along Yingbin Road for 90 m", "Take the lift", "Continue onto Wenjiao Road for 70 m", "Arrive"],
        streets={"e": {"highway": "elevator"}},
    )
