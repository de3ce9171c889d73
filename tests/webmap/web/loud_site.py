"""The site with every log there is, and an access log of all that a careless proxy would write down."""

import logging
import os
from pathlib import Path
from typing import Any
from wsgiref.types import WSGIEnvironment

from webmap.server.site import FlaskSite, make_site

NOTED = ("REQUEST_METHOD", "REQUEST_URI", "QUERY_STRING", "HTTP_REFERER", "HTTP_USER_AGENT", "HTTP_COOKIE")


def make_loud_site() -> FlaskSite:
    """Make the site; the folder of its logs is in ``LOUD_LOGS``."""
    folder = Path(os.environ["LOUD_LOGS"])
    logging.root.addHandler(logging.FileHandler(folder / "errors.log"))
    for name in ("", "uvicorn", "uvicorn.error", "uvicorn.access", "sqlalchemy.engine"):
        logging.getLogger(name).setLevel(1)
    site = make_site()
    access = (folder / "access.log").open("a", buffering=1)

    def app(environ: WSGIEnvironment, start_response: Any) -> Any:
        access.write(f"{environ['REQUEST_METHOD']} {' | '.join(str(environ.get(name)) for name in NOTED[1:])}\n")

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            told = [value for name, value in headers if name.lower() in ("location", "set-cookie")]
            access.write(f"{status} {told}\n")
            return start_response(status, headers, exc_info)

        return site.flask(environ, start)

    site.app = app
    return site
