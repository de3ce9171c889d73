"""The sample as a new program has it: a stranger sees a plan, and its costs say everywhere that they mean nothing."""

import re
import time
from io import BytesIO
from pathlib import Path

import pytest
from docx import Document
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, OpenPage, log_in
from tests.browser.page_scripts import COUNT_PRESSES
from tests.browser.sample_site import sample_fixtures

pytestmark = [pytest.mark.browser, pytest.mark.soak]

TWO_MINUTES_S = 120.0
MOST_PRESSES = 3


sample, site, password = sample_fixtures("stranger", has_workers=True)


def saved(page: Page, name: str) -> bytes:
    with page.expect_download() as download:
        page.get_by_role("button", name=name, exact=True).click()
    assert "示意" in download.value.suggested_filename
    return Path(download.value.path()).read_bytes()


def test_a_stranger_sees_a_plan_of_the_sample_in_two_minutes_and_three_presses(
    open_page: OpenPage, shoot, site: str, password: str
) -> None:
    page = open_page("/login?next=/plan", size=DESKTOP, script=COUNT_PRESSES)
    begin = time.monotonic()
    log_in(page, "stranger", password)
    page.evaluate("sessionStorage.presses = 0")
    page.get_by_role("link", name="站点选址", exact=True).first.click()
    page.get_by_role("button", name="开始计算").click()
    headline = page.locator("#answer .headline .number")
    expect(headline).to_have_text(re.compile(r"25\.0% → \d\d\.\d%"), timeout=TWO_MINUTES_S * 1e3)
    assert time.monotonic() - begin < TWO_MINUTES_S
    assert 0 < int(page.evaluate("sessionStorage.presses")) <= MOST_PRESSES
    expect(page.locator("#answer .quality")).to_contain_text(re.compile("元 示意"))
    expect(page.locator("#answer[data-drawn]:not([data-active])")).to_be_visible(timeout=120_000)
    shoot(page, "plan")

    # Whatever leaves the page says of its costs that they are none.
    page.get_by_text("用于汇报").click()
    text = "\n".join(each.text for each in Document(BytesIO(saved(page, "Word"))).paragraphs)
    assert "示意数字，不作依据" in text
    book = load_workbook(BytesIO(saved(page, "Excel")))
    assert all("示意" in str(sheet.cell(2, 1).value) for sheet in book.worksheets)
    assert "示意数据：地点、费用、依托单位均为虚构" in saved(page, "网页").decode()
    assert "示意".encode() in saved(page, "GeoPackage")
    saved(page, "A3")
    assert "示意数字，不作依据" in page.locator("#report-text").input_value()
