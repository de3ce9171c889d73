"""Read tables, CSV in any encoding Excel writes and XLSX, as rows of text with their row numbers."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path

from geo.errors import InputError, TooLargeError
from geo.texts import without_invisible
from loaders.damage import guarded
from loaders.report import require_file
from loaders.workbook import NOT_CALCULATED, Cell, read_workbook

SUFFIXES = (".csv", ".txt", ".tsv", ".xlsx", ".xlsm")
MAX_BYTES = 200_000_000
MAX_ROWS = 1_048_576
"""As in Excel."""
MAX_COLUMNS = 1_000
MAX_CELL = 32_767
"""Characters, as in Excel."""
MAX_CELLS = 20_000_000
DELIMITERS = (",\t;|", "，；")
"""The full-width ones where none of the first group parts anything: they stand within Chinese texts."""
_SAMPLE_ROWS = 30
_UTF_8_CHINESE = re.compile(rb"(?:[\xe4-\xe9][\x80-\xbf]{2}){3}")
_EXCEL_ERROR = re.compile(r"#(N/A|REF!|VALUE!|DIV/0!|NAME\?|NULL!|NUM!|SPILL!|CALC!|GETTING_DATA)")
_QUOTED_NUMBER = re.compile(r"'(?=[-+\d])")


@dataclass(frozen=True)
class Sheet:
    """One sheet: rows of text that are not empty, each with the number that Excel shows beside it."""

    name: str
    rows: list[tuple[int, list[str]]]
    is_hidden: bool = False
    n_cleaned: int = field(default=0, compare=False)
    """Cells that held invisible characters."""
    n_hidden_rows: int = field(default=0, compare=False)
    """Rows that Excel does not show; they are read."""
    n_errors: int = field(default=0, compare=False)
    """Cells that hold an error of Excel (#N/A)."""
    n_formulas: int = field(default=0, compare=False)
    """Cells that hold a formula whose value is not in the file."""


def read_sheets(path: Path) -> list[Sheet]:
    """Return the sheets of a table that hold anything, hidden ones included; a CSV file is one sheet.

    Values of merged cells are those of each of their cells; control and zero-width characters are taken out.

    Raises
    ------
    InputError
        If the file is not there, is not a table, is empty, or is larger than any table should be.
    """
    if path.name.lower().endswith(".xls"):
        raise InputError("{file}: the old Excel format is not read; save it as .xlsx", file=path.name)
    require_file(path, suffixes=SUFFIXES)
    if path.stat().st_size > MAX_BYTES:
        raise TooLargeError(
            "{file}: has more than {limit} MB; keep only the district and the columns that are needed",
            file=path.name, limit=MAX_BYTES // 1_000_000,
        )  # fmt: skip
    if path.name.lower().endswith((".xlsx", ".xlsm")):
        found = [_workbook_sheet(name, rows, is_hidden, path.name) for name, rows, is_hidden in read_workbook(path)]
    else:
        found = [_read_csv(path)]
    sheets = [sheet for sheet in found if sheet.rows]
    if not any(not sheet.is_hidden for sheet in sheets):
        if sheets:
            raise InputError(
                "{file}: every sheet that holds anything is hidden; show the right one in Excel", file=path.name
            )
        raise InputError("{file}: the table is empty", file=path.name)
    return sheets


def value_of(cell: str) -> str:
    """Return what a cell says: nothing where it holds an error of Excel or a formula that was not calculated."""
    text = cell.strip()
    return "" if text == NOT_CALCULATED or _EXCEL_ERROR.fullmatch(text) else text


def decode(data: bytes, *, file: str) -> str:
    """Return the text of a file: UTF-8, UTF-16, both with or without mark, or GB 18030 (which holds GBK).

    Raises
    ------
    InputError
        If it is none of these.
    """
    # UTF-8 first: Chinese text in GBK is practically never valid UTF-8, while the reverse often passes.
    for encoding in (_utf(data), "gb18030"):
        if encoding == "gb18030" and (row := _first_of_other_encoding(data)):
            raise InputError(
                "{file}, row {row}: the file is partly UTF-8 and partly GBK; from this row on it is in the other. "
                "Copy all rows into one table and save that as CSV UTF-8 or .xlsx",
                file=file,
                row=row,
            )
        try:
            return data.decode(encoding)
        except UnicodeError:
            continue
    raise InputError("{file}: the text is neither UTF-8 nor GBK; save it as CSV UTF-8 or .xlsx", file=file)


def _first_of_other_encoding(data: bytes) -> int:
    """Return the number of the first line in another encoding than those above; 0 if all may be in one.

    Of a text that is not UTF-8 as a whole: three Chinese characters in a row of UTF-8 are no accident of GBK.
    """
    is_utf: bool | None = None
    for number, line in enumerate(data.split(b"\n"), 1):
        if line.isascii():
            continue
        try:
            line.decode("utf-8")
        except UnicodeError:
            is_here = False
        else:
            if not _UTF_8_CHINESE.search(line):
                continue
            is_here = True
        if is_utf is not None and is_here != is_utf:
            return number
        is_utf = is_here
    return 0


def _utf(data: bytes) -> str:
    """Return which of the Unicode encodings a text is in, if it is in any."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    # Without a mark, the ends of lines tell: no text in another encoding holds a zero beside each of them.
    for encoding in ("utf-16-le", "utf-16-be"):
        newline = "\n".encode(encoding)
        if data.count(newline) and data.count(newline) == data.count(b"\n") and len(data) % 2 == 0:
            return encoding
    return "utf-8-sig"


def _read_csv(path: Path) -> Sheet:
    data = path.read_bytes()
    is_other = data.startswith((b"PK\x03\x04", b"%PDF", b"\xd0\xcf\x11\xe0"))
    text = "" if is_other else decode(data, file=path.name)
    if is_other or text.lstrip()[:1] in ("<", "{"):
        raise InputError(
            "{file}: is not a table, whatever its name says; save it as .xlsx or CSV UTF-8", file=path.name
        )
    delimiter = _delimiter(text)
    with guarded(path.name, csv.Error):
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        sheet = _sheet("", ((number, row, False) for number, row in enumerate(rows, 1)), False, path.name)
    if text.count('"') % 2 and sheet.rows and any("\n" in cell for cell in sheet.rows[-1][1]):
        raise InputError(
            "{file}, row {row}: a quotation mark opens a cell and none closes it, so the rows below became part of it; "
            "take it out or close it",
            file=path.name,
            row=sheet.rows[-1][0],
        )
    return sheet


def _delimiter(text: str) -> str:
    """Return what the cells are separated by: what parts many rows into the same number of cells, and into many."""
    csv.field_size_limit(MAX_BYTES)
    for group in DELIMITERS:
        width, delimiter = _best_delimiter(text, group)
        if width > 1:
            return delimiter
    return ","


def _best_delimiter(text: str, delimiters: str) -> tuple[int, str]:
    """Return how many cells most rows have with the best of some delimiters, and that one."""
    best = (0, 1, ",")
    for delimiter in delimiters:
        lines = io.StringIO(text[:200_000], newline="")
        widths: list[int] = []
        try:
            for row in csv.reader(lines, delimiter=delimiter):
                if any(cell.strip() for cell in row):
                    widths.append(len(row))
                if len(widths) >= _SAMPLE_ROWS:
                    break
        except csv.Error:
            continue
        parted, width = max(((count * (width - 1), width) for width, count in Counter(widths).items()), default=(0, 1))
        if (parted, width) > best[:2]:
            best = parted, width, delimiter
    return best[1:]


def _workbook_sheet(name: str, rows: Iterator[tuple[int, list[Cell], bool]], is_hidden: bool, file: str) -> Sheet:
    texts = ((number, [_text(cell) for cell in row], is_hidden_row) for number, row, is_hidden_row in rows)
    return _sheet(name, texts, is_hidden, file)


def _sheet(name: str, rows: Iterable[tuple[int, list[str], bool]], is_hidden: bool, file: str) -> Sheet:
    kept: list[tuple[int, list[str]]] = []
    n_cells = n_cleaned = n_hidden_rows = n_errors = n_formulas = 0
    for number, row, is_hidden_row in rows:
        cells = []
        for raw in row:
            if raw.startswith("#"):
                n_formulas += raw == NOT_CALCULATED
                n_errors += _EXCEL_ERROR.fullmatch(raw) is not None
            cell = without_invisible(raw)
            n_cleaned += cell is not raw and cell != raw
            cells.append(_QUOTED_NUMBER.sub("", cell.strip(), count=1) if cell[:1] == "'" else cell.strip())
        while cells and not cells[-1]:
            cells.pop()
        if not cells:
            continue
        n_cells += len(cells)
        _require_size(number, cells, n_cells, name=name, file=file)
        n_hidden_rows += is_hidden_row
        kept.append((number, cells))
    return Sheet(name, kept, is_hidden, n_cleaned, n_hidden_rows, n_errors, n_formulas)


def _require_size(number: int, cells: list[str], n_cells: int, *, name: str, file: str) -> None:
    """Raise `TooLargeError` where a table is larger than any that people keep."""
    said = {"file": f"{file} {name}".strip(), "row": number}
    longest = max(map(len, cells))
    if longest > MAX_CELL:
        raise TooLargeError(
            "{file}, row {row}: a cell holds {count} characters, at most {limit} are read; is a quotation mark "
            "missing?",
            **said, count=longest, limit=MAX_CELL,
        )  # fmt: skip
    if len(cells) > MAX_COLUMNS:
        raise TooLargeError(
            "{file}, row {row}: there are {count} columns, at most {limit} are read; delete the cells far to the right",
            **said, count=len(cells), limit=MAX_COLUMNS,
        )  # fmt: skip
    if number > MAX_ROWS or n_cells > MAX_CELLS:
        raise TooLargeError(
            "{file}, row {row}: at most {limit} rows and {cells} cells are read; keep only the district and the "
            "columns that are needed",
            **said, limit=MAX_ROWS, cells=MAX_CELLS,
        )  # fmt: skip


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, datetime | date | time):
        return cell.isoformat()
    return str(cell)
