"""axe-core finds nothing on the other pages either: what is printed or framed, what failed, and all that staff see.

A small district with something of everything; each page at both sizes and in both themes.
"""

import re
from collections.abc import Iterator
from urllib.parse import urljoin

import pytest
from flask import Flask
from playwright.sync_api import Page, Route

from geo.db.session import writing
from tests.browser.axe_core import RUN, THEMES, show_whole
from tests.browser.conftest import DESKTOP, PHONE, OpenPage, log_in
from tests.browser.serving import serving
from tests.conftest import DatabaseMaker
from tests.webmap.busy_valley import EMPTY, busy_valley
from webmap.accounts import create_account

pytestmark = pytest.mark.browser

SIZES = {"phone": PHONE, "desktop": DESKTOP}
PUBLIC = (
    "/s/S1",
    "/s/S1?text=large",
    "/s/S1?lang=en",
    "/s/nowhere",
    "/embed",
    "/plan",
    "/plan?when=week&weekday=3&hour=20&minutes=14",
    "/tours",
    "/tours/T1",
    "/benefits",
    "/activities",
    "/login",
    "/nothing-here",
    f"/plan?district={EMPTY}",
)
STAFF = (
    "/account",
    "/manage/",
    "/manage/places",
    "/manage/usage",
    "/manage/places/S1",
    "/manage/sources",
    "/manage/demand",
    "/manage/map",
    "/manage/hotspots",
    "/manage/hotspots/1",
    "/manage/areas",
    "/manage/areas/area-1",
    "/manage/gaps",
    "/manage/gaps/1",
    "/manage/reports",
    "/manage/reports/coverage",
    "/manage/jobs",
    "/manage/jobs/1",
    "/manage/load",
    "/plan/sites",
    "/plan/sites/candidates",
    "/plan/sites/hours",
    "/plan/sites/saved",
    "/manage/load?what=population",
    "/manage/benefits",
    "/manage/activities",
    "/manage/membership",
)


@pytest.fixture(scope="module")
def valley(
    make_database: DatabaseMaker, tmp_path_factory: pytest.TempPathFactory, translations: None
) -> Iterator[Flask]:
    with busy_valley(make_database, tmp_path_factory.mktemp("everywhere")) as app:
        yield app


@pytest.fixture(scope="module")
def site(valley: Flask) -> Iterator[str]:
    """Serve the district."""
    with serving(valley) as address:
        yield address


@pytest.fixture(scope="module")
def password(valley: Flask) -> str:
    with writing(valley.extensions["fuchun_engine"]) as session:
        return create_account(session, "everywhere", role="admin")


def violations(page: Page, site: str, paths: tuple[str, ...], source: str) -> dict[str, list[str]]:
    """Return what axe-core finds, by page and theme."""
    found = {}
    size = page.viewport_size
    assert size is not None
    for path in paths:
        page.set_viewport_size(size)
        page.goto(site + path)
        if size["width"] < DESKTOP[0]:
            show_whole(page)
        page.evaluate(source)
        for theme, rules in THEMES:
            page.emulate_media(color_scheme=theme)
            if faults := page.evaluate(RUN, rules):
                found[f"{path} {theme}"] = faults
    return found


@pytest.mark.parametrize("size", ["phone", pytest.param("desktop", marks=pytest.mark.soak)])
def test_axe_finds_nothing_on_any_public_page(open_page: OpenPage, site: str, axe: str, size: str) -> None:
    page = open_page("/login", size=SIZES[size], expect_error="responded with a status of")
    assert violations(page, site, PUBLIC, axe) == {}


@pytest.mark.parametrize("size", ["desktop", pytest.param("phone", marks=pytest.mark.soak)])
def test_axe_finds_nothing_on_any_page_of_staff(
    open_page: OpenPage,
    site: str,
    axe: str,
    password: str,
    size: str,
) -> None:
    page = open_page("/login", size=SIZES[size])
    log_in(page, "everywhere", password)
    assert violations(page, site, STAFF, axe) == {}


def test_a_page_that_failed_tries_again_by_itself_and_begins_anew_only_when_there_is_something(
    open_page: OpenPage,
) -> None:
    page = open_page("/login", expect_error="503")
    address = f"/plan?district={EMPTY}"

    def answer(route: Route) -> None:
        # The page of a store that is being made ready; this district lacks its files, and no trying again brings them.
        if route.request.method != "GET":
            return route.continue_()
        response = route.fetch()
        text = response.text()
        (folder,) = re.findall(r'src="([^"]+/js/web)/menus.js"', text)
        again = f'<p id="again" data-seconds="2"></p><script type="module" src="{folder}/retry_page.js"></script>'
        return route.fulfill(response=response, body=text.replace("</main>", f"{again}</main>"))

    page.route(f"**{address}", answer)
    page.goto(urljoin(page.url, address))
    page.evaluate("document.body.dataset.seen = 'yes'")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.method) if request.url == page.url else None)
    page.wait_for_timeout(3_500)
    assert asked == ["HEAD"], "asked for in the background"
    assert page.evaluate("document.body.dataset.seen") == "yes", "and not begun anew"
