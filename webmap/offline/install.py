"""Web app manifest and service worker: make the site installable and usable offline."""

import json
import re
from collections.abc import Sequence
from posixpath import dirname, join, normpath

from flask import Blueprint, Response, current_app, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale, gettext

from webmap.logic.colours import PAPER, RED
from webmap.logic.config import LANGUAGES
from webmap.web.access import public
from webmap.web.assets import Assets
from webmap.web.bundles import FIRST_SCRIPT
from webmap.web.context import config
from webmap.web.i18n import LOCALES, html_lang
from webmap.web.pages import page_link

installed = Blueprint("installed", __name__)

ICONS = (
    ("icon-192.png", "192x192", "any"),
    ("icon-512.png", "512x512", "any"),
    ("icon-maskable-512.png", "512x512", "maskable"),
)
"""File, size and purpose; ``scripts/icons.py`` draws them."""

PAGES = (
    "",
    r"s/[^/]+",
    "tours",
    r"tours/(?!(?:build|chain|places|places\.geojson|season)$)[^/]+",
    r"tours/[^/]+/(?:tour\.(?:gpx|geojson|ics)|photos/[^/]+\.jpg)",
    "benefits",
    "activities",
    r"b/[^/]+(?:/\d+)?",
)
"""Patterns of the pages that a phone keeps, relative to the site; what staff write and read is none of them."""

MODULES = (
    FIRST_SCRIPT,
    "js/rider/station.js",
    "js/organiser/running.js",
    "js/organiser/tours.js",
    "js/web/menus.js",
    "js/offline/streets_worker.js",
)
FILES = (
    "css/web/app.css",
    "css/web/large.css",
    "css/web/forms.css",
    "css/web/parts.css",
    "css/map/map.css",
    "css/members/offers.css",
    "css/rider/rider.css",
    "css/rider/route.css",
    "css/rider/sheet.css",
    "css/rider/station.css",
    "css/organiser/running.css",
    "css/organiser/tours.css",
    "icons/icon-192.png",
    "icons/mark.svg",
    "icons/sprite.svg",
    "js/map/graphics.js",
    "vendor/maplibre/maplibre-gl.css",
    "vendor/maplibre/maplibre-gl.mjs",
    "vendor/maplibre/maplibre-gl-worker.mjs",
)
"""What those pages are made of, beside modules that import each other."""

_IMPORT = re.compile(r'(?:from|import\()\s*"(\.[^"]+)"')


@installed.get("/manifest.webmanifest")
@public
def manifest() -> ResponseReturnValue:
    """Answer how the page is called, how it looks and where it begins, once it is installed."""
    name = gettext("Fuchun map")
    body = {
        "id": request.script_root + "/",
        "name": name,
        "short_name": name,
        "lang": html_lang(),
        "start_url": request.script_root + page_link("/"),
        "scope": request.script_root + "/",
        "display": "standalone",
        "background_color": PAPER,
        "theme_color": RED,
        "icons": [
            {"src": url_for("static", filename=f"icons/{file}"), "sizes": size, "type": "image/png", "purpose": purpose}
            for file, size, purpose in ICONS
        ],
    }
    response = Response(json.dumps(body, ensure_ascii=False), mimetype="application/manifest+json")
    response.headers["Cache-Control"] = "no-cache"
    response.vary.add("Accept-Language")
    return response


@installed.get("/sw.js")
@public
def worker() -> ResponseReturnValue:
    """Answer the service worker; where there is to be none, one that takes away what an earlier one kept."""
    files: Assets = current_app.extensions["fuchun_assets"]
    body = worker_source(files) if config().service_worker else source(files, "unregister")
    response = Response(body, mimetype="text/javascript")
    response.headers["Cache-Control"] = "no-cache"
    return response


def worker_source(files: Assets, *, pages: Sequence[str] = PAGES, version: str | None = None) -> str:
    """Return the script of the service worker for these files; it differs by version, so browsers fetch it."""
    shell = [f"static/{files.version}/{name}" for name in shell_names(files)]
    facts = {"VERSION": version or files.version, "SHELL": shell, "PAGES": pages, "NOT_KEPT": not_kept_words()}
    return "".join(f"const {name} = {json.dumps(value)};\n" for name, value in facts.items()) + source(files, "worker")


def not_kept_words() -> dict[str, dict[str, str]]:
    """Return what a page says that is not kept, in every language: one worker serves them all."""
    found = {}
    for language in LANGUAGES:
        with force_locale(LOCALES[language]):
            found[language] = {
                "title": gettext("This page is not kept on the phone"),
                "words": gettext("There is no connection, and this page has not been opened here before."),
                "link": gettext("Find a station"),
            }
    return found


def source(files: Assets, name: str) -> str:
    """Return the text of a worker."""
    found = files.find(f"js/offline/worker/{name}.js")
    if found is None:
        raise FileNotFoundError(name)
    return found.body.decode()


def shell_names(files: Assets, *, modules: Sequence[str] = MODULES) -> list[str]:
    """Return the static files that the kept pages are made of: `FILES`, `modules` and all that they import."""
    found = dict.fromkeys(FILES)
    waiting = list(modules)
    while waiting:
        name = waiting.pop()
        asset = files.find(name)
        if name in found or asset is None:
            continue
        found[name] = None
        waiting += [normpath(join(dirname(name), path)) for path in _IMPORT.findall(asset.body.decode())]
    return list(found)
