"""The map for people: browser, HTTP and command line."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from webmap.logic.config import Config


def create_app(config: "Config | None" = None) -> "Flask":
    """Return the application; see `webmap.app.create_app`."""
    # Imported when asked for: a question on the command line must not wait for Flask and its extensions.
    from webmap import app

    return app.create_app(config)
