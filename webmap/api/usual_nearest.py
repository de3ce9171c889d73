"""The usual request for the nearest stations, answered in front of Flask.

Riders ask for nothing else as often, and what Flask does around a view costs as much time as the answer. A request with
anything unusual about it, every faulty one among them, goes on to the application: the view in `webmap.api.views`
answers all of them, and the two answer alike to the byte.
"""

import json
import time
from collections.abc import Iterable
from functools import lru_cache
from io import BytesIO
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask

from geo.coverage.question import read_moment
from webmap.logic.config import Config
from webmap.logic.district_state import DistrictState
from webmap.logic.live_districts import LiveDistricts
from webmap.logic.nearest import Nearest, nearest
from webmap.logic.usage import UsageCounter, keys_of_answer
from webmap.web.compression import MIN_BYTES, accepts_gzip, gzipped
from webmap.web.hosts import allowed_hosts
from webmap.web.json_answers import nearest_json
from webmap.web.monitoring import HEADER, Counters, log_request, request_id
from webmap.web.openapi import Interface, Operation
from webmap.web.security import response_headers

PATH = "/api/v1/nearest"

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


class UsualNearest:
    """A WSGI application that answers the usual request and hands on all others.

    Parameters
    ----------
    app : Flask
        With its interface document and its states.
    config : Config
    """

    def __init__(self, app: Flask, config: Config) -> None:
        interface: Interface = app.extensions["fuchun_interface"]
        self._next: WSGIApplication = app.wsgi_app
        self._usage: UsageCounter = app.extensions["fuchun_usage"]
        self._counters: Counters = app.extensions["fuchun_counters"]
        self._has_log = config.request_log
        self._operation: Operation = interface.operations["nearest"]
        self._live: LiveDistricts = app.extensions["fuchun_live"]
        self._is_our_name = lru_cache(64)(allowed_hosts(config))
        self._most_bytes: int = app.config["MAX_CONTENT_LENGTH"]
        self._headers = [
            ("Content-Type", "application/json"),
            *response_headers(config).items(),
            ("Cache-Control", "no-store"),
            ("Vary", "Accept-Encoding"),
        ]

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        if is_usual(environ, self._live) and self._is_our_name(environ.get("HTTP_HOST", "")):
            began = time.perf_counter()
            found = self._find(environ)
            if found is not None:
                body = self._answer(found, environ, start_response)
                self._note(environ, time.perf_counter() - began)
                return body
        return self._next(environ, start_response)

    def _find(self, environ: WSGIEnvironment) -> dict[str, Any] | None:
        """Return the answer to a request; None, with its body as if unread, where the application has to answer."""
        size = environ.get("CONTENT_LENGTH", "")
        if not size.isdecimal() or int(size) > self._most_bytes:
            return None
        body = environ["wsgi.input"].read(int(size))
        try:
            asked = self._operation.read_valid(body)
            if asked is not None:
                state = self._live.state_at(asked["lon"], asked["lat"])
                nearest_found = find_stations(state, asked)
                answer = nearest_json(state, nearest_found)
                keys = keys_of_answer(state, nearest_found, services=asked["services"], always=asked["always"])
                self._usage.count(keys)
                return answer
        except Exception:
            pass  # the view meets it too, and the application says or logs what it was
        environ["wsgi.input"] = BytesIO(body)
        return None

    def _answer(
        self, found: dict[str, Any], environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        body = (_ENCODER.encode(found) + "\n").encode()
        headers = self._headers.copy()
        if given := environ.get("HTTP_X_REQUEST_ID"):
            headers.append((HEADER, environ.setdefault("fuchun.request_id", request_id(given))))
        if len(body) >= MIN_BYTES and accepts_gzip(environ.get("HTTP_ACCEPT_ENCODING", "")):
            body = gzipped(body)
            headers.append(("Content-Encoding", "gzip"))
        headers.append(("Content-Length", str(len(body))))
        start_response("200 OK", headers)
        return (body,)

    def _note(self, environ: WSGIEnvironment, seconds: float) -> None:
        """Count and log the answer as Flask's are (`webmap.web.monitoring`)."""
        self._counters.count("POST", PATH, 200, seconds)
        if self._has_log:
            log_request(environ.get("fuchun.request_id") or request_id(""), "POST", PATH, 200, seconds)


def is_usual(environ: WSGIEnvironment, live: LiveDistricts) -> bool:
    """Tell whether a request asks for the nearest stations of the default district, whose state is in memory."""
    return (
        environ["PATH_INFO"] == PATH
        and environ["REQUEST_METHOD"] == "POST"
        and not environ["QUERY_STRING"]
        and environ.get("CONTENT_TYPE") == "application/json"
        and live.has_default
        and not live.is_store_away
    )


def find_stations(state: DistrictState, asked: dict[str, Any]) -> Nearest:
    """Return the nearest stations, for a body that was checked.

    Raises
    ------
    NotSnappedError, NotReadyError, InputError
        As `webmap.logic.nearest.nearest`.
    """
    return nearest(
        state,
        lon=asked["lon"],
        lat=asked["lat"],
        mode=asked["mode"],
        services=tuple(asked["services"]),
        at=read_moment(asked.get("at")),
        count=asked["count"],
        kind=asked["kind"],
        always=asked["always"],
    )
