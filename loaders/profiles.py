"""Parse a demand profile (CSV, XLSX): percent of the people who are there, hour by hour of a day or a week."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from geo.errors import InputError
from loaders.isolated.parsers import Progress, silent
from loaders.tabular import read_sheets, value_of

N_DAY, N_WEEK = 24, 168
DAYS = (1, 2, 7)
"""Columns of hours that a table may have: every day; a workday and a day of the weekend; Monday to Sunday."""


@dataclass(frozen=True)
class ProfileContext:
    """Nothing but the file is known."""

    file_name: str = ""


@dataclass(frozen=True)
class ProfileFigures:
    """24, 48 or 168 percents, 0:00 first."""

    percent: list[float]


def parse_profile(path: Path, context: ProfileContext, progress: Progress = silent) -> ProfileFigures:
    """Read the figures of the first sheet that has them.

    They are in columns of 24 hours, or of 168, or in rows of 24; a column or row that only counts the hours is none
    of them. Parts of 1 become percents.

    Raises
    ------
    InputError
        If no sheet has such figures.
    """
    for sheet in read_sheets(path):
        cells = [[_number(cell) for cell in row] for _, row in sheet.rows]
        width = max((len(row) for row in cells), default=0)
        rows = [[*row, *[None] * (width - len(row))] for row in cells]
        columns = [list(column) for column in zip(*rows, strict=True)]
        found = _days(columns) or _days(rows)
        if found:
            is_share = max(found) <= 1.0 and any(value not in (0.0, 1.0) for value in found)
            return ProfileFigures([round(100.0 * value, 3) if is_share else value for value in found])
    raise InputError(
        "{file}: there are no 24 hours in columns or rows: write one column (every day), two (workday, weekend) or "
        "seven (Monday to Sunday), 0:00 first",
        file=context.file_name or path.name,
    )


def _days(lines: Sequence[Sequence[float | None]]) -> list[float]:
    """Return the figures of lines that have 24 or 168 numbers each; nothing where they are not 1, 2 or 7 days."""
    known = [[value for value in line if value is not None] for line in lines]
    days = [line for line in known if len(line) in (N_DAY, N_WEEK)]
    days = days[1:] if days and _counts_hours(days[0]) else days
    if len(days) == 1 or (len(days) in DAYS and all(len(day) == N_DAY for day in days)):
        return [value for day in days for value in day]
    return []


def _counts_hours(line: Sequence[float]) -> bool:
    return list(line) in ([float(h) for h in range(len(line))], [float(h + 1) for h in range(len(line))])


def _number(cell: str) -> float | None:
    try:
        return float(value_of(cell).replace("％", "%").removesuffix("%"))
    except ValueError:
        return None
