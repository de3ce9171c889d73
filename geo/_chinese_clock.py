"""Read times of day as Chinese notices write them: 上午8点半至下午5点, 早九晚五, 22:00-次日6:00, 8:30am-5:30pm."""

import re

DAY_MIN = 24 * 60

DASH = r"\s*(?:[-‐‑–—―~至到]+|to)\s*"
_NUMBER = r"(?:\d{1,2}|二?十[一二三四五六七八九]?|[零一二两三四五六七八九])"
_PERIOD = r"(?:早上|早晨|清晨|清早|早|上午|中午|午间|下午|傍晚|晚上|晚间|晚|夜间|夜里|夜晚|深夜|午夜|凌晨|[ap]m)"
_MINUTES = r"(?:半|[一三]刻|\d{1,2}分?|[二三四五]?十[一二三四五六七八九]?分|[零〇]?[一二三四五六七八九]分)"
_PLAIN = rf"(?:\d{{1,2}}:\d{{2}}(?::\d{{2}})?整?|\d{{1,2}}\.\d{{2}}(?!\d)|{_NUMBER}\s*[点时]{_MINUTES}?整?)"
_NEXT_DAY = r"(?:次日|翌日|第二天|第二日|隔天|隔日)"
_SUFFIX = r"(?:\s*[ap]\.?m\.?(?![a-z]|\s*\d))"
CLOCK = rf"(?:{_NEXT_DAY}?\s*{_PERIOD}?:?\s*{_PLAIN}{_SUFFIX}?|\d{{1,2}}{_SUFFIX})"
"""One time of day."""
SPAN = (
    rf"(?:{CLOCK}(?:开门|开放|营业|开馆|开|起)?{DASH}{CLOCK}(?:为?止(?!票))?"
    rf"|{_PERIOD}?\s*\d{{1,2}}{DASH}\d{{1,2}}[点时](?!\d|半)"  # 9-12点
    rf"|(?<!\d)\d{{4}}{DASH}\d{{4}}(?!\d)"  # 0830-1730
    rf"|早{_NUMBER}(?:点半?|半)?(?:{DASH})?晚(?:上)?{_NUMBER}(?:点半?|半)?"  # 早九晚五
    rf"|早(?:上)?{_PLAIN}(?:{DASH})?晚(?:上)?{_PLAIN}"  # 早8:30晚5:30
    rf"|朝{_NUMBER}晚{_NUMBER})"
)
"""From one time of day to another."""

_CLOCK_PARTS = re.compile(
    rf"(?P<next>{_NEXT_DAY})?\s*(?P<period>{_PERIOD}|朝)?:?\s*"
    rf"(?:(?P<hour>\d{{1,2}}):(?P<minute>\d{{2}})(?::(?P<second>\d{{2}}))?|(?P<dot>\d{{1,2}}\.\d{{2}})"
    rf"|(?P<spoken>{_NUMBER})\s*(?:[点时](?P<part>{_MINUTES})?整?|(?P<half>半))?)(?P<suffix>{_SUFFIX})?"
)
_DIGITS = {character: value for value, character in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_MORNING, _NOON, _AFTERNOON, _EVENING, _SMALL_HOURS = "morning", "noon", "afternoon", "evening", "small hours"
_PART_OF_DAY = {
    **dict.fromkeys(("早上", "早晨", "清晨", "清早", "早", "朝", "上午", "am"), _MORNING),
    **dict.fromkeys(("中午", "午间"), _NOON),
    **dict.fromkeys(("下午", "pm"), _AFTERNOON),
    **dict.fromkeys(("傍晚", "晚上", "晚间", "晚", "夜间", "夜里", "夜晚", "深夜", "午夜"), _EVENING),
    "凌晨": _SMALL_HOURS,
}


def read_span(text: str, *, part_of_day: str | None = None) -> tuple[int, int] | None:
    """Return start and end in minutes since midnight, the end past 24:00 if it is on the next day; None if not certain.

    Parameters
    ----------
    text : str
        What `SPAN` matches.
    part_of_day : str, optional
        A word such as 下午 that was said before the span.

    Examples
    --------
    >>> read_span("下午2:00-5:00")
    (840, 1020)
    >>> read_span("晚上10点到早上6点")
    (1320, 1800)
    >>> read_span("8:30-5:30") is None  # through the night, or half past five in the afternoon?
    True
    """
    joined = re.sub(r"(?<!\d)(\d{2})(\d{2})(?=\D|$)", r"\1:\2", text) if re.fullmatch(r"\d{4}\D+\d{4}", text) else text
    found = [match for match in _CLOCK_PARTS.finditer(joined) if match[0].strip()]
    if len(found) != 2:
        return None
    first, last = found
    said = _part(first["period"] or part_of_day)
    start = _minutes(first, said)
    if start is None or first["next"]:
        return None
    own = _part(last["period"])
    end = _minutes(last, own)
    # "8:00-12:00am" means noon more often than midnight.
    if end == 0 and last["suffix"] and start < 12 * 60:
        return None
    inherited = _minutes(last, said) if own is None and not last["next"] and not last["suffix"] else None
    if last["next"]:
        return (start, end + DAY_MIN) if end is not None and end <= start < DAY_MIN else None
    if inherited is not None and inherited > start:
        end = inherited
    # "2:00-5:00" without a word for the part of the day may be meant in the afternoon; "02:00-05:00" is not.
    is_vague = said is None and not first["suffix"] and not first[0].strip().startswith("0")
    if is_vague and 60 <= start < 5 * 60 and (end or 0) <= 12 * 60:
        return None
    return _ordered(start, end, is_said=own is not None or said is not None)


def _ordered(start: int, end: int | None, *, is_said: bool) -> tuple[int, int] | None:
    if end is None or start >= DAY_MIN:
        return None
    if end > start:
        return (start, end) if end <= DAY_MIN else None
    if not is_said and start < 13 * 60 and end:
        return None  # 12:00-2:00: until two in the afternoon, or at night?
    if end == 0 and not is_said:
        return start, DAY_MIN
    # "17:00-2:00" runs past midnight; "8:30-5:30" may as well mean half past five in the afternoon.
    return (start, end + DAY_MIN) if start >= (18 if is_said else 12) * 60 and end <= 12 * 60 else None


def read_clock(text: str) -> int | None:
    """Return one time of day in minutes since midnight, None if it is not certain."""
    found = _CLOCK_PARTS.match(text)
    return None if found is None else _minutes(found, _part(found["period"]))


def _part(period: str | None) -> str | None:
    return None if period is None else _PART_OF_DAY[period]


def _minutes(found: re.Match[str], part: str | None) -> int | None:
    if found["hour"] is not None:
        hour, minute, second = int(found["hour"]), int(found["minute"]), int(found["second"] or 0)
    elif found["dot"] is not None:
        hour, minute = (int(digits) for digits in found["dot"].split("."))
        second = 0
    else:
        hour, minute, second = _number(found["spoken"]), _spoken_minutes(found["part"] or found["half"]), 0
    if minute >= 60 or second not in (0, 59):
        return None
    total = hour * 60 + minute + (1 if second else 0)
    if found["suffix"]:
        return _of_suffix(total, is_afternoon="p" in found["suffix"])
    if part is None:
        return total if total <= DAY_MIN else None
    return _within(total, part)


def _of_suffix(total: int, *, is_afternoon: bool) -> int | None:
    if is_afternoon and 13 * 60 <= total < DAY_MIN:
        return total  # 17:30 pm
    if not 60 <= total < 13 * 60:
        return None
    return total % (12 * 60) + (12 * 60 if is_afternoon else 0)


def _within(total: int, part: str) -> int | None:
    """Return a time said to be in a part of the day, by the clock of 12 or 24 hours; None where it cannot be."""
    hour = total / 60
    match part:
        case "morning":
            return total if 4 <= hour <= 12 else None
        case "noon":
            return total if 10 <= hour <= 15 else total + 12 * 60 if 1 <= hour <= 3 else None
        case "afternoon":
            return total if 12 <= hour <= 19 else total + 12 * 60 if 1 <= hour <= 7 else None
        case "evening":
            if hour == 12:
                return DAY_MIN
            return total if 16 <= hour <= 24 else total + 12 * 60 if 5 <= hour < 12 else None
        case _:
            return total if hour <= 7 else None


def _number(text: str) -> int:
    if text.isdigit():
        return int(text)
    tens, ten, ones = text.rpartition("十")
    if not ten:
        return _DIGITS[text]
    return (_DIGITS[tens] if tens else 1) * 10 + (_DIGITS[ones] if ones else 0)


def _spoken_minutes(text: str | None) -> int:
    if not text:
        return 0
    if text == "半":
        return 30
    if text.endswith("刻"):
        return 15 * _DIGITS[text[0]]
    return _number(text.removesuffix("分").lstrip("零〇") or "零")
