"""The page in the frame of another site: what leads away from it opens beside the frame."""

import re

import pytest

from tests.webmap.conftest import dispose
from webmap import create_app
from webmap.logic.config import Config

LINK = re.compile(r"<a\s[^>]*>")
OTHER = re.compile(r'href="(?!/embed|#|geo:)')


@pytest.fixture(scope="module")
def client(helsinki):
    engine, state_dir = helsinki
    url = engine.url.render_as_string(hide_password=False)
    app = create_app(Config(database_url=url, state_dir=state_dir, secret_key="not a secret"))
    yield app.test_client()
    dispose(app)


@pytest.fixture(scope="module")
def landmark(client):
    found = re.search(r"landmark=([^\"&]+)", client.get("/embed").text)
    assert found
    return found[1]


def test_what_leads_out_of_a_frame_opens_beside_it(client, landmark):
    station = re.search(r"to=([^\"&#]+)", client.get(f"/embed?landmark={landmark}").text)
    assert station
    page = client.get(f"/embed?landmark={landmark}&to={station[1]}").text
    piece = client.post("/list?frame=1", json={"lon": 24.94, "lat": 60.17}).text
    leading_out = [link for link in LINK.findall(page + piece) if OTHER.search(link)]
    assert sum("details" in link for link in leading_out) >= 6
    assert sum("data-app" in link for link in leading_out) == 3
    assert [link for link in leading_out if 'target="_blank"' not in link or "noopener" not in link] == []


def test_on_our_own_page_links_open_in_place(client, landmark):
    page = client.get(f"/?landmark={landmark}").text
    assert 'class="details"' in page
    assert "_blank" not in page
