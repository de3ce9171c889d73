"""The page opens without a connection after one visit, a new version reaches everybody, and nothing private is kept."""

import re
import socket
import subprocess
import sys
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect
from sqlalchemy import update
from werkzeug.serving import make_server

from geo.db.session import writing
from geo.db.tables import Place
from tests.browser.conftest import DESKTOP, PHONES, ROOT, SECOND_PHONE, SMALL_PHONE, local
from tests.browser.moments import AT, until
from tests.browser.page_scripts import READ_STORES
from tests.browser.phones import unfold
from tests.webmap.conftest import dispose
from tests.webmap.valley import valley_app
from webmap import create_app

pytestmark = pytest.mark.browser

CHINA = ZoneInfo("Asia/Shanghai")
DIGITS = ("119.9876", "30.0012")


class Plug:
    """A site that can be unplugged, and plugged in again with another application at the same address."""

    def __init__(self, app):
        self.app = app
        self.asked = []
        self.port = 0
        self.server = None
        self.plug_in()

    def plug_in(self, app=None):
        if self.server is not None:
            self.unplug()
        self.app = app or self.app
        self.server = make_server("127.0.0.1", self.port, self.answer, threaded=True)
        self.port = self.server.server_port
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def answer(self, environ, start_response):
        self.asked.append(environ["PATH_INFO"])
        return self.app(environ, start_response)

    def unplug(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()
        self.server = None

    @property
    def address(self):
        return f"http://127.0.0.1:{self.port}"


@pytest.fixture(scope="module")
def plug(make_database, tmp_path_factory):
    compile_catalogues = [sys.executable, "-m", "babel.messages.frontend", "-q", "compile", "-d", "webmap/translations"]
    subprocess.run(compile_catalogues, cwd=ROOT, check=True)
    with valley_app(make_database, tmp_path_factory.mktemp("valley")) as app:
        plug = Plug(app)
        yield plug
        if plug.server is not None:
            plug.unplug()


@pytest.fixture
def site(plug):
    if plug.server is None:
        plug.plug_in()
    return plug.address


IS_KEPT = """async () => {
  const urls = [];
  for (const name of await caches.keys()) {
    for (const request of await (await caches.open(name)).keys()) urls.push(request.url);
  }
  return ["/style.json", "/stations.json", ".pack"].every((part) => urls.some((url) => url.includes(part)));
}"""


MAP_IS_READY = "#map:is([data-fetched], [data-drawn])"  # a phone draws it when it is wanted


def visited(open_page, path="/", **options):
    """A page that has been read once: the worker is there, the streets too, and what the map is drawn from."""
    errors = options.pop("expect_error", "ERR_")
    page = local(open_page(path, expect_error=errors, **AT, **options))
    page.wait_for_function("navigator.serviceWorker.controller !== null")
    page.wait_for_selector(MAP_IS_READY, state="attached")
    return until(page, IS_KEPT)


@pytest.mark.parametrize(
    "size", [pytest.param(SMALL_PHONE, id="small"), SECOND_PHONE, pytest.param(DESKTOP, id="desktop")]
)
def test_after_one_visit_the_page_opens_in_flight_mode(open_page, shoot, plug, size):
    page = visited(open_page, size=size)
    plug.unplug()
    page.goto(plug.address + "/?mode=walk")
    expect(page.locator(".station")).to_have_count(2)
    expect(page.locator(".station").first).to_contain_text("24 小时开放")
    expect(page.locator(".station").first).to_contain_text("卫生间")
    local(page)
    page.get_by_role("button", name="用我的位置").click()
    expect(page.locator(".station").first).to_contain_text(re.compile(r"步行 \d+ 分钟"))
    shoot(page, "list")
    page.locator(".station").first.get_by_role("button", name="去这里").click()
    expect(page.locator("#route-steps li").last).to_contain_text("到达")
    expect(page.locator("#map .map-note")).to_have_count(0)
    # No tile comes any more: the route lies on the streets that the phone keeps.
    expect(page.locator("#map")).to_have_attribute("data-kept-streets", re.compile("^[1-9]"))
    shoot(page, "way")


def test_a_stations_page_that_was_read_opens_again_and_another_says_that_it_is_not_kept(open_page, plug):
    page = visited(open_page, expect_error="Failed to load")
    page.goto(plug.address + "/s/S1")
    expect(page.locator("h1")).to_contain_text("West station")
    page.wait_for_timeout(300)
    plug.unplug()
    page.reload()
    expect(page.locator("h1")).to_contain_text("West station")
    page.goto(plug.address + "/s/S2")
    expect(page.locator("h1")).to_have_text("这一页没有存在手机上")
    page.goto(plug.address + "/?district=990002")
    # Not another district in its place.
    expect(page.locator("h1")).to_have_text("这一页没有存在手机上")
    page.get_by_role("link", name="找驿站").click()
    expect(page).to_have_url(plug.address + "/")
    expect(page.locator(".station")).to_have_count(2)


def read_place(open_page, plug, code, **options):
    """A page of a station that has been read and is kept."""
    page = visited(open_page, **options)
    page.goto(f"{plug.address}/s/{code}")
    return until(page, "() => caches.match(location.href).then(Boolean)")


@PHONES
def test_a_stations_page_from_days_ago_says_of_when_it_is_and_nothing_of_now(open_page, shoot, plug, size):
    made = datetime.now(UTC)
    with writing(plug.app.extensions["fuchun_engine"]) as session:
        session.execute(update(Place).where(Place.code == "S2").values(confirmed_at=made))
    plug.app.extensions["fuchun_live"].refresh()
    page = read_place(open_page, plug, "S2", size=size)
    page.get_by_role("button", name="锁着").click()
    expect(page.locator("#door")).to_contain_text("谢谢")
    page.goto(plug.address + "/s/S2")
    expect(page.locator(".report")).to_have_count(1)
    until(page, "() => caches.match(location.href).then((kept) => kept.text()).then((text) => text.includes('锁门'))")
    plug.unplug()
    page.reload()
    expect(page.locator(".today, .report")).to_have_count(2)
    expect(page.locator(".age")).to_be_hidden()
    page.clock.set_fixed_time(made + timedelta(days=3))
    page.reload()
    expect(page.locator(".state, .report, .today, [aria-current=date]")).to_have_count(0)
    head = page.locator(".place-head")
    expect(head.locator(".age")).to_contain_text(f"数据截至 {made.astimezone(CHINA):%Y-%m-%d}")
    expect(head.locator(".when")).to_have_text("周一至周五 08:00–17:00")
    expect(page.locator("main")).to_contain_text(f"上次核实：{made.astimezone(CHINA):%Y-%m-%d}")
    assert "今天" not in page.locator("main").inner_text()
    expect(page.locator(".week tr")).to_have_count(7)
    expect(page.locator(".others b").first).to_contain_text("分钟")
    shoot(page, "old")


def test_a_phone_whose_clock_is_wrong_reads_what_the_server_says_of_now(open_page, plug):
    page = visited(open_page)
    page.clock.set_fixed_time(datetime.now(UTC) + timedelta(days=3))
    page.goto(plug.address + "/s/S1")
    page.wait_for_load_state()
    expect(page.locator(".place-head .state")).to_have_text("现在开放")
    expect(page.locator(".age")).to_be_hidden()


@pytest.fixture
def hinder(plug, monkeypatch):
    """Have something happen before the site answers what is asked with some words in the query."""
    answer = plug.app.wsgi_app

    def hinder(words, act):
        def hindered(environ, start_response):
            if words in environ["QUERY_STRING"]:
                act(environ)
            return answer(environ, start_response)

        monkeypatch.setattr(plug.app, "wsgi_app", hindered)

    return hinder


def slowly(_):
    time.sleep(4)  # longer than the worker waits


def never(environ):
    environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("act", [slowly, never])
def test_on_a_bad_line_too_a_report_is_thanked_for(open_page, plug, hinder, act):
    page = read_place(open_page, plug, "S1")
    hinder("told=", act)
    page.get_by_role("button", name="开着").click()
    expect(page.locator("#door")).to_contain_text("谢谢", timeout=10_000)
    assert page.locator("html[data-kept]").count() == (act is never)


def test_a_report_without_a_connection_stays_says_so_and_is_offered_again(open_page, plug):
    page = read_place(open_page, plug, "S1")
    plug.unplug()
    page.get_by_role("button", name="锁着").click()
    expect(page.locator("#told")).to_contain_text("留在手机上")
    page.reload()
    expect(page.locator(".unsent li")).to_contain_text("还没送出：West station “锁着”")
    plug.plug_in()
    page.get_by_role("button", name="现在送出").click()
    expect(page.locator("#told")).to_contain_text("谢谢")
    expect(page.locator(".unsent")).to_be_hidden()
    assert page.evaluate("localStorage.length") == 0


def test_on_a_slow_line_a_stations_page_is_that_of_the_way_of_travel_asked_for(open_page, plug, hinder):
    page = read_place(open_page, plug, "S1")
    hinder("mode=walk", slowly)
    page.goto(plug.address + "/s/S1?mode=walk")
    expect(page.locator("#go [aria-current]")).to_have_text("步行")
    plug.unplug()
    page.reload()
    expect(page.locator("h1")).to_contain_text("West station")


def test_on_a_slow_line_a_page_that_was_read_comes_after_three_seconds(open_page, plug, hinder):
    page = read_place(open_page, plug, "S1?district=990001&lang=en")
    hinder("", slowly)
    for path in ("/s/S1?lang=en&district=990001", "/?mode=walk"):
        page.goto(plug.address + path)
        assert page.locator("html[data-kept]").count() == 1


def test_the_page_that_was_kept_speaks_its_language_and_stands_large(open_page, plug):
    page = visited(open_page, "/?lang=en&text=large")
    plug.unplug()
    page.reload()
    expect(page.locator("html")).to_have_class("large")
    local(page)
    page.get_by_role("button", name="Use my position").click()
    expect(page.locator(".station").first).to_contain_text(re.compile(r"\d+ min by e-bike"))


def test_neither_positions_nor_posts_nor_pages_of_staff_are_kept(open_page, plug):
    page = visited(open_page, "/?mode=walk&landmark=")
    page.get_by_role("button", name="用我的位置").click()
    expect(page.locator(".station").first).to_contain_text(re.compile(r"\d+ 分钟"))
    for path in ("/manage/", "/login", "/plan", "/?mode=walk&service=toilet", "/"):
        page.goto(plug.address + path)
    kept = page.evaluate(READ_STORES)
    urls = [text for text in kept if text.startswith(plug.address)]
    assert plug.address + "/" in urls
    assert not any(re.search(r"/(manage|login|plan|list|api)([/?]|$)|mode=|service=|landmark=", url) for url in urls)
    assert "POST" not in kept
    for digits in DIGITS:
        assert not any(digits in text for text in kept)
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0


def test_a_new_version_comes_at_once_and_takes_the_old_ones_place(open_page, plug, monkeypatch):
    page = visited(open_page)
    monkeypatch.setattr(plug.app.extensions["fuchun_assets"], "version", "0123456789")
    page.reload()
    assert "/static/0123456789/" in page.content(), "the page comes over the network, whatever is kept"
    until(page, "navigator.serviceWorker.getRegistration().then((worker) => worker.waiting !== null)")
    again = page.context.new_page()
    page.close()
    again.wait_for_timeout(500)
    again.goto(plug.address + "/")
    until(again, "caches.keys().then((names) => names.length === 1 && names[0].endsWith('0123456789'))")
    local(again)
    plug.unplug()
    again.reload()
    expect(again.locator(".station")).to_have_count(2)
    local(again)


def test_switched_off_the_worker_goes_and_leaves_nothing(open_page, plug):
    page = visited(open_page)
    on = plug.app
    off = create_app(replace(on.extensions["fuchun_config"], service_worker=False))
    plug.plug_in(off)
    page.goto(plug.address + "/")
    page.evaluate("navigator.serviceWorker.getRegistration().then((worker) => worker?.update())")
    page.wait_for_function("navigator.serviceWorker.getRegistration().then((worker) => worker === undefined)")
    page.wait_for_function("caches.keys().then((names) => names.length === 0)")
    plug.plug_in(on)
    off.extensions["fuchun_live"].stop()  # a place was changed above: it may have a builder of its own
    dispose(off)


WECHAT_ON_IPHONE = {
    "user_agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Mobile/15E148 MicroMessenger/8.0.50(0x18003237) NetType/4G Language/zh_CN",
    "service_workers": "block",
    # What that browser does not have, as far as these pages ask for it.
    "script": "for (const name of ['serviceWorker', 'connection']) delete Navigator.prototype[name];"
    "delete window.requestIdleCallback; delete window.caches;",
}


@PHONES
def test_where_there_are_no_workers_an_open_page_goes_on_answering(open_page, shoot, plug, size):
    """As inside WeChat on an iPhone: what is in the page's memory answers, also after going back to it."""
    page = open_page(size=size, expect_error="ERR_", **WECHAT_ON_IPHONE, **AT)
    local(page)
    assert page.evaluate("['serviceWorker' in navigator, 'caches' in window]") == [False, False]
    plug.unplug()
    for is_hidden in (True, False):  # another app was in front
        page.evaluate(
            """(hidden) => {
              Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
              document.dispatchEvent(new Event("visibilitychange"));
            }""",
            is_hidden,
        )
    page.get_by_role("button", name="用我的位置").click()
    expect(page.locator(".station").first).to_contain_text(re.compile(r"骑车 \d+ 分钟"))
    unfold(page).get_by_role("link", name="步行").click()
    expect(page.locator(".station").first).to_contain_text(re.compile(r"步行 \d+ 分钟"))
    page.locator(".station").first.get_by_role("button", name="去这里").click()
    expect(page.locator("#route-steps li").last).to_contain_text("到达")
    expect(page.locator("[data-wechat-hint]")).to_be_visible()
    shoot(page, "way")


def test_where_there_are_no_workers_a_second_visit_fetches_the_streets_from_the_browsers_own_cache(open_page, plug):
    page = local(open_page(service_workers="block", **AT))
    page.wait_for_selector(MAP_IS_READY, state="attached")
    plug.asked.clear()
    page.goto(plug.address + "/?mode=walk")
    local(page)
    assert any(path.endswith("/stations.json") for path in plug.asked)
    assert not any(path.endswith((".pack", ".js", ".mjs", ".css")) for path in plug.asked)
