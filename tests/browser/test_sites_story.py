"""A story of a planner: ask, see the plans, drag a site, lose a host, save, compare, enter the ledger."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from geo.db.candidates import add_candidates, read_candidates
from geo.db.ledger import list_entries
from geo.db.session import reading, writing
from geo.records import CandidateRecord
from tests.browser.conftest import DESKTOP, OpenPage, log_in
from tests.browser.serving import serving
from tests.conftest import DatabaseMaker
from tests.webmap.job_workers import workers
from tests.webmap.valley import CODE, LAT, valley_app
from webmap.accounts.setup import create_account

pytestmark = pytest.mark.browser

CANDIDATES = [
    CandidateRecord(code, name, lon, LAT, "candidate", cost, None)
    for code, name, lon, cost in (
        ("m", "中街便民点", 119.99, 20_000.0), ("e", "东街门面", 120.02, 50_000.0), ("f", "东街北侧", 120.019, 60_000.0)
    )
]  # fmt: skip


@pytest.fixture(scope="module")
def valley(
    make_database: DatabaseMaker, tmp_path_factory: pytest.TempPathFactory, translations: None
) -> Iterator[Flask]:
    folder = tmp_path_factory.mktemp("sites")
    with valley_app(make_database, folder, status="real") as app:
        with writing(app.extensions["fuchun_engine"]) as session:
            add_candidates(session, CODE, CANDIDATES)
        with workers(app.extensions["fuchun_engine"], app.extensions["fuchun_config"].state_dir) as start:
            start()
            yield app


@pytest.fixture(scope="module")
def site(valley: Flask) -> Iterator[str]:
    with serving(valley) as address:
        yield address


@pytest.fixture(scope="module")
def password(valley: Flask) -> str:
    with writing(valley.extensions["fuchun_engine"]) as session:
        return create_account(session, "sites-story", role="planner")


def drag(page: Page, mark: str, across_px: int) -> None:
    """Take a site into the hand and move it; it is not let go."""
    box = page.locator(".site-mark", has_text=mark).bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + across_px, y, steps=4)


def test_from_a_sentence_to_plans_to_a_refusal_to_the_ledger(
    open_page: OpenPage, shoot, valley: Flask, password: str
) -> None:
    engine = valley.extensions["fuchun_engine"]
    page = open_page("/plan/sites?minutes=5", size=DESKTOP)
    log_in(page, "sites-story", password)
    page.get_by_label("增设数量").first.fill("1")
    page.get_by_role("button", name="开始计算").click()
    expect(page.locator("#answer .number")).to_contain_text("26.3% → 78.9%", timeout=60_000)
    expect(page.locator("#answer:not([data-active])")).to_be_visible(timeout=60_000)
    expect(page.locator("#answer .quality")).to_contain_text("已证明最优")
    expect(page.locator("#site-list li")).to_have_count(1)
    shoot(page, "plan")

    # While the site is in the hand the people are counted; let go, the move can be undone.
    expect(page.locator(".site-mark")).to_have_count(1)
    drag(page, "1", -20)
    expect(page.locator("#delta")).to_contain_text("东镇 +200")
    page.mouse.move(700, 450, steps=4)
    expect(page.locator("#delta")).to_contain_text("覆盖人数不变")
    page.mouse.up()
    expect(page.locator("#by-hand")).to_contain_text("手动调整后")
    shoot(page, "dragged")
    page.get_by_role("button", name="撤销").click()
    expect(page.locator("#delta")).to_be_hidden()

    # More sites are one click away, and each of the three plans.
    page.get_by_label(re.compile("^2 处")).click()
    expect(page.locator("#site-list li")).to_have_count(2)
    page.locator(".plans a").first.click()
    expect(page.locator("#site-list li")).to_have_count(1)

    first = page.locator("#site-list li").first.get_attribute("data-code")
    page.get_by_role("button", name="不同意").click()
    expect(page.locator("#answer .notice")).to_contain_text("不同意，已改用次优方案", timeout=60_000)
    expect(page.locator("#answer:not([data-active])")).to_be_visible(timeout=60_000)
    with reading(engine) as session:
        assert next(c.willingness for c in read_candidates(session, CODE) if c.code == first) == "refused"

    page.get_by_label("方案名称").fill("只设一处")
    page.get_by_role("button", name="保存方案").click()
    expect(page.get_by_role("link", name="只设一处")).to_be_visible()
    page.get_by_role("link", name="只设一处").click()
    expect(page.locator("#by-hand")).to_contain_text("手动调整后")
    page.go_back()
    page.go_back()
    page.get_by_role("button", name="列入台账").click()
    expect(page.get_by_role("status")).to_contain_text("1 处已列入台账")
    with reading(engine) as session:
        entries = list_entries(session, CODE)
    assert [entry.promised for entry in entries] == [200.0]
