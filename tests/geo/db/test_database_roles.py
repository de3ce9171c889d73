"""The roles of the store: no superuser serves, the application changes no table, the reader sees nothing of staff's."""

from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.exc import ProgrammingError

from geo.db.cluster import store_addresses
from geo.db.database_roles import APPLICATION, OWNER, READER, ROLES, STAFF_ONLY, StoreAddresses, grant, make_roles
from geo.db.migrations import upgrade
from geo.db.session import make_engine
from geo.errors import StoreError
from tests.conftest import DatabaseMaker, addresses_of

TESTS = Path(__file__).parents[2]


def run(url: str, *statements: str) -> list[tuple[object, ...]]:
    """Run statements in one transaction under the role of `url`, and return the rows of the last."""
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            for statement in statements[:-1]:
                connection.execute(text(statement))
            last = connection.execute(text(statements[-1]))
            return [tuple(row) for row in last] if last.returns_rows else []
    finally:
        engine.dispose()


@pytest.fixture
def addresses(engine: Engine) -> StoreAddresses:
    found = addresses_of(engine)
    if not found.has_roles:
        pytest.skip("DATABASE_URL names one role for all")
    return found


def test_no_role_that_serves_is_a_superuser_or_makes_roles(addresses: StoreAddresses) -> None:
    rows = run(
        addresses.application,
        "SELECT rolname, rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls FROM pg_roles "
        "WHERE rolname LIKE 'fuchun\\_%' ORDER BY 1",
    )
    assert rows == [(APPLICATION, False), (OWNER, False), (READER, False)]
    assert run(addresses.application, "SELECT current_user") == [(APPLICATION,)]


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE mine (a int)",
        "ALTER TABLE place ADD COLUMN mine int",
        "DROP TABLE place",
        "TRUNCATE place",
        "ALTER TABLE place DISABLE TRIGGER ALL",
        "CREATE ROLE mine",
        "SET ROLE fuchun",
        "SET ROLE fuchun_owner",
        "COPY place TO PROGRAM 'cat'",
        "COPY place FROM '/etc/passwd'",
        "SELECT pg_read_file('/etc/passwd')",
        "UPDATE alembic_version SET version_num = '0001'",
        "CREATE EXTENSION dblink",
    ],
)
def test_the_application_changes_no_table_and_reads_no_file(addresses: StoreAddresses, statement: str) -> None:
    with pytest.raises(ProgrammingError, match=r"permission denied|must be owner|InsufficientPrivilege"):
        run(addresses.application, statement)


def test_the_application_writes_rows_and_its_triggers_count_them(addresses: StoreAddresses) -> None:
    insert = "INSERT INTO district (code, name, name_en) VALUES ('x', 'x', 'x')"
    place = (
        "INSERT INTO place (district_code, code, name, geom) VALUES ('x', 'S1', 'S1', 'SRID=4326;POINT(119.9 30.0)')"
    )
    counted = "SELECT version FROM data_version WHERE district_code = 'x' AND layer = 'places'"
    assert len(run(addresses.application, insert, place, counted)) == 1
    assert run(addresses.reader, "SELECT code FROM place") == [("S1",)]
    run(addresses.application, "DELETE FROM district")


def test_the_reader_sees_nothing_that_is_staffs_and_writes_nothing(addresses: StoreAddresses) -> None:
    tables = [
        str(name)
        for (name,) in run(
            addresses.owner.replace(OWNER, "fuchun"), "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        )
    ]
    hidden = set()
    for table in tables:
        try:
            run(addresses.reader, f'SELECT FROM "{table}" LIMIT 1')
        except ProgrammingError:
            hidden.add(table)
    assert hidden == set(STAFF_ONLY)
    for statement in ("DELETE FROM place", "INSERT INTO district (code, name, name_en) VALUES ('y', 'y', 'y')"):
        with pytest.raises(ProgrammingError, match="permission denied"):
            run(addresses.reader, statement)


def test_who_migrates_is_the_owner_and_needs_no_superuser(make_database: DatabaseMaker, tmp_path: Path) -> None:
    with store_addresses(TESTS) as here:
        if not here.has_roles:
            pytest.skip("DATABASE_URL names one role for all")
    with make_database() as engine:
        # What an earlier version left: everything belongs to the administrator.
        administrator = psycopg.connect(engine.url.set(drivername="postgresql").render_as_string(hide_password=False))
        with administrator as connection:
            assert engine.url.database
            make_roles(connection, engine.url.database)
            foreign = connection.execute(
                "SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tableowner = 'fuchun' "
                "AND tablename <> 'spatial_ref_sys'"
            ).fetchone()
        assert foreign == (0,)
        addresses = addresses_of(engine)
        owner = make_engine(addresses.owner)
        upgrade(owner, "head")
        with owner.begin() as connection:
            connection.execute(text("ALTER TABLE place ADD COLUMN later int"))
            connection.execute(text("CREATE TABLE later (a int)"))
        grant(owner, addresses)
        owner.dispose()
        assert run(addresses.application, "INSERT INTO later VALUES (1)", "SELECT a FROM later") == [(1,)]
        assert run(addresses.reader, "SELECT a FROM later") == [(1,)]


def test_one_role_for_all_is_granted_nothing_and_a_missing_one_is_named(engine: Engine) -> None:
    url = engine.url.render_as_string(hide_password=False)
    grant(engine, StoreAddresses(url, url, url))
    other = make_url(url).set(username="nobody_at_all").render_as_string(hide_password=False)
    with pytest.raises(StoreError, match="nobody_at_all"):
        grant(engine, StoreAddresses(url, other, other))


def test_the_addresses_follow_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://app@db/fuchun")
    with store_addresses(tmp_path) as found:
        assert {found.owner, found.application, found.reader} == {"postgresql+psycopg://app@db/fuchun"}
        assert not found.has_roles
    monkeypatch.setenv("DATABASE_OWNER_URL", "postgres://boss@db/fuchun")
    monkeypatch.setenv("DATABASE_READER_URL", "postgres://eyes@db/fuchun")
    with store_addresses(tmp_path) as found:
        names = [make_url(url).username for url in (found.owner, found.application, found.reader)]
    assert names == ["boss", "app", "eyes"]
    assert set(ROLES) == {OWNER, APPLICATION, READER}
