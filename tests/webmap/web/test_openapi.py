"""The interface document is the interface: valid, complete, and what requests are held to."""

import json
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openapi_spec_validator import OpenAPIV31SpecValidator
from werkzeug.datastructures import MultiDict

from geo.calendar import DayKind
from geo.coverage.gaps import CAUSES
from geo.coverage.naming import KINDS as KINDS_OF_NAMES
from geo.coverage.standards import REASONS, RULES, STATES
from geo.db.ledger_states import GAP_STATES
from geo.db.planner_tables import DEMAND_LAYERS
from geo.db.tables import DISTRICT_STATES, FUNCTION_KINDS, SERVICES
from geo.errors import NotFoundError
from geo.hours import OpenState
from webmap.logic.snapshots import SERVED_MODES
from webmap.web.errors import KINDS, InvalidRequestError
from webmap.web.openapi import Interface, load_interface


@pytest.fixture(scope="module")
def interface() -> Interface:
    return load_interface()


DRAWN = ("HotspotRequest", "HotspotChange", "AreaRequest", "AreaChange", "GapEntryRequest", "GapEntryChange")


def schema(interface: Interface, name: str) -> dict:
    return interface.document["components"]["schemas"][name]


def test_the_document_is_valid_openapi(interface: Interface) -> None:
    OpenAPIV31SpecValidator(interface.document).validate()


def test_every_route_of_the_api_stands_in_the_document_and_the_other_way_round(
    app: Flask, interface: Interface
) -> None:
    routes = {
        (
            re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule.removeprefix("/api/v1")),
            method.lower(),
            rule.endpoint.removeprefix("api."),
        )
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert routes == {(o.path, o.method, name) for name, o in interface.operations.items()}


def test_the_document_is_served_as_it_is(client: FlaskClient, interface: Interface) -> None:
    assert client.get("/api/v1/openapi.json").json == json.loads(json.dumps(interface.document))


def test_the_words_of_the_document_are_those_of_the_program(interface: Interface) -> None:
    assert schema(interface, "Service")["enum"] == list(SERVICES)
    assert schema(interface, "Kind")["enum"] == list(FUNCTION_KINDS)
    assert schema(interface, "Mode")["enum"] == list(SERVED_MODES)
    district = schema(interface, "DistrictFacts")["properties"]
    assert district["status"]["enum"] == list(DISTRICT_STATES)
    assert schema(interface, "DemandLayer")["enum"] == list(DEMAND_LAYERS)
    assert schema(interface, "GapState")["enum"] == list(GAP_STATES)
    assert schema(interface, "NearStation")["properties"]["on_arrival"]["enum"] == [s.value for s in OpenState]
    assert schema(interface, "Cause")["enum"] == list(CAUSES)
    assert schema(interface, "NamedPlace")["properties"]["kind"]["enum"] == list(KINDS_OF_NAMES)
    verdict = schema(interface, "Verdict")["properties"]
    assert verdict["rule"]["enum"] == list(RULES)
    assert verdict["state"]["enum"] == list(STATES)
    assert verdict["reason"]["enum"] == [*REASONS, None]
    days = schema(interface, "WeekAnswer")["properties"]["days"]["items"]["properties"]
    assert days["kind"]["enum"] == [kind.value for kind in DayKind]
    types = set(schema(interface, "Problem")["properties"]["type"]["enum"])
    assert types == {"about:blank"} | {f"/problems/{kind.name}" for kind in KINDS.values()}


def test_every_object_a_caller_sends_is_closed(interface: Interface) -> None:
    for name in ("NearestRequest", "RouteRequest", "Point", "StationReference", "WhatIfRequest", *DRAWN):
        assert schema(interface, name)["additionalProperties"] is False


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {"mode": "walk", "minutes": 15, "service": []}),
        ("minutes=7.5&mode=ebike", {"mode": "ebike", "minutes": 7.5, "service": []}),
        ("service=toilet&service=wifi", {"mode": "walk", "minutes": 15, "service": ["toilet", "wifi"]}),
        (
            "at=2026-11-23T12:10:00 08:00",
            {"mode": "walk", "minutes": 15, "service": [], "at": "2026-11-23T12:10:00+08:00"},
        ),
    ],
)
def test_a_query_becomes_values(interface: Interface, query: str, expected: dict) -> None:
    args = MultiDict(pair.split("=", 1) for pair in query.split("&") if pair)
    assert interface.operations["coverage"].read_query(args) == {"layer": [], **expected}


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("minutes=abc", "minutes"),
        ("minutes=nan", "minutes"),
        ("minutes=1e999", "minutes"),
        ("minutes=1_0", "minutes"),
        ("minutes=０", "minutes"),
        ("minutes=0", "minutes"),
        ("mode=walk&mode=ebike", "mode"),
        ("mode=swim", "mode"),
        ("service=sauna", "service"),
        ("service=wifi&service=wifi", "service"),
        ("at=2026-11-23T12:10:00", "at"),
        ("at=0001-01-01T00:00:00Z", "at"),
        ("lon=119.95", "lon"),
        ("district=", "district"),
    ],
)
def test_a_query_that_does_not_fit_is_refused_by_name(
    app: Flask, interface: Interface, query: str, parameter: str
) -> None:
    args = MultiDict(pair.split("=", 1) for pair in query.split("&"))
    with app.test_request_context(), pytest.raises(InvalidRequestError) as caught:
        interface.operations["coverage"].read_query(args)
    assert {fault["parameter"] for fault in caught.value.values["errors"]} == {parameter}


def test_answers_that_the_document_does_not_foresee_are_noticed(interface: Interface) -> None:
    answer = {"stations": [], "backup": None, "attached_m": 1.0, "aside_m": None, "mode": "walk"}
    answer |= {"district": "x", "sample": False, "data_version": 1}
    validator = interface.response_schema("nearest", 200, "application/json")
    assert validator.is_valid(answer)
    assert not validator.is_valid(answer | {"geometry": {}})
    assert not validator.is_valid({k: v for k, v in answer.items() if k != "sample"})
    with pytest.raises(KeyError):
        interface.response_schema("nearest", 200, "text/html")


def test_an_unknown_error_class_appears_as_its_base() -> None:
    from webmap.web.errors import kind_of

    class NoSuchTownError(NotFoundError):
        pass

    assert kind_of(NoSuchTownError("x")).status == 404
