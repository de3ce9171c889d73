"""Shared by all commands: open the store, translate, show progress, print errors in one line and JSON on stdout."""

import gettext
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import psycopg
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from geo.db.database_roles import StoreAddresses
from geo.disk import is_disk_full, no_space
from geo.errors import GeoError, MissingDataError, StoreError
from webmap.logic import labels

ROOT = Path(__file__).parents[2]


def language() -> str:
    """Return the command line's language: ``zh`` or ``en``."""
    return "en" if os.environ.get("FUCHUN_LANG", "zh").startswith("en") else "zh"


def translate(message: str) -> str:
    """Return an English message in the command line's language (``FUCHUN_LANG``: ``zh``, the default, or ``en``)."""
    if language() == "en":
        return message
    return gettext.translation("messages", ROOT / "webmap" / "translations", ["zh"], fallback=True).gettext(message)


def label(texts: Mapping[str, str], code: str) -> str:
    """Return the label of a code from a table of `webmap.logic.labels`, in the command line's language."""
    return translate(texts[code])


def count_text(count: float, unit: str) -> str:
    """Return a count of demand with its unit, in the command line's language."""
    return label(labels.COUNTS, unit).format(count=f"{count:,.0f}")


def say(message: str, **values: object) -> None:
    """Print a line for people on stderr: stdout holds only the answer."""
    click.echo(translate(message).format(**values), err=True)


def progress(stage: str, **values: object) -> None:
    """Show a stage of something long, with its values; on a terminal it replaces the one before."""
    text = translate(stage).format(**values)
    if sys.stderr.isatty():
        click.echo(f"\r\x1b[K{text} …", nl=False, err=True)
    else:
        click.echo(f"{text} …", err=True)


def end_progress() -> None:
    """Clear the progress line of a terminal."""
    if sys.stderr.isatty():
        click.echo("\r\x1b[K", nl=False, err=True)


@dataclass(frozen=True)
class Store:
    """The database and the folder beside it; `url` is the application's, `reader_url` that of what is public."""

    url: str
    reader_url: str
    engine: Engine
    state_dir: Path


@contextmanager
def open_store() -> Iterator[Store]:
    """Yield the store, migrated: ``DATABASE_URL`` when set, else the private cluster, started if need be."""
    from geo.db.cluster import state_directory
    from geo.db.session import Actor, acting, check_postgis, make_engine

    with open_addresses() as addresses:
        engine = make_engine(addresses.application, pool_size=2)
        acting.set(Actor(None, "fuchun"))
        try:
            check_postgis(engine)
            yield Store(addresses.application, addresses.reader, engine, state_directory(ROOT))
        finally:
            engine.dispose()


@contextmanager
def open_addresses() -> Iterator[StoreAddresses]:
    """Yield the addresses of the store by role, migrated as in `open_store`."""
    from geo.db.cluster import store_addresses
    from geo.db.database_roles import grant
    from geo.db.migrations import upgrade
    from geo.db.session import make_engine

    with store_addresses(ROOT) as addresses:
        owner = make_engine(addresses.owner, pool_size=1)
        try:
            upgrade(owner)
            grant(owner, addresses)
        finally:
            owner.dispose()
        yield addresses


class FuchunGroup(click.Group):
    """A command group whose `GeoError`s end in one line on stderr and exit code 1."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except GeoError as error:
            end_progress()
            click.echo(f"fuchun: {error.localized(translate)}{_remedy(error)}", err=True)
            ctx.exit(1)
        except (SQLAlchemyError, psycopg.Error, OSError) as error:
            said = _sentence(error)
            if said is None:
                raise
            end_progress()
            click.echo(f"fuchun: {said.localized(translate)}", err=True)
            ctx.exit(1)


def _remedy(error: GeoError) -> str:
    """Return which command loads what is missing, where that is what keeps the answer."""
    if not isinstance(error, MissingDataError):
        return ""
    return translate("; run: fuchun load {what} FILE").format(what=error.what)


def _sentence(error: SQLAlchemyError | psycopg.Error | OSError) -> GeoError | None:
    """Return what a person is told of a full disk or a database that is gone; None: a fault of ours."""
    if is_disk_full(error):
        return no_space()
    cause = getattr(error, "orig", None) or error
    if not isinstance(cause, psycopg.OperationalError):
        return None
    reason = " ".join(str(cause).split())[:300]
    return StoreError("the database refused: {reason}; nothing was changed, do it again once it answers", reason=reason)


def print_answer(answer: dict[str, Any], *, as_json: bool, lines: Callable[[], Sequence[str]]) -> None:
    """Print the answer: the JSON object alone, or lines for people, marked when the data is sample."""
    if as_json:
        click.echo(json.dumps(answer, ensure_ascii=False))
        return
    if answer.get("sample"):
        click.echo(translate("Sample data: the stations do not exist."))
    for line in lines():
        click.echo(line)


def read_moment(_: click.Context, __: click.Parameter, value: str | None) -> Any:
    """Read an ISO moment with its zone for a click option."""
    from datetime import datetime

    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError as error:
        raise click.BadParameter(f"{value} is not an ISO time such as 2026-11-23T12:10:00+08:00") from error
    if moment.tzinfo is None:
        raise click.BadParameter(f"{value} has no time zone; write for example {value}+08:00")
    return moment
