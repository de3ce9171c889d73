"""Vector tiles over HTTP: ``/tiles/<district>/<version>/<z>/<x>/<y>.mvt``.

The version in the address says what is drawn, so a browser may keep a tile for good; a changed layer has another
address. Every worker keeps the tiles it drew last, compressed as browsers take them.
"""

import gzip
import math
import zlib
from collections.abc import Iterator

from flask import Blueprint, Response, abort, current_app, request
from flask.sansio.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from geo.db.tiles import check_tile, read_tile
from geo.errors import NotFoundError
from webmap.logic.cache import Cache
from webmap.logic.config import Config
from webmap.logic.district_state import DistrictState
from webmap.web.access import public, staff
from webmap.web.context import config, public_engine, shown_state

tiles = Blueprint("tiles", __name__)

FORMAT = 2
"""Changed whenever the same data makes other tiles, so that browsers forget theirs."""

TILE_LAYERS = ("regions", "water", "streets")
MARGIN_DEG = 0.04
"""Streets are kept up to 2 km outside the district's bounds; what lies farther out is empty without asking."""

CACHE_BYTES = 32 * 1024 * 1024
FOR_GOOD = "public, max-age=31536000, immutable"


KEY_BYTES = 400
"""What a kept tile takes beside its bytes: its key and its place in the table. Empty tiles take that alone."""


def kept_bytes(tile: bytes) -> int:
    """Return what a tile takes in the cache."""
    return KEY_BYTES + len(tile)


@tiles.record_once
def make_cache(setup: BlueprintSetupState) -> None:
    """Give an application its cache."""
    setup.app.extensions["fuchun_tiles"] = Cache(CACHE_BYTES, cost=kept_bytes)


def tile_version(state: DistrictState, config: Config) -> int:
    """Return a number that is another one whenever the district's tiles are others.

    Counters alone would repeat when a database is created again, so the moments of loading count too.
    """
    facts = (
        FORMAT,
        config.public_boundaries,
        [state.versions.get(layer, 0) for layer in TILE_LAYERS],
        state.bounds,
        [(source.id, source.loaded_at.isoformat()) for source in state.sources if source.layer in TILE_LAYERS],
    )
    return zlib.crc32(repr(facts).encode())


def tile_bounds(state: DistrictState) -> tuple[float, float, float, float]:
    """Return west, south, east, north of all that tiles can hold."""
    west, south, east, north = state.bounds
    return (west - MARGIN_DEG, south - MARGIN_DEG, east + MARGIN_DEG, north + MARGIN_DEG)


@tiles.get("/tiles/<district>/<int:version>/<int:z>/<int:x>/<int:y>.mvt")
@public
def tile(district: str, version: int, z: int, x: int, y: int) -> ResponseReturnValue:
    """Answer one tile: 204 where there is nothing, 404 where there can be none."""
    return answer_tile(district, version, z, x, y)


@tiles.get("/manage/tiles/<district>/<int:version>/<int:z>/<int:x>/<int:y>.mvt")
@staff
def staff_tile(district: str, version: int, z: int, x: int, y: int) -> ResponseReturnValue:
    """Answer one tile to staff, of a hidden district too; nobody on the way keeps it."""
    response = answer_tile(district, version, z, x, y)
    del response.headers["Cache-Control"]
    return response


def answer_tile(district: str, version: int, z: int, x: int, y: int) -> Response:
    """Answer one tile of a district that the present request may see."""
    if not check_tile(z, x, y):
        abort(404)
    state = shown_state(district)
    if not state.versions:
        raise NotFoundError("district {code} has no map yet", code=district)
    current = tile_version(state, config())
    body = drawn_tile(state, current, config(), z, x, y)
    response = Response(status=204) if not body else Response(mimetype="application/vnd.mapbox-vector-tile")
    # A page opened before a change asks for the old version: it gets the present tile, to be asked for again.
    response.headers["Cache-Control"] = FOR_GOOD if version == current else "no-cache"
    if body:
        response.set_etag(f"{current:x}-{z}-{x}-{y}")
        response.vary.add("Accept-Encoding")
        if request.accept_encodings["gzip"] > 0:
            response.content_encoding = "gzip"
            response.data = body
        else:
            response.data = gzip.decompress(body)
        response.make_conditional(request)
    return response


def drawn_tile(state: DistrictState, version: int, config: Config, z: int, x: int, y: int) -> bytes:
    """Return a tile, gzip-compressed; empty where there is nothing."""
    if not _meets(tile_box(z, x, y), tile_bounds(state)):
        return b""

    def draw() -> bytes:
        raw = read_tile(public_engine(), state.district.code, z, x, y, has_regions=config.public_boundaries)
        # Without a time stamp equal tiles are equal bytes.
        return gzip.compress(raw, compresslevel=6, mtime=0) if raw else b""

    cache: Cache[bytes] = current_app.extensions["fuchun_tiles"]
    return cache.find((state.district.code, version, z, x, y), draw)


def tile_box(z: int, x: int, y: int) -> tuple[float, float, float, float]:
    """Return west, south, east, north of a tile, degrees.

    >>> tile_box(0, 0, 0)
    (-180.0, -85.0511, 180.0, 85.0511)
    """
    side = 2**z
    south, north = (round(math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * row / side)))), 4) for row in (y + 1, y))
    return (x / side * 360.0 - 180.0, south, (x + 1) / side * 360.0 - 180.0, north)


def tile_range(bounds: tuple[float, float, float, float], z: int) -> Iterator[tuple[int, int]]:
    """Yield the column and row of every tile of a zoom that meets west, south, east, north.

    >>> list(tile_range((119.0, 29.0, 120.0, 30.0), 5))
    [(26, 13)]
    """
    side = 2**z
    west, south, east, north = bounds
    rows = [(1.0 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2.0 * side for lat in (north, south)]
    columns = [(lon + 180.0) / 360.0 * side for lon in (west, east)]
    for x in range(max(int(columns[0]), 0), min(int(columns[1]), side - 1) + 1):
        for y in range(max(int(rows[0]), 0), min(int(rows[1]), side - 1) + 1):
            yield x, y


def _meets(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    return a[0] <= b[2] and b[0] <= a[2] and a[1] <= b[3] and b[1] <= a[3]
