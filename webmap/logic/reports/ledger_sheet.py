"""The ledger from gap to opening as an Excel sheet, ready to print on A4."""

from collections.abc import Mapping, Sequence
from datetime import date
from io import BytesIO

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from geo.db.ledger import EntryFacts
from webmap.logic.labels import CAUSES, GAP_STATES
from webmap.logic.place_words import Translate

_WIDTHS = (6, 30, 14, 12, 12, 14, 16, 12, 12, 10, 28, 28, 14, 12)


def ledger_sheet(
    entries: Sequence[EntryFacts], *, title: str, mark: str, towns: Mapping[str, str], today: date, translate: Translate
) -> bytes:
    """Return the workbook.

    Parameters
    ----------
    entries : sequence of EntryFacts
    title : str
    mark : str
        What marks sample data; empty for real data.
    towns : mapping of code to str
    today : date
        Tells what is overdue.
    translate : callable
        Gives words in the reader's language.
    """
    book = Workbook()
    sheet: Worksheet = book.worksheets[0]
    sheet.title = translate("Ledger")[:31]
    heads = (
        translate("Number"), translate("Gap"), translate("Town"), translate("Expected to be covered"),
        translate("Cause"), translate("State"), translate("Office in charge"), translate("Person in charge"),
        translate("To be done by"), translate("Days overdue"), translate("Progress so far"), translate("Next step"),
        translate("Station"), translate("Actually covered"),
    )  # fmt: skip
    sheet.append([" · ".join(filter(None, (mark, title, today.isoformat())))])
    sheet.append(list(heads))
    for entry in entries:
        measured = entry.measured
        sheet.append(
            [
                entry.id, entry.name, towns.get(entry.region_code or "", ""), entry.promised,
                translate(CAUSES[entry.cause]) if entry.cause in CAUSES else entry.cause,
                translate(GAP_STATES[entry.state]), entry.office, entry.owner, entry.due_on,
                entry.days_overdue(today) or None, entry.progress, entry.next_step or entry.reason,
                measured.station_name if measured else None,
                None if measured is None else measured.gain if measured.gain_here is None else measured.gain_here,
            ]
        )  # fmt: skip
    sheet["A1"].font = Font(bold=True, color="C8102E" if mark else "1F2933")
    for number, width in enumerate(_WIDTHS, 1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    for row in sheet.iter_rows(min_row=2):
        for cell in row:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            if isinstance(cell.value, str) and cell.value.startswith("="):
                # What somebody wrote is never a formula.
                cell.data_type = "s"
            if isinstance(cell.value, float):
                cell.number_format = "#,##0"
    for cell in sheet[2]:
        cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor="EDEFF2")
    sheet.freeze_panes = "C3"
    sheet.print_title_rows = "1:2"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", Worksheet.PAPERSIZE_A4
    sheet.page_setup.fitToHeight = 0
    if sheet.sheet_properties.pageSetUpPr is not None:
        sheet.sheet_properties.pageSetUpPr.fitToPage = True
    content = BytesIO()
    book.save(content)
    return content.getvalue()
