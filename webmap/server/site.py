"""The application as a process of the site serves it, with the thread that keeps its states up to date."""

from io import BytesIO
from pathlib import Path
from wsgiref.types import WSGIApplication, WSGIEnvironment

from flask import Flask, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from webmap.app import MAX_BODY_BYTES, create_app
from webmap.logic.config import Config
from webmap.logic.live import Live
from webmap.web import security


class FlaskSite:
    """The Flask application and its live states."""

    def __init__(self, flask: Flask) -> None:
        self.flask = flask
        self.app: WSGIApplication = flask
        self._live: Live = flask.extensions["fuchun_live"]

    def start(self) -> None:
        """Read every district's state, and keep them up to date."""
        self._live.warm()
        self._live.start()

    def stop(self) -> None:
        """End the polling thread, and wait for builders at work."""
        self._live.stop()

    def snapshots(self) -> list[Path]:
        """Return the folders of the snapshots in use."""
        return self._live.snapshot_folders()

    def largest_body(self, environ: WSGIEnvironment) -> int:
        """Return how many bytes are taken: files only from who may send them, and where files are taken at all."""
        config: Config = self.flask.extensions["fuchun_config"]
        with self.flask.request_context({**environ, "wsgi.input": BytesIO()}):
            access = security.access_of(self.flask, request.endpoint)
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
