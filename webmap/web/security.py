"""What happens to a request that may not pass, sessions of staff, and the security headers of every response.

Who may call what is declared in `webmap.web.access`; an endpoint without a declaration is refused. ``@public`` means:
no session is read for it, written for it or named in its ``Vary`` header, so a rider's request cannot leave a cookie.
Whatever uses the session has its writes checked for a CSRF token.
"""

import hashlib
import math
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, abort, flash, redirect, request, url_for
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_security import current_user
from flask_wtf.csrf import CSRFProtect  # type: ignore[import-untyped]

from geo.db.session import Actor, acting, is_request
from geo.errors import TooLargeError
from webmap.logic.config import Config
from webmap.web import viewer
from webmap.web.access import TOWN_WRITES, Access, access_of
from webmap.web.bundles import first_styles_source
from webmap.web.errors import answer
from webmap.web.hosts import allowed_hosts

NOBODY = "'none'"

FORM_BYTES = 64 * 1024

HEALTH = frozenset({"health.healthz", "monitoring.readyz", "monitoring.metrics"})
"""What watches over the machine; it is asked under whatever address."""

OWN_PASSWORD = "security.change_password"
"""All that an account may do whose password was made by the program."""


SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def is_from_our_pages(config: Config) -> bool:
    """Tell whether a page of this site sent the present request, by what every browser in use says of a POST.

    A request that says nothing of where it comes from is none of a page.
    """
    if site := request.headers.get("Sec-Fetch-Site"):
        return site == "same-origin"
    sender = request.headers.get("Origin") or request.headers.get("Referer") or ""
    return urlsplit(sender).netloc in {request.host, urlsplit(config.public_url).netloc} - {""}


class StaffSessions(SecureCookieSessionInterface):
    """Sessions that are written (and named in ``Vary``) only where an endpoint declares one; signed by HMAC-SHA256."""

    digest_method = staticmethod(hashlib.sha256)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Write the session cookie unless the endpoint is public or unknown."""
        access = access_of(app, request.endpoint)
        if access is not None and access.has_session:
            super().save_session(app, session, response)


def init_app(app: Flask, config: Config) -> None:
    """Guard every request of `app` and set the security headers of every response.

    Call it before anything else that hooks into requests: the first hook decides.
    """
    app.session_interface = StaffSessions()
    csrf = CSRFProtect(app)
    headers = response_headers(config)
    headers_in_frame = response_headers(config, is_framed=True)
    is_our_name = allowed_hosts(config)

    @app.before_request
    def guard() -> ResponseReturnValue | None:
        is_request.set(True)
        # Whoever watches over the machine asks for its health under an address of its own.
        if request.endpoint not in HEALTH and not is_our_name(request.host):
            return answer(
                400,
                title=gettext("Another site's name"),
                detail=gettext(
                    "This site does not answer under the name that was asked for. Whoever runs it adds the name to "
                    "FUCHUN_PUBLIC_URL or FUCHUN_HOSTS."
                ),
            )
        if request.endpoint is None:
            return None  # no such address or method: the error handler says so
        access = access_of(app, request.endpoint)
        if access is None:
            abort(403)
        view = app.view_functions[request.endpoint]
        max_bytes = largest_file(view, config)
        if max_bytes is not None:
            # Before the token is looked for, which reads the whole form: strangers send us no files.
            if refused := admit(access):
                return refused
            admit_file(max_bytes)
        else:
            request.max_content_length = app.config["MAX_CONTENT_LENGTH"]
        if access.has_session and request.method not in SAFE_METHODS:
            csrf.protect()
            note_actor(request.form.get("why"))
        if getattr(view, "is_from_our_pages", False) and not is_from_our_pages(config):
            abort(403)
        return admit(access)

    @app.teardown_request
    def forget_actor(_: BaseException | None) -> None:
        acting.set(None)
        is_request.set(False)

    @app.after_request
    def secure(response: Response) -> Response:
        view = app.view_functions.get(request.endpoint or "")
        is_framed = getattr(view, "is_framed", False)
        for name, value in (headers_in_frame if is_framed else headers).items():
            response.headers.setdefault(name, value)
        access = access_of(app, request.endpoint)
        if access is None or access.has_session or request.method not in SAFE_METHODS:
            response.headers.setdefault("Cache-Control", "no-store")
        return response


def note_actor(why: str | None) -> None:
    """Note who acts in this request, beside every change that it makes in the store."""
    if current_user.is_authenticated:
        acting.set(Actor(int(current_user.id), str(current_user.shown_name), why or None))


def admit(access: Access) -> ResponseReturnValue | None:
    """Return None for who may pass, a redirect to the login page for who has not logged in; refuse everybody else."""
    if not access.roles:
        return None
    if any(current_user.has_role(role) for role in access.roles):
        if request.method not in SAFE_METHODS and current_user.towns and request.endpoint not in TOWN_WRITES:
            abort(403)
        # Views look at the district as well; one that forgets to gives nothing away of another one.
        limits = viewer.districts()
        named = (request.args.get("district"), (request.view_args or {}).get("district"))
        if limits and any(code and code not in limits for code in named):
            abort(403)
        if current_user.initial_until is None or request.endpoint == OWN_PASSWORD:
            return None
        if request.path.startswith("/api/"):
            abort(403)
        flash(gettext("Take a password of your own first: this one was made by the program."))
        return redirect(url_for(OWN_PASSWORD))
    if current_user.is_authenticated:
        abort(403)
    return ask_for_account()


def ask_for_account() -> Response:
    """Return the way to the login page and back; refuse a program (401)."""
    if request.path.startswith("/api/"):
        abort(401)
    is_page = request.method in SAFE_METHODS
    address = url_for("security.login", next=request.full_path.rstrip("?") if is_page else None)
    return Response("", 302, {"Location": address})


def largest_file(view: Callable[..., Any] | None, config: Config) -> int | None:
    """Return how large a file sent to `view` may be, None where it takes none."""
    max_bytes: int | Callable[[Config], int] | None = getattr(view, "max_file_bytes", None)
    return max_bytes(config) if callable(max_bytes) else max_bytes


def admit_file(max_bytes: int) -> None:
    """Let the present request hold a file of up to `max_bytes`, or raise `TooLargeError`."""
    # The fields of the form and the parts' headers come on top.
    request.max_content_length = max_bytes + FORM_BYTES
    if (request.content_length or 0) > request.max_content_length:
        raise TooLargeError(
            "{size} MB were sent; at most {limit} MB are taken here. Make the file smaller and send it again",
            size=math.ceil((request.content_length or 0) / 2**20),
            limit=max_bytes // 2**20,
        )


def response_headers(config: Config, *, is_framed: bool = False) -> dict[str, str]:
    """Return the headers of every response, or of those that may stand in another site's frame."""
    tiles = " ".join(("", *config.basemap_origins))
    policy = (
        "default-src 'none'",
        "script-src 'self'",
        f"style-src 'self' {first_styles_source()}",
        f"img-src 'self' data: blob:{tiles}",
        f"connect-src 'self'{tiles}",
        "worker-src 'self' blob:",
        "font-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        f"frame-ancestors {' '.join(config.embed_origins) if is_framed else NOBODY}",
    )
    headers = {
        "Content-Security-Policy": "; ".join(policy),
        "X-Content-Type-Options": "nosniff",
        # Flask-WTF compares the referrer of a write over HTTPS, so a page of ours must get it.
        "Referrer-Policy": "same-origin",
        "Permissions-Policy": "geolocation=(self), camera=(), microphone=(), payment=(), usb=()",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
    if config.cookie_secure:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    return headers
