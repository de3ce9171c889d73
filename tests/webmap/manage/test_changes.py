"""The record of changes: who changed what, and undoing it as long as nobody has changed it since."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, select, text

from geo.db.changes import Filter, list_matters, undo
from geo.db.session import Actor, acting, make_engine, reading, writing
from geo.db.tables import Change, Place
from geo.errors import ConflictError, InputError
from tests.webmap.conftest import DISTRICT, LogIn, csrf_token
from webmap.logic.config import Config

HERE = Filter(districts=(DISTRICT,))


def newest(engine: Engine) -> Change:
    with reading(engine) as session:
        found = session.scalars(select(Change).order_by(Change.id.desc()).limit(1)).one()
        session.expunge_all()
    return found


def close(engine: Engine, how: str = "closed") -> None:
    with writing(engine) as session:
        session.execute(text("UPDATE place SET status = :how"), {"how": how})


def status(engine: Engine) -> str:
    with reading(engine) as session:
        return str(session.scalar(select(Place.status)))


def test_a_change_names_who_made_it_and_what_it_was(engine: Engine, sample_place: str, log_in: LogIn) -> None:
    editor = log_in("editor")
    form = {"csrf_token": csrf_token(editor, "/manage/benefits"), "position": "1", "title": "体检", "source": "S"}
    assert editor.post("/manage/benefits", data=form).status_code == 303
    found = newest(engine)
    assert (found.actor, found.table_name, found.action, found.label) == ("a-editor", "benefit", "insert", "体检")
    assert found.after is not None
    assert found.after["source"] == "S"
    close(engine)
    assert newest(engine).actor is None, "as from QGIS: the actor of one request is not that of the next"


def test_what_changes_nothing_is_not_noted(engine: Engine, sample_place: str) -> None:
    before = newest(engine).id
    close(engine, "active")
    assert newest(engine).id == before


def test_neither_passwords_nor_tokens_are_in_it(engine: Engine, sample_place: str, log_in: LogIn) -> None:
    admin = log_in("admin")
    form = {
        "csrf_token": csrf_token(admin, "/manage/accounts"),
        "username": "user2",
        "full_name": "用户二",
        "role": "viewer",
    }
    made = admin.post("/manage/accounts", data=form).text
    (token,) = re.findall(r"/welcome/([\w-]+)", made)
    with reading(engine) as session:
        rows = " ".join(session.scalars(text("SELECT to_jsonb(change)::text FROM change")))
        secrets = session.execute(text("SELECT password, fs_uniquifier FROM account")).all()
        secrets += session.execute(text("SELECT key, key FROM login_link")).all()
    assert "用户二" in rows
    assert token not in rows
    assert not [secret for pair in secrets for secret in pair if secret in rows]


def test_the_application_cannot_write_the_record(config: Config, engine: Engine, sample_place: str) -> None:
    own = make_engine(config.database_url, pool_size=1)
    try:
        with pytest.raises(Exception, match="permission denied"), writing(own) as session:
            session.execute(text("DELETE FROM change"))
    finally:
        own.dispose()


def test_a_change_is_undone_with_its_geometry(engine: Engine, sample_place: str) -> None:
    with writing(engine) as session:
        before = session.execute(text("SELECT to_jsonb(place) - 'row_version' FROM place")).scalar_one()
        session.execute(text("UPDATE place SET status = 'closed', geom = ST_Translate(geom, 0.01, 0)"))
    found = newest(engine)
    with writing(engine) as session:
        assert undo(session, found.batch, found.at) == 1
        assert session.execute(text("SELECT to_jsonb(place) - 'row_version' FROM place")).scalar_one() == before


def test_a_removed_place_comes_back_whole(engine: Engine, sample_place: str) -> None:
    whole = text("SELECT to_jsonb(f) FROM place_function f ORDER BY id")
    with writing(engine) as session:
        before = session.execute(whole).scalars().all()
        session.execute(text("DELETE FROM place"))
    found = newest(engine)
    with writing(engine) as session:
        assert undo(session, found.batch, found.at) == 3
        assert session.execute(whole).scalars().all() == before


def test_what_somebody_changed_since_is_not_undone(engine: Engine, sample_place: str) -> None:
    close(engine)
    first = newest(engine)
    close(engine, "planned")
    with pytest.raises(ConflictError, match="示意站01"), writing(engine) as session:
        undo(session, first.batch, first.at)
    assert status(engine) == "planned"
    second = newest(engine)
    with writing(engine) as session:
        undo(session, second.batch, second.at)
    assert status(engine) == "closed"


def test_districts_are_changed_back_on_their_page(engine: Engine, sample_place: str) -> None:
    with writing(engine) as session:
        session.execute(text("UPDATE district SET name = '别名'"))
    found = newest(engine)
    with pytest.raises(InputError), writing(engine) as session:
        undo(session, found.batch, found.at)


def test_the_page_lists_by_person_and_undoes(engine: Engine, sample_place: str, log_in: LogIn) -> None:
    admin: FlaskClient = log_in("admin")
    token = acting.set(Actor(None, "用户二"))
    try:
        close(engine)
    finally:
        acting.reset(token)
    page = admin.get("/manage/changes?actor=用户二").text
    assert "示意站01" in page
    assert "out of service" in page
    action, moment = re.findall(r'action="([^"]+/undo)[^"]*".*?name="at" value="([^"]+)"', page, re.DOTALL)[0]
    form = {"csrf_token": csrf_token(admin, "/manage/changes"), "at": moment}
    assert admin.post(action, data=form).status_code == 303
    assert status(engine) == "active"
    with reading(engine) as session:
        assert [matter.actor for matter in list_matters(session, HERE)][:2] == ["a-admin", "用户二"]
    assert admin.post(action, data=form).status_code == 409, "undone already: changed since"
    assert log_in("editor").get("/manage/changes").status_code == 403
