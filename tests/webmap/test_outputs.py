"""All that leaves the store towards the public: no output holds what is private, and no odd character breaks one."""

import re
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from flask import Flask
from sqlalchemy import text

from geo.coverage.standards import load_standards
from geo.db import offers as store
from geo.db.offers import ActivityDraft, BenefitDraft, MembershipDraft
from geo.db.session import writing
from tests.conftest import DatabaseMaker
from tests.webmap.conftest import english
from tests.webmap.valley import CODE, LAT, valley_app
from webmap.logic.coverage import CoverageQuestion
from webmap.logic.fonts import find_font
from webmap.logic.reports.make import make_coverage_report
from webmap.static_site.export import export_site
from webmap.web.access import PLANNING, PUBLIC, access_of

NUMBERS = ("13800138000", "138-0013-8001", "138 0013 8002")
"""Somebody's own, as registers write it."""
ODD = "\x07\u200b\u202e\x0b\ufeff"
"""A bell as Word leaves it, and signs that nobody sees."""
SECRET = "geheimnis"
"""In every column that only staff may read."""

POST = {
    "/api/v1/nearest": {"lon": 119.985, "lat": LAT, "count": 5},
    "/api/v1/route": {"from": {"lon": 119.985, "lat": LAT}, "to": {"station": "S1"}},
    "/list": {"lon": 119.985, "lat": LAT},
    "/api/v1/districts/at": {"lon": 119.985, "lat": LAT},
    "/b/none/presses": {"now": 0, "presses": []},
}
QUERY = {
    "/api/v1/coverage/service-area": {"station": "S1", "lines": "true"},
    "/tours/T1/tour.ics": {"first": "2026-10-10"},
}


@pytest.fixture(scope="module")
def dirty(
    make_database: DatabaseMaker, tmp_path_factory: pytest.TempPathFactory, translations: None
) -> Iterator[Flask]:
    """A valley into whose tables somebody wrote past the loaders and the forms."""
    with valley_app(make_database, tmp_path_factory.mktemp("dirty"), status="real") as app:
        start = datetime.now(UTC) + timedelta(days=3)
        activity = ActivityDraft(
            title="Aid", place_code=None, place_text="Hall", starts_at=start, ends_at=start + timedelta(hours=2),
            seats=None, link=None, text="Bring shoes", is_cancelled=False,
        )  # fmt: skip
        benefit = BenefitDraft(position=1, title="Tea", text="Hot", source="Notice 7", link=None, valid_until=None)
        with writing(app.extensions["fuchun_engine"]) as session:
            store.add_activity(session, CODE, activity, by=SECRET)
            store.add_benefit(session, CODE, benefit, by=SECRET)
            draft = MembershipDraft(link="https://union.example/", note="Ask us")
            store.save_membership(session, CODE, draft, picture=None, drop_picture=False, version=0, by=SECRET)
            for statement in written_past_us():
                session.execute(text(statement), {"code": CODE})
        app.extensions["fuchun_live"].refresh()
        yield app


def written_past_us() -> Iterator[str]:
    """Yield statements that leave numbers and odd characters in every text, and the secret where only staff read."""
    number, odd = f"' {NUMBERS[0]} {NUMBERS[1]} {NUMBERS[2]}'", "U&'\\0007\\200B\\202E\\000B\\FEFF'"
    columns = {
        "place": ("name", "name_en", "address", "office_phone", "host", "how_to_get_in", "service_contact", "note"),
        "place_function": ("tier", "hours_posted"),
        "region": ("name",),
        "tour": ("name", "summary"),
        "tour_page": ("story", "season"),
        "tour_photo": ("caption",),
        "tour_stop": ("name", "note"),
        "benefit": ("title", "text", "source"),
        "activity": ("title", "text", "place_text"),
        "membership": ("note",),
        "source": ("file_name", "note", "attribution"),
    }
    yield (
        "INSERT INTO tour_page (district_code, tour_code, story, season, changed_by) "
        f"VALUES (:code, 'T1', 'Story', 'May', '{SECRET}')"
    )
    yield (
        "INSERT INTO tour_photo (district_code, tour_code, image, width, height, digest, caption, uploaded_by) "
        f"VALUES (:code, 'T1', 'x', 1, 1, 'd', 'Mill', '{SECRET}')"
    )
    for table, names in columns.items():
        changes = ", ".join(f"{name} = coalesce({name}, 'x') || {odd} || {number}" for name in names)
        yield f"UPDATE {table} SET {changes} WHERE district_code = :code"
    yield f"UPDATE demand_point SET note = '{SECRET}' WHERE district_code = :code"
    yield (
        "INSERT INTO hotspot (district_code, name, layer, weight, note, created_by, changed_by, geom) VALUES "
        f"(:code, '{SECRET}', 'riders', 5, '{SECRET}', '{SECRET}', '{SECRET}', 'SRID=4326;POINT(119.99 {LAT})')"
    )
    yield (
        "INSERT INTO key_area (district_code, code, name, note, changed_by, geom) VALUES (:code, 'A1', "
        f"'Area' || {odd} || {number}, '{SECRET}', '{SECRET}', "
        f"'SRID=4326;MULTIPOLYGON(((119.98 29.99, 119.99 29.99, 119.99 30.01, 119.98 30.01, 119.98 29.99)))')"
    )
    yield (
        "INSERT INTO special_day (district_code, function_id, first_day, last_day, note) "
        f"SELECT :code, id, current_date, current_date + 2, 'Closed' || {odd} || {number} "
        "FROM place_function WHERE district_code = :code"
    )
    yield (
        "INSERT INTO door_report (district_code, place_code, kind, at, expires_at, person, cleared_by) VALUES "
        f"(:code, 'S1', 'locked', now() - interval '1 minute', now() + interval '1 hour', '{SECRET}', '{SECRET}')"
    )
    yield f"INSERT INTO account (username, password, fs_uniquifier) VALUES ('{SECRET}', '{SECRET}', '{SECRET}')"


def addresses(app: Flask) -> Iterator[tuple[str, str]]:
    """Yield method and address of everything that is open to everybody, for places and tours of the valley."""
    values = {
        "code": ("S1", "S2"), "town": ("W", "E"), "district": (CODE,), "number": ("1",), "version": ("1",),
        "z": ("12",), "x": ("3413",), "y": ("1691",), "key": ("none",),
    }  # fmt: skip
    for rule in app.url_map.iter_rules():
        if access_of(app, rule.endpoint) not in (PUBLIC, PLANNING) or rule.endpoint in (
            "static",
            "station.report",
            "device.tally",
            "organiser.comment",
            "running.press",
            "running.rest",
            "organiser.send_answer",
            "organiser.send_feedback",
            "running.press",
            "running.rest",
        ):
            continue
        names = ("T1",) if rule.endpoint.startswith("organiser.") else values["code"]
        found = [rule.rule]
        for name in rule.arguments:
            options = names if name == "code" else values[name]
            found = [re.sub(rf"<(?:\w+:)?{name}>", value, address) for address in found for value in options]
        for address in found:
            yield "POST" if "POST" in (rule.methods or ()) else "GET", address


def leaks(content: str | bytes, *, is_text: bool = True) -> list[str]:
    """Return what stands in an output and must not; where it is no text, any byte may stand there."""
    body = content.decode("utf-8", "replace") if isinstance(content, bytes) else content
    digits = re.sub(r"[-\s/]", "", body)
    found = [number for number in NUMBERS if number in body or re.sub(r"\D", "", number) in digits]
    return found + [SECRET] * (SECRET in body) + [repr(sign) for sign in ODD if is_text and sign in body]


def test_no_page_answer_or_file_of_the_site_holds_what_is_private(dirty: Flask) -> None:
    client, seen = english(dirty), set()
    for method, address in addresses(dirty):
        sent = {"json": POST[address]} if method == "POST" else {"query_string": QUERY.get(address)}
        answer = client.open(address, method=method, **sent)
        assert answer.status_code in (200, 204, 404, 410), (address, answer.status_code, answer.text[:300])
        seen.add((address, answer.status_code))
        if answer.mimetype.startswith("image/") and answer.mimetype != "image/svg+xml":
            continue  # drawn from the texts that the pages show
        if "mvt" not in address:
            assert leaks(answer.data, is_text=answer.mimetype != "application/pdf") == [], address
    assert sum(status == 200 for _, status in seen) >= 30, seen
    assert ("/s/S1/picture.png", 200) in seen
    assert ("/s/S1/poster.pdf", 200) in seen
    assert ("/posters/W.pdf", 200) in seen


def test_what_stays_of_a_text_is_still_shown(dirty: Flask) -> None:
    assert "West station" in dirty.test_client().get("/s/S1").text
    stations = english(dirty).get("/api/v1/stations").json["features"]
    assert {each["properties"]["name"] for each in stations} == {"West station", "East station"}


def test_no_report_holds_what_is_private_and_odd_characters_break_none(dirty: Flask, tmp_path: Path) -> None:
    state = dirty.extensions["fuchun_live"].state(CODE)
    engine = dirty.extensions["fuchun_engine"]
    made = make_coverage_report(
        engine, state, CoverageQuestion(), tmp_path, lang="zh", font=find_font({}), made_at=datetime.now(UTC),
        held_to=load_standards(),
    )  # fmt: skip
    assert leaks(made.brief) == []
    for file in made.files:
        if zipfile.is_zipfile(file):
            with zipfile.ZipFile(file) as archive:
                for name in archive.namelist():
                    part = archive.read(name)
                    is_xml = name.endswith((".xml", ".rels"))
                    assert leaks(part, is_text=is_xml) == [], (file, name)
                    if is_xml:
                        ElementTree.fromstring(part)
        else:
            assert leaks(file.read_bytes(), is_text=False) == [], file


def test_the_static_site_holds_nothing_private(dirty: Flask, tmp_path: Path) -> None:
    export_site(dirty, dirty.extensions["fuchun_live"].state(CODE), tmp_path)
    files = [path for path in tmp_path.rglob("*") if path.suffix in (".html", ".json", ".ics", ".js", ".webmanifest")]
    assert len(files) > 10
    for file in files:
        if "vendor" not in file.parts:
            assert leaks(file.read_bytes()) == [], file


def test_every_text_column_is_private_or_written_over_here() -> None:
    """A new table is thought of: `written_past_us` or the list of tables that only staff read names it."""
    import webmap.logic.jobs.models  # noqa: F401
    from geo.db.tables import Base

    staff_only = {
        "account", "account_role", "role", "login_session", "login_failure", "report_salt", "job", "job_file",
        "job_file_part", "gap_entry", "gap_note", "visit", "town_total", "candidate", "candidate_photo",
        "scenario", "change", "account_district", "account_town", "login_link", "tour_place", "tour_plan",
        "tour_plan_version", "tour_comment", "departure", "departure_unit", "booking", "share_link",
        "departure_feedback", "departure_event", "data_import", "data_import_part", "demand_profile",
        "usage_count", "year_target",
    }  # fmt: skip
    without_words = {
        "data_version", "layer_weight", "street_node", "district", "water", "settlement", "street_edge",
        "place_photo", "tour_day",
    }  # fmt: skip
    written = " ".join(written_past_us())
    for table in Base.metadata.tables:
        known = table in staff_only or table in without_words or re.search(rf"(UPDATE|INTO) {table}\b", written)
        assert known, f"{table}: say in this test who may read its texts"


def test_an_odd_text_is_cleaned_on_its_way_in_and_out(dirty: Flask) -> None:
    from geo.db.tables import Place

    with writing(dirty.extensions["fuchun_engine"]) as session:
        place = session.query(Place).filter_by(code="S1").one()
        assert not set(ODD) & set(place.name)
        place.note = f"a{ODD}b"
        session.flush()
        stored: Any = session.execute(text("SELECT note FROM place WHERE code = 'S1'")).scalar_one()
        assert stored.replace(" ", "") == "ab"
        session.rollback()
