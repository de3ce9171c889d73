"""The account behind a request, its roles and what it may see."""

from flask_security import current_user


def account_id() -> int:
    """Return the key of the account that asks; only where an endpoint needs one."""
    return int(current_user.id)


def may(role: str) -> bool:
    """Tell whether the account has a role, or is an administrator."""
    return bool(current_user.has_role(role) or current_user.has_role("admin"))


def seen_by() -> int | None:
    """Return whose things the account may see: its own, or None for an administrator, who sees all."""
    return None if current_user.has_role("admin") else account_id()
