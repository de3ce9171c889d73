"""The picture that a form sends, as it is kept."""

from flask import request

from geo.db.photos import PhotoFacts
from geo.errors import InputError
from geo.texts import without_invisible
from webmap.logic.photos import redraw
from webmap.logic.without_mobiles import require_public

MAX_CAPTION = 100


def sent_photo() -> tuple[bytes, PhotoFacts]:
    """Return the picture ``photo`` of the form, drawn again, with its ``caption``.

    Raises
    ------
    InputError
        If no file was sent, the file is not a picture, or the caption is too long or contains a mobile number.
    """
    caption = require_public(without_invisible(request.form.get("caption", "")).strip()) or None
    if caption and len(caption) > MAX_CAPTION:
        raise InputError(
            "A text has {length} characters; at most {limit} are kept", length=len(caption), limit=MAX_CAPTION
        )
    sent = request.files.get("photo")
    if sent is None or not sent.filename:
        raise InputError("Choose a picture first")
    return redraw(sent.read(), caption=caption)
