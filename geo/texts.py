"""Texts and codes as they may be kept: without control, zero-width and direction characters, and of a sane length."""

import re

from geo.errors import InputError

MAX_CODE = 100
MAX_NAME = 200
"""Characters of a name of a place, town or tour."""

_CONTROL = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"
_INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200c\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164"
    "\ufeff\uffa0\ufff9-\ufffb\ufffe\uffff\ufdd0-\ufdef\U000e0000-\U000e0fff"
)
_PICTURE = "\U0001f000-\U0001faff\u2600-\u27bf\ufe0f"
# Halves of surrogate pairs, as files with broken escapes have them; a joiner (200d) outside a picture sign.
_BAD = re.compile(f"[{_CONTROL}{_INVISIBLE}\ud800-\udfff]|(?<![{_PICTURE}])\u200d|\u200d(?![{_PICTURE}])", re.UNICODE)
_SPACES = re.compile("[\x0b\x0c\x1c-\x1f\x85\u2028\u2029]")


def without_invisible(text: str) -> str:
    """Return `text` without control, zero-width and direction characters; separators of lines become a space.

    Tabulators and line ends stay: they separate the words of a cell. A joiner within a picture sign stays as well.

    Examples
    --------
    >>> without_invisible("\\u200b东洲\\x07驿站\\ufeff \\u202a119.965\\u202c 8:30\\x0b-17:30")
    '东洲驿站 119.965 8:30 -17:30'
    """
    if text.isascii() and text.isprintable():
        return text
    return _BAD.sub("", _SPACES.sub(" ", text))


def is_clean(text: str) -> bool:
    """Tell whether a text holds none of the characters that `without_invisible` takes out."""
    return (text.isascii() and text.isprintable()) or not _BAD.search(text)


def require_code(code: str) -> str:
    """Return a code that can stand in an address, or raise `InputError`.

    ``.`` and ``..`` mean folders there: browsers take them out of every address.
    """
    if not code or len(code) > MAX_CODE or code in (".", "..") or not is_clean(code):
        raise InputError(
            "the code {value} cannot be used: write 1 to {limit} visible characters, not . or ..",
            value=code[:40] or "-",
            limit=MAX_CODE,
        )
    return code


def require_name(name: str) -> str:
    """Return a name of a sane length, or raise `InputError`."""
    if len(name) > MAX_NAME:
        raise InputError(
            "the name {value}… has {length} characters; at most {limit} are kept",
            value=name[:40],
            length=len(name),
            limit=MAX_NAME,
        )
    return name
