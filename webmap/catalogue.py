"""Update the message catalogue (gettext) from code and templates: ``python -m webmap.catalogue``.

Message ids are the English texts: the arguments of gettext, and the templates of our error classes.
`pybabel extract` cannot do it: it takes a fixed list of keywords, and ours include every error class in the code; and
`pybabel update` writes a header with dates, or none at all, which loses the plural forms.
"""

import re
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parent.parent
CATALOGUE = ROOT / "webmap" / "translations" / "zh" / "LC_MESSAGES" / "messages.po"
PACKAGES = ("geo", "loaders", "webmap")
OURS = {
    "lazy_gettext": None,
    "msgid": None,
    "say": None,
    "progress": None,
    "translate": None,
    "Rejection": (2,),
    "require": (3,),
}
HEADER = """\
# Chinese (Hans) of every text that people read; renewed by: python -m webmap.catalogue
msgid ""
msgstr ""
"Project-Id-Version: fuchun-map\\n"
"Language: zh\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""
"""Without dates and names, which would make every renewal differ."""


def keywords() -> dict[str, Any]:
    """Return the calls that take a message id, and as which argument: gettext's, the command line's, every error's."""
    sources = (file.read_text(encoding="utf-8") for package in PACKAGES for file in (ROOT / package).rglob("*.py"))
    classes = {name for source in sources for name in re.findall(r"^class (\w+Error)\(", source, re.MULTILINE)}
    return {**DEFAULT_KEYWORDS, **OURS, **dict.fromkeys(classes)}


def extract() -> Catalog:
    """Return a catalogue without translations of every message id in code and templates."""
    with (ROOT / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]
    catalogue = Catalog(project="fuchun-map", charset="utf-8")
    found = extract_from_dir(ROOT, methods, options, keywords=keywords(), directory_filter=_is_ours)
    for name, line, message, comments, context in found:
        catalogue.add(message, None, [(name, line)], auto_comments=comments, context=context)
    return catalogue


def read() -> Catalog:
    """Return the Chinese catalogue as it stands."""
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="zh")


def renew() -> None:
    """Bring the Chinese catalogue to what the code asks for: new ids come empty, ids that are gone are dropped."""
    catalogue = read()
    catalogue.update(extract(), no_fuzzy_matching=True, update_header_comment=False)
    with CATALOGUE.open("wb") as file:
        file.write(HEADER.encode())
        write_po(
            file, catalogue, omit_header=True, ignore_obsolete=True, include_lineno=False, sort_by_file=True, width=120
        )


def _is_ours(directory: str) -> bool:
    name = Path(directory).name
    return not name.startswith((".", "_")) and name not in ("node_modules", "tests", "var", "build", "dist", "vendor")


if __name__ == "__main__":
    renew()
