"""What streets are called and what they are, packed so that a snapshot with many thousand names opens at once."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from geo.network.modes import street_class


@dataclass(frozen=True)
class Label:
    """What a street is called and what it is, for directions and the map."""

    name: str | None
    name_en: str | None
    kind: str
    is_bridge: bool = False
    is_tunnel: bool = False
    is_roundabout: bool = False


def label_of(name: str | None, tags: Mapping[str, str]) -> Label:
    """Return the label of a street from its stored name and OSM tags; a bridge's own name wins, then the road's number.

    >>> label_of("江滨大道", {"highway": "primary", "bridge": "yes", "bridge:name": "富春江大桥"}).name
    '富春江大桥'
    >>> label_of(None, {"highway": "trunk", "ref": "G320"}).name
    'G320'
    >>> label_of("文三路;教工路", {"highway": "primary"}).name, label_of("无名路", {"highway": "track"}).name
    ('文三路', None)
    >>> [label_of(None, {"highway": kind, "ref": "19"}).name for kind in ("tertiary", "cycleway")]
    ['19 号公路', None]
    """
    is_bridge = tags.get("bridge", "no") != "no"
    bridge_name = tags.get("bridge:name") if is_bridge else None
    number, number_en = _number(tags, has_name=_called(tags.get("name:zh"), name) is not None)
    return Label(
        name=_called(bridge_name, tags.get("name:zh"), name, number),
        name_en=None if bridge_name else _called(tags.get("name:en"), number_en),
        kind="ferry" if tags.get("route") == "ferry" else street_class(tags) or "road",
        is_bridge=is_bridge,
        # A passage through a house is no tunnel to whoever walks through it.
        is_tunnel=tags.get("tunnel", "no") not in ("no", "building_passage"),
        is_roundabout=tags.get("junction") in ("roundabout", "circular"),
    )


_WITHOUT_NUMBER = frozenset({"footway", "pedestrian", "path", "cycleway", "bridleway", "steps", "corridor", "platform"})
"""What is written as ``ref`` there (a tour's number, a platform's) is on no sign of a street."""


def _number(tags: Mapping[str, str], *, has_name: bool) -> tuple[str | None, str | None]:
    """Return a road's number as a name, and in English where that is another and the road has no name."""
    number = _called(tags.get("ref"))
    if number is None or street_class(tags) in _WITHOUT_NUMBER:
        return None, None
    if not number.isdigit():
        return number, None
    return f"{number} 号公路", None if has_name else f"road {number}"


_NAMELESS = frozenset(
    {
        "无名路",
        "无名道路",
        "无名小路",
        "无名",
        "未命名",
        "未命名道路",
        "unnamed",
        "unnamed road",
        "noname",
        "no name",
        "n/a",
        "fixme",
        "todo",
    }
)
"""Written as a name where there is none."""


def _called(*names: str | None) -> str | None:
    """Return the first of several names that is one; of "A; B" the first."""
    for name in names:
        first = next((part.strip() for part in re.split("[;；]", name or "") if part.strip()), None)
        if first and first.casefold() not in _NAMELESS:
            return first
    return None


def spell_alike(names: Sequence[str], count: Sequence[int]) -> list[str]:
    """Return every name in its most frequent spelling: case, accents, spaces, dots and dashes make no other street.

    >>> spell_alike(["Rue du Lac", "rue du  Lac", "Rue-du-Lac", "文三路"], [5, 2, 1, 9])
    ['Rue du Lac', 'Rue du Lac', 'Rue du Lac', '文三路']
    >>> spell_alike(["Carrer de la Constitució", "Carrer de la Constitució", "Carrer de la Constitucio"], [3, 1, 1])[1:]
    ['Carrer de la Constitució', 'Carrer de la Constitució']
    """
    keys = [re.sub(r"[\u0300-\u036f\s.’'\-·・]+", "", unicodedata.normalize("NFKD", name).casefold()) for name in names]
    best: dict[str, tuple[int, str]] = {}
    for key, name, n in zip(keys, names, count, strict=True):
        if key not in best or n > best[key][0]:
            best[key] = (n, name)
    return [best[key][1] for key in keys]


@dataclass(frozen=True, eq=False)
class LabelList(Sequence[Label]):
    """Labels as flat arrays; each is decoded when it is asked for.

    Attributes
    ----------
    text : uint8 (n_byte,)
        Name, English name and kind of every label, one after the other, UTF-8.
    ptr : int64 (3 n_label + 1,)
        Where each of them begins; one without bytes is missing.
    flags : uint8 (n_label,)
        1 bridge, 2 tunnel, 4 roundabout.
    """

    text: NDArray[np.uint8]
    ptr: NDArray[np.int64]
    flags: NDArray[np.uint8]

    @classmethod
    def pack(cls, labels: Iterable[Label]) -> "LabelList":
        """Return the labels packed."""
        kept = list(labels)
        parts = [(part or "").encode() for label in kept for part in (label.name, label.name_en, label.kind)]
        flags = [label.is_bridge + 2 * label.is_tunnel + 4 * label.is_roundabout for label in kept]
        return cls(
            np.frombuffer(b"".join(parts), np.uint8),
            np.concatenate([[0], np.cumsum([len(part) for part in parts])]).astype(np.int64),
            np.array(flags, np.uint8),
        )

    def __len__(self) -> int:
        return int(self.flags.size)

    @overload
    def __getitem__(self, index: int) -> Label: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Label]: ...
    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        at = range(len(self))[index]
        low, english, kind_at, high = self.ptr[3 * at : 3 * at + 4].tolist()
        text = self.text[low:high].tobytes()
        name, name_en, kind = (
            text[: english - low].decode(), text[english - low : kind_at - low].decode(), text[kind_at - low :].decode()
        )  # fmt: skip
        flags = int(self.flags[at])
        return Label(name or None, name_en or None, kind, bool(flags & 1), bool(flags & 2), bool(flags & 4))
