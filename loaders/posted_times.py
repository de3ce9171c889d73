"""Hours of a register that stand in several columns: days, opening and closing time."""

import re
from collections.abc import Callable


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
    hours, days, opens, closes = (cell(name) or "" for name in ("hours", "days", "opens", "closes"))
    if not opens and not closes:
        return " ".join(filter(None, (days, hours))) if hours and not _names_days(hours) else hours or days
    if re.search(r"\d", hours):
        return hours
    # A time that is missing leaves a text that nobody can read: it is kept as posted, and the hours are unknown.
    return " ".join(filter(None, (days or hours, f"{opens}-{closes}")))


def _names_days(hours: str) -> bool:
    return re.search(r"周|星期|礼拜|每[天日]|工作日|Mo|Tu|We|Th|Fr|Sa|Su|24/7|[24全]\s*小时|全天", hours) is not None
