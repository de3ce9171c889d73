"""From a station on /plan: what if it were closed, and what if it stayed open longer."""

import json
import re
from urllib.parse import urljoin

import pytest
from flask import Flask
from playwright.sync_api import expect

from tests.browser.conftest import DESKTOP, OpenPage, log_in
from tests.browser.held_map import MOUSE, hold_map
from tests.browser.phones import drawn
from tests.browser.planner_valley import valley_fixtures
from tests.webmap.valley import LAT

pytestmark = [pytest.mark.browser, pytest.mark.soak]

valley, site, password = valley_fixtures("sites-try", status="real")


def test_a_station_is_closed_and_kept_open_on_trial(
    open_page: OpenPage, valley: Flask, site: str, password: str
) -> None:
    page = open_page("/login?next=/plan%3Fminutes%3D14", size=DESKTOP)
    log_in(page, "sites-try", password)
    tries = page.locator("[data-try]")
    expect(tries).to_have_count(1)
    found = dict(json.loads(tries.get_attribute("data-try") or ""))
    words = list(found)
    assert words[0] == "模拟停用"
    assert words[1].startswith("模拟延长开放到")

    page.goto(urljoin(site, found["模拟停用"] + "S1"))
    expect(page.locator("#delta")).to_contain_text(re.compile(r"[-−–]\s?\d"))
    # The east station closes before the evening: whoever lives near it is gained then.
    page.goto(urljoin(site, found[words[1]] + "S2"))
    expect(page.locator("#delta")).to_contain_text(re.compile(r"\+\d"))


WEST_LON = 119.98
"""Where the station S1 stands, degrees."""


@pytest.mark.parametrize(("words", "code"), [("模拟停用", "close"), ("模拟延长开放到", "extend")])
def test_the_buttons_in_the_bubble_of_a_station_lead_to_the_trial(
    open_page: OpenPage, password: str, words: str, code: str
) -> None:
    page = open_page("/login?next=/plan%3Fminutes%3D14", size=DESKTOP)
    log_in(page, "sites-try", password)
    hold_map(drawn(page), MOUSE)
    box = page.locator("#map").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=5)
    page.wait_for_function("window.map")
    page.evaluate(f"window.map.jumpTo({{ center: [{WEST_LON}, {LAT}], zoom: 15 }})")
    page.evaluate("new Promise((drawn) => { window.map.once('idle', drawn); window.map.triggerRepaint(); })")
    page.locator("#map canvas").click(position=page.evaluate(f"window.map.project([{WEST_LON}, {LAT}])"))
    page.locator(".maplibregl-popup-content a", has_text=words).click()
    page.wait_for_url(re.compile(rf"/plan/sites\?.*{code}=S1"))
    expect(page.locator("#delta")).to_be_visible()
