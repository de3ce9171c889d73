"""A demand profile in the tables that planners have: columns of hours, rows of hours, parts of 1 or percents."""

from pathlib import Path

import pytest
from openpyxl import Workbook

from geo.errors import InputError
from loaders.profiles import ProfileContext, parse_profile


def book(path: Path, rows: list[list[object]]) -> Path:
    made = Workbook()
    for row in rows:
        made.worksheets[0].append(row)
    made.save(path)
    return path


def percent(path: Path) -> list[float]:
    return parse_profile(path, ProfileContext(path.name)).percent


def test_a_column_that_counts_the_hours_is_no_day(tmp_path: Path) -> None:
    rows = [["时段", "工作日", "周末"], *([hour, 2 * hour, 3 * hour] for hour in range(24))]
    found = percent(book(tmp_path / "两天.xlsx", rows))
    assert found == [float(2 * h) for h in range(24)] + [float(3 * h) for h in range(24)]


def test_a_week_in_one_column_and_parts_of_one_are_percents(tmp_path: Path) -> None:
    file = tmp_path / "week.csv"
    file.write_text("\n".join(["share", *(f"{(hour % 24) / 100}" for hour in range(168))]), "utf-8")
    assert percent(file) == pytest.approx([float(hour % 24) for hour in range(168)])


def test_hours_beside_each_other_are_read_too_and_signs_of_percent_are_no_text(tmp_path: Path) -> None:
    rows = [["", *(f"{hour}:00" for hour in range(24))], ["每天", *(f"{hour}%" for hour in range(24, 48))]]
    assert percent(book(tmp_path / "一天.xlsx", rows)) == [float(hour) for hour in range(24, 48)]


def test_another_number_of_days_is_refused_in_words(tmp_path: Path) -> None:
    for width in (0, 3):
        rows = [["h", *"abc"[:width]], *([hour, *[50] * width] for hour in range(24))]
        with pytest.raises(InputError, match="no 24 hours"):
            percent(book(tmp_path / f"{width}.xlsx", rows))
