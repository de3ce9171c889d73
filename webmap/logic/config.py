"""Settings, read from the environment once and never changed; ``docs/configuration.md`` describes every one of them."""

import os
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from geo.coverage.standards import Standard, load_standards
from geo.errors import InputError

BASEMAP_TYPES = ("none", "raster", "tianditu")
LANGUAGES = ("zh", "en")

TIANDITU = (
    "https://t{server}.tianditu.gov.cn/{layer}_w/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER={layer}"
    "&STYLE=default&TILEMATRIXSET=w&FORMAT=tiles&TILEMATRIX={{z}}&TILEROW={{y}}&TILECOL={{x}}&tk={key}"
)
"""Tianditu's tile service, CGCS2000 in Web Mercator: ``vec`` is the ground, ``cva`` its Chinese labels."""


@dataclass(frozen=True, kw_only=True)
class Config:
    """What an installation decides.

    Attributes
    ----------
    database_url : str
        SQLAlchemy address of the store.
    reader_url : str
        Address of the store for what is public, of a role that only reads; empty: `database_url`.
    state_dir : Path
        Where snapshots and the kept secret lie.
    secret_key : str
        Signs the sessions of staff.
    basemap_type : str
        ``none`` (the streets in the store), ``raster`` (tiles at `basemap_url`) or ``tianditu``.
    basemap_url : str
        Tile address with ``{z}``, ``{x}`` and ``{y}``, in WGS84 or CGCS2000.
    basemap_attribution : str
        Shown on the map beside the sources of the data.
    tianditu_key : str
        The key that Tianditu gave to this installation.
    map_approval : str
        The 审图号 of the map.
    public_boundaries : bool
        Draw administrative boundaries on pages open to everybody.
    icp : str
        The ICP number that a public Chinese site shows at its foot.
    default_district : str
        District of a request that names none; empty: the only real one, else the sample.
    cookie_secure : bool
        Served over HTTPS: the session cookie says so, and browsers are told to stay with HTTPS.
    embed_origins : tuple of str
        Sites that may show ``/embed`` in a frame; ``*`` stands for all.
    job_days : int
        How long finished jobs and their files are kept.
    upload_mb : int
        Megabytes that an uploaded file may have.
    proxies : int
        Reverse proxies in front whose ``X-Forwarded-*`` headers are believed.
    service_worker : bool
        Browsers keep the public pages, so that they open without a connection.
    hosts : tuple of str
        Names that the site answers under; empty: those of `public_url`, else this machine's own and any IP address.
    public_url : str
        Address of the site as everybody reaches it, without a slash at its end: QR codes and posters lead there.
    request_log : bool
        Log one line of JSON a request: its id, route, status and time, and nothing of who asked.
    standards : tuple of Standard
        What the stations are held to: what comes with the program, and the installation's own.
    """

    database_url: str
    state_dir: Path
    secret_key: str
    reader_url: str = ""
    basemap_type: str = "none"
    basemap_url: str = ""
    basemap_attribution: str = ""
    tianditu_key: str = ""
    map_approval: str = ""
    public_boundaries: bool = True
    icp: str = ""
    default_district: str = ""
    cookie_secure: bool = False
    job_days: int = 14
    upload_mb: int = 200
    proxies: int = 0
    embed_origins: tuple[str, ...] = ("*",)
    hosts: tuple[str, ...] = ()
    public_url: str = ""
    service_worker: bool = True
    request_log: bool = False
    standards: tuple[Standard, ...] = field(default_factory=load_standards)

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "Config":
        """Read the settings; whoever starts the program has put ``DATABASE_URL`` and ``FUCHUN_STATE`` there.

        Raises
        ------
        InputError
            A setting is missing or cannot be used as it is.
        """
        required = _required(environ)
        state_dir = Path(required("FUCHUN_STATE"))
        config = cls(
            database_url=required("DATABASE_URL"),
            reader_url=environ.get("DATABASE_READER_URL", ""),
            state_dir=state_dir,
            secret_key=environ.get("FUCHUN_SECRET_KEY") or _kept_secret(state_dir),
            basemap_type=_choice(environ, "FUCHUN_BASEMAP_TYPE", BASEMAP_TYPES),
            basemap_url=environ.get("FUCHUN_BASEMAP_URL", ""),
            basemap_attribution=environ.get("FUCHUN_BASEMAP_ATTRIBUTION", ""),
            tianditu_key=environ.get("FUCHUN_TIANDITU_KEY", ""),
            map_approval=environ.get("FUCHUN_MAP_APPROVAL", ""),
            public_boundaries=_flag(environ, "FUCHUN_PUBLIC_BOUNDARIES", default=True),
            icp=environ.get("FUCHUN_ICP", ""),
            default_district=environ.get("FUCHUN_DEFAULT_DISTRICT", ""),
            cookie_secure=_flag(environ, "FUCHUN_COOKIE_SECURE", default=False),
            job_days=_count(environ, "FUCHUN_JOB_DAYS", default=14),
            upload_mb=_count(environ, "FUCHUN_UPLOAD_MB", default=200),
            proxies=_count(environ, "FUCHUN_PROXIES"),
            embed_origins=_origins(environ, "FUCHUN_EMBED_ORIGINS"),
            hosts=_hosts(environ, "FUCHUN_HOSTS"),
            public_url=_site_address(environ, "FUCHUN_PUBLIC_URL"),
            service_worker=_flag(environ, "FUCHUN_SERVICE_WORKER", default=True),
            request_log=_flag(environ, "FUCHUN_REQUEST_LOG", default=False),
            standards=configured_standards(environ),
        )
        _check_basemap(config)
        return config

    @property
    def basemap_tiles(self) -> tuple[tuple[str, ...], ...]:
        """Raster layers from the ground up, each a tuple of equivalent tile addresses; empty without a basemap."""
        if self.basemap_type == "raster":
            return ((self.basemap_url,),)
        if self.basemap_type == "tianditu":
            return tuple(
                tuple(TIANDITU.format(server=server, layer=layer, key=self.tianditu_key) for server in range(8))
                for layer in ("vec", "cva")
            )
        return ()

    @property
    def basemap_origins(self) -> tuple[str, ...]:
        """Origins that the browser must be allowed to fetch tiles from."""
        addresses = [urlsplit(tile) for layer in self.basemap_tiles for tile in layer]
        return tuple(dict.fromkeys(f"{a.scheme}://{a.netloc}" for a in addresses if a.netloc))


def configured_standards(environ: Mapping[str, str]) -> tuple[Standard, ...]:
    """Return the standards that come with the program and those of the file that ``FUCHUN_STANDARDS`` names."""
    own = environ.get("FUCHUN_STANDARDS")
    return load_standards(Path(own) if own else None)


def _required(environ: Mapping[str, str]) -> Callable[[str], str]:
    def read(name: str) -> str:
        value = environ.get(name)
        if not value:
            raise InputError("{name} is not set: start the program with 'fuchun serve', which sets it", name=name)
        return value

    return read


def _choice(environ: Mapping[str, str], name: str, choices: tuple[str, ...]) -> str:
    value = environ.get(name) or choices[0]
    if value not in choices:
        raise InputError("{name}={value}: write one of {choices}", name=name, value=value, choices=", ".join(choices))
    return value


def _flag(environ: Mapping[str, str], name: str, *, default: bool) -> bool:
    value = environ.get(name, "").lower()
    if value in ("", "true", "false"):
        return value == "true" if value else default
    raise InputError("{name}={value}: write one of {choices}", name=name, value=value, choices="true, false")


def _count(environ: Mapping[str, str], name: str, *, default: int = 0) -> int:
    value = environ.get(name) or str(default)
    if not (value.isascii() and value.isdigit()):
        raise InputError("{name}={value}: write a whole number, 0 or more", name=name, value=value)
    return int(value)


def _origins(environ: Mapping[str, str], name: str) -> tuple[str, ...]:
    """Return the origins of a list with spaces; they stand in a header, so nothing else may be in them."""
    values = tuple((environ.get(name) or "*").split())
    for value in values:
        if value not in ("*", "'none'") and not re.fullmatch(r"https?://[A-Za-z0-9.*-]+(:\d+)?", value):
            raise InputError(
                "{name}={value}: write origins such as https://www.example.org, or *", name=name, value=value
            )
    return values


def _hosts(environ: Mapping[str, str], name: str) -> tuple[str, ...]:
    """Return the names of a list with spaces, without ports and in lower case; ``*`` is any."""
    values = tuple((environ.get(name) or "").lower().split())
    for value in values:
        if value != "*" and not re.fullmatch(r"[a-z0-9_.-]+|\[[0-9a-f:.]+\]", value):
            raise InputError(
                "{name}={value}: write names such as map.example.cn, without a port", name=name, value=value
            )
    return values


def _site_address(environ: Mapping[str, str], name: str) -> str:
    value = environ.get(name, "").rstrip("/")
    parts = urlsplit(value)
    if value and (parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment):
        raise InputError("{name}={value}: write an address such as https://map.example.cn", name=name, value=value)
    return value


def _check_basemap(config: Config) -> None:
    if config.basemap_type == "tianditu" and not config.tianditu_key:
        raise InputError("FUCHUN_BASEMAP_TYPE=tianditu needs FUCHUN_TIANDITU_KEY, the key that tianditu.gov.cn gives")
    if config.basemap_type == "raster":
        address = urlsplit(config.basemap_url)
        if config.cookie_secure and address.scheme == "http":
            raise InputError(
                "FUCHUN_BASEMAP_URL={value}: a site over HTTPS takes tiles over HTTPS only", value=config.basemap_url
            )
        is_address = (address.scheme in ("http", "https") and address.netloc) or config.basemap_url.startswith("/")
        if not is_address or not all(part in config.basemap_url for part in ("{z}", "{x}", "{y}")):
            raise InputError(
                "FUCHUN_BASEMAP_URL={value}: write a tile address such as https://host/path/{{z}}/{{x}}/{{y}}.png",
                value=config.basemap_url,
            )
        # The origin stands in the content security policy, where a space or a semicolon would begin another rule.
        if not set(address.netloc) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:[]"):
            raise InputError("FUCHUN_BASEMAP_URL={value}: the host name is not usable", value=config.basemap_url)


def _kept_secret(state_dir: Path) -> str:
    """Return the key kept in the state directory, made at the first start."""
    kept = state_dir / "secret_key"
    try:
        return kept.read_text()
    except FileNotFoundError:
        state_dir.mkdir(parents=True, exist_ok=True)
    draft = state_dir / f"secret_key.{os.getpid()}"
    draft.touch(mode=0o600)
    draft.write_text(secrets.token_urlsafe(48))
    try:
        # A link fails where the name exists, so of two workers that start at once both read the first one's key.
        os.link(draft, kept)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return kept.read_text()
