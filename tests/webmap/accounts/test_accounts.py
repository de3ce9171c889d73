"""Accounts: the first administrator, logging in and out, and how guessing is slowed down."""

import os
import re
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from passlib.context import CryptContext
from sqlalchemy import Engine, select, text, update
from werkzeug.test import TestResponse

from geo.db.migrations import downgrade, upgrade
from geo.db.patience import PatientConnection
from geo.db.session import reading, writing
from geo.errors import ConflictError, InputError
from tests.webmap.conftest import LogIn, csrf_token, english
from webmap.accounts import create_account, ensure_admin, throttle
from webmap.accounts.hashing import LOWER, PLACES, PatientContext
from webmap.accounts.models import Account, LoginFailure, LoginSession, Role
from webmap.accounts.passwords import MIN_LENGTH, common_passwords
from webmap.accounts.setup import HASHING, ROUNDS, hash_password
from webmap.web.access import ROLES

PASSWORD = "a password of the tests"
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


def test_a_hash_takes_64_megabytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(HASHING, "scrypt__default_rounds", ROUNDS)
    assert hash_password(PASSWORD).startswith("$scrypt$ln=16,r=8,p=1$")


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
        # Tokens are signed with the second they were made in.
        pages.append(re.sub(r'(name="csrf_token"[^>]* value=")[^"]+', r"\1", page.replace(name, "")))
    assert "Account name or password is wrong." in pages[0]
    assert pages[0] == pages[1]


@pytest.mark.parametrize("name", ["", "a\0b", "x" * 10_000])
def test_a_strange_name_is_only_a_wrong_one(app: Flask, name: str) -> None:
    assert attempt(app, name, "wrong") == 200


@pytest.mark.usefixtures("one_quarter")
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


def guess(engine: Engine, username: str, *, now: datetime = NOW) -> throttle.Guess:
    return throttle.Guess(engine, secret="s", address="203.0.113.7", username=username, now=now)


def test_an_address_that_tries_many_names_is_shut_out(engine: Engine) -> None:
    for number in range(throttle.MAX_PER_ADDRESS):
        assert guess(engine, f"name{number}").is_allowed()
    assert not guess(engine, "another").is_allowed()
    assert guess(engine, "another", now=NOW + timedelta(minutes=throttle.PERIOD_MIN)).is_allowed()


def test_the_counter_keeps_neither_names_nor_addresses_and_forgets(engine: Engine) -> None:
    def keys() -> list[str]:
        with reading(engine) as session:
            return list(session.scalars(select(LoginFailure.key)))

    guess(engine, "someone").is_allowed()
    first = keys()
    assert len(first) == 2
    assert not any("203.0.113.7" in key or "someone" in key for key in first)
    guess(engine, "someone", now=NOW + timedelta(days=1)).is_allowed()
    assert len(keys()) == 2, "rows of earlier periods are gone"
    assert not set(keys()) & set(first), "yesterday's hashes do not recur"


def test_of_guesses_at_once_no_more_than_the_limit_pass(engine: Engine) -> None:
    with ThreadPoolExecutor(16) as threads:
        passed = list(threads.map(lambda _: guess(engine, "someone").is_allowed(), range(48)))
    assert sum(passed) == throttle.MAX_PER_ACCOUNT


def test_who_logs_in_right_is_never_shut_out(app: Flask, engine: Engine) -> None:
    with writing(engine) as session:
        password = create_account(session, "someone", role="editor")
    assert attempt(app, "someone", "wrong") == 200
    assert attempt(app, "someone", password) == 302
    with reading(engine) as session:
        assert set(session.scalars(select(LoginFailure.failures))) == {1}, "only the wrong one is counted"


def test_logging_out_ends_the_session(log_in: LogIn) -> None:
    client = log_in()
    assert client.get("/account").status_code == 200
    token = csrf_token(client, "/account")
    assert client.post("/logout", data={"csrf_token": token}).status_code == 302
    assert client.get("/account").status_code == 302


def test_a_copied_cookie_is_dead_after_the_logout(app: Flask, log_in: LogIn) -> None:
    client = log_in()
    copied = english(app)
    copied.set_cookie("fuchun", client.get_cookie("fuchun").value)
    assert copied.get("/account").status_code == 200
    elsewhere = english(app)
    elsewhere.set_cookie("fuchun", client.get_cookie("fuchun").value)
    client.post("/logout", data={"csrf_token": csrf_token(client, "/account")})
    assert copied.get("/account").status_code == 302
    assert elsewhere.get("/account").status_code == 302


def test_a_logout_leaves_the_other_sessions_of_the_account(app: Flask, engine: Engine) -> None:
    here, there = (logged_in(app, engine, name) for name in ("someone", "someone"))
    here.post("/logout", data={"csrf_token": csrf_token(here, "/account")})
    assert there.get("/account").status_code == 200


def logged_in(app: Flask, engine: Engine, name: str, **options: bool) -> FlaskClient:
    """Log an account in, made if need be."""
    with writing(engine) as session:
        if session.scalar(select(Account.id).where(Account.username == name)) is None:
            create_account(session, name, role="editor", **options)
        session.execute(update(Account).values(password=hash_password(PASSWORD)))
    client = english(app)
    data = {"username": name, "password": PASSWORD, "csrf_token": csrf_token(client, "/login")}
    assert client.post("/login", data=data).status_code == 302
    return client


def change(client: FlaskClient, present: str, new: str) -> TestResponse:
    token = csrf_token(client, "/account")
    data = {"password": present, "new_password": new, "new_password_confirm": new, "csrf_token": token}
    return client.post("/account", data=data)


def test_every_login_is_a_new_session_and_ends_the_one_before(app: Flask, engine: Engine) -> None:
    client = logged_in(app, engine, "someone")
    first = client.get_cookie("fuchun").value
    client.post("/logout", data={"csrf_token": csrf_token(client, "/account")})
    again = logged_in(app, engine, "someone")
    with reading(engine) as session:
        kept = session.scalars(select(LoginSession.key)).all()
    assert len(kept) == 1
    assert again.get_cookie("fuchun").value != first
    assert len(kept[0]) == 64, "a hash of the token, never the token"


def test_a_session_ends_by_time_and_with_its_account(app: Flask, engine: Engine) -> None:
    client = logged_in(app, engine, "someone")
    with writing(engine) as session:
        session.execute(update(Account).values(active=False))
    assert client.get("/account").status_code == 302
    with writing(engine) as session:
        session.execute(update(Account).values(active=True))
    assert client.get("/account").status_code == 200
    with writing(engine) as session:
        session.execute(update(LoginSession).values(expires_at=datetime.now(UTC)))
    assert client.get("/account").status_code == 302


def test_a_cookie_that_we_have_not_signed_is_none(app: Flask, engine: Engine) -> None:
    client = logged_in(app, engine, "someone")
    value = client.get_cookie("fuchun").value
    payload, stamp, signature = value.rsplit(".", 2)
    assert len(signature) == 43, "HMAC-SHA256"
    for forged in (f"{payload}.{stamp}.", f"{payload}.{stamp}.{signature[:-2]}AA", payload, "a.b.c"):
        client.set_cookie("fuchun", forged)
        assert client.get("/account").status_code == 302, forged


@pytest.mark.usefixtures("one_quarter")
def test_guesses_at_the_present_password_are_limited_like_those_at_the_login(app: Flask, engine: Engine) -> None:
    client = logged_in(app, engine, "someone")
    with app.test_request_context():
        guess = throttle.Guess(engine, app.config["SECRET_KEY"], "127.0.0.1", "someone", datetime.now(UTC))
    for _ in range(throttle.MAX_PER_ACCOUNT - 2):
        guess.is_allowed()
    answers = [change(client, f"wrong {number}", "three other words").status_code for number in range(4)]
    assert answers == [200, 200, 429, 429]
    assert change(client, PASSWORD, "three other words").status_code == 429


def test_what_is_wrong_with_a_new_password_counts_as_no_guess(app: Flask, engine: Engine) -> None:
    client = logged_in(app, engine, "someone")
    for new in ("short", "Qwertyuiop"):
        assert change(client, PASSWORD, new).status_code == 200
    with reading(engine) as session:
        assert set(session.scalars(select(LoginFailure.failures))) == {0}


@pytest.mark.parametrize(
    "new", ["aaaaaaaaaa", "Qwertyuiop", "1234567890", "abcabcabcabc", "iloveyou123", "someone12", "short", "x" * 5000]
)
def test_a_password_that_others_would_try_is_not_good(app: Flask, new: str) -> None:
    with app.test_request_context():
        assert app.extensions["security"].password_util.validate(new, False, user=Account(username="someone"))[0]


@pytest.mark.parametrize(
    "new",
    ["正确的马电池钉甲乙丙", "lowercase only words", "  spaces around it  ", "13800138000 x", "q9z" * 3 + "w" * 60],
)
def test_a_password_of_any_composition_is_good(app: Flask, new: str) -> None:
    with app.test_request_context():
        assert app.extensions["security"].password_util.validate(new, False, user=Account(username="a")) == (None, new)


def test_a_new_password_is_refused_or_taken_as_it_is(app: Flask, engine: Engine) -> None:
    client = logged_in(app, engine, "someone")
    refused = change(client, PASSWORD, "Qwertyuiop")
    assert refused.status_code == 200
    assert "easily guessed" in refused.text
    new = " Spaces and 大小写 "
    assert change(client, PASSWORD, new).status_code == 302
    assert attempt(app, "someone", new.strip()) == 200
    assert attempt(app, "someone", new.lower()) == 200
    assert attempt(app, "someone", new) == 302


def test_the_list_of_common_passwords_is_long_enough() -> None:
    assert len(common_passwords()) >= 3000
    assert all(len(word) >= MIN_LENGTH for word in common_passwords())


def test_a_password_longer_than_any_is_only_a_wrong_one(app: Flask) -> None:
    assert attempt(app, "someone", "x" * 5000) == 200


def test_a_first_password_opens_nothing_but_the_way_to_an_own_one(app: Flask, engine: Engine) -> None:
    client = logged_in(app, engine, "someone", is_initial=True)
    for address in ("/manage/", "/manage/jobs", "/manage/start"):
        assert client.get(address).headers["Location"] == "/account"
    assert client.get("/api/v1/jobs").status_code == 403
    assert change(client, PASSWORD, "three other words").status_code == 302
    assert client.get("/manage/jobs").status_code == 200


def test_a_first_password_runs_out_and_the_first_administrator_gets_another(app: Flask, engine: Engine) -> None:
    with writing(engine) as session:
        first = ensure_admin(session)
        session.execute(update(Account).values(initial_until=datetime.now(UTC) - timedelta(minutes=1)))
    assert attempt(app, "admin", str(first)) == 200
    with writing(engine) as session:
        second = ensure_admin(session)
    assert attempt(app, "admin", str(second)) == 302
    with writing(engine) as session:
        assert ensure_admin(session) is None


def test_hashes_wait_for_each_other_and_who_comes_last_is_told(
    app: Flask, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_work, most, done = 0, 0, threading.Lock()

    def slow_hash(self: CryptContext, secret: str, **_: object) -> str:
        nonlocal at_work, most
        with done:
            at_work += 1
            most = max(most, at_work)
        time.sleep(0.2)
        with done:
            at_work -= 1
        return "never the right one"

    monkeypatch.setattr(CryptContext, "hash", slow_hash)
    clients = [english(app) for _ in range(12)]
    tokens = [csrf_token(client, "/login") for client in clients]

    def press(number: int) -> tuple[int, str | None, str]:
        data = {"username": f"nobody{number}", "password": "wrong", "csrf_token": tokens[number]}
        answer = clients[number].post("/login", data=data)
        return answer.status_code, answer.headers.get("Retry-After"), answer.text

    with ThreadPoolExecutor(12) as threads:
        answers = list(threads.map(press, range(12)))
    assert most == 1
    told = [answer for answer in answers if answer[0] == 503]
    assert 12 - 2 * PLACES <= len(told) <= 12 - PLACES
    assert all(retry and "Try again in a few seconds" in page for _, retry, page in told)
    assert {status for status, _, _ in answers} == {200, 503}


@pytest.mark.skipif(sys.platform != "linux", reason="a thread's priority is Linux's")
def test_a_hash_has_a_lower_priority_and_leaves_that_of_the_others(tmp_path: Path) -> None:
    context = PatientContext(lock_file=tmp_path / "lock", schemes=["scrypt"])
    seen = context._in_turn(lambda: os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
    assert seen == LOWER
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) < 19


def test_what_staff_see_is_kept_by_no_cache(log_in: LogIn) -> None:
    client = log_in()
    for address in ("/account", "/manage/", "/login", "/manage/jobs"):
        assert client.get(address).headers["Cache-Control"] == "no-store"


def test_a_new_password_ends_all_other_sessions(app: Flask, engine: Engine) -> None:
    with writing(engine) as session:
        old = create_account(session, "someone", role="editor")
    here, there = english(app), english(app)
    for client in (here, there):
        client.post("/login", data={"username": "someone", "password": old, "csrf_token": csrf_token(client, "/login")})
        assert client.get("/account").status_code == 200
    new = "correct horse 正确"
    assert change(here, old, new).status_code == 302
    assert here.get("/account").status_code == 200
    assert there.get("/account").status_code == 302
    assert attempt(app, "someone", old) == 200
    assert attempt(app, "someone", new) == 302


def test_staff_read_that_the_store_does_not_answer(app: Flask, log_in: LogIn, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asks is kept in the store too, and the page that says so must not ask for it again."""
    client = log_in("editor")
    app.extensions["fuchun_engine"].dispose()

    def refuse(*_: object, **__: object) -> None:
        raise psycopg.OperationalError("connection refused")

    with monkeypatch.context() as patch:
        patch.setattr(PatientConnection, "connect", refuse)
        answer = client.get("/account")
    assert answer.status_code == 503
    assert "The database does not answer" in answer.text
    assert client.get("/account").status_code == 200


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
