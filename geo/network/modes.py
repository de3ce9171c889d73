"""Which way a mode may use a street, and how fast: one documented table (``modes.toml``) read by one function."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from geo.errors import InputError

MODES = ("walk", "ebike", "coach")
"""Names of the modes, in the order of every per-mode array."""

WALK_SPEED_MPS = 1.2
"""Speed of the last metres between a point and its street, in every mode."""

KEPT_TAGS = frozenset(
    {
        *("highway", "access", "foot", "bicycle", "bus", "vehicle", "motor_vehicle", "motorroad", "junction"),
        *("oneway", "oneway:bicycle", "oneway:foot", "cycleway", "cycleway:left", "cycleway:right", "cycleway:both"),
        *("maxspeed", "route", "ferry_mps", "bridge", "tunnel", "layer", "footway", "service", "surface", "area"),
        *("barrier", "ref", "name", "name:zh", "name:en"),
    }
)
"""The tags the modes, the directions and the map read; loaders keep these and drop the rest."""


@dataclass(frozen=True)
class ModeRules:
    """The rules of one mode, as ``modes.toml`` states them. Speeds in km/h."""

    name: str
    speed_kph: float
    highway: Mapping[str, float]
    access_keys: tuple[str, ...]
    oneway_keys: tuple[str, ...]
    closed_if: Mapping[str, tuple[str, ...]]
    closed_barriers: frozenset[str]
    contraflow: frozenset[str]
    ferry_kph: float
    has_maxspeed: bool
    open_values: frozenset[str]
    closed_values: frozenset[str]
    dismount_values: frozenset[str]


@cache
def load_modes() -> dict[str, ModeRules]:
    """Return the rules of every mode, in the order of `MODES`."""
    table = tomllib.loads(files("geo.network").joinpath("modes.toml").read_text(encoding="utf-8"))
    access = table["access"]
    return {
        name: ModeRules(
            name=name,
            speed_kph=table[name]["speed_kph"],
            highway=table[name]["highway"],
            access_keys=tuple(table[name]["access_keys"]),
            oneway_keys=tuple(table[name]["oneway_keys"]),
            closed_if={key: tuple(values) for key, values in table[name]["closed_if"].items()},
            closed_barriers=frozenset(table[name]["closed_barriers"]),
            contraflow=frozenset(table[name].get("contraflow", ())),
            ferry_kph=table[name]["ferry_kph"],
            has_maxspeed=table[name].get("maxspeed", False),
            open_values=frozenset(access["open"]),
            closed_values=frozenset(access["closed"]),
            dismount_values=frozenset(access["dismount"]),
        )
        for name in MODES
    }


def check_mode(mode: str) -> str:
    """Return `mode`, or raise `InputError` with the modes there are."""
    if mode not in MODES:
        raise InputError("mode {mode} is not one of {modes}", mode=mode, modes=", ".join(MODES))
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
    speed_kph = _speed_by_class(tags, rules)
    for key in rules.access_keys:
        value = tags.get(key)
        if value is None:
            continue
        if value in rules.closed_values:
            return 0.0, 0.0
        if value in rules.dismount_values:
            return WALK_SPEED_MPS * 3.6, WALK_SPEED_MPS * 3.6
        if value in rules.open_values:
            # Only a tag about this mode opens a class that is closed to it: access=yes does not open a motorway.
            if speed_kph == 0.0 and key == rules.access_keys[0] and tags.get("highway") in _OPENABLE:
                speed_kph = min(rules.speed_kph, _SHARED_PATH_KPH)
            break
    if speed_kph == 0.0:
        return 0.0, 0.0
    if any(tags.get(key) in values for key, values in rules.closed_if.items()):
        return 0.0, 0.0
    if rules.has_maxspeed:
        speed_kph = min(speed_kph, _maxspeed_kph(tags.get("maxspeed")))
    direction = _oneway(tags, rules)
    return (speed_kph if direction >= 0 else 0.0), (speed_kph if direction <= 0 else 0.0)


def node_is_open(tags: Mapping[str, str] | None, rules: ModeRules) -> bool:
    """Tell whether the mode passes a node that carries `tags` (a gate, a bollard, a stile)."""
    if not tags:
        return True
    for key in rules.access_keys:
        value = tags.get(key)
        if value in rules.closed_values:
            return False
        if value in rules.open_values or value in rules.dismount_values:
            return True
    return tags.get("barrier") not in rules.closed_barriers


# A cycle sign on a footway or a pedestrian street opens it to bicycles at a pace people can live with.
_OPENABLE = frozenset(("footway", "pedestrian", "path", "track", "bridleway", "service", "cycleway", "busway"))
_SHARED_PATH_KPH = 10.0


def _speed_by_class(tags: Mapping[str, str], rules: ModeRules) -> float:
    if tags.get("route") == "ferry":
        derived_mps = tags.get("ferry_mps")
        return float(derived_mps) * 3.6 if derived_mps else rules.ferry_kph
    # A mapped area is an outline, not a way along it, except where people walk.
    if tags.get("area") == "yes" and rules.name != "walk":
        return 0.0
    return rules.highway.get(tags.get("highway", ""), 0.0)


def _maxspeed_kph(value: str | None) -> float:
    if value is None:
        return float("inf")
    number, _, unit = value.partition(" ")
    if not number.replace(".", "", 1).isdigit() or float(number) == 0:
        return float("inf")
    return float(number) * (1.609344 if unit == "mph" else 1.0)


def _oneway(tags: Mapping[str, str], rules: ModeRules) -> int:
    """Return 1 (along the way only), -1 (against it only) or 0 (both)."""
    for key in rules.oneway_keys:
        value = tags.get(key)
        if value in ("yes", "1", "true"):
            if key == "oneway" and any(
                tags.get(lane) in rules.contraflow
                for lane in ("cycleway", "cycleway:left", "cycleway:right", "cycleway:both")
            ):
                return 0
            return 1
        if value in ("-1", "reverse"):
            return -1
        if value == "no":
            return 0
    implies_oneway = "oneway" in rules.oneway_keys and (
        tags.get("junction") in ("roundabout", "circular") or tags.get("highway") == "motorway"
    )
    return 1 if implies_oneway else 0
