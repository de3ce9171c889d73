"""Line breaking for drawn and printed text: between any two Chinese characters, at spaces in English."""

from collections.abc import Callable, Iterator

Measure = Callable[[str], float]
"""Returns how wide a text is."""

_NO_START = "，。、；：）,.;:)"


def fit_lines(words: str, measure: Measure, width: float, *, lines: int) -> list[str]:
    """Return words as at most `lines` lines; what does not fit is cut off with dots."""
    found = list(break_lines(words, measure, width))
    if len(found) <= lines:
        return found
    last = found[lines - 1]
    while last and measure(last + "…") > width:
        last = last[:-1]
    return [*found[: lines - 1], last + "…"]


def break_lines(words: str, measure: Measure, width: float) -> Iterator[str]:
    """Yield words in lines no wider than `width`; a stop hangs over the edge rather than begin a line."""
    line = ""
    for piece in pieces(words):
        if line and measure(line + piece.rstrip()) > width and piece[0] not in _NO_START:
            yield line.rstrip()
            line = ""
        line += piece
        while measure(line.rstrip(_NO_START)) > width and len(line) > 1:
            cut = next(n for n in range(len(line) - 1, 0, -1) if n == 1 or measure(line[:n]) <= width)
            yield line[:cut]
            line = line[cut:]
    if line.strip():
        yield line.rstrip()


def pieces(words: str) -> Iterator[str]:
    """Yield the parts of a text that a line must not break: a word with the blank after it, or one Chinese sign.

    >>> list(pieces("24 小时 open"))
    ['24 ', '小', '时', ' ', 'open']
    """
    held = ""
    for sign in words:
        if sign.isascii() and not sign.isspace():
            held += sign
            continue
        if sign == " " and held:
            yield held + sign
            held = ""
            continue
        if held:
            yield held
            held = ""
        yield sign
    if held:
        yield held
