"""The wall map: one PDF page of the size asked for, the ledger's towns counted beside it."""

from types import SimpleNamespace

from webmap.logic.reports.wall_map import SIZES, TownDone, town_targets


def entry(region: str, state: str) -> SimpleNamespace:
    return SimpleNamespace(region_code=region, state=state)


def test_a_town_is_done_when_all_that_is_to_be_built_there_has_opened():
    entries = [
        entry("W", "open"),
        entry("W", "open"),
        entry("E", "talking"),
        entry("E", "open"),
        entry("E", "declined"),
    ]
    assert town_targets(entries, {"W": "西镇", "E": "东镇"}) == [TownDone("东镇", 2, 1), TownDone("西镇", 2, 2)]


def test_sizes_are_those_of_iso_216_in_landscape():
    for name, (long_mm, short_mm) in {"a3": (420, 297), "a1": (841, 594)}.items():
        wide, high = SIZES[name]
        assert (round(wide * 25.4), round(high * 25.4)) == (long_mm, short_mm)
