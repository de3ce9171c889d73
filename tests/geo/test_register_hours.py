"""Opening hours as registers post them: what is read, and what is left unknown."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.calendar import Calendar
from geo.hours import OpenState, normalize_hours, parse_hours, state_at


def state(hours: str | None, when: str) -> OpenState:
    return state_at(parse_hours(hours), datetime.fromisoformat(f"{when}+08:00"), calendar=Calendar.china())


# Twenty strings as they stand in public registers and notices of rest stations, libraries and culture palaces.
REGISTERS = {
    "周一至周日 8:30-17:00": "Mo-Su 08:30-17:00",
    "周二至周日 9:00-20:00": "Tu-Su 09:00-20:00",
    "周一至周日 8:30-11:00 14:00-17:00 18:00-20:30": "Mo-Su 08:30-11:00,14:00-17:00,18:00-20:30",
    "周一闭馆 周二至周五 12:00-20:00 周六至周日（寒暑假） 9:00-20:00": None,
    "周一至周日 8:00-11:30 13:30-17:00 18:30-20:30": "Mo-Su 08:00-11:30,13:30-17:00,18:30-20:30",
    "周二至周日 8:30—17:00，周一闭馆": "Tu-Su 08:30-17:00; Mo off",
    "夏季 8:30—17:30": None,
    "以馆方公告为准": None,
    "周一至周五 08:30-12:00,13:00-17:30": "Mo-Fr 08:30-12:00,13:00-17:30",
    "24小时": "24/7",
    "工作日开放": None,
    "05:00-17:30": "Mo-Su 05:00-17:30",
    "08:45-23:45": "Mo-Su 08:45-23:45",
    "全年08:30-16:30(除夕全天不开放)": "Mo-Su 08:30-16:30",
    "周一至周日9:00—17:00": "Mo-Su 09:00-17:00",
    "6:30至8:30": "Mo-Su 06:30-08:30",
    "每日8时到22时": "Mo-Su 08:00-22:00",
    "365天24小时不打烊": "24/7",
    "实时查询": None,
    "以站点为准": None,
}


@pytest.mark.parametrize(("posted", "expected"), REGISTERS.items())
def test_strings_of_real_registers(posted: str, expected: str | None) -> None:
    assert normalize_hours(posted) == expected


@pytest.mark.parametrize(
    ("posted", "expected"),
    [
        (None, None),
        ("", None),
        ("mo-fr 8:30-17:30; PH off", "Mo-Fr 08:30-17:30; PH closed"),
        ("24/7", "24/7"),
        ("24h", "24/7"),
        ("Mo-Fr, PH 08:30-17:30", "Mo-Fr,PH 08:30-17:30"),
        ("１０：００～２２：００", "Mo-Su 10:00-22:00"),
        ("8点半至17点30分", "Mo-Su 08:30-17:30"),
        ("开放时间：周一、三、五 8:00-12:00", "Mo,We,Fr 08:00-12:00"),
        ("周日至周四 9:00-18:00", "Mo-Th,Su 09:00-18:00"),
        ("周一至周五 8:00-17:00，周六日 9:00-16:00", "Mo-Fr 08:00-17:00; Sa-Su 09:00-16:00"),
        ("上午8:30-11:30，下午13:30-17:00", "Mo-Su 08:30-11:30,13:30-17:00"),
        ("22:00-次日6:00", "Mo-Su 22:00-06:00"),
        ("17:00-02:00", "Mo-Su 17:00-02:00"),
        ("下午2:00-5:00", "Mo-Su 14:00-17:00"),
        ("8am-5pm", "Mo-Su 08:00-17:00"),
        # The weekends within the holidays too? Holidays stay unknown.
        ("周一至周五 8:00-17:00 节假日照常开放", "Mo-Fr 08:00-17:00"),
        ("周一至周五24小时", "Mo-Fr 00:00-24:00"),
        ("工作日 8:30-17:30", "Mo-Fr 08:30-17:30; PH off"),
        ("周一至周五 8:30-17:30（法定节假日除外）", "Mo-Fr 08:30-17:30; PH off"),
        ("8:00-20:00 全年无休", "Mo-Su 08:00-20:00; PH 08:00-20:00"),
        ("周一至周日（含节假日）8:00-20:00", "Mo-Su 08:00-20:00; PH 08:00-20:00"),
    ],
)
def test_other_certain_strings(posted: str | None, expected: str | None) -> None:
    assert normalize_hours(posted) == expected


@pytest.mark.parametrize(
    "posted",
    [
        "8:30-5:30",  # through the night, or half past five in the afternoon?
        "2:00-5:00",  # in the small hours, or in the afternoon?
        "8-17",
        "8:00-25:00",
        "8:00-17:70",
        "8:00-12:00 11:00-13:00",
        "周一至周五 8:00-17:00 周五 9:00-10:00",
        "24小时（除夕休息）",
        "夏季8:00-18:00 冬季8:30-17:30",
        "5月1日-10月1日 8:00-18:00",
        "周一至周五 8:00-17:00（午休）",
        "8:30-17:00(周一至周五)，雨天不开放",
        "周六",
        "休息",
        "8-5pm",
    ],
)
def test_no_guess_is_made(posted: str) -> None:
    assert normalize_hours(posted) is None


@given(
    st.text(
        alphabet="周一二三五六日至、，；0123456789:-—()时点半工作日节假除外闭馆24小时全天年无休次 MoFrPH/;,off",
        max_size=24,
    )
)
def test_whatever_is_read_can_be_parsed(posted: str) -> None:
    text = normalize_hours(posted)
    assert state(text, "2026-11-23T12:00") in OpenState


def test_new_years_eve_stays_unknown_where_the_text_excepts_it() -> None:
    eve = "2026-02-16T12:00"
    assert state(normalize_hours("全年08:30-16:30(除夕全天不开放)"), eve) is OpenState.UNKNOWN
