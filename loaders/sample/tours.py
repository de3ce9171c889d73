"""Two sample recuperation tours (疗休养线路) past real sights; where they eat and sleep is invented."""

from typing import Any

from loaders.sample.places import BASE_CODE, PALACE_CODE

STOP_NOTE = "示意数据，并非真实商户。"
SIGHT_NOTE = "位置约略。"


def make_tours(places: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return a one-day and a two-day tour.

    Parameters
    ----------
    places : list of dict
        As from `make_places`.

    Returns
    -------
    list of dict
        ``code, name, summary, days``; a day has ``number, start`` (local time) and ``stops``: ``name, place_code, lon,
        lat`` (WGS84), ``kind`` (start, sight, meal, hotel, end), ``stay_min``, ``note``.
    """
    known = {place["code"]: place for place in places}

    def at(code: str, kind: str, stay_min: int = 0) -> dict[str, Any]:
        place = known[code]
        note = SIGHT_NOTE if kind == "sight" else STOP_NOTE if kind == "hotel" else place["note"]
        return _stop(place["name"], code, place["lon"], place["lat"], kind, stay_min, note)

    def meal(name: str, near: str, stay_min: int = 60) -> dict[str, Any]:
        """Lunch at an invented place in front of a station that does not exist either."""
        station = known[near]
        return _stop(f"示意餐厅·{name}", None, station["lon"], station["lat"], "meal", stay_min, STOP_NOTE)

    return [
        {
            "code": "SYXL1",
            "name": "示意线路一：古镇与江岸（一日）",
            "summary": "示意线路，非真实产品：龙门古镇、永安山起飞场、新沙岛。景点为真实名称，位置约略。",
            "days": [
                {
                    "number": 1,
                    "start": "08:30",
                    "stops": [
                        at(PALACE_CODE, "start"),
                        at("JD01", "sight", 140),
                        meal("龙门", "SY15"),
                        at("JD06", "sight", 75),
                        at("JD05", "sight", 60),
                        at(PALACE_CODE, "end"),
                    ],
                }
            ],
        },
        {
            "code": "SYXL2",
            "name": "示意线路二：山水两日",
            "summary": "示意线路，非真实产品：杭州野生动物世界、黄公望隐居地、鹳山公园、富春桃源。"
            "景点为真实名称，位置约略。",
            "days": [
                {
                    "number": 1,
                    "start": "08:30",
                    "stops": [
                        at(PALACE_CODE, "start"),
                        at("JD03", "sight", 180),
                        meal("银湖", "SY05"),
                        at("JD04", "sight", 90),
                        at(BASE_CODE, "hotel"),
                    ],
                },
                {
                    "number": 2,
                    "start": "08:30",
                    "stops": [
                        at(BASE_CODE, "start"),
                        at("JD02", "sight", 60),
                        at("JD07", "sight", 80),
                        meal("新登", "SY07"),
                        at(PALACE_CODE, "end"),
                    ],
                },
            ],
        },
    ]


def _stop(
    name: str, place_code: str | None, lon: float, lat: float, kind: str, stay_min: int, note: str
) -> dict[str, Any]:
    return {
        "name": name,
        "place_code": place_code,
        "lon": lon,
        "lat": lat,
        "kind": kind,
        "stay_min": stay_min,
        "note": note,
    }
