"""Tables of registers as offices keep them: split headers, errors of Excel, mixed encodings, open quotation marks."""

from pathlib import Path

import openpyxl
import pytest

from geo.errors import InputError
from loaders.stations import StationsContext, parse_stations
from tests.loaders.districts import FUYANG
from tests.loaders.registers import parse


def test_headers_that_stretch_over_their_parts(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (
        ["站点名称", "经度", "纬度", "开放时间", None],
        [None, None, None, "开始", "结束"],
        ["江滨驿站", 119.955, 30.049, "8:30", "17:30"],
    ):
        sheet.append(row)
    sheet.merge_cells("D1:E1")
    book.save(tmp_path / "register.xlsx")
    (place,) = parse_stations(tmp_path / "register.xlsx", StationsContext(outline=FUYANG)).places
    assert place["functions"][0]["hours"] == "Mo-Su 08:30-17:30"


def test_errors_of_excel_and_formulas_without_a_value_are_empty_cells(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (
        ["站点名称", "经度", "纬度", "地址", "状态"],
        ["江滨驿站", 119.955, 30.049, "#REF!", "正常"],
        ["#N/A", 119.956, 30.05, "路", "正常"],
        ["春江驿站", "=119+0.965", 30.039, "路", "正常"],
        ["东洲驿站", 119.975, 30.05, "路", "#N/A"],
    ):
        sheet.append(row)
    book.save(tmp_path / "register.xlsx")
    found = parse_stations(tmp_path / "register.xlsx", StationsContext(outline=FUYANG))
    assert [(place["name"], place["address"]) for place in found.places] == [("江滨驿站", None)]
    # An error is no word for a state: it is asked about, never taken as in service.
    assert [each.row for each in found.rejected] == [3, 4, 5]
    said = [str(note) for note in found.notes]
    assert any(note.startswith("1 cells hold formulas") for note in said)
    assert any(note.startswith("3 cells hold an error of Excel") for note in said)


@pytest.mark.parametrize(("first", "second"), [("utf-8", "gbk"), ("gbk", "utf-8")])
def test_a_table_in_two_encodings_is_refused_with_its_row(tmp_path: Path, first: str, second: str) -> None:
    path = tmp_path / "register.csv"
    path.write_bytes(
        "站点名称,经度,纬度\n江滨驿站,119.955,30.049\n".encode(first) + "春江驿站,119.965,30.039\n".encode(second)
    )
    with pytest.raises(InputError, match=r"register\.csv, row 3: the file is partly UTF-8 and partly GBK"):
        parse_stations(path, StationsContext(outline=FUYANG))


def test_a_quotation_mark_that_is_not_closed_loses_no_row_silently(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="row 2: a quotation mark opens a cell and none closes it"):
        parse(tmp_path, "站点名称,经度,纬度", '"江滨驿站,119.955,30.049', "春江驿站,119.965,30.039")
    (inch,) = parse(tmp_path, "站点名称,经度,纬度,地址", '江滨驿站,119.955,30.049,路5"号').places
    assert inch["address"] == '路5"号'


@pytest.mark.parametrize(
    "point",
    [
        "东经119.955 北纬30.049",
        "E119°57'18\" N30°2'56.4\"",
        "N30.049 E119.955",
        "119.955E 30.049N",
        "30.049°N，119.955°E",
    ],
)
def test_points_with_the_words_of_their_halves(tmp_path: Path, point: str) -> None:
    quoted = point.replace('"', '""')
    (place,) = parse(tmp_path, "站点名称,坐标", f'A驿站,"{quoted}"').places
    assert (place["lon"], place["lat"]) == pytest.approx((119.955, 30.049), abs=1e-5)
