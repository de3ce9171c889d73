"""Rows of demand × time class × service, columns of actions: what new sites, longer hours and equipment add.

Hours of a week at which the same places are open are one time class; points that the same places serve are one point.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.errors import InputError
from geo.siting.covers import CoverSets
from geo.siting.problem import Floats, Longs

Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class HoursGround:
    """Who is served when, and what actions would add.

    Attributes
    ----------
    within : bool (n_demand, n_existing)
        Points within the standard of each existing place.
    is_open : bool (n_existing, n_hour)
        When each is surely open.
    action_within : bool (n_demand, n_action)
        Points within the standard of the place of each action.
    action_open : bool (n_action, n_hour)
        When it is open by the action.
    weight : float64 (n_demand,)
        People.
    hour_weight : float64 (n_hour,)
        Share of them who are there in each hour.
    offers : bool (n_existing, n_service), action_offers : bool (n_action, n_service), optional
        Services of each existing place, and of the place of each action by the action. None: one service everywhere.
    service_weight : float64 (n_service,), optional
        What being served with each counts; by default all alike, 1 together.
    """

    within: Mask
    is_open: Mask
    action_within: Mask
    action_open: Mask
    weight: Floats
    hour_weight: Floats
    offers: Mask | None = None
    action_offers: Mask | None = None
    service_weight: Floats | None = None

    def __post_init__(self) -> None:
        n_demand, n_hour = self.weight.size, self.hour_weight.size
        if self.within.shape[0] != n_demand or self.action_within.shape[0] != n_demand:
            raise InputError("the points of the masks are not the {count} of the weights", count=n_demand)
        if self.is_open.shape != (self.within.shape[1], n_hour):
            raise InputError("hours of {n} existing places for {m}", n=len(self.is_open), m=self.within.shape[1])
        if self.action_open.shape != (self.action_within.shape[1], n_hour):
            raise InputError("hours of {n} actions for {m}", n=len(self.action_open), m=self.action_within.shape[1])
        if (self.offers is None) != (self.action_offers is None):
            raise InputError("services are given for the existing places or for the actions alone: give both")
        if self.offers is not None and self.action_offers is not None:
            shapes = (self.offers.shape, self.action_offers.shape)
            n_service = self.offers.shape[1]
            if shapes != ((self.within.shape[1], n_service), (self.action_within.shape[1], n_service)):
                raise InputError("services have the shapes {shapes}, not those of places and actions", shapes=shapes)
            if self.service_weight is not None and self.service_weight.shape != (n_service,):
                raise InputError("{n} weights for {m} services", n=self.service_weight.size, m=n_service)

    def served(self, actions: ArrayLike = ()) -> Floats:
        """Return the people who are served in each hour with some actions, float64 (n_hour,), all taken as there.

        With several services they are the mean over these, by their weights.
        """
        chosen = np.asarray(actions, np.int64)
        served = np.zeros(self.hour_weight.size)
        for share, existing, added in self._services():
            mine = chosen[added[chosen]]
            within = np.hstack([self.within[:, existing], self.action_within[:, mine]])
            is_open = np.vstack([self.is_open[existing], self.action_open[mine]])
            patterns, hour = np.unique(is_open, axis=1, return_inverse=True)
            people = self.weight @ ((within.astype(np.float32) @ patterns.astype(np.float32)) > 0.0)
            served += share * people[hour.ravel()]
        return served

    def _services(self) -> Iterator[tuple[float, Mask, Mask]]:
        """Yield for each service that counts its weight, which existing places offer it, and by which actions."""
        if self.offers is None or self.action_offers is None:
            yield 1.0, np.ones(self.within.shape[1], bool), np.ones(self.action_within.shape[1], bool)
            return
        n = self.offers.shape[1]
        weights = np.full(n, 1.0 / n) if self.service_weight is None else self.service_weight
        for number in np.flatnonzero(weights > 0.0).tolist():
            yield float(weights[number]), self.offers[:, number], self.action_offers[:, number]

    def person_hours(self, actions: ArrayLike = ()) -> float:
        """Return the person-hours (people × hours, each hour by its share) that are served with some actions."""
        return float(self.served(actions) @ self.hour_weight)

    def sets(self) -> CoverSets:
        """Return which actions serve each row of point, time class and service that no existing place serves.

        A row weighs its people × hours × the weight of its service. Rows are in the order of services, time classes
        and points; equal ones are not merged.

        Examples
        --------
        One point of 10 people, one place open in the first hour, one action that keeps it open in the second:

        >>> ones = np.ones((1, 1), bool)
        >>> ground = HoursGround(ones, np.array([[True, False]]), ones, np.array([[True, True]]),
        ...                      np.array([10.0]), np.array([1.0, 0.5]))
        >>> ground.sets().weight.tolist(), ground.person_hours(), ground.person_hours([0])
        ([5.0], 10.0, 15.0)
        """
        n_existing, n_action = self.within.shape[1], self.action_within.shape[1]
        pair, weight = _merged(np.hstack([self.within, self.action_within]), self.weight)
        within, reach = pair[:, :n_existing], pair[:, n_existing:]
        ptr: list[Longs] = [np.zeros(1, np.int64)]
        column: list[Longs] = []
        weights: list[Floats] = []
        end = 0
        for share, existing, added in self._services():
            open_then = np.vstack([self.is_open & existing[:, None], self.action_open & added[:, None]])
            patterns, hour = np.unique(open_then, axis=1, return_inverse=True)
            class_weight = np.bincount(hour.ravel(), self.hour_weight, minlength=patterns.shape[1])
            for number in np.flatnonzero(class_weight > 0.0).tolist():
                now, then = patterns[:n_existing, number], patterns[n_existing:, number]
                left = ~within[:, now].any(axis=1)
                serves = reach[left] & then
                some = serves.any(axis=1)
                _, mine = np.nonzero(serves[some])
                ptr.append(end + np.cumsum(serves[some].sum(axis=1)))
                column.append(mine.astype(np.int64))
                weights.append(weight[left][some] * class_weight[number] * share)
                end += mine.size
        joined = np.concatenate(column) if column else np.empty(0, np.int64)
        return CoverSets(
            np.concatenate(ptr), joined.astype(np.int32), np.concatenate([np.empty(0), *weights]), n_action
        )


def extend_hours(is_open: Mask, until: int) -> Mask:
    """Return when places are open if each stays open until an hour of the day (1 to 24) on the days on which it opens.

    Parameters
    ----------
    is_open : bool (n_place, 168)
        At the start of each hour of a week; a place that is open past midnight gains nothing.
    until : int

    Examples
    --------
    >>> week = np.zeros((1, 168), bool)
    >>> week[0, 8:17] = True
    >>> np.flatnonzero(extend_hours(week, 19)[0]).tolist()
    [8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18]
    """
    if not 1 <= until <= 24:
        raise InputError("until {value} is not an hour from 1 to 24", value=until)
    days = np.asarray(is_open, bool).reshape(-1, 7, 24)
    last = np.where(days.any(axis=2), 23 - np.argmax(days[:, :, ::-1], axis=2), 24)
    hour = np.arange(24)
    longer = (hour > last[:, :, None]) & (hour < until)
    return np.asarray((days | longer).reshape(is_open.shape))


def _merged(mask: Mask, weight: Floats) -> tuple[Mask, Floats]:
    """Return the different rows of a mask and the sum of their weights."""
    if mask.shape[1] == 0:
        return mask[:1], np.array([weight.sum()])[: len(mask[:1])]
    packed = np.ascontiguousarray(np.packbits(mask, axis=1))
    key = packed.view(np.dtype((np.void, packed.shape[1]))).ravel()
    _, first, group = np.unique(key, return_index=True, return_inverse=True)
    return mask[first], np.bincount(group, weight, minlength=first.size).astype(np.float64)
