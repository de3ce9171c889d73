"""The exported folder, opened from a bare file server under a path: the same answers, and no other host."""

import functools
import json
import re
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from icalendar import Calendar
from playwright.sync_api import expect

from geo.db.offers import ActivityDraft, add_activity
from geo.db.session import writing
from tests.browser.conftest import DESKTOP, PHONE, SECOND_PHONE, SMALL_PHONE, local
from tests.browser.moments import AT, POSITION, until
from tests.browser.phones import begin_to_use
from tests.webmap.conftest import dispose
from tests.webmap.valley import CODE, valley_app
from webmap import create_app
from webmap.logic.fonts import KNOWN
from webmap.static_site.export import export_site

pytestmark = pytest.mark.browser

ACTIVITY = ActivityDraft(
    title="First aid",
    place_code="S1",
    place_text=None,
    starts_at=datetime.now(UTC) + timedelta(days=3),
    ends_at=datetime.now(UTC) + timedelta(days=3, hours=2),
    seats=30,
    link=None,
    text=None,
)


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def exported(make_database, tmp_path_factory):
    """Export the valley; return the folder above it and what the server answers from a position."""
    above = tmp_path_factory.mktemp("host")
    with valley_app(make_database, tmp_path_factory.mktemp("valley")) as app:
        with writing(app.extensions["fuchun_engine"]) as session:
            add_activity(session, CODE, ACTIVITY, by="test")
        app.extensions["fuchun_live"].refresh()
        state = app.extensions["fuchun_live"].state(CODE)
        report = export_site(app, state, above / "yi" / "map")
        asked = {"lon": POSITION["longitude"], "lat": round(POSITION["latitude"], 5), "mode": "ebike", "count": 5}
        answer = app.test_client().post("/api/v1/nearest", json=asked).json
        said = {
            mode: app.test_client().get(f"/api/v1/coverage?mode={mode}").json["share"] for mode in ("walk", "ebike")
        }
    return above, report, answer, {mode: f"{share:.1%}" for mode, share in said.items()}


@pytest.fixture(scope="module")
def site(exported):
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(exported[0])))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    "size", [pytest.param(SMALL_PHONE, id="small"), SECOND_PHONE, pytest.param(DESKTOP, id="desktop")]
)
def test_the_folder_answers_as_the_server_did(open_page, shoot, exported, size):
    page = local(open_page("/yi/map/", size=size, **AT))
    expect(page.locator(".band")).to_contain_text("示意数据")
    expect(page.locator("#overview .map-mark" if size[0] < 960 else "#map .map-mark")).to_be_visible()
    page.get_by_role("button", name="用我的位置").click()
    expect(page.locator(".station").first).to_contain_text(re.compile(r"骑车 \d+ 分钟"))
    stations = exported[2]["stations"]
    cards = page.locator(".station")
    assert [cards.nth(i).get_attribute("data-code") for i in range(cards.count())] == [s["code"] for s in stations]
    minutes = [str(max(1, round(s["duration_s"] / 60))) for s in stations]
    assert [re.search(r"(\d+) 分钟", cards.nth(i).inner_text())[1] for i in range(cards.count())] == minutes
    shoot(page, "list")
    cards.first.get_by_role("button", name="去这里").click()
    expect(page.locator("#route-steps li").last).to_contain_text("到达")
    shoot(page, "way")


def test_a_folder_asks_nobody_where_its_own_files_did_not_come_and_tries_again(open_page):
    page = open_page("/yi/map/benefits/", expect_error="ERR_", service_workers="block", **AT)
    posts = []
    page.on("request", lambda request: posts.append(request.url) if request.method != "GET" else None)
    page.route("**/stations.json", lambda route: route.abort())
    page.goto(page.url.replace("benefits/", ""))
    page.get_by_role("button", name="用我的位置").click()
    expect(page.locator("#hint")).to_contain_text("没有网络", timeout=15_000)
    page.unroute("**/stations.json")
    page.get_by_role("button", name="用我的位置").click()
    expect(page.locator(".station").first).to_contain_text(re.compile(r"骑车 \d+ 分钟"))
    assert posts == []


def test_the_folders_pages_lead_to_each_other(open_page, site):
    page = local(open_page("/yi/map/"))
    page.locator("a.details").first.click()
    expect(page.locator("h1")).to_contain_text("West station")
    assert page.url.startswith(f"{site}/yi/map/s/S1/")
    page.get_by_role("link", name="富春驿图").click()
    expect(page.locator(".station")).to_have_count(2)
    page.get_by_role("link", name="English").click()
    local(page)
    expect(page.locator("html")).to_have_attribute("lang", "en")
    assert page.url.startswith(f"{site}/yi/map/en/")
    page.get_by_role("link", name="Tours", exact=True).click()
    page.get_by_role("link", name="Along the road").click()
    expect(page.locator("h1")).to_contain_text("Along the road")
    begin_to_use(page)
    page.wait_for_selector("#map[data-drawn]")
    assert page.url.startswith(f"{site}/yi/map/en/tours/T1/")


def test_what_the_union_offers_is_in_the_folder_with_its_calendars(open_page, exported, site):
    page = open_page("/yi/map/")
    page.get_by_role("link", name="福利活动").click()
    expect(page.locator("main")).to_contain_text("本区目前没有登记会员福利")
    page.get_by_role("link", name="活动与培训").click()
    assert page.url == f"{site}/yi/map/activities/"
    expect(page.locator("main")).to_contain_text(f"截至 {datetime.now(UTC):%Y}")
    folder = exported[0] / "yi" / "map"
    for name in (re.compile("加入日历.*First aid"), "全部加入日历"):
        address = page.get_by_role("link", name=name).evaluate("link => link.href")
        calendar = Calendar.from_ical((folder / address.removeprefix(f"{site}/yi/map/")).read_bytes())
        (event,) = calendar.walk("VEVENT")
        assert event["DTSTART"].dt == ACTIVITY.starts_at.replace(microsecond=0)
        assert "示意" in event["SUMMARY"]
    page.get_by_role("link", name="West station").click()
    expect(page.locator(".upcoming")).to_contain_text("First aid")
    page.locator(".upcoming a").click()
    assert page.url.startswith(f"{site}/yi/map/activities/#a-")


def test_the_map_of_coverage_says_what_the_server_says(open_page, exported):
    page = open_page("/yi/map/", size=DESKTOP)
    page.get_by_role("link", name="覆盖分析").click()
    page.wait_for_selector("#map[data-drawn]")
    expect(page.locator(".headline .number")).to_contain_text(exported[3]["walk"])
    expect(page.locator(".legend .swatch").first).to_be_visible()
    page.get_by_role("link", name="骑车").click()
    expect(page.locator(".headline .number")).to_contain_text(exported[3]["ebike"])
    assert page.url.endswith("/yi/map/plan/ebike/")


def test_the_folder_opens_without_a_connection_too(open_page, site):
    page = local(open_page("/yi/map/", expect_error="ERR_", **AT))
    page.wait_for_function("navigator.serviceWorker.controller !== null")
    page.wait_for_timeout(1000)
    page.route("**/*", lambda route: route.abort())
    page.context.set_offline(True)
    page.get_by_role("button", name="用我的位置").click()
    expect(page.locator(".station").first).to_contain_text(re.compile(r"骑车 \d+ 分钟"))


ENGLISH_IS_KEPT = """async () => {
  const urls = [];
  for (const name of await caches.keys()) {
    for (const request of await (await caches.open(name)).keys()) urls.push(new URL(request.url).pathname);
  }
  return ["device/990001/stations", "map/990001/style-light"].every((name) => urls.includes(`/yi/map/en/${name}.json`));
}"""


def test_after_one_visit_the_english_folder_opens_without_a_connection(open_page, site):
    page = local(open_page("/yi/map/en/", expect_error="Failed to load resource", **AT))
    until(page, ENGLISH_IS_KEPT)
    page.context.set_offline(True)
    page.reload()
    assert page.locator("html[data-kept]").count() == 1
    local(page)
    page.get_by_role("button", name="Use my position").click()
    expect(page.locator(".station").first).to_contain_text(re.compile(r"\d+ min by e-bike"))
    # A page that is not kept says so, and leads to the one that is.
    page.goto(f"{site}/yi/map/en/s/S1/")
    page.locator("a.button.primary").click()
    expect(page).to_have_url(f"{site}/yi/map/en/")


def test_without_scripts_the_list_tells_hours_and_no_state_of_now(open_page):
    page = open_page("/yi/map/", java_script_enabled=False)
    expect(page.locator(".station")).to_have_count(2)
    expect(page.locator("#find")).to_contain_text("周一至周五 08:00–17:00")
    for words in ("现在", "时间不详", "即将关门"):
        expect(page.locator("#find")).not_to_contain_text(words)


def test_nothing_in_the_folder_names_a_server_or_a_path_from_the_root(exported):
    folder = exported[0] / "yi" / "map"
    texts = [path for path in folder.rglob("*") if path.suffix in (".html", ".webmanifest")]
    assert len(texts) == exported[1].pages + 2
    for path in texts:
        text = path.read_text(encoding="utf-8")
        assert not re.search(
            r'(?:href|src|action|data-[a-z]+)="(?:/|https?://(?!uri\.amap|api\.map\.baidu|apis\.map\.qq))', text
        )
        assert "localhost" not in text
        assert path.suffix != ".html" or "Content-Security-Policy" in text
    document = json.loads((folder / "device" / CODE / "stations.json").read_text(encoding="utf-8"))
    assert document["sample"] is True
    assert 'href="/' not in "".join(document["lists"].values())


@pytest.mark.skipif(
    not any(font.path.is_file() for font in KNOWN), reason="no font for print is installed; make test installs it"
)
def test_codes_pictures_and_posters_are_written_where_the_address_is_known(make_database, tmp_path):
    with valley_app(make_database, tmp_path / "state") as app:
        named = create_app(replace(app.extensions["fuchun_config"], public_url="https://map.example.cn"))
        state = named.extensions["fuchun_live"].state(CODE)
        export_site(named, state, tmp_path / "site")
        svg = named.test_client().get("/s/S1/qr.svg").data
        dispose(named)
    folder = tmp_path / "site" / "s" / "S1"
    # Equal to the server's, and so to https://map.example.cn/s/S1.
    assert (folder / "qr.svg").read_bytes() == svg
    assert (folder / "picture.png").read_bytes().startswith(b"\x89PNG")
    assert (folder / "poster.pdf").read_bytes().startswith(b"%PDF")
    page = (folder / "index.html").read_text()
    assert 'src="qr.svg"' in page
    assert 'href="poster.pdf"' in page


def test_without_an_address_no_page_offers_what_would_lead_nowhere(exported):
    folder = exported[0] / "yi" / "map" / "s" / "S1"
    assert [path.name for path in folder.iterdir()] == ["index.html"]
    assert "qr.svg" not in (folder / "index.html").read_text()


def test_large_print_is_chosen_kept_from_page_to_page_and_left(open_page, site):
    page = open_page("/yi/map/", size=PHONE)
    page.get_by_role("link", name="大字版").click()
    expect(page.locator("html.large")).to_be_visible()
    page.get_by_role("link", name="疗休养").click()
    expect(page).to_have_url(re.compile(r"/tours/\?print=large$"))
    expect(page.locator("html.large")).to_be_visible()
    page.get_by_role("link", name="标准版").click()
    expect(page).to_have_url(re.compile(r"/tours/$"))
    expect(page.locator("html.large")).to_have_count(0)
