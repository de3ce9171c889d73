"""The words of directions: every kind of way, every distance, the same sentences in both languages."""

from types import SimpleNamespace

import pytest

from geo.errors import InputError
from geo.network import wording
from geo.network.directions import _arrival
from geo.network.labels import Label
from geo.network.modes import ALL_MODES, load_modes
from tests.geo.network.plain_maps import ROAD, degrees, make


def test_every_class_that_some_mode_may_use_has_a_word_in_both_languages():
    classes = {kind for rules in load_modes().values() for kind in (*rules.highway, *rules.openable)}
    for kind in classes:
        for lang, fallback in (("zh", "无名路"), ("en", "the road")):
            word = wording.street(Label(None, None, kind), lang)
            if word == fallback:
                assert kind in {
                    *("trunk", "primary", "secondary", "tertiary", "unclassified", "road", "busway"),
                }, f"{kind} has no word of its own"
    assert all(wording.verb(mode, lang) for mode in ALL_MODES for lang in wording.LANGUAGES)


@pytest.mark.parametrize(
    ("metres", "zh", "en"),
    [
        (0.4, "10 米", "10 m"),
        (14.9, "10 米", "10 m"),
        (444.0, "440 米", "440 m"),
        (994.9, "990 米", "990 m"),
        (996.0, "1 公里", "1 km"),
        (1_260.0, "1.3 公里", "1.3 km"),
        (9_960.0, "10 公里", "10 km"),
        (123_400.0, "123 公里", "123 km"),
    ],
)
def test_distances_are_said_as_people_say_them(metres, zh, en):
    assert (wording.distance(metres, "zh"), wording.distance(metres, "en")) == (zh, en)


def test_both_languages_have_the_same_sentences_with_the_same_blanks():
    zh, en = (wording.vocabulary(lang) for lang in ("zh", "en"))
    assert zh["sentences"].keys() == en["sentences"].keys()
    assert zh["kinds"].keys() == en["kinds"].keys()
    assert [bound for bound, *_ in zh["turns"]] == [bound for bound, *_ in en["turns"]]
    for sentence in zh["sentences"].values():
        # Full-width punctuation, and nothing but blanks in Latin letters.
        blanks = sentence.replace("{", " ").replace("}", " ").split()
        assert not set(",;:()!?") & set(sentence)
        assert all(word in {"said", "street", "compass", "verb", "turn", "exits"} for word in blanks if word.isascii())


def test_a_turn_at_a_bound_is_the_wider_one():
    assert [wording.turn(angle, "zh") for angle in (19.9, 20.0, 50.0, -50.0, 130.0, 160.0)] == [
        "直行",
        "靠右",
        "右转",
        "左转",
        "向右后方转弯",
        "掉头",
    ]


@pytest.mark.parametrize(("east", "side"), [(12.0, "right"), (8.0, "left")])
def test_the_side_of_arrival_is_told_in_metres_not_in_degrees(east, side):
    # North-east by 1 : 1 in metres, then a little to one side; a degree east is half as long here as one north.
    lat, lon_m, lat_m = 60.0, 55_800.0, 111_400.0
    places = [(0.0, 0.0), (10.0, 10.0), (10.0 + east, 20.0)]
    route = SimpleNamespace(access_m=(0.0, 30.0), coordinates=[(x / lon_m, lat + y / lat_m) for x, y in places])
    said = wording.sentence(f"arrive_{side}", "zh", said=wording.distance(30.0, "zh"))
    assert _arrival(route, 30.0, 25.0, "zh").text == said


def test_an_unknown_language_is_refused_with_those_there_are():
    network = make({1: (0, 0), 2: (200, 0)}, [(1, 2, ROAD)])
    route = network.route(degrees(0, 0), degrees(200, 0), mode="walk")
    with pytest.raises(InputError, match="zh, en"):
        network.describe(route, lang="fr")
