"""Stream the cells of an XLSX workbook; merged and missing cells are not filled in."""

import re
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.worksheet._reader import FORMULA_TAG, VALUE_TAG, WorkSheetParser

from geo.errors import InputError, TooLargeError
from loaders.damage import guarded

Cell = Any
"""What a cell holds: text, a number, a truth value, a date or time, or nothing."""

NOT_CALCULATED = "#NOT-CALCULATED!"
"""Stands for the value of a formula that no program has calculated and stored."""

MAX_UNPACKED_BYTES = 200_000_000
"""Of a workbook: a million rows; what is larger was made to fill the memory."""
MAX_PARTS = 2_000
BOMB_BYTES, BOMB_RATIO = 20_000_000, 500
MAX_ROW = 1_048_576
"""Of Excel."""
WIDEST = 1_000
"""Columns that are read."""
MAX_MERGED = 200_000
"""Cells that merged ranges may stretch over."""
_MERGE = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]*?ref=\"([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})\"")


def read_workbook(path: Path) -> Iterator[tuple[str, Iterator[tuple[int, list[Cell], bool]], bool]]:
    """Yield name, rows and whether it is hidden of each sheet; read the rows of one before asking for the next.

    A row is its number, its cells, and whether it is hidden.

    Raises
    ------
    InputError
        If the file is no workbook, is damaged, or is larger than any workbook should be.
    """
    with guarded(path.name, Exception):
        _require_small(path)
        with warnings.catch_warnings():
            # Styles, dates and validation rules that openpyxl does not keep are nothing to a reader of cells.
            warnings.simplefilter("ignore", UserWarning)
            book = openpyxl.load_workbook(path, read_only=True, data_only=True)
            try:
                for sheet in book.worksheets:
                    yield sheet.title, _rows(sheet, book, path.name), sheet.sheet_state != "visible"
            finally:
                book.close()


def _require_small(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        parts = archive.infolist()
        # Text of a hundred thousand rows packs to a twentieth; what packs to a five-hundredth repeats itself.
        is_bomb = any(part.file_size > max(BOMB_BYTES, BOMB_RATIO * part.compress_size) for part in parts)
        if is_bomb or sum(part.file_size for part in parts) > MAX_UNPACKED_BYTES or len(parts) > MAX_PARTS:
            raise TooLargeError(
                "{file}: too large once unpacked, at most {limit} MB are read; copy the rows that are needed into a "
                "new workbook",
                file=path.name,
                limit=MAX_UNPACKED_BYTES // 1_000_000,
            )


def _rows(sheet: Any, book: Any, file: str) -> Iterator[tuple[int, list[Cell], bool]]:
    """Yield the number and the cells of each row that holds any, and whether it is hidden."""
    with guarded(file, Exception):
        with sheet._get_source() as source:
            spread = _Merged(_read_merged(source, file=file, sheet=sheet.title))
        with sheet._get_source() as source:
            parser = _CellParser(
                source,
                sheet._shared_strings,
                data_only=True,
                epoch=book.epoch,
                date_formats=book._date_formats,
                timedelta_formats=book._timedelta_formats,
            )
            for number, cells in parser.parse():
                row = _row(number, cells, file=file, sheet=sheet.title)
                spread.fill(number, row)
                is_hidden = parser.row_dimensions.pop(str(number), {}).get("hidden") in ("1", "true")
                if row:
                    yield number, row, is_hidden


class _CellParser(WorkSheetParser):
    """Reads cells, and marks formulas without a stored value, as programs write them that do not calculate."""

    def parse_cell(self, element: Any) -> dict[str, Any]:
        cell: dict[str, Any] = super().parse_cell(element)
        if cell["value"] is None and element.find(FORMULA_TAG) is not None and not element.findtext(VALUE_TAG):
            cell["value"] = NOT_CALCULATED
        return cell


def _row(number: int, cells: list[dict[str, Any]], *, file: str, sheet: str) -> list[Cell]:
    """Return the values of a row, each in its column, up to the last one."""
    said = {"file": file, "sheet": sheet, "row": number}
    if not 1 <= number <= MAX_ROW:
        raise TooLargeError(
            "{file}, sheet {sheet}: there is a row {row}, and Excel has {limit}; delete it", **said, limit=MAX_ROW
        )
    row: list[Cell] = []
    for cell in cells:
        column, value = cell["column"], cell["value"]
        if value is None or (isinstance(value, str) and not value.strip()):
            continue
        if not 1 <= column <= WIDEST:
            raise TooLargeError(
                "{file}, sheet {sheet}, row {row}: there is something in column {column}, at most {limit} are read; "
                "delete the cells far to the right",
                **said,
                column=column,
                limit=WIDEST,
            )
        if column > len(row):
            row.extend([None] * (column - len(row)))
        row[column - 1] = value
    return row


class _Merged:
    """Merged ranges, each of whose cells gets the value of the first one."""

    def __init__(self, ranges: list[tuple[int, int, int, int]]) -> None:
        self._waiting = sorted(ranges, key=lambda r: r[1], reverse=True)
        self._open: list[tuple[tuple[int, int, int, int], Cell]] = []

    def fill(self, number: int, row: list[Cell]) -> None:
        """Set the cells of a row that belong to ranges which begin in it or above."""
        while self._waiting and self._waiting[-1][1] <= number:
            west, north, east, _ = found = self._waiting.pop()
            first = row[west - 1] if north == number and west <= len(row) else None
            if first is not None:
                self._open.append((found, first))
        self._open = [each for each in self._open if each[0][3] >= number]
        # A row that holds nothing of its own is empty, though a merged cell reaches over it.
        if not any(cell is not None for cell in row):
            return
        for (west, _, east, _), value in self._open:
            if east > len(row):
                row.extend([None] * (east - len(row)))
            for column in range(west, east + 1):
                if row[column - 1] is None:
                    row[column - 1] = value


def _read_merged(source: Any, *, file: str, sheet: str) -> list[tuple[int, int, int, int]]:
    """Return west, north, east, south of the merged ranges; they stand behind the rows that they are needed for."""
    found: list[tuple[int, int, int, int]] = []
    area, rest = 0, b""
    while piece := source.read(1 << 20):
        text = rest + piece
        for match in _MERGE.finditer(text):
            west, north, east, south = _column(match[1]), int(match[2]), _column(match[3]), int(match[4])
            east = min(east, WIDEST)
            if west <= east and north <= south:
                found.append((west, north, east, south))
                area += east - west + 1
        # What begins at the end of a piece is read with the next one, and only then.
        cut = text.rfind(b"<")
        rest = text[cut:] if cut >= 0 and b">" not in text[cut:] and len(text) - cut < 500 else b""
        if area > MAX_MERGED:
            raise InputError(
                "{file}, sheet {sheet}: too many merged cells; undo the merging in Excel and save it again",
                file=file,
                sheet=sheet,
            )
    return found


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + letter - 64
    return number
