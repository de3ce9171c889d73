"""A served site and a real browser. Every page is watched: no error in its console, no request to another address."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect, sync_playwright
from sqlalchemy import Engine

from loaders.sample.helsinki import HELSINKI
from tests.browser.axe_core import AXE
from tests.browser.serving import serving
from tests.webmap.conftest import dispose
from webmap import create_app
from webmap.logic.config import Config
from webmap.logic.live_districts import LiveDistricts

ROOT = Path(__file__).parents[2]
PHONE = (390, 844)
SMALL_PHONE = (360, 740)
DESKTOP = (1440, 900)
SECOND_PHONE = pytest.param(PHONE, marks=pytest.mark.soak, id="phone")
"""The wider phone where the narrow one, which has less room, is tried in every run."""
PHONES = pytest.mark.parametrize("size", [pytest.param(SMALL_PHONE, id="small"), SECOND_PHONE])

PATIENCE_MS = 20_000
"""How long a page may take to come, and to become what is expected of it: tests share the machine with others."""

BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
"""Commands of the browser; the first has no windows of its own to draw, so pages take less time."""

OpenPage = Callable[..., Page]


def log_in(page: Page, username: str, password: str) -> None:
    """Send the form of `/login` that is shown, and wait for the page behind it with its scripts.

    Until those have run, a button is a plain form that leads elsewhere.
    """
    page.fill("input[name=username]", username)
    page.fill("input[name=password]", password)
    with page.expect_navigation(wait_until="load"):
        page.press("input[name=password]", "Enter")


def local(page: Page) -> Page:
    """Wait until the phone answers by itself."""
    page.wait_for_selector("#rider[data-local]")
    return page


@pytest.fixture(scope="session")
def site(helsinki: tuple[Engine, Path]) -> Iterator[str]:
    """Serve the Helsinki demonstration; return its address."""
    engine, state_dir = helsinki
    compile_catalogues = [sys.executable, "-m", "babel.messages.frontend", "-q", "compile", "-d", "webmap/translations"]
    subprocess.run(compile_catalogues, cwd=ROOT, check=True)
    url = engine.url.render_as_string(hide_password=False)
    app = create_app(Config(database_url=url, state_dir=state_dir, secret_key="not a secret"))
    with serving(app) as address:
        yield address
    dispose(app)


@pytest.fixture(scope="session")
def some_codes(helsinki: tuple[Engine, Path]) -> dict[str, str]:
    """Return the codes of a landmark and of a station, for addresses."""
    state = LiveDistricts(*helsinki).state(HELSINKI)
    return {
        "landmark": state.with_function("landmark")[0].code,
        "station": state.with_function("rest_station")[0].code,
    }


@pytest.fixture(scope="session")
def axe() -> str:
    """Return the source of axe-core, as the front end's packages bring it."""
    if not AXE.exists():
        pytest.skip("axe-core is not installed; make test fetches it")
    return AXE.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start the system's Chromium, drawing without a graphics card."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        pytest.skip("no Chromium on PATH; make test installs it on Debian and Ubuntu")
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=["--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--no-sandbox"]
        )
        yield browser
        browser.close()


@pytest.fixture
def shoot(request: pytest.FixtureRequest) -> Callable[[Page, str], None]:
    """Keep a picture of a page in the folder FUCHUN_SHOTS, where that is set: ``shoot(page, name)``."""

    def shoot(page: Page, name: str) -> None:
        if folder := os.environ.get("FUCHUN_SHOTS"):
            page.wait_for_timeout(800)
            page.screenshot(path=Path(folder) / f"{request.node.name}-{name}.png")

    return shoot


@pytest.fixture
def open_page(browser: Browser, site: str) -> Iterator[OpenPage]:
    """Open pages of the site: ``open_page(path, size=PHONE, **options)``, the options being those of a browser context.

    `script` runs before the page's own; `expect_error` is part of an error that the console may show.
    """
    faults: list[str] = []
    expected: list[str] = []
    contexts = []

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error" and not any(words in message.text for words in expected):
            faults.append(f"error in the console: {message.text}")

    def see(request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme not in ("data", "blob") and f"{address.scheme}://{address.netloc}" != site:
            faults.append(f"a request left the site: {request.url}")

    def open_page(
        path: str = "/",
        *,
        size: tuple[int, int] = PHONE,
        script: str = "",
        expect_error: str | None = None,
        **options: object,
    ) -> Page:
        expected.extend(filter(None, [expect_error]))
        is_phone = size[0] < 960
        given = {"locale": "zh-CN", "has_touch": is_phone, "is_mobile": is_phone, **options}
        context = browser.new_context(viewport={"width": size[0], "height": size[1]}, **given)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("console", hear)
        page.on("pageerror", lambda error: faults.append(f"error in the page: {error}"))
        page.on("request", see)
        if script:
            page.add_init_script(script)
        page.goto(site + path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert faults == []
