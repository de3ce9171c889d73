"""Characters that no text should hold: control, zero-width and direction signs, and how they are taken out."""

import re

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
