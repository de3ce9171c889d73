"""Write the days and hours that a Chinese text names as rules of the OSM opening_hours syntax."""

from dataclasses import dataclass, field
from itertools import pairwise

from geo._chinese_clock import DAY_MIN
from geo._chinese_days import ALL_DAYS, is_whole_year, rest_of_year, write_days


class UnsureError(Exception):
    """The text can be read in two ways, or not at all."""


@dataclass
class Group:
    """Days that share hours."""

    days: frozenset[int] | None = None  # None: not said
    season: str | None = None
    date: str | None = None
    times: list[tuple[int, int]] = field(default_factory=list)  # minutes since midnight
    is_closed: bool = False
    is_workdays: bool = False
    has_holidays: bool = False  # named beside the days
    is_variant: bool = False  # in brackets, or after 其中: differs in part from the hours before
    is_legal: bool = False  # 法定: the weekends are not meant
    is_rest: bool = False  # the days that no other group names
    is_whole_rest: bool = False  # 其余每天: even if none is named
    excepts_holidays: bool = False

    @property
    def is_said(self) -> bool:
        """Whether the hours follow the days."""
        return bool(self.times) or self.is_closed

    @property
    def names_days(self) -> bool:
        """Whether any day is named."""
        return self.days is not None or self.has_holidays or self.date is not None or self.is_rest


_FEAST_TOKENS = {"eve_off", "feast_hours"}
"""Named holidays have no name in the syntax: what the text says of them is left unknown."""


def write_groups(groups: list[Group], said: set[str]) -> str:
    if not all(group.is_said for group in groups):
        raise UnsureError
    dated = [group for group in groups if group.date is not None]
    weekly = [group for group in groups if group.date is None]
    timed = [group for group in weekly if group.times]
    if not timed and len(dated) == len(groups) and all("[" in (group.date or "") for group in dated):
        timed = [group for group in dated if group.times]
        if len(timed) == len(dated) and not said & _FEAST_TOKENS:
            rules = [f"{group.date} {_write_times(group.times)}" for group in timed]
            if "holiday_off" in said or any(group.excepts_holidays for group in timed):
                rules.append("PH off")
            elif any(token.startswith("holiday") for token in said):
                raise UnsureError
            return "; ".join(rules)
    if not timed:
        raise UnsureError
    _resolve_days(weekly, timed)
    rules = [_rule(group) for group in timed if group.days]
    rules += [f"{write_days(group.days)} off" for group in weekly if group.is_closed and group.days]
    is_always = rules == ["Mo-Su 00:00-24:00"]
    if is_always:
        # New Year's Eve has no name in the syntax. Left out, it is unknown like any holiday, except of 24/7.
        if said & _FEAST_TOKENS:
            raise UnsureError
        rules = ["24/7"]
    holidays = _holidays(weekly, timed, said)
    if holidays and not (is_always and holidays == "PH 00:00-24:00"):
        rules.append(holidays)
    rules += [f"{group.date} {_write_times(group.times) if group.times else 'off'}" for group in dated]
    return "; ".join(rules)


def _rule(group: Group) -> str:
    season = f"{group.season} " if group.season else ""
    return f"{season}{write_days(group.days or ALL_DAYS)} {_write_times(group.times)}"


def _resolve_days(weekly: list[Group], timed: list[Group]) -> None:
    """Give the groups that name no days theirs; refuse days that two groups claim."""
    _take_season_out(timed)
    _refuse_changed_half(timed)
    seasons = {group.season for group in timed}
    named = [season for season in seasons if season is not None]
    # What holds in the rest of the year is not told, and not guessed.
    if named and (None in seasons or not is_whole_year(named)):
        raise UnsureError
    for season in seasons:
        _resolve_season([group for group in weekly if group.season == season], [g for g in timed if g.season == season])


def _refuse_changed_half(timed: list[Group]) -> None:
    """8:30-11:30，14:00-17:00（周五14:30-17:30）: whether Friday has a morning is not told."""
    base, *others = timed
    if base.days is not None or len(base.times) < 2:
        return
    for group in others:
        if group.days and group.days <= frozenset(range(5)) and len(group.times) == 1:
            ((start, end),) = group.times
            shifts = [max(abs(start - first), abs(end - last)) for first, last in base.times]
            if 0 < min(shifts) <= _LARGEST_SHIFT_MIN:
                raise UnsureError


def _take_season_out(timed: list[Group]) -> None:
    """周二至周日9:00-17:00（11月至次年3月9:00-16:30）: the first hours hold in the rest of the year.

    8:30-11:30，14:30-17:30（7-9月15:00-18:00） changes the afternoon alone.
    """
    base, *others = timed
    seasons = [group.season for group in others if group.season is not None]
    if base.season is not None or not seasons or len(seasons) < len(others):
        return
    for group in others:
        if group.days not in (None, base.days) or group.has_holidays or base.has_holidays:
            raise UnsureError
        if len(base.times) > 1:
            group.times = _changed(base.times, group)
        elif len(group.times) != 1 or not _is_like(group, *base.times[0]):
            raise UnsureError
        group.days = base.days
    base.season = rest_of_year(seasons)


def _is_like(group: Group, usual_start: int, usual_end: int) -> bool:
    ((start, end),) = group.times
    is_shifted = group.is_variant and max(abs(start - usual_start), abs(end - usual_end)) <= _LARGEST_SHIFT_MIN
    return start == usual_start or end == usual_end or start < usual_start < usual_end < end or is_shifted


_LARGEST_SHIFT_MIN = 90


def _changed(usual: list[tuple[int, int]], group: Group) -> list[tuple[int, int]]:
    """Return usual hours with the halves of the day that a season changes; refuse other hours."""
    times = list(usual)
    for start, end in group.times:
        near = [
            number
            for number, (first, last) in enumerate(usual)
            if max(abs(start - first), abs(end - last)) <= _LARGEST_SHIFT_MIN
        ]
        if not group.is_variant or len(near) != 1 or times[near[0]] != usual[near[0]]:
            raise UnsureError
        times[near[0]] = (start, end)
    if any(end >= start for (_, end), (start, _) in pairwise(times)):
        raise UnsureError
    return times


def _resolve_season(weekly: list[Group], timed: list[Group]) -> None:
    named: set[int] = set()
    for group in weekly:
        if group.is_rest or group.days is None or (group.days == ALL_DAYS and group is timed[0]):
            continue
        if named & group.days:
            raise UnsureError
        named |= group.days
    for number, group in enumerate(timed):
        if group.has_holidays and group.days is None:
            group.days = frozenset()
        elif group.is_rest:
            # 平时8:30-17:30 and nothing else: of which days?
            if not named and not group.is_whole_rest and not any(other.has_holidays for other in weekly):
                raise UnsureError
            group.days = ALL_DAYS - named
        elif group.days is None or (group.days == ALL_DAYS and number == 0):
            closed = frozenset(day for other in weekly if other.is_closed for day in other.days or ())
            others = [other for other in timed if other is not group and other.days]
            if number or not all(_meet(group.times, other.times) for other in others):
                raise UnsureError  # 8:00-12:00 周五 14:00-17:00: instead, or as well?
            # Said first and of every day: a later group names exceptions. Closed days are written as such.
            group.days = ALL_DAYS - (frozenset(named) - closed)
            if not group.days:
                raise UnsureError  # every day has hours of its own: these are of none
    if not all(group.days is not None for group in timed):
        raise UnsureError


def _meet(first: list[tuple[int, int]], second: list[tuple[int, int]]) -> bool:
    return any(a < d and c < b for a, b in first for c, d in second)


def _holidays(weekly: list[Group], timed: list[Group], said: set[str]) -> str | None:
    """Return the rule of public holidays; None where the text does not tell."""
    named = [group for group in weekly if group.has_holidays]
    if named:
        covered = frozenset(day for group in weekly for day in group.days or ())
        # 节假日 without 法定 may mean the weekends as well.
        if len(named) > 1 or not (named[0].is_legal or covered >= {5, 6}) or said & {"holiday_off", "holiday_on"}:
            raise UnsureError
        if "feast_hours" in said or (named[0].times and "eve_off" in said):
            return None  # 周末及节假日9:00-16:00，除夕休息
        return f"PH {_write_times(named[0].times)}" if named[0].times else "PH off"
    if "holiday_vague" in said and not frozenset(day for group in weekly for day in group.days or ()) >= {5, 6}:
        raise UnsureError
    is_workdays = len(timed) == 1 and timed[0].is_workdays and timed[0].days == frozenset(range(5))
    is_off = "holiday_off" in said or any(group.excepts_holidays and group.times for group in weekly)
    is_on = "holiday_on" in said or any(group.excepts_holidays and group.is_closed for group in weekly)
    # 工作日8:30-17:30，国庆闭馆: and the other holidays?
    if (is_off and (is_on or "feast_hours" in said)) or (is_workdays and said & _FEAST_TOKENS):
        raise UnsureError
    if is_off or (is_workdays and not is_on and "holiday_unsure" not in said):
        return "PH off"
    if not is_on or said & _FEAST_TOKENS or len(timed) != 1 or timed[0].season is not None:
        return None
    covered = frozenset(day for group in weekly for day in group.days or ())
    # 周一至周五…，节假日照常: the weekends within the holidays too? Left unknown.
    return f"PH {_write_times(timed[0].times)}" if covered == ALL_DAYS else None


def _write_times(times: list[tuple[int, int]]) -> str:
    return ",".join(
        f"{start // 60:02d}:{start % 60:02d}-{_wrapped(end) // 60:02d}:{end % 60:02d}" for start, end in times
    )


def _wrapped(minutes: int) -> int:
    return minutes if minutes <= DAY_MIN else minutes - DAY_MIN
