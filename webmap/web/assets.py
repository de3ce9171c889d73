"""Scripts, styles and icons: ``/static/<version>/<name>``, compressed, kept by browsers for good.

The version is a digest of all of them, and stands before the name: modules find each other by relative addresses, so
each file needs no digest of its own, and nothing needs to be built. A changed file gives every file another address.
The script of the first page is joined from its modules (`webmap.web.bundles`) and is found like a file.
"""

import gzip
import hashlib
import mimetypes
import os
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask, Response, abort, current_app, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from webmap.web.access import public
from webmap.web.bundles import FIRST_MODULES, FIRST_SCRIPT, FOLDER, first_styles, join_modules
from webmap.web.compression import is_text, takes_gzip

FOR_GOOD = "public, max-age=31536000, immutable"

# What the system's own table calls them differs from machine to machine.
_TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".webmanifest": "application/manifest+json"}


@dataclass(frozen=True)
class Asset:
    """One file as it is sent: its bytes, the same gzip-compressed (None where that gains nothing), and its type."""

    body: bytes
    compressed: bytes | None
    mimetype: str
    etag: str


class Assets:
    """The files below a folder, read and compressed when first asked for.

    Attributes
    ----------
    version : str
        Ten hexadecimal digits of a SHA-256 over the names and contents of all files.
    """

    def __init__(self, folder: Path) -> None:
        # Unlike `Path.rglob`, walks into folders that are links.
        found = (Path(where) / name for where, _, names in os.walk(folder, followlinks=True) for name in names)
        self._paths = {path.relative_to(folder).as_posix(): path for path in sorted(found)}
        digest = hashlib.sha256()
        for name, path in self._paths.items():
            digest.update(f"{name}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
        self._joined: dict[str, Asset] = {}
        if self._paths.keys() >= set(FIRST_MODULES):
            script = join_modules(self._read_text, FIRST_MODULES, FIRST_SCRIPT).encode()
            digest.update(script)
            self._joined[FIRST_SCRIPT] = _packed(script, "text/javascript")
        self.version = digest.hexdigest()[:10]
        self._kept: dict[str, tuple[int, Asset]] = {}
        self._lock = threading.Lock()

    def _read_text(self, name: str) -> str:
        return self._paths[name].read_text(encoding="utf-8")

    def names(self) -> list[str]:
        """Return the names of all files, relative to the folder."""
        return [*self._paths, *self._joined]

    def find(self, name: str) -> Asset | None:
        """Return a file, None if there is none of that name; one that has changed since is read again."""
        if name in self._joined:
            return self._joined[name]
        path = self._paths.get(name)
        if path is None or not path.is_file():
            return None
        changed = path.stat().st_mtime_ns
        with self._lock:
            kept = self._kept.get(name)
            if kept is None or kept[0] != changed:
                kept = self._kept[name] = (changed, _read(path))
        return kept[1]


def _read(path: Path) -> Asset:
    mimetype = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return _packed(path.read_bytes(), mimetype)


def _packed(body: bytes, mimetype: str) -> Asset:
    # Once per worker and file, so the smallest is worth its time; without a time stamp equal files are equal bytes.
    small = gzip.compress(body, compresslevel=9, mtime=0) if is_text(mimetype) else body
    return Asset(
        body=body,
        compressed=small if len(small) < len(body) else None,
        mimetype=mimetype,
        etag=hashlib.sha256(body).hexdigest()[:16],
    )


def init_app(app: Flask) -> None:
    """Serve the folder, and let ``url_for('static', filename=…)`` name the present version."""
    files = Assets(FOLDER)
    app.extensions["fuchun_assets"] = files
    app.add_url_rule("/static/<version>/<path:filename>", endpoint="static", view_func=asset)

    app.jinja_env.globals["first_styles"] = lambda: Markup(f"<style>{first_styles()}</style>")

    @app.url_defaults
    def name_version(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static":
            values.setdefault("version", files.version)


@public
def asset(version: str, filename: str) -> ResponseReturnValue:
    """Answer one file; under an older version the present file, to be asked for again."""
    files: Assets = current_app.extensions["fuchun_assets"]
    found = files.find(filename)
    if found is None:
        abort(404)
    response = Response(mimetype=found.mimetype)
    response.headers["Cache-Control"] = FOR_GOOD if version == files.version else "no-cache"
    if found.compressed is not None:
        response.vary.add("Accept-Encoding")
    if found.compressed is not None and takes_gzip(request):
        response.content_encoding = "gzip"
        response.set_etag(f"{found.etag}-gzip")
        response.data = found.compressed
    else:
        response.set_etag(found.etag)
        response.data = found.body
    return response.make_conditional(request)
