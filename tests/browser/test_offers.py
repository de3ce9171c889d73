"""The filled pages of what the union offers: axe-core finds nothing, nothing is wider than a phone, the forms work."""

from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import expect

from geo.db.offers import (
    ActivityDraft,
    BenefitDraft,
    MembershipDraft,
    Picture,
    add_activity,
    add_benefit,
    save_membership,
)
from geo.db.session import writing
from tests.browser.axe_core import RUN, THEMES
from tests.browser.conftest import DESKTOP, PHONE, log_in
from tests.browser.serving import serving
from tests.webmap.valley import CODE, valley_app
from webmap.accounts import create_account
from webmap.logic.photos import redraw

pytestmark = pytest.mark.browser

LONG = "工会会员在本区任一爱心驿站" * 8
START = datetime.now(UTC) + timedelta(days=3)
ACTIVITY = ActivityDraft(
    title="急救培训（初级）",
    place_code="S1",
    place_text=None,
    starts_at=START,
    ends_at=START + timedelta(hours=2),
    seats=30,
    link="https://union.example/a",
    text=LONG,
)


@pytest.fixture(scope="module")
def password(make_database, tmp_path_factory, translations):
    with valley_app(make_database, tmp_path_factory.mktemp("valley")) as app:
        with writing(app.extensions["fuchun_engine"]) as session:
            add_activity(session, CODE, ACTIVITY, by="a")
            elsewhere = vars(ACTIVITY) | {"place_code": None, "place_text": LONG, "is_cancelled": True}
            add_activity(session, CODE, ActivityDraft(**elsewhere), by="a")
            benefit = BenefitDraft(
                position=1, title="医疗互助", text=LONG, source="https://union.example/" + "notice-" * 20,
                link="https://union.example/b", valid_until=START.date(),
            )  # fmt: skip
            add_benefit(session, CODE, benefit, by="a")
            image, facts = redraw(_png())
            picture = Picture(image=image, width=facts.width, height=facts.height, digest=facts.digest)
            draft = MembershipDraft(link="https://union.example/join", note="扫码入会")
            save_membership(session, CODE, draft, picture=picture, version=0, by="a")
            password = create_account(session, "editor", role="admin")
        app.extensions["fuchun_live"].refresh()
        app.extensions["fuchun_live"].start()
        with serving(app) as address:
            yield address, password


@pytest.fixture(scope="module")
def site(password):
    return password[0]


def check(page, axe):
    page.wait_for_load_state("load")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "wider than the window"
    page.evaluate(axe)
    for theme, rules in THEMES:
        page.emulate_media(color_scheme=theme)
        assert page.evaluate(RUN, rules) == [], theme


@pytest.mark.parametrize("size", [(360, 740), DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("look", ["", "?text=large", pytest.param("?lang=en", marks=pytest.mark.soak)])
@pytest.mark.parametrize("path", ["/benefits", "/activities"])
def test_axe_finds_nothing_and_nothing_is_wider_than_the_window(open_page, axe, path, look, size):
    check(open_page(path + look, size=size), axe)


def test_the_page_of_a_place_leads_to_its_activity(open_page):
    page = open_page("/s/S1", size=PHONE)
    page.locator(".upcoming a").click()
    expect(page.locator(".card:target")).to_contain_text("急救培训")
    expect(page.locator(".card:target")).to_contain_text("名额 30 个")


def test_an_editor_announces_and_cancels_without_a_mouse(open_page, axe, password):
    page = open_page("/login", size=(1024, 768), expect_error="422")
    log_in(page, "editor", password[1])
    for path in ("/manage/benefits", "/manage/membership", "/manage/activities"):
        page.goto(password[0] + path)
        check(page, axe)
    page.emulate_media(color_scheme="light")
    page.get_by_label("标题").fill("<电工> 培训")
    page.get_by_label("或者自己写地点").fill("二楼教室")
    day = f"{START + timedelta(days=1):%Y-%m-%d}"
    page.get_by_label("开始").fill(f"{day}T19:00")
    page.get_by_label("结束").fill(f"{day}T18:00")
    page.get_by_label("标题").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("结束时间要晚于开始时间")
    page.get_by_label("结束").fill(f"{day}T21:00")
    page.get_by_label("标题").press("Enter")
    expect(page.locator(".notice[role=status]")).to_contain_text("已保存")
    page.get_by_role("link", name="<电工> 培训").click()
    check(page, axe)
    page.emulate_media(color_scheme="light")
    page.get_by_label("活动取消").check()
    page.get_by_role("button", name="保存").click()
    expect(page.locator(".notice[role=status]")).to_contain_text("已保存")
    page.wait_for_timeout(1500)
    page.goto(password[0] + "/activities")
    expect(page.locator(".card", has_text="<电工> 培训")).to_contain_text("已取消")


def _png():
    out = BytesIO()
    Image.new("RGB", (900, 900), "white").save(out, "PNG")
    return out.getvalue()
