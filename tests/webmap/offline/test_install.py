"""What makes the pages installable, and what the service worker may keep."""

import io
import json
import re
from dataclasses import replace

import pytest
from PIL import Image

from tests.webmap.conftest import dispose, english
from tests.webmap.valley import valley_app
from webmap import create_app
from webmap.offline.install import FILES, MODULES, PAGES, shell_names
from webmap.web.access import PUBLIC, access_of


@pytest.fixture(scope="module")
def app(make_database, tmp_path_factory):
    with valley_app(make_database, tmp_path_factory.mktemp("valley")) as app:
        yield app


@pytest.fixture
def client(app):
    return english(app)


def constants(source):
    """The facts that the server wrote above the worker."""
    return {
        name: json.loads(value) for name, value in re.findall(r"^const ([A-Z]+) = ([\[\"].*);$", source, re.MULTILINE)
    }


def test_the_manifest_names_the_page_and_its_icons_have_the_size_they_claim(client):
    answer = client.get("/manifest.webmanifest?lang=zh")
    assert answer.mimetype == "application/manifest+json"
    manifest = answer.json
    assert manifest["name"] == "富春驿图"
    assert (manifest["start_url"], manifest["scope"], manifest["display"]) == ("/?lang=zh", "/", "standalone")
    assert {icon["purpose"] for icon in manifest["icons"]} == {"any", "maskable"}
    for icon in manifest["icons"]:
        picture = Image.open(io.BytesIO(client.get(icon["src"]).data))
        assert "x".join(map(str, picture.size)) == icon["sizes"]
        assert picture.format == "PNG"


def test_the_page_installs_from_where_it_was_and_without_a_start(client):
    page = client.get("/?district=990001&landmark=&mode=walk&service=toilet").text
    address = re.search(r'rel="manifest" href="([^"]+)"', page)[1]
    assert client.get(address).json["start_url"] == "/?district=990001"


def test_the_worker_may_serve_the_whole_site_and_is_asked_for_anew(client):
    answer = client.get("/sw.js")
    assert answer.mimetype == "text/javascript"
    assert answer.cache_control.no_cache
    assert "connect-src 'self'" in answer.headers["Content-Security-Policy"]


def test_all_that_the_worker_fetches_at_first_is_there(app, client):
    shell = constants(client.get("/sw.js").text)["SHELL"]
    assert len(shell) > 20
    for path in shell:
        if "/vendor/" not in path:
            assert client.get(f"/{path}").status_code == 200, path


@pytest.mark.parametrize("path", ["/", "/s/S1", "/tours", "/tours/T1"])
def test_kept_pages_need_nothing_that_is_not_kept(app, client, path):
    needed = re.findall(r'<(?:link|script)[^>]* (?:href|src)="/static/\w+/([^"]+\.(?:css|js))"', client.get(path).text)
    assert needed
    assert set(needed) <= set(shell_names(app.extensions["fuchun_assets"]))


def test_modules_that_are_fetched_later_are_kept_too(app):
    names = shell_names(app.extensions["fuchun_assets"])
    assert {"js/map/map.js", "js/offline/keep.js", "js/offline/snap.js", "js/offline/list.js"} <= set(names)
    assert set(FILES) | set(MODULES) <= set(names)


def test_no_page_of_staff_may_be_kept(app):
    patterns = [re.compile(pattern) for pattern in PAGES]
    for rule in app.url_map.iter_rules():
        path = re.sub("<[^>]+>", "x", rule.rule).removeprefix("/")
        is_kept = any(pattern.fullmatch(path) for pattern in patterns)
        is_public_page = rule.endpoint.split(".")[0] in ("rider", "station", "organiser", "running", "offers")
        assert not is_kept or (is_public_page and access_of(app, rule.endpoint) == PUBLIC), rule.rule
    # A plan that somebody was sent for comments ends with its link, on a phone too.
    assert not any(pattern.fullmatch("tours/shared/x") for pattern in patterns)
    for path in ("tours/T1", "tours/T1/tour.gpx", "tours/T1/photos/1.jpg", "tours/season-of-tea"):
        assert any(pattern.fullmatch(path) for pattern in patterns), path


def test_other_scripts_make_another_worker(app, client, monkeypatch):
    before = client.get("/sw.js").text
    monkeypatch.setattr(app.extensions["fuchun_assets"], "version", "0123456789")
    assert client.get("/sw.js").text != before


def test_switched_off_the_worker_takes_itself_away(app):
    off = create_app(replace(app.extensions["fuchun_config"], service_worker=False))
    client = off.test_client()
    worker = client.get("/sw.js").text
    assert "unregister" in worker
    assert "caches.delete" in worker
    assert "data-worker" not in client.get("/").text
    dispose(off)


@pytest.mark.parametrize("path", ["/login", "/embed"])
def test_pages_that_are_no_readers_pages_register_none(client, path):
    assert "data-worker" not in client.get(path).text
