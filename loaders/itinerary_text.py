"""Read the text of an old itinerary (行程单): days, stops and times against the places that are known.

A name is taken only where it can be one place alone. What may be several places, is spelt otherwise, holds only under a
condition, or is no known place, becomes a question; what the text says is not visited is left out.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from geo.errors import InputError

MAX_TEXT = 20_000

SURE, AMBIGUOUS, SPELLING, CONDITIONAL, UNKNOWN = "sure", "ambiguous", "spelling", "conditional", "unknown"


@dataclass(frozen=True)
class KnownPlace:
    """A place that a text may name, with other names of it."""

    code: str
    name: str
    kind: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class TextStop:
    """A stop that a text names.

    Attributes
    ----------
    day : int
        From 1.
    words : str
        As the text has it.
    time_min : int or None
        Minutes after midnight, where a time stands beside it.
    why : str
        ``sure``; else why it is asked: ``ambiguous``, ``spelling``, ``conditional`` or ``unknown``.
    codes : tuple of str
        The one place that is meant if it is sure, else what it may be, the likeliest first; empty if unknown.
    """

    day: int
    words: str
    time_min: int | None
    why: str
    codes: tuple[str, ...]

    @property
    def code(self) -> str | None:
        """The place, None where a person has to say."""
        return self.codes[0] if self.why == SURE else None


@dataclass(frozen=True)
class ItineraryText:
    """What was read of a text: the stops in order, and what it says is not visited."""

    stops: tuple[TextStop, ...]
    left_out: tuple[str, ...]

    @property
    def n_day(self) -> int:
        """How many days it has."""
        return max((stop.day for stop in self.stops), default=0)

    @property
    def questions(self) -> tuple[TextStop, ...]:
        """The stops that a person has to say more of."""
        return tuple(stop for stop in self.stops if stop.why != SURE)


_PREFIXES = ("浙江省", "杭州市", "富阳区", "富阳市", "杭州", "富阳", "工人")
_SUFFIXES = (
    "国家森林公园", "森林公园", "风景名胜区", "风景区", "旅游度假区", "度假酒店", "大酒店", "景区", "公园", "古镇",
    "隐居地", "起飞场", "宾馆", "酒店", "饭店", "民宿", "山庄", "农家乐", "餐厅", "基地", "村", "岛",
)  # fmt: skip
_OLD_SIGNS = str.maketrans("鎮島龍門館遊園黃灣鄉觀聖樓廳", "镇岛龙门馆游园黄湾乡观圣楼厅")
_NUMBERS = "一二三四五六七八九十"
_DAY = re.compile(rf"第\s*([{_NUMBERS}\d]+)\s*[天日]|(?<![A-Za-z])[Dd](?:[Aa][Yy])?\s*(\d)(?![\d.])|(首|次|翌|末)日")
_DATE = re.compile(r"(?:(\d{4})[-/.年])?(?<![\d:.])(\d{1,2})[-/月](\d{1,2})日?(?![\d:])")
_DOTTED = re.compile(r"^\s*(\d{1,2})\.(\d{1,2})\s", re.MULTILINE)
_WEEKDAY = re.compile(r"(?:^|[\n。;；])\s*(?:周|星期|礼拜)([一二三四五六日天])(?!\s*(?:[至到—~-]|闭|休|关|不开))")
_PART_OF_DAY = r"(上午|早上|清晨|中午|下午|傍晚|晚上|晚)?"
_TIME = re.compile(
    rf"{_PART_OF_DAY}\s*(?<![\d/.月])(?:(\d{{1,2}})[:.](\d{{2}})(?!\d)|([01]\d|2[0-3])([0-5]\d)(?!\d|元|年|人)"
    rf"|(\d{{1,2}}|[{_NUMBERS}]+)点(半|\d{{1,2}}分)?)"
)
_BREAK = re.compile(r"[\n。;；，,、→—–>/|\t]+|-{1,2}(?=\D)|(?<=\D)-{1,2}")
_SENTENCE = re.compile(r"[\n。;；（()）]+")
_NOT_VISITED = re.compile(r"不安排|不再安排|暂不开放|不开放|已取消|取消|不去|不含|不参观|停业|关闭")
_CONDITION = re.compile(r"如遇|若遇|改为|改去|备选|视天气|雨天|(?<![或])或(?:者)?|二选一")
_GOING = re.compile(r"(?:参观|游览|前往|赴|入住|住宿[:：]?|游玩|走进|抵达)([^\s，。；、,;→—–\-/|（()）\n]{3,20})")
_NO_PLACE = re.compile(
    r"早餐|午餐|晚餐|用餐|返程|返回|出发|宾馆$|酒店$|休息|自理|开放|集合|机场|伞$|小时|分钟|当地|园内|活动|职工|景点[:：]?$"
)


def parse_itinerary(text: str, places: Sequence[KnownPlace]) -> ItineraryText:
    """Return the stops that the text of an itinerary names.

    Parameters
    ----------
    text : str
    places : sequence of KnownPlace

    Raises
    ------
    InputError
        The text is empty or too long.

    Examples
    --------
    >>> known = [KnownPlace("LM", "龙门古镇", "sight"), KnownPlace("XS", "新沙岛", "sight")]
    >>> [(stop.day, stop.code, stop.time_min) for stop in parse_itinerary("D1 9:30龙门古镇 D2 新沙岛", known).stops]
    [(1, 'LM', 570), (2, 'XS', None)]
    """
    if not text.strip():
        raise InputError("Paste the text first")
    if len(text) > MAX_TEXT:
        raise InputError("the text has {count} characters; at most {limit} are read", count=len(text), limit=MAX_TEXT)
    plain = unicodedata.normalize("NFKC", text).translate(_OLD_SIGNS)
    names = _Names(places)
    days = _days(plain)
    stops: list[tuple[int, TextStop]] = []
    left_out: list[str] = []
    mentions = list(names.mentions(plain))
    ends = [at + len(words) for at, words, _, _ in mentions]
    for at, words, codes, why in mentions:
        sentence = _around(plain, at, _SENTENCE)
        if _NOT_VISITED.search(sentence):
            left_out.append(words)
            continue
        if _CONDITION.search(sentence):
            why = CONDITIONAL
        stops.append((at, TextStop(_day_at(days, at), words, _time_at(plain, at, len(words), ends), why, codes)))
    stops += [
        (at, TextStop(_day_at(days, at), words, _time_at(plain, at, len(words), ends), UNKNOWN, ()))
        for at, words in _unknown(plain, [(at, len(stop.words)) for at, stop in stops])
    ]
    ordered = [stop for _, stop in sorted(stops, key=lambda each: each[0])]
    return ItineraryText(tuple(_without_repeats(ordered, names)), tuple(dict.fromkeys(left_out)))


class _Names:
    """Every form of every name, and what it may mean."""

    def __init__(self, places: Sequence[KnownPlace]) -> None:
        self.kind = {place.code: place.kind for place in places}
        self.full: dict[str, list[str]] = {}
        self.short: dict[str, list[str]] = {}
        for place in places:
            for name in (place.name, *place.aliases):
                plain = unicodedata.normalize("NFKC", name).translate(_OLD_SIGNS)
                self.full.setdefault(plain, []).append(place.code)
        for name, codes in self.full.items():
            for form in _short_forms(name):
                if form not in self.full:
                    self.short.setdefault(form, []).extend(codes)
        for form, codes in self.short.items():
            # A short form that stands in the name of another place may mean that place.
            codes += [code for name, others in self.full.items() if form in name for code in others]
        self.forms = sorted((*self.full, *self.short), key=len, reverse=True)
        self.pattern = re.compile("|".join(map(re.escape, self.forms))) if self.forms else None

    def mentions(self, text: str) -> Iterator[tuple[int, str, tuple[str, ...], str]]:
        """Yield (position, words, codes, why) of each name in a text."""
        if self.pattern is None:
            return
        taken: list[tuple[int, int]] = []
        for found in self.pattern.finditer(text):
            words = found.group()
            codes = tuple(dict.fromkeys(self.full.get(words) or self.short[words]))
            taken.append(found.span())
            yield found.start(), words, codes, SURE if len(codes) == 1 else AMBIGUOUS
        for name, codes_of in self.full.items():
            if len(name) >= 4:
                yield from self._misspelt(text, name, tuple(dict.fromkeys(codes_of)), taken)

    def _misspelt(
        self, text: str, name: str, codes: tuple[str, ...], taken: Sequence[tuple[int, int]]
    ) -> Iterator[tuple[int, str, tuple[str, ...], str]]:
        """Yield where a text has a name with one other character in it."""
        size = len(name)
        for at in range(len(text) - size + 1):
            if sum(a != b for a, b in zip(text[at : at + size], name, strict=True)) != 1:
                continue
            if any(first < at + size and at < last for first, last in taken):
                continue
            yield at, text[at : at + size], codes, SPELLING


def _short_forms(name: str) -> set[str]:
    """Return what people call a place for short: without the district before and the kind after.

    >>> sorted(_short_forms("杭州野生动物世界")), sorted(_short_forms("鹳山公园"))
    (['野生动物世界'], ['鹳山'])
    """
    forms = {name}
    for _ in range(3):
        forms |= {form.removeprefix(prefix) for form in forms for prefix in _PREFIXES}
        forms |= {form.removesuffix(suffix) for form in forms for suffix in _SUFFIXES}
    return {form for form in forms if len(form) >= 2 and form != name and form not in _SUFFIXES}


def _days(text: str) -> list[tuple[int, int]]:
    """Return (position, day) of each mark of a day, in order."""
    marks: list[tuple[int, int]] = []
    for found in _DAY.finditer(text):
        number = found[1] or found[2]
        if number is not None:
            marks.append((found.start(), int(number) if number.isdigit() else _NUMBERS.find(number[0]) + 1))
        else:
            last = max((day for at, day in marks if at < found.start()), default=0 if found[3] == "首" else 1)
            marks.append((found.start(), 1 if found[3] == "首" else last + 1))
    if not marks:
        marks = _dates(text) or _weekdays(text)
    return [(at, day) for at, day in marks if 1 <= day <= 30]


def _dates(text: str) -> list[tuple[int, int]]:
    """Return (position, day) of each date: days are counted in the order in which they are named."""
    dates = [(found.start(), f"{int(found[2])}-{int(found[3])}") for found in _DATE.finditer(text)]
    dates += _dotted_dates(text)
    numbers = {key: number for number, key in enumerate(dict.fromkeys(key for _, key in sorted(dates)), 1)}
    return [(at, numbers[key]) for at, key in sorted(dates)]


def _weekdays(text: str) -> list[tuple[int, int]]:
    """Return (position, day) of the weekdays that sentences begin with, where each is the day after the one before."""
    found = [(each.start(1), "一二三四五六日".find(each[1].replace("天", "日"))) for each in _WEEKDAY.finditer(text)]
    follow = all((b - a) % 7 == 1 for (_, a), (_, b) in pairwise(found))
    return [(at, number) for number, (at, _) in enumerate(found, 1)] if len(found) > 1 and follow else []


def _dotted_dates(text: str) -> list[tuple[int, str]]:
    """Return dates such as 5.16 that lines begin with; they could be times, but for following each other by a day."""
    found = [(each.start(), int(each[1]), int(each[2])) for each in _DOTTED.finditer(text)]
    try:
        days = [date(2024, month, day) for _, month, day in found]
    except ValueError:
        return []
    follow = all(b - a == timedelta(days=1) for a, b in pairwise(days))
    return [(at, f"{month}-{day}") for at, month, day in found] if len(days) > 1 and follow else []


def _day_at(days: Sequence[tuple[int, int]], at: int) -> int:
    return max(((where, day) for where, day in days if where <= at), default=(0, 1))[1]


def _around(text: str, at: int, edge: re.Pattern[str]) -> str:
    """Return the part of a text between two edges in which a position lies."""
    first = max((found.end() for found in edge.finditer(text, 0, at)), default=0)
    last = edge.search(text, at)
    return text[first : last.start() if last else len(text)]


def _time_at(text: str, at: int, size: int, ends: Sequence[int]) -> int | None:
    """Return the time beside a name: the last before it in its part of the text, else the first after it.

    `ends` are the ends of the names in the text: what stands before another name is that one's time.
    """
    first = max((found.end() for found in re.compile(r"[\n。;；→]").finditer(text, 0, at)), default=0)
    first = max([first, *(end for end in ends if end <= at)])
    last = re.compile(r"[\n。;；→，,]").search(text, at + size)
    before = [found for found in _TIME.finditer(text, first, at) if at - found.end() <= 16]
    after = _TIME.search(text, at + size, last.start() if last else len(text))
    # Of a span of time it is the beginning.
    while len(before) > 1 and re.fullmatch(r"\s*[-–—~至到]+\s*", text[before[-2].end() : before[-1].start()]):
        before.pop()
    found = before[-1] if before else after if after and after.start() - at - size <= 6 else None
    return None if found is None else _minutes(found)


def _minutes(found: re.Match[str]) -> int | None:
    part, hour, minute, hour4, minute4, spoken, half = found.groups()
    if spoken is not None:
        value = int(spoken) if spoken.isdigit() else _spoken(spoken)
        minutes = value * 60 + (30 if half == "半" else int(half[:-1]) if half else 0)
    else:
        minutes = int(hour or hour4) * 60 + int(minute or minute4)
    if part in ("下午", "傍晚", "晚上", "晚") and minutes < 12 * 60:
        minutes += 12 * 60
    return minutes if minutes < 24 * 60 else None


def _spoken(text: str) -> int:
    """Return a number up to 24 in Chinese characters.

    >>> [_spoken(text) for text in ("八", "十", "十一", "二十")]
    [8, 10, 11, 20]
    """
    tens, ten, ones = text.partition("十")
    if not ten:
        return _NUMBERS.find(text[0]) + 1
    return 10 * (_NUMBERS.find(tens) + 1 if tens else 1) + (_NUMBERS.find(ones) + 1 if ones else 0)


def _unknown(text: str, known: Sequence[tuple[int, int]]) -> Iterator[tuple[int, str]]:
    """Yield (position, words) of what the text goes to that is no known place."""
    for found in _GOING.finditer(text):
        first, last = found.span(1)
        if any(at < last and first < at + size for at, size in known) or _NO_PLACE.search(found[1]):
            continue
        if _NOT_VISITED.search(_around(text, first, _SENTENCE)):
            continue
        yield first, found[1]


def _without_repeats(stops: Sequence[TextStop], names: _Names) -> Iterator[TextStop]:
    """Yield the stops without what names one visit twice, and without the hotel that a day begins at."""
    kept: list[TextStop] = []
    for stop in stops:
        before = kept[-1] if kept else None
        if before is not None and before.code is not None and before.code in stop.codes:
            is_same_day = before.day == stop.day
            if is_same_day or (names.kind.get(before.code) == "hotel" and stop.why == SURE):
                if is_same_day and before.time_min is None and stop.why == SURE:
                    kept[-1] = stop
                continue
        kept.append(stop)
    for number, stop in enumerate(kept):
        others = [k for k, each in enumerate(kept) if each.code == stop.code and each.day == stop.day]
        if stop.code is None or len(others) == 1 or names.kind.get(stop.code) == "meeting":
            yield stop
            continue
        timed = [k for k in others if kept[k].time_min is not None]
        if number == (timed or others)[0]:
            yield stop
