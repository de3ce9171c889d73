"""What a process of the site writes on standard error."""

import json
import logging

import pytest

from webmap.server.process import set_up_logging
from webmap.web.monitoring import log_request


def test_a_request_is_a_bare_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    log = logging.getLogger("fuchun.requests")
    uvicorn = logging.getLogger("uvicorn.error")
    level = uvicorn.level
    try:
        set_up_logging()
        log_request("a1", "POST", "/api/v1/nearest", 200, 0.0123)
        line = json.loads(capsys.readouterr().err)
    finally:
        log.handlers.clear()
        log.propagate = True
        log.setLevel(logging.NOTSET)
        uvicorn.setLevel(level)
    assert line == {"id": "a1", "method": "POST", "route": "/api/v1/nearest", "status": 200, "ms": 12.3}
