"""Accounts as an administrator keeps them: make, change, disable, and let in by a link that is shown once.

A link takes the place of a password that somebody would have to be told: whoever opens it takes a password of their
own. The store holds a digest of it, it ends after `LINK_LIFETIME`, and a new one ends the one before and all sessions.
"""

import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, selectinload

from geo.db.districts import resolve_district
from geo.db.versioned import stale
from geo.errors import ConflictError, InputError, NotFoundError
from webmap.accounts.models import Account, AccountDistrict, AccountTown, LoginLink, LoginSession, Role
from webmap.accounts.sessions import hashed
from webmap.accounts.setup import PASSWORD_BYTES, checked_name, find_role, hash_password

LINK_BYTES = 32
LINK_LIFETIME = timedelta(hours=24)
MAX_FULL_NAME = 64
TOWN_ROLE = "editor"
"""The role that may be limited to towns."""


@dataclass(frozen=True, kw_only=True)
class AccountDraft:
    """What an account should be.

    Attributes
    ----------
    full_name : str
        What others read.
    role : str
    districts : tuple of str
        Codes; none: all districts.
    towns : tuple of (str, str)
        Codes of districts and towns; none: all towns. Only for `TOWN_ROLE`.
    """

    full_name: str
    role: str
    districts: tuple[str, ...] = ()
    towns: tuple[tuple[str, str], ...] = ()


def list_accounts(session: Session) -> Sequence[Account]:
    """Return all accounts, active ones first, with their roles, limits and links."""
    return session.scalars(
        select(Account)
        .options(
            selectinload(Account.roles),
            selectinload(Account.districts),
            selectinload(Account.towns),
            selectinload(Account.link),
        )
        .order_by(Account.active.desc(), Account.username)
    ).all()


def get_account(session: Session, username: str) -> Account:
    """Return an account by its name, or raise `NotFoundError`."""
    found = session.scalar(select(Account).where(Account.username == username.strip().lower()))
    if found is None:
        raise NotFoundError("There is no account {name}", name=username)
    return found


def make_account(session: Session, username: str, draft: AccountDraft) -> str:
    """Add an account that nobody can log in to but by a link, and return the token of that link.

    Raises
    ------
    ConflictError
        The name is taken.
    InputError
        The name, the full name, the role or the towns cannot be.
    """
    name = checked_name(session, username)
    password = hash_password(secrets.token_urlsafe(PASSWORD_BYTES))
    account = Account(username=name, password=password, fs_uniquifier=uuid.uuid4().hex, active=True)
    session.add(account)
    _set(session, account, draft)
    return make_link(session, name)


def account_version(account: Account) -> str:
    """Return a text that differs whenever the name, the role or a limit of an account has changed."""
    facts = (
        account.full_name,
        sorted(role.name for role in account.roles),
        sorted(limit.district_code for limit in account.districts),
        sorted((limit.district_code, limit.town_code) for limit in account.towns),
    )
    return hashed(repr(facts))[:16]


def change_account(session: Session, username: str, draft: AccountDraft, *, version: str | None = None) -> None:
    """Give an account another name, role or limits; `version` is that of the account that this is based on.

    Raises
    ------
    NotFoundError
        There is no such account.
    StaleError
        Somebody has changed it since `version`.
    ConflictError
        It is the last administrator.
    InputError
        As `make_account`.
    """
    account = get_account(session, username)
    session.refresh(account, with_for_update={"of": Account})
    if version is not None and account_version(account) != version:
        raise stale(account.shown_name)
    if draft.role != "admin":
        _require_other_admin(session, account)
    _set(session, account, draft)


def set_active(session: Session, username: str, *, is_active: bool) -> None:
    """Disable an account, whose sessions and link end with that, or enable it again.

    Raises
    ------
    NotFoundError
        There is no such account.
    ConflictError
        It is the last administrator.
    """
    account = get_account(session, username)
    if not is_active:
        _require_other_admin(session, account)
        session.execute(delete(LoginSession).where(LoginSession.account_id == account.id))
        session.execute(delete(LoginLink).where(LoginLink.account_id == account.id))
    account.active = is_active
    session.flush()


def make_link(session: Session, username: str) -> str:
    """Return the token of a new link for an account; its password, its sessions and its earlier link end.

    Raises
    ------
    NotFoundError
        There is no such account.
    ConflictError
        It is disabled.
    """
    account = get_account(session, username)
    if not account.active:
        raise ConflictError("The account {name} is disabled: enable it first", name=account.username)
    token = secrets.token_urlsafe(LINK_BYTES)
    account.password = hash_password(secrets.token_urlsafe(PASSWORD_BYTES))
    account.initial_until = None
    session.execute(delete(LoginSession).where(LoginSession.account_id == account.id))
    session.execute(delete(LoginLink).where(LoginLink.account_id == account.id))
    session.add(LoginLink(key=hashed(token), account_id=account.id, expires_at=datetime.now(UTC) + LINK_LIFETIME))
    session.flush()
    return token


def account_of_link(session: Session, token: str) -> Account:
    """Return the active account that a link lets in.

    Raises
    ------
    NotFoundError
        The link was used, has ended, or never was.
    """
    found = session.scalar(
        select(Account)
        .join(LoginLink, LoginLink.account_id == Account.id)
        .where(LoginLink.key == hashed(token), LoginLink.expires_at > datetime.now(UTC), Account.active)
    )
    if found is None:
        raise NotFoundError("This link was used already or has ended. Ask an administrator for a new one.")
    return found


def take_password(session: Session, token: str, password_hash: str) -> int:
    """Give the account of a link its password, end the link, and return the account's key; `NotFoundError` as above."""
    account = account_of_link(session, token)
    ended = session.execute(delete(LoginLink).where(LoginLink.key == hashed(token)).returning(LoginLink.account_id))
    if ended.first() is None:  # somebody else has used it at this very moment
        raise NotFoundError("This link was used already or has ended. Ask an administrator for a new one.")
    account.password, account.initial_until = password_hash, None
    session.flush()
    return account.id


def _set(session: Session, account: Account, draft: AccountDraft) -> None:
    name = draft.full_name.strip()
    if not name or len(name) > MAX_FULL_NAME or not name.isprintable():
        raise InputError("A person's name has 1 to {limit} printable characters", limit=MAX_FULL_NAME)
    if draft.towns and draft.role != TOWN_ROLE:
        raise InputError("Only the role {role} is limited to towns", role=TOWN_ROLE)
    if draft.districts and draft.role == "admin":
        raise InputError("An administrator works on all districts: leave them empty, or choose another role")
    for code in {*draft.districts, *(district for district, _ in draft.towns)}:
        resolve_district(session, code)
    account.full_name = name
    account.roles = [find_role(session, draft.role)]
    account.districts = [AccountDistrict(district_code=code) for code in dict.fromkeys(draft.districts)]
    account.towns = [AccountTown(district_code=code, town_code=town) for code, town in dict.fromkeys(draft.towns)]
    session.flush()


def _require_other_admin(session: Session, account: Account) -> None:
    # Locked: of two administrators who disable each other at once, one stays.
    admins = session.scalars(
        select(Account)
        .where(Account.active, Account.roles.any(Role.name == "admin"))
        .order_by(Account.id)
        .with_for_update(of=Account)
    ).all()
    if [each.id for each in admins] == [account.id]:
        raise ConflictError("{name} is the last administrator: make another one first", name=account.shown_name)
