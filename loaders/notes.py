"""Notes about a load as a whole, shared by several loaders."""

from loaders.report import Rejection

MAX_QUOTED = 60
"""Characters of a text that a message quotes."""
MAX_NAMED = 8
"""Examples that a note names; a person reads it."""


def nothing_stored() -> Rejection:
    """Return the note of a file without one usable row."""
    return Rejection(None, "no row can be used; nothing was changed")


def sample_retired(district: str) -> Rejection:
    """Return the note of a load that takes the place of the sample."""
    return Rejection(None, "the sample data of district {district} gives way to this file", {"district": district})


def some(values: list[str]) -> str:
    """Return the distinct values as a list in words, shortened."""
    distinct = list(dict.fromkeys(values))
    return ", ".join(map(shortened, distinct[:MAX_NAMED])) + (", …" if len(distinct) > MAX_NAMED else "")


def shortened(text: str) -> str:
    """Return a text as a message can quote it."""
    return text if len(text) <= MAX_QUOTED else f"{text[:MAX_QUOTED]}…"


def too_long(row: int | str, text: str, limit: int) -> Rejection:
    """Return the rejection of a row whose name is longer than any name."""
    return Rejection(
        row,
        "{name}: the name has {count} characters, at most {limit} are kept; did the columns shift?",
        {"name": shortened(text), "count": len(text), "limit": limit},
    )
