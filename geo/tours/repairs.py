"""The smallest change of a day under way with which it holds again: shorten a visit, or skip one."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

from geo.tours.presses import Press
from geo.tours.running_day import Breach, DayTable, Progress, progress_of

STEP_MIN = 5
"""Visits are shortened by whole steps: what somebody can say to forty people."""

LEAST_SHARE = 0.5
"""A visit keeps at least this share of its time."""

MOST_SHORTENED = 2
MOST_SKIPPED = 2


@dataclass(frozen=True)
class Change:
    """Skip a stop, or shorten the stay at it by `minutes`."""

    kind: Literal["skip", "shorten"]
    key: str
    minutes: int = 0


@dataclass(frozen=True)
class Repair:
    """Changes that belong together, and what does not hold even with them."""

    changes: tuple[Change, ...]
    left: tuple[Breach, ...]


def find_repairs(table: DayTable, presses: Iterable[Press]) -> tuple[Repair, ...]:
    """Return the smallest repair of a day, and the smallest that skips exactly one stop more, if it is another.

    Smallest is: fewest breaches left, then fewest stops skipped, fewest shortened, fewest minutes taken, and the stop
    that comes last. Kept stops are not touched; a visit keeps at least half of its time and, where it is one, the
    driver's break. A shorter visit makes nothing later, so a set of visits that does not help when shortened as far as
    allowed is not tried in smaller steps. Empty where nothing breaks or nothing helps.
    """
    progress = progress_of(table, presses)
    breaches = progress.day().breaches
    if not breaches:
        return ()
    best = _smallest(progress, range(MOST_SKIPPED + 1), len(breaches))
    found = [] if best is None else [best]
    if best is not None and not any(change.kind == "skip" for change in best.changes):
        other = _smallest(progress, range(1, 2), len(best.left) + 1, most_shortened=0)
        found += [] if other is None else [other]
    return tuple(found)


def shortenable(progress: Progress) -> dict[str, int]:
    """Return by how many minutes at most the stay at each stop to come, or under way, may be shortened."""
    table, most = progress.table, {}
    coming = progress.coming()
    keys = progress.ahead() if coming is None or coming[1] == "arrive" else [coming[0], *progress.ahead()]
    for key in keys[: -1 if keys and keys[-1] == progress.order[-1] else None]:
        plan = progress.plan[key]
        if plan.is_kept or key in progress.skipped or key == progress.order[0]:
            continue
        break_min = table.limits.rules.break_min
        least = max(plan.stay_min * LEAST_SHARE, break_min if plan.stay_min >= break_min else 0)
        room = plan.stay_min - progress.short.get(key, 0) - least
        if room >= STEP_MIN:
            most[key] = int(room // STEP_MIN) * STEP_MIN
    return most


def skippable(progress: Progress) -> list[str]:
    """Return the stops to come that may be skipped; lunch is none of them, for it is to be saved."""
    return [
        key
        for key in progress.ahead()
        if not progress.plan[key].is_kept
        and progress.plan[key].start_window is None
        and key not in progress.skipped
        and key != progress.order[-1]
    ]


def apply(progress: Progress, changes: Iterable[Change]) -> Progress:
    """Return the progress with changes."""
    other = progress.copy()
    for change in changes:
        if change.kind == "skip":
            other.skipped.add(change.key)
        else:
            other.short[change.key] = other.short.get(change.key, 0) + change.minutes
    return other


def _smallest(
    progress: Progress, n_skip: Iterable[int], fewer_than: int, *, most_shortened: int = MOST_SHORTENED
) -> Repair | None:
    """Return the smallest repair that leaves fewer breaches than there are, None if there is none."""
    best: Repair | None = None
    for skips in n_skip:
        for n in range(most_shortened + 1):
            for skipped in combinations(reversed(skippable(progress)), skips):
                changes = tuple(Change("skip", key) for key in skipped)
                changed = apply(progress, changes)
                room = shortenable(changed)
                for keys in combinations(reversed(list(room)), n):
                    n_left = len(_left(changed, [Change("shorten", key, room[key]) for key in keys]))
                    if n_left >= fewer_than:
                        continue
                    chosen = _fewest_minutes(changed, keys, room, n_left)
                    repair = Repair((*changes, *chosen), _left(changed, chosen))
                    if best is None or _key(repair, progress) < _key(best, progress):
                        # Another repair of as many changes may leave as many breaches, and take fewer minutes.
                        best, fewer_than = repair, n_left + 1
            if best is not None:
                # More changes have to leave fewer breaches.
                fewer_than = len(best.left)
                if not best.left:
                    return best
    return best


def _fewest_minutes(progress: Progress, keys: Sequence[str], room: dict[str, int], n_left: int) -> tuple[Change, ...]:
    """Return how to shorten all of some visits by the fewest minutes so that only `n_left` breaches are left.

    A longer cut of one visit needs no longer cut of the next: the last one is found by halving.
    """
    if not keys:
        return ()
    *first, last = keys
    steps = [range(STEP_MIN, room[key] + 1, STEP_MIN) for key in first]
    best: tuple[int, ...] | None = None
    for minutes in _choices(steps):
        low, high = 1, room[last] // STEP_MIN

        def holds(step: int, minutes: tuple[int, ...] = minutes) -> bool:
            amounts = zip(keys, (*minutes, step * STEP_MIN), strict=True)
            return len(_left(progress, [Change("shorten", key, amount) for key, amount in amounts])) <= n_left

        if not holds(high):
            continue
        while low < high:
            middle = (low + high) // 2
            low, high = (low, middle) if holds(middle) else (middle + 1, high)
        found = (*minutes, low * STEP_MIN)
        if best is None or (sum(found), found) < (sum(best), best):
            best = found
    chosen = best or tuple(room[key] for key in keys)
    return tuple(Change("shorten", key, amount) for key, amount in zip(keys, chosen, strict=True))


def _choices(steps: Sequence[range]) -> Iterator[tuple[int, ...]]:
    if not steps:
        yield ()
        return
    for first in steps[0]:
        for rest in _choices(steps[1:]):
            yield (first, *rest)


def _left(progress: Progress, changes: Iterable[Change]) -> tuple[Breach, ...]:
    changed = apply(progress, changes)
    return tuple(changed.breaches(changed.times()))


def _key(repair: Repair, progress: Progress) -> tuple[int, int, int, int, tuple[int, ...]]:
    """Return what makes one repair smaller than another."""
    skips = sum(change.kind == "skip" for change in repair.changes)
    minutes = sum(change.minutes for change in repair.changes)
    late = tuple(-progress.order.index(change.key) for change in repair.changes)
    return len(repair.left), skips, len(repair.changes), minutes, late
