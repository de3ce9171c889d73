"""Opening hours of OpenStreetMap's syntax in words."""

import re
from collections.abc import Callable

from webmap.logic.labels import msgid

DAYS = {
    "zh": {
        "Mo": "周一", "Tu": "周二", "We": "周三", "Th": "周四", "Fr": "周五", "Sa": "周六", "Su": "周日",
        "PH": "节假日", "SH": "学校假期", "easter": "复活节", "24/7": "24 小时",
        "open": "开放", "off": "休息", "closed": "休息", "unknown": "时间不详",
        "dawn": "天亮", "sunrise": "日出", "sunset": "日落", "dusk": "天黑",
    },
    "en": {
        "Mo": "Mon", "Tu": "Tue", "We": "Wed", "Th": "Thu", "Fr": "Fri", "Sa": "Sat", "Su": "Sun",
        "PH": "holidays", "SH": "school holidays", "easter": "Easter", "24/7": "24 hours",
        "open": "open", "off": "closed", "closed": "closed", "unknown": "hours unknown",
    },
}  # fmt: skip
NIGHT = msgid("%(first)s–%(last)s next day")
"""Hours that end on the next day: two times of day as HH:MM."""

_SIGNS = {
    "zh": {"-": "至", ",": "、", "; ": "；", ", ": "，", " || ": "；否则 "},
    "en": {"-": "–", ",": ", ", "; ": "; ", ", ": ", ", " || ": "; otherwise "},
}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_ORDINALS = ("", "1st", "2nd", "3rd", "4th", "5th")
_DATE = re.compile(
    rf"(?:(?P<year>\d{{4}}) )?(?P<month>{'|'.join(_MONTHS)})(?: (?P<day>\d{{1,2}})(?:-(?P<last>\d{{1,2}})(?![\d:]))?)?"
    r"(?=[-, ;]|$)"
)
_WEEKS = re.compile(r"week ?(?P<weeks>\d{1,2}(?:[-,]\d{1,2})*)(?:/(?P<every>\d+))?")
_NTH = re.compile(r"(?P<weekday>Mo|Tu|We|Th|Fr|Sa|Su)\[(?P<nth>-?\d(?:,-?\d)*)\]")
_BESIDE = re.compile(r"(?P<feast>PH|SH|easter) (?P<sign>[-+])(?P<days>\d+) days?")
_SUN = re.compile(r"\((?P<sun>dawn|sunrise|sunset|dusk)(?P<later>[-+])(?P<hours>\d\d):(?P<minutes>\d\d)\)")
_SPAN = re.compile(r"(?P<first>\d\d:\d\d)(?:-(?P<until>\d\d:\d\d)|(?P<onwards>\+))?")
_YEAR = re.compile(r"(?<![\d:])(?P<only_year>\d{4})(?=[-, ]|$)")
_WORD = re.compile(
    r"(?P<word>24/7|unknown|Mo|Tu|We|Th|Fr|Sa|Su|PH|SH|easter|open|off|closed|dawn|sunrise|sunset|dusk|"
    r" \|\| |; |, |[-, ])"
)
_PART = re.compile("|".join(each.pattern for each in (_DATE, _WEEKS, _NTH, _BESIDE, _SUN, _SPAN, _YEAR, _WORD)))


def hours_in_words(text: str | None, *, lang: str, translate: Callable[[str], str]) -> str | None:
    """Return opening hours in OSM syntax as words; what has no words here stays as it is.

    None where the hours are not known. `lang` is ``zh`` or ``en``.

    >>> hours_in_words("Mo-Fr 08:00-17:00; PH off", lang="en", translate=str)
    'Mon–Fri 08:00–17:00; holidays closed'
    >>> hours_in_words("Mo[1] off; Tu-Su 09:00-17:00; Oct 01-07 off", lang="zh", translate=str)
    '每月第1个周一 休息；周二至周日 09:00–17:00；10月1日至7日 休息'
    """
    if not text:
        return None
    plain = re.sub(r"24/7 (unknown|closed|off)", r"\1", text)
    if _PART.sub("", plain):
        return text
    return _PART.sub(lambda found: _part_words(found, lang, translate), plain)


def _part_words(found: re.Match[str], lang: str, translate: Callable[[str], str]) -> str:
    """Return one part of written hours in words."""
    part = found.groupdict()
    words = DAYS[lang] | _SIGNS[lang]
    if part["word"]:
        return words.get(part["word"], part["word"])
    if part["month"]:
        return _date_words(part, lang)
    if part["first"]:
        return _span_words(part, lang, translate)
    return (_rare_words_zh if lang == "zh" else _rare_words_en)(part, words)


def _span_words(part: dict[str, str | None], lang: str, translate: Callable[[str], str]) -> str:
    """Return two times of day in words, or one with what follows it."""
    first, last = part["first"] or "", part["until"]
    if part["onwards"]:
        return f"{first} 起" if lang == "zh" else f"from {first}"
    if last is None:
        return first
    hour = int(last[:2])
    if hour > 24 or (hour, last[3:]) > (24, "00"):
        return translate(NIGHT) % {"first": first, "last": f"{hour - 24:02d}{last[2:]}"}
    if last <= first and last != "00:00":
        return translate(NIGHT) % {"first": first, "last": last}
    return f"{first}–{last}"


def _date_words(part: dict[str, str | None], lang: str) -> str:
    """Return a date, some days of a month or a month in words."""
    year, month, day, last = (part[key] for key in ("year", "month", "day", "last"))
    if lang == "zh":
        days = f"{int(day)}日" if day else ""
        days += f"至{int(last)}日" if last else ""
        return f"{f'{year}年' if year else ''}{_MONTHS.index(month or '') + 1}月{days}"
    days = f"{int(day)}" if day else ""
    days += f"–{int(last)}" if last else ""
    return " ".join(filter(None, (days, month, year)))


def _rare_words_zh(part: dict[str, str | None], words: dict[str, str]) -> str:
    """Return weeks, weekdays of a month, days beside holidays, times by the sun and years in Chinese."""
    if part["weeks"]:
        weeks = re.sub(r"\d+", lambda number: str(int(number[0])), part["weeks"]).replace("-", "至").replace(",", "、")
        return f"第{weeks}周" + (f"中每{part['every']}周一次" if part["every"] else "")
    if part["nth"]:
        which = [number for number in part["nth"].split(",") if not number.startswith("-")]
        ends = [int(number[1:]) for number in part["nth"].split(",") if number.startswith("-")]
        names = [f"第{'、'.join(which)}个"] if which else []
        names += ["最后一个" if number == 1 else f"倒数第{number}个" for number in ends]
        return f"每月{'和'.join(names)}{words[part['weekday'] or '']}"
    if part["feast"]:
        return f"{words[part['feast']]}{'前' if part['sign'] == '-' else '后'}{part['days']}天"
    if part["sun"]:
        return f"{words[part['sun']]}{'前' if part['later'] == '-' else '后'}{_duration(part, '小时', '分钟')}"
    return f"{part['only_year']}年"


def _rare_words_en(part: dict[str, str | None], words: dict[str, str]) -> str:
    """Return weeks, weekdays of a month, days beside holidays, times by the sun and years in English."""
    if part["weeks"]:
        weeks = re.sub(r"\d+", lambda number: str(int(number[0])), part["weeks"]).replace("-", "–").replace(",", ", ")
        every = f", every {part['every']} weeks" if part["every"] else ""
        return f"{'weeks' if re.search('[-,]', part['weeks']) else 'week'} {weeks}{every}"
    if part["nth"]:
        numbers = [int(number) for number in part["nth"].split(",")]
        names = [_ORDINALS[n] if n > 0 else f"{_ORDINALS[-n]} last " if n < -1 else "last" for n in numbers]
        return f"{' and '.join(name.strip() for name in names)} {words[part['weekday'] or '']} of the month"
    if part["feast"]:
        days = f"{part['days']} day{'s' if part['days'] != '1' else ''}"
        return f"{days} {'before' if part['sign'] == '-' else 'after'} {words[part['feast']]}"
    if part["sun"]:
        return f"{_duration(part, ' h', ' min')} {'before' if part['later'] == '-' else 'after'} {part['sun']}"
    return part["only_year"] or ""


def _duration(part: dict[str, str | None], hours: str, minutes: str) -> str:
    """Return hours and minutes with the words for them, nothing for zero."""
    counted = ((int(part["hours"] or 0), hours), (int(part["minutes"] or 0), minutes))
    space = " " if hours.startswith(" ") else ""
    return space.join(f"{number}{name}" for number, name in counted if number)
