"""The account behind a request, its roles and what it may see."""

from flask import abort
from flask_security import current_user


def account_id() -> int:
    """Return the key of the account that asks; only where an endpoint needs one."""
    return int(current_user.id)


def name() -> str:
    """Return how others read who did something: the full name of the account that asks, else its account name."""
    return str(current_user.full_name or current_user.username)


def districts() -> list[str]:
    """Return the codes of the districts that the account is limited to, by itself or by its towns; empty: all."""
    own = [*current_user.districts] or [*current_user.towns]
    return sorted({limit.district_code for limit in own})


def require_town(district: str, town: str | None) -> None:
    """Refuse (403) an account that is limited to other towns than `town` of `district`."""
    towns = {(limit.district_code, limit.town_code) for limit in current_user.towns}
    if towns and (district, town) not in towns:
        abort(403)


def own_towns(district: str) -> set[str]:
    """Return the codes of the towns of a district that the account is limited to; empty: it is not limited."""
    return {limit.town_code for limit in current_user.towns if limit.district_code == district}


def may(role: str) -> bool:
    """Tell whether the account has a role, or is an administrator."""
    return bool(current_user.has_role(role) or current_user.has_role("admin"))


def seen_by() -> int | None:
    """Return whose things the account may see: its own, or None for an administrator, who sees all."""
    return None if current_user.has_role("admin") else account_id()
