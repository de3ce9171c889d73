"""Counts as people write them: what is sure is read, what is not is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loaders.numbers import parse_count


@given(st.integers(-(10**9), 10**12))
def test_every_whole_number_is_read_however_its_thousands_are_set_apart(number):
    for text in (f"{number}", f"{number:,}", f"{number:,}".replace(",", " "), f" {number:_}人 ".replace("_", "\u00a0")):
        assert parse_count(text) == number


@pytest.mark.parametrize(
    "text", ["12,34", "1,2345", "1.2.3", "1e", "３０多", "~5", "5-6", "1 23", "0x10", "1_000", "∞"]
)
def test_what_may_be_another_number_is_refused(text):
    assert parse_count(text) is None
