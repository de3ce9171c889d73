"""Workbooks around an import: rejected rows with their reasons, a template to fill in, an example with slips in it."""

import csv
from collections.abc import Sequence
from io import BytesIO, StringIO

import numpy as np
import shapely
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from geo.texts import without_invisible

COLUMNS = (
    "站点名称", "所属镇街", "地址", "经度", "纬度", "服务设施", "开放时间", "联系电话", "共建单位", "运营状态",
)  # fmt: skip
"""Headers of the template, which `loaders.stations` reads."""
MAX_SHEETS = 60
_HEAD = PatternFill("solid", fgColor="E3E5E8")
_EXAMPLE_ROWS = 12


def rejected_workbook(header: Sequence[str], rows: Sequence[tuple[str, str, Sequence[str]]], *, reason: str) -> bytes:
    """Return a workbook of rejected rows, which can be mended in it and sent again.

    Parameters
    ----------
    header : sequence of str
        Of the file.
    rows : sequence of (row, reason, cells)
    reason : str
        Header of the column of reasons, which comes last.
    """
    book = Workbook()
    sheet = _first(book, reason)
    _write(sheet, 1, [*header, reason])
    for number, (row, why, cells) in enumerate(rows, 2):
        wide = [*cells[: len(header)], *[""] * (len(header) - len(cells))]
        _write(sheet, number, [*wide, f"{row}: {why}"])
    _head(sheet)
    sheet.column_dimensions[get_column_letter(len(header) + 1)].width = 60
    return _saved(book)


def template_workbook(towns: Sequence[str], *, district: str) -> bytes:
    """Return a register to be filled in: a sheet for each town, or one where there are none or too many."""
    book = Workbook()
    names = list(towns) if 0 < len(towns) <= MAX_SHEETS else [district]
    for number, name in enumerate(names):
        sheet = _first(book, name) if number == 0 else book.create_sheet(_title(name))
        _write(sheet, 1, COLUMNS)
        states = DataValidation(type="list", formula1='"启用,停用,筹建"', allow_blank=True)
        column = get_column_letter(COLUMNS.index("运营状态") + 1)
        states.add(f"{column}2:{column}500")
        sheet.add_data_validation(states)
        _head(sheet)
    return _saved(book)


def example_register(outline: shapely.Geometry) -> bytes:
    """Return a register of invented stations in a district (all named 示意), with the slips that registers have.

    A digit too many, two columns swapped, a state that nobody knows, a place twice, hours in words.
    """
    west, south, east, north = shapely.bounds(outline).tolist()
    random = np.random.default_rng(7)
    shapely.prepare(outline)
    points: list[tuple[float, float]] = []
    while len(points) < _EXAMPLE_ROWS:
        lon, lat = random.uniform(west, east), random.uniform(south, north)
        if shapely.contains_xy(outline, lon, lat):
            points.append((round(float(lon), 5), round(float(lat), 5)))
    rows = [
        [f"示意驿站{n:02d}", str(lon), str(lat), "饮水、手机充电", "周一至周五 8:30-17:00", "启用"]
        for n, (lon, lat) in enumerate(points, 1)
    ]
    rows[2][1] = "1" + rows[2][1]
    rows[4][1], rows[4][2] = rows[4][2], rows[4][1]
    rows[5][5] = rows[6][5] = "停业整改"
    rows[7][4] = "早8点至晚8点"
    rows[9][1], rows[9][2] = str(round(points[8][0] + 0.0001, 5)), rows[8][2]
    rows[10][1] = ""
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow(["站点名称", "经度", "纬度", "服务设施", "开放时间", "运营状态"])
    writer.writerows(rows)
    return out.getvalue().encode("utf-8-sig")


def _first(book: Workbook, title: str) -> Worksheet:
    sheet: Worksheet = book.worksheets[0]
    sheet.title = _title(title)
    return sheet


def _title(name: str) -> str:
    return "".join(sign for sign in without_invisible(name) if sign not in "[]:*?/\\")[:31] or "1"


def _write(sheet: Worksheet, number: int, values: Sequence[str]) -> None:
    for column, value in enumerate(values, 1):
        cell = sheet.cell(number, column)
        # What a file holds is never a formula.
        cell.value = without_invisible(value)
        cell.data_type = "s"


def _head(sheet: Worksheet) -> None:
    for column, cell in enumerate(sheet[1], 1):
        cell.font, cell.fill = Font(bold=True), _HEAD
        cell.alignment = Alignment(wrap_text=True, vertical="center")
        sheet.column_dimensions[get_column_letter(column)].width = 18
    sheet.freeze_panes = "A2"


def _saved(book: Workbook) -> bytes:
    out = BytesIO()
    book.save(out)
    return out.getvalue()
