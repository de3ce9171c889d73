"""Parse counts as people write them, such as 1,234 or 1.2万."""

import re
import unicodedata

_GROUPED = re.compile(r"[-+]?\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_PLAIN = re.compile(r"[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?")
_HEADER_UNIT = re.compile(r"([万千百亿])\s*(?:人次|人|次|个)?\s*[)\]】]?$")
_SIMPLE = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,15})?")
_UNITS = re.compile(r"(人次|人|次|people|persons?)$")


MAX_COUNT = 1e12
"""Whatever is counted here, there is not more of it."""


def parse_count(text: str, *, times: float = 1.0) -> float | None:
    """Return the number in a cell, None where it holds none that is sure.

    Full-width digits, thousands set apart by commas or spaces, and 万 (ten thousand) are read; a comma that may as well
    be a decimal point is not. `times` is the unit of the column, see `unit_of`; a cell with 万 of its own has its own.

    Examples
    --------
    >>> [parse_count(text) for text in ("1,234", " ２７１６３人 ", "2.7万", "12 500", "-3", "3.5e2")]
    [1234.0, 27163.0, 27000.0, 12500.0, -3.0, 350.0]
    >>> [parse_count(text) for text in ("", "约2.5", "12,5", "1,23,456", "n/a", "NaN", "inf")]
    [None, None, None, None, None, None, None]
    """
    if _SIMPLE.fullmatch(text):
        simple = round(float(text) * times, 6) if times != 1.0 else float(text)
        return simple if abs(simple) <= MAX_COUNT else None
    plain = _UNITS.sub("", unicodedata.normalize("NFKC", text).strip().casefold()).strip()
    if plain.endswith("万"):
        plain, times = plain[:-1].strip(), 10_000.0
    plain = re.sub(r"(?<=\d)[ \u00a0\u202f'](?=\d{3}(?:\D|$))", "", plain)
    if _GROUPED.fullmatch(plain):
        plain = plain.replace(",", "")
    # Rounded, so that 2.7 × 10,000 is 27,000 and not a hair beside it.
    number = round(float(plain) * times, 6) if _PLAIN.fullmatch(plain) else None
    return number if number is not None and abs(number) <= MAX_COUNT else None


def unit_of(header: str) -> float:
    """Return how many one of a column is, by its header.

    Examples
    --------
    >>> [unit_of(header) for header in ("人口（万人）", "人口/千人", "常住人口", "万达广场人口", "户籍(百人)")]
    [10000.0, 1000.0, 1.0, 1.0, 100.0]
    """
    found = _HEADER_UNIT.search(unicodedata.normalize("NFKC", header).strip())
    return {"万": 10_000.0, "千": 1_000.0, "百": 100.0, "亿": 1e8}[found[1]] if found else 1.0
