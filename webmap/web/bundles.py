"""The scripts and styles of the first page in one piece each: on a bad line every request costs seconds.

A script is joined from modules as they are, each in a function of its own, those that it imports before it; nothing is
rewritten but the addresses of what it fetches later. Modules with something of their own that other modules share, such
as the registration of the service worker, stay apart. Both are read when the program starts.
"""

import base64
import hashlib
import re
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from posixpath import dirname, join, normpath, relpath

FOLDER = Path(__file__).parents[1] / "static"

Read = Callable[[str], str]

FIRST_SCRIPT = "js/rider/first.js"
"""Where the script of the first page is found; it stands for `FIRST_MODULES`."""

FIRST_MODULES = ("js/web/menus.js", "js/rider/rider.js")

APART = ("js/web/install.js",)
"""Modules that are imported and not joined: they are there once, whoever imports them."""

FIRST_STYLES = (
    "css/web/app.css",
    "css/web/parts.css",
    "css/map/map.css",
    "css/rider/rider.css",
    "css/rider/route.css",
    "css/rider/sheet.css",
)
"""What stands within the first page: it is painted when the page has come."""

_IMPORT = re.compile(r'^import (?:\{([^}]*)\} from )?"(\.[^"]+)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (class|const|function|async function) (\w+)", re.MULTILINE)
_LATER = re.compile(r'(import\(|new URL\()"(\.?[^":]+)"(\)|, import\.meta\.url\))')
_SCRIPT_NOTE = re.compile(r"^[ \t]*(?://[^\n]*|/\*\*(?:(?!\*/).)*\*/)\n", re.MULTILINE | re.DOTALL)
_STYLE_NOTE = re.compile(r"/\*.*?\*/", re.DOTALL)


def join_modules(read: Read, entries: Sequence[str], address: str, *, apart: Sequence[str] = APART) -> str:
    """Return the script that does what modules do, for the address where it will be found.

    Parameters
    ----------
    read : callable
        Returns the text of a file by its name.
    entries : sequence of str
        The modules that a page names, in their order.
    address : str
        The name under which the result is found, in the same tree.
    apart : sequence of str
        Modules that are imported from where they are.

    Raises
    ------
    ValueError
        If a module imports or exports in a way that is not understood here, or two export the same name.
    """
    joined: dict[str, str] = {}
    owner: dict[str, str] = {}
    imported: dict[str, set[str]] = {}

    def add(name: str) -> None:
        if name in joined:
            return
        joined[name] = ""  # modules that import each other in a circle see each other's names later, as they do anyway
        text = _SCRIPT_NOTE.sub("", read(name))
        for names, path in _IMPORT.findall(text):
            other = normpath(join(dirname(name), path))
            if other in apart:
                imported.setdefault(other, set()).update(filter(None, (each.strip() for each in names.split(","))))
            else:
                add(other)
        body = _IMPORT.sub("", text)
        exports = [found[1] for found in _EXPORT.findall(body)]
        body = _EXPORT.sub(r"\1 \2", body)
        if re.search(r"^(import|export)\b", body, re.MULTILINE):
            raise ValueError(f"{name} imports or exports in a way that cannot be joined")
        for export in exports:
            if owner.setdefault(export, name) != name:
                raise ValueError(f"{name} and {owner[export]} both export {export}")
        body = _LATER.sub(lambda found: _moved(found, name, address), body)
        head = f"const {{ {', '.join(exports)} }} = " if exports else ""
        tail = f"return {{ {', '.join(exports)} }};\n" if exports else ""
        # Taken out and put back: what it imports stands before it.
        del joined[name]
        joined[name] = f"{head}(() => {{\n{body}{tail}}})();\n"

    for entry in entries:
        add(entry)
    lines = [
        f'import {{ {", ".join(sorted(names))} }} from "{_relative(other, address)}";\n'
        for other, names in sorted(imported.items())
    ]
    return "".join([*lines, *joined.values()])


def _moved(found: re.Match[str], name: str, address: str) -> str:
    return f'{found[1]}"{_relative(normpath(join(dirname(name), found[2])), address)}{_slash(found[2])}"{found[3]}'


def _slash(path: str) -> str:
    return "/" if path.endswith("/") else ""


def _relative(name: str, address: str) -> str:
    path = relpath(name, dirname(address))
    return path if path.startswith(".") else f"./{path}"


def join_styles(read: Read, names: Sequence[str]) -> str:
    """Return style sheets as one, without notes and without the space between their parts."""
    text = _STYLE_NOTE.sub("", "\n".join(read(name) for name in names))
    return re.sub(r"\s*([{};,])\s*", r"\1", re.sub(r"\s+", " ", text)).replace(";}", "}").strip()


@cache
def first_styles() -> str:
    """Return the styles that stand within the first page."""
    return join_styles(lambda name: (FOLDER / name).read_text(encoding="utf-8"), FIRST_STYLES)


@cache
def first_styles_source() -> str:
    """Return what a content security policy knows a style element by that holds exactly `first_styles`."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(first_styles().encode()).digest()).decode()}'"
