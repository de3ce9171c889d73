"""A job from a staff page: started in place, watched, left alone, found again and called off."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect
from sqlalchemy import Engine, text

from geo.db.session import writing
from tests.browser.conftest import DESKTOP, OpenPage, log_in
from tests.webmap.test_jobs import workers
from webmap.accounts import create_account

pytestmark = pytest.mark.browser


@pytest.fixture
def admin(helsinki: tuple[Engine, Path]) -> Iterator[tuple[str, str]]:
    """An administrator of the site, with a worker beside it; both gone afterwards."""
    engine, state_dir = helsinki
    with writing(engine) as session:
        password = create_account(session, "job-admin", role="admin")
    with workers(engine, state_dir) as start:
        start()
        yield "job-admin", password
    with writing(engine) as session:
        session.execute(text("DELETE FROM job"))
        session.execute(text("DELETE FROM account WHERE username = 'job-admin'"))


def test_a_job_goes_on_without_its_page_and_is_called_off(open_page: OpenPage, admin: tuple[str, str]) -> None:
    page = open_page("/manage/jobs", size=DESKTOP)
    log_in(page, *admin)
    page.get_by_role("button", name="试运行后台任务").click()
    card = page.locator("[data-job]")
    expect(card).to_have_count(1)
    expect(card).to_contain_text("完成", timeout=30_000)
    assert not card.locator("progress").count()

    page.get_by_role("button", name="试运行后台任务").click()
    expect(page.locator("[data-job][data-active]")).to_contain_text("秒，共 5 秒", timeout=20_000)
    cookies = page.context.storage_state()
    page.close()
    again = open_page("/manage/jobs", size=DESKTOP, storage_state=cookies)
    newest = again.locator("[data-job]").first
    expect(newest).to_contain_text("完成", timeout=30_000)


def test_cancel_is_one_press_away_with_and_without_a_script(open_page: OpenPage, admin: tuple[str, str]) -> None:
    page = open_page("/manage/jobs", size=DESKTOP)
    log_in(page, *admin)
    page.get_by_role("button", name="试运行后台任务").click()
    page.locator("[data-job] button", has_text="取消").click()
    expect(page.locator("[data-job]")).to_contain_text("已取消", timeout=15_000)

    plain = open_page(
        "/manage/jobs", size=DESKTOP, storage_state=page.context.storage_state(), java_script_enabled=False
    )
    plain.get_by_role("button", name="试运行后台任务").click()
    plain.locator("[data-job] button", has_text="取消").click()
    expect(plain.locator("[data-job]")).to_contain_text("已取消", timeout=20_000)
