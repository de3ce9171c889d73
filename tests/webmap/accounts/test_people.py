"""Accounts as an administrator keeps them: links, roles, towns, and the last administrator."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import Engine, text, update

from geo.db.session import reading, writing
from geo.errors import ConflictError, NotFoundError
from tests.webmap.commands import fuchun
from tests.webmap.conftest import DISTRICT, OWN, LogIn, csrf_token, english, welcome
from webmap.accounts.models import LoginLink
from webmap.accounts.people import AccountDraft, account_of_link, change_account, make_account, make_link, set_active

CLERK = AccountDraft(full_name="用户二", role="editor", towns=((DISTRICT, "T1"),))


def test_an_administrator_makes_a_clerk_of_one_town(app: Flask, towns: str, log_in: LogIn) -> None:
    admin = log_in("admin")
    form = {
        "csrf_token": csrf_token(admin, "/manage/accounts"),
        "username": "user2",
        "full_name": "用户二",
        "role": "editor",
        "town": f"{DISTRICT}/T1",
    }
    made = admin.post("/manage/accounts", data=form).text
    (token,) = re.findall(r"/welcome/([\w-]+)", made)
    assert token not in admin.get("/manage/accounts").text, "the link is shown once"
    clerk = welcome(app, token)
    assert clerk.get("/manage/").status_code == 200
    listed = admin.get("/manage/accounts").text
    assert "用户二" in listed
    assert "镇T1" in listed
    again = english(app).get(f"/welcome/{token}")
    assert again.status_code == 404
    assert "used already" in again.text


def test_a_link_ends_by_time_by_a_new_one_and_by_disabling(engine: Engine) -> None:
    def is_open(token: str) -> bool:
        with reading(engine) as session:
            try:
                return account_of_link(session, token).username == "user2"
            except NotFoundError:
                return False

    with writing(engine) as session:
        first = make_account(session, "user2", AccountDraft(full_name="用户二", role="editor"))
    assert is_open(first)
    with writing(engine) as session:
        second = make_link(session, "user2")
    assert (is_open(first), is_open(second)) == (False, True)
    with writing(engine) as session:
        session.execute(update(LoginLink).values(expires_at=datetime.now(UTC) - timedelta(seconds=1)))
    assert not is_open(second)
    with writing(engine) as session:
        third = make_link(session, "user2")
        set_active(session, "user2", is_active=False)
    assert not is_open(third)
    with writing(engine) as session, pytest.raises(ConflictError):
        make_link(session, "user2")
    with reading(engine) as session:
        stored = session.execute(text("SELECT count(*) FROM login_link")).scalar_one()
    assert stored == 0


def test_a_weak_or_mistyped_password_leaves_the_link_open(app: Flask, engine: Engine) -> None:
    with writing(engine) as session:
        token = make_account(session, "user2", AccountDraft(full_name="用户二", role="viewer"))
    client = english(app)
    page = f"/welcome/{token}"
    form = {"csrf_token": csrf_token(client, page)}
    assert client.post(page, data=form | {"password": "aaaaaaaaaa", "again": "aaaaaaaaaa"}).status_code == 422
    assert client.post(page, data=form | {"password": OWN, "again": "another"}).status_code == 422
    assert welcome(app, token).get("/manage/jobs").status_code == 200


def test_a_clerk_edits_the_own_town_and_no_other(app: Flask, engine: Engine, towns: str) -> None:
    with writing(engine) as session:
        token = make_account(session, "user2", CLERK)
    clerk = welcome(app, token)
    page = f"/manage/places/{towns}"
    closure = {"csrf_token": csrf_token(clerk, page), "last": str(datetime.now(UTC).date() + timedelta(days=3))}
    assert clerk.post(f"{page}/closure", data=closure).status_code == 302
    with writing(engine) as session:
        session.execute(text("UPDATE place SET region_code = 'T2'"))
    assert clerk.post(f"{page}/closure", data=closure).status_code == 403
    assert clerk.post("/manage/benefits", data=closure | {"title": "x"}).status_code == 403
    assert "示意站01" not in clerk.get("/manage/places").text
    assert "示意站01" in clerk.get("/manage/places?towns=all").text


def test_an_account_of_one_district_sees_no_other(app: Flask, engine: Engine, towns: str) -> None:
    with writing(engine) as session:
        session.execute(text("INSERT INTO district (code, name, name_en) VALUES ('990199', '别区', 'Other')"))
        draft = AccountDraft(full_name="用户三", role="viewer", districts=("990199",))
        token = make_account(session, "user3", draft)
    reader = welcome(app, token)
    assert "Other" in reader.get("/manage/places").text
    assert reader.get(f"/manage/places?district={DISTRICT}").status_code == 403


def test_a_reader_reads_and_changes_nothing(log_in: LogIn, towns: str) -> None:
    reader = log_in("viewer")
    for page in ("/manage/", "/manage/places", "/manage/sources"):
        assert reader.get(page).status_code == 200
    assert f"/manage/places/{towns}" not in reader.get("/manage/places").text
    assert reader.get(f"/manage/places/{towns}").status_code == 403


def test_the_last_administrator_stays(engine: Engine, log_in: LogIn) -> None:
    admin = log_in("admin")
    token = csrf_token(admin, "/manage/accounts")
    refused = admin.post("/manage/accounts/a-admin/active", data={"csrf_token": token, "active": "no"})
    assert refused.status_code == 409
    assert "is the last administrator" in refused.text
    with writing(engine) as session, pytest.raises(ConflictError):
        change_account(session, "a-admin", AccountDraft(full_name="A", role="editor"))
    with writing(engine) as session:
        make_account(session, "second", AccountDraft(full_name="B", role="admin"))
        set_active(session, "a-admin", is_active=False)
    assert admin.get("/manage/accounts").status_code == 302, "the sessions ended with it"


def test_who_did_something_is_called_by_name(app: Flask, engine: Engine, towns: str) -> None:
    with writing(engine) as session:
        token = make_account(session, "user2", AccountDraft(full_name="用户二", role="editor"))
    clerk = welcome(app, token)
    form = {"csrf_token": csrf_token(clerk, "/manage/benefits"), "position": "1", "title": "T", "source": "S"}
    assert clerk.post("/manage/benefits", data=form).status_code == 303
    assert "用户二 ·" in clerk.get("/manage/benefits").text


def test_the_command_makes_an_account(engine: Engine, tmp_path):
    made = fuchun(engine, tmp_path, "accounts", "make", "user9", "--name", "用户九", "--role", "planner")
    assert made.returncode == 0, made.stderr
    assert re.fullmatch(r"/welcome/[\w-]{40,}\n", made.stdout)
    assert "用户九" in fuchun(engine, tmp_path, "accounts", "list").stdout


def test_of_two_administrators_the_later_one_sees_what_the_other_changed(
    app: Flask, engine: Engine, towns: str, log_in: LogIn
) -> None:
    with writing(engine) as session:
        make_account(session, "user2", CLERK)
    admin = log_in("admin")
    page = "/manage/accounts?account=user2"

    def form(answer: str) -> dict[str, str]:
        (version,) = re.findall(r'name="version" value="(\w+)"', answer)
        return {"csrf_token": csrf_token(admin, page), "version": version, "full_name": "用户二", "role": "editor"}

    first, second = (form(admin.get(page).text) for _ in range(2))
    assert admin.post("/manage/accounts/user2", data=first | {"town": f"{DISTRICT}/T2"}).status_code == 303
    late = admin.post("/manage/accounts/user2", data=second | {"full_name": "别名"})
    assert late.status_code == 409
    assert "has been changed since" in late.text
    assert "镇T2" in late.text, "what the other one has saved"
    assert 'value="别名"' in late.text, "what was written stays"
    assert admin.post("/manage/accounts/user2", data=form(late.text) | {"role": "viewer"}).status_code == 303


def test_a_limit_to_a_town_that_is_loaded_no_more_is_not_lifted_by_saving(
    app: Flask, engine: Engine, towns: str, log_in: LogIn
) -> None:
    with writing(engine) as session:
        make_account(session, "user2", CLERK)
        session.execute(text("UPDATE region SET code = 'N1' WHERE code = 'T1'"))
    shown = log_in("admin").get("/manage/accounts?account=user2").text
    assert re.search(f'name="town" value="{DISTRICT}/T1" checked', shown)
