"""What docs/travel-times.md tells planners is what the program does."""

import re
from pathlib import Path

import pytest

from benchmarks.valhalla_pairs import OPTIONS
from geo.network.modes import WALK_SPEED_MPS, load_modes
from geo.network.snap import FREE_M, REACH_M

ROOT = Path(__file__).parents[1]
CHINESE, ENGLISH = (ROOT / "docs" / "travel-times.md").read_text(encoding="utf-8").split("\n---\n\n# ")


@pytest.mark.parametrize("text", [CHINESE, ENGLISH], ids=["zh", "en"])
def test_speeds_and_distances_are_those_of_the_rules(text):
    walk, ebike, coach = (load_modes()[mode] for mode in ("walk", "ebike", "coach"))
    plain = re.sub(r"\s+", " ", text)
    assert f"{WALK_SPEED_MPS} m/s" in plain or f"每秒 {WALK_SPEED_MPS} 米" in plain
    assert f"{WALK_SPEED_MPS * 15 * 60:,.0f}" in plain
    assert walk.highway["steps"] == walk.speed_kph / 2
    assert {ebike.speed_kph, ebike.highway["service"], ebike.highway["path"], ebike.openable_kph} == {15, 12, 8, 10}
    assert re.search(r"12 in housing .*, 8 on paths, 10 where|小区路、内部路 12；小路 8；可骑的人行道 10", plain)
    assert (min(coach.highway.values()), max(coach.highway.values())) == (10, 80)
    assert "10–80" in plain
    assert {mode.ferry_kph for mode in (walk, ebike, coach)} == {6}
    assert re.search(rf"{REACH_M:.0f} ?(m|米)", plain)
    assert re.search(rf"{FREE_M:.0f} ?(m|米)", plain)


@pytest.mark.parametrize("text", [CHINESE, ENGLISH], ids=["zh", "en"])
def test_the_comparison_on_the_page_reaches_what_was_promised(text):
    # The last row of the table: with the same streets, at least nine of ten walking distances agree within 2 %.
    shares = re.findall(r"\*\*(\d+\.\d)%\*\*", text)
    n_column = len(shares) // 2
    assert n_column >= 2
    assert all(float(share) >= 90.0 for share in shares[n_column : n_column + n_column // 2])


def test_the_options_named_are_those_asked_with():
    assert OPTIONS["walk"]["shortest"]
    assert OPTIONS["walk"]["max_hiking_difficulty"] == 6
    assert OPTIONS["walk"]["step_penalty"] == OPTIONS["walk"]["elevator_penalty"] == 0
    assert OPTIONS["ebike"]["ignore_restrictions"]


def test_the_files_it_points_to_are_there():
    for text in (CHINESE, ENGLISH):
        for name in re.findall(r"`((?:docs|geo|tests)/[\w/.]+)`", text):
            assert (ROOT / name).exists(), name
    assert (ROOT / "docs" / "figures" / "travel-times.png").exists()
