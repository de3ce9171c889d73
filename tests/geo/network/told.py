"""The sentences of directions on maps drawn as in `tests/geo/network/drawing.py`."""

import pytest

from tests.geo.network.drawing import Town

NAMED = {
    "y": {"highway": "primary", "name": "迎宾路", "name:en": "Yingbin Road"},
    "w": {"highway": "secondary", "name": "文教路", "name:en": "Wenjiao Road"},
    "j": {"highway": "tertiary", "name": "江滨西大道"},
}


def told(picture, origin, destination, how, *, streets=None, lang="zh"):
    """Return the sentences from one place of a map to another."""
    town = Town(picture, streets=NAMED | (streets or {}))
    route = town.route(origin, destination, how)
    steps = town.network.describe(route, lang=lang)
    assert sum(step.duration_s for step in steps) == pytest.approx(route.duration_s, abs=0.05 * len(steps))
    assert sum(step.distance_m for step in steps) == pytest.approx(route.distance_m, abs=0.05 * len(steps))
    assert all(step.distance_m == round(step.distance_m, 1) for step in steps)
    return [step.text for step in steps]


def check(picture, way, zh, en, **options):
    """Check the Chinese and the English sentences of a way such as ``A to B on foot``."""
    origin, _, destination, how = way.split(" ", 3)
    assert told(picture, origin, destination, how, lang="zh", **options) == zh
    assert told(picture, origin, destination, how, lang="en", **options) == en
