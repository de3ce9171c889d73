"""Show a refused form again, with the values that were sent, the error and what others have changed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from flask import request
from flask.typing import ResponseReturnValue

from geo.errors import ConflictError, GeoError, InputError, NotReadyError
from webmap.web.errors import answer_geo_error

Shown = Callable[[GeoError], ResponseReturnValue]
Show = TypeVar("Show", bound=Callable[..., ResponseReturnValue])

REFUSABLE = (ConflictError, InputError, NotReadyError)
"""What keeps a form from being saved and leaves the person at it; anything else is answered as everywhere."""

_SHOWN_BY: dict[str, Shown] = {}


@dataclass(frozen=True)
class Difference:
    """One field of a form where what is stored and what somebody wrote are not the same, both as people read them."""

    label: str
    stored: str
    written: str


def shows_refusal(endpoint: str) -> Callable[[Show], Show]:
    """Declare the function that shows the form of `endpoint` again, with the error that kept it from being saved."""

    def declare(show: Show) -> Show:
        _SHOWN_BY[endpoint] = show
        return show

    return declare


def answer_refusal(error: GeoError) -> ResponseReturnValue:
    """Show the form that was sent again, or answer as everywhere where no form says how."""
    show = _SHOWN_BY.get(request.endpoint or "")
    return show(error) if show else answer_geo_error(error)


def find_differences(fields: dict[str, tuple[str | None, str | None]]) -> list[Difference]:
    """Return the fields, by label, whose stored and written texts differ."""
    return [
        Difference(label, stored or "", written or "")
        for label, (stored, written) in fields.items()
        if (stored or "") != (written or "")
    ]
