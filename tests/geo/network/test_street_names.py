"""What directions make of names: spellings, short pieces of another name, two names in one, no name."""

from tests.geo.network.plain_maps import degrees, make


def paper(nodes, *streets, mode="walk", lang="zh"):
    """Return the sentences from the first node to the last, on a map in metres; streets are (u, v, name)."""
    network = make(
        nodes, [(u, v, {"highway": "residential"} | ({"name": name} if name else {})) for u, v, name in streets]
    )
    first, *_, last = nodes.values()
    route = network.route(degrees(*first), degrees(*last), mode=mode)
    return [step.text for step in network.describe(route, lang=lang)]


def test_a_street_of_several_spellings_is_one_street():
    nodes = {1: (0, 0), 2: (100, 0), 3: (110, 0), 4: (120, 0), 5: (130, 0), 6: (300, 0)}
    said = paper(
        nodes,
        (1, 2, "Rue du Lac"),
        (2, 3, "rue du lac"),
        (3, 4, "Rue-du-Lac"),
        (4, 5, "RUE  DU LAC"),
        (5, 6, "Rue du Lac"),
    )
    assert said == ["沿Rue du Lac向东步行 300 米", "到达目的地"]


def test_ten_metres_of_another_name_straight_on_are_no_step():
    nodes = {1: (0, 0), 2: (100, 0), 3: (110, 0), 4: (210, 0)}
    assert paper(nodes, (1, 2, "文三路"), (2, 3, "文三路口"), (3, 4, "文三路")) == [
        "沿文三路向东步行 210 米",
        "到达目的地",
    ]
    # Where one turns into them and out of them they are told.
    nodes = {1: (0, 0), 2: (100, 0), 3: (100, 15), 4: (200, 15)}
    assert len(paper(nodes, (1, 2, "文三路"), (2, 3, "教工路"), (3, 4, "文二路"))) == 4


CROSSED = ((1, 2, "迎宾路"), (2, 3, None), (3, 4, "迎宾路"))


def test_who_crosses_and_doubles_back_is_not_told_to_turn_round():
    nodes = {1: (0, 0), 2: (0, -100), 3: (12, -100), 4: (12, 0)}
    assert paper(nodes, *CROSSED) == [
        "沿迎宾路向南步行 100 米",
        "过到另一侧往回走，沿迎宾路步行 110 米",
        "到达目的地",
    ]
    # Who drives turns round.
    by_coach = [paper(nodes, *CROSSED, mode="coach", lang=lang)[1] for lang in ("zh", "en")]
    assert by_coach == ["掉头到对侧，沿迎宾路行驶 110 米", "Turn round to the other side, along 迎宾路 for 110 m"]


def test_of_two_names_the_first_is_said_and_no_name_is_not_said():
    nodes = {1: (0, 0), 2: (100, 0), 3: (100, 100), 4: (200, 100)}
    for nameless in ("无名路", "Unnamed Road", "FIXME", " ; "):
        assert "左转进入小街，步行 100 米" in paper(nodes, (1, 2, "文三路"), (2, 3, nameless), (3, 4, "文一路"))
    assert paper(nodes, (1, 2, "文三路;教工路"), (2, 3, "无名路"), (3, 4, "A; B")) == [
        "沿文三路向东步行 100 米",
        "左转进入小街，步行 100 米",
        "右转进入A，步行 100 米",
        "到达目的地",
    ]
