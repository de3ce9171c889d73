"""``/welcome/KEY``: the page that a login link leads to, where somebody takes a password of their own."""

from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_security.utils import login_user

from geo.db.session import reading, writing
from webmap.accounts.hashing import BusyError
from webmap.accounts.people import account_of_link, take_password
from webmap.web.access import SIGN_IN
from webmap.web.context import engine

welcome = Blueprint("welcome", __name__)


@welcome.get("/welcome/<key>")
def page(key: str) -> ResponseReturnValue:
    """Show the form; a link is not used up by being looked at, which mail and chat programs do as well."""
    return form_page(key)


@welcome.post("/welcome/<key>")
def take(key: str) -> ResponseReturnValue:
    """Take the password, end the link, and log in."""
    password, again = request.form.get("password", ""), request.form.get("again", "")
    security = current_app.extensions["security"]
    with reading(engine()) as session:
        account = account_of_link(session, key)
        faults, normalized = security._password_util.validate(password, False, user=account)
    if password != again:
        faults = [gettext("The two passwords are not the same.")]
    if faults or normalized is None:
        return form_page(key, error=" ".join(map(str, faults or []))), 422
    try:
        with security.pwd_context.place():
            hashed = security.pwd_context.hash(normalized)
    except BusyError as error:
        return form_page(key, error=error.localized(gettext)), 503
    with writing(engine()) as session:
        account_id = take_password(session, key, hashed)
    login_user(security.datastore.find_user(id=account_id), remember=False, authn_via=["change"])
    security.datastore.commit()
    return redirect(url_for("manage.start"), 303)


for view in (page, take):
    view.__dict__["access"] = SIGN_IN


def form_page(key: str, *, error: str | None = None) -> Response:
    """Return the form, or raise `NotFoundError` where the link has ended."""
    with reading(engine()) as session:
        account = account_of_link(session, key)
        name, username = account.shown_name, account.username
    page = Response(render_template("accounts/welcome.html", name=name, username=username, error=error))
    # The address is a secret until it is used.
    page.headers["Referrer-Policy"] = "no-referrer, same-origin"
    return page
