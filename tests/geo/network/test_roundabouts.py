"""What riders and walkers are told at a roundabout."""

from tests.geo.network.told import NAMED, told

# Ridden anticlockwise; the arms have names.
RING = """
                    N
                    j
            +rr<rrrrMrr<rrrr+
            r               r
            v               ^
        WyyyP               QyyyE
            v               ^
            r               r
            +rr>rrrrOrr>rrrr+
                    w
                    S
"""


def test_at_a_roundabout_the_exit_is_counted_for_who_rides():
    for way, exit_number, street, street_en in (
        ("E to N by e-bike", 1, "江滨西大道", "江滨西大道"),
        ("E to W by e-bike", 2, "迎宾路", "Yingbin Road"),
        ("E to S by e-bike", 3, "文教路", "Wenjiao Road"),
        ("S to E by coach", 1, "迎宾路", "Yingbin Road"),
    ):
        origin, _, destination, how = way.split(" ", 3)
        zh, en = (told(RING, origin, destination, how, lang=lang) for lang in ("zh", "en"))
        verb = "行驶" if how == "by coach" else "骑行"
        assert zh[1:] == [
            f"进入环岛，从第 {exit_number} 个出口驶出",
            f"驶出环岛，进入{street}，{verb} 40 米",
            "到达目的地",
        ], way
        assert en[1:] == [
            f"Enter the roundabout and take exit {exit_number}",
            f"Leave the roundabout onto {street_en}, 40 m",
            "Arrive",
        ], way


def test_who_walks_goes_round_and_counts_no_exits():
    assert told(RING, "E", "S", "on foot") == [
        "沿迎宾路向西步行 40 米",
        "沿环岛边步行 140 米",
        "左转进入文教路，步行 40 米",
        "到达目的地",
    ]


def test_a_bridge_right_behind_a_roundabout_keeps_the_exit():
    on_bridge = {"j": NAMED["j"] | {"bridge": "yes"}, "w": {"highway": "residential", "bridge": "yes"}}
    assert told(RING, "E", "N", "by e-bike", streets=on_bridge) == [
        "沿迎宾路向西骑行 40 米",
        "进入环岛，从第 1 个出口驶出",
        "驶出环岛后过桥（江滨西大道），骑行 40 米",
        "到达目的地",
    ]
    assert told(RING, "E", "S", "by e-bike", streets=on_bridge, lang="en")[1:] == [
        "Enter the roundabout and take exit 3",
        "Leave the roundabout over the bridge for 40 m",
        "Arrive",
    ]
    # Who walks has gone round on the pavement and left by no exit.
    assert told(RING, "E", "N", "on foot", streets=on_bridge)[2].startswith("右转过桥（江滨西大道）")


def test_who_arrives_on_the_roundabout_is_sent_to_no_exit():
    assert told(RING, "E", "M", "by e-bike") == ["沿迎宾路向西骑行 40 米", "进入环岛，绕行 140 米", "到达目的地"]
