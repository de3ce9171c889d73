"""Making reports, and reading their tables from each format."""

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
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
    return {row["name"]: row["value"] for row in json.loads(_about_json(path))}


FEATURE_LAYERS = "SELECT identifier FROM gpkg_contents WHERE data_type = 'features'"


def all_texts(made: Made) -> Iterator[tuple[str, str]]:
    """Yield every text that a reader of the four files may meet, with where it stands."""
    document = Document(str(made.document))
    section = document.sections[0]
    for paragraph in (*document.paragraphs, *section.header.paragraphs, *section.footer.paragraphs):
        yield "document", paragraph.text
    for rows in tables_of_document(made.document).values():
        yield from (("document", cell) for row in rows for cell in row)
    for sheet in load_workbook(made.workbook):
        yield "workbook", sheet.title
        yield from (
            ("workbook", cell.value) for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)
        )
    for layer, kind in pyogrio.list_layers(made.package):
        if layer == "layer_styles":
            continue
        frame = pyogrio.read_dataframe(made.package, layer=layer, read_geometry=kind is not None)
        for column in frame.columns.drop("geometry", errors="ignore"):
            if column != "name" or layer != "about":  # that one is for programs
                yield from ((f"package {layer}.{column}", value) for value in frame[column] if isinstance(value, str))
    with closing(sqlite3.connect(made.package)) as store:
        yield from (("package", title) for (title,) in store.execute("SELECT title FROM gpkg_data_columns"))
        yield from (("package", title) for (title,) in store.execute(FEATURE_LAYERS))
        for (style,) in store.execute("SELECT styleQML FROM layer_styles"):
            yield from (("package style", label) for label in re.findall(r'label="([^"]*)"', style))
    page = made.webpage.read_text(encoding="utf-8").partition("<body>")[2].partition("<script")[0]
    yield from (("webpage", unescape(part)) for part in re.findall(r">([^<]+)<", page))
    yield from (("webpage", row["label"]) for row in json.loads(_about_json(made.webpage)))


def _about_json(path: Path) -> str:
    found = re.search(r'<script type="application/json" id="about">(.*?)</script>', path.read_text(encoding="utf-8"))
    assert found
    return found[1]
