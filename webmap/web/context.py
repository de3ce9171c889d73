"""Accessors of a request: settings, store, district states and the interface document."""

from flask import abort, current_app, request
from flask_babel import gettext
from flask_security import current_user
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from geo.db.districts import resolve_district
from geo.db.tables import District
from geo.errors import NotFoundError, NotReadyError
from webmap.logic.config import Config
from webmap.logic.district_state import DistrictInfo, DistrictState
from webmap.logic.fonts import FONT_PACKAGE, Font
from webmap.logic.live_districts import LiveDistricts
from webmap.web import viewer
from webmap.web.access import access_of
from webmap.web.openapi import Interface
from webmap.web.security import ask_for_account


def config() -> Config:
    """Return the settings."""
    held: Config = current_app.extensions["fuchun_config"]
    return held


def engine() -> Engine:
    """Return the store."""
    held: Engine = current_app.extensions["fuchun_engine"]
    return held


def public_engine() -> Engine:
    """Return the store as the role that reads what is public."""
    held: Engine = current_app.extensions["fuchun_public_engine"]
    return held


def live() -> LiveDistricts:
    """Return the states of all districts that this worker holds in memory."""
    held: LiveDistricts = current_app.extensions["fuchun_live"]
    return held


def interface() -> Interface:
    """Return the interface document."""
    held: Interface = current_app.extensions["fuchun_interface"]
    return held


def store_notice() -> str | None:
    """Return what readers are told while the database is away; None while it answers."""
    if not live().is_store_away:
        return None
    said: str = gettext(
        "The database does not answer at the moment: this is the last known state, and nothing can be saved."
    )
    return said


def district_state() -> DistrictState:
    """Return the state of the district that the address names, else of the default district.

    Raises
    ------
    NotFoundError
        As `shown_state`.
    """
    return shown_state(request.args.get("district"))


def shown_state(code: str | None) -> DistrictState:
    """Return the state of a district, None or empty: of the default one.

    Raises
    ------
    NotFoundError
        If there is no such district, none at all, or it is hidden and no account asks.
    SeveralDistrictsError
        If none is named and several could be meant.
    """
    state = live().state(code or None)
    access = access_of(current_app, request.endpoint)
    if access is None or not access.is_by_district:
        require_district(state.district.code)
    if state.district.is_hidden and not is_staff():
        raise NotFoundError("district {code} is not shown at present", code=state.district.code)
    return state


def shown_districts() -> list[DistrictInfo]:
    """Return the districts that the public sees, real ones first."""
    return [district for district in live().districts() if not district.is_hidden]


def asked_district(session: Session) -> District:
    """Return the district that the address names, else the one that the installation or the store suggests."""
    return named_district(session, request.args.get("district"))


def named_district(session: Session, code: str | None) -> District:
    """Return a district, None or empty: as `asked_district`; refuse (403) an account that is limited to others."""
    limits = limited_districts()
    code = code or (limits[0] if len(limits) == 1 else None)
    found = resolve_district(session, code, preferred=config().default_district or None)
    require_district(found.code)
    return found


def limited_districts() -> list[str]:
    """Return the codes of the districts that the account of this request is limited to; empty: it is not limited."""
    access = access_of(current_app, request.endpoint)
    if access is None or not access.has_session or not current_user.is_authenticated:
        return []
    return viewer.districts()


def require_district(code: str) -> None:
    """Refuse (403) an account that is limited to other districts."""
    limits = limited_districts()
    if limits and code not in limits:
        abort(403)


def is_staff() -> bool:
    """Tell whether an account asks, where the endpoint reads a session; False too while the store cannot say."""
    access = access_of(current_app, request.endpoint)
    if access is None or not access.has_session:
        return False
    try:
        return bool(current_user.is_authenticated) and current_user.initial_until is None
    except SQLAlchemyError:
        return False


def planning_state(code: str | None) -> DistrictState:
    """Return the state of a district as `shown_state`, where its planning pages are open to who asks.

    Everybody else is led to the login page, or told (401) that this needs an account.
    """
    state = shown_state(code)
    if state.district.is_plan_open and not state.district.is_hidden:
        return state
    if not is_staff():
        abort(ask_for_account())
    limits = limited_districts()
    if limits and state.district.code not in limits:
        abort(403)
    return state


def print_font() -> Font:
    """Return the font to print with.

    Raises
    ------
    NotReadyError
        If none was found at the start.
    """
    font: Font | None = current_app.extensions["fuchun_font"]
    if font is None:
        raise NotReadyError(
            "no font with Chinese for print was found; install the package {package} or name a font file with "
            "FUCHUN_FONT",
            package=FONT_PACKAGE,
        )
    return font
