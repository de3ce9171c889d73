"""Browsers that lack something: what is shown to be pressed does something, and the rest is not shown."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.valley_site import site, valley  # noqa: F401 - fixtures

pytestmark = pytest.mark.browser

DEAD = """() => [...document.querySelectorAll("button, summary")].filter((one) => {
  const { visibility } = getComputedStyle(one);
  return one.tagName === "BUTTON" && !one.form && one.offsetParent !== null && visibility === "visible";
}).map((button) => button.id || button.textContent.trim())"""
"""Buttons that are seen and that only a script could answer."""

OLD = "delete Element.prototype.replaceChildren;"


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("how", ["lacks a method", "cannot read the script"])
def test_an_old_browser_has_no_dead_button_and_goes_by_links(open_page, size, how):
    script = OLD if how == "lacks a method" else ""
    page = open_page("/healthz", size=size, script=script, expect_error="404")
    if how != "lacks a method":
        # As a browser that does not know private methods: nothing of the script runs.
        answer = {"content_type": "text/javascript", "body": ""}
        page.route(re.compile(r"/js/rider/first\.js"), lambda route: route.fulfill(**answer))
    page.goto(page.url.replace("/healthz", "/"), wait_until="load")
    page.wait_for_timeout(300)
    assert page.evaluate(DEAD) == []
    expect(page.locator(".station")).not_to_have_count(0)
    expect(page.get_by_role("link", name="步行")).to_be_visible()
    page.get_by_role("link", name="步行").click()
    expect(page.get_by_role("link", name="步行")).to_have_attribute("aria-current", "true")


@pytest.mark.parametrize("missing", ["Navigator.prototype.geolocation", "window.Worker", "window.OffscreenCanvas"])
def test_without_one_of_the_newer_parts_the_position_button_still_answers(open_page, missing):
    page = open_page(script=f"delete {missing};", geolocation={"longitude": 119.99, "latitude": 30.0},
                     permissions=["geolocation"], expect_error="Worker")  # fmt: skip
    page.locator("#here").click()
    if "geolocation" in missing:
        expect(page.locator("#hint")).to_contain_text("定位")
    else:
        expect(page.locator(".station .travel").first).to_be_visible()
