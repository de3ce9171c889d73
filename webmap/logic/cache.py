"""Caches: values by key within a limit, and results that are dropped with the state they were computed from."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

from webmap.logic.district_state import DistrictState

Result = TypeVar("Result")
Value = TypeVar("Value")


def _one(_: Any) -> int:
    return 1


class Cache(Generic[Value]):
    """Values by key; beyond the limit those unused for longest are dropped.

    Parameters
    ----------
    limit : int
        The costs of all values together stay within it.
    cost : callable
        What a value costs; 1 by default, so that the limit is a number of values.
    """

    def __init__(self, limit: int, *, cost: Callable[[Value], int] = _one) -> None:
        self._limit = limit
        self._cost = cost
        self._values: OrderedDict[Hashable, Value] = OrderedDict()
        self._total = 0
        self._lock = threading.Lock()
        self._making = threading.Lock()

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: Hashable) -> Value | None:
        """Return a value, None where there is none, and note that it was used."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
            return self._values.get(key)

    def put(self, key: Hashable, value: Value) -> None:
        """Store a value."""
        with self._lock:
            if key in self._values:
                self._total -= self._cost(self._values.pop(key))
            self._values[key] = value
            self._total += self._cost(value)
            while self._total > self._limit:
                self._total -= self._cost(self._values.popitem(last=False)[1])

    def find(self, key: Hashable, make: Callable[[], Value], *, one_at_a_time: bool = False) -> Value:
        """Return a value, made by `make` where there is none.

        Two threads may both make it, which costs time and does no harm; with `one_at_a_time` the second waits.
        """
        found = self.get(key)
        if found is not None:
            return found
        if not one_at_a_time:
            made = make()
            self.put(key, made)
            return made
        with self._making:
            return self.find(key, make)

    def clear(self) -> None:
        """Drop everything."""
        with self._lock:
            self._values.clear()
            self._total = 0


_caches: WeakKeyDictionary[DistrictState, dict[str, Cache[tuple[Any]]]] = WeakKeyDictionary()
_lock = threading.Lock()


def cached(
    state: DistrictState, what: str, make: Callable[[], Result], *, key: Hashable = None, most: int = 1
) -> Result:
    """Return what `make` makes of a state, from memory where it was made before.

    Parameters
    ----------
    state : DistrictState
        The results are dropped with it.
    what : str
        Names the kind of result.
    make : callable
        Must not return anything that holds the state itself, which would then never be dropped.
    key : hashable
        Tells results of one kind apart.
    most : int
        So many of a kind are kept.
    """
    with _lock:
        cache = _caches.setdefault(state, {}).setdefault(what, Cache(most))
    # In a tuple, since a result may be None.
    found: Result = cache.find(key, lambda: (make(),))[0]
    return found


def forget(state: DistrictState) -> None:
    """Drop everything that was made of a state."""
    with _lock:
        _caches.pop(state, None)
