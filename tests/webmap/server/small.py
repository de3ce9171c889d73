"""A small application behind the real server: python -m tests.webmap.server.small PORT WORKERS LIMITS (JSON)."""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any
from wsgiref.types import WSGIApplication, WSGIEnvironment

from flask import Flask, Response, request

from webmap.server.limits import Limits
from webmap.server.supervisor import Plan, listen, run

LARGE_BYTES = 15_000_000


class SmallSite:
    """Answers that say who gave them, take their time or are large."""

    def __init__(self) -> None:
        self.flask = Flask("small")
        self.flask.config["MAX_CONTENT_LENGTH"] = 64 * 1024
        self.app: WSGIApplication = self.flask
        self._add("POST", "/echo", lambda: {"pid": os.getpid(), "body": request.get_data(as_text=True)})
        self._add("GET", "/who", lambda: work(0.01))
        self._add("GET", "/slow/<float:seconds>", lambda seconds: (time.sleep(seconds), {"pid": os.getpid()})[1])
        self._add("GET", "/large", lambda: Response(b"x" * LARGE_BYTES, mimetype="application/octet-stream"))
        self._add("GET", "/stream", lambda: Response((b"y" * 1000 for _ in range(2000)), mimetype="text/plain"))
        self._add("GET", "/environ", lambda: {name: v for name, v in request.environ.items() if isinstance(v, str)})
        self._add("POST", "/size", size)
        self._add("POST", "/die/<int:number>", lambda number: os.kill(os.getpid(), number))

    def _add(self, method: str, path: str, view: Any) -> None:
        self.flask.add_url_rule(path, endpoint=path, view_func=view, methods=[method])

    def start(self) -> None:
        """Get ready."""

    def stop(self) -> None:
        """End."""

    def is_ready(self) -> bool:
        """Answer at once."""
        return True

    def is_quick(self, environ: WSGIEnvironment) -> bool:
        return environ["PATH_INFO"] == "/quick"

    def largest_body(self, environ: WSGIEnvironment) -> int:
        """Take files at one address."""
        return 20_000_000 if environ["PATH_INFO"] == "/size" else 64 * 1024

    def snapshots(self) -> list[Path]:
        """Return nothing: it has none."""
        return [Path("/snapshots/330111/7-9")]


def size() -> dict[str, Any]:
    request.max_content_length = 20_000_000
    return {"size": len(request.get_data())}


def work(seconds: float) -> dict[str, Any]:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass
    return {"pid": os.getpid()}


def main() -> None:
    """Serve until a signal comes."""
    port, workers, limits = sys.argv[1:4]
    plan = Plan(
        workers=int(workers),
        site="tests.webmap.server.small:SmallSite",
        limits=Limits(**json.loads(limits)),
        on_crash=lambda code, folders: print(f"crash {code} {folders}", file=sys.stderr, flush=True),
    )
    run(plan, listen("127.0.0.1", int(port)))


if __name__ == "__main__":
    main()
