"""Photo of a place: upload, replace, delete."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from geo.db.photos import delete_photo, store_photo
from geo.db.places import get_place
from geo.db.session import writing
from webmap.logic.photos import MAX_BYTES
from webmap.manage.blueprint import manage
from webmap.web import viewer
from webmap.web.access import requires, takes_files
from webmap.web.context import asked_district, engine
from webmap.web.sent_photo import sent_photo


@manage.post("/places/<code>/photo")
@requires("editor")
@takes_files(MAX_BYTES)
def save_photo(code: str) -> ResponseReturnValue:
    """Store the sent picture as the photo of a place, or take its photo away."""
    drawn = None if "remove" in request.form else sent_photo()
    with writing(engine()) as session:
        district = asked_district(session)
        viewer.require_town(district.code, get_place(session, district.code, code).region_code)
        if drawn:
            store_photo(session, district.code, code, *drawn, by=viewer.name())
        else:
            delete_photo(session, district.code, code)
    flash(gettext("The photo is saved.") if drawn else gettext("The photo is taken away."))
    return redirect(url_for("manage.place", code=code, district=request.args.get("district")))
