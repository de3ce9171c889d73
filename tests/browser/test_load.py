"""A file sent from the page of staff: checked in place by a worker; what cannot be taken is refused beside the form."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect
from sqlalchemy import Engine, text

from geo.db.session import writing
from tests.browser.conftest import DESKTOP, OpenPage, log_in
from tests.webmap.job_workers import workers
from webmap.accounts import create_account

pytestmark = pytest.mark.browser

REGISTER = "站点名称,经度,纬度,开放时间\n甲站,24.94,60.17,每日8时到22时\n乙站,1124.94,60.17,24小时\n"


@pytest.fixture
def planner(helsinki: tuple[Engine, Path]) -> Iterator[str]:
    """The password of a planner, with a worker beside the site; the store is left as it was."""
    engine, state_dir = helsinki
    with writing(engine) as session:
        password = create_account(session, "load-planner", role="planner")
    with workers(engine, state_dir) as start:
        start()
        yield password
    with writing(engine) as session:
        session.execute(text("DELETE FROM job"))
        session.execute(text("DELETE FROM account WHERE username = 'load-planner'"))


def test_a_file_is_checked_in_place_and_a_wrong_one_refused(open_page: OpenPage, planner: str) -> None:
    page = open_page("/manage/load?what=stations", size=DESKTOP, expect_error="422")
    log_in(page, "load-planner", planner)
    expect(page.locator("input[name=dry_run]")).to_be_checked()
    page.set_input_files("#file", {"name": "台账.csv", "mimeType": "text/csv", "buffer": REGISTER.encode("gb18030")})
    page.get_by_role("button", name="上传").click()
    card = page.locator("[data-job]")
    expect(card).to_contain_text("完成", timeout=40_000)
    expect(card).to_contain_text("只作检查，未存入。")
    expect(card).to_contain_text("台账.csv：读入 2，可存 1，未导入 1")
    card.locator("summary").click()
    expect(card).to_contain_text("第 3 行：经度 1124.94 超出范围")

    page.set_input_files("#file", {"name": "台账.doc", "mimeType": "text/plain", "buffer": b"x"})
    page.get_by_role("button", name="上传").click()
    expect(page.locator("form.load [role=alert]")).to_contain_text("台账.doc")
    expect(page.locator("[data-job]")).to_have_count(1)

    page.evaluate("document.querySelector('form.load').dataset.maxMb = '0.00001'")
    page.set_input_files("#file", {"name": "大.csv", "mimeType": "text/csv", "buffer": b"x" * 20_000})
    said = page.locator("#file").evaluate("each => each.validationMessage")
    assert said.startswith("大.csv 有 0.0 MB，这里最多收")
    page.get_by_role("button", name="上传").click()
    expect(page.locator("[data-job]")).to_have_count(1)


def test_it_works_without_a_script(open_page: OpenPage, planner: str) -> None:
    page = open_page("/manage/load?what=stations", size=DESKTOP, java_script_enabled=False)
    log_in(page, "load-planner", planner)
    page.set_input_files("#file", {"name": "register.csv", "mimeType": "text/csv", "buffer": REGISTER.encode()})
    page.get_by_role("button", name="上传").click()
    expect(page.locator("[data-job]")).to_contain_text("register.csv：读入 2", timeout=40_000)
