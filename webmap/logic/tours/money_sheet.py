"""The money of a batch as a workbook, and as the fields of the office's own form."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from webmap.logic.reports.own_form import FormValues, Value
from webmap.logic.tours.departing import BatchView
from webmap.logic.tours.money import Money

LIST_FIELDS = {
    "stops": ("day", "name", "kind", "state", "contact", "number", "planned", "actual"),
    "units": ("name", "quota", "people", "men", "women", "couples", "platform_workers", "planned", "actual"),
}
FIELDS = (
    "tour", "batch", "first_day", "last_day", "days", "people", "coaches", "leader", "planned", "actual",
    "planned_head_day", "actual_head_day", "limit", "verdict", "citation", "date", "mark",
)  # fmt: skip
NAMES = (*FIELDS, *(f"{head}.{part}" for head, parts in LIST_FIELDS.items() for part in parts))
"""Every field that a form about a batch may hold; an approval is none of them: the office enters it."""


@dataclass(frozen=True)
class MoneyWords:
    """Words of a workbook in the reader's language: by field, and those of verdict and mark."""

    heads: Mapping[str, str]
    verdict: str
    mark: str


def money_values(
    view: BatchView, money: Money, rows: Sequence[Mapping[str, Any]], words: MoneyWords, *, today: date,
    kind: Callable[[str], str], state: Callable[[str], str],
) -> FormValues:  # fmt: skip
    """Return the values of a batch: amounts in yuan, None where nothing is entered.

    `rows` are what may be booked, as the page has them; `kind` and `state` name their codes.
    """
    it = view.departure
    fields: dict[str, Value] = {
        "tour": it.name, "batch": it.number, "first_day": it.first_day.isoformat(),
        "last_day": it.last_day.isoformat(), "days": money.days, "people": money.people, "coaches": it.coaches,
        "leader": it.leader_name or "", "planned": money.planned / 100, "actual": money.actual / 100,
        "planned_head_day": round(money.planned_head_day / 100, 2),
        "actual_head_day": round(money.actual_head_day / 100, 2),
        "limit": None if money.rule is None else money.rule.limit / 100, "verdict": words.verdict,
        "citation": "" if money.rule is None else money.rule.citation, "date": today.isoformat(), "mark": words.mark,
    }  # fmt: skip
    stops: list[dict[str, Value]] = []
    for row in rows:
        booking = row["booking"]
        stops.append(
            {
                "day": row["day"] or "", "name": row["name"], "kind": kind(row["kind"]),
                "state": state(booking.state) if booking else "", "contact": booking.contact or "" if booking else "",
                "number": booking.number or "" if booking else "",
                "planned": _yuan(booking.planned_cost) if booking else None,
                "actual": _yuan(booking.actual_cost) if booking else None,
            }
        )  # fmt: skip
    shares = {share.name: share for share in money.units}
    units: list[dict[str, Value]] = []
    for unit in view.units:
        share = shares.get(unit.name)
        units.append(
            {
                "name": unit.name, "quota": unit.quota, "people": share.people if share else None, "men": unit.men,
                "women": unit.women, "couples": unit.couples, "platform_workers": unit.platform_workers,
                "planned": _yuan(share.planned) if share else None, "actual": _yuan(share.actual) if share else None,
            }
        )  # fmt: skip
    return FormValues(fields, {"stops": stops, "units": units}, LIST_FIELDS)


def write_money(values: FormValues, words: MoneyWords) -> bytes:
    """Return a workbook of three sheets: sums, stops, units."""
    book = Workbook()
    sums = book.worksheets[0]
    sums.title = words.heads["sums"]
    if words.mark:
        sums.append([words.mark])
    for name in FIELDS:
        if name != "mark":
            sums.append([words.heads[name], _text(values.fields[name])])
    _fit(sums)
    for head in LIST_FIELDS:
        sheet = book.create_sheet(words.heads[head])
        if words.mark:
            sheet.append([words.mark])
        sheet.append([words.heads[name] for name in LIST_FIELDS[head]])
        for cell in sheet[sheet.max_row]:
            cell.font = Font(bold=True)
        for row in values.lists[head]:
            sheet.append([_text(row[name]) for name in LIST_FIELDS[head]])
        if head == "stops":
            sheet.append([words.heads["sums"], *[""] * 5, values.fields["planned"], values.fields["actual"]])
        _fit(sheet)
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def _text(value: Value) -> Value:
    # A name that somebody typed is never a formula.
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@")) else value


def _yuan(cents: int | None) -> float | None:
    return None if cents is None else cents / 100


def _fit(sheet: Worksheet) -> None:
    for number, column in enumerate(sheet.iter_cols(values_only=True), 1):
        widest = max((sum(2 if ord(sign) > 255 else 1 for sign in str(value or "")) for value in column), default=8)
        sheet.column_dimensions[get_column_letter(number)].width = min(60, widest + 3)
    for line in sheet.iter_rows():
        for cell in line:
            if isinstance(cell.value, float):
                cell.number_format = "#,##0.00"
            cell.alignment = Alignment(vertical="top", wrap_text=True)
