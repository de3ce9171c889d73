"""Turn restrictions of an extract: coaches obey them, and nobody else."""

import pytest

from geo.network.build import build_network
from loaders.streets import parse_streets

#   4 --w102-- 3         All sides 200 m; 100 and 101 are ways of one edge each, 2 has a street going on to 5.
#   |          |
#  w103       w101
#   |          |
#   1 --w100-- 2 --w104-- 5
CORNERS = {1: (120.0, 30.0), 2: (120.00207, 30.0), 3: (120.00207, 30.0018), 4: (120.0, 30.0018), 5: (120.00414, 30.0)}
WAYS = {100: (1, 2), 101: (2, 3), 102: (3, 4), 103: (4, 1), 104: (2, 5)}
FROM_TO = ('<member type="way" ref="100" role="from"/>', '<member type="way" ref="101" role="to"/>')
AT_2 = '<member type="node" ref="2" role="via"/>'


def load(tmp_path, tags, members=(FROM_TO[0], AT_2, FROM_TO[1])):
    parts = [f'<node id="{i}" version="1" lon="{lon}" lat="{lat}"/>' for i, (lon, lat) in CORNERS.items()]
    for way, ends in WAYS.items():
        refs = "".join(f'<nd ref="{end}"/>' for end in ends)
        parts.append(f'<way id="{way}" version="1">{refs}<tag k="highway" v="residential"/></way>')
    said = "".join(f'<tag k="{key}" v="{value}"/>' for key, value in ({"type": "restriction"} | tags).items())
    parts.append(f'<relation id="1" version="1">{"".join(members)}{said}</relation>')
    path = tmp_path / "turns.osm"
    path.write_text(f'<?xml version="1.0"?><osm version="0.6" generator="test">{"".join(parts)}</osm>')
    return parse_streets(path)


def metres(frames, mode="coach", start=(120.0018, 30.0), end=(120.00207, 30.0015)):
    """From the last of way 100 to the last of way 101: 193 m by the left turn, 606 m round the block.

    At 5 a small street ends: no coach turns round there.
    """
    network = build_network(frames.nodes, frames.edges)
    route = network.route(start, end, mode=mode)
    matrix = network.cost_matrix([start[0]], [start[1]], [end[0]], [end[1]], mode=mode)
    assert matrix[0, 0] == pytest.approx(route.duration_s)
    return route.distance_m


@pytest.mark.parametrize(
    ("tags", "is_obeyed"),
    [
        ({"restriction": "no_left_turn"}, True),
        ({"restriction:bus": "no_left_turn"}, True),
        ({"restriction": "no_left_turn", "except": "bicycle"}, True),
        ({"restriction": "no_left_turn", "except": "psv;bicycle"}, False),
        ({"restriction:hgv": "no_left_turn"}, False),
        ({"restriction:conditional": "no_left_turn @ (Mo-Fr 07:00-09:00)"}, False),
    ],
)
def test_a_coach_obeys_what_is_said_of_it(tmp_path, tags, is_obeyed):
    frames = load(tmp_path, tags)
    assert metres(frames) == pytest.approx(606 if is_obeyed else 193, abs=4)
    assert metres(frames, "walk") == pytest.approx(193, abs=8)
    assert frames.n_turn_conditional == ("restriction:conditional" in tags)


def test_who_may_only_go_straight_on_does_not_turn(tmp_path):
    members = (FROM_TO[0], AT_2, '<member type="way" ref="104" role="to"/>')
    assert metres(load(tmp_path, {"restriction": "only_straight_on"}, members)) > 500


def test_a_restriction_over_a_way_holds_for_who_came_by_its_first_way(tmp_path):
    members = (
        '<member type="way" ref="104" role="from"/>',
        '<member type="way" ref="101" role="via"/>',
        '<member type="way" ref="102" role="to"/>',
    )
    frames = load(tmp_path, {"restriction": "no_left_turn"}, members)
    end = (120.001, 30.0018)
    # From 104 by 101 to 102 is forbidden, from 100 by 101 to 102 is not.
    assert metres(frames, start=(120.0039, 30.0), end=end) == pytest.approx(177 + 200 + 200 + 96, abs=9)
    assert metres(frames, start=(120.0018, 30.0), end=end) == pytest.approx(26 + 200 + 103, abs=9)
    assert metres(frames, start=(120.0039, 30.0), end=(120.00207, 30.0015)) == pytest.approx(177 + 166, abs=9)
