"""The site as ``fuchun serve`` runs it, and one empty answer beside it: python -m benchmarks.site PORT [WORKERS].

The empty answer passes everything that every request passes (the guard, the headers, gunicorn), so what it costs is
what no answer of this application can save. It stands here and in no installation.
"""

import sys

from flask import Flask

from webmap.serve import Site
from webmap.web.security import public

EMPTY = "/benchmarks/empty"


class MeasuredSite(Site):
    """The site, with an empty JSON answer at `EMPTY`."""

    def load(self) -> Flask:
        """Make the application, in the worker."""
        app = super().load()

        @app.post(EMPTY)
        @public
        def empty() -> dict[str, object]:
            return {}

        return app


def main() -> None:
    """Serve until a signal ends it."""
    port, workers = (int(word) for word in [*sys.argv[1:], "2"][:2])
    MeasuredSite("127.0.0.1", port, workers=workers).run()


if __name__ == "__main__":
    main()
