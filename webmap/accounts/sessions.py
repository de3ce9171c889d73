"""Sessions of accounts in the store: the cookie names one; a session that was ended is refused."""

import hashlib
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from flask import g
from flask import session as cookie
from flask_security.utils import set_request_attr
from sqlalchemy import Engine, delete, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from geo.db.session import writing
from webmap.accounts.models import Account, LoginSession

NAME = "sid"
"""Where the token stands in the cookie."""
TOKEN_BYTES = 32
LIFETIME = timedelta(hours=12)
"""Whoever works on logs in once a day; nothing prolongs a session."""


def begin(engine: Engine, account_id: int, *, ends_others: bool = False) -> None:
    """Begin a session of an account for who sent this request; the one that the cookie named before is over.

    `ends_others`: so is every other session of the account.
    """
    token = secrets.token_urlsafe(TOKEN_BYTES)
    now = datetime.now(UTC)
    replaced = [hashed(cookie[NAME])] if NAME in cookie else []
    with writing(engine) as session:
        is_over = (LoginSession.expires_at <= now) | LoginSession.key.in_(replaced)
        if ends_others:
            is_over |= LoginSession.account_id == account_id
        session.execute(delete(LoginSession).where(is_over))
        session.add(LoginSession(key=hashed(token), account_id=account_id, expires_at=now + LIFETIME))
    cookie[NAME] = token


def end(engine: Engine) -> None:
    """End the session that the cookie names."""
    token = cookie.pop(NAME, None)
    if token is not None:
        with writing(engine) as session:
            session.execute(delete(LoginSession).where(LoginSession.key == hashed(token)))


def loader(sessions: Callable[[], Session]) -> Callable[[str], Account | None]:
    """Return what finds the account of a cookie: an active one whose session has begun and is not over.

    Where the store does not answer it raises once in a request; the page that says so is drawn as for nobody.
    """

    def load(uniquifier: str) -> Account | None:
        token = cookie.get(NAME)
        if not isinstance(token, str) or "is_store_away" in g:
            return None
        try:
            account = sessions().scalar(
                select(Account)
                .join(LoginSession, LoginSession.account_id == Account.id)
                .where(
                    Account.fs_uniquifier == uniquifier,
                    Account.active,
                    LoginSession.key == hashed(token),
                    LoginSession.expires_at > datetime.now(UTC),
                )
            )
        except OperationalError:
            g.is_store_away = True
            raise
        if account is not None:
            # What Flask-Security's own loader tells its views.
            set_request_attr("fs_authn_via", "session")
            set_request_attr("fs_paa", cookie.get("fs_paa", 0))
        return account

    return load


def hashed(token: str) -> str:
    """Return what the store keeps of a token."""
    return hashlib.sha256(token.encode()).hexdigest()
