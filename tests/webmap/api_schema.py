"""Comparing an answer with its schema in `openapi.yaml`."""

import json
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse


def fits(app: Flask, operation: str, answer: TestResponse) -> Any:
    """Return the JSON of `answer` after holding it to the document."""
    validator = app.extensions["fuchun_interface"].response_schema(operation, answer.status_code, answer.mimetype)
    content = json.loads(answer.data, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    assert [f"{e.instance_path}: {e.message}" for e in validator.iter_errors(content)] == []
    return content
