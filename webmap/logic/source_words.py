"""Words of the program itself about a source (that it made it, how exact it is), translated; those of others stay."""

import re
from collections.abc import Callable

from webmap.logic.labels import msgid

GENERATED = msgid("made by this program (sample)")
"""Shown instead of a file name for data that this program made."""

WRITTEN = {
    "示意数据": msgid("Sample data"),
    **{
        text: text
        for text in (
            msgid("extent of the extract, not a boundary"),
            msgid("town boundaries are schematic: nearest seat inside the real outline"),
            msgid("each read in one public source; kinds and dates differ and are not comparable"),
            msgid("totals of towns, spread evenly along residential streets or over buildings"),
            msgid("buildings stand in for people: each counts one"),
            msgid(
                "Streets, banks and buildings of OpenStreetMap; banks stand in for rest stations, buildings for people."
            ),
        )
    },
}
"""Message ids by what the loaders store."""

_MADE_UP = re.compile(r"sample .+ \(generator\)")


def source_words(text: str | None, translate: Callable[[str], str]) -> str | None:
    """Return a file's name or a remark of a source in the reader's language.

    >>> source_words("sample river (generator)", str.upper)
    'MADE BY THIS PROGRAM (SAMPLE)'
    >>> source_words("people.csv", str.upper)
    'people.csv'
    """
    if text is None:
        return None
    if _MADE_UP.fullmatch(text):
        return translate(GENERATED)
    known = WRITTEN.get(text)
    return text if known is None else translate(known)
