"""Requests made from the interface document, fitting and not: every role is answered, and as the document says."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest
import schemathesis
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode

from geo.db.session import writing
from tests.conftest import DatabaseMaker
from tests.webmap.conftest import csrf_token, english
from tests.webmap.valley import valley_app
from webmap.accounts import create_account
from webmap.web.access import ROLES

BASE = "/api/v1"


@pytest.fixture(scope="module")
def valley(
    make_database: DatabaseMaker, tmp_path_factory: pytest.TempPathFactory, translations: None
) -> Iterator[Flask]:
    with valley_app(make_database, tmp_path_factory.mktemp("contract")) as app:
        yield app


@pytest.fixture(scope="module")
def make_cases(valley: Flask) -> Callable[[int], list[Case]]:
    """Make requests to every operation, half of them as the document wants them; equal numbers are equal requests."""
    schema = schemathesis.openapi.from_dict(dict(valley.extensions["fuchun_interface"].document))
    operations = [result.ok() for result in schema.get_all_operations()]
    assert len(operations) == len(valley.extensions["fuchun_interface"].operations)
    kinds = [operation.as_strategy(generation_mode=mode) for operation in operations for mode in GenerationMode]

    def make(count: int) -> list[Case]:
        made: list[Case] = []

        @seed(count)
        @settings(
            max_examples=count,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(st.sampled_from(kinds).flatmap(lambda kind: kind))
        def keep(case: Case) -> None:
            made.append(case)

        keep()
        assert len(made) >= count
        return made

    return cache(make)


@pytest.mark.parametrize("role", ["", *ROLES])
@pytest.mark.parametrize("count", [200, pytest.param(2000, marks=pytest.mark.soak)])
def test_every_request_has_an_answer_of_the_document(
    valley: Flask, make_cases: Callable[[int], list[Case]], role: str, count: int
) -> None:
    client, token = logged_in(valley, f"{role}-{count}", role) if role else (english(valley), None)
    answers = Counter(send(valley, client, case, token) for case in make_cases(count))
    assert any(status < 300 for status in answers), answers
    assert any(status == 422 for status in answers), answers


def logged_in(app: Flask, name: str, role: str) -> tuple[FlaskClient, str]:
    """Return a client with a new account of `role` and the token of its session."""
    engine, client = app.extensions["fuchun_engine"], english(app)
    with writing(engine) as session:
        password = create_account(session, name, role=role)
    data = {"username": name, "password": password, "csrf_token": csrf_token(client, "/login")}
    assert client.post("/login", data=data).status_code == 302
    return client, csrf_token(client, "/account")


def send(app: Flask, client: FlaskClient, case: Case, token: str | None) -> int:
    """Send a request with a valid token, hold the answer to the document, and return its status."""
    sent: dict[str, Any] = case.as_transport_kwargs(base_url="http://localhost" + BASE)
    headers = {**sent.get("headers", {}), **({"X-CSRFToken": token} if token else {})}
    headers = {name: value for name, value in headers.items() if name.lower() not in ("cookie", "accept-encoding")}
    body = {"json": sent["json"]} if sent.get("json") is not None else {"data": sent.get("data") or None}
    answer = client.open(
        sent["url"].removeprefix("http://localhost"),
        method=sent["method"],
        query_string=sent.get("params"),
        headers=headers,
        **body,
    )
    said = f"{case.as_curl_command()}\n{answer.status_code} {answer.text[:2000]}"
    assert answer.status_code < 500, said
    if answer.status_code == 204 or answer.mimetype == "application/octet-stream":
        return answer.status_code
    name = case.operation.definition.raw["operationId"]
    if answer.status_code in (404, 405, 308):  # the router itself may have answered: the path named no operation
        name = "document"
    schema = app.extensions["fuchun_interface"].response_schema(name, answer.status_code, answer.mimetype)
    content = json.loads(answer.data, parse_constant=lambda constant: pytest.fail(f"{constant} is not JSON"))
    faults = [f"{error.instance_path}: {error.message}" for error in schema.iter_errors(content)]
    assert faults == [], said
    return answer.status_code
