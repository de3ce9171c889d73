"""Bounds for cuts of tours that are proven by HiGHS over all day-routes, enumerated in plain Python.

Nothing of the solver is used: a bound that came from its own code would prove nothing.
"""

from datetime import date, timedelta

import highspy
import numpy as np

from geo.tours.problem import DriveTimes, Group, ItineraryProblem, Limits, Place, RoomKind, TourDay, Weights
from geo.tours.validator import Walk, cheapest_rooms

LIMIT_S = 120.0


class Columns:
    """Columns of a set-packing program with rows that are named as they come."""

    def __init__(self) -> None:
        self.gain: list[float] = []
        self.rows: list[dict[str, float]] = []
        self.sense: dict[str, tuple[float, float]] = {}

    def bound(self, seconds: float) -> float:
        """Return the bound that HiGHS proves on the largest gain, minus infinity where no choice fits."""
        names = {name: k for k, name in enumerate(self.sense)}
        solver = highspy.Highs()  # type: ignore[no-untyped-call]
        solver.setOptionValue("output_flag", False)
        solver.setOptionValue("time_limit", seconds)
        solver.setOptionValue("mip_rel_gap", 0.0)
        model = highspy.HighsLp()
        n = len(self.gain)
        model.num_col_, model.num_row_, model.sense_ = n, len(names), highspy.ObjSense.kMaximize
        model.col_cost_, model.col_lower_, model.col_upper_ = np.array(self.gain), np.zeros(n), np.ones(n)
        limits = np.array(list(self.sense.values()))
        model.row_lower_, model.row_upper_ = limits[:, 0], limits[:, 1]
        model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        model.a_matrix_.start_ = np.cumsum([0, *(len(rows) for rows in self.rows)]).astype(np.int32)
        model.a_matrix_.index_ = np.array([names[name] for rows in self.rows for name in rows], np.int32)
        model.a_matrix_.value_ = np.array([value for rows in self.rows for value in rows.values()])
        model.integrality_ = [highspy.HighsVarType.kInteger] * n
        solver.passModel(model)
        solver.run()
        if solver.getModelStatus() == highspy.HighsModelStatus.kInfeasible:
            return -np.inf
        return float(solver.getInfo().mip_dual_bound)


def plan_bound(problem: ItineraryProblem) -> float:
    """Return a bound on the objective of an itinerary over all day-routes, walked by the validator's steps."""
    by_code = {place.code: place for place in problem.places}
    people = problem.group.people
    rate = problem.weights.yuan_per_head / (100.0 * people)
    columns = Columns()
    for place in problem.places:
        columns.sense[f"place{place.code}"] = (float(place.wish == "required"), 1.0)
    n_day = len(problem.days)
    columns.sense |= {f"day{d}": (1.0, 1.0) for d in range(n_day)}
    columns.sense |= {f"night{d}-{h}": (0.0, 0.0) for d in range(n_day - 1) for h in problem.nights[d]}
    columns.sense["budget"] = (-np.inf, 1.0 if problem.limits.budget is None else problem.limits.budget / 1e6)
    ends = [(problem.start,), *problem.nights, (problem.end,)]
    for d in range(n_day):
        for first in ends[d]:
            for (stops, last), drive in day_sets(problem, d, first, ends[d + 1]).items():
                cost = sum(by_code[code].group_price(people) or 0 for code in stops)
                rooms = cheapest_rooms(problem, last) if d < n_day - 1 else (0, 0)
                if rooms is None:
                    continue
                cost += rooms[0]
                gain = sum(by_code[code].score for code in stops if by_code[code].kind in {"sight", "base"})
                rows = {f"day{d}": 1.0} | {f"place{code}": 1.0 for code in stops}
                if d > 0:
                    rows[f"night{d - 1}-{first}"] = -1.0
                if d < n_day - 1:
                    rows[f"night{d}-{last}"] = 1.0
                if problem.limits.budget is not None:
                    rows["budget"] = cost / 1e6
                    columns.sense["budget"] = (-np.inf, (problem.limits.budget - problem.coach_cost) / 1e6)
                columns.gain.append(gain - problem.weights.drive_min * drive - rate * cost)
                columns.rows.append(rows)
    return columns.bound(LIMIT_S)


def day_sets(
    problem: ItineraryProblem, day: int, start: str, ends: tuple[str, ...]
) -> dict[tuple[frozenset[str], str], int]:
    """Return the least driving of every set of stops and end of a day.

    Labels of equal stops and last stop are compared by time, driving and stretch; only what is worse in all is dropped.
    """
    walk, limits, given = Walk(problem), problem.limits, problem.days[day]
    usable = [place for place in problem.places if place.kind not in {"hotel", "depot"} and place.wish != "excluded"]
    least: dict[tuple[frozenset[str], str], int] = {}
    layer: dict[tuple[frozenset[str], str], list[tuple[int, int, int]]] = {
        (frozenset(), start): [(given.start_min + walk.boards(day), 0, 0)]
    }
    counted = {place.code: place.kind for place in problem.places}
    while layer:
        grown: dict[tuple[frozenset[str], str], list[tuple[int, int, int]]] = {}
        for (stops, last), labels in layer.items():
            kinds = [counted[code] for code in stops]
            has_meal = kinds.count("restaurant") == int(given.needs_lunch)
            for now, driven, stretch in labels:
                for end in ends if has_meal else ():
                    there = walk.drive(last, end, now)
                    leg = there - now
                    if there + walk.out_min > given.end_min or stretch + leg > limits.max_stretch_min:
                        continue
                    if driven + leg <= limits.max_drive_min:
                        key = (stops, end)
                        least[key] = min(least.get(key, 10**9), int(driven + leg))
                for place in usable:
                    if place.code in stops or (place.kind == "restaurant" and has_meal):
                        continue
                    if place.kind == "rest_stop" and kinds.count("rest_stop") == limits.max_rests:
                        continue
                    n_sight = len(kinds) - kinds.count("restaurant") - kinds.count("rest_stop")
                    if place.kind in {"sight", "base"} and n_sight == limits.max_stops:
                        continue
                    there = walk.drive(last, place.code, now)
                    leg = there - now
                    if stretch + leg > limits.max_stretch_min or driven + leg > limits.max_drive_min:
                        continue
                    begin = walk.first_start(day, place.code, int(there) + walk.out_min)
                    if begin is None or begin + place.visit_min + walk.in_min > given.end_min:
                        continue
                    leaves = begin + place.visit_min + walk.in_min
                    since = 0 if leaves - there >= limits.break_min else int(stretch + leg)
                    label = (leaves, int(driven + leg), since)
                    known = grown.setdefault((stops | {place.code}, place.code), [])
                    if not any(all(a <= b for a, b in zip(other, label, strict=True)) for other in known):
                        known.append(label)
        layer = grown
    return least


def sample_tour(seed: int, *, n_sight: int) -> ItineraryProblem:
    """Return a tour of 3 days around a town: sights with hours and closing days, 8 restaurants, 4 hotels, a budget.

    A smaller tour has the first sights of a larger one of the same seed.
    """
    rng = np.random.default_rng(seed)
    first = date(2026, 5, 15)
    days = tuple(TourDay(first + timedelta(days=d), 510, 1050) for d in range(3))
    n_lunch, n_hotel = 8, 4
    places = [Place("depot", "文化宫", "depot")]
    for k in range(n_lunch):
        places.append(
            Place(f"l{k}", f"示意餐厅{k:02d}", "restaurant", visit_min=60, price=int(rng.integers(30, 70)) * 100)
        )
    for k in range(n_hotel):
        rooms = (RoomKind("标间", 2, int(rng.integers(200, 400)) * 100, 40),)
        places.append(Place(f"h{k}", f"示意酒店{k:02d}", "hotel", rooms=rooms))
    for k in range(n_sight):
        opens = int(rng.integers(8, 11)) * 60
        hours = {
            day.date: () if rng.random() < 0.15 else ((opens, opens + int(rng.integers(5, 9)) * 60),) for day in days
        }
        places.append(
            Place(
                f"s{k}", f"示意景点{k:02d}", "sight", "required" if k < 1 else "wished",
                score=float(rng.integers(1, 11)), visit_min=int(rng.integers(4, 9)) * 15, windows=hours if k else {},
                price=int(rng.integers(0, 12)) * 1000, is_outdoor=bool(rng.random() < 0.4),
            )
        )  # fmt: skip
    n = len(places)
    at = rng.normal(0.0, 18.0, (n, 2))
    gap = np.hypot(at[:, None, 0] - at[:, 0], at[:, None, 1] - at[:, 1]) * 1.5
    return ItineraryProblem(
        tuple(places), days, "depot", "depot", (tuple(f"h{k}" for k in range(n_hotel)),) * 2,
        DriveTimes(np.stack([gap * 1.25, gap, gap * 1.15]), (540, 990)), Group(40, 1, 0),
        limits=Limits(max_stops=4, max_stretch_min=90, budget=4_200_000, heat=(720, 840)),
        weights=Weights(0.005, 0.001, 0.0), coach_cost=600_000,
    )  # fmt: skip
