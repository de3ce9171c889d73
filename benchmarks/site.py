"""The site as ``fuchun serve`` runs it, and one empty answer beside it: python -m benchmarks.site PORT [WORKERS].

The empty answer passes everything that every request passes (the front, the guard, the headers), so what it costs is
what no answer of this application can save. It is part of no installation.
"""

import sys

from flask import Flask

from webmap.app import create_app
from webmap.server.site import FlaskSite
from webmap.server.supervisor import Plan, listen, run
from webmap.web.access import public

EMPTY = "/benchmarks/empty"


def measured_app() -> Flask:
    """Return the application with an empty JSON answer at `EMPTY`."""
    app = create_app()

    @app.post(EMPTY)
    @public
    def empty() -> dict[str, object]:
        return {}

    return app


def make_site() -> FlaskSite:
    """Make the application, in a process of the site."""
    return FlaskSite(measured_app())


def main() -> None:
    """Serve until a signal comes."""
    port, workers = (int(word) for word in [*sys.argv[1:], "2"][:2])
    run(Plan(workers=workers, site="benchmarks.site:make_site"), listen("127.0.0.1", port))


if __name__ == "__main__":
    main()
