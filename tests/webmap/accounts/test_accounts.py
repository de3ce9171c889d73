"""Accounts: the first administrator, logging in and out, and how guessing is slowed down."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import Engine, select, text

from geo.db.migrations import downgrade, upgrade
from geo.db.session import reading, writing
from geo.errors import ConflictError, InputError
from tests.webmap.conftest import LogIn, csrf_token, english
from webmap.accounts import create_account, ensure_admin, throttle
from webmap.accounts.models import Account, LoginFailure, Role
from webmap.web.security import ROLES

NOW = datetime(2026, 11, 23, 4, 20, tzinfo=UTC)


def attempt(app: Flask, username: str, password: str, **options: object) -> int:
    client = english(app)
    data = {"username": username, "password": password, "csrf_token": csrf_token(client, "/login")}
    return client.post("/login", data=data, **options).status_code


def test_the_accounts_migration_goes_back_and_forth(engine: Engine) -> None:
    downgrade(engine, "0001")
    upgrade(engine)
    with reading(engine) as session:
        assert set(session.scalars(select(Role.name))) == set(ROLES)
        persistence = text("SELECT relpersistence FROM pg_class WHERE relname = 'login_failure'")
        assert session.scalar(persistence) == "u", "the failure counter is not written to the log"


def test_the_administrator_is_made_once(engine: Engine) -> None:
    with writing(engine) as session:
        first = ensure_admin(session)
    with writing(engine) as session:
        assert ensure_admin(session) is None
        stored = session.scalars(select(Account.password)).one()
    assert first
    assert len(first) >= 16
    assert first not in stored
    assert stored.startswith("$scrypt$")


def test_the_administrators_password_logs_in(app: Flask, engine: Engine) -> None:
    with writing(engine) as session:
        password = ensure_admin(session)
    assert attempt(app, "Admin", str(password)) == 302
    assert attempt(app, "admin", "something else") == 200


@pytest.mark.parametrize(("name", "role", "error"), [("A-Editor", "editor", ConflictError), ("b", "king", InputError)])
def test_an_account_needs_a_free_name_and_a_role(engine: Engine, name: str, role: str, error: type[Exception]) -> None:
    with writing(engine) as session:
        create_account(session, "a-editor", role="editor")
        with pytest.raises(error):
            create_account(session, name, role=role)


def test_a_wrong_password_and_an_unknown_name_look_the_same(app: Flask, engine: Engine) -> None:
    with writing(engine) as session:
        create_account(session, "someone", role="editor")
    pages = []
    for name in ("someone", "nobody!"):
        client = english(app)
        token = csrf_token(client, "/login")
        page = client.post("/login", data={"username": name, "password": "wrong", "csrf_token": token}).text
        pages.append(page.replace(name, "").replace(csrf_token(client, "/login"), "").replace(token, ""))
    assert "Account name or password is wrong." in pages[0]
    assert pages[0] == pages[1]


@pytest.mark.parametrize("name", ["", "a\0b", "x" * 10_000])
def test_a_strange_name_is_only_a_wrong_one(app: Flask, name: str) -> None:
    assert attempt(app, name, "wrong") == 200


def test_ten_failures_shut_out_an_address_on_that_name_only(app: Flask, engine: Engine) -> None:
    with writing(engine) as session:
        passwords = {name: create_account(session, name, role="editor") for name in ("one", "two")}
    at = {"REMOTE_ADDR": "203.0.113.7"}
    for _ in range(throttle.MAX_PER_ACCOUNT):
        assert attempt(app, "one", "wrong", environ_base=at) == 200
    assert attempt(app, "one", passwords["one"], environ_base=at) == 429
    assert attempt(app, "ONE", passwords["one"], environ_base=at) == 429
    assert attempt(app, "two", passwords["two"], environ_base=at) == 302
    assert attempt(app, "one", passwords["one"], environ_base={"REMOTE_ADDR": "203.0.113.8"}) == 302


def test_an_address_that_tries_many_names_is_shut_out(engine: Engine) -> None:
    who = {"secret": "s", "address": "203.0.113.7", "now": NOW}
    for number in range(throttle.MAX_PER_ADDRESS):
        assert not throttle.is_blocked(engine, username=f"name{number}", **who)
        throttle.count_failure(engine, username=f"name{number}", **who)
    assert throttle.is_blocked(engine, username="another", **who)
    later = who | {"now": NOW + timedelta(minutes=throttle.PERIOD_MIN)}
    assert not throttle.is_blocked(engine, username="another", **later)


def test_the_counter_keeps_neither_names_nor_addresses_and_forgets(engine: Engine) -> None:
    def keys() -> list[str]:
        with reading(engine) as session:
            return list(session.scalars(select(LoginFailure.key)))

    throttle.count_failure(engine, secret="s", address="203.0.113.7", username="someone", now=NOW)
    first = keys()
    assert len(first) == 2
    assert not any("203.0.113.7" in key or "someone" in key for key in first)
    throttle.count_failure(engine, secret="s", address="203.0.113.7", username="someone", now=NOW + timedelta(days=1))
    assert len(keys()) == 2, "rows of earlier periods are gone"
    assert not set(keys()) & set(first), "yesterday's hashes do not recur"


def test_logging_out_ends_the_session(log_in: LogIn) -> None:
    client = log_in()
    assert client.get("/account").status_code == 200
    token = csrf_token(client, "/account")
    assert client.post("/logout", data={"csrf_token": token}).status_code == 302
    assert client.get("/account").status_code == 302


def test_a_new_password_ends_all_other_sessions(app: Flask, engine: Engine) -> None:
    with writing(engine) as session:
        old = create_account(session, "someone", role="editor")
    here, there = english(app), english(app)
    for client in (here, there):
        client.post("/login", data={"username": "someone", "password": old, "csrf_token": csrf_token(client, "/login")})
        assert client.get("/account").status_code == 200
    new = "correct horse 正确"
    answer = here.post(
        "/account",
        data={
            "password": old,
            "new_password": new,
            "new_password_confirm": new,
            "csrf_token": csrf_token(here, "/account"),
        },
    )
    assert answer.status_code == 302
    assert here.get("/account").status_code == 200
    assert there.get("/account").status_code == 302
    assert attempt(app, "someone", old) == 200
    assert attempt(app, "someone", new) == 302


def test_login_goes_on_to_our_pages_only(app: Flask, engine: Engine) -> None:
    with writing(engine) as session:
        password = create_account(session, "someone", role="editor")
    targets = []
    for target in ("/manage/sources", "https://evil.example/", "//evil.example/", "/\\evil.example"):
        client = english(app)
        data = {"username": "someone", "password": password, "csrf_token": csrf_token(client, "/login")}
        targets.append(client.post("/login", query_string={"next": target}, data=data).headers.get("Location"))
    assert targets == ["/manage/sources", None, None, "/%5Cevil.example"]


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(app: Flask) -> None:
    cookie = app.test_client().get("/login").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie
    app.config["SESSION_COOKIE_SECURE"] = True
    assert "Secure" in app.test_client().get("/login").headers["Set-Cookie"]


def test_the_login_page_speaks_chinese_unless_asked(app: Flask) -> None:
    page = app.test_client().get("/login").text
    assert '<html lang="zh-Hans">' in page
    assert "登录" in page
    assert "Log in" in app.test_client().get("/login?lang=en").text


def test_what_flask_security_says_is_chinese_too(log_in: LogIn) -> None:
    client = log_in("planner")
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "zh-CN"
    token = csrf_token(client, "/account")
    for data in ({"password": "wrong", "new_password": "x" * 12}, {"password": "", "new_password": "short"}):
        page = client.post("/account", data={**data, "new_password_confirm": data["new_password"], "csrf_token": token})
        faults = re.findall(r'class="fault">([^<]+)<', page.text)
        assert faults
        assert all(re.search(r"[一-鿿]", fault) for fault in faults), faults
