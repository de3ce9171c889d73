"""Photo of a place: upload, replace, delete."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_security import current_user

from geo.db.photos import delete_photo, store_photo
from geo.db.places import get_place
from geo.db.session import writing
from geo.errors import InputError
from geo.texts import without_invisible
from webmap.logic.photos import MAX_BYTES, redraw
from webmap.logic.without_mobiles import require_public
from webmap.manage.views import manage
from webmap.web.context import asked_district, engine
from webmap.web.security import requires, takes_files

MAX_CAPTION = 100


@manage.post("/places/<code>/photo")
@requires("editor")
@takes_files(MAX_BYTES)
def save_photo(code: str) -> ResponseReturnValue:
    """Store the sent picture as the photo of a place, or take its photo away."""
    caption = require_public(without_invisible(request.form.get("caption", "")).strip()) or None
    if caption and len(caption) > MAX_CAPTION:
        raise InputError(
            "A text has {length} characters; at most {limit} are kept", length=len(caption), limit=MAX_CAPTION
        )
    sent = request.files.get("photo")
    if "remove" not in request.form and (sent is None or not sent.filename):
        raise InputError("Choose a picture first")
    drawn = redraw(sent.read(), caption=caption) if sent and "remove" not in request.form else None
    with writing(engine()) as session:
        district = asked_district(session)
        get_place(session, district.code, code)
        if drawn:
            store_photo(session, district.code, code, *drawn, by=current_user.username)
        else:
            delete_photo(session, district.code, code)
    flash(gettext("The photo is saved.") if drawn else gettext("The photo is taken away."))
    return redirect(url_for("manage.place", code=code, district=request.args.get("district")))
