"""A sample season: three departures of the sample's two-day tour, two of which want the rooms of one house."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from geo.db.bookings import save_booking
from geo.db.departures import UnitAnswer, add_departure, add_unit, change_departure
from geo.db.layers import SourceFacts
from geo.db.tour_places import replace_tour_places
from geo.tours.register import Rooms, TourPlace
from geo.tours.timetable import TimetableDay, TimetableStop
from loaders.sample.places import BASE_CODE

TOUR = "SYXL2"
NOTE = "示意数据：此处并不存在。"
BY = "sample"

UNITS = (
    ("示意单位01", 16, UnitAnswer(men=6, women=6, couples=2, diets=1, platform_workers=3)),
    ("示意单位02", 14, UnitAnswer(men=8, women=4, couples=1, impaired=1)),
    ("示意单位03", 10, None),
)
"""Units of the first departure with quota and answer; the last has not answered."""

BOOKINGS = (
    (1, 3, "confirmed", 246_000, "2 桌位（示意）"),
    (1, 5, "held", 790_000, None),
    (2, 4, "asked", None, None),
)
"""Day, stop, state, planned cents and note of the first departure's bookings."""


def make_season_places(places: Sequence[Mapping[str, Any]], tours: Sequence[Mapping[str, Any]]) -> list[TourPlace]:
    """Return where the sample's departures eat and sleep, and another hotel: none of it exists.

    Parameters
    ----------
    places : sequence of dict
        As from `make_places`.
    tours : sequence of dict
        As from `make_tours`.
    """
    base = next(place for place in places if place["code"] == BASE_CODE)
    rooms = [Rooms("标间", 2, 30, 26_000), Rooms("单间", 1, 6, 24_000)]
    other = [Rooms("标间", 2, 40, 32_000), Rooms("单间", 1, 10, 30_000)]
    house = TourPlace(BASE_CODE, base["name"], "hotel", base["lon"], base["lat"], rooms=rooms, note=NOTE)
    hotel = TourPlace("SYTH01", "示意酒店01", "hotel", 119.94594, 30.05633, rooms=other, note=NOTE)
    meals = {
        stop["name"]: stop for tour in tours for day in tour["days"] for stop in day["stops"] if stop["kind"] == "meal"
    }
    tables = [
        TourPlace(_code(stop), name, "restaurant", stop["lon"], stop["lat"], price=6_000, capacity=100, note=NOTE)
        for name, stop in meals.items()
    ]
    return [house, hotel, *tables]


def store_season(
    session: Session,
    district: str,
    *,
    places: Sequence[Mapping[str, Any]],
    tours: Sequence[Mapping[str, Any]],
    today: date,
    facts: SourceFacts,
) -> None:
    """Store three departures: one with units and bookings, and two on one Saturday that lack rooms together."""
    replace_tour_places(session, district, make_season_places(places, tours), facts)
    tour = next(tour for tour in tours if tour["code"] == TOUR)
    days = timetable(tour)
    saturday = today + timedelta(days=21 + (5 - today.weekday()) % 7)
    common = {
        "tour_code": TOUR, "name": tour["name"], "timetable": days, "by": BY, "is_sample": True, "min_people": 30,
        "leader_name": "用户三（示意）", "bring": "身份证、雨具、水杯、常用药", "rain_plan": "雨天改走室内项目（示意）",
    }  # fmt: skip
    first = add_departure(session, district, first_day=saturday, head_count=40, state="published", **common)
    for name, quota, answer in UNITS:
        add_unit(session, first, name=name, quota=quota, by=BY, answer=answer)
    for day, stop, state, planned, note in BOOKINGS:
        at = days[day - 1].stops[stop - 1]
        save_booking(
            session, first, day=day, stop=stop, name=at.name, kind=at.kind, version=0, by=BY,
            values={"state": state, "planned_cost": planned, "note": note},
        )  # fmt: skip
    second = add_departure(session, district, first_day=saturday + timedelta(days=7), head_count=38, **common)
    change_departure(session, district, second.id, {"state": "published"}, version=second.row_version, by=BY)
    add_departure(session, district, first_day=saturday + timedelta(days=7), head_count=36, **common)


def timetable(tour: Mapping[str, Any]) -> tuple[TimetableDay, ...]:
    """Return a tour's days as a departure keeps them; without streets no time is known yet."""
    return tuple(
        TimetableDay(
            day["number"],
            day["start"],
            tuple(
                TimetableStop(
                    stop["name"], stop["kind"], stop["lon"], stop["lat"], stop["stay_min"],
                    _code(stop) if stop["kind"] == "meal" else stop["place_code"], stop["note"],
                )
                for stop in day["stops"]
            ),
        )
        for day in tour["days"]
    )  # fmt: skip


def _code(stop: Mapping[str, Any]) -> str:
    return f"SYCT-{str(stop['name']).rpartition('·')[2]}"
