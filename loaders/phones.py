"""Telephone numbers of offices; personal mobile numbers are taken out of every text before it is stored."""

import re
import unicodedata

_FULL_WIDTH = str.maketrans("０１２３４５６７８９＊＋－", "0123456789*+-")
# Whole, or masked with * or x as registers do to be allowed to show it.
_MOBILE = re.compile(
    r"(?<![\d*])(?:\+?86[-\s]?)?1[3-9](?:[-\s]?[\d*xX×]){9}(?![\d*])|(?<![\d*])1[3-9]\d?[*xX×]{2,}[\d*xX×]*"
)
_OFFICE = re.compile(
    r"\+(?!86)\d[\d\s()-]{5,17}\d"  # another country
    r"|[48]00[-\s]?\d{3}[-\s]?\d{4}(?!\d)"
    r"|(?<![\d-])(?:0\d{2,3}[-\s]?)?\d{7,8}(?!\d)(?:(?:\s*转\s*|-)\d{1,6}(?!\d))?"
    r"|(?<!\d)(?:1[0-2]\d{3}|9[56]\d{3,4})(?!\d)"  # hotlines: 12351, 95588
)


def drop_mobiles(text: str) -> tuple[str, int]:
    """Return `text` without Chinese mobile numbers, whole or masked, and how many there were.

    Examples
    --------
    >>> drop_mobiles("进门找张师傅 138-0013-8000")
    ('进门找张师傅', 1)
    """
    found, count = _MOBILE.subn("", text.translate(_FULL_WIDTH))
    return (found.strip(), count) if count else (text, 0)


def office_phones(text: str) -> tuple[str | None, int, bool]:
    """Return the office numbers in a cell joined by ``; ``, the count of mobile numbers, whether other digits remain.

    Examples
    --------
    >>> office_phones("0571-63330001；63330002 转 8")
    ('0571-63330001; 63330002转8', 0, False)
    >>> office_phones("187****1234")
    (None, 1, False)
    """
    rest, n_mobile = drop_mobiles(unicodedata.normalize("NFKC", text))
    rest = re.sub(r"\+86[-\s]?", "", re.sub(r"\((0\d{2,3})\)\s*", r"\1-", rest))
    numbers = [re.sub(r"\s*转\s*", "转", found.group().strip()) for found in _OFFICE.finditer(rest)]
    is_more = bool(re.search(r"\d", _OFFICE.sub("", rest)))
    return "; ".join(dict.fromkeys(numbers)) or None, n_mobile, is_more
