"""The WSGI application as a process of the site serves it, with the thread that polls for new states."""

import logging
from io import BytesIO
from pathlib import Path
from wsgiref.types import WSGIApplication, WSGIEnvironment

from flask import Flask, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from webmap.api.usual_nearest import is_usual
from webmap.app import MAX_BODY_BYTES, create_app
from webmap.logic.config import Config
from webmap.logic.district_state import DistrictState
from webmap.logic.live_districts import LiveDistricts
from webmap.logic.usage import UsageWriter
from webmap.map import overview
from webmap.planner.views import kept_bounds
from webmap.web import security
from webmap.web.access import access_of

log = logging.getLogger(__name__)


class FlaskSite:
    """The Flask application and its live states."""

    def __init__(self, flask: Flask) -> None:
        self.flask = flask
        self.app: WSGIApplication = flask
        self._live: LiveDistricts = flask.extensions["fuchun_live"]
        self._usage = UsageWriter(flask.extensions["fuchun_usage"], flask.extensions["fuchun_engine"])

    def start(self) -> None:
        """Read every district's state, and keep them up to date; without the store, once it is there."""
        self._live.preparations.append(self._prepare)
        try:
            self._live.warm()
        except SQLAlchemyError as error:
            log.warning("the database does not answer: %s", type(error).__name__)
            self._live.is_store_away = True
        self._live.start()
        self._usage.start()

    def _prepare(self, state: DistrictState) -> None:
        """Read what the first page and the planners' page need beside the state, before anybody asks for them."""
        with self.flask.app_context():
            overview.prepare(state)
            kept_bounds(state)

    def stop(self) -> None:
        """End the polling thread, wait for builders at work, and store what was counted."""
        self._live.stop()
        self._usage.stop()

    def is_ready(self) -> bool:
        """Tell whether the states are in memory, or the store can be asked for them."""
        return self._live.is_ready

    def snapshots(self) -> list[Path]:
        """Return the folders of the snapshots in use."""
        return self._live.snapshot_folders()

    def is_quick(self, environ: WSGIEnvironment) -> bool:
        """Tell whether a request asks for the nearest stations of the default district, whose state is in memory."""
        return is_usual(environ, self._live)

    def largest_body(self, environ: WSGIEnvironment) -> int:
        """Return how many bytes are taken: files only from who may send them, and where files are taken at all."""
        config: Config = self.flask.extensions["fuchun_config"]
        with self.flask.request_context({**environ, "wsgi.input": BytesIO()}):
            access = access_of(self.flask, request.endpoint)
            most = security.largest_file(self.flask.view_functions.get(request.endpoint or ""), config)
            if access is None or most is None:
                return MAX_BODY_BYTES
            try:
                is_admitted = security.admit(access) is None
            except (HTTPException, SQLAlchemyError):
                is_admitted = False  # the application says so itself
            return most + security.FORM_BYTES if is_admitted else MAX_BODY_BYTES


def make_site() -> FlaskSite:
    """Make the application from the environment."""
    return FlaskSite(create_app())
