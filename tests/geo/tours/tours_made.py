"""Small itinerary problems drawn at random, with every kind of constraint."""

from datetime import date, timedelta

import numpy as np

from geo.tours.problem import (
    Boarding,
    DriveTimes,
    Group,
    ItineraryProblem,
    Limits,
    Place,
    RoomKind,
    TourDay,
    Weights,
)

FIRST = date(2026, 5, 15)


def make_problem(
    seed: int,
    *,
    n_sight: int = 6,
    n_lunch: int = 2,
    n_hotel: int = 2,
    n_day: int = 2,
    n_band: int = 2,
    minutes: int = 480,
) -> ItineraryProblem:
    """Return a problem with hours, closing days, prices, rooms, heat, capacity, budget, wishes, pick-ups and locks."""
    rng = np.random.default_rng(seed)
    days = tuple(
        TourDay(
            FIRST + timedelta(days=d),
            480,
            480 + minutes + int(rng.integers(-60, 60)),
            needs_lunch=bool(rng.random() < 0.9),
        )
        for d in range(n_day)
    )
    places = [Place("depot", "文化宫", "depot")]
    if rng.random() < 0.3:
        places.append(Place("pick", "上车点", "depot"))

    def hours(low: int, high: int) -> dict[date, tuple[tuple[int, int], ...]]:
        found: dict[date, tuple[tuple[int, int], ...]] = {}
        for day in days:
            draw = rng.random()
            if draw < 0.15:
                found[day.date] = ()
            elif draw < 0.35:
                found[day.date] = ((low, low + 150), (low + 240, high))
            elif draw < 0.85:
                found[day.date] = ((low, high),)
        return found

    for k in range(n_sight):
        kind = "rest_stop" if k == 0 and rng.random() < 0.5 else "sight"
        places.append(
            Place(
                f"s{k}", f"示意景点{k:02d}", kind,
                score=float(rng.integers(1, 10)),
                visit_min=10 if kind == "rest_stop" else int(rng.integers(2, 8)) * 15,
                windows=hours(int(rng.integers(7, 11)) * 60, int(rng.integers(15, 19)) * 60),
                price=None if rng.random() < 0.2 else int(rng.integers(0, 10)) * 1000,
                capacity=30 if rng.random() < 0.1 else None,
                is_outdoor=bool(rng.random() < 0.4),
                wish="excluded" if rng.random() < 0.08 else "required" if rng.random() < 0.1 else "wished",
            )
        )  # fmt: skip
    for k in range(n_lunch):
        tables = rng.random() < 0.5
        places.append(
            Place(
                f"l{k}", f"示意餐厅{k:02d}", "restaurant", visit_min=60, windows=hours(600, 840),
                price=None if tables else 5000, table_price=60_000 if tables else None,
            )
        )  # fmt: skip
    for k in range(n_hotel):
        rooms = (
            RoomKind("标间", 2, int(rng.integers(15, 40)) * 1000, int(rng.integers(15, 30))),
            RoomKind("单间", 1, None if rng.random() < 0.1 else 22_000, int(rng.integers(2, 8))),
        )
        places.append(Place(f"h{k}", f"示意酒店{k:02d}", "hotel", rooms=rooms))
    n = len(places)
    at = rng.random((n, 2)) * 60.0
    gap = np.hypot(at[:, None, 0] - at[:, 0], at[:, None, 1] - at[:, 1]) * (1.0 + 0.2 * rng.random((n, n)))
    np.fill_diagonal(gap, 0.0)
    factors = [1.3, 1.0, 1.2, 1.05][:n_band]
    sights = [place.code for place in places if place.kind == "sight" and place.wish != "excluded"]
    hotels = tuple(f"h{k}" for k in range(n_hotel))
    return ItineraryProblem(
        places=tuple(places),
        days=days,
        start="depot",
        end="depot",
        nights=(hotels,) * (n_day - 1),
        drive=DriveTimes(np.stack([gap * factor for factor in factors]), (540, 990, 1080)[: n_band - 1]),
        group=Group(40, 1, int(rng.integers(0, 3))),
        limits=Limits(
            max_stops=int(rng.integers(2, 5)),
            max_stretch_min=int(rng.integers(50, 100)),
            max_drive_min=int(rng.integers(120, 300)),
            budget=None if rng.random() < 0.4 else int(rng.integers(8, 25)) * 100_000,
            heat=(720, 840) if rng.random() < 0.5 else None,
        ),
        boarding=Boarding(),
        weights=Weights(0.005, 0.002, 0.003),
        pick_ups=("pick",) if n and places[1].code == "pick" else (),
        pick_up_people=(13,) if places[1].code == "pick" and n % 2 else (),
        locked={sights[0]: 0} if sights and rng.random() < 0.1 else {},
        coach_cost=200_000,
    )
