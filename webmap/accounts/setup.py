"""Flask-Security on our tables and pages, and the first administrator."""

import secrets
import uuid
from datetime import timedelta
from typing import Any

from flask import Flask
from flask.globals import app_ctx
from flask_security import Security, SQLAlchemySessionUserDatastore, uia_username_mapper
from passlib.context import CryptContext  # type: ignore[import-untyped]
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session, scoped_session, sessionmaker

from geo.errors import ConflictError, InputError
from webmap.accounts.forms import NameLoginForm
from webmap.accounts.models import Account, Role
from webmap.logic.config import Config
from webmap.web.security import SIGN_IN, Access, declare

ADMINISTRATOR = "admin"
HASHING = ("scrypt",)
"""Memory-hard and in Python's own library; the parameters are libpass's (N = 2**16, r = 8, p = 1)."""
PASSWORD_BYTES = 12
"""Random bytes in a password that we make: 96 bits."""


def init_app(app: Flask, config: Config, engine: Engine) -> None:
    """Give `app` login, logout and change of password for the accounts in `engine`."""
    app.config.from_mapping(settings(config))
    sessions = scoped_session(sessionmaker(engine), scopefunc=app_ctx._get_current_object)  # type: ignore[attr-defined]
    security = Security(
        app, SQLAlchemySessionUserDatastore(sessions, Account, Role), login_form=NameLoginForm, register_blueprint=True
    )
    # No tokens are given out, so none are looked for: otherwise the body of every rider's request would be searched.
    security.login_manager.request_loader(lambda _request: None)
    declare(app, "security.login", SIGN_IN)
    declare(app, "security.logout", SIGN_IN)
    declare(app, "security.change_password", Access(frozenset({"admin", "planner", "organiser", "editor"}), True))

    @app.teardown_appcontext
    def forget_session(_: BaseException | None) -> None:
        sessions.remove()


def settings(config: Config) -> dict[str, Any]:
    """Return the settings of Flask, Flask-WTF and Flask-Security that accounts need."""
    return {
        "SESSION_COOKIE_NAME": "fuchun",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": config.cookie_secure,
        "PERMANENT_SESSION_LIFETIME": timedelta(hours=12),
        "WTF_CSRF_CHECK_DEFAULT": False,  # webmap.web.security checks every write that has a session
        "WTF_CSRF_TIME_LIMIT": None,
        "SECURITY_PASSWORD_HASH": HASHING[0],
        "SECURITY_PASSWORD_SCHEMES": list(HASHING),
        # No second hash keyed with the secret: whoever loses the key would lock everybody out.
        "SECURITY_PASSWORD_SINGLE_HASH": set(HASHING),
        "SECURITY_PASSWORD_LENGTH_MIN": 10,
        "SECURITY_USER_IDENTITY_ATTRIBUTES": [{"username": {"mapper": uia_username_mapper, "case_insensitive": True}}],
        "SECURITY_CHANGEABLE": True,
        "SECURITY_SEND_PASSWORD_CHANGE_EMAIL": False,
        "SECURITY_CHANGE_URL": "/account",
        "SECURITY_LOGOUT_CSRF": True,
        "SECURITY_POST_LOGIN_VIEW": "/manage/start",
        "SECURITY_POST_CHANGE_VIEW": "/manage/",
        "SECURITY_LOGIN_USER_TEMPLATE": "accounts/login.html",
        "SECURITY_LOGOUT_USER_TEMPLATE": "accounts/login.html",
        "SECURITY_CHANGE_PASSWORD_TEMPLATE": "accounts/password.html",
        "SECURITY_FRESHNESS": timedelta(seconds=-1),  # no page to confirm the password in between
        "SECURITY_STATIC_FOLDER": None,
        "SECURITY_CLI_USERS_NAME": None,
        "SECURITY_CLI_ROLES_NAME": None,
    }


def ensure_admin(session: Session) -> str | None:
    """Make the administrator ``admin`` where no account exists yet; return its password, to be shown once.

    Returns
    -------
    str or None
        None when there are accounts already.
    """
    if session.scalar(select(Account.id).limit(1)) is not None:
        return None
    return create_account(session, ADMINISTRATOR, role="admin")


def create_account(session: Session, username: str, *, role: str) -> str:
    """Add an account with a random password and return the password.

    Raises
    ------
    ConflictError
        The name is taken.
    InputError
        The name is empty or `role` does not exist.
    """
    name = username.strip().lower()
    if not name:
        raise InputError("An account needs a name")
    found = session.scalar(select(Role).where(Role.name == role))
    if found is None:
        raise InputError(
            "There is no role {role}: take one of {roles}",
            role=role,
            roles=", ".join(sorted(session.scalars(select(Role.name)))),
        )
    if session.scalar(select(Account.id).where(Account.username == name)) is not None:
        raise ConflictError("There is an account {name} already", name=name)
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    session.add(
        Account(
            username=name,
            password=CryptContext(schemes=list(HASHING)).hash(password),
            fs_uniquifier=uuid.uuid4().hex,
            roles=[found],
        )
    )
    session.flush()
    return password
