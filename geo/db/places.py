"""Places as staff edit them one by one, with optimistic locking."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, selectinload

from geo.db.special_days import SpecialDayText, close_temporarily, set_special_days
from geo.db.tables import PLACE_STATES, SERVICES, Place, PlaceFunction, SpecialDayRow
from geo.db.versioned import stale
from geo.errors import InputError, NotFoundError
from geo.hours import normalize_hours, parse_hours
from geo.records import MAX_TEXT
from geo.texts import without_invisible

MAX_LISTED = 2000
"""Places in one list; a district has some hundred."""


@dataclass(frozen=True, kw_only=True)
class FunctionChange:
    """What the function `kind` of a place should become.

    `hours` is OSM ``opening_hours`` or as registers write them, None: not known; `special_days` None: as they are.
    """

    kind: str
    hours: str | None
    services: tuple[str, ...]
    special_days: tuple[SpecialDayText, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class PlaceChange:
    """What a place should become.

    Attributes
    ----------
    version : str
        `place_version` of the place that the change is based on.
    status : str
        One of `PLACE_STATES`.
    how_to_get_in, service_contact : str or None
        Texts, None where nothing is known.
    functions : tuple of FunctionChange
        The functions to set; others stay as they are.
    confirmed_at : datetime or None
        When somebody has made sure of all this; None leaves the last time.
    """

    version: str
    status: str
    how_to_get_in: str | None
    service_contact: str | None
    functions: tuple[FunctionChange, ...]
    confirmed_at: datetime | None


def list_places(session: Session, district_code: str) -> Sequence[Place]:
    """Return the places of a district with their functions, by code, at most `MAX_LISTED`."""
    found = (
        select(Place)
        .where(Place.district_code == district_code)
        .options(selectinload(Place.functions))
        .order_by(Place.code)
        .limit(MAX_LISTED)
    )
    return session.scalars(found).all()


def get_place(session: Session, district_code: str, code: str) -> Place:
    """Return one place with its functions.

    Raises
    ------
    NotFoundError
        The district has no such place.
    """
    functions = selectinload(Place.functions).selectinload(PlaceFunction.special_days)
    place = session.scalar(_one_place(district_code, code).options(functions))
    if place is None:
        raise _no_place(district_code, code)
    return place


def place_version(place: Place) -> str:
    """Return a text that differs whenever the row of `place` or of one of its functions has changed.

    Their row versions are counted by the database, so an edit made in QGIS differs as well.
    """
    functions = sorted(place.functions, key=lambda function: function.kind)
    days = sorted((day.id, day.row_version) for function in functions for day in function.special_days)
    return ".".join(
        [
            str(place.row_version),
            *(f"{f.kind}-{f.id}-{f.row_version}" for f in functions),
            *(f"d{number}-{version}" for number, version in days),
        ]
    )


def update_place(session: Session, district_code: str, code: str, change: PlaceChange) -> None:
    """Make `change` to a place in the transaction of `session`.

    Raises
    ------
    NotFoundError
        The district has no such place.
    StaleError
        The place has changed since the version that the change names.
    InputError
        A status, service, function or hours that cannot be.
    """
    # Locked and read again: whoever changes these rows waits for us, and what was changed before is seen here.
    locked = {"populate_existing": True}
    place = session.scalar(_one_place(district_code, code).with_for_update(), execution_options=locked)
    if place is None:
        raise _no_place(district_code, code)
    rows = select(PlaceFunction).where(PlaceFunction.place_id == place.id).with_for_update()
    functions = {function.kind: function for function in session.scalars(rows, execution_options=locked)}
    days = select(SpecialDayRow).where(SpecialDayRow.function_id.in_(each.id for each in functions.values()))
    session.scalars(days.with_for_update(), execution_options=locked).all()
    if place_version(place) != change.version:
        raise stale(place.name)
    if change.status not in PLACE_STATES:
        raise InputError("{value} is not a status of a place", value=change.status)
    place.status = change.status
    place.how_to_get_in = _checked_text(change.how_to_get_in)
    place.service_contact = _checked_text(change.service_contact)
    if change.confirmed_at is not None:
        place.confirmed_at = change.confirmed_at
    for wanted in change.functions:
        if wanted.kind not in functions:
            raise InputError("{name} has no function {kind}", name=place.name, kind=wanted.kind)
        _change_function(functions[wanted.kind], wanted)
    session.flush()


def close_place(session: Session, district_code: str, code: str, *, first: date, last: str, note: str | None) -> None:
    """Close a place with all its functions from a day to the end that is named (``2026-10-01``).

    Raises
    ------
    NotFoundError
        The district has no such place.
    InputError
        The end cannot be read or lies before the first day.
    """
    close_temporarily(get_place(session, district_code, code), first=first, last=last, note=_checked_text(note))
    session.flush()


def confirm_place(session: Session, district_code: str, code: str, *, at: datetime) -> None:
    """Note that somebody has made sure of a place, without any other change.

    Raises
    ------
    NotFoundError
        The district has no such place.
    """
    get_place(session, district_code, code).confirmed_at = at
    session.flush()


def _one_place(district_code: str, code: str) -> Select[Place]:
    return select(Place).where(Place.district_code == district_code, Place.code == code)


def _no_place(district_code: str, code: str) -> NotFoundError:
    return NotFoundError("There is no place {code} in district {district}", code=code, district=district_code)


def _change_function(function: PlaceFunction, wanted: FunctionChange) -> None:
    unknown = set(wanted.services) - set(SERVICES)
    if unknown:
        raise InputError("{value} is not a service", value=", ".join(sorted(unknown)))
    # Hours as they stand are kept letter for letter; the library may spell them differently.
    if wanted.hours != function.hours:
        function.hours = parse_hours(normalize_hours(wanted.hours) or wanted.hours).text if wanted.hours else None
    if set(wanted.services) != set(function.services):
        function.services = [service for service in SERVICES if service in wanted.services]
    if wanted.special_days is not None:
        set_special_days(function, wanted.special_days)


def _checked_text(value: str | None) -> str | None:
    text = without_invisible(value or "").strip()
    if len(text) > MAX_TEXT:
        raise InputError("A text has {length} characters; at most {limit} are kept", length=len(text), limit=MAX_TEXT)
    return text or None
