"""A story of a planner: a gap, a site by hand, four more, a host who refuses, a meeting, the ledger, the opening."""

import re
from io import BytesIO
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from docx import Document
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from geo.db.candidates import add_candidates, read_candidates
from geo.db.layers import SourceFacts, replace_demand, replace_places
from geo.db.ledger import list_entries
from geo.db.session import reading, writing
from geo.records import CandidateRecord
from tests.browser.conftest import DESKTOP, OpenPage, log_in
from tests.browser.planner_valley import valley_fixtures
from tests.webmap.valley import CODE, LAT, facts

pytestmark = [pytest.mark.browser, pytest.mark.soak]

PEOPLE = {119.98: 100, 119.99: 50, 120.0: 70, 120.005: 80, 120.01: 30, 120.015: 90, 120.02: 200}
"""Who lives where along the road. Stations are at 119.98 and 120.01; within 5 minutes a site reaches its own place."""
HOSTS = {"中街便民点": 119.99, "界桥门面": 120.0, "界桥东": 120.005, "东街门面": 120.015, "东街尾": 120.02}


def settle(session: Session) -> None:
    """Store who lives along the road and the hosts that were asked for rooms."""
    points = shapely.points(list(PEOPLE), [LAT] * len(PEOPLE))
    people = {"weight": [float(each) for each in PEOPLE.values()], "geometry": points}
    replace_demand(session, CODE, gpd.GeoDataFrame(people, crs=4326), facts("people.csv", len(PEOPLE), unit="people"))
    known = [
        CandidateRecord(f"c{number}", name, lon, LAT, "candidate", 10_000.0 * number, None, host=f"{name}物业")
        for number, (name, lon) in enumerate(HOSTS.items(), start=1)
    ]
    add_candidates(session, CODE, known)


valley, site, password = valley_fixtures("sites-story", has_workers=True, prepare=settle, status="real")


def drag(page: Page, mark: str, across_px: int) -> None:
    """Take a site into the hand, once the map stands still, and move it; it is not let go."""
    place, box = page.locator(".site-mark", has_text=mark), None
    while box != (box := place.bounding_box()):
        page.wait_for_timeout(200)
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + across_px, y, steps=4)


def number(words: str, before: str) -> int:
    """Return the count of people that stands behind a word."""
    return int(re.search(before + r"\D{0,3}([\d,]+)", words)[1].replace(",", ""))


def calculated(page: Page) -> None:
    """Wait until the answer is whole and on the map."""
    expect(page.locator("#answer[data-drawn]:not([data-active])")).to_be_visible(timeout=60_000)


def test_from_a_gap_to_a_decision_to_what_the_station_gained(
    open_page: OpenPage, shoot, valley: Flask, site: str, password: str, tmp_path: Path
) -> None:
    engine = valley.extensions["fuchun_engine"]
    page = open_page("/login?next=/plan%3Fminutes%3D5", size=DESKTOP, permissions=["clipboard-read", "clipboard-write"])
    log_in(page, "sites-story", password)
    page.locator("#gaps tbody a").first.click()
    page.get_by_role("link", name="在此模拟设站").first.click()
    expect(page.locator("#delta")).to_contain_text(re.compile(r"\+\d"))

    # While the site is in the hand the people are counted; let go, the move can be undone.
    first = page.locator("#delta").inner_text()
    drag(page, "1", 300)
    expect(page.locator("#delta")).not_to_have_text(first)
    page.mouse.up()
    page.get_by_role("button", name="撤销").click()
    expect(page.locator("#delta")).to_have_text(first, use_inner_text=True)
    shoot(page, "by-hand")

    # The site stays, and the engine finds four more.
    page.get_by_label("增设数量").first.fill("5")
    page.get_by_role("button", name="开始计算").click()
    calculated(page)
    rows = page.locator("#site-list > li")
    expect(rows).to_have_count(5)
    expect(page.locator("#answer .quality")).to_contain_text("已证明最优")
    assert page.locator("#site-list li[data-code^=pin-]").count() == 1
    expect(page.locator(".plans a")).to_have_count(3)
    for at in range(3):
        page.locator(".plans a").nth(at).click()
        expect(page.locator(".plans a").nth(at)).to_have_attribute("aria-current", "true")
    page.locator(".plans a").first.click()
    shoot(page, "plan")
    # The present is left of the line, the plan with its sites right of it.
    page.locator("#swipe").fill("100")
    expect(page.locator(".site-mark:visible")).to_have_count(0)
    page.get_by_role("button", name="方案", exact=True).click()
    expect(page.locator(".site-mark:visible")).to_have_count(5)

    # A host refuses: the next best is shown with what it loses.
    refusing = page.locator("#site-list li", has=page.get_by_role("button", name="不同意")).first
    code = refusing.get_attribute("data-code")
    refusing.get_by_role("button", name="不同意").click()
    expect(page.locator("#answer .notice").first).to_contain_text("不同意，已改用次优方案", timeout=60_000)
    calculated(page)
    expect(page.locator(f'#site-list li[data-code="{code}"]')).to_have_count(0)
    with reading(engine) as session:
        assert next(c.willingness for c in read_candidates(session, CODE) if c.code == code) == "refused"
    gain = number(page.locator("#answer .headline .number").inner_text(), "多覆盖")
    share = re.search(r"→ ([\d.]+%)", page.locator("#answer .headline .number").inner_text())[1]

    page.get_by_role("button", name="复制汇报文字").click()
    expect(page.locator("#copy")).to_have_text("已复制")
    assert share in page.evaluate("navigator.clipboard.readText()")

    page.get_by_role("button", name="投屏").click()
    expect(page.locator(".slide h2")).to_contain_text(share)
    page.keyboard.press("ArrowRight")
    expect(page.locator(".slide h2")).to_contain_text("◆1")
    shoot(page, "projected")
    page.keyboard.press("Escape")
    expect(page.locator(".slide")).to_have_count(0)

    # Two plans beside each other: this one, and one with a site less.
    for name, prepare in (("四处以上", None), ("少设一处", "撤下")):
        if prepare:
            calculated(page)
            page.locator(".site-mark").first.click()
            page.get_by_role("button", name=prepare).click()
            expect(page.locator("#by-hand")).to_contain_text("手动调整后")
        page.get_by_label("方案名称").fill(name)
        page.get_by_role("button", name="保存方案").click()
        expect(page.get_by_role("link", name=name)).to_be_visible()
        page.go_back()
    page.goto(f"{site}/plan/sites/saved")
    page.get_by_role("button", name="比较两个方案").click()
    for name in ("四处以上", "少设一处"):
        expect(page.get_by_role("columnheader", name=name)).to_be_visible()
    shoot(page, "compared")
    assert page.pdf(prefer_css_page_size=True).count(b"/Type /Page\n") == 1, "one sheet of paper"

    # The report and the ledger are of the plan that is open.
    page.goto(f"{site}/plan/sites/saved")
    page.get_by_role("link", name="四处以上").click()
    expect(page.locator("#answer .headline .number")).to_contain_text(share)
    page.get_by_text("用于汇报").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Word").click()
    text = "\n".join(each.text for each in Document(BytesIO(Path(download.value.path()).read_bytes())).paragraphs)
    assert share in text
    page.get_by_role("button", name="列入台账").click()
    expect(page.locator("p[role=status]")).to_contain_text("处已列入台账")
    with reading(engine) as session:
        entries = list_entries(session, CODE)
    assert sum(entry.promised for entry in entries) == gain

    # A station opens where the plan has put it, and what it gained stands beside what was promised.
    entry = max(entries, key=lambda each: each.promised)
    hours = {"hours": "24/7", "hours_posted": None, "services": []}
    function = {"kind": "rest_station", "tier": None, **hours}
    station = {"code": "S3", "name": "东街站", "lon": entry.lon, "lat": entry.lat, "functions": [function]}
    with writing(engine) as session:
        replace_places(session, CODE, [station], SourceFacts("new.csv", 1, 1), keep=True)
    valley.extensions["fuchun_live"].build(CODE)
    page.goto(f"{site}/manage/gaps/{entry.id}")
    page.locator("#state").select_option("open")
    page.locator("#station_code").select_option("S3")
    page.locator("form.narrow button.primary").click()
    expect(page.locator(".baseline")).to_contain_text("东街站")
    expect(page.locator(".baseline .number").nth(1)).to_contain_text(f"{entry.promised:.0f}")
    shoot(page, "opened")
