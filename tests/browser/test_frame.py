"""The page in the frame of another site: what no frame may show opens beside it."""

import pytest
from flask import Flask
from playwright.sync_api import expect

from tests.browser.conftest import PHONE
from tests.browser.serving import serving

pytestmark = pytest.mark.browser


@pytest.fixture
def framed(browser, site):
    """A page of another site that shows ours in a frame."""
    union = Flask("union")
    frame = f'<!doctype html><title>Union</title><iframe src="{site}/embed" style="width:100%;height:760px"></iframe>'
    union.add_url_rule("/", view_func=lambda: frame)
    context = browser.new_context(viewport={"width": PHONE[0], "height": PHONE[1]}, locale="zh-CN")
    page = context.new_page()
    page.set_default_timeout(20_000)
    with serving(union) as address:
        page.goto(address.replace("127.0.0.1", "localhost"))
        yield page
        context.close()


def test_in_a_frame_the_details_of_a_station_open_beside_it_and_the_list_stays(framed):
    frame = framed.frame_locator("iframe")
    details = frame.locator(".station a.details").first
    expect(details).to_be_visible()
    with framed.context.expect_page() as opened:
        details.click()
    expect(opened.value.locator("#place h1")).to_be_visible()
    expect(frame.locator(".station")).to_have_count(17)
    frame.get_by_role("combobox").click()
    frame.locator("#search-hits button").first.click()
    expect(frame.locator(".station .travel").first).to_be_visible()
    with framed.context.expect_page() as opened:
        frame.locator(".station a.details").first.click()
    expect(opened.value.locator("#place h1")).to_be_visible()
