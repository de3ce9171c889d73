"""An office's first Monday, as steps that tests put together: its files, its people, and what they click."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import geopandas as gpd
import shapely
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import Engine

from tests.webmap.first_data import DIRTY, do_waiting_jobs, gbk_towns

OFFICE = "330111"
PASSWORD = "mondaymorning"
TOTALS = "镇街,人口\n新登镇,1200\n富春街道,3400\n"


def office_files(folder: Path, code: str = OFFICE) -> list[Path]:
    """Write an office's files: a GBK Shapefile of towns, streets with a class of its own, totals, a dirty register."""
    folder.mkdir()
    files = []
    for name, content in gbk_towns(folder, code).items():
        files.append(folder / name)
        (folder / name).write_bytes(content)
    for leftover in folder.glob("*.cpg"):
        leftover.unlink()
    lines = [[(119.45, 30.0), (119.95, 30.0)], [(119.5, 30.0), (119.5, 30.05)]]
    streets = gpd.GeoDataFrame(
        {"道路等级": ["主干路", "专用公路"], "路名": ["示意大道", "示意路"]},
        geometry=[shapely.LineString(line) for line in lines],
        crs=4326,
    )
    streets.to_file(folder / "道路.geojson")
    (folder / "镇街人口.csv").write_text(TOTALS, encoding="gbk")
    (folder / "驿站台账.csv").write_text(DIRTY, encoding="gbk")
    return [*files, folder / "道路.geojson", folder / "镇街人口.csv", folder / "驿站台账.csv"]


@contextmanager
def riders(site: str, district: str) -> Iterator[Counter[int]]:
    """Let riders open the first page of a district and ask it all the while; yield how often they got which status."""
    answers: Counter[int] = Counter()
    is_over = threading.Event()

    def ask() -> None:
        body = b'{"lon": 119.985, "lat": 30.0}'
        questions = [
            Request(f"{site}/?district={district}"),
            Request(f"{site}/api/v1/nearest?district={district}", body, {"Content-Type": "application/json"}),
        ]
        while not is_over.is_set():
            for question in questions:
                try:
                    with urlopen(question, timeout=240) as answer:
                        answers[answer.status] += 1
                except HTTPError as error:
                    answers[error.code] += 1
            is_over.wait(1.0)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    try:
        yield answers
    finally:
        is_over.set()
        thread.join(240)


def add_district(page: Page, code: str, name: str) -> None:
    """Add an empty district, which leads to its first data."""
    page.get_by_text("新建区县……").click()
    page.fill("#new-code", code)
    page.fill("#new-name", name)
    with page.expect_navigation():
        page.get_by_role("button", name="新建区县").click()
    expect(page.get_by_role("heading", name=f"导入{name}的数据")).to_be_visible()


def drop(page: Page, files: list[Path]) -> None:
    """Drop files on the page; they are sent without another click."""
    with page.expect_navigation():
        page.set_input_files("#files", files)


def do_jobs(page: Page, engine: Engine, folder: Path) -> None:
    """Let a worker do what waits, and look at the page again: not before, for it would reload by itself meanwhile."""
    address = page.url
    page.goto(f"{address.partition('/manage')[0]}/benefits")
    do_waiting_jobs(engine, folder)
    page.goto(address)


def panel(page: Page, name: str) -> Locator:
    """Return the part of a checked file by what it holds."""
    return page.locator(".check", has=page.get_by_role("heading", name=name))


def import_panel(page: Page, name: str, engine: Engine, folder: Path) -> None:
    """Import a checked file; where something is replaced, the second click says what."""
    found = panel(page, name)
    confirm = found.locator("details.confirm > summary")
    if confirm.count():
        confirm.click()
    with page.expect_navigation():
        found.locator(".check-acts button.primary").click()
    do_jobs(page, engine, folder)


def answer_panel(page: Page, name: str, word: str, meaning: str, engine: Engine, folder: Path) -> None:
    """Answer what a word means, and take the suggestions."""
    found = panel(page, name)
    found.get_by_label(word).select_option(label=meaning)
    with page.expect_navigation():
        found.get_by_role("button", name="按以上回答再检查").click()
    do_jobs(page, engine, folder)


def make_account(page: Page, site: str, *, name: str, username: str, role: str, town: str | None = None) -> str:
    """Make an account on its page, and return the address of its login link."""
    page.goto(f"{site}/manage/accounts")
    page.fill("#full_name", name)
    page.fill("#username", username)
    page.check(f"input[name=role][value={role}]")
    if town:
        page.locator("details.towns summary").click()
        page.locator("details.towns").get_by_label(town).check()
    with page.expect_navigation():
        page.locator("section.card form button.primary").click()
    return str(page.locator("#link input").input_value())


def first_login(page: Page, link: str) -> None:
    """Open a login link and take a password."""
    page.goto(link)
    page.fill("#password", PASSWORD)
    page.fill("#again", PASSWORD)
    with page.expect_navigation():
        page.locator("button.primary").click()
