"""Accessors of a request: settings, store, district states and the interface document."""

from flask import current_app, request
from flask_babel import gettext
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from geo.db.layers import resolve_district
from geo.db.tables import District
from geo.errors import NotFoundError
from webmap.logic.config import Config
from webmap.logic.district_state import DistrictInfo, DistrictState
from webmap.logic.live import Live
from webmap.web.openapi import Interface
from webmap.web.security import access_of


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


def live() -> Live:
    """Return the states of all districts that this worker holds in memory."""
    held: Live = current_app.extensions["fuchun_live"]
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
        If there is no such district, none at all, or the request is one of the public and the district is hidden.
    SeveralDistrictsError
        If none is named and several could be meant.
    """
    state = live().state(code or None)
    access = access_of(current_app, request.endpoint)
    if state.district.is_hidden and (access is None or not access.has_session):
        raise NotFoundError("district {code} is not shown at present", code=state.district.code)
    return state


def shown_districts() -> list[DistrictInfo]:
    """Return the districts that the public sees, real ones first."""
    return [district for district in live().districts() if not district.is_hidden]


def asked_district(session: Session) -> District:
    """Return the district that the address names, else the one that the installation or the store suggests."""
    return resolve_district(session, request.args.get("district") or None, preferred=config().default_district or None)
