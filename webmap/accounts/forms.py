"""The login form: an account name instead of an e-mail address, and a limit on guessing."""

from datetime import UTC, datetime
from typing import Any

from flask import abort, current_app, request
from flask_babel import gettext
from flask_security import LoginForm
from wtforms import StringField  # type: ignore[import-untyped]

from webmap.accounts import throttle


class NameLoginForm(LoginForm):
    """Flask-Security's login form by account name; too many failures end in 429 before a password is hashed."""

    email = None
    remember = None
    username = StringField(render_kw={"autocomplete": "username"})

    def validate(self, **kwargs: Any) -> bool:
        """Return whether name and password belong together; count it where they do not."""
        # PostgreSQL knows no NUL, so no account has one in its name.
        name = (self.username.data or "").replace("\0", "").strip().lower()
        attempt: dict[str, Any] = {
            "secret": current_app.config["SECRET_KEY"],
            "address": request.remote_addr or "",
            "username": name,
            "now": datetime.now(UTC),
        }
        engine = current_app.extensions["fuchun_engine"]
        if throttle.is_blocked(engine, **attempt):
            abort(429)
        self.ifield = self.username
        self.user = current_app.extensions["security"].datastore.find_user(username=name)
        if super().validate(**kwargs):
            return True
        throttle.count_failure(engine, **attempt)
        # One sentence for every reason: which names exist is nobody's business.
        self.username.errors = self.password.errors = []
        self.form_errors = [gettext("Account name or password is wrong.")]
        return False
