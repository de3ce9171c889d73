"""What a monitor reads, and what no line of it holds: who asked, and from where."""

import json
import logging
import re
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.webmap.conftest import dispose, english
from webmap import create_app
from webmap.logic.config import Config


def test_requests_are_counted_by_route_and_status(client: FlaskClient) -> None:
    client.get("/s/SECRET?x=1")
    client.get("/nowhere")
    text = client.get("/metrics").text
    assert re.search(r'fuchun_requests_total\{method="GET",route="/s/<code>",status="404",process="\d+"\} 1', text)
    assert re.search(r'route="-",status="404",process="\d+"\} 1', text)
    assert re.search(r'fuchun_request_seconds_bucket\{le="\+Inf",process="\d+"\} 2', text)
    assert "SECRET" not in text
    assert "nowhere" not in text


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("172.18.0.5", {}, 200),
        ("8.8.8.8", {}, 403),
        ("127.0.0.1", {"X-Forwarded-For": "8.8.8.8"}, 403),
    ],
)
def test_strangers_read_no_counters(client: FlaskClient, address: str, headers: dict[str, str], status: int) -> None:
    answer = client.get("/metrics", environ_base={"REMOTE_ADDR": address}, headers=headers)
    assert answer.status_code == status


def test_ready_is_who_answers_riders(app: Flask, client: FlaskClient) -> None:
    assert client.get("/readyz").json == {"ready": True, "store": True}
    app.extensions["fuchun_live"].is_store_away = True
    answer = client.get("/readyz")
    assert answer.status_code == 503, "nothing is in memory"
    assert answer.json == {"ready": False, "store": False}


def test_a_line_a_request_holds_no_position_and_no_address(
    config: Config, translations: None, caplog: pytest.LogCaptureFixture
) -> None:
    app = create_app(replace(config, request_log=True))
    try:
        with caplog.at_level(logging.INFO, logger="fuchun.requests"):
            body = {"lon": 119.9512, "lat": 30.0512}
            answer = english(app).post(
                "/list?x=secret", json=body, headers={"X-Request-Id": "abc-1"}, environ_base={"REMOTE_ADDR": "8.8.8.8"}
            )
    finally:
        dispose(app)
    (line,) = [record.getMessage() for record in caplog.records if record.name == "fuchun.requests"]
    facts = json.loads(line)
    assert (facts["id"], facts["method"], facts["route"]) == ("abc-1", "POST", "/list")
    assert answer.headers["X-Request-Id"] == "abc-1"
    for secret in ("119.95", "30.05", "8.8.8.8", "secret"):
        assert secret not in line
