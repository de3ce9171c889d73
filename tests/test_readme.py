"""The README's number is what the program says, and what an independent search says too."""

import re
from pathlib import Path

import numpy as np
import pytest

from loaders.sample.helsinki import HELSINKI
from tests.extracts import HELSINKI as EXTRACT
from tests.geo.network.oracle import nearest_brute, read_oracle
from tests.webmap import answers
from webmap.logic.coverage import CoverageQuestion
from webmap.logic.live_districts import LiveDistricts

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("readme", ["README.md", "README.zh.md"])
def test_the_number_in_the_readme_is_what_two_programs_count(helsinki, readme):
    said = re.search(r"\*\*(\d+) (?:of|/) (\d+)\*\*", (ROOT / readme).read_text(encoding="utf-8"))
    assert said, "the README states no number"
    state = LiveDistricts(*helsinki).state(HELSINKI)
    ours = answers.coverage(state, CoverageQuestion(minutes=5))
    assert (int(said[1]), int(said[2])) == (ours["covered"], ours["people"])
    banks = np.array([(place.lon, place.lat) for place in state.with_function("rest_station")])
    buildings = state.demand[["lon", "lat"]].to_numpy()
    seconds = [times.min() for times, _ in nearest_brute(read_oracle(EXTRACT, mode="walk"), buildings, banks)]
    near_the_limit = sum(abs(s - 300) < 1.0 for s in seconds)
    assert abs(sum(s <= 300 for s in seconds) - ours["covered"]) <= near_the_limit
    assert near_the_limit < 5


def test_every_file_the_readme_points_to_is_there():
    for readme in ("README.md", "README.zh.md", "CONTRIBUTING.md"):
        for target in re.findall(r"\]\(([^)#:]+)\)", (ROOT / readme).read_text(encoding="utf-8")):
            assert (ROOT / target).exists(), f"{readme} points to {target}"
