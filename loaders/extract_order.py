"""Put an extract that an editor saved in order: nodes before ways, ids ascending and positive, nothing deleted.

Download pages deliver extracts in that order. Editors write objects in any order, number what is new from -1 down, and
mark what was deleted (``action="delete"``) instead of leaving it out.
"""

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import osmium

from loaders.isolated.parsers import Progress, silent

_Deleted = frozenset[tuple[str, int]]
_KINDS = (osmium.osm.NODE, osmium.osm.WAY, osmium.osm.RELATION)
_ELEMENT = re.compile(rb"<(node|way|relation)\s[^>]*>")
_DELETE = re.compile(rb"""\saction\s*=\s*["']delete["']""")
_ID = re.compile(rb"""\sid\s*=\s*["'](-?\d{1,18})["']""")


@contextmanager
def sorted_extract(path: Path, progress: Progress = silent) -> Iterator[Path]:
    """Yield an extract in order, without which nothing places its ways: the file, or a copy of it."""
    deleted = _deleted_in_editor(path)
    if not deleted and not is_unsorted(path):
        yield path
        return
    progress("sorting the extract")
    with tempfile.TemporaryDirectory() as folder:
        by_kind, by_id = Path(folder) / "kinds.osm.pbf", Path(folder) / "sorted.osm.pbf"
        is_ascending = _copy(path, by_kind, deleted)
        if not is_ascending:
            merged = osmium.MergeInputReader()
            merged.add_file(str(by_kind))
            with osmium.SimpleWriter(str(by_id)) as writer:
                merged.apply(writer)
        yield by_kind if is_ascending else by_id


def is_unsorted(path: Path) -> bool:
    """Tell whether a node comes after a way, ids do not ascend from 0, or an object is a deleted one."""
    with osmium.io.Reader(str(path), osmium.osm.osm_entity_bits.NOTHING) as reader:
        if reader.header().get("sorting") == "Type_then_ID":
            return False
    latest = (0, -1)
    item: Any
    for item in osmium.FileProcessor(str(path)):
        at = (_rank(item), item.id)
        if item.deleted or item.id < 0 or at < latest:
            return True
        latest = at
    return False


def _rank(item: Any) -> int:
    return 1 if isinstance(item, osmium.osm.Way) else 2 if isinstance(item, osmium.osm.Relation) else 0


def _deleted_in_editor(path: Path) -> _Deleted:
    """Return kind and id of what an editor marked as deleted, which the library reads as if it were there."""
    if path.suffix != ".osm":
        return frozenset()
    found = set()
    with path.open("rb") as file:
        for line in file:
            if b"delete" not in line:
                continue
            for element in _ELEMENT.finditer(line):
                number = _ID.search(element[0])
                if number is not None and _DELETE.search(element[0]):
                    found.add((element[1].decode(), int(number[1])))
    return frozenset(found)


def _copy(path: Path, copy: Path, deleted: _Deleted) -> bool:
    """Write nodes, ways and relations with positive ids; return whether the ids of each kind ascend."""
    new: tuple[dict[int, int], ...] = ({}, {}, {})
    top = [0, 0, 0]
    for item in osmium.FileProcessor(str(path)):
        rank = _rank(item)
        top[rank] = max(top[rank], item.id)
        if item.id < 0:
            new[rank].setdefault(item.id, len(new[rank]) + 1)
    names = ("node", "way", "relation")
    is_ascending = not any(new)
    each: Any
    with osmium.SimpleWriter(str(copy)) as writer:
        for rank, kind in enumerate(_KINDS):
            latest = -1
            for each in osmium.FileProcessor(str(path), kind):
                is_ascending &= each.id > latest
                latest = each.id
                if each.deleted or (names[rank], each.id) in deleted:
                    continue
                writer.add(_renumbered(each, rank, new, top) if any(new) else each)
    return is_ascending


def _renumbered(item: Any, rank: int, new: tuple[dict[int, int], ...], top: list[int]) -> Any:
    def positive(kind: int, number: int) -> int:
        return number if number >= 0 else top[kind] + new[kind].setdefault(number, len(new[kind]) + 1)

    changes: dict[str, Any] = {"id": positive(rank, item.id)}
    if rank == 1:
        changes["nodes"] = [positive(0, node.ref) for node in item.nodes]
    if rank == 2:
        changes["members"] = [
            (member.type, positive("nwr".index(member.type), member.ref), member.role) for member in item.members
        ]
    return item.replace(**changes)
