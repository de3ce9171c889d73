"""What is worked out about a state is kept as long as the state is, and let go with it."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from webmap.logic.live import DistrictState

Result = TypeVar("Result")

_kept: WeakKeyDictionary[DistrictState, dict[str, OrderedDict[Hashable, Any]]] = WeakKeyDictionary()
_lock = threading.Lock()


def keep(state: DistrictState, what: str, make: Callable[[], Result], *, key: Hashable = None, most: int = 1) -> Result:
    """Return what `make` makes, from memory where it was made before.

    Parameters
    ----------
    state : DistrictState
    what : str
        Names the kind of result.
    make : callable
        Must not hand out anything that holds the state itself, which would then never be let go.
    key : hashable
        Tells results of one kind apart.
    most : int
        So many of a kind are kept; the one unused for longest goes first.
    """
    with _lock:
        results = _kept.setdefault(state, {}).setdefault(what, OrderedDict())
        if key in results:
            results.move_to_end(key)
            found: Result = results[key]
            return found
    # Made outside the lock: two threads may both make it, which costs time and does no harm.
    made = make()
    with _lock:
        results[key] = made
        while len(results) > most:
            results.popitem(last=False)
    return made
