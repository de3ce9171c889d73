"""Making reports, and reading their tables from each format."""

import json
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Any

import pyogrio
from docx import Document
from openpyxl import load_workbook
from sqlalchemy import Engine

from geo.coverage.standards import load_standards
from webmap.logic.coverage import CoverageQuestion
from webmap.logic.district_state import DistrictState
from webmap.logic.fonts import find_font
from webmap.logic.reports.make import make_coverage_report

MADE_AT = datetime(2026, 11, 23, 4, 10, tzinfo=UTC)

HELD_TO = tuple(replace(standard, district="") for standard in load_standards())
"""The standards of Zhejiang, as if they bound the valley."""


@dataclass(frozen=True)
class Made:
    """The four files of a report, and what they were made from."""

    engine: Engine
    state: DistrictState
    document: Path
    workbook: Path
    package: Path
    webpage: Path


def make(
    engine: Engine, state: DistrictState, folder: Path, asked: CoverageQuestion, *, lang: str = "zh", **more: Any
) -> Made:
    made = make_coverage_report(
        engine, state, asked, folder, lang=lang, font=find_font({}), made_at=MADE_AT, held_to=HELD_TO, **more
    )
    return Made(engine, state, *made.files[:4])


def number(words: str) -> float:
    """Return a number as people write it."""
    return float(words.rstrip("%").replace(",", "")) / (100 if words.endswith("%") else 1)


def tables_of_document(path: Path) -> dict[str, list[list[str]]]:
    """Return the rows of each table by its title, without the head."""
    found = {}
    for table in Document(str(path)).tables:
        title = table._tbl.tblPr.xpath("w:tblCaption")[0].values()[0]
        found[title] = [[cell.text for cell in row.cells] for row in table.rows[1:]]
    return found


def sheet_rows(path: Path, title: str) -> list[tuple[object, ...]]:
    return list(load_workbook(path)[title].iter_rows(min_row=4, values_only=True))


def tables_of_webpage(path: Path) -> dict[str, list[list[str]]]:
    page = path.read_text(encoding="utf-8")
    return {
        name: [
            [unescape(cell) for cell in re.findall(r"<td>(.*?)</td>", row, re.S)]
            for row in re.findall(r"<tr>(.*?)</tr>", body.partition("</thead>")[2], re.S)
        ]
        for name, body in re.findall(r'<table id="(\w+)">(.*?)</table>', page, re.S)
    }


def about_of_package(path: Path) -> dict[str, str]:
    table = pyogrio.read_dataframe(path, layer="about")
    return dict(zip(table["name"], table["value"], strict=True))


def about_of_webpage(path: Path) -> dict[str, str]:
    found = re.search(r'<script type="application/json" id="about">(.*?)</script>', path.read_text(encoding="utf-8"))
    assert found
    return {row["name"]: row["value"] for row in json.loads(found[1])}
