"""The page on the data model names every table of the program, and none that is not there."""

import re
from pathlib import Path

import webmap.accounts.models
import webmap.logic.jobs.models  # noqa: F401 - their tables are in the metadata
from geo.db.tables import Base

PAGE = (Path(__file__).parents[1] / "docs" / "data-model.md").read_text(encoding="utf-8")


def test_every_table_stands_on_the_page() -> None:
    named = set(re.findall(r"[a-z_]+", PAGE))
    assert set(Base.metadata.tables) - named == set()


def test_tables_to_come_are_not_there_yet() -> None:
    to_come = PAGE.partition("## To come")[2]
    assert not set(re.findall(r"`(\w+)`", to_come)) & set(Base.metadata.tables)
