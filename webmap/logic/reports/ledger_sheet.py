"""The ledger from gap to opening as an Excel sheet, ready to print on A4."""

from collections.abc import Mapping, Sequence
from datetime import date

from geo.db.ledger import EntryFacts
from webmap.logic.labels import CAUSES, GAP_STATES
from webmap.logic.place_words import Translate
from webmap.logic.sheet import Cell, table_sheet

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
    heads = (
        translate("Number"), translate("Gap"), translate("Town"), translate("Expected to be covered"),
        translate("Cause"), translate("State"), translate("Office in charge"), translate("Person in charge"),
        translate("To be done by"), translate("Days overdue"), translate("Progress so far"), translate("Next step"),
        translate("Station"), translate("Actually covered"),
    )  # fmt: skip
    rows: list[list[Cell]] = []
    for entry in entries:
        measured = entry.measured
        rows.append(
            [
                entry.id, entry.name, towns.get(entry.region_code or "", ""), entry.promised,
                translate(CAUSES[entry.cause]) if entry.cause in CAUSES else entry.cause,
                translate(GAP_STATES[entry.state]), entry.office, entry.owner, entry.due_on,
                entry.days_overdue(today) or None, entry.progress, entry.next_step or entry.reason,
                measured.station_name if measured else None,
                None if measured is None else measured.gain if measured.gain_here is None else measured.gain_here,
            ]
        )  # fmt: skip
    line = " · ".join(filter(None, (mark, title, today.isoformat())))
    return table_sheet(rows, heads, name=translate("Ledger"), title=line, is_marked=bool(mark), widths=_WIDTHS)
