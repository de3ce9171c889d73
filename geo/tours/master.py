"""The integer program that joins day-routes to a plan, and the prices of its linear relaxation."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from geo.tours.day_routes import DayArrays, DayRoute, Prices
from geo.tours.packing import Program, maximise, solve_relaxation

Floats = NDArray[np.float64]


class Master:
    """Day-routes as columns; rows are days, places, hotels of each night, and the budget.

    A limit that no column keeps is bought at a price above every score, so that the program always has a solution;
    `missing` says what was bought.
    """

    def __init__(self, arrays: DayArrays) -> None:
        self.arrays = arrays
        problem = arrays.problem
        self.n_day, self.n_place = len(problem.days), arrays.n_place
        self.night_row: dict[tuple[int, int], int] = {}
        for night, hotels in enumerate(arrays.hotels):
            for hotel in hotels:
                self.night_row[night, hotel] = self.n_day + self.n_place + len(self.night_row)
        self.budget_row = self.n_day + self.n_place + len(self.night_row)
        n_row = self.budget_row + 1
        self.lower, self.upper = np.zeros(n_row), np.ones(n_row)
        self.lower[: self.n_day] = 1.0
        required = {
            i
            for i, place in enumerate(problem.places)
            if i in arrays.stops and (place.wish == "required" or place.code in problem.locked)
        }
        for i, place in enumerate(problem.places):
            is_must = place.wish == "required" or place.code in problem.locked
            if is_must and i not in arrays.stops and place.code not in {problem.start, problem.end}:
                required.add(i)
        self.required = sorted(required)
        for i in self.required:
            self.lower[self.n_day + i] = 1.0
        for row in self.night_row.values():
            self.upper[row] = 0.0
        # Cents, in units that keep the row near 1.
        most = float(arrays.cost.sum() + arrays.room_cost.sum())
        self.unit = max(1.0, float(problem.limits.budget or 0), float(problem.coach_cost), most)
        self.lower[self.budget_row] = -np.inf
        budget = problem.limits.budget
        self.upper[self.budget_row] = np.inf if budget is None else (budget - problem.coach_cost) / self.unit
        self.penalty = 10.0 + 2.0 * float(arrays.score.sum())
        self.routes: list[DayRoute] = []
        self.best: dict[tuple[int, int, int, frozenset[int]], int] = {}
        self.gain: list[float] = []
        self.column: list[tuple[list[int], list[float]]] = []
        self.bought: list[str] = []
        self.n_slack = 0
        self.is_proven = False
        self._add_slacks()

    @property
    def n_column(self) -> int:
        """How many day-routes the pool holds."""
        return len(self.routes)

    def add(self, routes: Sequence[DayRoute]) -> int:
        """Add routes that are new or better than the one with the same day, ends and stops; return how many."""
        n = 0
        for route in routes:
            key = (route.day, route.start, route.end, frozenset(route.stops))
            known = self.best.get(key)
            value = self.arrays.value(route)
            if known is not None and value <= self.gain[self.n_slack + known] + 1e-9:
                continue
            n += 1
            if known is not None:
                self.routes[known] = route
                self.gain[self.n_slack + known] = value
                continue
            self.best[key] = len(self.routes)
            self.routes.append(route)
            self.gain.append(value)
            rows, entries = [route.day], [1.0]
            for j in route.stops:
                rows.append(self.n_day + j)
                entries.append(1.0)
            if route.day > 0:
                rows.append(self.night_row[route.day - 1, route.start])
                entries.append(-1.0)
            if route.day < self.n_day - 1:
                rows.append(self.night_row[route.day, route.end])
                entries.append(1.0)
            spent = self.arrays.spent(route)
            if spent:
                rows.append(self.budget_row)
                entries.append(spent / self.unit)
            self.column.append((rows, entries))
        return n

    def solve_linear(self, seconds: float) -> tuple[float, Prices]:
        """Return the value of the linear relaxation and its prices."""
        value, dual = solve_relaxation(self._program(), seconds=seconds)
        night = np.zeros((max(1, self.n_day - 1), self.n_place))
        for (n, hotel), row in self.night_row.items():
            night[n, hotel] = dual[row]
        return value, Prices(
            place=dual[self.n_day : self.n_day + self.n_place],
            night=night,
            day=dual[: self.n_day],
            cent=float(dual[self.budget_row]) / self.unit,
        )

    def solve_integer(self, seconds: float) -> list[DayRoute] | None:
        """Return the best route of each day, or None if some limit is not kept."""
        result = maximise(self._program(), seconds=seconds)
        if result is None:
            return None
        self.is_proven = result.is_optimal
        self.bought = [self.slack_names[j] for j in result.chosen if j < self.n_slack]
        if self.bought:
            return None
        routes = sorted((self.routes[j - self.n_slack] for j in result.chosen), key=lambda route: route.day)
        return routes if len(routes) == self.n_day else None

    def missing(self) -> list[str]:
        """Return what the last integer solution could not keep."""
        return list(dict.fromkeys(self.bought))

    def _add_slacks(self) -> None:
        problem = self.arrays.problem
        self.slack_names: list[str] = []

        def slack(name: str, row: int, entry: float, weight: float = 1.0) -> None:
            self.slack_names.append(name)
            self.gain.append(-self.penalty * weight)
            self.column.append(([row], [entry]))

        for day in range(self.n_day):
            slack(f"day {day + 1}", day, 1.0, 4.0)
        for (night, _), row in self.night_row.items():
            slack(f"night {night + 1}", row, 1.0, 4.0)
            slack(f"night {night + 1}", row, -1.0, 4.0)
        for i in self.required:
            slack(problem.places[i].name, self.n_day + i, 1.0)
        for power in range(4):
            slack("budget", self.budget_row, -(4.0**power), 1.0 + power)
        self.n_slack = len(self.gain)

    def _program(self) -> Program:
        sizes = np.array([len(rows) for rows, _ in self.column])
        return Program(
            np.array(self.gain),
            np.concatenate([[0], np.cumsum(sizes)]),
            np.concatenate([np.array(rows, np.int64) for rows, _ in self.column]),
            np.concatenate([np.array(entries) for _, entries in self.column]),
            self.lower,
            self.upper,
        )
