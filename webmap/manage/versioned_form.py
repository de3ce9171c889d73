"""Forms of rows with a version: show, show again when refused, save, and answer 409 to a stale version."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, TypeVar

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from geo.db.versioned import StaleError
from geo.errors import GeoError, InputError
from webmap.web.errors import kind_of

Form = TypeVar("Form")


def sent_version() -> int:
    """Return the version that the sent form is based on; 0, which is none, where it names none."""
    text = request.form.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def sent_text(name: str) -> str:
    """Return what somebody wrote into a field; a browser sends line ends as CR LF."""
    return request.form.get(name, "").replace("\r\n", "\n").strip()


def sent_date(name: str) -> date | None:
    """Return the day that was sent as ``YYYY-MM-DD``, None where none was, or raise `InputError`."""
    text = sent_text(name)
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise InputError("{value} is not a date such as 2026-11-23", value=text) from error


def read_form(kind: type[Form]) -> Form:
    """Return the sent form as a dataclass of texts."""
    return kind(**{name: sent_text(name) for name in kind.__dataclass_fields__})  # type: ignore[attr-defined]


def whole_number(text: str, name: str) -> int:
    """Return a whole number that somebody wrote, or raise `InputError`."""
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise InputError("{name}: {value} is not a whole number", name=name, value=text)
    return int(text)


def show_form(
    template: str,
    *,
    stored: Form,
    written: Form | None,
    error: GeoError | None,
    version: int | str = 0,
    based_on: int | str | None = None,
    differences: Callable[[Form, Form], Sequence[object]] | None = None,
    **values: Any,
) -> ResponseReturnValue:
    """Return the page of a form: as stored, or as `written` with the `error` that kept it from being saved.

    Parameters
    ----------
    template : str
        Reads ``form``, ``version``, ``error`` and ``differences``, and `values`.
    stored, written : Form
        What the store holds (or what a new one begins with), and what was sent; None: nothing was.
    error : GeoError or None
    version : int or str
        Of what is stored.
    based_on : int or str, optional
        The version that was sent; by default `sent_version`.
    differences : callable, optional
        Tells `stored` and `written` apart where somebody else has changed what is stored.
    """
    is_stale = isinstance(error, StaleError)
    if error is not None and not is_stale:
        # Sending the form after having seen the differences is a decision, so it names the new version then.
        version = sent_version() if based_on is None else based_on
    page = render_template(
        template,
        form=stored if written is None else written,
        version=version,
        error=error.localized(gettext) if error else None,
        differences=differences(stored, written) if differences and is_stale and written is not None else [],
        **values,
    )
    return page, kind_of(error).status if error else 200


def is_refused(endpoint: str, error: GeoError | None) -> bool:
    """Tell whether the form of an endpoint was sent and not saved: what was written is shown again."""
    return error is not None and request.endpoint == endpoint


def back_to(endpoint: str, words: str, **values: Any) -> ResponseReturnValue:
    """Say what was done, and lead to a page."""
    flash(words)
    return redirect(url_for(endpoint, district=request.args.get("district"), **values), 303)
