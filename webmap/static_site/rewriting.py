"""Rewrite the addresses in a page for the static site; nothing else of it changes."""

from collections.abc import Callable
from html.parser import HTMLParser
from itertools import accumulate

from markupsafe import escape

Attributes = list[tuple[str, str | None]]
Replace = Callable[[str, str], str | None]
"""From the name of an attribute and the address in it to another address; None takes the attribute away."""

_NAMES = ("href", "src", "action")


def rewrite_addresses(page: str, replace: Replace, *, meta: str = "") -> str:
    """Return HTML, a page or a part of one, with the addresses that begin with ``/`` replaced.

    Addresses stand in ``href``, ``src``, ``action`` and in the ``data-`` attributes that scripts read.

    Parameters
    ----------
    page : str
    replace : callable
    meta : str
        HTML to put after the element that names the character set.

    Examples
    --------
    >>> rewrite_addresses('<a class=x href="/s/1?a=1&amp;b">/s/1</a><img src="/gone">',
    ...                   lambda name, address: None if name == "src" else f"..{address}")
    '<a class="x" href="../s/1?a=1&amp;b">/s/1</a><img>'
    """
    rewriter = _Rewriter(page, replace, meta)
    rewriter.feed(page)
    rewriter.close()
    return rewriter.rewritten()


class _Rewriter(HTMLParser):
    """Copies a page and writes those of its tags again that hold an address."""

    def __init__(self, page: str, replace: Replace, meta: str) -> None:
        super().__init__(convert_charrefs=False)
        self._page = page
        self._replace = replace
        self._meta = meta
        self._lines = [0, *accumulate(len(line) + 1 for line in page.split("\n"))]
        self._parts: list[str] = []
        self._copied = 0

    def rewritten(self) -> str:
        """Return the page."""
        return "".join((*self._parts, self._page[self._copied :]))

    def handle_startendtag(self, tag: str, attrs: Attributes) -> None:
        """Treat ``<br/>`` as ``<br>``."""
        self.handle_starttag(tag, attrs)

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        """Copy what lies before a tag, and the tag with its addresses replaced."""
        text = self.get_starttag_text() or ""
        is_address = [_is_address(name, value) for name, value in attrs]
        is_charset = tag == "meta" and any(name == "charset" for name, _ in attrs)
        if not any(is_address) and not is_charset:
            return
        line, column = self.getpos()
        begin = self._lines[line - 1] + column
        written = self._tag(tag, attrs, text) if any(is_address) else text
        self._parts += (self._page[self._copied : begin], written, self._meta if is_charset else "")
        self._copied = begin + len(text)

    def _tag(self, tag: str, attrs: Attributes, text: str) -> str:
        words = [tag]
        for name, value in attrs:
            if value is not None and _is_address(name, value):
                value = self._replace(name, value)
                if value is None:
                    continue
            words.append(name if value is None else f'{name}="{escape(value)}"')
        return f"<{' '.join(words)}{'/>' if text.endswith('/>') else '>'}"


def _is_address(name: str, value: str | None) -> bool:
    return value is not None and value.startswith("/") and (name in _NAMES or name.startswith("data-"))
