"""A list as an Excel sheet: what people wrote stays text."""

from io import BytesIO

import pytest
from openpyxl import load_workbook

from webmap.logic.sheet import table_sheet

WRITTEN = ("=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("http://example.org")', "#N/A", "#REF!", "\t=1")


@pytest.mark.parametrize("written", WRITTEN)
def test_what_somebody_wrote_is_text_in_the_title_the_heads_and_the_rows(written: str) -> None:
    content = table_sheet([[written, 1]], [written, "n"], name="list", title=written, is_marked=False)
    sheet = load_workbook(BytesIO(content)).worksheets[0]
    cells = [sheet["A1"], sheet["A2"], sheet["A3"]]
    assert [(cell.value, cell.data_type) for cell in cells] == [(written, "s")] * 3
