"""The page on which people choose their district, wherever an address names none and several could be meant."""

from flask import Flask, Response, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from geo.errors import SeveralDistrictsError
from webmap.web.context import live
from webmap.web.errors import answer_geo_error, is_program
from webmap.web.i18n import html_lang


def init_app(app: Flask) -> None:
    """Let `app` show the choice to people; programs get a problem that names the districts."""
    app.register_error_handler(SeveralDistrictsError, show_choice)


def show_choice(error: SeveralDistrictsError) -> ResponseReturnValue:
    """Answer with the districts, each a link to the page that was asked for."""
    if is_program():
        return answer_geo_error(error)
    known = {district.code: district for district in live().districts()}
    page = render_template(
        "web/choice.html",
        choices=[known[code] for code in error.codes if code in known],
        title=gettext("Which district?"),
        at_url=url_for("api.district_at"),
    )
    response = Response(page)
    response.headers["Content-Language"] = html_lang()
    response.headers["Cache-Control"] = "no-store"
    response.vary.add("Accept-Language")
    return response
