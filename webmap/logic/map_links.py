"""Links that open a station in Amap, Baidu or Tencent Maps; none contains the person's position.

The vendors draw China in GCJ-02, so their links get GCJ-02; ``geo:`` is WGS84 (RFC 5870). What a vendor has no mode for
is asked on foot, and the link says so, because a button that promises a ride must not open a walk.
"""

from dataclasses import dataclass
from urllib.parse import quote

from geo.crs import wgs84_to_gcj02
from geo.errors import InputError

APPS = ("amap", "baidu", "tencent", "geo")
"""In the order of the buttons; ``geo`` is whatever map the phone has."""

SOURCE = "fuchun-map"
"""Who calls, as the vendors ask to be told."""

_RIDES = {"walk": False, "ebike": True}


@dataclass(frozen=True)
class MapLink:
    """One button.

    Attributes
    ----------
    app : str
        One of `APPS`.
    url : str
    mode : str or None
        ``walk`` or ``ride``: how the app will lead; None where the link cannot say (``geo:``).
    is_fallback : bool
        The app has no riding here, so the link asks for a walk.
    """

    app: str
    url: str
    mode: str | None
    is_fallback: bool


def map_links(
    lon: float, lat: float, *, name: str, mode: str, region: str, is_phone: bool = True
) -> tuple[MapLink, ...]:
    """Return the links to one place, in the order of `APPS`.

    Parameters
    ----------
    lon, lat : float
        The place, degrees, WGS84.
    name : str
        What the app shows at the end of the route.
    mode : str
        ``walk`` or ``ebike``.
    region : str
        Name of the city or district, which Baidu asks for.
    is_phone : bool
        Amap offers riding on phones only.

    Raises
    ------
    InputError
        If there is no such mode.
    """
    if mode not in _RIDES:
        raise InputError("mode {mode} is not one of {modes}", mode=mode, modes=", ".join(_RIDES))
    is_ride = _RIDES[mode]
    shifted = wgs84_to_gcj02(lon, lat)
    x, y = f"{float(shifted[0]):.6f}", f"{float(shifted[1]):.6f}"
    label = _plain(name)
    amap_rides = is_ride and is_phone
    amap = _address(
        "https://uri.amap.com/navigation",
        # An empty start is where the phone is.
        {"from": "", "to": f"{x},{y},{label}", "mode": "ride" if amap_rides else "walk", "src": SOURCE}
        | {"callnative": "1"},
    )
    baidu = _address(
        "https://api.map.baidu.com/direction",
        {"origin": "name:我的位置", "destination": f"latlng:{y},{x}|name:{label}", "mode": "walking"}
        # Without its coordinate type a point would be taken for BD-09, a kilometre away.
        | {"region": _plain(region), "output": "html", "coord_type": "gcj02", "src": SOURCE},
    )
    tencent = _address(
        "https://apis.map.qq.com/uri/v1/routeplan",
        {"type": "walk", "to": label, "tocoord": f"{y},{x}", "coord_type": "2", "referer": SOURCE},
    )
    return (
        MapLink("amap", amap, "ride" if amap_rides else "walk", is_ride and not amap_rides),
        MapLink("baidu", baidu, "walk", is_ride),
        MapLink("tencent", tencent, "walk", is_ride),
        MapLink("geo", f"geo:{lat:.6f},{lon:.6f}", None, False),
    )


def drive_link(start: tuple[float, float, str], end: tuple[float, float, str]) -> str:
    """Return the link that leads a driver from one stop to the next in Amap: (lon, lat, name) each, degrees WGS84."""
    ends = {}
    for key, (lon, lat, name) in (("from", start), ("to", end)):
        shifted = wgs84_to_gcj02(lon, lat)
        ends[key] = f"{float(shifted[0]):.6f},{float(shifted[1]):.6f},{_plain(name)}"
    return _address("https://uri.amap.com/navigation", {**ends, "mode": "car", "src": SOURCE, "callnative": "1"})


def is_phone(user_agent: str) -> bool:
    """Tell whether a browser runs on a phone."""
    return any(word in user_agent for word in ("Mobi", "Android", "iPhone", "HarmonyOS"))


def is_wechat(user_agent: str) -> bool:
    """Tell whether a page is open inside WeChat, which opens no other app from a link."""
    return "MicroMessenger" in user_agent


def _address(base: str, query: dict[str, str]) -> str:
    return base + "?" + "&".join(f"{name}={quote(value, safe=',:')}" for name, value in query.items())


def _plain(text: str) -> str:
    """Return a name without the signs that the vendors split their values at."""
    return text.translate({ord(ascii_sign): wide for ascii_sign, wide in zip(",|:;", "，｜：；", strict=True)}).strip()
