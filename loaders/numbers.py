"""Counts as people write them."""

import re
import unicodedata

_GROUPED = re.compile(r"[-+]?\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_PLAIN = re.compile(r"[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?")
_UNITS = re.compile(r"(人次|人|次|people|persons?)$")


def parse_count(text: str) -> float | None:
    """Return the number in a cell, None where it holds none that is sure.

    Full-width digits, thousands set apart by commas or spaces, and 万 (ten thousand) are read; a comma that may as well
    be a decimal point is not.

    Examples
    --------
    >>> [parse_count(text) for text in ("1,234", " ２７１６３人 ", "2.7万", "12 500", "-3", "3.5e2")]
    [1234.0, 27163.0, 27000.0, 12500.0, -3.0, 350.0]
    >>> [parse_count(text) for text in ("", "约2.5", "12,5", "1,23,456", "n/a", "NaN", "inf")]
    [None, None, None, None, None, None, None]
    """
    plain = _UNITS.sub("", unicodedata.normalize("NFKC", text).strip().casefold()).strip()
    times = 1.0
    if plain.endswith("万"):
        plain, times = plain[:-1].strip(), 10_000.0
    plain = re.sub(r"(?<=\d)[ \u00a0\u202f'](?=\d{3}(?:\D|$))", "", plain)
    if _GROUPED.fullmatch(plain):
        plain = plain.replace(",", "")
    # Rounded, so that 2.7 × 10,000 is 27,000 and not a hair beside it.
    return round(float(plain) * times, 6) if _PLAIN.fullmatch(plain) else None
