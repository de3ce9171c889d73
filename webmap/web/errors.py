"""Error handling: one table from `GeoError` classes to HTTP status, as problem+json or a page.

Views never catch. Programs get an RFC 9457 problem in their language, people a page that says what to do.
"""

import logging
from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, json, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from flask_babel.speaklater import LazyString
from flask_wtf.csrf import CSRFError  # type: ignore[import-untyped]
from psycopg.errors import LockNotAvailable
from sqlalchemy.exc import DataError, OperationalError
from werkzeug.exceptions import BadRequest, HTTPException

from geo.disk import is_disk_full, no_space
from geo.errors import (
    ConflictError,
    GeoError,
    InfeasibleError,
    InputError,
    MissingDataError,
    NoSpaceError,
    NotFoundError,
    NotReadyError,
    NotSnappedError,
    SeveralDistrictsError,
    StoreError,
    TooLargeError,
    UnreachableError,
)
from webmap.web.i18n import html_lang

log = logging.getLogger(__name__)

RETRY_AFTER_S = 5
"""What a caller is told to wait while data is being loaded or the database comes back."""


@dataclass(frozen=True)
class Kind:
    """How one class of errors appears: HTTP status, the end of its problem type, a title."""

    status: int
    name: str
    title: LazyString


KINDS: dict[type[GeoError], Kind] = {
    GeoError: Kind(422, "unprocessable", lazy_gettext("This cannot be done")),
    InputError: Kind(422, "invalid-input", lazy_gettext("This input cannot be used")),
    InfeasibleError: Kind(422, "infeasible", lazy_gettext("No choice of sites meets this")),
    SeveralDistrictsError: Kind(422, "several-districts", lazy_gettext("Which district?")),
    NotFoundError: Kind(404, "not-found", lazy_gettext("Not found")),
    NotReadyError: Kind(503, "not-ready", lazy_gettext("The data is not ready yet")),
    ConflictError: Kind(409, "conflict", lazy_gettext("Somebody else has changed this in between")),
    NotSnappedError: Kind(422, "not-attached", lazy_gettext("No usable street near this point")),
    UnreachableError: Kind(422, "unreachable", lazy_gettext("No way leads there")),
    TooLargeError: Kind(413, "too-large", lazy_gettext("Too large")),
    NoSpaceError: Kind(503, "no-space", lazy_gettext("The disk is full")),
    StoreError: Kind(503, "store-unavailable", lazy_gettext("The database does not answer")),
}
"""Every class of `GeoError` and its appearance; a subclass without its own line appears as its base does."""

WORDS: dict[int, tuple[LazyString, LazyString]] = {
    400: (lazy_gettext("Bad request"), lazy_gettext("The request cannot be read.")),
    401: (lazy_gettext("Please log in"), lazy_gettext("This needs an account.")),
    403: (lazy_gettext("Not allowed"), lazy_gettext("Your account may not do this.")),
    404: (lazy_gettext("Not found"), lazy_gettext("There is nothing at this address.")),
    405: (lazy_gettext("Method not allowed"), lazy_gettext("This address does not take such requests.")),
    413: (lazy_gettext("Too large"), lazy_gettext("The request is larger than what is taken here.")),
    415: (lazy_gettext("Wrong format"), lazy_gettext("Send the body as application/json.")),
    429: (lazy_gettext("Too many attempts"), lazy_gettext("Please wait a quarter of an hour and try again.")),
    500: (lazy_gettext("Something went wrong here"), lazy_gettext("The fault is ours and has been noted.")),
    503: (lazy_gettext("Not available right now"), lazy_gettext("Please try again in a few seconds.")),
}
"""Title and sentence of the HTTP errors that people meet."""


class InvalidRequestError(InputError):
    """A request that does not fit the interface document.

    Its value ``errors`` is a list of faults: ``pointer`` (JSON pointer into the body) or ``parameter`` (query), and
    ``detail``.
    """


def kind_of(error: GeoError) -> Kind:
    """Return how `error` appears: the line of its nearest class in `KINDS`."""
    return next(KINDS[cls] for cls in type(error).__mro__ if cls in KINDS)


def init_app(app: Flask) -> None:
    """Let `app` answer errors."""
    app.register_error_handler(GeoError, answer_geo_error)
    app.register_error_handler(HTTPException, answer_http_error)
    app.register_error_handler(CSRFError, answer_csrf_error)
    app.register_error_handler(OperationalError, answer_store_error)
    app.register_error_handler(OSError, answer_system_error)
    app.register_error_handler(DataError, answer_data_error)


def answer_geo_error(error: GeoError) -> ResponseReturnValue:
    """Answer an error that the input or the state of the data has caused."""
    kind = kind_of(error)
    if isinstance(error, StoreError):
        # Names hosts and paths of ours, which help nobody outside.
        log.error("%s", error)
        return answer(kind.status, title=str(kind.title), detail=str(WORDS[503][1]), type=f"/problems/{kind.name}")
    missing = error.what if isinstance(error, MissingDataError) else None
    extra = {"errors": error.values["errors"]} if isinstance(error, InvalidRequestError) else {}
    return answer(
        kind.status,
        title=str(kind.title),
        detail=error.localized(gettext),
        type=f"/problems/{kind.name}",
        missing=missing,
        **extra,
    )


def answer_http_error(error: HTTPException) -> ResponseReturnValue:
    """Answer an HTTP error: an unknown address, a wrong method, a refused write, a fault of ours."""
    status = error.code or 500
    title, detail = WORDS.get(status, (error.name, error.description))
    response = answer(status, title=str(title), detail=str(detail))
    # What the error itself wants to say in headers (Allow, Retry-After), without the headers of its own page.
    for name, value in error.get_headers():
        if name not in ("Content-Type", "Content-Length"):
            response.headers[name] = value
    return response


def answer_csrf_error(_: CSRFError) -> ResponseReturnValue:
    """Answer a write whose form is not ours or not from this session."""
    return answer(
        400,
        title=gettext("This form is no longer valid"),
        detail=gettext("Nothing was saved. Go back, reload the page and send the form again."),
    )


def answer_store_error(error: OperationalError) -> ResponseReturnValue:
    """Answer a database that is gone or takes too long."""
    if is_disk_full(error):
        log.error("the database's disk is full")
        return answer_geo_error(no_space())
    if isinstance(error.orig, LockNotAvailable):
        return answer_geo_error(
            StoreError("something else is changing the same data, so nothing was saved; try again in a minute")
        )
    # The cause, not the whole error: that holds the statement with its values.
    return answer_geo_error(StoreError("the database refused: {reason}", reason=str(error.orig).strip()))


def answer_system_error(error: OSError) -> ResponseReturnValue:
    """Answer a disk that is full; every other error of the system is a fault of ours."""
    if not is_disk_full(error):
        raise error
    log.error("the disk is full: %s", error.filename or "-")
    return answer_geo_error(no_space())


def answer_data_error(_: DataError) -> ResponseReturnValue:
    """Answer a value that no column can hold, such as a NUL in an address."""
    return answer_http_error(BadRequest())


def answer(
    status: int, *, title: str, detail: str, type: str = "about:blank", missing: str | None = None, **extra: Any
) -> Response:
    """Return the error as the caller can read it: problem+json under ``/api/`` and for programs, else a page.

    `missing` is what has to be loaded first: the page leads there, and does not try again by itself.
    """
    if is_program():
        problem = {"type": type, "title": title, "status": status, "detail": detail, **extra}
        response = Response(json.dumps(problem), status, mimetype="application/problem+json")
    else:
        # A form that was sent must not be sent again by itself.
        retry_s = RETRY_AFTER_S if status == 503 and request.method == "GET" and not missing else None
        values = {"title": title, "detail": detail, "retry_s": retry_s, "missing": missing}
        page = render_template("web/error.html", status=status, **values)
        response = Response(page, status)
    response.headers["Content-Language"] = html_lang()
    response.vary.add("Accept-Language")
    if status == 503:
        response.headers["Retry-After"] = str(RETRY_AFTER_S)
    return response


def is_program() -> bool:
    """Return whether the caller reads JSON rather than pages."""
    if request.path.startswith(("/api/", "/healthz", "/readyz", "/metrics")):
        return True
    wanted = request.accept_mimetypes
    return wanted["application/json"] > wanted["text/html"] or wanted["application/problem+json"] > wanted["text/html"]
