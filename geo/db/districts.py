"""What an administrator does with a whole district: rename, set as default, hide, delete; and what it holds."""

from dataclasses import dataclass

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from geo.db.layers import resolve_district
from geo.db.tables import Base, District
from geo.errors import InputError
from geo.texts import require_name


@dataclass(frozen=True)
class Holding:
    """How many rows of a table belong to a district."""

    table: str
    rows: int


LISTED = (
    "region", "street_edge", "demand_point", "place", "hotspot", "key_area", "gap_entry", "visit", "town_total",
    "benefit", "activity", "tour", "candidate", "place_photo",
)  # fmt: skip
"""Tables whose rows people know by name, in the order in which they are said; the others are parts of these."""


def holdings(session: Session, code: str) -> list[Holding]:
    """Return what a district holds, of the tables that people know by name; tables without a row are left out."""
    tables = Base.metadata.tables
    found = []
    for name in LISTED:
        table = tables[name]
        rows = session.scalar(select(func.count()).select_from(table).where(table.c.district_code == code)) or 0
        if rows:
            found.append(Holding(name, rows))
    return found


def set_default(session: Session, code: str | None) -> None:
    """Make a district the one that requests mean that name none; None: none is.

    Raises
    ------
    NotFoundError
        If there is no such district.
    InputError
        If it is hidden.
    """
    if code is not None and resolve_district(session, code).is_hidden:
        raise InputError("district {code} is hidden: show it first", code=code)
    session.execute(update(District).where(District.is_default).values(is_default=False))
    if code is not None:
        session.execute(update(District).where(District.code == code).values(is_default=True))
    session.expire_all()


def rename_district(session: Session, code: str, *, name: str, name_en: str | None = None) -> None:
    """Give a district another name; `name_en` None: the English one stays.

    Raises
    ------
    NotFoundError
        If there is no such district.
    InputError
        If the name is empty or long.
    """
    district = resolve_district(session, code)
    district.name = require_name(name.strip())
    if name_en is not None:
        district.name_en = require_name(name_en.strip())
    session.flush()


def set_hidden(session: Session, code: str, *, is_hidden: bool) -> None:
    """Hide a district from the public or show it again; what is hidden is no default any more.

    Raises
    ------
    NotFoundError
        If there is no such district.
    InputError
        If no other district is shown.
    """
    district = resolve_district(session, code)
    others = select(func.count()).select_from(District).where(District.code != code, ~District.is_hidden)
    if is_hidden and not session.scalar(others):
        raise InputError("{name} is the only district that is shown: it cannot be hidden", name=district.name)
    district.is_hidden = is_hidden
    district.is_default = district.is_default and not is_hidden
    session.flush()


def delete_district(session: Session, code: str) -> list[Holding]:
    """Remove a district with all that it holds, and return what that was.

    Raises
    ------
    NotFoundError
        If there is no such district.
    """
    district = resolve_district(session, code)
    held = holdings(session, code)
    session.execute(text("SET LOCAL statement_timeout = 0"))
    session.delete(district)
    session.flush()
    return held
