"""Scripts, styles and icons: an address by content, compressed where that gains, and nothing else of the machine."""

import gzip
from pathlib import Path

import pytest
from flask import Flask, url_for
from flask.testing import FlaskClient

from webmap.web.assets import Assets
from webmap.web.bundles import FOLDER

GZIP = {"Accept-Encoding": "gzip, deflate"}


def address(app: Flask, filename: str) -> str:
    with app.test_request_context():
        return url_for("static", filename=filename)


@pytest.mark.parametrize("filename", ["js/map/map.js", "css/web/app.css", "icons/sprite.svg"])
def test_text_is_sent_compressed_and_is_the_file(app: Flask, client: FlaskClient, filename: str) -> None:
    plain = client.get(address(app, filename))
    small = client.get(address(app, filename), headers=GZIP)
    assert plain.data == gzip.decompress(small.data) == (FOLDER / filename).read_bytes()
    assert (plain.content_encoding, small.content_encoding) == (None, "gzip")
    assert len(small.data) < 0.6 * len(plain.data)
    assert plain.get_etag() != small.get_etag()
    for answer in (plain, small):
        assert "Accept-Encoding" in answer.vary
        assert answer.cache_control.immutable
        assert answer.cache_control.max_age == 365 * 86_400


def test_modules_and_the_manifest_have_types_that_browsers_take(
    app: Flask, client: FlaskClient, tmp_path: Path
) -> None:
    assert client.get(address(app, "js/map/map.js")).mimetype == "text/javascript"
    for name in ("a.mjs", "a.webmanifest"):
        (tmp_path / name).write_text("{}")
    files = Assets(tmp_path)
    assert [files.find(name).mimetype for name in files.names()] == ["text/javascript", "application/manifest+json"]


def test_another_content_has_another_address(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text("1")
    (tmp_path / "b.js").write_text("2")
    first = Assets(tmp_path).version
    assert Assets(tmp_path).version == first
    (tmp_path / "a.js").write_text("2")
    (tmp_path / "b.js").write_text("1")
    assert Assets(tmp_path).version != first


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "a.js"
    path.write_text("1")
    files = Assets(tmp_path)
    assert files.find("a.js").body == b"1"
    path.write_text("22")
    assert files.find("a.js").body == b"22"


def test_an_old_address_gets_the_present_file_to_be_asked_for_again(app: Flask, client: FlaskClient) -> None:
    answer = client.get("/static/0123456789/js/map/map.js")
    assert answer.data == (FOLDER / "js/map/map.js").read_bytes()
    assert answer.cache_control.no_cache
    again = client.get("/static/0123456789/js/map/map.js", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize("name", ["none.js", "../config.py", "..%2fconfig.py", "js/../../config.py", "js"])
def test_nothing_else_can_be_had(app: Flask, client: FlaskClient, name: str) -> None:
    assert client.get(f"/static/0123456789/{name}").status_code == 404


def test_pages_for_everybody_are_compressed_and_vary(app: Flask, client: FlaskClient) -> None:
    plain = client.get("/api/v1/openapi.json")
    small = client.get("/api/v1/openapi.json", headers=GZIP)
    assert gzip.decompress(small.data) == plain.data
    assert "Accept-Encoding" in plain.vary
    assert "Accept-Encoding" in small.vary
    assert client.get("/healthz", headers=GZIP).content_encoding is None, "too small to gain"
    refused = client.get("/api/v1/openapi.json", headers={"Accept-Encoding": "gzip;q=0, identity"})
    assert refused.content_encoding is None


def test_pages_that_hold_a_secret_are_not(app: Flask, client: FlaskClient) -> None:
    answer = client.get("/login", headers=GZIP)
    assert len(answer.data) > 1400
    assert answer.content_encoding is None
    assert "csrf_token" in answer.text


def test_a_compressed_answer_can_be_asked_for_again(app: Flask, client: FlaskClient, sample_place: str) -> None:
    first = client.get("/map/330111/style.json", headers=GZIP)
    assert first.content_encoding == "gzip"
    again = client.get("/map/330111/style.json", headers=GZIP | {"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
