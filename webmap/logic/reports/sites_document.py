"""Chapter on proposed sites as a Word document (.docx): what it gains, the table of sites, and lines to sign."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from docx import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Cm, Pt, RGBColor

from webmap.logic import colours
from webmap.logic.colours import rgb
from webmap.logic.reports.docx_elements import keep_whole, name_table, remove_borders, set_font, shade

_FONT = ("Times New Roman", "仿宋")
_HEADS = ("Arial", "黑体")
_TABLE = ("Arial", "宋体")
_HEAD_FILL = "EDEFF2"


@dataclass(frozen=True)
class DocumentTable:
    """A table of a document: its name, the heads, a row of texts each, and the widths of the columns (cm)."""

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    widths: Sequence[float]


@dataclass(frozen=True, kw_only=True)
class SitesDocument:
    """The texts of the document, in the reader's language; `mark` says of sample data what it is, else empty."""

    title: str
    mark: str
    chapters: Sequence[tuple[str, Sequence[str | DocumentTable]]]
    signatures: Sequence[str]


def write_sites_document(content: SitesDocument) -> bytes:
    """Return the document."""
    file = Document()
    section = file.sections[0]
    section.page_width, section.page_height = Cm(21.0), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.5)
    styles: Any = file.styles
    set_font(styles["Normal"], _FONT, 12)
    set_font(styles["Title"], _HEADS, 22)
    set_font(styles["Heading 1"], _HEADS, 15)
    remove_borders(styles["Title"])
    for name in ("Title", "Heading 1"):
        styles[name].font.color.rgb = RGBColor(*rgb(colours.INK))
    file.core_properties.title = content.title
    file.core_properties.author = "fuchun-map"
    file.add_paragraph(content.title, style="Title").alignment = WD_ALIGN_PARAGRAPH.CENTER
    if content.mark:
        for paragraph in (file.add_paragraph(), section.header.paragraphs[0]):
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
            run = paragraph.add_run(content.mark)
            run.bold, run.font.color.rgb = True, RGBColor(*rgb(colours.RED))
    for head, parts in content.chapters:
        file.add_paragraph(head, style="Heading 1")
        for part in parts:
            if isinstance(part, str):
                file.add_paragraph(part).paragraph_format.first_line_indent = Pt(24)
            else:
                _add_table(file, part)
    for line in content.signatures:
        file.add_paragraph(line).paragraph_format.space_before = Pt(18)
    made = BytesIO()
    file.save(made)
    return made.getvalue()


def _add_table(file: Any, table: DocumentTable) -> None:
    made = file.add_table(len(table.rows) + 1, len(table.heads), style="Table Grid")
    made.alignment = WD_TABLE_ALIGNMENT.CENTER
    made.autofit = False
    name_table(made, table.title)
    for number, texts in enumerate((table.heads, *table.rows)):
        row = made.rows[number]
        keep_whole(row, is_head=number == 0)
        for cell, text, width in zip(row.cells, texts, table.widths, strict=True):
            cell.width = Cm(width)
            run = cell.paragraphs[0].add_run(text)
            set_font(run, _TABLE, 9)
            if number == 0:
                shade(cell, _HEAD_FILL)
                run.bold = True
    file.add_paragraph()
