"""Random days of tours under way, and what leaders press in them."""

import random
from itertools import product

from geo.tours.presses import Press
from geo.tours.repairs import STEP_MIN, Change, apply, shortenable, skippable
from geo.tours.running_day import DayLimits, DayStop, DayTable, Progress


def make_day(seed: int, *, n_stop: int = 5) -> DayTable:
    """Return a day that holds as planned, with hours and a lunch that leave little time."""
    rng = random.Random(seed)
    now = 480 + rng.choice((0, 30))
    stops = [DayStop("start", now, now, 0, is_kept=True)]
    place = {"start": 0.0}
    lunch = rng.randrange(1, n_stop - 1)
    for number in range(1, n_stop):
        key = "end" if number == n_stop - 1 else f"s{number}"
        place[key] = place[stops[-1].key] + rng.randrange(10, 50)
        now += int(place[key] - place[stops[-1].key])
        stay = 0 if key == "end" else rng.choice((15, 30, 45, 60, 90))
        windows = None
        if key != "end" and rng.random() < 0.5:
            windows = ((now - rng.randrange(0, 60), now + stay + rng.randrange(0, 40)),)
        start = (now - 30, now + rng.randrange(0, 30)) if number == lunch else None
        is_kept = key == "end" or rng.random() < 0.2
        stops.append(DayStop(key, now, now + stay, stay, windows, start, is_kept))
        now += stay + rng.choice((0, 0, 10))
        stops[-1] = DayStop(
            key, stops[-1].arrive, now if key != "end" else stops[-1].arrive, stay, windows, start, is_kept
        )

    def drive(origin: str, to: str) -> int | None:
        return int(abs(place[to] - place[origin]))

    limits = DayLimits(end_min=(stops[-1].arrive or 0) + rng.randrange(0, 60), stretch_day_min=rng.choice((90, 240)))
    return DayTable(tuple(stops), drive, limits)


def make_presses(table: DayTable, seed: int, *, n: int = 8) -> list[Press]:
    """Return presses of two devices, in the order in which they were made."""
    rng = random.Random(seed)
    keys = [stop.key for stop in table.stops]
    presses: list[Press] = []
    count = {"a": 0, "b": 0}
    minute = 480
    for _ in range(n):
        device = rng.choice("aab")
        count[device] += 1
        minute += rng.randrange(0, 40)
        kind = rng.choice(("arrived", "departed", "departed", "delay", "set_time", "skip", "shorten", "undo"))
        presses.append(
            Press(
                device, count[device], minute * 60_000 + rng.randrange(60_000), minute, kind, stop=rng.choice(keys),
                minutes=minute + rng.randrange(60) if kind == "set_time" else rng.choice((5, 10, 20)),
                target=rng.choice(presses).name if presses and kind == "undo" else None,
            )
        )  # fmt: skip
    return sorted(presses, key=lambda each: each.at_ms)


def smallest_by_trying(progress: Progress, *, most_shortened: int, most_skipped: int) -> tuple[int, int, int, int]:
    """Return (breaches left, skipped, changes, minutes) of the smallest change: by trying every one."""
    room = shortenable(progress)
    options = {
        key: [None, *(Change("shorten", key, m) for m in range(STEP_MIN, most + 1, STEP_MIN))]
        for key, most in room.items()
    }
    for key in skippable(progress):
        options.setdefault(key, [None]).append(Change("skip", key))
    found = []
    for choice in product(*options.values()):
        changes = [change for change in choice if change is not None]
        skips = sum(change.kind == "skip" for change in changes)
        if skips > most_skipped or len(changes) - skips > most_shortened:
            continue
        changed = apply(progress, changes)
        left = len(changed.breaches(changed.times()))
        found.append((left, skips, len(changes), sum(change.minutes for change in changes)))
    return min(found)
