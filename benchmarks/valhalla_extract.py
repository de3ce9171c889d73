"""Copies of an extract with one thing changed, so that two engines can be asked the same question."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import osmium
from osmium.osm.mutable import Way

from geo.network.modes import edge_speeds, is_restricted, load_modes, street_class
from loaders.plazas import SQUARE_CLASSES

ACCESS_KEYS = ("access", "foot", "bicycle", "vehicle")


@dataclass(frozen=True)
class Edit:
    """What a copy changes.

    Attributes
    ----------
    ends_cut_streets : bool
        A way of which the extract holds only some nodes is cut into the runs it holds. (Valhalla drops such a way, this
        program keeps the runs.)
    drops_squares : bool
        Streets and platforms drawn as areas are left out. (Valhalla leaves them out, this program walks across them.)
    levels_passages : bool
        A passage through a house is no tunnel any more. (Valhalla counts it as one, and no point joins a tunnel.)
    opens_private : bool
        ``private`` becomes ``yes`` in access tags of ways and gates. (Valhalla lets walkers through, this program and
        OpenStreetMap's documentation do not.)
    drops_closed_to : str or None
        Ways that this program's table closes to a mode are left out. (Valhalla pushes a bicycle along footways and up
        stairs.)
    frees_walkers : bool
        ``oneway`` is dropped: it binds vehicles. (On a pedestrian street it binds Valhalla's walkers too.)
    names_platforms : bool
        Platforms and piers of no ``highway`` become footways. (Valhalla walks on ``highway=platform`` alone.)
    drops_restricted_to : str or None
        Ways and gates that a mode may use to get there and away only are left out or closed. (Valhalla's shortest ways
        pass through them.)
    """

    ends_cut_streets: bool = False
    drops_squares: bool = False
    levels_passages: bool = False
    opens_private: bool = False
    drops_closed_to: str | None = None
    frees_walkers: bool = False
    names_platforms: bool = False
    drops_restricted_to: str | None = None


def copy_extract(source: Path, target: Path, edit: Edit) -> None:
    """Write a copy of an extract with an edit made."""
    cut_off: list[tuple[list[int], dict[str, str]]] = []
    last_way = 0
    target.unlink(missing_ok=True)
    with osmium.SimpleWriter(str(target)) as writer:
        for item in osmium.FileProcessor(str(source)).with_locations():
            if isinstance(item, osmium.osm.Node):
                writer.add_node(item.replace(tags=_tags(item, edit)))
                continue
            if edit.drops_squares and _is_square(item):
                continue
            if isinstance(item, osmium.osm.Way):
                if _is_dropped(item, edit):
                    continue
                last_way = max(last_way, item.id)
                runs = _held_runs(item) if edit.ends_cut_streets else [[node.ref for node in item.nodes]]
                if runs:
                    writer.add_way(item.replace(nodes=runs[0], tags=_tags(item, edit)))
                cut_off += [(run, _tags(item, edit)) for run in runs[1:]]
                continue
            # Ways stand before relations in a file: here go the further runs, numbered after all others.
            for nodes, tags in cut_off:
                last_way += 1
                writer.add_way(Way(id=last_way, version=1, nodes=nodes, tags=tags))
            cut_off = []
            writer.add_relation(item)
        for nodes, tags in cut_off:
            last_way += 1
            writer.add_way(Way(id=last_way, version=1, nodes=nodes, tags=tags))


def _tags(item: Any, edit: Edit) -> dict[str, str]:
    tags = {tag.k: tag.v for tag in item.tags}
    if edit.levels_passages and tags.get("tunnel") == "building_passage":
        del tags["tunnel"]
    if edit.opens_private:
        tags |= {key: "yes" for key in ACCESS_KEYS if tags.get(key) == "private"}
    if edit.frees_walkers:
        tags.pop("oneway", None)
    if edit.names_platforms and item.is_way() and street_class(tags) in ("platform", "pier"):
        tags["highway"] = "footway"
    is_gate = item.is_node() and edit.drops_restricted_to is not None
    if is_gate and is_restricted(tags, load_modes()[edit.drops_restricted_to or ""]):
        tags |= {key: "no" for key in ACCESS_KEYS if key in tags} | {"access": "no"}
    return tags


def _is_square(item: Any) -> bool:
    tags = {tag.k: tag.v for tag in item.tags}
    is_area = tags.get("area") == "yes" or tags.get("type") == "multipolygon"
    return is_area and ("highway" in tags or street_class(tags) in SQUARE_CLASSES)


def _is_dropped(item: Any, edit: Edit) -> bool:
    tags, rules = {tag.k: tag.v for tag in item.tags}, load_modes()
    if edit.drops_closed_to and sum(edge_speeds(tags, rules[edit.drops_closed_to])) == 0.0:
        return True
    return edit.drops_restricted_to is not None and is_restricted(tags, rules[edit.drops_restricted_to])


def _held_runs(item: Any) -> list[list[int]]:
    """Return the node ids of each run of at least two nodes that the extract holds."""
    runs: list[list[int]] = [[]]
    for node in item.nodes:
        if node.location.valid():
            runs[-1].append(node.ref)
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if len(run) > 1]
