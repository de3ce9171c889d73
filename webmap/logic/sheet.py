"""A table as an Excel sheet: a title line, heads, rows, ready to print on A4."""

from collections.abc import Sequence
from datetime import date, datetime
from io import BytesIO

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

Cell = str | int | float | date | datetime | None
"""A value of a sheet; a moment bears no zone there, so it comes in as the local time without one."""

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MAX_WIDTH = 40
_FROZEN = "C3"


def table_sheet(
    rows: Sequence[Sequence[Cell]],
    heads: Sequence[str],
    *,
    name: str,
    title: str,
    is_marked: bool,
    widths: Sequence[int] | None = None,
) -> bytes:
    """Return a workbook of one sheet.

    Parameters
    ----------
    rows, heads : sequence
    name : str
        Of the sheet.
    title : str
        The first line.
    is_marked : bool
        The title warns that the data is a sample.
    widths : sequence of int, optional
        Of the columns in characters; by default as wide as what is in them, `MAX_WIDTH` at most.
    """
    book = Workbook()
    sheet: Worksheet = book.worksheets[0]
    sheet.title = name[:31]
    sheet.append([title])
    sheet.append(list(heads))
    for row in rows:
        sheet.append(list(row))
    sheet["A1"].font = Font(bold=True, color="C8102E" if is_marked else "1F2933")
    for number, width in enumerate(widths or _widths(rows, heads), 1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    for number, cells in enumerate(sheet.iter_rows(), 1):
        for cell in cells:
            if isinstance(cell.value, str):
                # What somebody wrote is never a formula, nor an error such as #N/A; the title names the district.
                cell.data_type = "s"
            if number > 1:
                cell.alignment = Alignment(wrap_text=True, vertical="top")
            if isinstance(cell.value, float):
                cell.number_format = "#,##0"
    for cell in sheet[2]:
        cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor="EDEFF2")
    sheet.freeze_panes = _FROZEN
    sheet.print_title_rows = "1:2"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", Worksheet.PAPERSIZE_A4
    sheet.page_setup.fitToHeight = 0
    if sheet.sheet_properties.pageSetUpPr is not None:
        sheet.sheet_properties.pageSetUpPr.fitToPage = True
    content = BytesIO()
    book.save(content)
    return content.getvalue()


def _widths(rows: Sequence[Sequence[Cell]], heads: Sequence[str]) -> list[int]:
    columns = zip(heads, *rows, strict=True)
    return [min(MAX_WIDTH, 3 + max(_width(value) for value in column)) for column in columns]


def _width(value: Cell) -> int:
    """Return how many characters wide the widest line of a value is; a Chinese one counts as two."""
    lines = ("" if value is None else str(value)).split("\n")
    return max(len(line) + sum(ord(sign) > 0x2E80 for sign in line) for line in lines)
