"""Texts of old itineraries: nearly every stop is found, and none is taken for another place without asking."""

import json
from pathlib import Path

import pytest

from geo.errors import InputError
from loaders.itinerary_text import CONDITIONAL, SURE, KnownPlace, parse_itinerary

DATA = Path(__file__).parent / "data"
FIRST = json.loads((DATA / "old_itineraries.json").read_text(encoding="utf-8"))
"""30 texts, written before the parser; ``?`` marks what must be asked. Hotels and restaurants in them are made up."""
MORE = json.loads((DATA / "old_itineraries_more.json").read_text(encoding="utf-8"))
"""10 texts, written later by somebody who had not seen the parser: notices, copied tables, short messages, prose."""
THIRD = json.loads((DATA / "old_itineraries_third.json").read_text(encoding="utf-8"))
"""10 texts, written later again, before their writer had read the parser: a chat, a table with bars, a paragraph."""
TEXTS = FIRST + MORE + THIRD

PLACES = [
    KnownPlace("WHG", "富阳区工人文化宫", "meeting"),
    KnownPlace("LM", "龙门古镇", "sight", ("孙权故里",)),
    KnownPlace("LMS", "龙门山森林公园", "sight"),
    KnownPlace("HGW", "黄公望隐居地", "sight"),
    KnownPlace("HGC", "黄公望村", "sight"),
    KnownPlace("YAS", "永安山起飞场", "sight"),
    KnownPlace("DZG", "东梓关村", "sight"),
    KnownPlace("XSD", "新沙岛", "sight"),
    KnownPlace("GS", "鹳山公园", "sight"),
    KnownPlace("YSD", "杭州野生动物世界", "sight"),
    KnownPlace("TY", "富春桃源", "sight"),
    KnownPlace("FS", "富春山居宾馆", "hotel"),
    KnownPlace("TYH", "桃源度假酒店", "hotel"),
    KnownPlace("CYR", "古镇人家饭店", "restaurant"),
    KnownPlace("JBXC", "江边小厨", "restaurant"),
]


def common(first: list[str], second: list[str]) -> int:
    """Return the length of the longest common subsequence."""
    row = [0] * (len(second) + 1)
    for a in first:
        last = 0
        for k, b in enumerate(second, 1):
            last, row[k] = row[k], last + 1 if a == b else max(row[k], row[k - 1])
    return row[-1]


def read(text: dict) -> tuple[list[list[str]], list[list[str]]]:
    """Return the codes that are to be found and those that were, day by day."""
    parsed = parse_itinerary(text["text"], PLACES)
    n_day = max(len(text["days"]), parsed.n_day)
    wanted = [[code for code in day if not code.startswith("?")] for day in text["days"]]
    wanted += [[]] * (n_day - len(wanted))
    found = [[stop.code for stop in parsed.stops if stop.day == d + 1 and stop.why == SURE] for d in range(n_day)]
    return wanted, found


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: text["name"])
def test_no_stop_is_wrong_unless_it_is_asked(text: dict):
    for wanted, found in zip(*read(text), strict=True):
        assert common(wanted, found) == len(found), (wanted, found)


@pytest.mark.parametrize(("texts", "least"), [(FIRST, 150), (MORE, 60), (THIRD, 80)], ids=["first", "more", "third"])
def test_nine_of_ten_stops_are_found(texts: list[dict], least: int):
    found = sum(common(*days) for text in texts for days in zip(*read(text), strict=True))
    wanted = sum(len(day) for text in texts for day in read(text)[0])
    assert wanted > least
    assert found >= 0.9 * wanted, f"{found} of {wanted}"


@pytest.mark.parametrize("text", [t for t in TEXTS if "?" in str(t["days"])], ids=lambda text: text["name"])
def test_what_a_text_leaves_open_is_asked(text: dict):
    parsed = parse_itinerary(text["text"], PLACES)
    for number, day in enumerate(text["days"], 1):
        for codes in (code[1:] for code in day if code.startswith("?")):
            asked = [stop for stop in parsed.questions if stop.day == number]
            assert any(set(filter(None, codes.split("|"))) <= set(stop.codes) for stop in asked), codes


def test_times_stand_with_their_stops():
    parsed = parse_itinerary("第一天：上午八点半文化宫集合；下午1点游鹳山公园。D2 0900-1030富春桃源", PLACES)
    assert [(stop.code, stop.time_min) for stop in parsed.stops] == [("WHG", 510), ("GS", 780), ("TY", 540)]


def test_what_is_said_not_to_be_visited_is_left_out():
    parsed = parse_itinerary("D1 文化宫—新沙岛（龙门古镇暂不开放，不安排；雨天改为鹳山公园）", PLACES)
    assert [stop.code for stop in parsed.stops if stop.why == SURE] == ["WHG", "XSD"]
    assert [(stop.why, stop.codes) for stop in parsed.questions] == [(CONDITIONAL, ("GS",))]
    assert parsed.left_out == ("龙门古镇",)


def test_weekdays_part_the_days_only_where_they_follow_each_other():
    parsed = parse_itinerary("周六文化宫—新沙岛；周日龙门古镇", PLACES)
    assert [(stop.code, stop.day) for stop in parsed.stops] == [("WHG", 1), ("XSD", 1), ("LM", 2)]
    for closed in ("周一闭馆", "周一至周五开放", "周三可退票"):
        parsed = parse_itinerary(f"周日文化宫—新沙岛；{closed}；龙门古镇", PLACES)
        assert {stop.day for stop in parsed.stops} == {1}, closed


def test_texts_that_cannot_be_read_say_so():
    with pytest.raises(InputError, match="Paste"):
        parse_itinerary("  \n", PLACES)
    with pytest.raises(InputError, match="20000"):
        parse_itinerary("龙" * 20_001, PLACES)
    assert parse_itinerary("今天天气很好", PLACES).stops == ()
