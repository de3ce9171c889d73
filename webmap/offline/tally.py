"""``POST /device/<district>/tally``: a phone that answers by itself says that it has, and to what; not where it is."""

from flask import request
from flask.typing import ResponseReturnValue

from geo.db.tables import SERVICES
from geo.errors import InputError
from webmap.logic.usage import ALWAYS, keys_of_question, keys_of_station
from webmap.offline.phone_pack import device
from webmap.web.access import from_our_pages, public
from webmap.web.context import shown_state
from webmap.web.usage import note

__all__ = ["device"]


@device.post("/<district>/tally")
@public
@from_our_pages
def tally(district: str) -> ResponseReturnValue:
    """Count an answer (``asked``: choices, ``missed``), or a way (``go``).

    Which station came first would say where somebody is, and is not told.
    """
    state = shown_state(district)
    known = state.place_by_code
    if "go" in request.form:
        code = request.form["go"]
        if code not in known:
            raise InputError("there is no station {code} in this district", code=code[:40])
        note(keys_of_station(state, "go", code))
    else:
        asked = [code for code in request.form.getlist("asked") if code in SERVICES or code == ALWAYS]
        missed = "missed" in request.form
        note(keys_of_question(state, None, asked, is_missed=missed))
    return "", 204
