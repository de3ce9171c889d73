"""``/manage/accounts``: the accounts of staff, the form of one beside the list, and login links shown once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from flask import Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from geo.db.districts import list_districts
from geo.db.regions import town_names
from geo.db.session import reading, writing
from geo.db.tables import District
from geo.db.versioned import StaleError
from geo.errors import GeoError, InputError
from webmap.accounts.models import Account
from webmap.accounts.people import (
    LINK_LIFETIME,
    AccountDraft,
    account_version,
    change_account,
    list_accounts,
    make_account,
    make_link,
    set_active,
)
from webmap.manage.blueprint import manage
from webmap.manage.listing import Column, Filter, local, make_listing, send_sheet, texts, wants_sheet
from webmap.manage.refused_forms import Difference, find_differences, shows_refusal
from webmap.manage.versioned_form import back_to, sent_text
from webmap.web.access import ROLES, requires
from webmap.web.addresses import site_address
from webmap.web.context import engine
from webmap.web.errors import kind_of
from webmap.words.labels import ROLES as ROLE_NAMES


@dataclass(frozen=True)
class Written:
    """The fields of the form: as stored, or as somebody wrote them."""

    username: str = ""
    full_name: str = ""
    role: str = "editor"
    districts: tuple[str, ...] = ()
    towns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Link:
    """A login link as it is shown once."""

    name: str
    address: str
    hours: int


@manage.get("/accounts")
@requires("admin")
def accounts() -> ResponseReturnValue:
    """List the accounts; ``?account=`` chooses the one whose form stands beside them."""
    return accounts_page()


@manage.post("/accounts")
@requires("admin")
def add_account() -> ResponseReturnValue:
    """Make an account and show its login link."""
    written = read_written()
    with writing(engine()) as session:
        token = make_account(session, written.username, draft_of(written))
    return accounts_page(link=link_of(written.full_name, token))


@manage.post("/accounts/<username>")
@requires("admin")
def save_account(username: str) -> ResponseReturnValue:
    """Change an account's name, role or limits."""
    with writing(engine()) as session:
        change_account(session, username, draft_of(read_written()), version=request.form.get("version", ""))
    return back_to("manage.accounts", gettext("Saved."), account=username)


@manage.post("/accounts/<username>/link")
@requires("admin")
def reset_account(username: str) -> ResponseReturnValue:
    """End an account's password and sessions, and show a new login link."""
    with writing(engine()) as session:
        token = make_link(session, username)
    return accounts_page(link=link_of(username, token))


@manage.post("/accounts/<username>/active")
@requires("admin")
def switch_account(username: str) -> ResponseReturnValue:
    """Disable an account, or enable it again."""
    with writing(engine()) as session:
        set_active(session, username, is_active=request.form.get("active") == "yes")
    return back_to("manage.accounts", gettext("Saved."), account=username)


@shows_refusal("manage.add_account")
@shows_refusal("manage.save_account")
def refused_account(error: GeoError) -> ResponseReturnValue:
    """Show the form with what was written, and why it was not saved."""
    # Who saves again after having read what others changed decides against it: the form then names what is stored.
    return accounts_page(error=error, written=read_written(), is_stale=isinstance(error, StaleError))


@shows_refusal("manage.switch_account")
@shows_refusal("manage.reset_account")
def refused_switch(error: GeoError) -> ResponseReturnValue:
    """Show the list, and why nothing was changed."""
    return accounts_page(error=error)


def accounts_page(
    *,
    error: GeoError | None = None,
    written: Written | None = None,
    is_stale: bool = False,
    link: Link | None = None,
) -> ResponseReturnValue:
    """Return the page."""
    with reading(engine()) as session:
        found = list_accounts(session)
        districts = [each for each in list_districts(session) if each.status != "demo"]
        towns = {each.code: town_names(session, each.code) for each in districts}
        session.expunge_all()
    wanted = (request.view_args or {}).get("username") or request.args.get("account")
    chosen = next((each for each in found if each.username == wanted), None)
    now = datetime.now(UTC)
    listing = make_listing(
        found,
        columns=(
            Column[Account](gettext("Person's name"), lambda each: each.full_name),
            Column(gettext("Account name"), lambda each: each.username),
            Column(gettext("Role"), lambda each: gettext(", ").join(str(ROLE_NAMES[role.name]) for role in each.roles)),
            Column(gettext("Limited to"), lambda each: scope_words(each, districts, towns)),
            Column(gettext("Last login"), lambda each: local(each.last_login_at, "Asia/Shanghai")),
            Column(gettext("State"), lambda each: gettext("in use") if each.active else gettext("disabled")),
        ),
        filters=(
            Filter[Account](
                "role", gettext("Role"), texts(ROLE_NAMES), lambda each: [role.name for role in each.roles]
            ),
            Filter(
                "active",
                gettext("State"),
                {"yes": gettext("in use"), "no": gettext("disabled")},
                lambda each: ["yes" if each.active else "no"],
            ),
        ),
    )
    if wants_sheet():
        return send_sheet(listing, title=gettext("Accounts"))
    page = render_template(
        "manage/accounts.html",
        listing=listing,
        chosen=chosen,
        form=written or stored(chosen),
        version=account_version(chosen) if chosen and (written is None or is_stale) else request.form.get("version"),
        differences=account_differences(chosen, written, districts, towns) if chosen and written and is_stale else [],
        lost_towns=lost_towns(written or stored(chosen), towns),
        lost_districts=lost_districts(written or stored(chosen), districts),
        link=link,
        error=error.localized(gettext) if error else None,
        roles=ROLES,
        districts=districts,
        towns=towns,
        scope=lambda account: scope_words(account, districts, towns),
        now=now,
    )
    response = Response(page, kind_of(error).status if error else 200)
    response.headers["Cache-Control"] = "no-store"
    return response


def scope_words(account: Account, districts: Sequence[District], towns: dict[str, dict[str, str]]) -> str:
    """Return what an account is limited to, as people read it."""
    return written_scope(stored(account), districts, towns)


def written_scope(form: Written, districts: Sequence[District], towns: dict[str, dict[str, str]]) -> str:
    """Return what a form limits an account to, as people read it."""
    pairs = [town.partition("/") for town in form.towns]
    names = [towns.get(district, {}).get(code, code) for district, _, code in pairs]
    if not names:
        known = {each.code: each.name for each in districts}
        names = [known.get(code, code) for code in form.districts]
    return str(gettext(", ").join(names) if names else gettext("all"))


def account_differences(
    account: Account, written: Written, districts: Sequence[District], towns: dict[str, dict[str, str]]
) -> list[Difference]:
    """Return the fields where an account, as others have changed it, and a form differ."""
    held = stored(account)
    return find_differences(
        {
            gettext("Person's name"): (held.full_name, written.full_name),
            gettext("Role"): (str(ROLE_NAMES.get(held.role, "")), str(ROLE_NAMES.get(written.role, ""))),
            gettext("Limited to"): (
                written_scope(held, districts, towns),
                written_scope(written, districts, towns),
            ),
        }
    )


def lost_towns(form: Written, towns: dict[str, dict[str, str]]) -> list[str]:
    """Return the towns of a form that are loaded no more: they stay shown, or saving the form would lift the limit."""
    return [town for town in form.towns if town.partition("/")[2] not in towns.get(town.partition("/")[0], {})]


def lost_districts(form: Written, districts: Sequence[District]) -> list[str]:
    """Return the districts of a form that the page does not offer: they stay shown likewise."""
    offered = {each.code for each in districts} if len(districts) > 1 else set()
    return [code for code in form.districts if code not in offered]


def stored(account: Account | None) -> Written:
    """Return the form of an account, None: of a new one."""
    if account is None:
        return Written()
    return Written(
        username=account.username,
        full_name=account.full_name or "",
        role=account.roles[0].name if account.roles else "",
        districts=tuple(each.district_code for each in account.districts),
        towns=tuple(f"{each.district_code}/{each.town_code}" for each in account.towns),
    )


def read_written() -> Written:
    """Return the sent form."""
    return Written(
        username=(request.view_args or {}).get("username") or sent_text("username"),
        full_name=sent_text("full_name"),
        role=sent_text("role"),
        districts=tuple(request.form.getlist("district")),
        towns=tuple(request.form.getlist("town")),
    )


def draft_of(written: Written) -> AccountDraft:
    """Return what a form asks for; the towns of a role that has none are left out.

    Raises
    ------
    InputError
        If there is no such town.
    """
    chosen = [town.partition("/") for town in written.towns] if written.role == "editor" else []
    with reading(engine()) as session:
        for district, _, town in chosen:
            if town not in town_names(session, district):
                raise InputError("There is no town {code} in district {district}", code=town, district=district)
    return AccountDraft(
        full_name=written.full_name,
        role=written.role,
        districts=written.districts,
        towns=tuple((district, town) for district, _, town in chosen),
    )


def link_of(name: str, token: str) -> Link:
    """Return a link as it is shown."""
    address = site_address() + url_for("welcome.page", key=token, _external=False).split("?")[0]
    return Link(name, address, int(LINK_LIFETIME.total_seconds() // 3600))
