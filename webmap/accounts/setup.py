"""Flask-Security on our tables and pages, and the first administrator."""

import secrets
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask
from flask.globals import app_ctx
from flask_login import user_logged_out  # type: ignore[import-untyped]
from flask_security import (
    Security,
    SQLAlchemySessionUserDatastore,
    password_changed,
    uia_username_mapper,
    user_authenticated,
)
from passlib.context import CryptContext  # type: ignore[import-untyped]
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session, scoped_session, sessionmaker

from geo.errors import ConflictError, InputError
from webmap.accounts import sessions as kept
from webmap.accounts.forms import NameLoginForm, NewPasswordForm
from webmap.accounts.hashing import PatientContext
from webmap.accounts.models import Account, Role
from webmap.accounts.passwords import MIN_LENGTH, Passwords
from webmap.logic.config import Config
from webmap.web.access import ROLES, SIGN_IN, Access, declare

ADMINISTRATOR = "admin"
ROUNDS = 16
"""The exponent of scrypt's cost: N = 2**16, with r = 8 and p = 1 a hash takes 64 MB."""
HASHING: dict[str, Any] = {"schemes": ["scrypt"], "scrypt__default_rounds": ROUNDS}
"""Memory-hard and in Python's own library: the settings of libpass's context."""
PASSWORD_BYTES = 12
"""Random bytes in a password that we make: 96 bits."""
INITIAL = timedelta(days=7)
"""How long such a password logs in; whoever logs in with it is asked for one of their own first of all."""
MAX_NAME = 64
LOCK = "hashing.lock"
"""File in the state directory that one process at a time holds for a password's hash."""


def init_app(app: Flask, config: Config, engine: Engine) -> None:
    """Give `app` login, logout and change of password for the accounts in `engine`."""
    app.config.from_mapping(settings(config))
    sessions = scoped_session(sessionmaker(engine), scopefunc=app_ctx._get_current_object)  # type: ignore[attr-defined]
    security = Security(
        app,
        SQLAlchemySessionUserDatastore(sessions, Account, Role),
        login_form=NameLoginForm,
        change_password_form=NewPasswordForm,
        password_util_cls=Passwords,
        register_blueprint=True,
    )
    security.pwd_context = PatientContext(lock_file=config.state_dir / LOCK, **HASHING)
    security.login_manager.user_loader(kept.loader(sessions))
    # No tokens are given out, so none are looked for: otherwise the body of every rider's request would be searched.
    security.login_manager.request_loader(lambda _request: None)
    declare(app, "security.login", SIGN_IN)
    declare(app, "security.logout", SIGN_IN)
    declare(app, "security.change_password", Access(frozenset(ROLES), True))

    @user_authenticated.connect_via(app)
    def begin_session(_: Flask, user: Account, authn_via: list[str] | None = None, **__: Any) -> None:
        kept.begin(engine, user.id, ends_others="change" in (authn_via or ()))
        user.last_login_at = datetime.now(UTC)

    @user_logged_out.connect_via(app)  # type: ignore[untyped-decorator]
    def end_session(_: Flask, **__: Any) -> None:
        kept.end(engine)

    @password_changed.connect_via(app)
    def take_own_password(_: Flask, user: Account, **__: Any) -> None:
        user.initial_until = None

    # The signals hold their receivers weakly.
    app.extensions["fuchun_account_signals"] = (begin_session, end_session, take_own_password)

    @app.teardown_appcontext
    def forget_session(_: BaseException | None) -> None:
        sessions.remove()


def settings(config: Config) -> dict[str, Any]:
    """Return the settings of Flask, Flask-WTF and Flask-Security that accounts need."""
    return {
        # Browsers take a cookie of this prefix over HTTPS only, from this very host, for all of it.
        "SESSION_COOKIE_NAME": "__Host-fuchun" if config.cookie_secure else "fuchun",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": config.cookie_secure,
        "PERMANENT_SESSION_LIFETIME": kept.LIFETIME,
        "WTF_CSRF_CHECK_DEFAULT": False,  # webmap.web.security checks every write that has a session
        "WTF_CSRF_TIME_LIMIT": None,
        "SECURITY_PASSWORD_HASH": HASHING["schemes"][0],
        "SECURITY_PASSWORD_SCHEMES": HASHING["schemes"],
        # No second hash keyed with the secret: whoever loses the key would lock everybody out.
        "SECURITY_PASSWORD_SINGLE_HASH": set(HASHING["schemes"]),
        "SECURITY_PASSWORD_LENGTH_MIN": MIN_LENGTH,
        "SECURITY_USER_IDENTITY_ATTRIBUTES": [{"username": {"mapper": uia_username_mapper, "case_insensitive": True}}],
        # Ours is no-store; the library writes private=True.
        "SECURITY_CACHE_CONTROL": None,
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

    Where it is the only account and its first password has run out unused, it gets a new one.

    Returns
    -------
    str or None
        None when there are accounts already.
    """
    found = session.scalars(select(Account).limit(2)).all()
    if not found:
        return create_account(session, ADMINISTRATOR, role="admin", is_initial=True)
    first = found[0]
    if len(found) > 1 or first.initial_until is None or first.initial_until > datetime.now(UTC):
        return None
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    first.password, first.initial_until = hash_password(password), datetime.now(UTC) + INITIAL
    session.flush()
    return password


def create_account(session: Session, username: str, *, role: str, is_initial: bool = False) -> str:
    """Add an account with a random password and return the password.

    Parameters
    ----------
    session : Session
    username : str
    role : str
    is_initial : bool
        The password is told to somebody who must take one of their own within `INITIAL`.

    Raises
    ------
    ConflictError
        The name is taken.
    InputError
        The name is empty, long or has signs that cannot be typed, or `role` does not exist.
    """
    name, found = checked_name(session, username), find_role(session, role)
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    session.add(
        Account(
            username=name,
            password=hash_password(password),
            fs_uniquifier=uuid.uuid4().hex,
            initial_until=datetime.now(UTC) + INITIAL if is_initial else None,
            roles=[found],
        )
    )
    session.flush()
    return password


def checked_name(session: Session, username: str) -> str:
    """Return the name of a new account in lower case.

    Raises
    ------
    ConflictError
        It is taken.
    InputError
        It is empty, long or has signs that cannot be typed.
    """
    name = username.strip().lower()
    if not name:
        raise InputError("An account needs a name")
    if len(name) > MAX_NAME or not name.isprintable():
        raise InputError(
            "An account's name has at most {limit} printable characters; this has {length}",
            limit=MAX_NAME,
            length=len(name),
        )
    if session.scalar(select(Account.id).where(Account.username == name)) is not None:
        raise ConflictError("There is an account {name} already", name=name)
    return name


def find_role(session: Session, name: str) -> Role:
    """Return a role, or raise `InputError` that names those there are."""
    found = session.scalar(select(Role).where(Role.name == name))
    if found is None:
        raise InputError(
            "There is no role {role}: take one of {roles}",
            role=name,
            roles=", ".join(sorted(session.scalars(select(Role.name)))),
        )
    return found


def hash_password(password: str) -> str:
    """Return what the store keeps of a password."""
    return str(CryptContext(**HASHING).hash(password))
