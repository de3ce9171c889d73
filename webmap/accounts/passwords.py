"""The password policy: 10 to 256 characters, neither a common password nor a pattern."""

import re
from functools import cache
from pathlib import Path
from typing import Any

from flask_babel import gettext
from flask_security import PasswordUtil

COMMON = Path(__file__).with_name("common_passwords.txt")
MIN_LENGTH = 10
MAX_LENGTH = 256
"""Longer than any password manager makes them."""
OWN_SIGNS = 4
"""Signs that a password must have beside the account's name."""

_REPEATED = re.compile(r"(.{1,4}?)\1+.{0,3}", re.DOTALL)


class Passwords(PasswordUtil):
    """Flask-Security's check of a new password, with ours."""

    def validate(self, password: str, is_register: bool, **kwargs: Any) -> tuple[list[str] | None, str]:
        """Return what is wrong with a new password, None where nothing is, and the password as it is hashed."""
        if len(password) > MAX_LENGTH:
            return [gettext("At most %(limit)s characters", limit=MAX_LENGTH)], password
        faults, normal = super().validate(password, is_register, **kwargs)
        if not faults and is_easy(normal, getattr(kwargs.get("user"), "username", "")):
            faults = [gettext("This password is easily guessed: take three or four words that do not belong together.")]
        return faults, normal


def is_easy(password: str, username: str = "") -> bool:
    """Tell whether a password is a common one, a short pattern again and again, or little more than the name.

    >>> is_easy("aaaaaaaaaa"), is_easy("Qwertyuiop"), is_easy("one2one2one2"), is_easy("a-planner-1", "a-planner")
    (True, True, True, True)
    >>> is_easy("correct horse 正确")
    False
    """
    lower = password.lower()
    if lower in common_passwords() or _REPEATED.fullmatch(lower):
        return True
    return bool(username) and username in lower and len(lower.replace(username, "")) < OWN_SIGNS


@cache
def common_passwords() -> frozenset[str]:
    """Return the common passwords, in lower case."""
    lines = COMMON.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if not line.startswith("#"))
