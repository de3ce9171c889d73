"""The whole store in one file: back it up while it is used, check the file, and bring it back.

A backup is a tar of ``store.dump`` (pg_dump's custom format: tables, accounts, photos, files of jobs) and
``manifest.json``, which names the schema's revision, and of every table the rows and a digest of what they hold, read
at the very moment that the dump shows; ``manifest.sha256`` is the checksum of that file. It may be encrypted with age
(https://age-encryption.org). Secrets outside the database (the key that signs sessions) and what is computed (snapshots
of streets) are not in it.
"""

import hashlib
import json
import os
import re
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any

from sqlalchemy import URL, Connection, make_url, text

from geo.db.client_programs import client_program
from geo.db.database_roles import StoreAddresses, grant, grants
from geo.db.migrations import check_known, upgrade
from geo.db.session import make_engine
from geo.errors import InputError, StoreError

FORMAT = 1
SUFFIX = ".fuchun"
MANIFEST, MANIFEST_SUM, DUMP = "manifest.json", "manifest.sha256", "store.dump"
LOCK_WAIT_S = 60
"""How long a restore waits for those who use a table; then nothing is changed."""

_NAME = re.compile(r"fuchun-[0-9]{8}-[0-9]{6}" + re.escape(SUFFIX))
_AGE = b"age-encryption.org/"
_PIECE = 1 << 20


@dataclass(frozen=True)
class TableFacts:
    """Rows of a table, and a digest of what they hold that does not depend on their order."""

    rows: int
    digest: str


@dataclass(frozen=True)
class Manifest:
    """What a backup says of itself.

    Attributes
    ----------
    format : int
    program : str
        Version of the program that made it.
    revision : str
        Of the schema.
    made_at : str
        ISO 8601, UTC.
    dump_sha256 : str
    tables : dict of str to TableFacts
    """

    format: int
    program: str
    revision: str
    made_at: str
    dump_sha256: str
    tables: dict[str, TableFacts]

    @property
    def rows(self) -> int:
        """Rows of all tables."""
        return sum(table.rows for table in self.tables.values())


def back_up(url: str, target: Path, *, recipient: str | None = None) -> tuple[Path, Manifest]:
    """Write a backup of a store and return where it is; others may read and write meanwhile.

    Parameters
    ----------
    url : str
        SQLAlchemy address of the store's owner.
    target : Path
        File to write, complete or not at all, readable for its owner alone; or a folder, where it is named for the
        moment.
    recipient : str, optional
        Public key of age (``age1…``): only its owner can read the backup.

    Raises
    ------
    InputError
        There is no such folder.
    StoreError
        A program is missing, or the database refuses.
    """
    if not target.parent.is_dir():
        raise InputError("there is no folder {path}: make it first", path=target.parent)
    made_at = datetime.now(UTC).replace(microsecond=0)
    engine = make_engine(url, pool_size=1)
    file = target / f"fuchun-{made_at:%Y%m%d-%H%M%S}{SUFFIX}" if target.is_dir() else target
    try:
        with tempfile.TemporaryDirectory(dir=file.parent, prefix=".fuchun-") as folder, engine.connect() as connection:
            dump = Path(folder) / DUMP
            connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
            connection.execute(text("SET LOCAL statement_timeout = 0"))
            moment = connection.scalar(text("SELECT pg_export_snapshot()"))
            options = ["--format=custom", "--schema=public", f"--snapshot={moment}", f"--file={dump}"]
            options.append("--exclude-table-data=public.spatial_ref_sys")  # PostGIS's own
            _run("pg_dump", make_url(url), *options, "--no-owner", "--no-privileges")
            manifest = Manifest(
                format=FORMAT,
                program=version("fuchun-map"),
                revision=str(connection.scalar(text("SELECT version_num FROM alembic_version"))),
                made_at=made_at.isoformat(),
                dump_sha256=_sha256(dump),
                tables=table_facts(connection),
            )
            draft = Path(folder) / "backup"
            with draft.open("xb") as out:
                os.fchmod(out.fileno(), 0o600)
                with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
                    written = Path(folder) / MANIFEST
                    written.write_text(json.dumps(asdict(manifest), ensure_ascii=False, indent=1))
                    checksum = Path(folder) / MANIFEST_SUM
                    checksum.write_text(_sha256(written))
                    for part in (written, checksum, dump):
                        tar.add(part, part.name, filter=_without_owner)
                out.flush()
                os.fsync(out.fileno())
            if recipient is not None:
                draft = _encrypt(draft, recipient)
            draft.replace(file)
    finally:
        engine.dispose()
    return file, manifest


def remove_old(folder: Path, keep: int) -> list[Path]:
    """Remove all but the newest backups that `back_up` named in a folder; return those that went."""
    named = sorted(path for path in folder.glob(f"fuchun-*{SUFFIX}") if _NAME.fullmatch(path.name))
    old = named[:-keep]
    for path in old:
        path.unlink()
    return old


def verify(file: Path, *, identity: Path | None = None) -> Manifest:
    """Check a backup: that it is complete, unchanged and of a schema that this program knows; return its manifest.

    Parameters
    ----------
    file : Path
    identity : Path, optional
        File with the secret key, for a backup that age encrypted.

    Raises
    ------
    InputError
        It is not a backup, is damaged, or was made by a newer version.
    """
    with _opened(file, identity) as (manifest, _):
        return manifest


def restore(file: Path, addresses: StoreAddresses, *, identity: Path | None = None) -> Manifest:
    """Put the contents of a backup in the place of all that is in a store, wholly or not at all.

    Afterwards the schema is brought to the present, and every layer counts as changed: a running site reads them again.

    Parameters
    ----------
    file : Path
    addresses : StoreAddresses
    identity : Path, optional
        As for `verify`.

    Raises
    ------
    InputError
        As `verify`; nothing was changed.
    StoreError
        The database refuses, and nothing was changed; or holds something else than the backup says.
    """
    engine = make_engine(addresses.owner, pool_size=1)
    try:
        with _opened(file, identity) as (manifest, dump):
            with engine.connect() as connection:
                highest = connection.scalar(text(_HIGHEST_VERSION)) if _has_table(connection, "data_version") else 0
                drops = "\n".join(connection.scalars(text(_DROPS)))
            steps = ("drop", "fill", "count", "rights")
            drop, fill, count, rights = (dump.with_name(f"{step}.sql") for step in steps)
            drop.write_text(f"SET client_min_messages = warning;\nSET lock_timeout = '{LOCK_WAIT_S}s';\n{drops}\n")
            _run("pg_restore", None, "--no-owner", "--no-privileges", "--schema=public", f"--file={fill}", str(dump))
            # In the same transaction: no site may take the restored layers for those that it has in memory.
            count.write_text(f"UPDATE public.data_version SET version = version + {(highest or 0) + 1};\n")
            # Nor may a running site find tables that it cannot read yet.
            rights.write_text(grants(addresses))
            _run(
                "psql", make_url(addresses.owner), "--no-psqlrc", "--quiet", "--single-transaction",
                "--set=ON_ERROR_STOP=1", *(f"--file={path}" for path in (drop, fill, count, rights)),
            )  # fmt: skip
        with engine.connect() as connection:
            connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
            found = table_facts(connection)
        # Brought to the present first: a site must run on what is there, whatever is then said of it.
        upgrade(engine)
        grant(engine, addresses)  # what the migrations added
        held = {name: facts for name, facts in manifest.tables.items() if name != "data_version"}
        wrong = sorted(name for name, facts in held.items() if found.get(name) != facts)
        if wrong:
            raise StoreError(
                "{file} is restored, but the tables {tables} do not hold what they held: tell whoever made the backup",
                file=file.name,
                tables=", ".join(wrong),
            )
    finally:
        engine.dispose()
    return manifest


def table_facts(connection: Connection) -> dict[str, TableFacts]:
    """Return rows and digest of every table of ours, as the connection's transaction sees them."""
    connection.execute(text("SET LOCAL TIME ZONE 'UTC'"))
    return {
        name: TableFacts(*connection.execute(text(_FACTS.format(name=name))).one())
        for name in connection.scalars(text(_TABLES)).all()
    }


_OURS = """
    relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
"""
_TABLES = f"SELECT relname FROM pg_class c WHERE {_OURS} ORDER BY relname"
_FACTS = """
    SELECT count(*), coalesce(sum(('x' || substr(md5(t::text), 1, 15))::bit(60)::bigint), 0)::text
    FROM public."{name}" t
"""
_HIGHEST_VERSION = "SELECT coalesce(max(version), 0) FROM data_version"

# What a schema holds that belongs to no extension: tables take their triggers, indexes and sequences along.
_DROPS = f"""
    SELECT format('DROP TABLE IF EXISTS %s CASCADE;', c.oid::regclass) FROM pg_class c WHERE {_OURS}
    UNION ALL
    SELECT format('DROP ROUTINE IF EXISTS %s CASCADE;', p.oid::regprocedure) FROM pg_proc p
    WHERE pronamespace = 'public'::regnamespace
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
    UNION ALL
    SELECT format('DROP TYPE IF EXISTS %s CASCADE;', t.oid::regtype) FROM pg_type t
    WHERE typnamespace = 'public'::regnamespace AND typelem = 0
      AND (typrelid = 0 OR (SELECT relkind FROM pg_class WHERE oid = typrelid) = 'c')
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = t.oid AND d.deptype IN ('e', 'i'))
    UNION ALL
    SELECT format('DROP SEQUENCE IF EXISTS %s CASCADE;', c.oid::regclass) FROM pg_class c
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'S'
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype IN ('e', 'a', 'i'))
"""


def _has_table(connection: Connection, name: str) -> bool:
    return connection.scalar(text("SELECT to_regclass(:name) IS NOT NULL"), {"name": f"public.{name}"}) is True


@contextmanager
def _opened(file: Path, identity: Path | None) -> Iterator[tuple[Manifest, Path]]:
    """Yield the checked manifest of a backup and its dump in a folder of their own."""
    with tempfile.TemporaryDirectory(prefix="fuchun-") as name:
        folder = Path(name)
        with file.open("rb") as head:
            is_encrypted = head.read(len(_AGE)) == _AGE
        plain = _decrypt(file, identity, folder) if is_encrypted else file
        try:
            with tarfile.open(plain, mode="r:") as tar:
                # Backups of before December 2026 have no checksum of the manifest.
                has_sum = MANIFEST_SUM in tar.getnames()
                for part in (MANIFEST, *([MANIFEST_SUM] if has_sum else []), DUMP):
                    _copy(tar.extractfile(part), folder / part)
            is_whole = not has_sum or (folder / MANIFEST_SUM).read_bytes() == _sha256(folder / MANIFEST).encode()
            manifest = _read_manifest((folder / MANIFEST).read_bytes())
        except (
            tarfile.TarError,
            LookupError,
            ValueError,
            TypeError,
            AttributeError,
            EOFError,
            RecursionError,
        ) as error:
            raise InputError(
                "{file} is not a backup of this program, or not the whole of one: take another", file=file.name
            ) from error
        if isinstance(manifest, _Newer):
            raise InputError(
                "{file} was made by version {version} of this program, which this one cannot read: install that one",
                file=file.name,
                version=manifest.program,
            )
        if not is_whole or _sha256(folder / DUMP) != manifest.dump_sha256:
            raise InputError("{file} is damaged: its contents are not what was written; take another", file=file.name)
        check_known([manifest.revision])
        yield manifest, folder / DUMP


@dataclass(frozen=True)
class _Newer:
    """The manifest of a format that this program does not know."""

    program: str


def _read_manifest(data: bytes) -> Manifest | _Newer:
    found: dict[str, Any] = json.loads(data)
    if not isinstance(found["format"], int):
        raise ValueError(found["format"])
    if found["format"] > FORMAT:  # its other fields may be others
        return _Newer(str(found.get("program", "?")))
    tables = {name: TableFacts(**facts) for name, facts in found.pop("tables").items()}
    manifest = Manifest(tables=tables, **found)
    texts = (manifest.program, manifest.revision, manifest.made_at, manifest.dump_sha256)
    for table in tables.values():
        if not isinstance(table.rows, int) or not isinstance(table.digest, str):
            raise ValueError(table)
    if not all(isinstance(each, str) for each in texts):
        raise ValueError(texts)
    return manifest


def _copy(source: IO[bytes] | None, target: Path) -> None:
    if source is None:
        raise KeyError(target.name)
    with source, target.open("xb") as out:
        while piece := source.read(_PIECE):
            out.write(piece)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _without_owner(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    entry.mode = 0o600
    return entry


def _encrypt(plain: Path, recipient: str) -> Path:
    sealed = plain.with_suffix(".age")
    sealed.touch(mode=0o600)
    _run("age", None, "--encrypt", "--recipient", recipient, "--output", str(sealed), str(plain))
    return sealed


def _decrypt(file: Path, identity: Path | None, folder: Path) -> Path:
    if identity is None:
        raise InputError("{file} is encrypted: name the file with the secret key (--identity)", file=file.name)
    plain = folder / "backup"
    plain.touch(mode=0o600)
    _run("age", None, "--decrypt", "--identity", str(identity), "--output", str(plain), str(file))
    return plain


def _run(program: str, url: URL | None, *options: str) -> None:
    """Run a program, on a store where one is given; raise `StoreError` with the error that it names."""
    command = [str(client_program(program))]
    environ = os.environ | {"LC_ALL": "C"}
    if url is not None:
        environ |= {"PGPASSWORD": url.password} if url.password else {}
        plain = url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)
        command.append(f"--dbname={plain}")
    done = subprocess.run(
        [*command, *options], env=environ, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines() or [f"exit code {done.returncode}"]
        said = next((line for line in lines if "ERROR" in line), lines[0])
        raise StoreError("{program} refused, and nothing was changed: {reason}", program=program, reason=said[:300])
