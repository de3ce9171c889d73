"""Gzip compression of responses."""

import gzip
from functools import lru_cache

from flask import Flask, Request, Response, request
from werkzeug.http import parse_accept_header

from webmap.web.access import access_of

MIN_BYTES = 1400
"""What fits into one packet gains nothing by being smaller."""

LEVEL = 6
"""The list of 49 stations, 42,672 bytes: 4,319 with this, 4,424 with level 5 and 4,284 with level 9."""

_TEXT = frozenset(
    {"application/json", "application/javascript", "application/xml", "application/wasm", "image/svg+xml"}
)


def is_text(mimetype: str) -> bool:
    """Tell whether a media type is text, which compresses; pictures and sheets are compressed already.

    >>> [is_text(kind) for kind in ("text/html", "application/geo+json", "image/png", "application/gpx+xml")]
    [True, True, False, True]
    """
    return mimetype.startswith("text/") or mimetype.endswith(("+json", "+xml")) or mimetype in _TEXT


def takes_gzip(asked: Request) -> bool:
    """Tell whether the caller takes gzip."""
    return accepts_gzip(asked.headers.get("Accept-Encoding", ""))


@lru_cache(64)
def accepts_gzip(accepted: str) -> bool:
    """Tell whether a header ``Accept-Encoding`` takes gzip.

    >>> [accepts_gzip(accepted) for accepted in ("gzip, br", "*", "", "gzip;q=0")]
    [True, True, False, False]
    """
    return parse_accept_header(accepted)["gzip"] > 0


def gzipped(body: bytes) -> bytes:
    """Return a body gzip-compressed."""
    return gzip.compress(body, compresslevel=LEVEL, mtime=0)


def init_app(app: Flask) -> None:
    """Compress the text that everybody may read.

    Pages of staff are sent as they are: they hold a secret (the token of their forms) beside what a stranger may put
    into the address, and the length of such a page, compressed, gives the secret away (BREACH, CVE-2013-3587). Planning
    pages hold none for a reader without a session, that is without a cookie.
    """

    @app.after_request
    def compress(response: Response) -> Response:
        access = access_of(app, request.endpoint)
        if access is None or response.direct_passthrough or response.is_streamed:
            return response
        if access.has_session and not (access.is_by_district and not request.cookies):
            return response
        if response.content_encoding or not is_text(response.mimetype or "") or response.status_code in (204, 304):
            return response
        response.vary.add("Accept-Encoding")
        body = response.get_data()
        if len(body) >= MIN_BYTES and takes_gzip(request):
            response.set_data(gzipped(body))
            response.content_encoding = "gzip"
            etag, _ = response.get_etag()
            if etag:
                # The same to a reader, other bytes: comparing for a stored copy goes by the weak tag.
                response.set_etag(etag, weak=True)
        return response
