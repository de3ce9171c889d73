"""The guide to loading names what the loaders read, in both languages."""

import re
from pathlib import Path

from geo.db.tables import SERVICES
from loaders.synonyms import HEADERS, match_columns, parse_services

GUIDE = (Path(__file__).parents[2] / "docs" / "loading.md").read_text(encoding="utf-8")
CHINESE, ENGLISH = GUIDE.split("\n# Loading your own district\n")


def test_every_field_stands_in_both_languages_under_a_header_that_is_read() -> None:
    for name, words in HEADERS.items():
        assert any(word in CHINESE for word in words.split()), name
        assert any(word.replace("_", " ") in ENGLISH for word in words.split() if word.isascii()), name


def test_every_service_stands_in_both_languages_beside_words_that_mean_it() -> None:
    for service in SERVICES:
        assert f"`{service}`" in ENGLISH
        (words,) = re.findall(rf"(?:[：、])([^：、`]+?) `{service}`", CHINESE)
        assert parse_services(words) == ([service], [])


def test_the_example_register_is_read_whole() -> None:
    (example,) = re.findall(r"```csv\n(.*?)```", CHINESE, re.DOTALL)
    header, row = example.strip().splitlines()
    columns = match_columns(header.split(","), crs="wgs84")
    assert not columns.missing
    assert not columns.unused
    assert len(row.split(",")) == len(header.split(","))
