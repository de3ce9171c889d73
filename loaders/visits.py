"""Visits per station and month, from the counts that stations keep (CSV, XLSX); nothing is made up for a gap."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from geo.db.layers import SourceFacts
from geo.db.tables import Place, PlaceFunction
from geo.db.visits import SOURCE_LAYER, MonthVisits, replace_visits
from loaders.columns import find_table
from loaders.notes import nothing_stored, some
from loaders.numbers import parse_count
from loaders.report import LoadReport, Rejection, sha256
from loaders.tabular import read_sheets
from loaders.words import clean, same_text_key

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


def parse_visits(path: Path, *, stations: Mapping[str, str], today: date) -> Visits:
    """Read a table of station, month and visits.

    Parameters
    ----------
    path : Path
        CSV (UTF-8, GBK) or XLSX with a column of codes or names, one of months and one of visits (`WORDS`).
    stations : mapping of code to name
        The stations of the district.
    today : date
        A month after it has not been counted yet.

    Raises
    ------
    InputError
        If the file is no table, or lacks a needed column.
    """
    table = find_table(
        read_sheets(path),
        WORDS,
        needed=[("code", "name"), ("month",), ("visits",)],
        file=path.name,
        example="站点名称, 月份, 到访量 / code, month, visits",
    )
    visits: list[MonthVisits] = []
    rejected: list[Rejection] = []
    first: dict[tuple[str, date], int] = {}
    for row, cells in table.rows:
        read = _read_row(row, cells, stations, today)
        if isinstance(read, Rejection):
            rejected.append(read)
            continue
        key = (read.place_code, read.month)
        if key in first:
            rejected.append(Rejection(row, "{name}, {month} already stands in row {first}", {
                "name": stations[read.place_code], "month": f"{read.month:%Y-%m}", "first": first[key]}))  # fmt: skip
            continue
        first[key] = row
        visits.append(read)
    notes = [Rejection(None, "columns not used: {columns}", {"columns": some(table.unused)})] if table.unused else []
    return Visits(visits, len(table.rows), rejected, notes)


def load_visits(session: Session, path: Path, *, district: str, today: date, is_dry_run: bool = False) -> LoadReport:
    """Store the visits of a file, in the session's transaction; other months and stations stay as they are.

    Raises
    ------
    InputError
        If the file cannot be used; nothing is changed then, nor if no row can be used.
    """
    stations = {
        row.code: row.name
        for row in session.execute(
            select(Place.code, Place.name)
            .join(PlaceFunction, PlaceFunction.place_id == Place.id)
            .where(Place.district_code == district, PlaceFunction.kind == "rest_station")
        )
    }
    parsed = parse_visits(path, stations=stations, today=today)
    notes = list(parsed.notes)
    if not parsed.visits:
        notes.append(nothing_stored())
    else:
        months = sorted({each.month for each in parsed.visits})
        notes.append(
            Rejection(
                None,
                "{total} visits of {stations} stations, {first} to {last}",
                {
                    "total": f"{sum(each.visits for each in parsed.visits):,}",
                    "stations": len({each.place_code for each in parsed.visits}),
                    "first": f"{months[0]:%Y-%m}",
                    "last": f"{months[-1]:%Y-%m}",
                },
            )
        )
    if parsed.visits and not is_dry_run:
        facts = SourceFacts(
            file_name=path.name,
            rows_read=parsed.n_read,
            rows_stored=len(parsed.visits),
            rows_rejected=len(parsed.rejected),
            checksum=sha256(path),
            unit="visits",
        )
        replace_visits(session, district, parsed.visits, facts)
    return LoadReport(SOURCE_LAYER, path.name, parsed.n_read, len(parsed.visits), parsed.rejected, notes)


def _read_row(row: int, cells: Mapping[str, str], stations: Mapping[str, str], today: date) -> MonthVisits | Rejection:
    code = _station(row, cells, stations)
    if isinstance(code, Rejection):
        return code
    month = parse_month(cells["month"])
    if month is None:
        return Rejection(row, "{value} is no month; write it as 2026-05", {"value": cells["month"] or "-"})
    if month > today:
        return Rejection(row, "{month} has not come yet", {"month": f"{month:%Y-%m}"})
    count = parse_count(cells["visits"])
    if count is None or count < 0 or not count.is_integer() or count > MAX_VISITS:
        return Rejection(row, "{value} is no number of visits in a month", {"value": cells["visits"] or "-"})
    return MonthVisits(code, month, int(count))


def _station(row: int, cells: Mapping[str, str], stations: Mapping[str, str]) -> str | Rejection:
    code, name = clean(cells.get("code", "")), clean(cells.get("name", ""))
    if code in stations:
        return code
    named: Sequence[str] = [c for c, n in stations.items() if name and same_text_key(n) == same_text_key(name)]
    if len(named) == 1:
        return named[0]
    said = {"value": " ".join(filter(None, (code, name))) or "-"}
    if named:
        return Rejection(row, "{value}: several stations have this name; give the code", dict(said))
    return Rejection(row, "no station has the code or name {value}", dict(said))
