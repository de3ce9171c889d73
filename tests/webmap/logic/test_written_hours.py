"""Written hours as words: no sign of the OSM syntax is left in a page, whichever part of it somebody uses."""

import re

import pytest

from geo.hours import normalize_hours
from webmap.logic.written_hours import hours_in_words

WRITTEN = [
    ("Mo-Fr 09:00+", "周一至周五 09:00 起", "Mon–Fri from 09:00"),
    ("Mo[1,3] off", "每月第1、3个周一 休息", "1st and 3rd Mon of the month closed"),
    ("Mo[-1] 09:00-12:00", "每月最后一个周一 09:00–12:00", "last Mon of the month 09:00–12:00"),
    ("Fr[-2] off", "每月倒数第2个周五 休息", "2nd last Fri of the month closed"),
    ("week 1-10 Mo 08:00-10:00", "第1至10周 周一 08:00–10:00", "weeks 1–10 Mon 08:00–10:00"),
    ("PH,SH 10:00-12:00", "节假日、学校假期 10:00–12:00", "holidays, school holidays 10:00–12:00"),
    ("PH -1 day off", "节假日前1天 休息", "1 day before holidays closed"),
    ("sunrise-(sunset-00:30)", "日出至日落前30分钟", "sunrise–30 min before sunset"),
    ("Mo 08:00-18:00 || unknown", "周一 08:00–18:00；否则 时间不详", "Mon 08:00–18:00; otherwise hours unknown"),
    ("周一 9:00-17:00，10月1日至10月7日休息", "周一 09:00–17:00；10月1日至7日 休息", "Mon 09:00–17:00; 1–7 Oct closed"),
    ("2026 Oct 01-08 off", "2026年10月1日至2026年10月8日 休息", "1 Oct 2026–8 Oct 2026 closed"),
    ("2026-2027 Mo 08:00-10:00", "2026年至2027年 周一 08:00–10:00", "2026–2027 Mon 08:00–10:00"),
    ("off", "休息", "closed"),
    ("open", "24 小时", "24 hours"),
    ("Mo-Fr 08:00-26:00", "周一至周五 08:00–次日02:00", "Mon–Fri 08:00–02:00 next day"),
]  # fmt: skip


def chinese_night(text: str) -> str:
    return {"%(first)s–%(last)s next day": "%(first)s–次日%(last)s"}.get(text, text)


@pytest.mark.parametrize(("written", "chinese", "english"), WRITTEN)
def test_hours_have_words_in_both_languages(written: str, chinese: str, english: str) -> None:
    normal = normalize_hours(written)
    assert normal is not None
    assert hours_in_words(normal, lang="zh", translate=chinese_night) == chinese
    assert hours_in_words(normal, lang="en", translate=str) == english
    assert not re.search("[A-Za-z]", chinese)


def test_what_has_no_words_stays_whole_as_it_is_written() -> None:
    assert hours_in_words("Mo-Su 08:00-20:00/01:00", lang="zh", translate=str) == "Mo-Su 08:00-20:00/01:00"
    assert hours_in_words(None, lang="zh", translate=str) is None
