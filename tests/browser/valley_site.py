"""The valley served to a browser, as fixtures."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import update

from geo.db.session import writing
from geo.db.tables import Region
from tests.browser.serving import serving
from tests.webmap.valley import LAT, valley_app

SERVICES = ["phone_charging", "drinking_water", "toilet"]


def place(code, name, name_en, lon, hours, kinds=("rest_station",)):
    functions = [
        {
            "kind": kind,
            "tier": None,
            "hours": hours,
            "hours_posted": hours,
            "services": SERVICES if kind == "rest_station" else [],
        }
        for kind in kinds
    ]
    return {"code": code, "name": name, "name_en": name_en, "lon": lon, "lat": LAT, "functions": functions}


@pytest.fixture(scope="module")
def valley(make_database, tmp_path_factory, translations):
    more = [
        place("A1", "示意江边站", "River station", 119.9895, "Mo-Su 06:00-22:00"),
        place("A2", "示意桥头站", "Bridge station", 119.984, "Mo-Su 08:00-18:00"),
        place("A3", "示意市场站", "Market station", 119.9925, None, kinds=("rest_station", "nursing_room")),
    ]
    with valley_app(make_database, tmp_path_factory.mktemp("valley"), more_places=more) as app:
        with writing(app.extensions["fuchun_engine"]) as session:
            for code, name in (("W", "West Town"), ("E", "East Town")):
                session.execute(update(Region).where(Region.code == code).values(name_en=name))
        yield app


@pytest.fixture(scope="module")
def site(valley):
    with serving(valley) as address:
        yield address


def codes(page):
    return page.locator(".station").evaluate_all("(cards) => cards.map((card) => card.dataset.code)")


def from_here(page, name="用我的位置"):
    page.get_by_role("button", name=name).click()
    expect(page.locator(".station .travel").first).to_be_visible()
    return page
