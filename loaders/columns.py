"""Find the columns of a table by the synonyms of their headers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from geo.errors import InputError
from loaders.notes import some
from loaders.report import Rejection
from loaders.synonyms import clean, header_key
from loaders.tabular import Sheet, value_of

HEADER_ROWS = 10
"""The header is looked for in so many rows: registers begin with a title."""


class Row(NamedTuple):
    """A row of a table: where it stands, its cells by field, and how its sheet calls each field."""

    label: int | str
    cells: dict[str, str]
    headers: dict[str, str]


@dataclass(frozen=True)
class Table:
    """The rows under the headers of every sheet that has the needed columns, and what a person should know of them.

    `headers` says how the first sheet calls each field.
    """

    rows: list[Row]
    headers: dict[str, str]
    notes: list[Rejection]


def header_candidates(sheet: Sheet) -> Iterator[tuple[int, list[str]]]:
    """Yield index and cells of what may be a header.

    Each of the first rows; each filled up from those above; and that with the headers above which stretch over several
    columns before their parts: 开放时间 over 开始 and 结束.
    """
    above: list[str] = []
    for index, (_, cells) in enumerate(sheet.rows[:HEADER_ROWS]):
        yield index, cells
        wide = [*cells, *[""] * (len(above) - len(cells))]
        if above and any(not cell and i < len(above) and above[i] for i, cell in enumerate(wide)):
            over = [*above, *[""] * (len(wide) - len(above))]
            is_shared = [bool(cell) and over.count(cell) > 1 for cell in over]
            parts = [
                f"{top}({cell})" if cell and is_shared[i] else cell or top
                for i, (top, cell) in enumerate(zip(over, wide, strict=True))
            ]
            wide = [cell or top for top, cell in zip(over, wide, strict=True)]
            yield index, wide
            if parts != wide:
                yield index, parts
        above = wide


def row_label(sheet: Sheet, number: int, *, is_one_of_many: bool) -> int | str:
    """Return where a row stands: Excel's number, and the name of its sheet where there are several."""
    return f"{sheet.name} {number}" if is_one_of_many else number


def chosen_sheets(sheets: Sequence[Sheet], names: Sequence[str], *, file: str) -> list[Sheet]:
    """Return the sheets that a person named, all of them where none is named.

    Raises
    ------
    InputError
        If there is no such sheet, or it is hidden.
    """
    found = []
    for name in names:
        sheet = next((each for each in sheets if each.name == name.strip()), None)
        if sheet is None or sheet.is_hidden:
            raise InputError(
                "{file}: there is no visible sheet {name}; there are: {known}",
                file=file,
                name=name,
                known=some([each.name for each in sheets if not each.is_hidden]),
            )
        found.append(sheet)
    return found or list(sheets)


def sheet_notes(sheets: Sequence[Sheet], used: Sequence[Sheet], unused_columns: Sequence[str]) -> list[Rejection]:
    """Return what a person should know of sheets and columns that were read, cleaned or left out."""
    notes = []
    if len(used) > 1 or any(not sheet.is_hidden and sheet not in used for sheet in sheets):
        names = some([sheet.name for sheet in used])
        notes.append(Rejection(None, "sheets read: {names}", {"names": names}))
    left = [sheet.name for sheet in sheets if sheet not in used and not sheet.is_hidden]
    if left:
        notes.append(Rejection(None, "sheets without the needed columns were left out: {names}", {"names": some(left)}))
    hidden = [sheet.name for sheet in sheets if sheet.is_hidden]
    if hidden:
        notes.append(Rejection(None, "hidden sheets were left out: {names}", {"names": some(hidden)}))
    if unused_columns:
        notes.append(Rejection(None, "columns not used: {columns}", {"columns": some(list(unused_columns))}))
    if count := sum(sheet.n_hidden_rows for sheet in used):
        notes.append(Rejection(None, "{count} hidden rows were read too; delete those that are void", {"count": count}))
    if count := sum(sheet.n_formulas for sheet in used):
        notes.append(
            Rejection(
                None,
                "{count} cells hold formulas whose values are not in the file; open it in Excel and save it again",
                {"count": count},
            )
        )
    if count := sum(sheet.n_errors for sheet in used):
        notes.append(
            Rejection(None, "{count} cells hold an error of Excel such as #N/A and count as empty", {"count": count})
        )
    if cleaned := sum(sheet.n_cleaned for sheet in used):
        notes.append(Rejection(None, "invisible characters were taken out of {count} cells", {"count": cleaned}))
    return notes


def find_table(
    sheets: Sequence[Sheet],
    words: Mapping[str, str],
    *,
    needed: Sequence[Sequence[str]],
    file: str,
    example: str,
    named: Mapping[str, str] | None = None,
) -> Table:
    """Return the rows of every visible sheet that has the needed columns, under the header in which most are known.

    Parameters
    ----------
    sheets : sequence of Sheet
    words : mapping of field to str
        The headers that a field goes by, apart by spaces, the surest first; compared by `loaders.synonyms.header_key`.
    needed : sequence of sequence of str
        Of each group one field must be there.
    file, example : str
        For the message: the file's name, and headers that would do.
    named : mapping of field to str, optional
        Headers that the caller names, in place of those of `words`.

    Raises
    ------
    InputError
        If a needed column is missing; the message lists those there are.
    """
    found = [_find_header(sheet, words, needed, named) for sheet in sheets if not sheet.is_hidden]
    found.sort(key=lambda each: -each.score)
    best = found[0] if found else None
    there = [clean(cell) for cell in best.cells if cell.strip()] if best else []
    for field, header in (named or {}).items():
        if best is None or field not in best.at:
            raise InputError(
                "{file}: there is no column {column}; there are: {columns}",
                file=file,
                column=header,
                columns=some(there) or "-",
            )
    if best is None or best.score < _COMPLETE:
        at = best.at if best else {}
        raise InputError(
            "{file}: no column for {missing}; there are: {found}. Name the columns {example}",
            file=file,
            missing=", ".join(" / ".join(group) for group in needed if not any(field in at for field in group)),
            found=some(there) or "-",
            example=example,
        )
    used = [each for sheet in sheets for each in found if each.sheet is sheet and each.score >= _COMPLETE]
    rows: list[Row] = []
    unused: list[str] = []
    for each in used:
        headers = {field: clean(each.cells[i]) for field, i in each.at.items()}
        unused += [clean(cell) for i, cell in enumerate(each.cells) if cell.strip() and i not in each.at.values()]
        for number, cells in each.sheet.rows[each.header_at + 1 :]:
            row = {field: value_of(cells[i]) if i < len(cells) else "" for field, i in each.at.items()}
            if any(row.values()):
                rows.append(Row(row_label(each.sheet, number, is_one_of_many=len(used) > 1), row, headers))
    first = {field: clean(used[0].cells[i]) for field, i in used[0].at.items()}
    return Table(rows, first, sheet_notes(sheets, [each.sheet for each in used], list(dict.fromkeys(unused))))


_COMPLETE = 100


class _Header(NamedTuple):
    score: int
    sheet: Sheet
    header_at: int
    cells: list[str]
    at: dict[str, int]


def _find_header(
    sheet: Sheet, words: Mapping[str, str], needed: Sequence[Sequence[str]], named: Mapping[str, str] | None
) -> _Header:
    """Return the row of a sheet in which most fields are known; its score is at least `_COMPLETE` if it will do."""
    best = _Header(0, sheet, 0, sheet.rows[0][1] if sheet.rows else [], {})
    for index, cells in header_candidates(sheet):
        at = match_headers(cells, words, named=named)
        score = len(at) + _COMPLETE * all(any(field in at for field in group) for group in needed)
        if score > best.score:
            best = _Header(score, sheet, index, cells, at)
    return best


def match_headers(
    headers: Sequence[str], words: Mapping[str, str], *, named: Mapping[str, str] | None = None
) -> dict[str, int]:
    """Return the column of each field that `headers` hold; of several headers of one field the surest.

    Examples
    --------
    >>> match_headers(["序号", "人口（人）", "乡镇"], {"people": "人口 人数", "name": "镇街 乡镇"})
    {'people': 1, 'name': 2}
    """
    keys = {header_key(header): i for i, header in reversed(list(enumerate(headers))) if header.strip()}
    found: dict[str, int] = {}
    for field, known in words.items():
        wanted = [named[field]] if named and field in named else known.split()
        column = next((keys[header_key(word)] for word in wanted if header_key(word) in keys), None)
        if column is not None and column not in found.values():
            found[field] = column
    return found
