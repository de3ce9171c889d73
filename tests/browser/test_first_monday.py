"""An office's first Monday: accounts, four files, questions, a clerk of one town, an undo; riders are answered."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import Engine

from geo.db.database_roles import grant
from geo.db.session import writing
from tests.browser import first_monday as monday
from tests.browser.conftest import DESKTOP, OpenPage, log_in
from tests.browser.serving import serving
from tests.conftest import DatabaseMaker, addresses_of
from tests.loaders.districts import rows
from tests.webmap.commands import fuchun
from tests.webmap.conftest import config_of, dispose
from tests.webmap.first_data import parse_in_this_process
from tests.webmap.valley import CODE, valley_app
from webmap import create_app
from webmap.accounts import create_account

pytestmark = pytest.mark.browser

PATIENCE_MS = 240_000
"""Some pages wait for a change of the district to be read and its streets to be built."""
STATIONS = "SELECT name, status FROM place WHERE district_code = '330111' ORDER BY name"


@dataclass
class Office:
    """A site with one district that riders use, and the administrator of the office that begins."""

    app: Flask
    engine: Engine
    password: str
    folder: Path


@pytest.fixture
def office(make_database: DatabaseMaker, tmp_path: Path, translations: None) -> Iterator[Office]:
    with valley_app(make_database, tmp_path / "state", status="real") as app:
        engine = app.extensions["fuchun_engine"]
        with writing(engine) as session:
            password = create_account(session, "monday-admin", role="admin")
        yield Office(app, engine, password, tmp_path)


@pytest.fixture
def site(office: Office) -> Iterator[str]:
    with serving(office.app) as address:
        yield address


def first_morning(page: Page, site: str, office: Office) -> None:
    """Log in, add the district and bring its four files in, questions answered."""
    engine, room = office.engine, office.folder / "jobs"
    room.mkdir()
    log_in(page, "monday-admin", office.password)
    monday.make_account(page, site, name="用户三", username="user3", role="planner")
    page.goto(f"{site}/manage/districts")
    monday.add_district(page, monday.OFFICE, "富阳区")
    monday.drop(page, monday.office_files(office.folder / "files"))
    monday.do_jobs(page, engine, room)
    expect(page.locator(".check")).to_have_count(4)
    expect(monday.panel(page, "驿站")).to_contain_text("镇街界线导入后会自动再检查一次")

    monday.import_panel(page, "镇街界线", engine, room)
    expect(page.locator(".step").first).to_contain_text("✓ 2 个镇街")
    monday.answer_panel(page, "道路", "专用公路", "乡道、支路", engine, room)
    monday.import_panel(page, "道路", engine, room)
    monday.import_panel(page, "人口与需求", engine, room)
    monday.answer_panel(page, "驿站", "停业整改", "停用", engine, room)
    expect(monday.panel(page, "驿站")).to_contain_text("共 5 行：可导入 4 行，有问题 1 行")
    monday.import_panel(page, "驿站", engine, room)
    expect(page.locator(".step.is-done")).to_have_count(4)
    assert rows(engine, STATIONS) == [("丁站", "active"), ("丙站", "closed"), ("乙站", "active"), ("甲站", "active")]


def clerk_of_one_town(page: Page, office: Office, own: str, other: str) -> None:
    """Let the clerk change a station of the own town, and be refused in another."""
    codes = dict(rows(office.engine, "SELECT name, code FROM place WHERE district_code = '330111'"))
    address = page.url.partition("/manage")[0]
    page.goto(f"{address}/manage/places/{codes[own]}?district={monday.OFFICE}")
    page.locator("[name=how_to_get_in]").fill("从东门进")
    with page.expect_navigation():
        page.get_by_role("button", name="保存", exact=True).first.click()
    saved = rows(office.engine, "SELECT how_to_get_in FROM place WHERE how_to_get_in IS NOT NULL")
    assert saved == ["从东门进"]
    token = page.locator("[name=csrf_token]").first.get_attribute("value")
    refused = page.request.post(
        f"{address}/manage/places/{codes[other]}?district={monday.OFFICE}", form={"csrf_token": str(token)}
    )
    assert refused.status == 403


def undo_import(page: Page, site: str) -> None:
    """Undo the latest import."""
    page.goto(f"{site}/manage/load?district={monday.OFFICE}")
    page.locator(".imports .undo summary").first.click()
    with page.expect_navigation():
        page.locator(".imports .undo[open] button").click()


def test_the_first_monday_of_an_office(
    open_page: OpenPage, site: str, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    parse_in_this_process(monkeypatch)
    with monday.riders(site, CODE) as answered:
        page = open_page("/manage/districts", size=DESKTOP, expect_error="409")
        page.set_default_timeout(PATIENCE_MS)
        first_morning(page, site, office)
        link = monday.make_account(page, site, name="用户二", username="user2", role="editor", town="新登镇")
        clerk = open_page("/", size=DESKTOP, expect_error="403")
        clerk.set_default_timeout(PATIENCE_MS)
        monday.first_login(clerk, link)
        clerk_of_one_town(clerk, office, "甲站", "丁站")

        # What the clerk has changed keeps the import from being undone; the clerk's change is undone first.
        undo_import(page, site)
        expect(page.locator("[role=alert]")).to_contain_text("甲站")
        page.goto(f"{site}/manage/changes?district={monday.OFFICE}&town=330111115")
        expect(page.locator("table.changes tbody tr").first).to_contain_text("用户二")
        page.locator(".undo summary").first.click()
        with page.expect_navigation():
            page.locator(".undo[open] button").click()
        undo_import(page, site)
        expect(page.locator(".imports tbody tr").first).to_contain_text("已由monday-admin撤销")
        assert rows(office.engine, STATIONS) == []
    assert set(answered) == {200}, answered
    assert answered[200] > 4


@pytest.mark.soak
def test_the_whole_story_to_the_second_district(
    browser: Browser,
    open_page: OpenPage,
    site: str,
    office: Office,
    make_database: DatabaseMaker,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """After the morning: a backup, the site restored elsewhere with the same stations, and a second district."""
    parse_in_this_process(monkeypatch)
    with monday.riders(site, CODE) as answered:
        page = open_page("/manage/districts", size=DESKTOP, expect_error="409")
        page.set_default_timeout(PATIENCE_MS)
        first_morning(page, site, office)
        made = fuchun(office.engine, office.folder, "backup", office.folder)
        assert made.returncode == 0, made.stderr
        (file,) = office.folder.glob("*.fuchun")
        with make_database() as elsewhere:
            done = fuchun(elsewhere, office.folder / "elsewhere", "restore", file, "--yes")
            assert done.returncode == 0, done.stderr
            grant(elsewhere, addresses_of(elsewhere))  # the command knew one role for all
            assert rows(elsewhere, STATIONS) == rows(office.engine, STATIONS) != []
            again = create_app(config_of(elsewhere, office.folder / "elsewhere"))
            with serving(again) as address:
                there = browser.new_context(locale="zh-CN").new_page()
                there.goto(f"{address}/login")
                log_in(there, "monday-admin", office.password)
                there.goto(f"{address}/manage/load?district={monday.OFFICE}")
                expect(there.locator(".imports .undo summary")).to_have_count(4)
                there.context.close()
            again.extensions["fuchun_live"].stop()
            dispose(again)

        page.goto(f"{site}/manage/districts")
        monday.add_district(page, "330106", "第二区")
        monday.drop(page, monday.office_files(office.folder / "second", "330106"))
        monday.do_jobs(page, office.engine, office.folder / "jobs")
        monday.import_panel(page, "镇街界线", office.engine, office.folder / "jobs")
        expect(page.locator(".step").first).to_contain_text("✓")
    assert set(answered) == {200}, answered
    public = open_page("/", size=DESKTOP)
    expect(public.locator("body")).not_to_contain_text("第二区")
