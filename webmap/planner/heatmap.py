"""Heatmap of coverage in a week: 7 × 24 cells, each a link to its hour."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from webmap.logic.coverage.week import WeekDay

STEPS = (0.5, 0.75, 0.9)
"""Parts of the best hour that part the classes: an evening at under half of noon stands out darkest."""

CLASSES = len(STEPS) + 1


@dataclass(frozen=True)
class Cell:
    """An hour of the week: its share covered, its class (0: as good as the best hour), and where a click leads."""

    weekday: int
    hour: int
    share: float
    gap_class: int
    address: str


@dataclass(frozen=True)
class HourClass:
    """Hours whose share is at least `low` and under `high` (None: no limit), and their class."""

    gap_class: int
    low: float
    high: float | None


@dataclass(frozen=True)
class Heatmap:
    """The cells by day (Monday first), and the legend: the classes in which there are hours, best class first."""

    days: tuple[tuple[Cell, ...], ...]
    kinds: tuple[str, ...]
    dates: tuple[str, ...]
    best: float
    legend: tuple[HourClass, ...]
    worst: Cell


def draw_week(week: Sequence[WeekDay], address: Callable[[int, int], str]) -> Heatmap:
    """Return the heat map of the days of a week.

    Parameters
    ----------
    week : sequence of WeekDay
        Seven, Monday first.
    address : callable
        From ISO weekday and hour to the address of the page at that hour.

    Examples
    --------
    >>> from datetime import date
    >>> share = (0.0,) * 8 + (0.4,) * 10 + (0.1,) * 6
    >>> day = WeekDay(date(2026, 11, 23), "workday", covered=share, covered_if_open=share, share=share)
    >>> drawn = draw_week([day] * 7, lambda weekday, hour: f"{weekday}-{hour}")
    >>> drawn.best, [cell.gap_class for cell in drawn.days[0]][6:20]
    (0.4, [3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 3])
    >>> [(each.gap_class, each.high) for each in drawn.legend]
    [(0, None), (3, 0.2)]
    """
    best = max(share for day in week for share in day.share)
    days = tuple(
        tuple(
            Cell(number, hour, share, _class_of(share, best), address(number, hour))
            for hour, share in enumerate(day.share)
        )
        for number, day in enumerate(week, start=1)
    )
    used = {cell.gap_class for day in days for cell in day}
    return Heatmap(
        days=days,
        kinds=tuple(day.kind for day in week),
        dates=tuple(day.date.isoformat() for day in week),
        best=best,
        legend=tuple(each for each in _classes(best) if each.gap_class in used),
        worst=min((cell for day in days for cell in day), key=lambda cell: cell.share),
    )


def _class_of(share: float, best: float) -> int:
    if best == 0.0:
        return CLASSES - 1
    # Shares come rounded to four places, so the comparison must not be finer.
    return sum(round(share, 4) < round(step * best, 4) for step in STEPS)


def _classes(best: float) -> list[HourClass]:
    edges = [None, *(step * best for step in reversed(STEPS)), 0.0]
    return [HourClass(number, low or 0.0, high) for number, (high, low) in enumerate(pairwise(edges))]
