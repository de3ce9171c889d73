"""Tables that people keep: CSV in the encodings Excel writes, and XLSX, as rows of text with Excel's row numbers."""

import csv
import io
import warnings
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path

import openpyxl

from geo.errors import InputError
from loaders.report import require_file

SUFFIXES = (".csv", ".txt", ".tsv", ".xlsx", ".xlsm")
MAX_UNPACKED_BYTES = 200_000_000
"""Of a workbook: a million rows; what is larger was made to fill the memory."""


@dataclass(frozen=True)
class Sheet:
    """One sheet: rows of text that are not empty, each with the number that Excel shows beside it."""

    name: str
    rows: list[tuple[int, list[str]]]


def read_sheets(path: Path) -> list[Sheet]:
    """Return the sheets of a table that hold anything; a CSV file is one sheet.

    Raises
    ------
    InputError
        If the file is not there, is no table, or is empty.
    """
    if path.name.lower().endswith(".xls"):
        raise InputError("{file}: the old Excel format is not read; save it as .xlsx", file=path.name)
    require_file(path, suffixes=SUFFIXES)
    is_workbook = path.name.lower().endswith((".xlsx", ".xlsm"))
    sheets = [sheet for sheet in (_read_workbook(path) if is_workbook else [_read_csv(path)]) if sheet.rows]
    if not sheets:
        raise InputError("{file}: the table is empty", file=path.name)
    return sheets


def decode(data: bytes, *, file: str) -> str:
    """Return the text of a CSV file: UTF-8 with or without mark, UTF-16 with mark, or GB 18030 (which holds GBK).

    Raises
    ------
    InputError
        If it is none of these.
    """
    # UTF-8 first: Chinese text in GBK is practically never valid UTF-8, while the reverse often passes.
    marked = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    for encoding in (marked, "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InputError("{file}: the text is neither UTF-8 nor GBK; save it as CSV UTF-8 or .xlsx", file=file)


def _read_csv(path: Path) -> Sheet:
    # PostgreSQL stores no NUL, and no text means one.
    text = decode(path.read_bytes(), file=path.name).replace("\0", "")
    head = text[:5000]
    delimiter = max(",\t;", key=head.count)
    try:
        rows = [
            [cell.strip() for cell in row] for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        ]
    except csv.Error as error:
        raise InputError("{file}: not a readable table ({reason})", file=path.name, reason=str(error)) from error
    return Sheet("", _numbered(rows))


def _read_workbook(path: Path) -> list[Sheet]:
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(member.file_size for member in archive.infolist()) > MAX_UNPACKED_BYTES:
                raise InputError("{file}: too large once unpacked", file=path.name)
        with warnings.catch_warnings():
            # Styles and validation rules that openpyxl does not keep are nothing to a reader of cells.
            warnings.simplefilter("ignore", UserWarning)
            book = openpyxl.load_workbook(path, read_only=True, data_only=True)
            sheets = []
            for sheet in book.worksheets:
                # Files of other programs state wrong extents, by which rows would be cut.
                sheet.reset_dimensions()
                rows = ([_text(cell) for cell in row] for row in sheet.iter_rows(values_only=True))
                sheets.append(Sheet(sheet.title, _numbered(rows)))
            book.close()
    except InputError:
        raise
    except (zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise InputError("{file}: not a readable table ({reason})", file=path.name, reason=str(error)) from error
    return sheets


def _numbered(rows: Iterable[list[str]]) -> list[tuple[int, list[str]]]:
    return [(number, row) for number, row in enumerate(rows, 1) if any(row)]


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime | date | time):
        return cell.isoformat()
    return str(cell).strip()
