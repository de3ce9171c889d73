"""The counter of what riders use, of the application that answers (`webmap.logic.usage`)."""

from collections.abc import Iterable

from flask import current_app, request

from geo.db.usage import Key
from webmap.logic.usage import UsageCounter
from webmap.web.pages import COUNTED, is_static


def note(keys: Iterable[Key]) -> None:
    """Count each of these once more; a page that is written into a folder is nobody's."""
    if is_static():
        return
    counter: UsageCounter = current_app.extensions["fuchun_usage"]
    counter.count(keys)


def came_by_code() -> bool:
    """Tell whether the page was opened by a QR code, and not by a link of a page that was."""
    return COUNTED in request.args and request.headers.get("Sec-Fetch-Site", "none") == "none"
