"""The words of directions: every kind of way, every distance, the same sentences in both languages."""

import pytest

from geo.network import wording
from geo.network.labels import Label
from geo.network.modes import ALL_MODES, load_modes


def test_every_class_that_some_mode_may_use_has_a_word_in_both_languages():
    classes = {kind for rules in load_modes().values() for kind in (*rules.highway, *rules.openable)}
    for kind in classes:
        for lang, fallback in (("zh", "道路"), ("en", "the road")):
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
