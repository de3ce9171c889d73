"""Read TOML, and name the line where it is none."""

import re
import tomllib
from collections.abc import Callable
from typing import Any

from geo.errors import InputError


def read_toml(text: str, *, file: str, parse_float: Callable[[str], Any] = float) -> dict[str, Any]:
    """Return what a TOML text holds.

    Parameters
    ----------
    text, file : str
        The text, and what it is called in a message.
    parse_float : callable
        Reads the numbers with a point.

    Raises
    ------
    InputError
        If it is not TOML; names the line.

    Examples
    --------
    >>> read_toml("a = 1", file="rules.toml")
    {'a': 1}
    """
    try:
        return tomllib.loads(text, parse_float=parse_float)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"at line (\d+)", str(error))
        line = int(found[1]) if found else text.count("\n") + 1
        raise InputError("{file}, line {line}: is not TOML", file=file, line=line) from error
    except RecursionError as error:
        raise InputError("{file}, line {line}: is not TOML", file=file, line=1) from error
