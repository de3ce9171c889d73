"""The language of a request: ``?lang=``, then ``Accept-Language``, then Chinese. No cookie stores it."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask, has_request_context, request
from flask_babel import Babel, format_datetime, get_locale

from webmap.logic.config import LANGUAGES

LOCALES = {"zh": "zh_Hans_CN", "en": "en"}
"""Babel locale of each language; Flask-Security's own messages lie under this name, ours under ``zh``."""


def init_app(app: Flask) -> None:
    """Give `app` its languages, the template variables ``lang`` and ``html_lang``, and links that keep ``?lang=``."""
    Babel(app, default_locale=LOCALES["zh"], locale_selector=select_locale)

    @app.context_processor
    def language() -> dict[str, Any]:
        return {"html_lang": html_lang(), "lang": lang()}

    app.add_template_filter(local_time)

    @app.url_defaults
    def keep_language(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint != "static" and has_request_context() and (asked := asked_language()):
            values.setdefault("lang", asked)


def asked_language() -> str | None:
    """Return the language that the address asks for, None when it asks for none that we have."""
    asked = request.args.get("lang")
    return asked if asked in LANGUAGES else None


def lang() -> str:
    """Return the language of this request: ``zh`` or ``en``."""
    return asked_language() or request.accept_languages.best_match(LANGUAGES) or LANGUAGES[0]


def select_locale() -> str:
    """Return the Babel locale of this request."""
    return LOCALES[lang()]


def html_lang() -> str:
    """Return what stands in ``<html lang>`` and ``Content-Language``."""
    locale = get_locale()
    return "zh-Hans" if locale is None or locale.language == "zh" else str(locale.language)


def local_time(value: datetime, timezone: str) -> str:
    """Return a moment as people in `timezone` write it, to the minute."""
    return str(format_datetime(value.astimezone(ZoneInfo(timezone)), "yyyy-MM-dd HH:mm", rebase=False))
