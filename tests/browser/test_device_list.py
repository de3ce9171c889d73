"""The list that the phone makes is the list that the server makes, word by word, for every kind of choice."""

import itertools
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from geo.db.rider_tables import DoorReport
from geo.db.session import writing
from tests.browser.conftest import ROOT, local
from tests.browser.page_scripts import script
from tests.browser.serving import serving
from tests.webmap.valley import CODE, LAT, valley_app
from webmap.logic.door_reports.rules import WINDOW

pytestmark = pytest.mark.browser

HOURS = ("24/7", "Mo-Su 08:00-17:00", "Mo-Su 18:00-02:00", "Mo off", "Sa 09:00-24:00", "sunrise-sunset", None)
CONFIRMED = (None, timedelta(0), timedelta(days=1), timedelta(days=3), timedelta(days=100))
SERVICES = ("phone_charging", "toilet", "drinking_water", "ebike_charging", "hot_meals", "books")


def place(number):
    """Return the place of a number: hours, services and functions in every mixture."""
    hours = HOURS[number % len(HOURS)]
    age = CONFIRMED[number % len(CONFIRMED)]
    functions = [
        {"kind": kind, "tier": None, "hours": hours, "hours_posted": hours or "看门口", "services": services}
        for kind, services in (
            ("rest_station", [each for i, each in enumerate(SERVICES) if (number >> (i % 4)) & 1 or i == number % 6]),
            ("nursing_room", ["toilet"]),
        )
        if kind == "rest_station" or number % 3 == 0
    ]
    lon = 119.981 + 0.0027 * number
    return {
        "code": f"P{number:02}",
        "name": f"示意站{number:02}",
        "name_en": f"Station {number:02}",
        "lon": lon,
        "lat": LAT,
        "how_to_get_in": "按门铃" if number % 4 == 0 else None,
        "confirmed_at": None if age is None else datetime.now(UTC) - age,
        "functions": functions,
    }


REPORTS = (
    ("locked", None, 12, "ab"),
    ("locked", None, 61, "a"),
    ("no_water", None, 1, "ab"),
    ("broken", "toilet", 30, "abc"),
    ("broken", None, 2, "a"),
    ("open", None, 0, "a"),
    ("other", None, 118, "ab"),
)
"""What was reported, how many minutes ago, and by whom."""


def reports():
    """Return reports from most of the doors, one or two things each; half a minute keeps ages off the full minute."""
    now = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=30)
    for number in range(14):
        for kind, service, minutes, people in {REPORTS[number % 7], REPORTS[number * 3 % 7]} if number % 4 else ():
            at = now - timedelta(minutes=minutes)
            for person in people:
                yield DoorReport(
                    district_code=CODE,
                    place_code=f"P{number:02}",
                    kind=kind,
                    service=service,
                    at=at,
                    expires_at=at + WINDOW,
                    person=person,
                )


@pytest.fixture(scope="module")
def site(make_database, tmp_path_factory):
    """Serve a valley of many places in place of Helsinki."""
    compile_catalogues = [sys.executable, "-m", "babel.messages.frontend", "-q", "compile", "-d", "webmap/translations"]
    subprocess.run(compile_catalogues, cwd=ROOT, check=True)
    more = [place(number) for number in range(14)]
    with valley_app(make_database, tmp_path_factory.mktemp("valley"), more_places=more) as app:
        with writing(app.extensions["fuchun_engine"]) as session:
            session.add_all(reports())
        with serving(app) as address:
            yield address


def cases():
    wanted = ([], ["toilet"], ["phone_charging", "books"], ["shower"])
    for i, (lon, services) in enumerate(itertools.product((119.979, 119.995, 120.0101), wanted)):
        for kind, mode in itertools.product(("rest_station", "nursing_room"), ("walk", "ebike")):
            if kind == "rest_station" or services in ([], ["toilet"]):
                yield {"lon": lon, "lat": LAT + 0.001, "mode": mode, "kind": kind, "services": services} | {
                    "always": i % 5 == 4
                }
    for kind, services in itertools.product(("rest_station", "nursing_room"), wanted[:3]):
        yield {"lon": None, "lat": None, "mode": "walk", "kind": kind, "services": services, "always": False}
    yield {"lon": 120.01, "lat": LAT + 0.05, "mode": "walk", "kind": "rest_station", "services": [], "always": False}


@pytest.mark.parametrize("path", ["/", "/?lang=en&text=large"])
def test_the_list_is_the_servers_list_word_by_word(open_page, path):
    page = open_page(path, expect_error="422")
    answer = page.evaluate(script("compare_lists.js"), list(cases()))
    assert answer["differences"] == []
    assert answer["compared"] == 42


def test_choices_without_a_start_stay_on_the_page_and_in_its_address(open_page):
    page = local(open_page())
    page.evaluate("window.stayed = true")
    before = page.locator(".station").count()
    page.locator(".chip").first.click()
    expect(page.locator(".chip").first).to_have_attribute("aria-current", "true")
    assert page.evaluate("window.stayed")
    assert "service=phone_charging" in page.url
    expect(page.get_by_text("选一个起点，才能算时间")).to_be_visible()
    assert 0 < page.locator(".station").count() < before
    assert page.locator(".station .travel").count() == 0
    page.reload()
    expect(page.locator(".chip").first).to_have_attribute("aria-current", "true")
