"""Colours that Python draws with are those of the stylesheet."""

import re
from pathlib import Path

import pytest

from webmap.logic import colours
from webmap.logic.gap_classes import SHARE_BREAKS
from webmap.map.layers import THEMES

SHEET = Path(__file__).parents[2] / "webmap" / "static" / "css" / "web" / "app.css"


def variables() -> dict[str, dict[str, str]]:
    """Return the colour variables of both themes by name."""
    blocks = re.findall(r":root \{(.*?)\}", SHEET.read_text(encoding="utf-8"), re.DOTALL)
    light, dark = (dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block)) for block in blocks)
    return {"light": light, "dark": light | dark}


def test_reports_and_posters_use_the_colours_of_the_stylesheet():
    light = variables()["light"]
    ours = {name.lower().replace("_", "-"): value for name, value in vars(colours).items() if isinstance(value, str)}
    found = {name: value.lower() for name, value in ours.items() if not name.startswith("--")}
    assert len(found) > 9
    assert found == {name: light[name] for name in found}


def test_the_gap_map_has_one_colour_a_class_in_both_forms():
    light = variables()["light"]
    names = [name for name in light if re.fullmatch(r"gap-\d", name)]
    assert len(names) == len(SHARE_BREAKS) + 1
    assert [colour.lower() for colour in colours.GAPS] == [light[name] for name in names]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_map_uses_the_colours_of_the_page_around_it(theme: str):
    page = variables()[theme]
    shared = {name: value for name, value in THEMES[theme].items() if name in page}
    assert len(shared) >= 7
    assert shared == {name: page[name] for name in shared}
