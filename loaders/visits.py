"""Parse visits per station and month (CSV, XLSX); empty months stay empty."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from geo.records import MonthVisits
from loaders.columns import find_table
from loaders.isolated.parsers import Progress, silent
from loaders.notes import shortened
from loaders.numbers import parse_count, unit_of
from loaders.report import Rejection
from loaders.synonyms import clean, same_text_key
from loaders.tabular import read_sheets

WORDS = {
    "code": "站点编号 驿站编号 站点编码 编号 编码 代码 code station_code",
    "name": "站点名称 驿站名称 点位名称 站名 名称 name station_name station",
    "month": "月份 年月 统计月份 统计时间 时间 日期 month date period",
    "visits": "到访量 到访人次 服务人次 服务人数 访问量 人次 次数 visits visitors count",
}
"""Field to the headers it goes by."""

MAX_VISITS = 1_000_000
"""In a month; more at one station is a mistake of the file."""

_MONTH = re.compile(r"(20\d\d)\s*[-/.年]?\s*(0?[1-9]|1[0-2])\s*月?(?:[-/.](?:0?[1-9]|[12]\d|3[01])(?:日|[ T].*)?)?")
_COMPACT = re.compile(r"(20\d\d)(0[1-9]|1[0-2])")


@dataclass(frozen=True)
class Visits:
    """Parsed visits, and what became of the other rows."""

    visits: list[MonthVisits]
    n_read: int
    rejected: list[Rejection]
    notes: list[Rejection]


def parse_month(text: str) -> date | None:
    """Return the first day of the month that a cell names, None where it names none.

    Examples
    --------
    >>> [str(parse_month(text)) for text in ("2026-05", "2026年5月", "202605", "2026-05-01T00:00:00", "2026/5/31")]
    ['2026-05-01', '2026-05-01', '2026-05-01', '2026-05-01', '2026-05-01']
    >>> [parse_month(text) for text in ("5月", "2026", "2026-13", "Mai 2026")]
    [None, None, None, None]
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    found = _COMPACT.fullmatch(plain) or _MONTH.fullmatch(plain)
    return date(int(found[1]), int(found[2]), 1) if found else None


@dataclass(frozen=True, kw_only=True)
class VisitsContext:
    """What visits are read with.

    Attributes
    ----------
    stations : mapping of code to name
        The stations of the district.
    today : date
        A month after it has not been counted yet.
    """

    stations: Mapping[str, str]
    today: date


def parse_visits(path: Path, context: VisitsContext, progress: Progress = silent) -> Visits:
    """Read a table (CSV or XLSX) of codes or names of stations, months and visits (`WORDS`).

    Raises
    ------
    InputError
        If the file is not a table, or lacks a needed column.
    """
    stations = context.stations
    by_name: dict[str, list[str]] = {}
    for code, name in stations.items():
        by_name.setdefault(same_text_key(name), []).append(code)
    table = find_table(
        read_sheets(path),
        WORDS,
        needed=[("code", "name"), ("month",), ("visits",)],
        file=path.name,
        example="站点名称, 月份, 到访量 / code, month, visits",
    )
    visits: list[MonthVisits] = []
    rejected: list[Rejection] = []
    first: dict[tuple[str, date], int | str] = {}
    progress("checking {count} rows", count=len(table.rows))
    for row, cells, headers in table.rows:
        read = _read_row(row, cells, stations, by_name, context.today, times=unit_of(headers["visits"]))
        if isinstance(read, Rejection):
            rejected.append(read)
            continue
        key = (read.place_code, read.month)
        if key in first:
            rejected.append(Rejection(row, "{name}, {month} is already in row {first}", {
                "name": stations[read.place_code], "month": f"{read.month:%Y-%m}", "first": first[key]}))  # fmt: skip
            continue
        first[key] = row
        visits.append(read)
    return Visits(visits, len(table.rows), rejected, table.notes)


def _read_row(
    row: int | str,
    cells: Mapping[str, str],
    stations: Mapping[str, str],
    by_name: Mapping[str, list[str]],
    today: date,
    *,
    times: float,
) -> MonthVisits | Rejection:
    code = _station(row, cells, stations, by_name)
    if isinstance(code, Rejection):
        return code
    month = parse_month(cells["month"])
    if month is None:
        value = shortened(cells["month"]) or "-"
        return Rejection(row, "{value} is not a month; write it as 2026-05", {"value": value})
    if month > today:
        return Rejection(row, "{month} has not come yet", {"month": f"{month:%Y-%m}"})
    count = parse_count(cells["visits"], times=times)
    if count is None or count < 0 or not count.is_integer() or count > MAX_VISITS:
        return Rejection(
            row, "{value} is not a number of visits in a month", {"value": shortened(cells["visits"]) or "-"}
        )
    return MonthVisits(code, month, int(count))


def _station(
    row: int | str, cells: Mapping[str, str], stations: Mapping[str, str], by_name: Mapping[str, list[str]]
) -> str | Rejection:
    code, name = clean(cells.get("code", "")), clean(cells.get("name", ""))
    if code in stations:
        return code
    named = by_name.get(same_text_key(name), []) if name else []
    if len(named) == 1:
        return named[0]
    said = {"value": shortened(" ".join(filter(None, (code, name)))) or "-"}
    if named:
        return Rejection(row, "{value}: several stations have this name; give the code", dict(said))
    return Rejection(row, "no station has the code or name {value}", dict(said))
