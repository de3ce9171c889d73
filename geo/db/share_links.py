"""Links that work without an account until they end: comments on a plan, a unit's numbers, participants, the leader.

Of a key only its digest is stored. A key made of a salt and a secret of the program (`salted_key`) can be shown
again to staff; the store alone does not give it.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from geo.db.departure_tables import ShareLink
from geo.errors import InputError, NotFoundError
from geo.tours.departures import LINK_SCOPES

SUBJECTS: dict[str, InstrumentedAttribute[int | None]] = {
    "comments": ShareLink.plan_id,
    "unit": ShareLink.unit_id,
    "participants": ShareLink.departure_id,
    "leader": ShareLink.departure_id,
}
"""The column that holds what a link of a scope is about."""


def open_link(
    session: Session, district: str, scope: str, subject: int, *, until: datetime, by: str, secret: str | None = None
) -> str:
    """Open a link and return its key; an earlier one of that scope and subject ends now.

    Parameters
    ----------
    scope : str
        One of `LINK_SCOPES`; `subject` is the id of its plan, unit or departure.
    secret : str or None
        With it the key can be shown again (`shown_key`); without, this is the only time.
    """
    if scope not in LINK_SCOPES:
        raise InputError("there is no link {value}", value=scope)
    end_link(session, scope, subject)
    salt = None if secret is None else secrets.token_urlsafe(16)
    key = secrets.token_urlsafe(24) if salt is None or secret is None else salted_key(secret, salt)
    link = ShareLink(district_code=district, scope=scope, digest=digest(key), salt=salt, ends_at=until, created_by=by)
    setattr(link, SUBJECTS[scope].key, subject)
    session.add(link)
    session.flush()
    return key


def end_link(session: Session, scope: str, subject: int) -> None:
    """End the link of a scope and subject, if there is one."""
    session.execute(delete(ShareLink).where(ShareLink.scope == scope, SUBJECTS[scope] == subject))
    session.flush()


def find_link(session: Session, key: str, *, now: datetime, scopes: Sequence[str] = LINK_SCOPES) -> ShareLink:
    """Return the link of a key.

    Raises
    ------
    NotFoundError
        There is none of these scopes, or it has ended: who has it is not told which.
    """
    link: ShareLink | None = session.scalar(select(ShareLink).where(ShareLink.digest == digest(key)))
    if link is None or link.ends_at <= now or link.scope not in scopes:
        raise NotFoundError("this link does not exist or has ended; ask whoever sent it for a new one")
    return link


def links_of(session: Session, scope: str, subjects: Sequence[int]) -> dict[int, ShareLink]:
    """Return the links of a scope by their subject, ended ones as well."""
    column = SUBJECTS[scope]
    found = session.scalars(select(ShareLink).where(ShareLink.scope == scope, column.in_(subjects)))
    return {getattr(link, column.key): link for link in found}


def shown_key(link: ShareLink, secret: str) -> str | None:
    """Return the key of a link again, None where it was shown only once or the program has another secret now."""
    if link.salt is None:
        return None
    key = salted_key(secret, link.salt)
    return key if hmac.compare_digest(digest(key), link.digest) else None


def salted_key(secret: str, salt: str) -> str:
    """Return the key that a secret and a salt make: 24 bytes of an HMAC, as text for an address."""
    made = hmac.digest(secret.encode(), f"share link {salt}".encode(), "sha256")
    return base64.urlsafe_b64encode(made[:24]).decode()


def digest(key: str) -> str:
    """Return what is kept of a key."""
    return hashlib.sha256(key.encode()).hexdigest()
