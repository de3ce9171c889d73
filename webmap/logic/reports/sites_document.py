"""Proposed sites as texts, tables and a page a site, and the Word document (.docx) of them."""

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
_FACT_WIDTHS = (4.0, 12.0)
_PICTURE_CM = 6.0
"""Least height of the frame for a photo."""
_PHOTO_CM = 8.0


@dataclass(frozen=True)
class DocumentTable:
    """A table of a document: its name, the heads, a row of texts each, and the widths of the columns (cm)."""

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    widths: Sequence[float]


@dataclass(frozen=True)
class SitePage:
    """The page of one site: its title, what is known of it as label and text, what a picture is for, and a JPEG.

    `photo_address` is where the site shows the photo; empty without one.
    """

    title: str
    facts: Sequence[tuple[str, str]]
    picture: str
    photo: bytes | None = None
    photo_address: str = ""


@dataclass(frozen=True, kw_only=True)
class SitesDocument:
    """The texts of the document, in the reader's language; `mark` says of sample data what it is, else empty.

    `pages` has a page a site, and `pages_title` is what a list of them is called; `photo_title` heads its column of
    addresses of photos.
    """

    title: str
    mark: str
    lang: str
    chapters: Sequence[tuple[str, Sequence[str | DocumentTable]]]
    signatures: Sequence[str]
    pages: Sequence[SitePage]
    pages_title: str
    photo_title: str


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
    for page in content.pages:
        _add_page(file, page)
    made = BytesIO()
    file.save(made)
    return made.getvalue()


def _add_page(file: Any, page: SitePage) -> None:
    """Begin a page with the facts of a site and its photo, else an empty frame to put one in."""
    head = file.add_paragraph(page.title, style="Heading 1")
    head.paragraph_format.page_break_before = True
    made = file.add_table(len(page.facts) + 1, 2, style="Table Grid")
    made.alignment = WD_TABLE_ALIGNMENT.CENTER
    made.autofit = False
    name_table(made, page.title)
    _set_widths(made, _FACT_WIDTHS)
    for row, (label, text) in zip(made.rows, page.facts, strict=False):
        keep_whole(row, is_head=False)
        for cell, words, width in zip(row.cells, (label, text), _FACT_WIDTHS, strict=True):
            cell.width = Cm(width)
            set_font(cell.paragraphs[0].add_run(words), _TABLE, 10.5)
            _give_room(cell.paragraphs[0])
        shade(row.cells[0], _HEAD_FILL)
    last = made.rows[-1]
    last.height = Cm(_PICTURE_CM)
    frame = last.cells[0].merge(last.cells[1])
    set_font(frame.paragraphs[0].add_run(page.picture), _TABLE, 10.5)
    if page.photo is not None:
        frame.add_paragraph().add_run().add_picture(BytesIO(page.photo), height=Cm(_PHOTO_CM))


def _add_table(file: Any, table: DocumentTable) -> None:
    made = file.add_table(len(table.rows) + 1, len(table.heads), style="Table Grid")
    made.alignment = WD_TABLE_ALIGNMENT.CENTER
    made.autofit = False
    name_table(made, table.title)
    _set_widths(made, table.widths)
    for number, texts in enumerate((table.heads, *table.rows)):
        row = made.rows[number]
        keep_whole(row, is_head=number == 0)
        for cell, text, width in zip(row.cells, texts, table.widths, strict=True):
            cell.width = Cm(width)
            run = cell.paragraphs[0].add_run(text)
            set_font(run, _TABLE, 9)
            _give_room(cell.paragraphs[0])
            if number == 0:
                shade(cell, _HEAD_FILL)
                run.bold = True
    file.add_paragraph()


def _set_widths(table: Any, widths: Sequence[float]) -> None:
    """Set the widths (cm) of the grid, which programs other than Word read; Word reads those of the cells."""
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Cm(width)


def _give_room(paragraph: Any) -> None:
    """Keep the words of a cell off its borders."""
    paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(3)
