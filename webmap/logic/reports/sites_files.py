"""Proposed sites as a workbook, a web page of one file, and a GeoPackage: the same texts as the Word document."""

import html
from base64 import b64encode
from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from webmap.logic.reports.sites_document import DocumentTable, SitePage, SitesDocument

_CRS = "EPSG:4326"
_HEAD = PatternFill("solid", fgColor="EDEFF2")
_STAMP = Font(bold=True, color="C8102E")
_WIDE = 60
_MAX_NAME = 31
"""Signs that the name of a sheet may have."""

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_STYLE = """
body { max-width: 860px; margin: 24px auto; padding: 0 16px; color: #1f2933;
  font: 16px/1.6 "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif; }
h1 { font-size: 26px; } h2 { font-size: 19px; margin-top: 32px; }
table { border-collapse: collapse; width: 100%; font-size: 14px; font-variant-numeric: tabular-nums; }
th, td { border: 1px solid #d5d9de; padding: 4px 8px; text-align: left; vertical-align: top; }
thead th, tbody th { background: #edeff2; } tbody th { width: 30%; }
img { max-width: 100%; max-height: 320px; margin-top: 8px; }
.mark { color: #c8102e; font-weight: bold; }
@media print { section.page { break-before: page; } }
"""


def write_sites_workbook(content: SitesDocument) -> bytes:
    """Return the workbook: a sheet a chapter, and one with a row for each fact of each site."""
    book = Workbook()
    book.remove(book.worksheets[0])
    book.properties.creator = book.properties.lastModifiedBy = "fuchun-map"
    book.properties.title = content.title
    for head, parts in content.chapters:
        sheet = _sheet(book, head, content)
        for part in parts:
            if isinstance(part, str):
                sheet.append([part])
            else:
                _append_table(sheet, part)
    if content.pages:
        heads = [label for label, _ in content.pages[0].facts]
        sheet = _sheet(book, content.pages_title, content)
        rows = [[page.title, *(text for _, text in page.facts), page.photo_address] for page in content.pages]
        _append_table(sheet, DocumentTable("", ["", *heads, content.photo_title], rows, ()))
    made = BytesIO()
    book.save(made)
    return made.getvalue()


def write_sites_webpage(content: SitesDocument) -> bytes:
    """Return the web page: one file without scripts, which fetches nothing."""
    said = html.escape
    lang = "zh-Hans" if content.lang == "zh" else "en"
    found = [
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{said(content.title)}</title>'
        f"<style>{_STYLE}</style></head><body><h1>{said(content.title)}</h1>"
    ]
    if content.mark:
        found.append(f'<p class="mark">{said(content.mark)}</p>')
    for head, parts in content.chapters:
        found.append(f"<h2>{said(head)}</h2>")
        found += [f"<p>{said(part)}</p>" if isinstance(part, str) else _html_table(part) for part in parts]
    found += [f"<p>{said(line)}</p>" for line in content.signatures]
    found += [_html_page(page) for page in content.pages]
    return "".join([*found, "</body></html>"]).encode()


def write_sites_package(content: SitesDocument, layers: Mapping[str, gpd.GeoDataFrame]) -> bytes:
    """Return the GeoPackage of layers (EPSG:4326), every row with the mark, and ``about``, a table of the texts."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "sites.gpkg"
        for name, frame in layers.items():
            marked = frame.assign(mark=content.mark)
            pyogrio.write_dataframe(marked, path, layer=name, driver="GPKG", append=path.exists())
        texts = [("title", content.title), ("mark", content.mark)]
        texts += [(head, part) for head, parts in content.chapters for part in parts if isinstance(part, str)]
        about = pd.DataFrame([{"name": name, "value": value} for name, value in texts])
        pyogrio.write_dataframe(about, path, layer="about", driver="GPKG", append=True)
        return path.read_bytes()


def _sheet(book: Workbook, name: str, content: SitesDocument) -> Worksheet:
    sheet: Worksheet = book.create_sheet(name[:_MAX_NAME])
    sheet.append([content.title])
    sheet.cell(1, 1).font = Font(bold=True, size=14)
    sheet.append([content.mark])
    sheet.cell(2, 1).font = _STAMP
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", sheet.PAPERSIZE_A4
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    return sheet


def _append_table(sheet: Worksheet, table: DocumentTable) -> None:
    sheet.append(list(table.heads))
    top = sheet.max_row
    for cell in sheet[top]:
        cell.font, cell.fill = Font(bold=True), _HEAD
    for row in table.rows:
        sheet.append([_number(text) for text in row])
        for cell in sheet[sheet.max_row]:
            if cell.data_type in ("f", "e"):
                cell.data_type = "s"  # a name from a file is never a formula, nor an error such as #N/A
    for column in range(1, len(table.heads) + 1):
        cells = [sheet.cell(number, column) for number in range(top, sheet.max_row + 1)]
        texts = [str(cell.value if cell.value is not None else "") for cell in cells]
        width = max(sum(2 if ord(sign) > 0x2E7F else 1 for sign in text) for text in texts)
        sheet.column_dimensions[get_column_letter(column)].width = min(width + 3, _WIDE)
        for cell in cells:
            cell.alignment = Alignment(wrap_text=True, vertical="top")


def _number(text: str) -> str | float:
    """Return a text that is a whole number with commas as one, for sums in Excel."""
    plain = text.replace(",", "")
    return float(plain) if plain.isascii() and plain.isdigit() else text


def _html_table(table: DocumentTable) -> str:
    said = html.escape
    heads = "".join(f'<th scope="col">{said(head)}</th>' for head in table.heads)
    rows = "".join("<tr>" + "".join(f"<td>{said(text)}</td>" for text in row) + "</tr>" for row in table.rows)
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"


def _html_page(page: SitePage) -> str:
    said = html.escape
    rows = "".join(f'<tr><th scope="row">{said(label)}</th><td>{said(text)}</td></tr>' for label, text in page.facts)
    photo = ""
    if page.photo is not None:
        source = f"data:image/jpeg;base64,{b64encode(page.photo).decode('ascii')}"
        photo = f'<img src="{source}" alt="{said(page.picture)}">'
    return f'<section class="page"><h2>{said(page.title)}</h2><table><tbody>{rows}</tbody></table>{photo}</section>'


def site_layer(rows: Sequence[Mapping[str, Any]], geometry: Sequence[Any]) -> gpd.GeoDataFrame:
    """Return a layer of the package."""
    return gpd.GeoDataFrame(pd.DataFrame(list(rows)), geometry=list(geometry), crs=_CRS)
