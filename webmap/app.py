"""The application factory."""

import os
from importlib.metadata import version
from pathlib import Path

from flask import Blueprint, Flask, current_app
from flask.typing import ResponseReturnValue
from sqlalchemy import Engine
from werkzeug.middleware.proxy_fix import ProxyFix

from geo.db.session import check_postgis, make_engine
from webmap import accounts
from webmap.accounts.welcome import welcome
from webmap.api import api
from webmap.api.usual_nearest import UsualNearest
from webmap.logic.config import Config
from webmap.logic.live_districts import LiveDistricts
from webmap.logic.usage import UsageCounter
from webmap.manage import manage
from webmap.map import overview
from webmap.map.style import map_style
from webmap.map.tiles import tiles
from webmap.members.views import offers
from webmap.offline.install import installed
from webmap.offline.names import names
from webmap.offline.tally import device
from webmap.organiser import organiser, running
from webmap.planner import planner
from webmap.prints import views as prints
from webmap.rider.station import station
from webmap.rider.views import rider
from webmap.web import assets, choice, compression, errors, i18n, monitoring, pages, security
from webmap.web.access import public
from webmap.web.context import store_notice
from webmap.web.openapi import load_interface
from webmap.words import labels, numbers

TEMPLATES = Path(__file__).parent.parent / "templates"
MAX_BODY_BYTES = 64 * 1024
"""No request of today is larger; a page that takes files raises it for itself."""

health = Blueprint("health", __name__)


def create_app(config: Config | None = None) -> Flask:
    """Return the application.

    Parameters
    ----------
    config : Config or None
        None: `Config.from_env` of the process's environment.

    Raises
    ------
    InputError
        A setting is missing or cannot be used.
    """
    config = config or Config.from_env(os.environ)
    app = Flask("webmap", template_folder=str(TEMPLATES), static_folder=None)
    app.config.update(SECRET_KEY=config.secret_key, MAX_CONTENT_LENGTH=MAX_BODY_BYTES)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True

    engine = make_engine(config.database_url)
    app.extensions["fuchun_config"] = config
    has_reader = config.reader_url not in ("", config.database_url)
    public_engine = make_engine(config.reader_url) if has_reader else engine
    app.extensions["fuchun_engine"] = engine
    app.extensions["fuchun_public_engine"] = public_engine
    app.extensions["fuchun_live"] = LiveDistricts(
        public_engine, config.state_dir, default_district=config.default_district
    )
    app.extensions["fuchun_interface"] = load_interface()
    app.extensions["fuchun_usage"] = UsageCounter()
    security.init_app(app, config)
    monitoring.init_app(app, config)
    compression.init_app(app)
    assets.init_app(app)
    errors.init_app(app)
    choice.init_app(app)
    i18n.init_app(app)
    labels.init_app(app)
    pages.init_app(app)
    overview.init_app(app)
    numbers.init_app(app)
    prints.init_app(app)
    accounts.init_app(app, config, engine)
    # After Flask-Security, which brings a provider of its own.
    app.json.sort_keys = False  # type: ignore[attr-defined]
    # Chinese as it is: half as long, and people read it.
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    blueprints = (
        health,
        monitoring.monitoring,
        api,
        rider,
        station,
        prints.prints,
        planner,
        organiser,
        running,
        offers,
        manage,
        welcome,
        map_style,
        tiles,
        device,
        names,
        installed,
    )
    for blueprint in blueprints:
        app.register_blueprint(blueprint)
    app.wsgi_app = UsualNearest(app, config)  # type: ignore[method-assign]
    if config.proxies:
        hops = config.proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    app.context_processor(lambda: {"site": config, "store_notice": store_notice})
    return app


@health.get("/healthz")
@public
def healthz() -> ResponseReturnValue:
    """Say that the program and its database answer; 503 when the database does not."""
    engine: Engine = current_app.extensions["fuchun_public_engine"]
    return {"ok": True, "version": version("fuchun-map"), "postgis": check_postgis(engine)}
