"""Opening hours that a register keeps in several columns: days, opening time, closing time."""

import re
from collections.abc import Callable

_WHOLE_DAY = r"24/7|(?:24|二十四|全)\s*小时|全天"


def as_posted(text: str) -> str:
    """Return hours letter for letter, on one line: blanks between Chinese characters may part two remarks.

    Examples
    --------
    >>> as_posted(" 周二至周日  9:00-17:00\\n周一 闭馆 ")
    '周二至周日  9:00-17:00 周一 闭馆'
    """
    return re.sub(r"[^\S\n\r\t]*[\n\r\t]\s*", " ", text.strip())


def posted_hours(cell: Callable[[str], str]) -> str:
    """Return the hours that a row posts, as one text.

    Parameters
    ----------
    cell : callable
        Text of a field in the row, empty where there is none: ``hours``, ``days``, ``opens``, ``closes``.

    Returns
    -------
    str
        ``hours`` as they stand where they say times, else days, opening and closing together. Empty for none.

    Examples
    --------
    >>> posted_hours({"days": "周一至周五", "opens": "8:30", "closes": "17:30"}.get)
    '周一至周五 8:30-17:30'
    """
    hours, days = (cell(name) or "" for name in ("hours", "days"))
    opens, closes = (_clock(cell(name) or "") for name in ("opens", "closes"))
    if re.search(_WHOLE_DAY, opens or closes) and not (opens and closes and opens != closes):
        # 24小时 stands in one of the two columns, or in both.
        return " ".join(filter(None, (days, opens or closes)))
    if not opens and not closes:
        return " ".join(filter(None, (days, hours))) if hours and not _names_days(hours) else hours or days
    if re.search(r"\d", hours):
        return hours
    # A time that is missing leaves a text that nobody can read: it is kept as posted, and the hours are unknown.
    return " ".join(filter(None, (days or hours, f"{opens}-{closes}")))


def _clock(text: str) -> str:
    """Return a time as people write it: Excel keeps times as parts of a day, and shows seconds that nobody wrote.

    Examples
    --------
    >>> [_clock(text) for text in ("0.375", "08:30:00", "8点半", "1", "")]
    ['09:00', '08:30', '8点半', '24:00', '']
    """
    if re.fullmatch(r"0?\.\d+|1", text):
        minutes = round(float(text) * 1440)
        return f"{minutes // 60:02d}:{minutes % 60:02d}"
    return re.sub(r"^(\d{1,2}:\d{2}):00$", r"\1", text)


def _names_days(hours: str) -> bool:
    return re.search(r"周|星期|礼拜|每[天日]|工作日|Mo|Tu|We|Th|Fr|Sa|Su|" + _WHOLE_DAY, hours) is not None
