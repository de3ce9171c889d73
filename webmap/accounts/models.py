"""The tables of accounts: users, roles, sessions and failed logins.

Flask-Security asks for ``password``, ``active``, ``fs_uniquifier`` (it stands in the session, and a new one ends all
sessions of the account) and ``roles``; an account is known by its name, so no e-mail address is needed.
"""

from datetime import datetime

from flask_security import RoleMixin, UserMixin
from sqlalchemy import CheckConstraint, Column, ForeignKey, Table, func
from sqlalchemy.orm import Mapped, mapped_column, relationship

from geo.db.tables import Base, DistrictCode, Key

account_role = Table(
    "account_role",
    Base.metadata,
    Column("account_id", ForeignKey("account.id", ondelete="CASCADE"), primary_key=True),
    Column("role_id", ForeignKey("role.id", ondelete="CASCADE"), primary_key=True),
)


class Role(Base, RoleMixin):
    """What an account may do; one row for each of `webmap.web.access.ROLES`."""

    __tablename__ = "role"

    id: Mapped[Key]
    name: Mapped[str] = mapped_column(unique=True)


class Account(Base, UserMixin):
    """A member of staff; `username` is in lower case, `full_name` is what others read.

    Limited to the districts of `account_district` where it has any there, and to the towns of `account_town` likewise.
    `initial_until` where the password is the one that the program made: until then it logs in, to be changed.
    """

    __tablename__ = "account"
    __table_args__ = (CheckConstraint("username = lower(username)", name="username"),)

    id: Mapped[Key]
    username: Mapped[str] = mapped_column(unique=True)
    password: Mapped[str]
    active: Mapped[bool] = mapped_column(server_default="true")
    fs_uniquifier: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    initial_until: Mapped[datetime | None]
    full_name: Mapped[str | None]
    last_login_at: Mapped[datetime | None]  # type: ignore[assignment]
    roles: Mapped[list[Role]] = relationship(secondary=account_role)  # type: ignore[assignment]
    districts: Mapped[list["AccountDistrict"]] = relationship(cascade="all, delete-orphan", passive_deletes=True)
    towns: Mapped[list["AccountTown"]] = relationship(cascade="all, delete-orphan", passive_deletes=True)
    link: Mapped["LoginLink | None"] = relationship(cascade="all, delete-orphan", passive_deletes=True)

    @property
    def shown_name(self) -> str:
        """What others read: the full name, else the account's."""
        return self.full_name or self.username


class AccountDistrict(Base):
    """A district that an account works on; an account without any works on all."""

    __tablename__ = "account_district"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    district_code: Mapped[DistrictCode] = mapped_column(primary_key=True)


class AccountTown(Base):
    """A town whose places an account edits; an account without any edits all that its role lets it."""

    __tablename__ = "account_town"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    district_code: Mapped[DistrictCode] = mapped_column(primary_key=True)
    town_code: Mapped[str] = mapped_column(primary_key=True)


class LoginLink(Base):
    """The one link that lets an account take a password; `key` is the SHA-256 of the token in it."""

    __tablename__ = "login_link"

    key: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), unique=True)
    expires_at: Mapped[datetime]


class LoginSession(Base):
    """A session of an account; `key` is the SHA-256 of the token in its cookie."""

    __tablename__ = "login_session"

    key: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    began_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]


class LoginFailure(Base):
    """Failed logins and sent reports by keyed hash and quarter of an hour; holds neither names nor addresses."""

    __tablename__ = "login_failure"
    __table_args__ = {"prefixes": ["UNLOGGED"]}  # noqa: RUF012

    key: Mapped[str] = mapped_column(primary_key=True)
    period: Mapped[datetime] = mapped_column(primary_key=True)
    failures: Mapped[int]
