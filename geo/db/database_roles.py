"""Who may do what in the store: an owner of the tables, the application, and a reader for what is public.

The owner migrates and is nobody's otherwise. The application reads and writes rows and changes no table. The reader
sees all but accounts, jobs and what staff keep to themselves, and writes nothing. In the private cluster none of them
is a superuser, and the server itself asks the operating system who connects (peer). On a server of somebody else's the
roles are theirs to make; where the addresses name one role for all, nothing is granted.
"""

import os
import pwd
from collections.abc import Iterable
from dataclasses import dataclass

import psycopg
from psycopg import sql
from psycopg.rows import TupleRow
from sqlalchemy import Engine, make_url

from geo.errors import StoreError

OWNER, APPLICATION, READER = "fuchun_owner", "fuchun_app", "fuchun_reader"
ROLES = (OWNER, APPLICATION, READER)
MAP = "fuchun"
"""Name of the map from accounts of the operating system to roles."""

STAFF_ONLY = (
    "account",
    "account_district",
    "account_role",
    "account_town",
    "alembic_version",
    "booking",
    "candidate",
    "candidate_photo",
    "change",
    "data_import",
    "data_import_part",
    "demand_profile",
    "departure",
    "departure_event",
    "departure_feedback",
    "departure_unit",
    "gap_entry",
    "gap_note",
    "job",
    "job_file",
    "job_file_part",
    "login_failure",
    "login_link",
    "login_session",
    "report_salt",
    "role",
    "scenario",
    "share_link",
    "tour_comment",
    "tour_place",
    "tour_plan",
    "tour_plan_version",
    "usage_count",
    "year_target",
)
"""Tables that the reader does not see."""
LEFT_ALONE = ("alembic_version", "change")
"""Tables that the application only reads."""


@dataclass(frozen=True)
class StoreAddresses:
    """SQLAlchemy addresses of the store by what they are for; they may all be the same."""

    owner: str
    application: str
    reader: str

    @property
    def has_roles(self) -> bool:
        """Whether the application is another role than the owner."""
        return make_url(self.owner).username != make_url(self.application).username


def of_private_cluster(administrator: str) -> StoreAddresses:
    """Return the addresses of the private cluster, whose administrator's is `administrator`."""
    url = make_url(administrator)
    owner, application, reader = (url.set(username=role).render_as_string(hide_password=False) for role in ROLES)
    return StoreAddresses(owner, application, reader)


def identity_map(administrator: str, accounts: Iterable[str]) -> str:
    """Return the lines of ``pg_ident.conf``: each of these accounts of the operating system may be any of our roles."""
    lines = (f'{MAP} "{account}" {role}\n' for account in accounts for role in (administrator, *ROLES))
    return "# Rewritten at every start.\n" + "".join(lines)


def host_rules() -> str:
    """Return the lines of ``pg_hba.conf``: whom the operating system knows, over the socket, and nobody else."""
    return f"# Rewritten at every start.\nlocal all all peer map={MAP}\nhost all all all reject\n"


def own_account() -> str:
    """Return the account of the operating system that this process runs under."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        raise StoreError(
            "The account {number} that this program runs as has no name: add it to /etc/passwd, or set DATABASE_URL.",
            number=os.geteuid(),
        ) from None


def make_roles(connection: psycopg.Connection[TupleRow], database: str) -> None:
    """Make the three roles, and give the owner the database and whatever an earlier version has left in it.

    Run by the administrator of the private cluster, connected to that database.
    """
    for role in ROLES:
        name = sql.Identifier(role)
        if not connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [role]).rowcount:
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(name))
    owner = sql.Identifier(OWNER)
    connection.execute(sql.SQL("ALTER DATABASE {} OWNER TO {}").format(sql.Identifier(database), owner))
    connection.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    connection.execute(sql.SQL("GRANT ALL ON SCHEMA public TO {}").format(owner))
    for kind, name in connection.execute(_FOREIGN, {"owner": OWNER}).fetchall():
        connection.execute(sql.SQL("ALTER {} {} OWNER TO {}").format(sql.SQL(kind), sql.SQL(name), owner))


_FOREIGN = """
    SELECT CASE relkind
             WHEN 'S' THEN 'SEQUENCE' WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'TABLE' END,
           c.oid::regclass::text
    FROM pg_class c
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'S', 'v', 'm')
      AND relowner <> (SELECT oid FROM pg_roles WHERE rolname = %(owner)s)
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype IN ('e', 'a', 'i'))
    UNION ALL
    SELECT 'ROUTINE', p.oid::regprocedure::text
    FROM pg_proc p
    WHERE pronamespace = 'public'::regnamespace AND proowner <> (SELECT oid FROM pg_roles WHERE rolname = %(owner)s)
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
    UNION ALL
    SELECT 'TYPE', t.oid::regtype::text
    FROM pg_type t
    WHERE typnamespace = 'public'::regnamespace AND typowner <> (SELECT oid FROM pg_roles WHERE rolname = %(owner)s)
      AND typelem = 0 AND (typrelid = 0 OR (SELECT relkind FROM pg_class WHERE oid = typrelid) = 'c')
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = t.oid AND d.deptype IN ('e', 'i'))
"""
"""What stands in the schema, belongs to no extension and not to the owner; an owned sequence goes with its table."""


def grant(owner: Engine, addresses: StoreAddresses) -> None:
    """Let the application and the reader do what they may with the tables as they are; run by the owner.

    Raises
    ------
    StoreError
        There is no such role on that server.
    """
    if not addresses.has_roles:
        return
    application, reader = (str(make_url(url).username) for url in (addresses.application, addresses.reader))
    with owner.begin() as engine_connection:
        connection = engine_connection.connection.driver_connection
        assert isinstance(connection, psycopg.Connection)
        for role in {application, reader}:
            if not connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [role]).rowcount:
                raise StoreError("There is no role {name} on the database server: make it first.", name=role)
        connection.execute(grants(addresses).encode())


def grants(addresses: StoreAddresses) -> str:
    """Return the statement that grants what `grant` does, to be part of a transaction of somebody else."""
    if not addresses.has_roles:
        return ""
    application, reader = (str(make_url(url).username) for url in (addresses.application, addresses.reader))
    return (
        sql.SQL(_GRANTS)
        .format(
            application=sql.Literal(application),
            reader=sql.Literal(reader),
            left_alone=sql.Literal(",".join(sorted(LEFT_ALONE))),
            staff_only=sql.Literal(",".join(sorted(STAFF_ONLY))),
        )
        .as_string(None)
    )


_GRANTS = """
DO $grants$
DECLARE
    application text := {application};
    reader text := {reader};
    found record;
BEGIN
    EXECUTE format('GRANT USAGE ON SCHEMA public TO %I, %I', application, reader);
    FOR found IN
        SELECT relname, relkind FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'S')
          AND pg_has_role(relowner, 'USAGE')
          AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = pg_class.oid AND d.deptype = 'e')
    LOOP
        IF found.relkind = 'S' THEN
            EXECUTE format('GRANT USAGE, SELECT ON SEQUENCE public.%I TO %I', found.relname, application);
            CONTINUE;
        END IF;
        EXECUTE format(
            'GRANT %s ON public.%I TO %I',
            CASE WHEN found.relname = ANY (string_to_array({left_alone}, ',')) THEN 'SELECT'
                 ELSE 'SELECT, INSERT, UPDATE, DELETE' END,
            found.relname, application);
        IF found.relname <> ALL (string_to_array({staff_only}, ',')) THEN
            EXECUTE format('GRANT SELECT ON public.%I TO %I', found.relname, reader);
        ELSIF application <> reader THEN
            EXECUTE format('REVOKE ALL ON public.%I FROM %I', found.relname, reader);
        END IF;
    END LOOP;
END $grants$;
"""
