"""Remove personal mobile numbers from texts before they are stored; keep telephone numbers of offices."""

import re
import unicodedata

from geo.texts import without_invisible

# What people put between the digits of a number: spaces, any dash or dot, slashes, brackets, signs of lists.
_GAP = r"[\s\-‐-―−－_~～·・•∙‧.．。,，、/／\\|*＊()（）\[\]【】〔〕<>《》\"'“”‘’`]"
_SEPARATED = rf"{_GAP}{{0,3}}"
_DIGIT = r"[\dxX×✕*＊#＃●○]"
_MOBILE = re.compile(
    # Whole, or masked with * or x as registers do to be allowed to show it; with or without the code of the country.
    rf"(?<![\d*])[(（\[]?(?:(?:\+|00)?{_SEPARATED}86{_SEPARATED})?(?:1{_SEPARATED}[3-9])(?:{_SEPARATED}[\dxX×]){{9}}(?![\d*])"
    rf"|(?<![\d*])1[3-9]\d?{_SEPARATED}[*＊xX×✕●○#]{{2,}}{_DIGIT}*"
)
_TIMES = re.compile(rf"(?<!\d)\d{{1,2}}[.．]\d\d{_SEPARATED}[-‐-―−－~～]{_SEPARATED}\d{{1,2}}[.．]\d\d(?!\d)")
# A number of the identity card: place, date of birth, three digits and a check.
_IDENTITY = re.compile(r"(?<!\d)[1-9]\d{5}(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?!\d)")
_WRITTEN_OUT = re.compile(
    r"[一幺壹][-\s]?[三四五六七八九叁肆伍陆柒捌玖](?:[-\s]?[零〇一二三四五六七八九幺壹贰叁肆伍陆柒捌玖]){9}"
)
# Most texts hold nothing that could be a number, and are done with this.
_MAY_HOLD = re.compile(r"\d\D*\d|[¹²³⁰-⁹₀-₉①-⒛❶-➓]|[一幺壹].{9}", re.DOTALL)
_LEFT_OVER = " \t\n/、,，;；|-—"
_OFFICE = re.compile(
    r"\+(?!86)\d[\d\s()-]{5,17}\d"  # another country
    r"|(?<!\d)[48]00[-\s]?\d{3}[-\s]?\d{4}(?!\d)"
    r"|(?<![\d-])(?:0\d{2,3}[-\s]?)?\d{7,8}(?!\d)(?:(?:\s*转\s*|-)\d{1,6}(?!\d))?"
    r"|(?<!\d)(?:1[0-2]\d{3}|9[56]\d{3,4})(?!\d)"  # hotlines: 12351, 95588
)


def drop_mobiles(text: str) -> tuple[str, int]:
    """Return `text` without the mobile and identity card numbers of people, whole or masked, and how many there were.

    Whatever stands between the digits, of whatever width they are, or written out in Chinese.

    Examples
    --------
    >>> drop_mobiles("进门找张师傅 138-0013-8000")
    ('进门找张师傅', 1)
    >>> drop_mobiles("（138）0013—8000，或 １３８．００１３．８０００")
    ('或', 2)
    """
    if not _MAY_HOLD.search(text):
        return text, 0
    visible = without_invisible(text)
    plain = "".join(_narrow(sign) for sign in visible)
    spans = [found.span() for found in _MOBILE.finditer(plain) if not _TIMES.search(found.group())]
    spans += [found.span() for pattern in (_WRITTEN_OUT, _IDENTITY) for found in pattern.finditer(plain)]
    if not spans:
        return text, 0
    kept, at = [], 0
    for start, end in sorted(spans):
        kept.append(visible[at:start])
        at = max(at, end)
    kept.append(visible[at:])
    return "".join(kept).strip(_LEFT_OVER), len(spans)


def office_phones(text: str) -> tuple[str | None, int, bool]:
    """Return the office numbers in a cell joined by ``; ``, the count of mobile numbers, whether other digits remain.

    Examples
    --------
    >>> office_phones("0571-63330001；63330002 转 8")
    ('0571-63330001; 63330002转8', 0, False)
    >>> office_phones("187****1234")
    (None, 1, False)
    >>> office_phones("(138)00138000")
    (None, 1, False)
    """
    rest, n_mobile = drop_mobiles(unicodedata.normalize("NFKC", text))
    rest = re.sub(r"[‐-―−]", "-", rest)
    rest = re.sub(r"\+86[-\s]?", "", re.sub(r"\((0\d{2,3})\)\s*", r"\1-", rest))
    numbers = [re.sub(r"\s*转\s*", "转", found.group().strip()) for found in _OFFICE.finditer(rest)]
    is_more = bool(re.search(r"\d", _OFFICE.sub("", rest)))
    return "; ".join(dict.fromkeys(numbers)) or None, n_mobile, is_more


def _narrow(sign: str) -> str:
    """Return a sign of ASCII for a digit of any script or width, one for one; other signs as they are."""
    if sign.isascii():
        return sign
    value = unicodedata.digit(sign, None)
    return sign if value is None else str(value)
