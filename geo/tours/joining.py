"""The integer program that joins day-routes to a plan, and the prices of its linear relaxation."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from geo.tours import _joining
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
        self.dual: Floats | None = None
        self.value = 0.0
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
        self.value, self.dual = value, dual
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

    def join(self, floor: float, *, max_node: int) -> tuple[list[DayRoute] | None, bool]:
        """Return the best plan of the pool worth more than `floor` and whether every plan was weighed.

        The prices are those of the last linear program, solved before; its value plus the reduced costs of a plan's
        routes bounds the plan, so that few need be walked where the program's value is near the best plan.
        """
        assert self.dual is not None
        arrays, n_day, n = self.arrays, self.n_day, len(self.routes)
        if n == 0:
            return None, True
        program = self._program()
        paid = np.add.reduceat(program.entry * self.dual[program.row], program.start[:-1])
        reduced = (program.gain - paid)[self.n_slack :]
        # A route that came after the prices may be worth more than they say: the bound allows for it on every day.
        day = np.array([route.day for route in self.routes])
        value = self.value + sum(max(0.0, float(reduced[day == d].max(initial=0.0))) for d in range(n_day))
        start, end = (np.array([getattr(route, name) for route in self.routes]) for name in ("start", "end"))
        spent = np.array([arrays.spent(route) for route in self.routes], np.int64)
        n_word = self.n_place // 64 + 1
        mask = np.zeros((n, n_word), np.uint64)
        for i, route in enumerate(self.routes):
            for j in route.stops:
                mask[i, j // 64] |= np.uint64(1 << (j % 64))
        required, could = np.zeros(n_word, np.uint64), np.zeros((n_day + 1, n_word), np.uint64)
        for j in self.required:
            required[j // 64] |= np.uint64(1 << (j % 64))
        after = np.full((n_day + 1, self.n_place), -np.inf)
        cheap = np.full((n_day + 1, self.n_place), 1 << 60, np.int64)
        after[n_day], cheap[n_day] = 0.0, 0
        key = np.zeros(n)
        for d in range(n_day - 1, -1, -1):
            of = np.flatnonzero(day == d)
            key[of] = reduced[of] + after[d + 1, end[of]]
            np.maximum.at(after[d], start[of], key[of])
            np.minimum.at(cheap[d], start[of], spent[of] + cheap[d + 1, end[of]])
            could[d] = could[d + 1] | np.bitwise_or.reduce(mask[of], axis=0)
        order = np.lexsort((-key, start, day))
        place = (day * self.n_place + start)[order]
        bounds = np.arange(n_day * self.n_place)
        first = np.searchsorted(place, bounds).reshape(n_day, self.n_place)
        last = np.searchsorted(place, bounds, side="right").reshape(n_day, self.n_place)
        limit = self.arrays.problem.limits.budget
        budget = 1 << 59 if limit is None else limit - self.arrays.problem.coach_cost
        chosen = np.full(n_day, -1)
        _, is_whole = _joining.join_routes(
            first, last, end[order], key[order], reduced[order], program.gain[self.n_slack :][order], spent[order],
            mask[order], cheap, could, required, self.arrays.starts(0)[0], value, max(floor, -1e17), budget, max_node,
            chosen,
        )  # fmt: skip
        if chosen[0] < 0:
            return None, bool(is_whole)
        return [self.routes[order[i]] for i in chosen], bool(is_whole)

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


def join_nothing() -> None:
    """Load or compile the search of the pool."""
    none, real, word = np.zeros(0, np.int64), np.zeros(0), np.zeros(1, np.uint64)
    ends = np.zeros((1, 1), np.int64)
    _joining.join_routes(
        ends, ends, none, real, real, real, none, np.zeros((0, 1), np.uint64), np.zeros((2, 1), np.int64),
        np.zeros((2, 1), np.uint64), word, 0, 0.0, 0.0, 0, 1, np.zeros(1, np.int64),
    )  # fmt: skip
