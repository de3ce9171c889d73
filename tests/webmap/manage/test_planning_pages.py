"""The pages of planners: what they show, what they save, and what a refused save gives back."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

import geopandas as gpd
import pytest
import shapely
from flask import Flask
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from openpyxl import load_workbook

from geo.db.layers import SourceFacts, replace_demand
from geo.db.session import writing
from geo.db.totals import Total, replace_totals
from geo.db.visits import MonthVisits, replace_visits
from tests.conftest import DatabaseMaker
from tests.webmap.staff_api import FIELD, SPOT, Staff
from tests.webmap.valley import CODE, LAT, valley_app


@pytest.fixture
def valley(make_database: DatabaseMaker, tmp_path: Path, translations: None) -> Iterator[Flask]:
    with valley_app(make_database, tmp_path, status="real") as app:
        yield app
        app.extensions["fuchun_live"].stop()


@pytest.fixture
def planner(valley: Flask) -> Staff:
    return Staff(valley, "planner")


def form_of(staff: Staff, address: str, action: str) -> dict[str, str]:
    """Return the fields of the form with `action` as a browser would send them."""
    page = staff.client.get(address).text
    (form,) = re.findall(rf'<form[^>]*action="{action}(?:\?[^"]*)?"[^>]*>(.*?)</form>', page, re.S)
    fields = dict(re.findall(r'<input[^>]*name="([^"]+)"[^>]*?value="([^"]*)"', form, re.S))
    areas = re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>(.*?)</textarea>', form, re.S)
    fields |= {name: text.strip() for name, text in areas}
    for name, options in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, re.S):
        chosen = re.findall(r'value="([^"]*)" selected', options) or re.findall(r'value="([^"]*)"', options)
        fields[name] = chosen[0]
    return fields


def test_the_pages_are_a_planners_and_the_navigation_shows_what_may_be_opened(valley: Flask, planner: Staff) -> None:
    for page in ("demand", "hotspots", "areas", "gaps"):
        assert planner.client.get(f"/manage/{page}").status_code == 200, page
        assert valley.test_client().get(f"/manage/{page}").status_code == 302
    assert planner.client.get("/manage/start").headers["Location"] == "/manage/", "the workbench"
    assert planner.client.get("/manage/").status_code == 200
    navigation = planner.client.get("/manage/gaps").text
    assert "/manage/demand" in navigation
    assert "/manage/sources" not in navigation
    editor = Staff(valley, "editor")
    assert editor.client.get("/manage/gaps").status_code == 403
    assert editor.client.get("/manage/start").headers["Location"] == "/manage/"
    assert "/manage/gaps" not in editor.client.get("/manage/").text


def test_demand_shows_sums_sources_weights_and_the_difference_to_a_census(valley: Flask, planner: Staff) -> None:
    engine = valley.extensions["fuchun_engine"]
    riders = gpd.GeoDataFrame({"weight": [7.0]}, geometry=shapely.points([[119.98, LAT]]), crs=4326)
    facts = SourceFacts("osm.pbf", 1, 1, licence="ODbL 1.0", unit="weighted", is_proxy=True,
                        sums={"read": 9.0, "inside": 7.0, "outside": 2.0})  # fmt: skip
    with writing(engine) as session:
        replace_demand(session, CODE, riders, facts, layer="riders")
        totals = [Total("W", "census", "七普", "2020-11-01", 160.0), Total("W", "registration", None, "2019", 100.0),
                  Total(CODE, "census", None, "2020", 400.0)]  # fmt: skip
        replace_totals(session, CODE, totals, SourceFacts("census.csv", 3, 3))
    planner.ask("draw_hotspot", "POST", "/hotspots", SPOT)
    page = planner.client.get("/manage/demand").text
    text = " ".join(re.sub(r"<[^>]+>", " ", page).split())
    assert "All layers together, each by its weight: 420 people" in text, "380 residents and the hotspot of 40"
    assert "riders proxy 7 weighted units" in text
    assert "ODbL 1.0" in text
    assert "Read 9, inside the district 7, outside 2" in text
    assert "amenity=fast_food" in text
    assert "people.csv sample · as of 2026-05" in text
    assert "西镇 150 160 census · 2020-11-01 · 七普 -10 (-6.2%) census.csv 100 household registration" in text
    assert "+50 (+50.0%)" in text
    assert "The whole district 380 400 census · 2020 -20 (-5.0%)" in text
    assert "东镇 230 no count is known" in text


def test_weights_are_saved_kept_apart_and_taken_back(valley: Flask, planner: Staff) -> None:
    planner.ask("draw_hotspot", "POST", "/hotspots", SPOT)
    form = form_of(planner, "/manage/demand", "/manage/demand")
    assert {"weight.residents": "", "weight.hotspots": ""}.items() <= form.items()
    saved = planner.client.post("/manage/demand", data=form | {"weight.hotspots": "0.5"})
    assert saved.status_code == 303
    page = planner.client.get("/manage/demand").text
    assert "400 weighted units" in page
    assert "chosen by a-planner" in page
    valley.extensions["fuchun_live"].build(CODE)
    assert planner.client.get("/api/v1/coverage").json["people"] == 400
    stale = planner.client.post("/manage/demand", data=form | {"weight.hotspots": "3"})
    assert stale.status_code == 409
    assert "the weights have been changed since you opened them" in stale.text
    assert 'value="3"' in stale.text, "what the person wrote is kept"
    again = form_of(planner, "/manage/demand", "/manage/demand")
    wrong = planner.client.post("/manage/demand", data=again | {"weight.hotspots": "half"})
    assert (wrong.status_code, "half is not a number" in wrong.text) == (422, True)
    assert planner.client.post("/manage/demand", data=again | {"weight.hotspots": ""}).status_code == 303
    assert "420 people" in planner.client.get("/manage/demand").text


def test_a_hotspot_is_written_changed_and_removed_on_its_page(planner: Staff) -> None:
    new = form_of(planner, "/manage/hotspots", "/manage/hotspots")
    sent = new | {"name": "Lunch", "weight": "12", "lon": "119.98", "lat": str(LAT), "note": "noon"}
    wrong = planner.client.post("/manage/hotspots", data=sent | {"lon": "east"})
    assert (wrong.status_code, "Longitude: east is not a number" in wrong.text, ">noon</textarea>" in wrong.text) == (
        422,
        True,
        True,
    )
    assert planner.client.post("/manage/hotspots", data=sent).status_code == 303
    listed = planner.client.get("/manage/hotspots").text
    (number,) = re.findall(r"/manage/hotspots/(\d+)", listed)
    address = f"/manage/hotspots/{number}"
    form = form_of(planner, address, address)
    assert planner.client.post(address, data=form | {"weight": "20"}).status_code == 303
    stale = planner.client.post(address, data=form | {"weight": "30", "note": "mine"})
    assert stale.status_code == 409
    rows = re.findall(r'<th scope="row">([^<]+)</th><td>([^<]*)</td><td>([^<]*)</td>', stale.text)
    assert rows == [("How many", "20", "30"), ("Note", "noon", "mine")]
    assert 'value="30"' in stale.text
    removed = planner.client.post(f"{address}/remove", data=form_of(planner, address, f"{address}/remove"))
    assert removed.status_code == 303
    assert planner.client.get(address).status_code == 404


def test_an_area_drawn_as_one_keeps_its_shape_when_its_text_changes(planner: Staff) -> None:
    drawn = planner.ask(
        "draw_hotspot", "POST", "/hotspots", SPOT | {"geometry": {"type": "Polygon", "coordinates": [FIELD]}}
    ).json
    address = f"/manage/hotspots/{drawn['id']}"
    form = form_of(planner, address, address)
    assert "lon" not in form
    assert planner.client.post(address, data=form | {"name": "Market"}).status_code == 303
    (found,) = planner.ask("list_hotspots", "GET", "/hotspots").json["features"]
    assert (found["properties"]["name"], found["geometry"]) == ("Market", drawn["geometry"])


def test_a_key_area_is_renamed_and_removed(planner: Staff) -> None:
    planner.ask(
        "draw_area", "POST", "/areas", {"name": "West", "geometry": {"type": "Polygon", "coordinates": [FIELD]}}
    )
    form = form_of(planner, "/manage/areas/area-1", "/manage/areas/area-1")
    assert (
        planner.client.post("/manage/areas/area-1", data=form | {"name": "Old town", "note": "minutes"}).status_code
        == 303
    )
    stale = planner.client.post("/manage/areas/area-1", data=form | {"name": "Mine"})
    assert (stale.status_code, "Old town" in stale.text, 'value="Mine"' in stale.text) == (409, True, True)
    assert "Old town" in planner.client.get("/manage/areas").text
    gone = form_of(planner, "/manage/areas/area-1", "/manage/areas/area-1/remove")
    assert planner.client.post("/manage/areas/area-1/remove", data=gone).status_code == 303
    assert "There is none yet" in planner.client.get("/manage/areas").text


@pytest.fixture
def entry(planner: Staff) -> str:
    """The address of the page of an entry: within 10 minutes the east reaches nobody."""
    gaps = planner.client.get("/api/v1/coverage/gaps?minutes=10").json["gaps"]
    east = next(gap for gap in gaps if gap["cause"] == "too_far" and gap["people"] == 200)
    made = planner.ask("add_gap_entry", "POST", "/gap-entries", {"gap": east["id"], "minutes": 10, "name": "East gap"})
    return f"/manage/gaps/{made.json['id']}"


def test_an_entry_is_talked_about_and_its_log_is_shown(planner: Staff, entry: str) -> None:
    form = form_of(planner, entry, entry)
    change = form | {"state": "talking", "owner": "Li", "note": "asked the <b>bank"}
    assert planner.client.post(entry, data=change).status_code == 303
    page = planner.client.get(entry).text
    assert "asked the &lt;b&gt;bank" in page
    assert "200 people" in page
    assert "on foot 10 min" in page
    listed = planner.client.get("/manage/gaps?state=talking").text
    assert "East gap" in listed
    assert "East gap" not in planner.client.get("/manage/gaps?state=todo").text
    assert planner.client.get("/manage/gaps?state=lost").status_code == 422


def test_an_entry_that_cannot_be_saved_keeps_what_was_written(planner: Staff, entry: str) -> None:
    form = form_of(planner, entry, entry)
    refused = planner.client.post(entry, data=form | {"state": "declined", "note": "no room at all"})
    assert (refused.status_code, "say why it is not to be built" in refused.text) == (422, True)
    assert ">no room at all</textarea>" in refused.text
    unopened = planner.client.post(entry, data=form | {"state": "open"})
    assert "say which station has opened" in unopened.text
    assert planner.client.post(entry, data=form | {"owner": "Li"}).status_code == 303
    stale = planner.client.post(entry, data=form | {"owner": "Wang", "note": "kept"})
    assert stale.status_code == 409
    assert re.findall(r'<th scope="row">([^<]+)</th><td>([^<]*)</td><td>([^<]*)</td>', stale.text) == [
        ("Person in charge", "Li", "Wang")
    ]
    version = re.search(r'name="version" value="(\d+)"', stale.text)
    assert version
    assert planner.client.post(entry, data=form | {"owner": "Wang", "version": version[1]}).status_code == 303


def test_what_is_overdue_comes_first_is_amber_and_leaves_as_a_sheet(planner: Staff, entry: str) -> None:
    form = form_of(planner, entry, entry)
    told = {
        "office": "District union",
        "due_on": "2026-01-05",
        "progress": "=1+1",
        "next_step": "sign",
        "state": "building",
    }
    assert planner.client.post(entry, data=form | told).status_code == 303
    page = planner.client.get("/manage/gaps").text
    text = " ".join(re.sub(r"<[^>]+>", " ", page).split())
    days = (datetime.now(ZoneInfo("Asia/Shanghai")).date() - date(2026, 1, 5)).days
    assert f"being built · to be done by 2026-01-05 ▲ {days} days overdue" in text
    assert "expected 200 people · District union" in text
    assert "Next: sign" in text
    outlines = json.loads(re.search(r'id="outlines">(.*?)</script>', page)[1])
    (mine,) = [each for each in outlines["features"] if f"/manage/gaps/{each['properties']['id']}" == entry]
    assert (mine["properties"]["state"], mine["properties"]["late"]) == ("building", True)
    assert mine["geometry"]["type"] == "MultiPolygon"
    late = planner.client.get("/manage/gaps?overdue=1").text
    assert "East gap" in late
    sent = planner.client.get("/manage/gaps/ledger.xlsx?overdue=1")
    sheet = load_workbook(BytesIO(sent.data)).worksheets[0]
    row = next(row for row in sheet.iter_rows(min_row=3) if row[1].value == "East gap")
    assert [cell.value for cell in row[3:12]] == [
        *(200, "too far", "being built", "District union", None, datetime(2026, 1, 5), days, "=1+1", "sign")
    ]
    assert row[10].data_type == "s", "what somebody wrote is never a formula"
    assert (sheet.page_setup.paperSize, sheet.print_title_rows) == (9, "$1:$2")
    assert planner.client.post(entry, data=form | told | {"due_on": "soon"}).status_code == 422


def test_the_wall_map_lists_office_and_date_of_each_entry_and_numbers_it_on_the_map(
    planner: Staff, entry: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = form_of(planner, entry, entry)
    told = {"office": "District union", "due_on": "2026-01-05", "state": "building"}
    assert planner.client.post(entry, data=form | told).status_code == 303
    beside, on_the_map = [], []

    def written(kept: list[str], write: Callable[..., object]) -> Callable[..., object]:
        return lambda drawn, x, y, text, **style: [kept.append(text), write(drawn, x, y, text, **style)][1]

    monkeypatch.setattr(Figure, "text", written(beside, Figure.text))
    monkeypatch.setattr(Axes, "text", written(on_the_map, Axes.text))
    sent = planner.client.get("/manage/gaps/wall-map.pdf?size=a3")
    assert (sent.status_code, sent.data[:4]) == (200, b"%PDF")
    row = beside.index("East gap")
    assert beside[row - 1 : row + 3] == ["1", "East gap", "Distric…", "▲ 2026-01-05"]
    assert "1" in on_the_map
    assert "0 / 1" in beside


def test_an_opening_stands_beside_its_promise(planner: Staff, entry: str) -> None:
    """The station in the east is reached by nobody in 10 minutes: questioned, then opened, it changes nothing."""
    form = form_of(planner, entry, entry) | {"state": "open", "station_code": "S2"}
    questioned = planner.client.post(entry, data=form)
    assert (questioned.status_code, "reaches nobody of this gap" in questioned.text) == (422, True)
    assert 'name="is_sure"' in questioned.text
    assert 'name="is_sure"' not in planner.client.get(entry).text
    assert planner.client.post(entry, data=form | {"is_sure": "yes"}).status_code == 303
    text = " ".join(re.sub(r"<[^>]+>", " ", planner.client.get(entry).text).split())
    assert "Missed here when it was taken up 200 people" in text
    assert "Covered by East station and no other station 0 people" in text
    assert "Still missed here 200 people" in text


def test_visits_stand_on_the_page_of_their_station(valley: Flask) -> None:
    editor = Staff(valley, "editor")
    assert "No visits have been counted" in editor.client.get("/manage/places/S1").text
    with writing(valley.extensions["fuchun_engine"]) as session:
        counted = [MonthVisits("S1", date(2026, 4, 1), 31), MonthVisits("S1", date(2026, 5, 1), 1204)]
        replace_visits(session, CODE, counted, SourceFacts("visits.csv", 2, 2))
    page = editor.client.get("/manage/places/S1").text
    assert page.index("2026-05") < page.index("2026-04")
    assert "1,204" in page
    assert "A month that is not here was not counted." in page
