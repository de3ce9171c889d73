"""Which way a mode may use a street, and how fast: one documented table (``modes.toml``) read by one function."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

from geo.errors import InputError

MODES = ("walk", "ebike", "coach")
"""The modes people choose from."""

WHAT_IF_MODES = ("ebike_25",)
"""Modes that answer "what if"; never a default, and labelled where they show."""

VARIANTS = ("minibus",)
"""Smaller vehicles for the same purpose as a mode that people choose."""

ALL_MODES = (*MODES, *WHAT_IF_MODES, *VARIANTS)
"""Every mode a network has costs for."""

WALK_SPEED_MPS = 1.2
"""Speed of the last metres between a point and its street, in every mode."""

_BY_DIRECTION = ("foot", "bicycle", "electric_bicycle", "tourist_bus", "coach", "motor_vehicle", "vehicle", "access")
"""Access tags that may speak of one direction, as in ``motor_vehicle:backward=no``."""

KEPT_TAGS = frozenset(
    {
        *("highway", "access", "foot", "bicycle", "coach", "tourist_bus", "vehicle", "motor_vehicle", "motorroad"),
        *("oneway", "oneway:bicycle", "oneway:foot", "cycleway", "cycleway:left", "cycleway:right", "cycleway:both"),
        *("junction", "maxspeed", "route", "ferry_mps", "bridge", "bridge:name", "tunnel", "layer", "footway"),
        *("service", "surface", "area", "barrier", "ref", "name", "name:zh", "name:en", "electric_bicycle"),
        *(
            "indoor",
            "level",
            "covered",
            "electric_bicycle",
            "locked",
            "conveying",
            "railway",
            "public_transport",
            "man_made",
        ),
        *(f"{tag}:{way}" for tag in _BY_DIRECTION for way in ("forward", "backward")),
        *(f"cycleway{side}:oneway" for side in ("", ":left", ":right", ":both")),
        *("maxheight", "maxwidth", "maxlength", "maxweight", "maxheight:physical", "maxwidth:physical"),
    }
)
"""The tags the modes, the directions and the map read; loaders keep these and drop the rest."""


@dataclass(frozen=True)
class ModeRules:
    """The rules of one mode, as ``modes.toml`` states them. Speeds in km/h."""

    name: str
    speed_kph: float
    highway: Mapping[str, float]
    own_tags: tuple[str, ...]
    general_tags: tuple[str, ...]
    oneway_tags: tuple[str, ...]
    closed_if: Mapping[str, tuple[str, ...]]
    restricted_if: Mapping[str, tuple[str, ...]]
    closed_barriers: frozenset[str]
    contraflow: frozenset[str]
    ferry_kph: float
    ferry_needs_tag: bool
    has_maxspeed: bool
    reads_conveying: bool
    no_stop: frozenset[str]
    turn_tags: tuple[str, ...]
    turn_exceptions: frozenset[str]
    size: Mapping[str, float]
    open_values: frozenset[str]
    restricted_values: frozenset[str]
    closed_values: frozenset[str]
    dismount_values: frozenset[str]
    openable: frozenset[str]
    openable_kph: float


@cache
def load_modes() -> dict[str, ModeRules]:
    """Return the rules of every mode, in the order of `ALL_MODES`."""
    table = tomllib.loads(_rules_file().decode())
    return {name: _rules(name, table) for name in ALL_MODES}


@cache
def rules_digest() -> str:
    """Return eight characters that change whenever the rules do: costs are of use with their own rules only."""
    return sha256(_rules_file()).hexdigest()[:8]


def check_mode(mode: str) -> str:
    """Return `mode`, or raise `InputError` with the modes there are."""
    if mode not in ALL_MODES:
        raise InputError("mode {mode} is not one of {modes}", mode=mode, modes=", ".join(ALL_MODES))
    return mode


def edge_speeds(tags: Mapping[str, str], rules: ModeRules) -> tuple[float, float]:
    """Return the speed along a way and against it.

    Parameters
    ----------
    tags : mapping
        OSM tags of the way.
    rules : ModeRules
        The mode.

    Returns
    -------
    (forward_kph, backward_kph) : tuple of float
        0.0 where the mode may not go.

    Examples
    --------
    >>> rules = load_modes()
    >>> edge_speeds({"highway": "primary", "oneway": "yes"}, rules["ebike"])
    (15.0, 0.0)
    >>> edge_speeds({"highway": "primary", "oneway": "yes"}, rules["walk"])
    (4.32, 4.32)
    >>> edge_speeds({"highway": "motorway"}, rules["walk"])
    (0.0, 0.0)
    """
    if _is_too_small(tags, rules):
        return 0.0, 0.0
    tag, verdict = _verdict(tags, rules)
    is_along, is_against = _directions(tags, rules)
    along, against = (
        _one_way(tags, rules, way, tag, verdict, is_open)
        for way, is_open in (("forward", is_along), ("backward", is_against))
    )
    return along, against


def can_stop(tags: Mapping[str, str], rules: ModeRules) -> bool:
    """Tell whether a person gets on or off anywhere along a way: not on a motorway."""
    return tags.get("highway") not in rules.no_stop and not (rules.no_stop and tags.get("motorroad") == "yes")


def _one_way(
    tags: Mapping[str, str], rules: ModeRules, way: str, tag: str | None, verdict: str | None, is_open: bool
) -> float:
    """Return the speed in one direction; ``bicycle:backward`` and its kin speak of that direction alone.

    An own tag opens a direction against a one-way street; a general one (``motor_vehicle:backward``) only closes.
    """
    for each in (*rules.own_tags, *rules.general_tags):
        said = _meaning(tags.get(f"{each}:{way}"), rules)
        is_own = each in rules.own_tags
        if said is not None and (is_own or said == "closed"):
            tag, verdict, is_open = each, said, is_open or is_own
            break
        if each == tag:
            break
    if verdict == "closed":
        return 0.0
    speed_kph = _speed_by_class(tags, rules)
    may_open = tags.get("highway") in rules.openable
    # Who pushes a bicycle walks, and walks against a one-way street too.
    if verdict == "dismount" and (speed_kph > 0.0 or may_open):
        return WALK_SPEED_MPS * 3.6
    if not is_open:
        return 0.0
    is_opened = verdict == "open" and tag in rules.own_tags
    if not is_opened and any(tags.get(key) in values for key, values in rules.closed_if.items()):
        return 0.0
    if tags.get("route") == "ferry" and rules.ferry_needs_tag and verdict != "open":
        return 0.0
    if speed_kph == 0.0 and is_opened and may_open:
        speed_kph = min(rules.speed_kph, rules.openable_kph)
    return min(speed_kph, _maxspeed_kph(tags.get("maxspeed"))) if rules.has_maxspeed else speed_kph


def is_restricted(tags: Mapping[str, str], rules: ModeRules) -> bool:
    """Tell whether the mode may use a way or pass a node to get there and away only, not to pass through.

    >>> rules = load_modes()
    >>> is_restricted({"highway": "service", "access": "customers"}, rules["coach"])
    True
    >>> is_restricted({"highway": "service", "access": "customers", "foot": "yes"}, rules["walk"])
    False
    >>> is_restricted({"highway": "service", "service": "driveway"}, rules["coach"])
    True
    """
    tag, verdict = _verdict(tags, rules)
    if any(tags.get(key) in values for key, values in rules.restricted_if.items()) and tag not in rules.own_tags:
        return True
    opened = {each for each in _listed(tags.get(tag or "")) if _meaning_of_one(each, rules) == "open"}
    return verdict == "open" and opened <= rules.restricted_values


def node_is_open(tags: Mapping[str, str] | None, rules: ModeRules) -> bool:
    """Tell whether the mode passes a node that carries `tags` (a gate, a bollard, a stile)."""
    if not tags:
        return True
    tag, verdict = _verdict(tags, rules)
    if _is_too_small(tags, rules):
        return False
    if tags.get("locked") == "yes" and not (verdict == "open" and tag in rules.own_tags):
        return False
    if verdict:
        return verdict != "closed"
    # A height restrictor that says how high it is lets pass who is lower.
    is_measured = any(limit in tags for limit in rules.size) and tags.get("barrier") == "height_restrictor"
    return is_measured or tags.get("barrier") not in rules.closed_barriers


def _rules_file() -> bytes:
    return files("geo.network").joinpath("modes.toml").read_bytes()


def _rules(name: str, table: Mapping[str, Any]) -> ModeRules:
    own = table[name]
    if "like" in own:
        base = table[own["like"]]
        # The classes that have the mode's full speed get the new one; shared paths stay what they are.
        faster = {k: own["speed_kph"] if v == base["speed_kph"] else v for k, v in base["highway"].items()}
        own = base | own | {"highway": faster}
    access = table["access"]
    return ModeRules(
        name=name,
        speed_kph=own["speed_kph"],
        highway=own["highway"],
        own_tags=tuple(own["own_tags"]),
        general_tags=tuple(own["general_tags"]),
        oneway_tags=tuple(own["oneway_tags"]),
        closed_if={key: tuple(values) for key, values in own["closed_if"].items()},
        restricted_if={key: tuple(values) for key, values in own.get("restricted_if", {}).items()},
        closed_barriers=frozenset(own["closed_barriers"]),
        contraflow=frozenset(own.get("contraflow", ())),
        ferry_kph=own["ferry_kph"],
        ferry_needs_tag=own.get("ferry_needs_tag", False),
        has_maxspeed=own.get("maxspeed", False),
        reads_conveying=own.get("reads_conveying", False),
        no_stop=frozenset(own.get("no_stop", ())),
        turn_tags=tuple(own.get("turn_tags", ())),
        turn_exceptions=frozenset(own.get("turn_exceptions", ())),
        size=own.get("size", {}),
        open_values=frozenset(access["open"]) | frozenset(access["restricted"]),
        restricted_values=frozenset(access["restricted"]),
        closed_values=frozenset(access["closed"]) | frozenset(own.get("closed_values", ())),
        dismount_values=frozenset(access["dismount"]),
        openable=frozenset(access["openable"]),
        openable_kph=access["openable_kph"],
    )


def _verdict(tags: Mapping[str, str], rules: ModeRules) -> tuple[str | None, str | None]:
    """Return the first access tag that decides, and what it says: open, closed or dismount; (None, None) if none."""
    for tag in (*rules.own_tags, *rules.general_tags):
        said = _meaning(tags.get(tag), rules)
        if said is not None:
            return tag, said
    return None, None


def _meaning(value: str | None, rules: ModeRules) -> str | None:
    """Return what a value of an access tag says: open, closed or dismount; None if it says nothing.

    Of several (``private;customers``) the one that lets in most: each names people who may go there.
    """
    said = {_meaning_of_one(each, rules) for each in _listed(value)}
    return next((each for each in ("open", "dismount", "closed") if each in said), None)


def _listed(value: str | None) -> list[str]:
    return [each.strip() for each in (value or "").split(";")]


def _meaning_of_one(value: str, rules: ModeRules) -> str | None:
    if value in rules.closed_values:
        return "closed"
    if value in rules.dismount_values:
        return "dismount"
    return "open" if value in rules.open_values else None


def _is_too_small(tags: Mapping[str, str], rules: ModeRules) -> bool:
    """Tell whether a way or a barrier is lower, narrower, shorter or weaker than the vehicle."""
    return any(
        _size(tags.get(key)) < least
        for limit, least in rules.size.items()
        for key in (limit, f"{limit}:physical")
    )  # fmt: skip


_SIZE = re.compile(r"(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>m|t|cm|kg|ft|lbs|st)?")
_FEET = re.compile(r"(?P<feet>\d+)'\s*(?:(?P<inches>\d+(?:\.\d+)?)(?:\"|''))?")
_UNITS = {"cm": 0.01, "kg": 0.001, "ft": 0.3048, "lbs": 0.000453592, "st": 0.907185}


def _size(value: str | None) -> float:
    """Return metres or tonnes of a limit, infinite if there is none (``default``, ``none``, a spelling mistake).

    >>> [round(_size(text), 2) for text in ("3.5", "3,5 m", "7.5 t", "11'6\\"", "none", None)]
    [3.5, 3.5, 7.5, 3.51, inf, inf]
    """
    text = (value or "").strip().replace(",", ".")
    if feet := _FEET.fullmatch(text):
        return int(feet["feet"]) * 0.3048 + float(feet["inches"] or 0) * 0.0254
    if found := _SIZE.fullmatch(text):
        return float(found["number"]) * _UNITS.get(found["unit"] or "", 1.0)
    return float("inf")


def _speed_by_class(tags: Mapping[str, str], rules: ModeRules) -> float:
    if tags.get("route") == "ferry":
        derived_mps = tags.get("ferry_mps")
        return float(derived_mps) * 3.6 if derived_mps else rules.ferry_kph
    # A mapped area is an outline, not a way along it, except where people walk.
    if tags.get("area") == "yes" and rules.name != "walk":
        return 0.0
    return rules.highway.get(street_class(tags), 0.0)


def street_class(tags: Mapping[str, str]) -> str:
    """Return the class by which a way is looked up: its ``highway``, or what it is where it has none."""
    if "highway" in tags:
        return tags["highway"]
    if "platform" in (tags.get("railway"), tags.get("public_transport")):
        return "platform"
    if tags.get("man_made") == "pier":
        return "pier"
    return "corridor" if tags.get("indoor") == "corridor" else ""


def is_off_the_ground(tags: Mapping[str, str]) -> bool:
    """Tell whether a way lies on another floor of a house, or under the ground: nobody steps onto it from outside.

    >>> is_off_the_ground({"highway": "corridor", "level": "2"}), is_off_the_ground({"highway": "corridor"})
    (True, False)
    >>> [is_off_the_ground({"highway": "footway", "level": level}) for level in ("-2", "-1;0;1", "-1-1", "1")]
    [True, False, False, False]
    """
    spans = [_LEVEL.fullmatch(each.strip()) for each in tags.get("level", "").split(";")]
    levels = [(float(span["low"]), float(span["high"] or span["low"])) for span in spans if span]
    if not levels or any(low < 1.0 and high > -1.0 for low, high in levels):
        return False
    is_inside = tags.get("indoor", "no") != "no" or street_class(tags) in ("corridor", "elevator")
    return is_inside or all(high < 0.0 for _, high in levels)


_LEVEL = re.compile(r"(?P<low>-?\d+(?:\.\d+)?)(?:-(?P<high>-?\d+(?:\.\d+)?))?")


def _maxspeed_kph(value: str | None) -> float:
    if value is None:
        return float("inf")
    number, _, unit = value.partition(" ")
    if not number.replace(".", "", 1).isdigit() or float(number) == 0:
        return float("inf")
    return float(number) * (1.609344 if unit == "mph" else 1.0)


def _directions(tags: Mapping[str, str], rules: ModeRules) -> tuple[bool, bool]:
    """Return whether the mode may go along the way and against it."""
    if rules.reads_conveying and tags.get("conveying", "no") != "no":
        if tags["conveying"] == "reversible":
            return False, False  # as of oneway=reversible below
        is_back = tags["conveying"] == "backward" or tags.get("oneway") in ("-1", "reverse")
        if is_back or tags["conveying"] == "forward" or tags.get("oneway") in ("yes", "1", "true"):
            return not is_back, is_back
    for tag in rules.oneway_tags:
        value = tags.get(tag)
        if value == "no":
            return True, True
        if value == "reversible":
            # The direction changes with the hour and the map does not say when: no way to count on.
            return False, False
        is_along, is_against = value in ("yes", "1", "true"), value in ("-1", "reverse")
        if is_along or is_against:
            is_both = tag == "oneway" and _has_contraflow(tags, rules)
            return is_along or is_both, is_against or is_both
    implies_oneway = "oneway" in rules.oneway_tags and (
        tags.get("junction") in ("roundabout", "circular") or tags.get("highway") == "motorway"
    )
    return True, not implies_oneway


def _has_contraflow(tags: Mapping[str, str], rules: ModeRules) -> bool:
    if not rules.contraflow:
        return False
    for lane in ("cycleway", "cycleway:left", "cycleway:right", "cycleway:both"):
        value = tags.get(lane)
        if value in rules.contraflow:
            return True
        # A cycle lane of its own direction beside a one-way street.
        has_lane = value is not None and value not in ("no", "none", "separate")
        if has_lane and tags.get(f"{lane}:oneway") in ("no", "-1"):
            return True
    return False
