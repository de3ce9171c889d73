"""Trusted host names: a forged Host header must not get into links, codes and posters."""

import socket
from collections.abc import Callable
from ipaddress import ip_address
from urllib.parse import urlsplit

from webmap.logic.config import Config

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def allowed_hosts(config: Config) -> Callable[[str], bool]:
    """Return what tells whether the site answers under the host of a request, its port aside.

    What the settings name and this machine's loopback. With nothing named, also this machine's own name and any IP
    address: nobody can send a browser elsewhere with those.

    >>> from pathlib import Path
    >>> named = Config(database_url="", state_dir=Path(), secret_key="", public_url="https://map.example.cn")
    >>> [allowed_hosts(named)(host) for host in ("map.example.cn", "localhost:8000", "192.0.2.7", "evil.example")]
    [True, True, False, False]
    >>> unnamed = Config(database_url="", state_dir=Path(), secret_key="")
    >>> [allowed_hosts(unnamed)(host) for host in ("192.0.2.7:8000", "[2001:db8::7]", "evil.example", "")]
    [True, True, False, False]
    """
    public = urlsplit(config.public_url).hostname
    named = {host.strip("[]") for host in config.hosts} | ({public} if public else set())
    if "*" in named:
        return lambda host: True
    machine = socket.gethostname().lower()
    own = LOOPBACK if named else LOOPBACK | {machine, f"{machine}.local"}

    def is_allowed(host: str) -> bool:
        name = _name_of(host)
        return name in named or name in own or (not named and _is_address(name))

    return is_allowed


def _name_of(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
