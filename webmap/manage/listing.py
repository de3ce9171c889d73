"""Lists of staff: searched, filtered and sent as an Excel sheet, all by one helper.

A view names the columns and filters of its rows; ``q`` and the filters' names in the address choose among them, and
``format=xlsx`` asks for the sheet of what is chosen. Templates show the tools by ``list_tools`` of
``manage/parts.html``.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from typing import Any, Generic, TypeVar
from zoneinfo import ZoneInfo

from flask import request, send_file
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from webmap.logic.sheet import XLSX, Cell, table_sheet
from webmap.web.pages import page_link
from webmap.words.names import Named, file_name, name_of

Row = TypeVar("Row")

MAX_QUERY = 100
FORMAT = "format"


@dataclass(frozen=True)
class Column(Generic[Row]):
    """A column of the sheet; what stands in it is found by the search as well."""

    head: str
    value: Callable[[Row], Any]


@dataclass(frozen=True)
class Filter(Generic[Row]):
    """A choice beside the search: `name` in the address, its `choices` by code, and the codes that hold of a row."""

    name: str
    label: str
    choices: Mapping[str, str]
    holds: Callable[[Row], Collection[str]]

    @property
    def chosen(self) -> str:
        """The code that the address names; empty: all."""
        asked = request.args.get(self.name, "")
        return asked if asked in self.choices else ""


@dataclass(frozen=True)
class Listing(Generic[Row]):
    """The rows of a list that the address chooses, out of `total`, and the tools above them."""

    rows: list[Row]
    total: int
    columns: Sequence[Column[Row]]
    filters: Sequence[Filter[Row]]
    query: str

    @property
    def is_narrowed(self) -> bool:
        """Whether a search or a filter is set."""
        return bool(self.query) or any(each.chosen for each in self.filters)

    @property
    def names(self) -> set[str]:
        """The parts of an address that belong to the tools."""
        return {"q", FORMAT, *(each.name for each in self.filters)}

    @property
    def whole(self) -> str:
        """The address of the list without search and filters."""
        return page_link(**dict.fromkeys(self.names))


def make_listing(
    rows: Sequence[Row], *, columns: Sequence[Column[Row]], filters: Sequence[Filter[Row]] = ()
) -> Listing[Row]:
    """Return the rows that the address chooses: all words of its ``q`` stand in their columns, and its filters hold.

    A filter without a choice that would part the rows is left out.
    """
    query = " ".join(request.args.get("q", "").split())[:MAX_QUERY]
    words = query.casefold().split()
    offered = [each for each in filters if each.choices]
    chosen = [
        row
        for row in rows
        if all(not each.chosen or each.chosen in each.holds(row) for each in offered)
        and (not words or _has(row, columns, words))
    ]
    return Listing(chosen, len(rows), columns, offered, query)


def wants_sheet() -> bool:
    """Tell whether the address asks for the list as a sheet."""
    return request.args.get(FORMAT) == "xlsx"


def send_sheet(
    listing: Listing[Row], *, title: str, district: Named | None = None, is_sample: bool = False
) -> ResponseReturnValue:
    """Send the rows of a listing as an Excel sheet, marked in title and file name where they are a sample."""
    today = datetime.now(ZoneInfo("Asia/Shanghai")).date()
    mark = gettext("Sample data") if is_sample else ""
    line = " · ".join(filter(None, (mark, name_of(district) if district else "", title, today.isoformat())))
    rows = [[_cell(column.value(row)) for column in listing.columns] for row in listing.rows]
    content = table_sheet(
        rows, [column.head for column in listing.columns], name=title, title=line, is_marked=is_sample
    )
    named = gettext("[Sample] %(name)s", name=title) if is_sample else title
    name = file_name(" ".join(filter(None, (name_of(district) if district else "", named, f"{today:%Y%m%d}"))), "xlsx")
    return send_file(BytesIO(content), mimetype=XLSX, as_attachment=True, download_name=name)


def texts(words: Mapping[str, Any]) -> dict[str, str]:
    """Return labels as the choices of a filter."""
    return {code: str(word) for code, word in words.items()}


def local(value: datetime | None, timezone: str) -> datetime | None:
    """Return a moment as a sheet holds it: local time to the minute, without its zone."""
    return None if value is None else value.astimezone(ZoneInfo(timezone)).replace(tzinfo=None, second=0, microsecond=0)


def _has(row: Row, columns: Sequence[Column[Row]], words: Sequence[str]) -> bool:
    text = "\n".join(str(value) for column in columns if (value := column.value(row)) is not None).casefold()
    return all(word in text for word in words)


def _cell(value: Any) -> Cell:
    # Words of the interface are translated when they are read.
    return value if value is None or isinstance(value, int | float | str | date) else str(value)
