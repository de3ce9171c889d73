"""Read opening hours as Chinese registers and notices write them, where they are certain.

Every word must be understood. What is left over (夏季, 寒暑假, 以馆方公告为准) makes the whole text unknown: a part
that cannot be expressed may change the rest.
"""

import re
import unicodedata
from dataclasses import dataclass, field

_DAY_NAMES = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_DAY_CHARACTERS = {"一": 0, "二": 1, "三": 2, "四": 3, "五": 4, "六": 5, "日": 6, "天": 6}
_ALL_DAYS = frozenset(range(7))

_DASH = r"\s*(?:[-‐‑–—―~至到]+)\s*"
_CLOCK = r"(?:早上|早|上午|中午|下午|晚上|晚)?\s*\d{1,2}\s*(?::\s*\d{2}|[时点](?:半|\d{1,2}分?)?)"
_WEEK = "(?:周|星期|礼拜)"
_HOLIDAYS = "(?:国家)?(?:法定)?节?假日"
_SHUT = "闭馆|休馆|休息|公休|不开放|不营业|关闭"
_ENDS = r"(?=$|开放|营业|[\s,;。)])"
_TOKENS = re.compile(
    "|".join(
        f"(?P<{name}>{pattern})"
        for name, pattern in {
            "always": rf"(?:365天)?(?:全天候?)?24(?:小时|h|H)(?:不打烊|无休)?{_ENDS}|全天候?{_ENDS}",
            "times": rf"{_CLOCK}{_DASH}(?:次日|翌日|第二天)?\s*{_CLOCK}",
            "holiday_off": rf"{_HOLIDAYS}(?:除外|{_SHUT})",
            "holiday_on": rf"{_HOLIDAYS}(?:不休息?|无休|照常|正常){_ENDS}|含{_HOLIDAYS}|全年无休",
            "eve_off": rf"除夕(?:全天|当天|当日)?(?:{_SHUT})",
            "days": (
                rf"周六日|{_WEEK}[一二三四五六日天](?:{_DASH}{_WEEK}?[一二三四五六日天]|(?:、[一二三四五六日天](?!\d))+)?"
                r"|每天|每日|天天|全年|全周|工作日|周末|双休日"
            ),
            "closed": _SHUT,
            "filler": r"(?:开放|营业|服务|开馆)?时间:?|对外开放|开放|营业|为|[\s,;、。()及和]+",
        }.items()
    )
)


@dataclass
class _Group:
    """Days that share hours."""

    days: frozenset[int] | None = None  # None: not said
    times: list[tuple[int, int]] = field(default_factory=list)  # minutes since midnight
    is_closed: bool = False
    is_workdays: bool = False

    @property
    def is_said(self) -> bool:
        """Whether the hours follow the days."""
        return bool(self.times) or self.is_closed


def read_posted_hours(text: str) -> str | None:
    """Return posted Chinese hours in OSM opening_hours syntax, None where they are not certain.

    Parameters
    ----------
    text : str
        Such as ``周二至周日 8:30—17:00，周一闭馆``. Times without days hold every day.

    Returns
    -------
    str or None

    Examples
    --------
    >>> read_posted_hours("周二至周日 8:30—17:00，周一闭馆")
    'Tu-Su 08:30-17:00; Mo off'
    >>> read_posted_hours("夏季 8:30—17:30") is None
    True
    """
    text = unicodedata.normalize("NFKC", text).strip()
    groups = [_Group()]
    said: set[str] = set()
    position = 0
    while position < len(text):
        token = _TOKENS.match(text, position)
        if token is None or token.lastgroup is None:
            return None
        position = token.end()
        said.add(token.lastgroup)
        group = groups[-1]
        match token.lastgroup:
            case "days":
                if group.is_said:
                    group = _Group()
                    groups.append(group)
                group.days = (group.days or frozenset()) | _days(token[0])
                group.is_workdays |= token[0] == "工作日"
            case "times" | "always":
                times = (0, 24 * 60) if token.lastgroup == "always" else _minutes(token[0])
                if times is None or group.is_closed or (group.times and times[0] < group.times[-1][1]):
                    return None
                group.times.append(times)
            case "closed":
                if group.days is None or group.is_said:
                    return None
                group.is_closed = True
    return _write(groups, said)


def _days(text: str) -> frozenset[int]:
    if text in ("每天", "每日", "天天", "全年", "全周"):
        return _ALL_DAYS
    if text == "工作日":
        return frozenset(range(5))
    if text in ("周末", "双休日", "周六日"):
        return frozenset({5, 6})
    named = [_DAY_CHARACTERS[character] for character in text if character in _DAY_CHARACTERS]
    if "、" in text or len(named) == 1:
        return frozenset(named)
    first, last = named
    return frozenset((first + offset) % 7 for offset in range((last - first) % 7 + 1))


def _minutes(text: str) -> tuple[int, int] | None:
    """Return start and end in minutes since midnight, the end past 24:00 if it is on the next day."""
    start, end = (_clock(clock) for clock in re.findall(_CLOCK, text))
    if start is None or end is None or start >= 24 * 60:
        return None
    if re.search("次日|翌日|第二天", text):
        return (start, end + 24 * 60) if end <= start else None
    if end > start:
        return start, end
    # "17:00-2:00" runs past midnight; "8:30-5:30" may as well mean half past five in the afternoon.
    return (start, end + 24 * 60) if start >= 12 * 60 else None


def _clock(text: str) -> int | None:
    hour, *rest = (int(digits) for digits in re.findall(r"\d+", text))
    minute = 30 if "半" in text else rest[0] if rest else 0
    total = hour * 60 + minute
    # With a word for the time of day, a clock of twelve hours may be meant: only what both clocks agree on is certain.
    earliest, latest = 0, 24 * 60
    if re.match("早|上午", text):
        latest = 12 * 60
    elif re.match("中午", text):
        earliest, latest = 11 * 60, 14 * 60
    elif re.match("下午", text):
        earliest = 12 * 60
    elif re.match("晚", text):
        earliest = 17 * 60
    return total if minute < 60 and earliest <= total <= latest else None


def _write(groups: list[_Group], said: set[str]) -> str | None:
    timed = [group for group in groups if group.times]
    if not timed or not all(group.is_said for group in groups):
        return None
    seen: set[int] = set()
    for group in timed:
        days = _ALL_DAYS if group.days is None else group.days
        if seen & days:
            return None
        seen |= days
    rules = [f"{_write_days(group.days or _ALL_DAYS)} {_write_times(group.times)}" for group in timed]
    rules += [f"{_write_days(group.days or _ALL_DAYS)} off" for group in groups if group.is_closed]
    if rules == ["Mo-Su 00:00-24:00"]:
        # New Year's Eve has no name in the syntax. Left out, it is unknown like any holiday, except of 24/7.
        if "eve_off" in said:
            return None
        rules = ["24/7"]
    if "holiday_off" in said or [group.is_workdays for group in timed] == [True]:
        return None if "holiday_on" in said else "; ".join([*rules, "PH off"])
    if "holiday_on" in said and "eve_off" not in said:
        if len(rules) > 1 or seen != _ALL_DAYS:
            return None
        if rules != ["24/7"]:
            rules.append(f"PH {_write_times(timed[0].times)}")
    return "; ".join(rules)


def _write_days(days: frozenset[int]) -> str:
    runs: list[list[int]] = []
    for day in sorted(days):
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return ",".join(
        _DAY_NAMES[run[0]] if len(run) == 1 else f"{_DAY_NAMES[run[0]]}-{_DAY_NAMES[run[-1]]}" for run in runs
    )


def _write_times(times: list[tuple[int, int]]) -> str:
    return ",".join(
        f"{start // 60:02d}:{start % 60:02d}-{_wrapped(end) // 60:02d}:{end % 60:02d}" for start, end in times
    )


def _wrapped(minutes: int) -> int:
    return minutes if minutes <= 24 * 60 else minutes - 24 * 60
