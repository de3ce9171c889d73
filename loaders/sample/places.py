"""Sample places: 20 rest stations and other services that do not exist, and real sights at approximate positions."""

from typing import Any

import numpy as np
import pandas as pd
import shapely

from loaders.sample.outline import Town, seats_of
from loaders.sample.plane import FloatArray, to_lonlat, to_plane
from loaders.sample.river import BRIDGES, River
from loaders.sample.stations import ALSO, STATIONS
from loaders.sample.streets import StreetFrames

STATION_NOTE = "示意数据，并非真实驿站：位置、时间、服务均为虚构。"
SIGHT_NOTE = "位置约略；开放时间请以景点公告为准。"
LANDMARK_NOTE = "示意数据：此处的道路与桥梁位置为虚构。"
PALACE_NOTE = "示意数据：工人文化宫的真实位置未知，此处为虚构。"
BASE_NOTE = "示意数据，并非真实的疗休养基地。"

PALACE_CODE, BASE_CODE = "SYWHG", "SYJD"

SIGHTS = (
    ("JD01", "龙门古镇", "Longmen Old Town", 119.944, 29.906),
    ("JD02", "鹳山公园", "Guanshan Park", 119.959, 30.049),
    ("JD03", "杭州野生动物世界", "Hangzhou Wildlife World", 119.981, 30.149),
    ("JD04", "黄公望隐居地", "Huang Gongwang's Retreat", 120.010, 30.081),
    ("JD05", "新沙岛", "Xinsha Island", 119.975, 30.047),
    ("JD06", "永安山起飞场", "Yong'anshan Take-off Site", 119.917, 29.870),
    ("JD07", "富春桃源", "Fuchun Taoyuan", 119.630, 30.012),
)
"""Code, name, the name put into English here, WGS84: real places, approximate positions."""

CORNERS = (("迎宾路", "文教路"), ("江滨西大道", "金桥北路"), ("迎宾路", "体育馆路"), ("文教路", "金桥北路"))
"""Pairs of named streets that cross in the sample."""

_STREETS_EN = {
    "迎宾路": "Yingbin Road",
    "文教路": "Wenjiao Road",
    "江滨西大道": "Jiangbin West Avenue",
    "金桥北路": "Jinqiao North Road",
    "体育馆路": "Tiyuguan Road",
}
_BRIDGES_EN = {"场口": "Changkou", "鹿山": "Lushan", "富春": "Fuchun", "东洲": "Dongzhou", "渔山": "Yushan"}

_PALACE_AT = ("330111001", -420.0, 180.0)
_BASE_AT = ("330111005", 900.0, -700.0)
_FRONTAGE = ("primary", "secondary", "tertiary", "unclassified", "residential")
_SETBACK_M = 9.0


class StreetFronts:
    """The sides of ordinary streets, where a place can stand."""

    def __init__(self, streets: StreetFrames) -> None:
        edges = streets.edges
        is_front = [tags["highway"] in _FRONTAGE and "bridge" not in tags for tags in edges["tags"]]
        self._lines = shapely.transform(edges.geometry[is_front].to_numpy(), to_plane)
        self._tree = shapely.STRtree(self._lines)

    def nearest(self, xy: FloatArray) -> tuple[float, float]:
        """Return longitude and latitude of the street side nearest to a point in metres, 9 m off the middle."""
        point = shapely.Point(xy)
        line = self._lines[self._tree.nearest(point)]
        at = float(shapely.line_locate_point(line, point))
        # Off the corner, so that the place belongs to one street.
        at = min(max(at, 0.2 * line.length), 0.8 * line.length)
        here, ahead = (shapely.get_coordinates(line.interpolate(d))[0] for d in (at, at + 0.1))
        along = (ahead - here) / np.hypot(*(ahead - here))
        lon, lat = to_lonlat(here + _SETBACK_M * np.array([-along[1], along[0]])).tolist()
        return lon, lat


def make_places(
    *, towns: list[Town], regions: pd.DataFrame, river: River, streets: StreetFrames
) -> list[dict[str, Any]]:
    """Return stations, the 示意文化宫, a 示意 base, sights and landmarks.

    Returns
    -------
    list of dict
        ``code, name, name_en, lon, lat`` (WGS84), ``address`` and ``phone`` (always None), ``town_code`` (None for a
        real sight whose schematic polygon says nothing about its town), ``note``, and ``functions``: list of dict
        ``kind, tier, hours`` (OSM ``opening_hours``; None: unknown), ``services``.
    """
    seats = dict(zip((town.code for town in towns), seats_of(towns), strict=True))
    fronts = StreetFronts(streets)
    places = []
    for number, station in enumerate(STATIONS, start=1):
        lon, lat = fronts.nearest(seats[station.town_code] + (station.east_m, station.north_m))
        functions = [_function("rest_station", station.tier, station.hours, station.services)]
        functions += [_function(kind, None, *ALSO[kind]) for kind in station.also]
        names = (f"示意站{number:02}", f"Sample station {number:02}")
        places.append(_place(f"SY{number:02}", names, lon, lat, station.town_code, STATION_NOTE, functions))
    for code, names, (town_code, east_m, north_m), note, functions in (
        (
            PALACE_CODE,
            ("示意文化宫", "Sample Cultural Palace"),
            _PALACE_AT,
            PALACE_NOTE,
            [
                _function(
                    "culture_palace",
                    None,
                    "Tu-Su 09:00-20:30",
                    ("drinking_water", "toilet", "rest_seats", "air_conditioning", "wifi", "books"),
                ),
                _function("landmark", None, None, ()),
            ],
        ),
        (
            BASE_CODE,
            ("示意疗休养基地", "Sample recuperation base"),
            _BASE_AT,
            BASE_NOTE,
            [_function("base", None, None, ("drinking_water", "toilet"))],
        ),
    ):
        lon, lat = fronts.nearest(seats[town_code] + (east_m, north_m))
        places.append(_place(code, names, lon, lat, town_code, note, functions))
    for code, name, name_en, lon, lat in SIGHTS:
        functions = [_function("sight", None, None, ()), _function("landmark", None, None, ())]
        places.append(_place(code, (name, name_en), lon, lat, None, SIGHT_NOTE, functions))
    return places + _landmarks(regions, river, streets)


def _landmarks(regions: pd.DataFrame, river: River, streets: StreetFrames) -> list[dict[str, Any]]:
    """Return the bridges and some street corners: places that a person can find on the sample map."""
    spots = [
        (
            f"DBQ{i}",
            (f"示意桥·{name}", f"Sample bridge at {_BRIDGES_EN[name]}"),
            *to_lonlat(river.off_bank(river.at_lon(lon), 60.0, left=True)).tolist(),
        )
        for i, (name, lon) in enumerate(BRIDGES, start=1)
    ]
    spots += [
        (
            f"DBL{i}",
            (f"{first}与{second}路口（示意）", f"{_STREETS_EN[first]} and {_STREETS_EN[second]} (sample)"),
            *_corner(streets, first, second),
        )
        for i, (first, second) in enumerate(CORNERS, start=1)
    ]
    polygons = shapely.STRtree(regions.geometry.to_numpy())
    codes = regions["code"].to_numpy()
    landmark = [_function("landmark", None, None, ())]
    return [
        _place(code, names, lon, lat, str(codes[polygons.nearest(shapely.Point(lon, lat))]), LANDMARK_NOTE, landmark)
        for code, names, lon, lat in spots
    ]


def _corner(streets: StreetFrames, first: str, second: str) -> tuple[float, float]:
    """Return where two named streets meet."""
    edges, nodes = streets.edges, streets.nodes
    of_first, of_second = (
        set(edges.loc[edges["name"] == name, ["u", "v"]].to_numpy().ravel().tolist()) for name in (first, second)
    )
    node = nodes.iloc[min(of_first & of_second) - 1]
    return float(node["lon"]), float(node["lat"])


def _place(
    code: str,
    names: tuple[str, str],
    lon: float,
    lat: float,
    town_code: str | None,
    note: str,
    functions: list[dict[str, Any]],
) -> dict[str, Any]:
    return {
        "code": code,
        "name": names[0],
        "name_en": names[1],
        "lon": lon,
        "lat": lat,
        "address": None,
        "phone": None,
        "town_code": town_code,
        "note": note,
        "functions": functions,
    }


def _function(kind: str, tier: str | None, hours: str | None, services: tuple[str, ...]) -> dict[str, Any]:
    return {"kind": kind, "tier": tier, "hours": hours, "services": list(services)}
