"""Whether a row of a register is in service: its words, several columns, answers; which sheets are read."""

from pathlib import Path

import openpyxl
import pytest

from geo.errors import InputError
from loaders.stations import StationsContext, parse_stations
from tests.loaders.districts import FUYANG
from tests.loaders.registers import parse, refusal


@pytest.mark.parametrize(
    ("word", "status"), [("", "active"), ("启用", "active"), ("停 用", "closed"), ("筹建中", "planned")]
)
def test_words_for_states(tmp_path: Path, word: str, status: str) -> None:
    assert parse(tmp_path, "名称,经度,纬度,状态", f"甲,119.95,30.04,{word}").places[0]["status"] == status


def test_an_unknown_state_is_refused_because_a_rider_would_be_sent_there(tmp_path: Path) -> None:
    words = refusal(tmp_path, "甲,119.95,30.04,待核实", "名称,经度,纬度,状态")
    assert words.startswith("甲: 状态 says 待核实: is it in service?")


TWO = ("甲,119.95,30.04,{}", "乙,119.96,30.04,{}")


@pytest.mark.parametrize(
    ("header", "first", "second", "states"),
    [
        ("运营状态", "停用", "正常", ["closed", "active"]),
        ("是否启用", "否", "是", ["closed", "active"]),
        ("启用", "×", "√", ["closed", "active"]),
        ("停用", "是", "", ["closed", "active"]),
        ("使用情况", "停用", "良好", ["closed", "active"]),
        ("使用情况", "停业整改三个月", "良好", ["active"]),
        ("运行情况", "待定", "停用", ["closed"]),
        ("备注", "停用", "靠近路口", ["active"]),
        ("使用情况", "日均30人", "日均8人", ["active", "active"]),
        ("备注", "周末关闭", "无", ["active", "active"]),
        ("备注", "2025年6月起停止服务", "无", ["active"]),
        ("备注", "节假日暂停开放", "靠近路口", ["active", "active"]),
        ("停用时间", "2024年3月", "", ["closed", "active"]),
        ("停用日期", "2099-01-01", "-", ["active", "active"]),
        ("停用日期", "2024.3.1", "待定", ["closed"]),
        ("关闭时间", "22:00", "21:00", ["active", "active"]),
    ],
)
def test_a_state_that_is_not_understood_is_asked_about(
    tmp_path: Path, header: str, first: str, second: str, states: list[str]
) -> None:
    rows = [row.format(word) for row, word in zip(TWO, (first, second), strict=True)]
    parsed = parse(tmp_path, f"名称,经度,纬度,{header}", *rows)
    assert [place["status"] for place in parsed.places] == states
    assert len(parsed.rejected) == 2 - len(states)
    assert all("is it in service?" in each.reason for each in parsed.rejected)


def test_of_two_columns_of_states_the_one_that_keeps_people_away_holds(tmp_path: Path) -> None:
    parsed = parse(tmp_path, "名称,经度,纬度,建设状态,是否在用", "甲,119.95,30.04,已建成,否")
    assert [place["status"] for place in parsed.places] == ["closed"]


def test_an_answer_holds_for_every_row_with_the_word(tmp_path: Path) -> None:
    lines = ["名称,经度,纬度,运营状态", *(row.format("停业整改三个月") for row in TWO)]
    parsed = parse(tmp_path, *lines, states=("停业整改三个月=停用",))
    assert [place["status"] for place in parsed.places] == ["closed", "closed"]
    with pytest.raises(InputError, match="does not say what a word means"):
        parse(tmp_path, *lines, states=("停业整改三个月=大概",))


def test_a_name_that_says_closed_is_asked_about(tmp_path: Path) -> None:
    lines = ["名称,经度,纬度", "甲（停用）,119.95,30.04", "乙（东门）,119.96,30.04"]
    parsed = parse(tmp_path, *lines)
    assert [place["name"] for place in parsed.places] == ["乙（东门）"]
    assert parsed.rejected[0].reason.startswith("{name}: its name says {value}: is it in service?")
    answered = parse(tmp_path, *lines, states=("停用=停用",))
    assert [place["status"] for place in answered.places] == ["closed", "active"]


def test_a_sheet_that_is_called_closed_is_asked_about_where_its_rows_say_nothing(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for name, title, status in (("甲", "在用", None), ("乙", "已停用", None), ("丙", "撤销", "启用")):
        sheet = book.create_sheet(title)
        sheet.append(["站点名称", "经度", "纬度", "状态"])
        sheet.append([name, 119.95 + ord(name) % 7 / 100, 30.04, status])
    del book["Sheet"]
    path = tmp_path / "sheets.xlsx"
    book.save(path)
    parsed = parse_stations(path, StationsContext(outline=FUYANG))
    assert [(place["name"], place["status"]) for place in parsed.places] == [("甲", "active"), ("丙", "active")]
    answered = parse_stations(path, StationsContext(outline=FUYANG, states=("已停用=停用",)))
    assert {place["name"]: place["status"] for place in answered.places}["乙"] == "closed"


def test_sheets_are_named_and_chosen_and_a_hidden_one_is_not(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for number, title in enumerate(("甲镇", "乙镇", "旧版")):
        sheet = book.create_sheet(title)
        sheet.append(["站点名称", "经度", "纬度"])
        sheet.append([f"站{number}", 119.95 + number / 100, 30.04])
    del book["Sheet"]
    book["旧版"].sheet_state = "hidden"
    path = tmp_path / "towns.xlsx"
    book.save(path)
    parsed = parse_stations(path, StationsContext(outline=FUYANG))
    assert [place["name"] for place in parsed.places] == ["站0", "站1"]
    assert [note.values for note in parsed.notes[:2]] == [{"names": "甲镇, 乙镇"}, {"names": "旧版"}]
    chosen = parse_stations(path, StationsContext(outline=FUYANG, sheets=("乙镇",)))
    assert [place["name"] for place in chosen.places] == ["站1"]
    with pytest.raises(InputError, match="no visible sheet 旧版"):
        parse_stations(path, StationsContext(outline=FUYANG, sheets=("旧版",)))
