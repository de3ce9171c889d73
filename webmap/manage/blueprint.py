"""The blueprint that all pages of staff belong to, and the first page after logging in."""

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from webmap.manage.refused_forms import REFUSABLE, answer_refusal
from webmap.web import viewer
from webmap.web.access import staff

manage = Blueprint("manage", __name__, url_prefix="/manage")


@manage.get("/start")
@staff
def start() -> ResponseReturnValue:
    """Lead an account that has logged in to the first page that is its own."""
    is_organiser = viewer.may("organiser") and not viewer.may("admin")
    return redirect(url_for("organiser.build" if is_organiser else "manage.workbench"))


for refusable in REFUSABLE:
    manage.register_error_handler(refusable, answer_refusal)
