"""Accounts that are limited to districts or towns: no address of the application lets them past."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from geo.db.changes import list_actors, undo
from geo.db.districts import delete_district
from geo.db.session import writing
from geo.errors import ConflictError, InputError, NotFoundError
from tests.webmap.conftest import DISTRICT, LogIn, csrf_token, welcome
from webmap.accounts.people import AccountDraft, change_account, make_account
from webmap.web.access import access_of

OTHER = "990199"
WITHOUT_DISTRICT = {
    "security.change_password",
    "api.session_facts",
    "api.jobs",
    "api.job",
    "api.cancel_job",
    "api.job_file",
    "manage.jobs",
    "manage.job",
    "manage.cancel_job",
    "manage.start",
}
"""What belongs to the account that asks, not to a district: jobs are seen by who asked for them."""


@pytest.fixture
def other(engine: Engine, towns: str) -> str:
    """A second district, which the accounts of these tests are limited to."""
    with writing(engine) as session:
        session.execute(text(f"INSERT INTO district (code, name, name_en) VALUES ('{OTHER}', '别区', 'Other')"))
    return OTHER


def member(app: Flask, engine: Engine, role: str, *, districts: tuple[str, ...] = (), town: str = "") -> FlaskClient:
    """Return an account of a role with its limits, logged in."""
    limits = ((DISTRICT, town),) if town else ()
    with writing(engine) as session:
        draft = AccountDraft(full_name=role, role=role, districts=districts, towns=limits)
        token = make_account(session, f"limited-{role}", draft)
    return welcome(app, token)


def addresses(app: Flask, place: str) -> list[tuple[str, str, str]]:
    """Return endpoint, method and an address with made-up arguments of all that accounts may call."""
    found = []
    for rule in app.url_map.iter_rules():
        access = access_of(app, rule.endpoint)
        if access is None or not access.roles:
            continue
        address = rule.rule.replace("<district>", DISTRICT).replace("places/<code>", f"places/{place}")
        address = re.sub(r"<(?:int:)\w+>", "1", re.sub(r"<(?!int:)\w+>", "x", address))
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            found.append((rule.endpoint, method, address))
    return found


@pytest.mark.parametrize("role", ["editor", "planner", "organiser", "viewer"])
def test_no_address_answers_for_a_district_that_is_not_the_accounts(
    app: Flask,
    engine: Engine,
    towns: str,
    other: str,
    role: str,
) -> None:
    client = member(app, engine, role, districts=(other,))
    token = csrf_token(client, "/account")
    passed = []
    for endpoint, method, address in addresses(app, towns):
        if endpoint in WITHOUT_DISTRICT:
            continue
        answer = client.open(
            address,
            method=method,
            query_string={"district": DISTRICT},
            data={"csrf_token": token} if method == "POST" else None,
            headers={"X-CSRFToken": token},
        )
        if answer.status_code not in (403, 404):
            passed.append((endpoint, method, answer.status_code))
    assert passed == [], "\n".join(map(str, passed))


def test_a_job_is_started_in_the_accounts_own_district(app: Flask, engine: Engine, other: str) -> None:
    client = member(app, engine, "planner", districts=(other,))
    headers = {"X-CSRFToken": csrf_token(client, "/account")}
    body = {"kind": "coverage-report", "arguments": {"mode": "walk", "minutes": 15}}
    started = client.post("/api/v1/jobs", json=body, headers=headers)
    assert started.status_code == 202, started.text
    assert started.json["district"] == other, "not in the district that addresses mean which name none"
    assert client.post(f"/api/v1/jobs?district={DISTRICT}", json=body, headers=headers).status_code == 403


def test_a_job_of_a_district_that_was_taken_away_is_no_longer_read(app: Flask, engine: Engine, other: str) -> None:
    client = member(app, engine, "planner", districts=(DISTRICT, other))
    headers = {"X-CSRFToken": csrf_token(client, "/account")}
    body = {"kind": "coverage-report", "arguments": {"mode": "walk", "minutes": 15}}
    number = client.post(f"/api/v1/jobs?district={DISTRICT}", json=body, headers=headers).json["id"]
    with writing(engine) as session:
        change_account(session, "limited-planner", AccountDraft(full_name="P", role="planner", districts=(other,)))
    for page in (f"/api/v1/jobs/{number}", f"/manage/jobs/{number}", f"/api/v1/jobs/{number}/files/report.docx"):
        assert client.get(page).status_code == 403, page
    assert client.get("/api/v1/jobs").json["jobs"] == []
    again = client.post(f"/manage/load/{number}/check", data={"what": "stations"}, headers=headers)
    assert again.status_code == 403, "nor does its file go into that district"


def test_a_clerk_of_towns_sees_the_districts_of_these_towns_alone(app: Flask, engine: Engine, other: str) -> None:
    client = member(app, engine, "editor", town="T1")
    assert client.get("/manage/places").status_code == 200
    assert client.get(f"/manage/places?district={other}").status_code == 403


def test_a_district_is_not_deleted_while_accounts_are_limited_to_it(
    app: Flask, engine: Engine, other: str, log_in: LogIn
) -> None:
    member(app, engine, "viewer", districts=(other,))
    member(app, engine, "editor", town="T1")
    admin = log_in("admin")
    for code, name in ((other, "viewer"), (DISTRICT, "editor")):
        page = f"/manage/districts/{code}/delete"
        refused = admin.post(page, data={"csrf_token": csrf_token(admin, page), "name": "x"})
        assert refused.status_code == 409
        assert f"limited to this district: {name}." in refused.text
        with writing(engine) as session, pytest.raises(ConflictError, match=name):
            delete_district(session, code)
    with writing(engine) as session:
        change_account(session, "limited-viewer", AccountDraft(full_name="V", role="viewer", districts=(DISTRICT,)))
        delete_district(session, other)


def test_an_administrator_is_limited_to_no_district(engine: Engine, other: str) -> None:
    with writing(engine) as session, pytest.raises(InputError, match="all districts"):
        make_account(session, "half", AccountDraft(full_name="H", role="admin", districts=(other,)))


def test_a_change_of_another_district_is_not_undone(engine: Engine, other: str) -> None:
    with writing(engine) as session:
        session.execute(text("UPDATE place SET how_to_get_in = 'changed'"))
    with writing(engine) as session:
        batch, at = session.execute(text("SELECT batch, at FROM change ORDER BY id DESC LIMIT 1")).one()
        with pytest.raises(NotFoundError):
            undo(session, batch, at, districts=[other])
        assert list_actors(session, [other]) == []
        assert undo(session, batch, at, districts=[DISTRICT]) == 1
