"""Steps a person can follow, in Chinese and English, from names, kinds and turning angles."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from geo.network.graph import Label
from geo.network.routes import Piece, Route, piece_coordinates

if TYPE_CHECKING:
    from geo.network.graph import StreetNetwork

LANGUAGES = ("zh", "en")


@dataclass(frozen=True)
class Step:
    """One instruction: its sentence, and the metres and seconds until the next."""

    text: str
    distance_m: float
    duration_s: float


@dataclass
class _Stretch:
    """Consecutive pieces on the same street."""

    label: Label
    turn_deg: float
    heading_deg: float
    distance_m: float = 0.0
    duration_s: float = 0.0


_COMPASS = {
    "zh": ("北", "东北", "东", "东南", "南", "西南", "西", "西北"),
    "en": ("north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west"),
}
# Upper bound of the absolute turning angle, degrees, and the words to the right and left of straight on.
_TURNS: dict[str, Sequence[tuple[float, str, str]]] = {
    "zh": (
        (20, "直行", "直行"),
        (50, "靠右", "靠左"),
        (130, "右转", "左转"),
        (160, "向右后方转", "向左后方转"),
        (181, "掉头", "掉头"),
    ),
    "en": (
        (20, "Continue", "Continue"),
        (50, "Bear right", "Bear left"),
        (130, "Turn right", "Turn left"),
        (160, "Turn sharp right", "Turn sharp left"),
        (181, "Turn back", "Turn back"),
    ),
}  # fmt: skip
_VERB = {
    "zh": {"walk": "步行", "ebike": "骑行", "coach": "行驶"},
    "en": {"walk": "Walk", "ebike": "Ride", "coach": "Drive"},
}
_KIND = {
    "zh": {
        "footway": "人行道", "pedestrian": "步行街", "path": "小路", "track": "土路", "steps": "台阶",
        "cycleway": "自行车道",
        "bridleway": "小路", "service": "内部道路", "living_street": "小区路", "residential": "小街",
        "motorway": "高速公路",
        "motorway_link": "匝道", "trunk_link": "匝道", "primary_link": "匝道", "secondary_link": "匝道",
        "tertiary_link": "匝道", "corridor": "通道", "platform": "站台", "elevator": "电梯", "ferry": "轮渡",
    },
    "en": {
        "footway": "the footway", "pedestrian": "the pedestrian street", "path": "the path", "track": "the track",
        "steps": "the steps", "cycleway": "the cycleway", "bridleway": "the path", "service": "the service road",
        "living_street": "the living street", "residential": "the side street", "motorway": "the motorway",
        "motorway_link": "the ramp", "trunk_link": "the ramp", "primary_link": "the ramp", "secondary_link": "the ramp",
        "tertiary_link": "the ramp", "corridor": "the corridor", "platform": "the platform", "elevator": "the lift",
        "ferry": "the ferry",
    },
}  # fmt: skip
_OTHER_KIND = {"zh": "道路", "en": "the road"}


def describe_route(network: "StreetNetwork", route: Route, *, lang: str = "zh") -> list[Step]:
    """Return the steps of a route.

    Parameters
    ----------
    network : StreetNetwork
    route : Route
    lang : {"zh", "en"}

    Returns
    -------
    list of Step
        The last one is the arrival. Metres and seconds of the steps leave out the straight legs at both ends.
    """
    stretches = _stretches(network, route)
    steps = [_step(stretch, route.mode, lang, is_first=i == 0) for i, stretch in enumerate(stretches)]
    steps.append(Step("到达" if lang == "zh" else "Arrive", 0.0, 0.0))
    return steps


def _stretches(network: "StreetNetwork", route: Route) -> list[_Stretch]:
    found: list[_Stretch] = []
    last_heading: float | None = None
    for piece in route.pieces:
        label = network.labels[int(network.edge_label[piece.edge])]
        line = piece_coordinates(network, piece)
        heading = _heading(line[0], line[1])
        turn = 0.0 if last_heading is None else (heading - last_heading + 180.0) % 360.0 - 180.0
        if not found or not _is_same_street(found[-1].label, label, turn):
            found.append(_Stretch(label, turn, heading))
        part = abs(piece.end - piece.start)
        found[-1].distance_m += part * float(network.edge_length[piece.edge])
        found[-1].duration_s += part * _arc_seconds(network, route.mode, piece)
        last_heading = _heading(line[-2], line[-1])
    return found


def _arc_seconds(network: "StreetNetwork", mode: str, piece: Piece) -> float:
    return float(network.cost[mode][2 * piece.edge + (0 if piece.end >= piece.start else 1)]) / 10.0


def _heading(start: NDArray[np.float64], end: NDArray[np.float64]) -> float:
    """Return degrees clockwise from north."""
    east = (end[0] - start[0]) * np.cos(np.radians(start[1]))
    return float(np.degrees(np.arctan2(east, end[1] - start[1])) % 360.0)


def _is_same_street(before: Label, after: Label, turn_deg: float) -> bool:
    if before.is_roundabout or after.is_roundabout:
        return before.is_roundabout and after.is_roundabout
    if (before.kind == "ferry") != (after.kind == "ferry") or (before.is_bridge != after.is_bridge and after.is_bridge):
        return False
    if before.name or after.name:
        return before.name == after.name and abs(turn_deg) < 130.0
    return before.kind == after.kind and abs(turn_deg) < 50.0


def _street(label: Label, lang: str) -> str:
    name = (label.name_en or label.name) if lang == "en" else label.name
    if name:
        return name
    return _KIND[lang].get(label.kind, _OTHER_KIND[lang])


def round_metres(distance_m: float) -> int:
    """Return metres as people say them: to 10 below 1 km, to 100 above, never 0.

    >>> [round_metres(x) for x in (3.0, 234.0, 1249.0)]
    [10, 230, 1200]
    """
    return max(10, int(round(distance_m, -1))) if distance_m < 1000 else int(round(distance_m, -2))


def _step(stretch: _Stretch, mode: str, lang: str, *, is_first: bool) -> Step:
    street = _street(stretch.label, lang)
    metres = round_metres(stretch.distance_m)
    compass = _COMPASS[lang][round(stretch.heading_deg / 45.0) % 8]
    turn = next(
        (right if stretch.turn_deg >= 0 else left)
        for bound, right, left in _TURNS[lang]
        if abs(stretch.turn_deg) < bound
    )
    verb = _VERB[lang][mode]
    label = stretch.label
    if lang == "zh":
        if label.kind == "ferry":
            text = f"乘{label.name or '轮渡'}，{metres} 米"
        elif label.is_roundabout:
            text = f"进入环岛，绕行 {metres} 米"
        elif is_first:
            text = f"沿{street}向{compass}{verb} {metres} 米"
        elif label.is_bridge:
            text = f"{turn}过桥（{street}），{verb} {metres} 米"
        else:
            text = f"{turn}进入{street}，{verb} {metres} 米"
    elif label.kind == "ferry":
        text = f"Take {label.name_en or label.name or 'the ferry'}, {metres} m"
    elif label.is_roundabout:
        text = f"Enter the roundabout and go round for {metres} m"
    elif is_first:
        text = f"{verb} {compass} along {street} for {metres} m"
    elif label.is_bridge:
        text = f"{turn} over the bridge ({street}) for {metres} m"
    else:
        text = f"{turn} onto {street} for {metres} m"
    return Step(text, round(stretch.distance_m, 1), round(stretch.duration_s, 1))
