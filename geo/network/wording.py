"""The words of directions, Chinese and English."""

from collections.abc import Sequence
from typing import Any

from geo.network.labels import Label

LANGUAGES = ("zh", "en")

COMPASS = {
    "zh": ("北", "东北", "东", "东南", "南", "西南", "西", "西北"),
    "en": ("north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west"),
}

_TURNS: dict[str, Sequence[tuple[float, str, str]]] = {
    # Upper bound of the absolute turning angle in degrees, and the words to the right and to the left.
    "zh": (
        (20, "直行", "直行"),
        (50, "靠右", "靠左"),
        (130, "右转", "左转"),
        (160, "向右后方转弯", "向左后方转弯"),
        (181, "掉头", "掉头"),
    ),
    "en": (
        (20, "Continue", "Continue"),
        (50, "Bear right", "Bear left"),
        (130, "Turn right", "Turn left"),
        (160, "Turn sharp right", "Turn sharp left"),
        (181, "Turn back", "Turn back"),
    ),
}

_VERBS = {
    "zh": {"walk": "步行", "ebike": "骑行", "ebike_25": "骑行", "coach": "行驶", "minibus": "行驶"},
    "en": {"walk": "Walk", "ebike": "Ride", "ebike_25": "Ride", "coach": "Drive", "minibus": "Drive"},
}

_KINDS = {
    "zh": {
        "footway": "人行道", "pedestrian": "步行街", "path": "小路", "track": "土路", "steps": "台阶",
        "cycleway": "自行车道", "bridleway": "小路", "service": "内部道路", "living_street": "小区路",
        "residential": "小街", "motorway": "高速公路", "motorway_link": "匝道", "trunk_link": "匝道",
        "primary_link": "匝道", "secondary_link": "匝道", "tertiary_link": "匝道", "corridor": "通道",
        "platform": "站台", "pier": "栈桥", "elevator": "电梯", "ferry": "轮渡",
    },
    "en": {
        "footway": "the footway", "pedestrian": "the pedestrian street", "path": "the path", "track": "the track",
        "steps": "the steps", "cycleway": "the cycleway", "bridleway": "the path", "service": "the service road",
        "living_street": "the living street", "residential": "the side street", "motorway": "the motorway",
        "motorway_link": "the ramp", "trunk_link": "the ramp", "primary_link": "the ramp", "secondary_link": "the ramp",
        "tertiary_link": "the ramp", "corridor": "the corridor", "platform": "the platform", "elevator": "the lift",
        "ferry": "the ferry", "pier": "the pier",
    },
}  # fmt: skip
_OTHER_KIND = {"zh": "无名路", "en": "the road"}
_METRES = {"zh": "米", "en": "m"}
_KILOMETRES = {"zh": "公里", "en": "km"}
_FERRY = {"zh": "轮渡", "en": "the ferry"}

_SENTENCES = {
    "zh": {
        "leg": "步行 {said}到路边",
        "start": "沿{street}向{compass}{verb} {said}",
        "turn": "{turn}进入{street}，{verb} {said}",
        "keep": "{turn}，继续沿{street}{verb} {said}",
        "steps": "{turn}走{street}，{verb} {said}",
        "bridge": "{turn}过桥（{street}），{verb} {said}",
        "bridge_unnamed": "{turn}过桥，{verb} {said}",
        "tunnel": "{turn}进入隧道（{street}），{verb} {said}",
        "tunnel_unnamed": "{turn}进入隧道，{verb} {said}",
        "ferry": "乘{street}，航程 {said}",
        "lift": "乘{street}",
        "back": "过到另一侧往回走，沿{street}{verb} {said}",
        "back_driven": "掉头到对侧，沿{street}{verb} {said}",
        "roundabout": "进入环岛，绕行 {said}",
        "round": "沿环岛边{verb} {said}",
        "exit": "进入环岛，从第 {exits} 个出口驶出",
        "leave": "驶出环岛，进入{street}，{verb} {said}",
        "leave_bridge": "驶出环岛后过桥（{street}），{verb} {said}",
        "leave_bridge_unnamed": "驶出环岛后过桥，{verb} {said}",
        "leave_tunnel": "驶出环岛后进入隧道（{street}），{verb} {said}",
        "leave_tunnel_unnamed": "驶出环岛后进入隧道，{verb} {said}",
        "arrive": "到达目的地",
        "arrive_left": "步行 {said}到达，目的地在左侧",
        "arrive_right": "步行 {said}到达，目的地在右侧",
    },
    "en": {
        "leg": "Walk {said} to the street",
        "start": "{verb} {compass} along {street} for {said}",
        "turn": "{turn} onto {street} for {said}",
        "keep": "{turn} to stay on {street} for {said}",
        "steps": "{turn} onto {street} for {said}",
        "bridge": "{turn} over the bridge ({street}) for {said}",
        "bridge_unnamed": "{turn} over the bridge for {said}",
        "tunnel": "{turn} into the tunnel ({street}) for {said}",
        "tunnel_unnamed": "{turn} into the tunnel for {said}",
        "ferry": "Take {street} for {said}",
        "lift": "Take {street}",
        "back": "Cross over and go back along {street} for {said}",
        "back_driven": "Turn round to the other side, along {street} for {said}",
        "roundabout": "Enter the roundabout, go round for {said}",
        "round": "{verb} round the roundabout for {said}",
        "exit": "Enter the roundabout and take exit {exits}",
        "leave": "Leave the roundabout onto {street}, {said}",
        "leave_bridge": "Leave the roundabout over the bridge ({street}) for {said}",
        "leave_bridge_unnamed": "Leave the roundabout over the bridge for {said}",
        "leave_tunnel": "Leave the roundabout into the tunnel ({street}) for {said}",
        "leave_tunnel_unnamed": "Leave the roundabout into the tunnel for {said}",
        "arrive": "Arrive",
        "arrive_left": "Walk {said} and arrive, on the left",
        "arrive_right": "Walk {said} and arrive, on the right",
    },
}


def sentence(kind: str, lang: str, **values: object) -> str:
    """Return one instruction.

    >>> sentence("turn", "zh", turn="左转", street="迎宾路", verb="骑行", said="230 米")
    '左转进入迎宾路，骑行 230 米'
    """
    return _SENTENCES[lang][kind].format(**values)


def vocabulary(lang: str) -> dict[str, Any]:
    """Return all words of a language, for phones that write their directions themselves (``device/steps.js``)."""
    return {
        "sentences": _SENTENCES[lang],
        "turns": [[bound, right, left] for bound, right, left in _TURNS[lang]],
        "compass": COMPASS[lang],
        "verbs": _VERBS[lang],
        "kinds": _KINDS[lang],
        "other_kind": _OTHER_KIND[lang],
        "ferry": _FERRY[lang],
        "metres": _METRES[lang],
        "kilometres": _KILOMETRES[lang],
    }


def verb(mode: str, lang: str) -> str:
    """Return what one does in a mode."""
    return _VERBS[lang][mode]


def street(label: Label, lang: str) -> str:
    """Return the name of a street, or its kind where it has none."""
    name = (label.name_en or label.name) if lang == "en" else label.name
    return name or _KINDS[lang].get(label.kind, _OTHER_KIND[lang])


def ferry(label: Label, lang: str) -> str:
    """Return the name of a ferry, or what it is."""
    name = (label.name_en or label.name) if lang == "en" else label.name
    return name or _FERRY[lang]


def turn(angle_deg: float, lang: str) -> str:
    """Return the word for a turn; right is positive.

    >>> [turn(angle, "zh") for angle in (5, -35, 90, -170)]
    ['直行', '靠左', '右转', '掉头']
    """
    _, right, left = next(words for words in _TURNS[lang] if abs(angle_deg) < words[0])
    return right if angle_deg >= 0 else left


def compass(heading_deg: float, lang: str) -> str:
    """Return the word for a heading, degrees clockwise from north."""
    return COMPASS[lang][round(heading_deg / 45.0) % 8]


def round_metres(distance_m: float) -> int:
    """Return metres as people say them: to 10 below 1 km, to 100 above, never 0.

    >>> [round_metres(x) for x in (3.0, 234.0, 1249.0)]
    [10, 230, 1200]
    """
    return max(10, int(round(distance_m, -1))) if distance_m < 1000 else int(round(distance_m, -2))


def distance(distance_m: float, lang: str) -> str:
    """Return a distance as people say it.

    >>> distance(234.0, "zh"), distance(1249.0, "zh"), distance(12_040.0, "en")
    ('230 米', '1.2 公里', '12 km')
    """
    metres = round_metres(distance_m)
    if metres < 1000:
        return f"{metres} {_METRES[lang]}"
    return f"{metres / 1000:.3g} {_KILOMETRES[lang]}"
