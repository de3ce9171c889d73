"""Put posted hours into one spelling before they are read: typed-for signs, line breaks, days behind their hours."""

import re
import unicodedata

from geo._chinese_clock import DASH, SPAN
from geo._chinese_days import DAYS

_OWN_NAME = re.compile(
    r"(?:本)?(?:图书馆|文化馆|博物馆|美术馆|展览馆|科技馆|体育馆|文化宫|驿站|服务站|景区|公园|馆|站|店)\s*(?=:|的|开放|营业)[:的]?"
)
"""The place itself, named before its hours; a part of it (一楼, 自助区) is not."""
_DASH_WORD = re.compile(r"(?<=[\d点时])\s*[一ー]+\s*(?=\d{1,2}[:.点时])")
"""8:00一20:00: the numeral one, typed for a dash."""
_COLON_WORD = re.compile(r"(?<![:.]\d\d)(?<=\d);(?=[0-5]\d(?![\d:.点时]))")
"""8;30: typed for a colon."""
_PLAIN_DAYS = re.compile(r"平日(?=.*(?:周末|双休日))", re.DOTALL)
"""平日 beside 周末 is Monday to Friday; alone, or beside 假日, it may be any day that is no holiday."""
_WHOLE_WEEK = re.compile(rf"(?:周|星期)一\s*0?0:00{DASH}(?:周|星期)[日天]\s*(?:24:00|23:59)")


def tidy(text: str) -> str:
    """Return a text in lower case and plain signs, without the name of the place itself.

    Examples
    --------
    >>> tidy("本馆开放时间：8：00一20：00")
    '开放时间:8:00-20:00'
    >>> tidy("8;30-17;30"), tidy("9:00-12:00;14:00-17:00")
    ('8:30-17:30', '9:00-12:00;14:00-17:00')
    """
    text = re.sub(r"<br\s*/?>", "\n", text, flags=re.IGNORECASE)
    text = unicodedata.normalize("NFKC", text).strip().lower()
    text = _PLAIN_DAYS.sub("周一至周五", text)
    text = _WHOLE_WEEK.sub("24小时", _COLON_WORD.sub(":", _DASH_WORD.sub("-", text)))
    name = _OWN_NAME.match(text)
    return text[name.end() :] if name else text


_BRACKETED_DAYS = re.compile(
    rf"\s*[(\[【「]\s*(?P<days>{DAYS}(?:[、和及]{DAYS})*)\s*[)\]】」]\s*:?\s*"
    rf"(?P<hours>{SPAN}(?:[\s,、/]*{SPAN})*)[\s,;。、]*"
)
_HOURS_AND_DAYS = re.compile(
    rf"\s*(?P<hours>{SPAN}(?:[\s,、/]*{SPAN})*)\s*[(\[【「]\s*(?P<days>{DAYS}(?:[、和及]{DAYS})*)\s*[)\]】」][\s,;。、]*"
)


def days_first(text: str) -> str:
    """Return 8:30-17:30（工作日），9:00-16:00（周六） with the days before their hours; other texts as they are.

    （周一至周五）8:30-17:30；（周六）9:00-16:00 loses its brackets.
    """
    for pattern, fewest in ((_HOURS_AND_DAYS, 2), (_BRACKETED_DAYS, 1)):
        found = list(pattern.finditer(text))
        if len(found) >= fewest and sum(len(each[0]) for each in found) == len(text):
            return "; ".join(f"{each['days']} {each['hours']}" for each in found)
    return text
