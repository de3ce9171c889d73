"""What a monitor asks: whether the site is ready, and Prometheus's counters; and one structured line a request.

Neither holds a position, an address, a query or a path of anybody: a request is named by its route (``/s/<code>``), its
status and its time. The counters are those of the process that answers (label ``process``), read from the machine
itself or its private network only: what came through a proxy has no business here.
"""

import json
import logging
import os
import re
import threading
import time
import uuid
from bisect import bisect_left
from collections import Counter
from ipaddress import ip_address

from flask import Blueprint, Flask, Response, abort, current_app, g, request
from flask.typing import ResponseReturnValue

from webmap.logic.config import Config
from webmap.logic.live_districts import LiveDistricts
from webmap.web.access import public

monitoring = Blueprint("monitoring", __name__)

BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
"""Upper ends of the classes of the time that an answer took."""
HEADER = "X-Request-Id"
PROXIED = ("X-Forwarded-For", "Forwarded", "X-Real-Ip")

log = logging.getLogger("fuchun.requests")
_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


class Counters:
    """Requests of this process by route and status, and how long they took."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: Counter[tuple[str, str, int]] = Counter()
        self._classes: Counter[int] = Counter()
        self._seconds = 0.0

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answer."""
        with self._lock:
            self._requests[method, route, status] += 1
            self._classes[bisect_left(BUCKETS_S, seconds)] += 1
            self._seconds += seconds

    def text(self, process: int) -> str:
        """Return the counters in Prometheus's text format."""
        with self._lock:
            requests, classes, seconds = dict(self._requests), dict(self._classes), self._seconds
        lines = ["# HELP fuchun_requests_total Answers by route and status.", "# TYPE fuchun_requests_total counter"]
        for (method, route, status), count in sorted(requests.items()):
            labels = f'method="{method}",route="{_escaped(route)}",status="{status}",process="{process}"'
            lines.append(f"fuchun_requests_total{{{labels}}} {count}")
        lines += [
            "# HELP fuchun_request_seconds Time that an answer took.",
            "# TYPE fuchun_request_seconds histogram",
        ]
        total = 0
        for number, edge in enumerate((*BUCKETS_S, "+Inf")):
            total += classes.get(number, 0)
            lines.append(f'fuchun_request_seconds_bucket{{le="{edge}",process="{process}"}} {total}')
        lines.append(f'fuchun_request_seconds_sum{{process="{process}"}} {seconds:.6f}')
        lines.append(f'fuchun_request_seconds_count{{process="{process}"}} {total}')
        return "\n".join(lines) + "\n"


def init_app(app: Flask, config: Config) -> None:
    """Count the requests of `app`, and log a line for each where the settings ask for it."""
    counters = app.extensions["fuchun_counters"] = Counters()

    @app.before_request
    def begin() -> None:
        g.request_id = request_id(request.headers.get(HEADER, ""))
        g.began = time.perf_counter()

    @app.after_request
    def count(response: Response) -> Response:
        seconds = time.perf_counter() - g.get("began", time.perf_counter())
        route = request.url_rule.rule if request.url_rule else "-"
        counters.count(request.method, route, response.status_code, seconds)
        if HEADER in request.headers and "request_id" in g:
            response.headers[HEADER] = g.request_id
        if config.request_log:
            log_request(g.get("request_id"), request.method, route, response.status_code, seconds)
        return response


def request_id(given: str) -> str:
    """Return the id of a request: the one that was sent with it, if it is one, else a new one."""
    return given if _ID.fullmatch(given) else uuid.uuid4().hex


def log_request(number: str | None, method: str, route: str, status: int, seconds: float) -> None:
    """Log an answer as one line of JSON."""
    line = {"id": number, "method": method, "route": route, "status": status, "ms": round(1000 * seconds, 1)}
    log.info("%s", json.dumps(line))


@monitoring.get("/readyz")
@public
def readyz() -> ResponseReturnValue:
    """Say whether this process answers riders, from memory or from the database; 503 while it does not."""
    live: LiveDistricts = current_app.extensions["fuchun_live"]
    return {"ready": live.is_ready, "store": not live.is_store_away}, 200 if live.is_ready else 503


@monitoring.get("/metrics")
@public
def metrics() -> ResponseReturnValue:
    """Answer the counters of this process, to the machine itself and its private network."""
    if not _is_near(request.remote_addr or "") or any(name in request.headers for name in PROXIED):
        abort(403)
    counters: Counters = current_app.extensions["fuchun_counters"]
    live: LiveDistricts = current_app.extensions["fuchun_live"]
    gauges = (
        "# HELP fuchun_store_away Whether the database did not answer lately.\n# TYPE fuchun_store_away gauge\n"
        f'fuchun_store_away{{process="{os.getpid()}"}} {int(live.is_store_away)}\n'
    )
    return Response(counters.text(os.getpid()) + gauges, mimetype="text/plain; version=0.0.4")


def _is_near(address: str) -> bool:
    try:
        return ip_address(address).is_private
    except ValueError:
        return False


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
