"""The forms of login and of a new password: an account name instead of an e-mail address, and a limit on guessing."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from flask import Response, abort, after_this_request, current_app, request
from flask_babel import gettext
from flask_security import ChangePasswordForm, LoginForm, current_user
from wtforms import StringField  # type: ignore[import-untyped]

from webmap.accounts.hashing import BusyError
from webmap.accounts.passwords import MAX_LENGTH
from webmap.accounts.throttle import Guess

RETRY_AFTER_S = 3


class NameLoginForm(LoginForm):
    """Flask-Security's login form by account name; too many failures end in 429 before a password is hashed."""

    email = None
    remember = None
    username = StringField(render_kw={"autocomplete": "username"})

    def validate(self, **kwargs: Any) -> bool:
        """Return whether name and password belong together; count it where they do not."""
        # PostgreSQL knows no NUL, so no account has one in its name.
        name = (self.username.data or "").replace("\0", "").strip().lower()

        def validate() -> bool:
            # Looked for only now: who waits for a hash would hold a connection of the store.
            self.ifield = self.username
            self.user = current_app.extensions["security"].datastore.find_user(username=name)
            return bool(super(NameLoginForm, self).validate(**kwargs))

        fault = guarded(name, self.password.data, validate)
        until = getattr(self.user, "initial_until", None)
        if fault is None and until is not None and until < datetime.now(UTC):
            fault = gettext("This first password was to be used within a week. Ask for a new one.")
        if fault is None:
            return True
        # One sentence for every reason: which names exist is nobody's business.
        self.username.errors = self.password.errors = []
        self.form_errors = [fault or gettext("Account name or password is wrong.")]
        return False


class NewPasswordForm(ChangePasswordForm):
    """Flask-Security's form, whose guesses at the present password count as those at the login."""

    def validate(self, **kwargs: Any) -> bool:
        """Return whether the present password is right and the new one can be taken."""
        is_right = False

        def validate() -> bool:
            nonlocal is_right
            is_valid = super(NewPasswordForm, self).validate(**kwargs)
            # What is wrong with the new password is no guess at the present one.
            is_right = is_valid or not self.password.errors
            return is_right

        fault = guarded(current_user.username, self.password.data, validate)
        if fault:
            self.password.errors = [fault]
        elif fault == "" and not self.password.errors:
            self.password.errors = [gettext("This is not your present password.")]
        return fault is None and not self.errors


def guarded(username: str, password: str | None, validate: Callable[[], bool]) -> str | None:
    """Validate a form that holds somebody's password; None where it is right, else what to say beside "wrong".

    The guess is counted before the password is looked at. Too many end in 429; while others wait for their hash, the
    answer is 503 and says so.
    """
    guess = Guess(
        current_app.extensions["fuchun_engine"],
        secret=current_app.config["SECRET_KEY"],
        address=request.remote_addr or "",
        username=username,
        now=datetime.now(UTC),
    )
    if not guess.is_allowed():
        abort(429)
    if len(password or "") > MAX_LENGTH:
        return ""
    try:
        with current_app.extensions["security"].pwd_context.place():
            is_right = validate()
    except BusyError as error:
        guess.take_back()
        after_this_request(_come_again)
        return error.localized(gettext)
    if not is_right:
        return ""
    guess.take_back()
    return None


def _come_again(response: Response) -> Response:
    response.status_code = 503
    response.headers["Retry-After"] = str(RETRY_AFTER_S)
    return response
