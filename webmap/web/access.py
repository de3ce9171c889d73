"""Who may call which route: the roles of accounts, and the declarations that every view carries.

What happens to a request that a declaration does not admit is said in `webmap.web.security`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Flask

from webmap.logic.config import Config

View = TypeVar("View", bound=Callable[..., Any])

ROLES = ("admin", "planner", "organiser", "editor", "viewer")
"""What an account can be; an administrator may do what any other role may, a viewer only reads."""

TOWN_WRITES = frozenset(
    {
        "manage.save_place",
        "manage.close_temporarily",
        "manage.save_photo",
        "manage.settle_reports",
        "security.logout",
        "security.change_password",
    }
)
"""All that an account may change which is limited to towns; each of them looks at the town."""


@dataclass(frozen=True)
class Access:
    """Who may call an endpoint: everybody when `roles` is empty; `has_session` says whether a session may be used.

    `is_by_district`: the view lets in everybody or staff alone, as the district says
    (`webmap.web.context.planning_state`).
    """

    roles: frozenset[str] = frozenset()
    has_session: bool = False
    is_by_district: bool = False


PUBLIC = Access()

SIGN_IN = Access(has_session=True)
"""Open to everybody, with a session: the login page."""

PLANNING = Access(has_session=True, is_by_district=True)


def public(view: View) -> View:
    """Declare that everybody may call `view`, without a session."""
    view.__dict__["access"] = PUBLIC
    return view


def requires(*roles: str) -> Callable[[View], View]:
    """Declare that `view` needs an account with one of `roles` (or an administrator)."""
    for role in roles:
        if role not in ROLES:
            raise ValueError(f"role {role!r} is none of {', '.join(ROLES)}")

    def declare_view(view: View) -> View:
        view.__dict__["access"] = Access(frozenset({*roles, "admin"}), has_session=True)
        return view

    return declare_view


def staff(view: View) -> View:
    """Declare that `view` needs an account, whatever its role."""
    view.__dict__["access"] = Access(frozenset(ROLES), has_session=True)
    return view


def planning(view: View) -> View:
    """Declare that `view` shows what belongs to staff in a real district, unless an administrator has published it."""
    view.__dict__["access"] = PLANNING
    return view


def from_our_pages(view: View) -> View:
    """Declare that writes to a public `view` are taken from pages of this site only.

    Without a session there is no token to compare; browsers say themselves where a request comes from.
    """
    view.__dict__["is_from_our_pages"] = True
    return view


def takes_files(max_bytes: int | Callable[[Config], int]) -> Callable[[View], View]:
    """Declare that the body of a request to `view` may be larger than others: it holds a file of up to `max_bytes`.

    A function of the settings tells where they decide.
    """

    def declare_view(view: View) -> View:
        view.__dict__["max_file_bytes"] = max_bytes
        return view

    return declare_view


def declare(app: Flask, endpoint: str, access: Access) -> None:
    """Declare an endpoint whose view function is not ours."""
    app.extensions.setdefault("fuchun_access", {})[endpoint] = access


def access_of(app: Flask, endpoint: str | None) -> Access | None:
    """Return the declaration of `endpoint`, None where there is none."""
    if endpoint is None:
        return None
    declared: Access | None = app.extensions.get("fuchun_access", {}).get(endpoint)
    return declared or getattr(app.view_functions.get(endpoint), "access", None)


def framed(view: View) -> View:
    """Declare that a public `view` may stand in a frame of another site, as the settings allow."""
    view.__dict__["is_framed"] = True
    return view
