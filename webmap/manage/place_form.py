"""Form of a place: its values, the change that a sent form asks for, and the differences at a conflict."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from werkzeug.datastructures import MultiDict

from geo.db.places import FunctionChange, PlaceChange, place_version
from geo.db.special_days import SpecialDayText, as_special_day, as_text
from geo.db.tables import Place

MAX_FUNCTIONS = 20


def read_change(form: MultiDict[str, str], *, now: datetime) -> PlaceChange:
    """Return what the sent `form` asks for; `now` is the confirmation time if it confirms."""
    kinds = form.getlist("function")[:MAX_FUNCTIONS]
    return PlaceChange(
        version=form.get("version", ""),
        status=form.get("status", ""),
        how_to_get_in=_text(form, "how_to_get_in"),
        service_contact=_text(form, "service_contact"),
        functions=tuple(
            FunctionChange(
                kind=kind,
                hours=_text(form, f"{kind}.hours"),
                services=tuple(form.getlist(f"{kind}.services")),
                special_days=_special_days(form, kind),
            )
            for kind in kinds
        ),
        confirmed_at=now if "confirm" in form else None,
    )


def as_change(place: Place) -> PlaceChange:
    """Return `place` as it stands, as the change that would leave it so."""
    return PlaceChange(
        version=place_version(place),
        status=place.status,
        how_to_get_in=place.how_to_get_in,
        service_contact=place.service_contact,
        functions=tuple(
            FunctionChange(
                kind=f.kind,
                hours=f.hours,
                services=tuple(f.services),
                special_days=tuple(as_text(as_special_day(day)) for day in f.special_days),
            )
            for f in place.functions
        ),
        confirmed_at=None,
    )


@dataclass(frozen=True)
class Difference:
    """One field of a place where what is stored and what somebody wrote are not the same.

    `field` is a name in `PlaceChange`, of `kind` where it belongs to a function.
    """

    field: str
    kind: str | None
    stored: str | tuple[str, ...] | None
    written: str | tuple[str, ...] | None


def differences(stored: PlaceChange, written: PlaceChange) -> list[Difference]:
    """Return the fields in which `written` differs from `stored`, in the order of the form."""
    found = [
        Difference(field, None, getattr(stored, field), getattr(written, field))
        for field in ("status", "how_to_get_in", "service_contact")
        if getattr(stored, field) != getattr(written, field)
    ]
    functions: Mapping[str, FunctionChange] = {function.kind: function for function in stored.functions}
    for theirs in written.functions:
        ours = functions.get(theirs.kind)
        if ours is None:
            continue
        if ours.hours != theirs.hours:
            found.append(Difference("hours", theirs.kind, ours.hours, theirs.hours))
        if theirs.special_days is not None and set(ours.special_days or ()) != set(theirs.special_days):
            stored_days, written_days = (_day_lines(each.special_days) for each in (ours, theirs))
            found.append(Difference("special_days", theirs.kind, stored_days, written_days))
        if set(ours.services) != set(theirs.services):
            found.append(Difference("services", theirs.kind, ours.services, theirs.services))
    return found


def _special_days(form: MultiDict[str, str], kind: str) -> tuple[SpecialDayText, ...] | None:
    """Return the special days of a sent form, without rows left empty; None if the form has no rows for them."""
    names = ("first", "last", "hours", "note")
    columns = [[_clean(value) for value in form.getlist(f"{kind}.special.{name}")] for name in names]
    if not columns[0]:
        return None
    return tuple(
        SpecialDayText(first=first, last=last, hours=hours or None, note=note or None)
        for first, last, hours, note in zip(*columns, strict=False)
        if first or last or hours or note
    )


def _day_lines(days: tuple[SpecialDayText, ...] | None) -> tuple[str, ...]:
    return tuple(
        " ".join(filter(None, (f"{day.first}–{day.last}", day.hours or "off", day.note))) for day in days or ()
    )


def _text(form: MultiDict[str, str], name: str) -> str | None:
    # PostgreSQL stores no NUL, and a browser sends line ends as CR LF.
    return _clean(form.get(name, "")) or None


def _clean(value: str) -> str:
    return value.replace("\0", "").replace("\r\n", "\n").strip()
