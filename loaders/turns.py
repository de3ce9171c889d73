"""Parse turn restrictions of an OpenStreetMap extract."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import osmium
import pandas as pd

from geo.network.modes import ModeRules, load_modes
from geo.network.turns import TURNS, Turn, write_turns
from loaders.osm import clean_tags

_HOURS = ("day_on", "day_off", "hour_on", "hour_off")
"""Old tags of restrictions that hold by the hour."""

_KINDS = frozenset(
    {
        *(f"{word}_{way}_turn" for word in ("no", "only") for way in ("left", "right", "u")),
        *("no_straight_on", "only_straight_on", "no_entry", "no_exit"),
    }
)


@dataclass
class FoundTurns:
    """The restrictions of a file that a mode obeys, and how many hold at some hours only and are left out."""

    turns: list[tuple[Turn, int | None]] = field(default_factory=list)
    """Each with the node it is at, where it leads over no way."""
    n_conditional: int = 0


def find_turns(path: Path) -> FoundTurns:
    """Read the turn restrictions of a file; see ``turn_tags`` in ``geo/network/modes.toml``."""
    rules = load_modes()["coach"]
    found = FoundTurns()
    for item in osmium.FileProcessor(str(path), osmium.osm.RELATION):
        if not isinstance(item, osmium.osm.Relation) or item.tags.get("type") not in rules.turn_tags:
            continue
        tags = clean_tags(item.tags)
        kind, is_conditional = kind_of(tags, rules)
        found.n_conditional += is_conditional
        if kind is None:
            continue
        ways: dict[str, list[int]] = {"from": [], "via": [], "to": []}
        at = None
        for member in item.members:
            if member.type == "w" and member.role in ways:
                ways[member.role].append(member.ref)
            elif member.type == "n" and member.role == "via":
                at = member.ref
        if ways["from"] and ways["to"] and (at is None) != (not ways["via"]):
            found.turns.append((Turn(kind, *(tuple(group) for group in ways.values())), at))
    return found


def kind_of(tags: Mapping[str, str], rules: ModeRules) -> tuple[str | None, bool]:
    """Return the kind of a restriction for a mode, None if it holds not or not always; and whether it is by the hour.

    >>> coach = load_modes()["coach"]
    >>> kind_of({"type": "restriction", "restriction": "no_left_turn", "except": "bus;bicycle"}, coach)
    (None, False)
    >>> kind_of({"type": "restriction", "restriction:conditional": "no_left_turn @ (07:00-09:00)"}, coach)
    (None, True)
    """
    if rules.turn_exceptions & {each.strip() for each in tags.get("except", "").replace(",", ";").split(";")}:
        return None, False
    if any(f"{key}:conditional" in tags for key in rules.turn_tags) or any(key in tags for key in _HOURS):
        kind = None if any(key in tags for key in _HOURS) else _said(tags, rules)
        return kind, True
    return _said(tags, rules), False


def _said(tags: Mapping[str, str], rules: ModeRules) -> str | None:
    for key in rules.turn_tags:
        if key in tags:
            # The tag of the narrower class decides, also where it says that nothing is forbidden.
            return tags[key] if tags[key] in _KINDS else None
    return None


def keep_turns(nodes: pd.DataFrame, edges: pd.DataFrame, found: FoundTurns) -> tuple[pd.DataFrame, int]:
    """Return the nodes with the restrictions that begin there, and how many are at no node of the streets.

    Parameters
    ----------
    nodes : DataFrame
        ``node_id``, ``tags``.
    edges : DataFrame
        ``way_id``, ``u``, ``v``.
    found : FoundTurns
    """
    wanted = {way for turn, _ in found.turns for way in (*turn.from_ways, *turn.via_ways, *turn.to_ways)}
    of_way: dict[int, set[int]] = {}
    near = edges[edges["way_id"].isin(wanted)]
    for way, u, v in zip(near["way_id"].tolist(), near["u"].tolist(), near["v"].tolist(), strict=True):
        of_way.setdefault(way, set()).update((u, v))
    at_node: dict[int, list[Turn]] = {}
    n_lost = 0
    for turn, via in found.turns:
        ends = set().union(*(of_way.get(way, set()) for way in turn.from_ways))
        ends &= {via} if via is not None else of_way.get(turn.via_ways[0], set())
        is_whole = all(way in of_way for way in turn.via_ways) and any(way in of_way for way in turn.to_ways)
        n_lost += not (ends and is_whole)
        for node in sorted(ends) if is_whole else ():
            at_node.setdefault(node, []).append(turn)
    tags = [
        (each or {}) | {TURNS: write_turns(at_node[node])} if node in at_node else each
        for node, each in zip(nodes["node_id"].tolist(), nodes["tags"], strict=True)
    ]
    return nodes.assign(tags=pd.Series(tags, index=nodes.index, dtype=object)), n_lost
