"""The application on a test's own database, and people who use it."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from geo.db.session import writing
from geo.db.tables import District, Place, PlaceFunction, Region, Source
from tests.conftest import addresses_of
from webmap import create_app
from webmap.accounts import create_account, throttle
from webmap.logic.config import Config

ROOT = Path(__file__).parents[2]
DISTRICT = "330111"
OWN = "four words of mine"


@pytest.fixture
def config(engine: Engine, tmp_path: Path) -> Config:
    """Settings on this test's database, as the application's role."""
    return replace(config_of(engine, tmp_path), reader_url="")


def config_of(engine: Engine, state_dir: Path, **settings: Any) -> Config:
    """Return settings on a test's database under the roles that a site has."""
    addresses = addresses_of(engine)
    return Config(
        database_url=addresses.application,
        reader_url=addresses.reader,
        state_dir=state_dir,
        secret_key="not a secret",
        **settings,
    )


def dispose(app: Flask) -> None:
    """Close the connections of an application."""
    for name in ("fuchun_engine", "fuchun_public_engine"):
        app.extensions[name].dispose()


@pytest.fixture
def app(config: Config, engine: Engine, translations: None) -> Iterator[Flask]:
    """The application on this test's database."""
    app = create_app(replace(config, reader_url=addresses_of(engine).reader))
    app.testing = True
    yield app
    dispose(app)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Somebody without an account, who reads English."""
    return english(app)


def english(app: Flask) -> FlaskClient:
    client = app.test_client()
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


LogIn = Callable[..., FlaskClient]


@pytest.fixture
def log_in(app: Flask, engine: Engine) -> LogIn:
    """Make an account with a role and log it in."""

    def log_in(role: str = "editor") -> FlaskClient:
        with writing(engine) as session:
            password = create_account(session, f"a-{role}", role=role)
        return logged_in(english(app), f"a-{role}", password)

    return log_in


def logged_in(client: FlaskClient, username: str, password: str) -> FlaskClient:
    """Log a client in, and return it."""
    form = {"username": username, "password": password, "csrf_token": csrf_token(client, "/login")}
    assert client.post("/login", data=form).status_code == 302
    return client


def staff_client(app: Flask, role: str) -> FlaskClient:
    """Return a client of a new account that is named as its role, reading English."""
    with writing(app.extensions["fuchun_engine"]) as session:
        password = create_account(session, role, role=role)
    return logged_in(english(app), role, password)


def csrf_token(client: FlaskClient, page: str) -> str:
    """Return the CSRF token that stands in `page`."""
    found = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', client.get(page).text)
    assert found
    return found[1]


@pytest.fixture
def sample_place(engine: Engine) -> str:
    """Store a sample district with one place of two functions; return the place's code."""
    with writing(engine) as session:
        session.add(District(code=DISTRICT, name="富阳区", name_en="Fuyang", status="sample"))
        session.flush()
        source = Source(
            district_code=DISTRICT,
            layer="places",
            file_name="stations.csv",
            licence="CC0",
            checksum="ab" * 32,
            accuracy="100 m",
            is_sample=True,
            rows_read=21,
            rows_stored=20,
            rows_rejected=1,
        )
        session.add(source)
        session.flush()
        session.add(
            Place(
                district_code=DISTRICT,
                source_id=source.id,
                code="S01",
                name="示意站01",
                how_to_get_in="bell",
                geom="SRID=4326;POINT(119.95 30.05)",
                functions=[
                    PlaceFunction(
                        district_code=DISTRICT, kind="rest_station", hours="Mo-Fr 08:00-17:00", services=["toilet"]
                    ),
                    PlaceFunction(district_code=DISTRICT, kind="nursing_room", services=[]),
                ],
            )
        )
    return "S01"


def welcome(app: Flask, token: str, password: str = OWN) -> FlaskClient:
    """Open a login link, take a password and be logged in."""
    client = english(app)
    page = f"/welcome/{token}"
    form = {"csrf_token": csrf_token(client, page), "password": password, "again": password}
    assert client.post(page, data=form).status_code == 303
    return client


@pytest.fixture
def towns(engine: Engine, sample_place: str) -> str:
    """Give the sample district two towns; its place is in the first."""
    with writing(engine) as session:
        for code, west in (("T1", 119.9), ("T2", 120.0)):
            square = f"{west} 30, {west + 0.1} 30, {west + 0.1} 30.1, {west} 30.1, {west} 30"
            geom = f"SRID=4326;MULTIPOLYGON((({square})))"
            session.add(Region(district_code=DISTRICT, code=code, name=f"镇{code}", geom=geom))
        session.execute(text("UPDATE place SET region_code = 'T1'"))
    return sample_place


@pytest.fixture
def one_quarter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let all attempts of a test fall into one quarter of an hour: limits are counted by the clock's quarters."""
    quarter = throttle.period_of(datetime.now(UTC))
    monkeypatch.setattr(throttle, "period_of", lambda now: quarter)
