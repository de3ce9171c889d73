"""Elements of a Word document (.docx) that python-docx lacks: Chinese fonts, page fields, shading, unsplit rows.

The order of elements is that of the schema (ECMA-376, part 1): Word refuses what is out of order.
"""

from typing import Any

from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Pt
from docx.table import Table, _Cell


def set_font(target: Any, fonts: tuple[str, str], size: float) -> None:
    """Set Latin and Chinese font and the size (points) of a style or run."""
    latin, chinese = fonts
    target.font.name, target.font.size = latin, Pt(size)
    fonts_element = target.element.get_or_add_rPr().get_or_add_rFonts()
    for name in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts_element.attrib.pop(qn(f"w:{name}"), None)
    fonts_element.set(qn("w:hAnsi"), latin)
    fonts_element.set(qn("w:eastAsia"), chinese)


def remove_borders(style: Any) -> None:
    """Take the line below away that a style of Word's has."""
    for border in style.element.pPr.findall(qn("w:pBdr")):
        style.element.pPr.remove(border)


def add_field(run: Any, code: str) -> None:
    """Add a field that Word fills in, such as ``PAGE``."""
    for kind in ("begin", "", "end"):
        if kind:
            element = OxmlElement("w:fldChar")
            element.set(qn("w:fldCharType"), kind)
        else:
            element = OxmlElement("w:instrText")
            element.text = code
        run._r.append(element)


def name_table(table: Table, title: str) -> None:
    """Give a table a title for screen readers and programs."""
    caption = OxmlElement("w:tblCaption")
    caption.set(qn("w:val"), title)
    table._tbl.tblPr.append(caption)


def keep_whole(row: Any, *, is_head: bool) -> None:
    """Keep a row on one page; repeat a head on each."""
    properties = row._tr.get_or_add_trPr()
    properties.append(OxmlElement("w:cantSplit"))
    if is_head:
        properties.append(OxmlElement("w:tblHeader"))


def shade(cell: _Cell, colour: str) -> None:
    """Fill a cell with a colour, six hexadecimal digits."""
    fill = OxmlElement("w:shd")
    for name, value in (("val", "clear"), ("color", "auto"), ("fill", colour)):
        fill.set(qn(f"w:{name}"), value)
    properties = cell._tc.get_or_add_tcPr()
    margins = properties.find(qn("w:tcMar"))
    if margins is None:
        properties.append(fill)
    else:
        margins.addprevious(fill)


def squeeze(cell: _Cell) -> None:
    """Take away the space beside the words of a cell."""
    margins = OxmlElement("w:tcMar")
    for side in ("left", "right"):
        element = OxmlElement(f"w:{side}")
        element.set(qn("w:w"), "15")
        element.set(qn("w:type"), "dxa")
        margins.append(element)
    cell._tc.get_or_add_tcPr().append(margins)
