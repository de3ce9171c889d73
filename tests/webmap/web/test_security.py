"""Who may call what, and what every response tells the browser."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.webmap.conftest import ROOT, LogIn, dispose
from webmap import create_app
from webmap.logic.config import Config
from webmap.web.access import PUBLIC, access_of, public, requires
from webmap.web.bundles import first_styles_source
from webmap.web.security import response_headers

SESSION_PAGES = {"welcome.page", "welcome.take", "security.login", "security.logout"}
"""Endpoints open to everybody that need a session; everything else open to everybody must do without."""
PLANNING_PAGES = {
    "planner.plan", "planner.answer", "planner.details", "planner.all_gaps", "api.coverage_squares",
    "api.coverage_cut_off", "api.coverage_gaps", "api.coverage_week", "api.coverage_closure", "api.coverage_standards",
}  # fmt: skip
"""Endpoints that the district opens to everybody or keeps to staff."""


def test_every_endpoint_says_who_may_call_it(app: Flask) -> None:
    undeclared = [rule.endpoint for rule in app.url_map.iter_rules() if access_of(app, rule.endpoint) is None]
    assert undeclared == []


def test_only_the_pages_of_accounts_are_open_with_a_session(app: Flask) -> None:
    found = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if (access := access_of(app, rule.endpoint)) and access.has_session and not access.roles
    }
    assert found == SESSION_PAGES | PLANNING_PAGES


def test_an_endpoint_without_a_declaration_is_refused(app: Flask) -> None:
    app.add_url_rule("/forgotten", view_func=lambda: "secret", endpoint="forgotten")
    answer = app.test_client().get("/forgotten")
    assert answer.status_code == 403
    assert "secret" not in answer.text


def test_public_endpoints_leave_no_cookie_even_if_they_try(app: Flask) -> None:
    from flask import session

    @app.get("/tempted")
    @public
    def tempted() -> str:
        session["position"] = "119.95,30.05"
        return "ok"

    for address in ("/tempted", "/healthz", "/api/v1/openapi.json", "/api/v1/nearest", "/nowhere", "/static/none.js"):
        answer = app.test_client().get(address)
        assert "Set-Cookie" not in answer.headers, address
        assert "Cookie" not in answer.headers.get("Vary", ""), address


def test_public_endpoints_leave_a_session_as_it_is(app: Flask, log_in: LogIn) -> None:
    client = log_in()
    assert "Set-Cookie" not in client.get("/api/v1/openapi.json").headers
    assert client.get("/account").status_code == 200


@pytest.mark.parametrize("address", ["/manage/", "/manage/places/S01", "/manage/sources", "/manage/jobs", "/account"])
def test_staff_pages_send_strangers_to_the_login_and_back(client: FlaskClient, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"/login?next={address}"


def test_a_role_opens_its_own_pages_only(log_in: LogIn, sample_place: str) -> None:
    assert log_in("editor").get("/manage/places").status_code == 200
    assert log_in("admin").get("/manage/places").status_code == 200
    refused = log_in("planner").get("/manage/places")
    assert refused.status_code == 403
    assert "Your account may not do this." in refused.text


def test_an_unknown_role_cannot_be_asked_for() -> None:
    with pytest.raises(ValueError, match="king"):
        requires("king")


def test_a_write_needs_the_token_of_its_session(log_in: LogIn, sample_place: str) -> None:
    client = log_in()
    for token in ({}, {"csrf_token": "guessed"}):
        answer = client.post(f"/manage/places/{sample_place}", data={"status": "closed", **token})
        assert answer.status_code == 400
        assert "Nothing was saved." in answer.text


def test_every_staff_write_is_checked_for_its_token(app: Flask, log_in: LogIn, sample_place: str) -> None:
    client = log_in("admin")
    writes = [
        rule
        for rule in app.url_map.iter_rules()
        if rule.methods and rule.methods - {"GET", "HEAD", "OPTIONS"} and access_of(app, rule.endpoint) != PUBLIC
    ]
    assert len(writes) >= 4
    for rule in writes:
        address = re.sub(r"<int:\w+>", "1", rule.rule.replace("<code>", sample_place))
        for method in (rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}:
            assert client.open(address, method=method).status_code == 400, rule.endpoint


def test_scripts_and_styles_come_from_here_only(client: FlaskClient) -> None:
    policy = dict(rule.split(" ", 1) for rule in client.get("/login").headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    # The styles of the first page stand in it, and nothing else may.
    assert policy["style-src"] == f"'self' {first_styles_source()}"
    assert policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert not any("unsafe" in sources or "*" in sources for sources in policy.values())


def test_one_page_alone_may_stand_in_a_frame_and_links_stay_in_it(tmp_path: Path, helsinki) -> None:
    engine, state_dir = helsinki
    url = engine.url.render_as_string(hide_password=False)
    config = Config(database_url=url, state_dir=state_dir, secret_key="x", embed_origins=("https://union.example",))
    app = create_app(config)
    client = app.test_client()
    framed, own = client.get("/embed"), client.get("/")
    assert "frame-ancestors https://union.example" in framed.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in own.headers["Content-Security-Policy"]
    assert "Set-Cookie" not in framed.headers
    filters = re.findall(r'href="([^"]+)" data-filter', framed.text)
    piece = client.post("/list?frame=1", json={"lon": 24.94, "lat": 60.17}).text
    filters += re.findall(r'href="([^"]+)" data-filter', piece)
    assert len(filters) >= 4
    assert all(address.startswith("/embed") for address in filters)
    assert 'class="site-nav"' in own.text
    assert 'class="site-nav"' not in framed.text
    dispose(app)


def test_a_basemap_may_be_fetched_and_nothing_else(tmp_path: Path) -> None:
    config = Config(
        database_url="", state_dir=tmp_path, secret_key="", basemap_type="raster",
        basemap_url="https://tiles.example:8443/{z}/{x}/{y}.png",
    )  # fmt: skip
    policy = response_headers(config)["Content-Security-Policy"]
    assert "connect-src 'self' https://tiles.example:8443;" in policy
    assert "img-src 'self' data: blob: https://tiles.example:8443;" in policy
    assert "script-src 'self';" in policy


def test_https_is_insisted_on_only_where_it_is_served(tmp_path: Path) -> None:
    plain = Config(database_url="", state_dir=tmp_path, secret_key="")
    secure = Config(database_url="", state_dir=tmp_path, secret_key="", cookie_secure=True)
    assert "Strict-Transport-Security" not in response_headers(plain)
    assert "Strict-Transport-Security" in response_headers(secure)


@pytest.mark.parametrize("address", ["/login", "/nowhere", "/api/v1/nowhere", "/healthz"])
def test_every_answer_carries_the_headers(client: FlaskClient, address: str) -> None:
    headers = client.get(address).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Permissions-Policy"].startswith("geolocation=(self)")
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "Content-Security-Policy" in headers


def test_no_template_holds_a_script_a_style_or_a_handler() -> None:
    forbidden = re.compile(
        r"<style|\sstyle=|<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")|\son[a-z]+=|javascript:", re.I
    )
    templates = list((ROOT / "templates").rglob("*.html"))
    assert templates
    assert [str(t) for t in templates if forbidden.search(t.read_text(encoding="utf-8"))] == []


def test_a_made_up_name_of_the_site_is_refused(client: FlaskClient) -> None:
    for host in ("evil.example", "evil.example:8000", "localhost.evil.example", "127.0.0.1.evil.example"):
        for address in ("/", "/login", "/api/v1/stations", "/s/S01/qr.svg", "/nowhere"):
            answer = client.get(address, headers={"Host": host})
            assert answer.status_code == 400, (host, address)
            assert "evil.example" not in answer.text
            assert "Set-Cookie" not in answer.headers


def test_a_site_answers_under_its_own_names_and_its_health_under_any(config: Config, translations: None) -> None:
    app = create_app(replace(config, public_url="https://map.example.cn", hosts=("www.example.cn",)))
    client = app.test_client()
    for host, status in {
        "map.example.cn": 200, "www.example.cn:443": 200, "localhost:8000": 200, "127.0.0.1": 200, "[::1]:8000": 200,
        "192.0.2.7": 400, "example.cn": 400,
    }.items():  # fmt: skip
        assert client.get("/api/v1/openapi.json", headers={"Host": host}).status_code == status, host
    assert client.get("/healthz", headers={"Host": "192.0.2.7"}).status_code == 200
    dispose(app)


def test_over_https_the_cookie_is_of_this_host_alone(config: Config, translations: None) -> None:
    app = create_app(replace(config, cookie_secure=True))
    cookie = app.test_client().get("/login", base_url="https://localhost").headers["Set-Cookie"]
    assert cookie.startswith("__Host-fuchun=")
    assert {"Secure", "HttpOnly", "Path=/"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
    dispose(app)


def test_no_answer_opens_itself_to_other_sites(app: Flask) -> None:
    for method in ("GET", "POST", "OPTIONS"):
        answer = app.test_client().open("/api/v1/stations", method=method, headers={"Origin": "https://evil.example"})
        assert not [name for name, _ in answer.headers if name.startswith("Access-Control-")]


def test_safe_methods_change_nothing(app: Flask) -> None:
    """Every endpoint that also takes a safe method is a page; what writes takes no safe one."""
    for rule in app.url_map.iter_rules():
        methods = (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if methods - {"GET"}:
            assert "GET" not in methods or rule.endpoint.startswith("security."), rule.endpoint


def test_a_get_of_the_logout_ends_nothing(log_in: LogIn) -> None:
    client = log_in()
    client.get("/logout")
    assert client.get("/account").status_code == 200


def test_neither_the_repository_nor_the_state_is_served(client: FlaskClient) -> None:
    for address in ("/.git/config", "/.env", "/static/../app.py", "/static/x/%2e%2e/%2e%2e/app.py", "/var/secret_key"):
        assert client.get(address).status_code == 404, address


def test_every_text_says_how_it_is_encoded(client: FlaskClient) -> None:
    for address in ("/login", "/api/v1/openapi.json", "/nowhere", "/sw.js", "/manifest.webmanifest"):
        kind = client.get(address).headers["Content-Type"]
        assert "charset=utf-8" in kind or "json" in kind, (address, kind)


def test_what_is_absent_by_design_is_absent(app: Flask) -> None:
    """No WebSocket, no OAuth or OpenID server, no self-registration, no forgotten-password question, no debugger."""
    rules = [rule.rule for rule in app.url_map.iter_rules()]
    assert not any(rule.websocket for rule in app.url_map.iter_rules())
    for word in ("oauth", "authorize", "token", "register", "reset", "question", "console", "debug", "graphql"):
        assert not [rule for rule in rules if word in rule.lower()], word
    assert not app.debug
    code = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "webmap").rglob("*.py"))
    for call in (
        r"\beval\(",
        r"\bexec\(",
        r"shell=True",
        r"pickle\.loads?\(",
        r"yaml\.load\(",
        r"hashlib\.(md5|sha1)\(",
        r"os\.system\(",
    ):
        assert not re.search(call, code), call
    scripts = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "webmap/static/js").rglob("*.js"))
    for call in (r"\beval\(", r"new Function\(", r"new WebSocket\(", r"document\.write\(", r"\.cookie\b"):
        assert not re.search(call, scripts), call


def test_no_cipher_of_our_own_and_none_that_is_weak() -> None:
    """Nothing is encrypted here: TLS is the proxy's, sessions are signed, passwords are hashed."""
    code = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "webmap").rglob("*.py"))
    assert not re.search(r"\b(AES|DES|RC4|ECB|Fernet|Crypto|cryptography)\b", code)


def test_password_fields_hide_what_is_typed_and_let_managers_help(client: FlaskClient, log_in: LogIn) -> None:
    for page in (client.get("/login").text, log_in().get("/account").text):
        fields = re.findall(r"<input[^>]*password[^>]*>", page)
        assert fields
        for field in fields:
            assert 'type="password"' in field
            assert re.search(r'autocomplete="(current|new)-password"', field)
            assert "onpaste" not in field


def test_no_secret_travels_in_an_address(app: Flask, log_in: LogIn) -> None:
    client = log_in()
    for address in ("/account", "/manage/", "/login"):
        page = client.get(address).text
        for link in re.findall(r'(?:href|action|src)="([^"]*)"', page):
            assert not re.search(r"(csrf|token|password|sid|session)=", link), link
