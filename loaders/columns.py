"""Finding the columns of a table by the words of their headers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from geo.errors import InputError
from loaders.tabular import Sheet
from loaders.words import clean, header_key

HEADER_ROWS = 10
"""The header is looked for in so many rows: registers begin with a title."""


@dataclass(frozen=True)
class Table:
    """The rows under a header: Excel's row number and the cells of the known columns by field.

    `headers` says how the file calls each field; `unused` names the columns that are none.
    """

    rows: list[tuple[int, dict[str, str]]]
    headers: dict[str, str]
    unused: list[str]


def find_table(
    sheets: Sequence[Sheet],
    words: Mapping[str, str],
    *,
    needed: Sequence[Sequence[str]],
    file: str,
    example: str,
    named: Mapping[str, str] | None = None,
) -> Table:
    """Return the rows under the header in which most fields are known.

    Parameters
    ----------
    sheets : sequence of Sheet
    words : mapping of field to str
        The headers that a field goes by, apart by spaces, the surest first; compared by `loaders.words.header_key`.
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
    best: tuple[int, Sheet, int, dict[str, int]] | None = None
    for sheet in sheets:
        for index, (_, cells) in enumerate(sheet.rows[:HEADER_ROWS]):
            at = match_headers(cells, words, named=named)
            score = len(at) + 100 * all(any(field in at for field in group) for group in needed)
            if best is None or score > best[0]:
                best = score, sheet, index, at
    headers = [clean(cell) for cell in best[1].rows[best[2]][1] if cell.strip()] if best else []
    at = best[3] if best else {}
    for field, header in (named or {}).items():
        if field not in at:
            raise InputError(
                "{file}: there is no column {column}; there are: {columns}",
                file=file,
                column=header,
                columns=", ".join(headers) or "-",
            )
    missing = [" / ".join(group) for group in needed if not any(field in at for field in group)]
    if missing or best is None:
        raise InputError(
            "{file}: no column for {missing}; there are: {found}. Name the columns {example}",
            file=file,
            missing=", ".join(missing),
            found=", ".join(headers) or "-",
            example=example,
        )
    _, sheet, index, _ = best
    rows = []
    for number, cells in sheet.rows[index + 1 :]:
        row = {field: cells[i].strip() if i < len(cells) else "" for field, i in at.items()}
        if any(row.values()):
            rows.append((number, row))
    header_row = sheet.rows[index][1]
    unused = [clean(cell) for i, cell in enumerate(header_row) if cell.strip() and i not in at.values()]
    return Table(rows, {field: clean(header_row[i]) for field, i in at.items()}, unused)


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
