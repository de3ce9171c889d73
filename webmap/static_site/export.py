"""Export the public pages of a district as a folder of static files.

The pages are the application's own, asked for one after the other; their addresses become relative, and what leads to
something that a folder cannot answer is taken away. The phone answers by itself (``static/js/offline``), so nothing is
missing but what needs a server: reports, saving, drawing. Every page forbids requests to another host.
"""

import gzip
import html
import json
import posixpath
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from flask import Flask

from geo.db.tiles import MAX_ZOOM
from geo.errors import InputError
from webmap.logic.config import Config
from webmap.logic.district_state import DistrictState
from webmap.logic.places import has_page
from webmap.logic.snapshots import SERVED_MODES
from webmap.map.tiles import drawn_tile, tile_bounds, tile_range, tile_version
from webmap.offline.install import shell_names, worker_source
from webmap.static_site.coverage import coverage_page, coverage_squares
from webmap.static_site.rewriting import rewrite_addresses
from webmap.web.assets import Assets
from webmap.web.json_answers import squares_json
from webmap.web.pages import STATIC_KEY
from webmap.web.security import response_headers

LANGS = ("zh", "en")
"""The first stands at the top of the folder, the other in a folder of its name."""

WORKER_PAGES = (
    "",
    r"(en/)?(index\.html)?",
    r"(en/)?s/[^/]+/(index\.html)?",
    r"(en/)?tours/(.+/)?(index\.html)?",
    r"(en/)?(benefits|activities)/(index\.html)?",
)
FONT_PRINTS = ("picture.png", "poster.pdf")
"""What is written of a station where there is a font to print with, beside its QR code."""

_HERE = ("lang", "district", "text")
_PHONE = {"User-Agent": "Mobile"}
_SEGMENT = re.compile(r"[^/\\]+")

Progress = Callable[[str], None]


@dataclass(frozen=True)
class SiteReport:
    """What was written: number of pages and tiles, bytes in all and of the tiles."""

    folder: Path
    pages: int
    tiles: int
    n_bytes: int
    tile_bytes: int


def export_site(app: Flask, state: DistrictState, folder: Path, *, progress: Progress = lambda _: None) -> SiteReport:
    """Write the public pages of a district.

    Parameters
    ----------
    app : Flask
    state : DistrictState
        With its snapshot built.
    folder : Path
        Must not exist, or be empty.

    Raises
    ------
    InputError
        If the folder holds something already.
    NotReadyError
        If the district has no streets.
    """
    state.ready()
    if folder.exists() and any(folder.iterdir()):
        raise InputError("{folder} is not empty; name a folder that is not there yet", folder=str(folder))
    writer = _Writer(app, state, folder)
    progress("writing the pages")
    for language in LANGS:
        writer.write_pages(language)
    writer.write_worker()
    writer.write_assets()
    progress("drawing the tiles of the map")
    tiles, tile_bytes = writer.write_tiles()
    return SiteReport(folder, writer.pages, tiles, writer.n_bytes, tile_bytes)


class _Writer:
    """One export: asks the application for pages, and writes what they need."""

    def __init__(self, app: Flask, state: DistrictState, folder: Path) -> None:
        self._app = app
        self._state = state
        self._folder = folder
        self._client = app.test_client()
        self._client.environ_base[STATIC_KEY] = "yes"
        self._files: Assets = app.extensions["fuchun_assets"]
        self._config: Config = app.extensions["fuchun_config"]
        self._code = state.district.code
        self._assets = set(shell_names(self._files))
        policy = response_headers(self._config)["Content-Security-Policy"]
        # A page cannot say by itself who may frame it.
        self._policy = "; ".join(rule for rule in policy.split("; ") if not rule.startswith("frame-ancestors"))
        self._places = {place.code for place in state.places if has_page(place)}
        self._tours = {tour.code for tour in state.tours}
        # They name the address of a page, and a folder does not know where it will lie.
        can_print = app.extensions["fuchun_font"] is not None
        self._prints = ("qr.svg", *(FONT_PRINTS if can_print else ())) if self._config.public_url else ()
        self._activities = {str(each.id) for each in state.offers.upcoming(datetime.now(UTC))}
        self.pages = 0
        self.n_bytes = 0

    def write_pages(self, language: str) -> None:
        """Write all pages in a language, and the data behind them."""
        addresses = ["/", "/tours", "/benefits", "/activities"]
        addresses += [f"/s/{quote(code, safe='')}" for code in sorted(self._places) if _is_name(code)]
        addresses += [f"/tours/{quote(code, safe='')}" for code in sorted(self._tours) if _is_name(code)]
        for address in addresses:
            self._write_page(f"{address}?lang={language}&district={quote(self._code)}")
        for code in sorted(self._tours):
            for name in ("tour.geojson", "tour.gpx"):
                address = f"/tours/{quote(code, safe='')}/{name}?lang={language}&district={quote(self._code)}"
                self._write(self._file_of(address), self._get(address))
        self._write_prints(language)
        self._write_offers(language)
        if len(self._state.demand) and self._state.district.is_plan_open:
            self._write_coverage(language)
        for theme in ("light", "dark"):
            self._write_style(language, theme)
        self._write_document(language)
        self._write_manifest(language)

    def write_worker(self) -> None:
        """Write the service worker; its version is that of scripts, streets and tiles together."""
        parts = (self._files.version, self._state.ready().pack_version, str(tile_version(self._state, self._config)))
        self._write("sw.js", worker_source(self._files, pages=WORKER_PAGES, version="-".join(parts)).encode())

    def write_assets(self) -> None:
        """Write the scripts, styles and pictures that the pages use, and the streets."""
        modules = [name for name in self._assets if name.endswith(".js")]
        for name in sorted(self._assets | set(shell_names(self._files, modules=modules))):
            asset = self._files.find(name)
            if asset is not None:
                self._write(f"static/{self._files.version}/{name}", asset.body)
        version = self._state.ready().pack_version
        self._write(f"device/{self._code}/{version}.pack", self._get(f"/device/{quote(self._code)}/{version}.pack"))

    def write_tiles(self) -> tuple[int, int]:
        """Write every tile of the district, the empty ones too; return their number and bytes."""
        version = tile_version(self._state, self._config)
        count = total = 0
        with self._app.app_context():
            for z in range(MAX_ZOOM + 1):
                for x, y in tile_range(tile_bounds(self._state), z):
                    drawn = drawn_tile(self._state, version, self._config, z, x, y)
                    # A bare server sends files as they are, so they are not compressed. An empty file is an empty tile.
                    body = gzip.decompress(drawn) if drawn else b""
                    self._write(f"tiles/{self._code}/{version}/{z}/{x}/{y}.mvt", body)
                    count, total = count + 1, total + len(body)
        return count, total

    def _write_coverage(self, language: str) -> None:
        for mode in SERVED_MODES:
            address = f"/plan?lang={language}&mode={mode}"
            with self._app.test_request_context(address, environ_overrides={STATIC_KEY: "yes"}):
                self._save_page(address, coverage_page(self._state, mode))
                squares = coverage_squares(self._state, mode)
            self._write(f"plan/{mode}.geojson", json.dumps(squares_json(squares)).encode())
        self._write("plan/stations.geojson", self._get(f"/api/v1/stations?district={quote(self._code)}"))

    def _write_offers(self, language: str) -> None:
        """Write the calendars, and the membership picture if the union supplied one."""
        files = ["/activities.ics", *(f"/activities/{number}.ics" for number in sorted(self._activities))]
        membership = self._state.offers.membership
        if membership is not None and membership.digest is not None:
            files.append("/benefits/membership.jpg")
        for file in files:
            address = f"{file}?lang={language}&district={quote(self._code)}"
            self._write(self._file_of(address), self._get(address))

    def _write_prints(self, language: str) -> None:
        for code in sorted(self._places):
            for name in self._prints if _is_name(code) else ():
                address = f"/s/{quote(code, safe='')}/{name}?lang={language}&district={quote(self._code)}"
                self._write(self._file_of(address), self._get(address))

    def _write_page(self, address: str) -> None:
        self._save_page(address, self._get(address).decode())

    def _save_page(self, address: str, page: str) -> None:
        file = self._file_of(address) or ""
        policy = f'\n  <meta http-equiv="Content-Security-Policy" content="{html.escape(self._policy)}">'
        self._write(file, self._relative(page, file, meta=policy).encode())
        self.pages += 1

    def _write_style(self, language: str, theme: str) -> None:
        file = f"{_prefix(language)}map/{self._code}/style-{theme}.json"
        style = json.loads(self._get(f"/map/{quote(self._code)}/style.json?lang={language}&theme={theme}"))
        tiles = f"tiles/{self._code}/{tile_version(self._state, self._config)}"
        style["sources"]["district"]["tiles"] = [f"{_to(tiles, file)}/{{z}}/{{x}}/{{y}}.mvt"]
        self._write(file, json.dumps(style, ensure_ascii=False).encode())

    def _write_document(self, language: str) -> None:
        file = f"{_prefix(language)}device/{self._code}/stations.json"
        document = json.loads(self._get(f"/device/{quote(self._code)}/stations.json?lang={language}"))
        page = f"{_prefix(language)}index.html"
        document["lists"] = {kind: self._relative(text, page) for kind, text in document["lists"].items()}
        document["pack"] = _to(f"device/{self._code}/{document['pack']}", file)
        document["reports"] = {}  # all have expired when the folder is read
        document["made_at"] = datetime.now(UTC).isoformat()
        self._write(file, json.dumps(document, ensure_ascii=False).encode())
        names = f"/device/{quote(self._code)}/names.json?lang={language}"
        self._write(self._file_of(names), self._get(names))

    def _write_manifest(self, language: str) -> None:
        file = f"{_prefix(language)}manifest.webmanifest"
        manifest = json.loads(self._get(f"/manifest.webmanifest?lang={language}"))
        icons = [icon | {"src": _to(self._use(icon["src"]), file)} for icon in manifest["icons"]]
        # Relative to the manifest: the folder may lie anywhere.
        manifest |= {"start_url": "./", "scope": _to("", file) or "./", "icons": icons}
        del manifest["id"]
        self._write(file, json.dumps(manifest, ensure_ascii=False).encode())

    def _get(self, address: str) -> bytes:
        answer = self._client.get(address, headers=_PHONE)
        if answer.status_code != 200:
            raise InputError("{address} answers {status}", address=address, status=answer.status_code)
        return bytes(answer.data)

    def _write(self, file: str | None, body: bytes) -> None:
        if file is None:
            return
        path = self._folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
        self.n_bytes += len(body)

    def _relative(self, text: str, file: str, *, meta: str = "") -> str:
        """Return HTML for a file of the folder: addresses relative, or taken away where the folder holds no answer."""

        def replace(name: str, value: str) -> str | None:
            target = self._file_of(value)
            if target is None:
                return None
            parts = urlsplit(value)
            query = urlencode([pair for pair in parse_qsl(parts.query) if pair[0] not in _HERE])
            is_rider = name == "href" and parts.path == "/"
            link = _to(target, file)
            link += f"?{query}" if is_rider and query else ""
            link += f"#{parts.fragment}" if parts.fragment else ""
            return link

        return rewrite_addresses(text, replace, meta=meta)

    def _file_of(self, address: str) -> str | None:
        """Return the file that answers an address of the application; None: there is none."""
        parts = urlsplit(address)
        query = dict(parse_qsl(parts.query))
        if query.get("district", self._code) != self._code:
            return None
        folder = _prefix(query.get("lang", LANGS[0]))
        segments = [unquote(segment) for segment in parts.path.strip("/").split("/")]
        if not all(_is_name(segment) for segment in segments if segment):
            return None
        match segments:
            case [""]:
                return f"{folder}index.html"
            case ["static", _, *_]:
                return self._use(parts.path)
            case ["sw.js"]:
                return "sw.js"
            case ["manifest.webmanifest" | "activities.ics" | "tours" | "benefits" | "activities" as name]:
                return f"{folder}{name}" if "." in name else f"{folder}{name}/index.html"
            case ["plan"] if len(self._state.demand):
                mode = query.get("mode", SERVED_MODES[0])
                return f"{folder}plan/index.html" if mode == SERVED_MODES[0] else f"{folder}plan/{mode}/index.html"
            case ["plan", name] if name.endswith(".geojson"):
                return f"plan/{name}"
            case ["activities", name] if name.endswith(".ics") and name[:-4] in self._activities:
                return f"{folder}activities/{name}"
            case ["benefits", "membership.jpg"]:
                return "benefits/membership.jpg"
            case ["s", code] if code in self._places:
                return f"{folder}s/{code}/index.html"
            case ["s", code, name] if code in self._places and name in self._prints:
                return f"{folder}s/{code}/{name}"
            case ["tours", code] if code in self._tours:
                return f"{folder}tours/{code}/index.html"
            case ["tours", code, "tour.geojson" | "tour.gpx" as name] if code in self._tours:
                return f"{folder}tours/{code}/{name}"
            case ["map", code, "style.json"] if code == self._code:
                return f"{folder}map/{code}/style-{{theme}}.json"
            case ["device", code, "stations.json" | "names.json" as name] if code == self._code:
                return f"{folder}device/{code}/{name}"
        return None

    def _use(self, address: str) -> str | None:
        """Return where a static file will lie, and remember that it is wanted."""
        name = urlsplit(address).path.split("/", 3)[3]
        self._assets.add(name)
        return f"static/{self._files.version}/{name}"


def _prefix(language: str) -> str:
    return "" if language == LANGS[0] else f"{language}/"


def _is_name(segment: str) -> bool:
    """Tell whether a code can be the name of a folder."""
    return bool(_SEGMENT.fullmatch(segment)) and segment not in (".", "..")


def _to(target: str | None, file: str) -> str:
    """Return the relative address from one file of the folder to another; of a page, its folder.

    >>> _to("s/S1/index.html", "en/index.html"), _to("index.html", "index.html"), _to("a b.js", "index.html")
    ('../s/S1/', './', 'a%20b.js')
    """
    wanted = (target or "").removesuffix("index.html")
    relative = posixpath.relpath(wanted.rstrip("/") or ".", posixpath.dirname(file) or ".")
    is_folder = wanted == "" or wanted.endswith("/")
    return quote(relative, safe="/{}") + ("/" if is_folder else "")
