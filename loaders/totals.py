"""Parse totals of towns (census, household registration)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from geo.records import Total
from loaders.columns import find_table
from loaders.notes import shortened
from loaders.numbers import parse_count, unit_of
from loaders.population_cells import PEOPLE_WORDS
from loaders.report import Rejection
from loaders.synonyms import clean, same_text_key
from loaders.tabular import Sheet, read_sheets

WORDS = {
    "code": "乡镇代码 街道代码 镇街代码 行政区划代码 区划代码 代码 town_code code",
    "name": "乡镇名称 街道名称 镇街名称 乡镇街道 镇街 乡镇 街道 名称 地区 town township name",
    "people": PEOPLE_WORDS,
    "date": "统计日期 数据日期 普查时点 时点 日期 年份 年度 时间 pop_date date year",
    "kind": "统计口径 人口口径 口径 人口类型 pop_kind kind",
}
"""Field to the headers it goes by; ``type`` is not a kind of total, but 街道 or 镇."""

KIND_WORDS = {
    "census": re.compile(r"普查|[四五六七八]普|census"),
    "registration": re.compile(r"户籍|户口|在籍|registration|registered|hukou"),
    "resident": re.compile(r"常住|resident"),
}
"""Kind of total to the words that mean it, the surest first: 常住（七普） is a census."""


@dataclass(frozen=True)
class TownTotals:
    """Parsed totals, what became of the other rows, and the names of the columns that were not used."""

    totals: list[Total]
    n_read: int
    rejected: list[Rejection]
    notes: list[Rejection]


def parse_total_kind(text: str) -> str | None:
    """Return the kind of total that words name, None where they name none.

    Examples
    --------
    >>> [parse_total_kind(text) for text in ("常住(七普)", "户籍（约）", "常住", "总人口", "census")]
    ['census', 'registration', 'resident', None, 'census']
    """
    plain = text.casefold()
    return next((kind for kind, pattern in KIND_WORDS.items() if pattern.search(plain)), None)


@dataclass(frozen=True, kw_only=True)
class TotalsContext:
    """What totals of towns are read with.

    Attributes
    ----------
    towns : mapping of code to name
        The towns of the district.
    district, district_name : str
        A row of this code or name holds the total of the district.
    column : str or None
        The column of people.
    kind, date : str or None
        What the numbers count and when, where the file does not say.
    """

    towns: Mapping[str, str]
    district: str
    district_name: str
    column: str | None = None
    kind: str | None = None
    date: str | None = None


def parse_totals(path: Path, context: TotalsContext) -> TownTotals:
    """Read a table (CSV or XLSX) of towns with people: code or name, people, and perhaps date and kind (`WORDS`).

    Raises
    ------
    InputError
        If the file is not a table, or lacks a needed column.
    """
    return totals_of(read_sheets(path), context, file=path.name)


def totals_of(sheets: Sequence[Sheet], context: TotalsContext, *, file: str) -> TownTotals:
    """Return the totals of towns in the sheets of a table; see `parse_totals`."""
    towns, district, district_name = context.towns, context.district, context.district_name
    table = find_table(
        sheets,
        WORDS,
        needed=[("code", "name"), ("people",)],
        file=file,
        example="乡镇代码, 乡镇名称, 人口 / code, name, population",
        named={"people": context.column} if context.column else None,
    )
    totals: list[Total] = []
    rejected: list[Rejection] = []
    first: dict[tuple[str, str, str], int | str] = {}
    for row, cells, headers in table.rows:
        said = parse_total_kind(headers["people"])
        town = _town(row, cells, towns, district=district, district_name=district_name)
        people = town if isinstance(town, Rejection) else _people(row, cells["people"], unit_of(headers["people"]))
        if isinstance(people, Rejection) or isinstance(town, Rejection):
            rejected.append(people if isinstance(people, Rejection) else town)  # type: ignore[arg-type]
            continue
        text = clean(cells.get("kind", "")) or None
        found = (parse_total_kind(text) if text else said) or (context.kind if text is None else None) or "other"
        when = re.sub(r"[ T]00:00(:00)?$", "", clean(cells.get("date", "")) or (context.date or ""))
        key = (town, found, when)
        if key in first:
            rejected.append(
                Rejection(
                    row,
                    "{name} is already in row {first} with the same kind and date",
                    {"name": towns.get(town, district_name), "first": first[key]},
                )
            )
            continue
        first[key] = row
        totals.append(Total(town, found, text or (headers["people"] if said else None), when, people))
    return TownTotals(totals, len(table.rows), rejected, table.notes)


def _town(
    row: int | str, cells: Mapping[str, str], towns: Mapping[str, str], *, district: str, district_name: str
) -> str | Rejection:
    """Return the code of the town (or the district) that a row is about."""
    code = re.sub(r"^(\d{9})000$", r"\1", "".join(cells.get("code", "").split()))
    name = clean(cells.get("name", ""))
    known = {**towns, district: district_name}
    named = [c for c, n in known.items() if name and same_text_key(n) == same_text_key(name)]
    if code in known:
        if named and code not in named:
            return Rejection(
                row,
                "code {code} is {known}, but the row says {name}; a code of before a reorganisation?",
                {"code": code, "known": known[code], "name": name},
            )
        return code
    if len(named) == 1:
        return named[0]
    return Rejection(
        row,
        "no town of the district has the code or name {value}",
        {"value": shortened(" ".join(filter(None, (code, name))))},
    )


def _people(row: int | str, text: str, times: float) -> float | Rejection:
    people = parse_count(text, times=times)
    if not text.strip():
        return Rejection(row, "holds no number of people")
    if people is None or people < 0 or not people.is_integer():
        return Rejection(row, "{value} is not a whole number of people", {"value": shortened(text)})
    return people
