"""``fuchun accounts``: list, make, disable and reset the accounts of staff."""

import json
import os
from typing import Any

import click

from webmap.cli.console import label, open_store, say, translate
from webmap.cli.options import json_option
from webmap.logic.labels import ROLES

NAME = click.argument("username")


@click.group()
def accounts() -> None:
    """Make and keep the accounts of staff; a login link is shown once."""


@accounts.command("list")
@json_option
def list_all(as_json: bool) -> None:
    """List the accounts."""
    from geo.db.session import reading
    from webmap.accounts.people import list_accounts

    with open_store() as store, reading(store.engine) as session:
        found: list[dict[str, Any]] = [
            {
                "account": each.username,
                "name": each.full_name,
                "roles": [role.name for role in each.roles],
                "districts": [limit.district_code for limit in each.districts],
                "towns": [f"{limit.district_code}/{limit.town_code}" for limit in each.towns],
                "active": each.active,
                "link_until": each.link.expires_at.isoformat() if each.link else None,
                "last_login_at": each.last_login_at.isoformat() if each.last_login_at else None,
            }
            for each in list_accounts(session)
        ]
    if as_json:
        click.echo(json.dumps({"accounts": found}, ensure_ascii=False))
        return
    for facts in found:
        roles = ", ".join(label(ROLES, role) for role in facts["roles"])
        state = translate("in use") if facts["active"] else translate("disabled")
        limits = " ".join([*facts["districts"], *facts["towns"]])
        click.echo(f"{facts['account']}  {facts['name'] or '-'}  {roles}  {state}  {limits}".rstrip())


@accounts.command()
@NAME
@click.option("--name", "full_name", required=True, help="The person's name, which others read.")
@click.option("--role", type=click.Choice(tuple(ROLES)), required=True)
@click.option("--in", "districts", metavar="CODE", multiple=True, help="Only in this district; repeatable.")
@click.option("--town", "towns", metavar="DISTRICT/TOWN", multiple=True, help="Only this town; repeatable.")
def make(username: str, full_name: str, role: str, districts: tuple[str, ...], towns: tuple[str, ...]) -> None:
    """Make account USERNAME and print its login link."""
    from geo.db.session import writing
    from geo.errors import InputError
    from webmap.accounts.people import AccountDraft, make_account

    limits = [tuple(town.split("/", 1)) for town in towns]
    if any(len(limit) != 2 for limit in limits):
        raise InputError("{value} names no town; write DISTRICT/TOWN by their codes", value=" ".join(towns))
    draft = AccountDraft(
        full_name=full_name, role=role, districts=districts, towns=tuple((limit[0], limit[1]) for limit in limits)
    )
    with open_store() as store, writing(store.engine) as session:
        token = make_account(session, username, draft)
    _print_link(token)


@accounts.command()
@NAME
def reset(username: str) -> None:
    """End the password and the sessions of USERNAME, and print a new login link."""
    from geo.db.session import writing
    from webmap.accounts.people import make_link

    with open_store() as store, writing(store.engine) as session:
        token = make_link(session, username)
    _print_link(token)


@accounts.command()
@NAME
def disable(username: str) -> None:
    """Let USERNAME log in no more; the sessions end at once."""
    _set_active(username, is_active=False)
    say("The account {name} is disabled.", name=username)


@accounts.command()
@NAME
def enable(username: str) -> None:
    """Let USERNAME log in again."""
    _set_active(username, is_active=True)
    say("The account {name} is in use again.", name=username)


def _set_active(username: str, *, is_active: bool) -> None:
    from geo.db.session import writing
    from webmap.accounts.people import set_active

    with open_store() as store, writing(store.engine) as session:
        set_active(session, username, is_active=is_active)


def _print_link(token: str) -> None:
    say("This link lets the person in once, within 24 hours; it is not shown again:")
    click.echo(f"{os.environ.get('FUCHUN_PUBLIC_URL', '').rstrip('/')}/welcome/{token}")
