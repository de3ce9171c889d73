"""A logged-in member of staff who calls the API, and a point and an area to draw."""

import json
import re
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from geo.db.session import writing
from tests.webmap.valley import LAT
from webmap.accounts import create_account

SPOT = {"name": "Lunch", "weight": 40, "geometry": {"type": "Point", "coordinates": [119.98, LAT]}}

FIELD = [[119.975, 29.99], [119.985, 29.99], [119.985, 30.01], [119.975, 30.01], [119.975, 29.99]]


class Staff:
    """An account that is logged in, and its requests with the token of its session."""

    def __init__(self, app: Flask, role: str) -> None:
        with writing(app.extensions["fuchun_engine"]) as session:
            password = create_account(session, f"a-{role}", role=role)
        self.app = app
        self.client = app.test_client()
        self.client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
        token = self.token("/login")
        self.client.post("/login", data={"username": f"a-{role}", "password": password, "csrf_token": token})
        answer = self.client.get("/api/v1/session")
        self.csrf = answer.json["csrf_token"] if answer.status_code == 200 else self.token("/account")

    def token(self, page: str) -> str:
        found = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', self.client.get(page).text)
        assert found
        return found[1]

    def ask(self, operation: str, method: str, address: str, body: Any = None) -> TestResponse:
        """Send a request with its token, and hold the answer to the document."""
        answer = self.client.open(f"/api/v1{address}", method=method, json=body, headers={"X-CSRFToken": self.csrf})
        if answer.data:
            interface = self.app.extensions["fuchun_interface"]
            validator = interface.response_schema(operation, answer.status_code, answer.mimetype)
            errors = [f"{e.instance_path}: {e.message}" for e in validator.iter_errors(json.loads(answer.data))]
            assert errors == []
        return answer
