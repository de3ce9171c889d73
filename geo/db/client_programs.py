"""The programs of PostgreSQL's client (pg_dump, pg_restore, psql) and age, wherever they are installed."""

import shutil
from pathlib import Path

from geo.db.server import binary_directories
from geo.errors import StoreError

PACKAGES = {
    "pg_dump": "postgresql-client",
    "pg_restore": "postgresql-client",
    "psql": "postgresql-client",
    "age": "age",
}
"""Debian package of each program."""


def client_program(name: str) -> Path:
    """Return where a program is: of the newest PostgreSQL, which reads the stores of all older ones.

    Raises
    ------
    StoreError
        It is not installed: what to install.
    """
    beside = [directory / name for directory in binary_directories() if (directory / name).exists()]
    if name != "age" and beside:
        return max(beside, key=_release)
    found = shutil.which(name)
    if found is None:
        raise StoreError(
            "The program {name} is not on this machine: install it (Debian/Ubuntu: sudo apt install {package}).",
            name=name,
            package=PACKAGES[name],
        )
    return Path(found)


def _release(path: Path) -> tuple[int, str]:
    """Return the number in the path of an installation, such as /usr/lib/postgresql/15/bin, before the path."""
    numbers = [int(part) for part in path.parts if part.isdecimal()]
    return (max(numbers, default=0), str(path))
