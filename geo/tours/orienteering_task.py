"""Checked arrays of an orienteering problem, and the nights that it may begin with."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.errors import InputError

Floats = NDArray[np.float64]
Longs = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class OrienteeringTask:
    """Checked arrays of an orienteering problem."""

    lead: Floats
    score: Floats
    opens: Floats
    closes: Floats
    begin: Floats
    finish: Floats
    start: int
    end: int
    hotels: Longs
    customers: Longs
    near: Longs

    @property
    def n_tour(self) -> int:
        """How many tours there are."""
        return self.begin.size

    @property
    def is_alike(self) -> bool:
        """Whether every tour has the same ends, limits and windows."""
        return self.hotels.size == 0 and all(
            (values == values[0]).all() for values in (self.begin, self.finish, self.opens, self.closes)
        )

    @classmethod
    def of(
        cls,
        matrix: ArrayLike,
        score: ArrayLike,
        service: ArrayLike,
        windows: ArrayLike | None,
        limits: ArrayLike,
        *,
        start: int,
        end: int,
        hotels: Sequence[int],
    ) -> "OrienteeringTask":
        """Return the arrays of `geo.tours.orienteering.solve_orienteering`, or raise `InputError`."""
        travel = np.array(matrix, np.float64)
        gain = np.array(score, np.float64)
        stay = np.array(service, np.float64)
        limit = np.array(limits, np.float64)
        if travel.ndim != 2 or travel.shape[0] != travel.shape[1]:
            raise InputError("matrix must be square; it is {shape}", shape=travel.shape)
        n = travel.shape[0]
        for name, values in (("score", gain), ("service", stay)):
            if values.shape != (n,):
                raise InputError(
                    "{name} must have one value for each of the {n} places; it is {shape}",
                    name=name, n=n, shape=values.shape,
                )  # fmt: skip
            if not (np.isfinite(values).all() and (values >= 0.0).all()):
                raise InputError(
                    "{name} must be finite and not negative; place {place} has {value}",
                    name=name, place=int(np.argmin(np.isfinite(values) & (values >= 0.0))),
                    value=values[np.argmin(np.isfinite(values) & (values >= 0.0))],
                )  # fmt: skip
        if np.isnan(travel).any() or (travel < 0.0).any():
            row, column = np.argwhere(np.isnan(travel) | (travel < 0.0))[0]
            raise InputError(
                "matrix must not hold NaN or negative times; from {row} to {column} it has {value}",
                row=int(row), column=int(column), value=travel[row, column],
            )  # fmt: skip
        if limit.ndim == 1:
            limit = np.stack([np.zeros(limit.size), limit], axis=1)
        if limit.ndim != 2 or limit.shape[1] != 2 or limit.shape[0] == 0 or not np.isfinite(limit).all():
            raise InputError("limits must be finite, (n_tour,) or (n_tour, 2); they are {shape}", shape=limit.shape)
        n_tour = limit.shape[0]
        window = np.empty((n, 2)) if windows is None else np.array(windows, np.float64)
        if windows is None:
            window[:] = -np.inf, np.inf
        if window.shape == (n, 2):
            window = np.broadcast_to(window, (n_tour, n, 2))
        if window.shape != (n_tour, n, 2) or np.isnan(window).any():
            raise InputError(
                "windows must be ({n}, 2) or ({n_tour}, {n}, 2) without NaN; they are {shape}",
                n=n, n_tour=n_tour, shape=window.shape,
            )  # fmt: skip
        for node in (start, end, *hotels):
            if not 0 <= node < n:
                raise InputError("place {node} does not exist; there are {n}", node=node, n=n)
        customers = np.array([i for i in range(n) if gain[i] > 0.0 and i not in {start, end, *hotels}], dtype=np.int64)
        inf = 1e30
        lead = np.minimum(travel + stay[:, None], inf)
        distance = np.minimum(travel, travel.T)
        near = np.full((n, max(1, customers.size)), 0, np.int64)
        for i in customers:
            near[i, : customers.size] = customers[np.argsort(distance[i, customers], kind="stable")]
        return cls(
            lead=lead,
            score=gain,
            opens=np.ascontiguousarray(np.maximum(window[:, :, 0], -inf)),
            closes=np.ascontiguousarray(np.minimum(window[:, :, 1], inf)),
            begin=np.ascontiguousarray(limit[:, 0]),
            finish=np.ascontiguousarray(limit[:, 1]),
            start=start,
            end=end,
            hotels=np.array(hotels, np.int64),
            customers=customers,
            near=near,
        )

    def draw_nights(self, random: np.random.Generator, noise: float) -> list[int]:
        """Return the start of every tour and the end of the last: a promising sequence of hotels.

        The worth of each day is guessed, drawn up by up to `noise`, and the best sequence found by dynamic programming.

        Raises
        ------
        InputError
            If none fits the limits.
        """
        n = self.n_tour
        if self.hotels.size == 0:
            if any(self.finish[r] - self.begin[r] < self.lead[self.start, self.end] for r in range(n)):
                raise InputError("the route from start to end is longer than a limit; raise the limits")
            return [self.start] * n + [self.end]
        value = {self.start: 0.0}
        chosen: list[dict[int, int]] = []
        worth = self.worth_of_days()
        for r in range(n):
            longest = self.finish[r] - self.begin[r]
            reached: dict[int, float] = {}
            via: dict[int, int] = {}
            for to in [self.end] if r == n - 1 else [int(h) for h in self.hotels]:
                for origin, so_far in value.items():
                    if self.lead[origin, to] > longest:
                        continue
                    found = so_far + worth[r, origin, to] * (1.0 + noise * random.random())
                    if found > reached.get(to, -1.0):
                        reached[to] = found
                        via[to] = origin
            value = reached
            chosen.append(via)
        if self.end not in value:
            raise InputError("no sequence of hotels fits the limits; raise them or add hotels")
        nights = [self.end]
        for via in reversed(chosen):
            nights.append(via[nights[-1]])
        return nights[::-1]

    def worth_of_days(self) -> Floats:
        """Guess what a day is worth between two hotels, (n_tour, n, n): scores near the route count most."""
        ends = np.unique([self.start, self.end, *self.hotels])
        worth = np.zeros((self.n_tour, self.lead.shape[0], self.lead.shape[0]))
        for one in ends:
            for other in ends:
                direct = self.lead[one, other]
                detour = self.lead[one, self.customers] + self.lead[self.customers, other] - direct
                for r in range(self.n_tour):
                    spare = self.finish[r] - self.begin[r] - direct
                    if spare > 0.0:
                        near = np.maximum(0.0, 1.0 - detour / spare)
                        worth[r, one, other] = (self.score[self.customers] * near).sum()
        return worth
