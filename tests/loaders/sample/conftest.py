from pathlib import Path

import pytest

from loaders.sample import SampleData, generate_sample

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def sample() -> SampleData:
    return generate_sample(root=ROOT)
