"""``fuchun districts``: list, rename, hide, choose as default, and delete districts."""

import json
from pathlib import Path
from typing import Any

import click

from webmap.cli.console import end_progress, label, open_addresses, open_store, progress, say, translate
from webmap.cli.options import json_option
from webmap.logic.labels import DISTRICT_STATES, TABLES

CODE = click.argument("code")


@click.group()
def districts() -> None:
    """List the districts of this site, and change which is shown and how."""


@districts.command("list")
@json_option
def list_all(as_json: bool) -> None:
    """List the districts."""
    from geo.db.districts import holdings, list_districts
    from geo.db.session import reading

    with open_store() as store, reading(store.engine) as session:
        found = [
            {
                "code": each.code,
                "name": each.name,
                "name_en": each.name_en,
                "status": each.status,
                "default": each.is_default,
                "hidden": each.is_hidden,
                "rows": {held.table: held.rows for held in holdings(session, each.code)},
            }
            for each in list_districts(session)
        ]
    if as_json:
        click.echo(json.dumps({"districts": found}, ensure_ascii=False))
        return
    for facts in found:
        click.echo(line(facts))


def line(facts: dict[str, Any]) -> str:
    """Return what is said of a district in one line."""
    marks = [label(DISTRICT_STATES, facts["status"])]
    marks += [translate(word) for word, key in (("default", "default"), ("hidden", "hidden")) if facts[key]]
    rows = [f"{label(TABLES, table)} {count:,}" for table, count in facts["rows"].items()]
    return f"{facts['code']}  {facts['name']}  {' · '.join(marks)}  {'  '.join(rows)}".rstrip()


@districts.command()
@CODE
@click.argument("name")
@click.option("--english", metavar="NAME", help="Its name in English.")
def rename(code: str, name: str, english: str | None) -> None:
    """Give district CODE another NAME."""
    from geo.db.districts import rename_district
    from geo.db.session import writing

    with open_store() as store, writing(store.engine) as session:
        rename_district(session, code, name=name, name_en=english)
    say("District {code} is now called {name}.", code=code, name=name)


@districts.command()
@CODE
def hide(code: str) -> None:
    """Hide district CODE from the public; staff still work on it."""
    _set_hidden(code, is_hidden=True)
    say("District {code} is hidden from the public.", code=code)


@districts.command()
@CODE
def show(code: str) -> None:
    """Show district CODE to the public again."""
    _set_hidden(code, is_hidden=False)
    say("District {code} is shown to the public.", code=code)


def _set_hidden(code: str, *, is_hidden: bool) -> None:
    from geo.db.districts import set_hidden
    from geo.db.session import writing

    with open_store() as store, writing(store.engine) as session:
        set_hidden(session, code, is_hidden=is_hidden)


@districts.command()
@click.argument("code", required=False)
@click.option("--none", "is_none", is_flag=True, help="None: people choose.")
def default(code: str | None, is_none: bool) -> None:
    """Let requests that name no district mean CODE."""
    from geo.db.districts import set_default
    from geo.db.session import writing

    if (code is None) != is_none:
        raise click.UsageError(translate("Name a district, or give --none."))
    with open_store() as store, writing(store.engine) as session:
        set_default(session, code)
    if code is None:
        say("No district is the default: people choose.")
    else:
        say("District {code} is the default.", code=code)


@districts.command()
@CODE
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option(
    "--backup", "folder", type=click.Path(file_okay=False, path_type=Path), help="Folder of the backup made before."
)
@click.option("--no-backup", is_flag=True, help="Make no backup before.")
def delete(code: str, yes: bool, folder: Path | None, no_backup: bool) -> None:
    """Delete district CODE with all that it holds, after a backup of the whole store."""
    from geo.db.backup import back_up
    from geo.db.cluster import state_directory
    from geo.db.districts import delete_district, holdings, require_no_limits, resolve_district
    from geo.db.session import make_engine, reading, writing
    from webmap.cli.console import ROOT

    with open_addresses() as addresses:
        engine = make_engine(addresses.application, pool_size=1)
        try:
            with reading(engine) as session:
                name = resolve_district(session, code).name
                require_no_limits(session, code)
                held = [f"{label(TABLES, each.table)} {each.rows:,}" for each in holdings(session, code)]
            say("{name} ({code}) holds: {held}", name=name, code=code, held=", ".join(held) or "-")
            if not yes:
                click.confirm(translate("All of it is deleted. Go on?"), abort=True, err=True)
            if not no_backup:
                folder = folder or state_directory(ROOT) / "backups"
                folder.mkdir(parents=True, exist_ok=True)
                progress("writing the backup")
                file, _ = back_up(addresses.owner, folder)
                end_progress()
                say("The backup is {file}.", file=file)
            with writing(engine) as session:
                delete_district(session, code)
        finally:
            engine.dispose()
    say("District {name} is deleted.", name=name)
