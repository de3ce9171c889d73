"""The office's own form: an XLSX or DOCX file in which ``{{fields}}`` are filled and rows of lists repeated.

``{{share}}`` stands for one figure. A row of a table with ``{{gaps.people}}`` is repeated for every gap; the lists are
``gaps``, ``towns``, ``key_areas`` and ``stations``. What is no field stays as it is and is reported.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from copy import copy, deepcopy
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

from docx import Document
from docx.text.paragraph import Paragraph
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from geo.errors import InputError
from webmap.logic.reports.archive import fix_times
from webmap.logic.reports.conclusions import conclude
from webmap.logic.reports.numbers import CoverageReport
from webmap.logic.reports.report_text import ReportText

SUFFIXES = (".xlsx", ".docx")
MAX_ROWS = 2000
"""Rows that one list fills at most."""
MAX_UNPACKED_BYTES = 64 << 20
FIELDS = (
    *(
        "title",
        "mark",
        "district",
        "question",
        "mode",
        "minutes",
        "date",
        "data_version",
        "signed_by",
        "people",
        "covered",
    ),
    *("share", "missed", "share_twice", "covered_if_open", "stations", "gap_count", "conclusion", "advice", "doors"),
)
LIST_FIELDS = {
    "gaps": ("rank", "name", "town", "people", "minutes", "nearest", "cause"),
    "stations": ("code", "name", "town", "hours", "services"),
    "towns": ("name", "people", "covered", "share", "missed"),
    "key_areas": ("name", "people", "covered", "share", "missed"),
}
NAMES = (*FIELDS, *(f"{head}.{part}" for head, parts in LIST_FIELDS.items() for part in parts))
"""Every field that a form may hold."""

_FIELD = re.compile(r"\{\{\s*([a-z_]+(?:\.[a-z_]+)?)\s*\}\}")
Value = str | float | int | None


@dataclass(frozen=True)
class FormValues:
    """Values of fields by name, and rows of lists by name."""

    fields: Mapping[str, Value]
    lists: Mapping[str, Sequence[Mapping[str, Value]]]
    list_fields: Mapping[str, Sequence[str]] = field(default_factory=lambda: LIST_FIELDS)


def form_values(report: CoverageReport, words: ReportText) -> FormValues:
    """Return what a form can be filled with."""
    whole = report.whole
    first, second, third = conclude(report, words)
    fields: dict[str, Value] = {
        "title": words.title, "mark": words.mark, "district": words.district, "question": words.question,
        "mode": words.mode, "minutes": report.minutes, "date": f"{report.made_at:%Y-%m-%d}",
        "data_version": report.data_version, "signed_by": report.signed_by or "", "people": whole.people,
        "covered": whole.covered, "share": words.percent(whole.share), "missed": whole.missed,
        "share_twice": words.percent(whole.share_twice), "covered_if_open": whole.covered_if_open,
        "stations": report.stations_counted, "gap_count": len(report.gaps), "conclusion": first, "advice": second,
        "doors": third,
    }  # fmt: skip
    areas: dict[str, list[dict[str, Value]]] = {
        name: [
            {
                "name": words.area(area.code, area.name), "people": area.people, "covered": area.covered,
                "share": words.percent(area.share), "missed": area.missed,
            }
            for area in found
        ]
        for name, found in (("towns", report.towns), ("key_areas", report.key_areas))
    }  # fmt: skip
    gaps: list[dict[str, Value]] = [
        {
            "rank": gap.rank, "name": words.gap_name(gap), "town": words.named(gap.town), "people": gap.people,
            "minutes": gap.nearest_min, "nearest": words.named(gap.nearest or ""), "cause": words.cause(gap.cause),
        }
        for gap in report.gaps
    ]  # fmt: skip
    stations: list[dict[str, Value]] = [
        {
            "code": each.code, "name": words.named(each.name), "town": words.named(each.town),
            "hours": words.hours(each.hours), "services": words.services(each.services),
        }
        for each in report.stations
    ]  # fmt: skip
    return FormValues(fields, {"gaps": gaps, "stations": stations, **areas})


def fill_form(form: Path, target: Path, report: CoverageReport, words: ReportText) -> list[str]:
    """Fill a form into `target` and return the fields it names that there are none of.

    Raises
    ------
    InputError
        If it is no XLSX or DOCX file.
    """
    return fill_values(form, target, form_values(report, words), made_at=report.made_at)


def fill_values(form: Path, target: Path, values: FormValues, *, made_at: datetime) -> list[str]:
    """Fill a form with values and return the fields it names that there are none of; errors as `fill_form`."""
    if form.suffix.lower() not in SUFFIXES:
        raise InputError("{file} is no form: send an XLSX or DOCX file", file=form.name)
    unknown: dict[str, None] = {}
    try:
        with ZipFile(form) as parts:
            if sum(part.file_size for part in parts.infolist()) > MAX_UNPACKED_BYTES:
                raise InputError("{file} is too large for a form", file=form.name)
        fill = _fill_workbook if form.suffix.lower() == ".xlsx" else _fill_document
        fill(form, target, values, unknown)
    except InputError:
        raise
    except (BadZipFile, KeyError, OSError, ValueError) as error:
        raise InputError("{file} cannot be read as a form; save it again as XLSX or DOCX", file=form.name) from error
    fix_times(target, made_at)
    return list(unknown)


def _list_of(texts: Sequence[str], values: FormValues) -> str | None:
    """Return the list whose fields stand in a row."""
    for text in texts:
        for name in _FIELD.findall(text):
            head, _, _ = name.partition(".")
            if "." in name and head in values.lists:
                return str(head)
    return None


def _fill(text: str, values: FormValues, row: Mapping[str, Value] | None, unknown: dict[str, None]) -> Value:
    """Return a text with its fields filled; a text that is one field alone becomes its value, be it a number."""

    def value_of(name: str) -> Value:
        head, _, part = name.partition(".")
        if part and row is not None and part in row:
            return row[part]
        if not part and head in values.fields:
            return values.fields[head]
        if part in values.list_fields.get(head, ()):
            return ""
        unknown[name] = None
        return "{{" + name + "}}"

    alone = _FIELD.fullmatch(text.strip())
    if alone:
        return value_of(alone[1])
    return _FIELD.sub(lambda found: _written(value_of(found[1])), text)


def _written(value: Value) -> str:
    if value is None:
        return "—"
    return f"{value:,.0f}" if isinstance(value, float) else str(value)


def _fill_workbook(form: Path, target: Path, values: FormValues, unknown: dict[str, None]) -> None:
    book = load_workbook(form)
    for sheet in book.worksheets:
        at = 1
        while at <= sheet.max_row:
            texts = [cell.value for cell in sheet[at] if isinstance(cell.value, str)]
            name = _list_of(texts, values)
            rows: Sequence[Mapping[str, Value] | None] = [None] if name is None else values.lists[name][:MAX_ROWS]
            if name is not None and len(rows) > 1:
                _repeat_row(sheet, at, len(rows) - 1)
            for offset, row in enumerate(rows or [{}]):
                for cell in sheet[at + offset]:
                    if isinstance(cell.value, str) and "{{" in cell.value:
                        filled = _fill(cell.value, values, row, unknown)
                        cell.value = filled
                        if isinstance(filled, str):
                            # A name from a file is never a formula, nor an error such as #N/A.
                            cell.data_type = "s"
            at += max(len(rows), 1)
    book.save(target)


def _repeat_row(sheet: Worksheet, at: int, count: int) -> None:
    """Repeat a row `count` times below itself with its styles; what is merged below moves along."""
    below = [each for each in sheet.merged_cells.ranges if each.min_row > at]
    sheet.insert_rows(at + 1, count)
    for merged in below:
        merged.shift(row_shift=count)
    for number in range(at + 1, at + count + 1):
        sheet.row_dimensions[number].height = sheet.row_dimensions[at].height
        for column in range(1, sheet.max_column + 1):
            cell: Any = sheet.cell(at, column)
            twin: Any = sheet.cell(number, column)
            twin.value = cell.value
            if cell.has_style:
                twin._style = copy(cell._style)


def _fill_document(form: Path, target: Path, values: FormValues, unknown: dict[str, None]) -> None:
    file = Document(str(form))
    parts: list[Any] = [file]
    for section in file.sections:
        parts += [section.header, section.footer]
    for part in parts:
        for table in part.tables:
            _fill_table(table, values, unknown)
        for paragraph in part.paragraphs:
            _fill_paragraph(paragraph, lambda text: _written(_fill(text, values, None, unknown)))
    file.save(str(target))


def _fill_table(table: Any, values: FormValues, unknown: dict[str, None]) -> None:
    for line in list(table.rows):
        name = _list_of([cell.text for cell in line.cells], values)
        if name is None:
            _fill_cells(line.cells, values, None, unknown)
            continue
        rows = values.lists[name][:MAX_ROWS]
        template = deepcopy(line._tr)
        last = line._tr
        for number, row in enumerate(rows or [{}]):
            if number:
                twin = deepcopy(template)
                last.addnext(twin)
                last = twin
            filled = next(each for each in reversed(table.rows) if each._tr is last)
            _fill_cells(filled.cells, values, row, unknown)


def _fill_cells(
    cells: Sequence[Any], values: FormValues, row: Mapping[str, Value] | None, unknown: dict[str, None]
) -> None:
    for cell in cells:
        for paragraph in cell.paragraphs:
            _fill_paragraph(paragraph, lambda text: _written(_fill(text, values, row, unknown)))
        for inner in cell.tables:
            _fill_table(inner, values, unknown)


def _fill_paragraph(paragraph: Paragraph, fill: Callable[[str], str]) -> None:
    """Fill the fields of a paragraph; Word may have parted one over several runs, the first keeps its font."""
    text = "".join(run.text for run in paragraph.runs)
    if "{{" not in text:
        return
    for run in paragraph.runs:
        if run.text and _FIELD.search(run.text):
            run.text = fill(run.text)
    text = "".join(run.text for run in paragraph.runs)
    if _FIELD.search(text) and (filled := fill(text)) != text:
        first, *others = paragraph.runs
        first.text = filled
        for run in others:
            run.text = ""
