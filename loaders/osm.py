"""Shared by all readers of OpenStreetMap extracts: file errors, tags."""

from collections.abc import Container, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import osmium
import shapely

from geo.errors import GeoError, InputError
from geo.texts import without_invisible
from loaders.extract_names import SUFFIXES
from loaders.report import require_file

MAX_ITEMS = 5_000_000
"""Places or ways that are kept of one extract."""
MAX_VALUE = 2_000
"""Characters of a tag; OpenStreetMap allows 255."""


@contextmanager
def reading_extract(path: Path) -> Iterator[None]:
    """Turn what osmium raises over a file that is no extract, or a damaged one, into one sentence.

    Raises
    ------
    InputError
        If the file has another suffix, or what is done within cannot read it.
    """
    require_file(path, suffixes=SUFFIXES)
    try:
        yield
    except GeoError:
        raise
    except (RuntimeError, ValueError, osmium.InvalidLocationError, shapely.errors.ShapelyError) as error:
        raise InputError(
            "{file}: not a readable OpenStreetMap extract ({reason}); fetch it again, or save it again as .osm.pbf",
            file=path.name,
            reason=" ".join(str(error).split())[:160] or type(error).__name__,
        ) from error


_CONDITIONAL = ":conditional"
"""Ends the keys whose values hold at some hours or in some cases only (OpenStreetMap: Conditional restrictions)."""


def has_conditions(tags: Any, keys: Container[str]) -> bool:
    """Tell whether any of the keys has a value for some hours or cases only, such as ``access:conditional``."""
    return any(tag.k.endswith(_CONDITIONAL) and tag.k.removesuffix(_CONDITIONAL) in keys for tag in tags)


def clean_tags(tags: Iterable[Any], wanted: Iterable[str] | None = None) -> dict[str, str]:
    """Return tags as a dict, without invisible characters; of `wanted` keys only where given."""
    kept = None if wanted is None else frozenset(wanted)
    return {
        without_invisible(tag.k)[:MAX_VALUE]: without_invisible(tag.v)[:MAX_VALUE]
        for tag in tags
        if kept is None or tag.k in kept
    }
