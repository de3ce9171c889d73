"""Shared by all readers of OpenStreetMap extracts: file errors, tags."""

import tempfile
from collections.abc import Container, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import osmium
import shapely

from geo.errors import GeoError, InputError
from geo.texts import without_invisible
from loaders.extract_names import SUFFIXES
from loaders.isolated.parsers import Progress, silent
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


@contextmanager
def sorted_extract(path: Path, progress: Progress = silent) -> Iterator[Path]:
    """Yield an extract whose nodes come before its ways, without which nothing places them: the file, or a copy of it.

    Editors write files in any order; extracts of download pages are sorted and cost one look at their order.
    """
    if not is_unsorted(path):
        yield path
        return
    progress("sorting the extract")
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "sorted.osm.pbf"
        with osmium.SimpleWriter(str(copy)) as writer:
            for kind in (osmium.osm.NODE, osmium.osm.WAY, osmium.osm.RELATION):
                for item in osmium.FileProcessor(str(path), kind):
                    writer.add(item)
        yield copy


def is_unsorted(path: Path) -> bool:
    """Tell whether a node comes after a way in an extract, or a way after a relation."""
    with osmium.io.Reader(str(path), osmium.osm.osm_entity_bits.NOTHING) as reader:
        if reader.header().get("sorting") == "Type_then_ID":
            return False
    latest = 0
    for item in osmium.FileProcessor(str(path)):
        rank = 1 if isinstance(item, osmium.osm.Way) else 2 if isinstance(item, osmium.osm.Relation) else 0
        if rank < latest:
            return True
        latest = rank
    return False


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
