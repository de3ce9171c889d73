"""Districts: find the one that is meant, its outline; store, rename, set as default, hide or delete one."""

import hashlib
import re
from dataclasses import dataclass
from typing import Any

import shapely
from sqlalchemy import func, insert, select, text, update
from sqlalchemy.orm import Session

from geo.db.ewkt import ewkt, multi_polygon
from geo.db.tables import Base, District
from geo.db.versioned import stale
from geo.errors import ConflictError, InputError, MissingDataError, NotFoundError, SeveralDistrictsError
from geo.texts import require_code, require_name


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


def list_districts(session: Session) -> list[District]:
    """Return every district, real ones first."""
    order = {"real": 0, "sample": 1, "demo": 2}
    return sorted(session.scalars(select(District)), key=lambda d: (order[d.status], d.code))


def resolve_district(session: Session, code: str | None, *, preferred: str | None = None) -> District:
    """Return the district a request means: `code`, else the default, else the only real one, else the sample.

    Parameters
    ----------
    session : Session
    code : str or None
    preferred : str, optional
        The installation's default, where the administrator has set none.

    Raises
    ------
    NotFoundError
        If `code` is not there, or nothing is loaded.
    SeveralDistrictsError
        If there is no default and more than one real district is shown.
    """
    districts = list_districts(session)
    if code is None:
        code = next((district.code for district in districts if district.is_default), preferred)
    if code is not None:
        for district in districts:
            if district.code == code:
                return district
        known = ", ".join(d.code for d in districts) or "-"
        raise NotFoundError("district {code} is not loaded; there are: {known}", code=code, known=known)
    for status in ("real", "sample", "demo"):
        found = [d for d in districts if d.status == status and not d.is_hidden]
        if len(found) == 1:
            return found[0]
        if found:
            codes = [d.code for d in found]
            raise SeveralDistrictsError(
                "several districts are loaded ({known}); choose one with --district, or set a default",
                codes=codes,
                known=", ".join(codes),
            )
    raise NotFoundError("no district is loaded yet; run: fuchun init --sample, or fuchun load boundaries FILE")


def district_outline(session: Session, code: str) -> shapely.Geometry | None:
    """Return the outline of a district, EPSG:4326, or None while it has none."""
    wkb = session.execute(select(func.ST_AsBinary(District.outline)).where(District.code == code)).scalar_one_or_none()
    return None if wkb is None else shapely.from_wkb(bytes(wkb))


def require_outline(session: Session, code: str) -> shapely.Geometry:
    """Return the outline of a district, EPSG:4326, or raise `MissingDataError`."""
    outline = district_outline(session, code)
    if outline is None:
        raise MissingDataError("district {district} has no boundaries yet", what="boundaries", district=code)
    return outline


def save_district(session: Session, code: str, **columns: Any) -> None:
    """Create a district, or set `columns` of it; `outline` is a shapely (Multi)Polygon."""
    require_code(code)
    require_name(columns.get("name") or "")
    if isinstance(columns.get("outline"), shapely.Geometry):
        columns["outline"] = ewkt(multi_polygon(columns["outline"]))
    if session.get(District, code) is None:
        session.execute(insert(District).values(code=code, **columns))
    elif columns:
        session.execute(update(District).where(District.code == code).values(**columns))
    session.expire_all()


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


def create_district(session: Session, code: str, *, name: str) -> None:
    """Add an empty district; where others are shown, it is hidden until an administrator shows it.

    Raises
    ------
    InputError
        If the code cannot be one, or the name is empty or long.
    ConflictError
        If there is a district of that code.
    """
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,32}", code):
        raise InputError("the district code {value} may hold only letters, digits, - and _", value=code[:40])
    if session.get(District, code) is not None:
        raise ConflictError("there is a district {code} already", code=code)
    is_first = session.scalar(select(func.count()).select_from(District)) == 0
    english = name if name.isascii() else code
    session.add(District(code=code, name=require_name(name), name_en=english, calendar="cn", is_hidden=not is_first))
    session.flush()


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


def names_version(district: District) -> str:
    """Return a text that differs whenever a name of a district has changed."""
    return hashlib.sha256(f"{district.name}\n{district.name_en}".encode()).hexdigest()[:16]


def rename_district(
    session: Session, code: str, *, name: str, name_en: str | None = None, version: str | None = None
) -> None:
    """Give a district another name; `name_en` None: the English one stays.

    `version` is the `names_version` that this is based on.

    Raises
    ------
    NotFoundError
        If there is no such district.
    StaleError
        If somebody has renamed it since `version`.
    InputError
        If the name is empty or long.
    """
    district = resolve_district(session, code)
    session.refresh(district, with_for_update=True)
    if version is not None and names_version(district) != version:
        raise stale(district.name)
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


def publish_plan(session: Session, code: str, *, is_public: bool) -> None:
    """Let everybody read the planning pages of a district, or staff alone.

    Raises
    ------
    NotFoundError
        If there is no such district.
    """
    resolve_district(session, code).is_plan_public = is_public
    session.flush()


_LIMITED_TO_IT_ALONE = text(
    """
    SELECT coalesce(a.full_name, a.username) FROM account AS a
    WHERE (EXISTS (SELECT FROM account_district AS d WHERE d.account_id = a.id)
           AND NOT EXISTS (SELECT FROM account_district AS d WHERE d.account_id = a.id AND d.district_code <> :code))
       OR (EXISTS (SELECT FROM account_town AS t WHERE t.account_id = a.id)
           AND NOT EXISTS (SELECT FROM account_town AS t WHERE t.account_id = a.id AND t.district_code <> :code))
    ORDER BY a.username
    """
)


def require_no_limits(session: Session, code: str) -> None:
    """Raise `ConflictError` where accounts are limited to a district or to towns of it alone.

    No limit means all districts or towns: without the district such an account could do more than before.
    """
    names = [str(name) for name in session.scalars(_LIMITED_TO_IT_ALONE, {"code": code})]
    if names:
        raise ConflictError(
            "These accounts are limited to this district: {names}. Give them other districts or towns first",
            names=", ".join(names[:10]),
        )


def delete_district(session: Session, code: str) -> list[Holding]:
    """Remove a district with all that it holds, and return what that was.

    Raises
    ------
    NotFoundError
        If there is no such district.
    ConflictError
        As `require_no_limits`.
    """
    district = resolve_district(session, code)
    session.refresh(district, with_for_update=True)  # nobody is limited to it from here on
    require_no_limits(session, code)
    held = holdings(session, code)
    session.execute(text("SET LOCAL statement_timeout = 0"))
    session.delete(district)
    session.flush()
    return held
