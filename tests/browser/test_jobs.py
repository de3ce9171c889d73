"""A job from a staff page: started in place, watched, left alone, found again and called off."""

import re
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Engine, text

from geo.db.session import writing
from tests.browser.conftest import DESKTOP, OpenPage, log_in
from tests.webmap.job_workers import workers
from webmap.accounts import create_account

pytestmark = pytest.mark.browser

JOB = re.compile(r"^[^?]*/manage/jobs/\d+$")


@pytest.fixture
def idle_admin(helsinki: tuple[Engine, Path]) -> Iterator[tuple[str, str]]:
    """An administrator of the site, gone afterwards; no worker takes the jobs."""
    engine, _ = helsinki
    with writing(engine) as session:
        password = create_account(session, "job-admin", role="admin")
    yield "job-admin", password
    with writing(engine) as session:
        session.execute(text("DELETE FROM job"))
        session.execute(text("DELETE FROM account WHERE username = 'job-admin'"))


@pytest.fixture
def admin(helsinki: tuple[Engine, Path], idle_admin: tuple[str, str]) -> Iterator[tuple[str, str]]:
    """The administrator with a worker beside the site."""
    with workers(*helsinki) as start:
        start()
        yield idle_admin


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


@pytest.fixture
def waiting(open_page: OpenPage, idle_admin: tuple[str, str]) -> Page:
    """The page of jobs with one that waits for a worker, and is asked after."""
    page = open_page("/manage/jobs", size=DESKTOP, expect_error="Failed to load resource")
    log_in(page, *idle_admin)
    page.get_by_role("button", name="试运行后台任务").click()
    expect(page.locator("[data-job][data-active]")).to_contain_text("等待")
    return page


def looks(page: Page) -> list[float]:
    """Return a list that takes up the moment of each request for a job, in seconds."""
    moments: list[float] = []
    page.on("request", lambda request: moments.append(time.monotonic()) if JOB.search(request.url) else None)
    return moments


def test_nobody_asks_after_a_job_once_logged_out(waiting: Page) -> None:
    other = waiting.context.new_page()
    other.goto(waiting.url)
    with waiting.expect_response(lambda answer: bool(JOB.search(answer.url)) and answer.status == 302):
        other.locator(".staff-nav summary", has_text="系统").click()
        other.get_by_role("button", name="退出").click()
    asked = looks(waiting)
    waiting.wait_for_timeout(2_500)
    assert asked == []


def test_nobody_asks_after_a_job_that_is_gone(waiting: Page, helsinki: tuple[Engine, Path]) -> None:
    with waiting.expect_response(lambda answer: answer.status == 404), writing(helsinki[0]) as session:
        session.execute(text("DELETE FROM job"))
    asked = looks(waiting)
    waiting.wait_for_timeout(2_500)
    assert asked == []


def test_a_server_that_is_away_is_asked_ever_more_seldom_and_found_again(waiting: Page) -> None:
    asked = looks(waiting)
    waiting.route(JOB, lambda route: route.abort())
    waiting.wait_for_timeout(8_000)
    pauses = [later - earlier for earlier, later in pairwise(asked)]
    assert len(pauses) >= 2
    assert pauses[-1] > 1.5 * pauses[-2]
    waiting.unroute(JOB)
    waiting.evaluate("document.querySelector('[data-job]').id = 'stale'")
    expect(waiting.locator("#stale")).to_have_count(0, timeout=20_000)
