"""Vector tiles beside tipg's, from the same PostGIS, the same table and the same addresses.

Run as ``python -m benchmarks.tiles``. Both are served by two processes and asked for the finest tiles (zoom 14) of the
sample district, where both draw every street. Answers are compared first: GDAL reads both, tipg's pieces are put
together by class, name and bridge as ours are, and the metres inside the tile must agree. Ours draws more, seven layers
of the map; tipg one table, with the columns that ours reads. tipg keeps no tiles, so what is asked once and what is
asked again are told apart.
"""

import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any
from urllib.parse import quote
from urllib.request import Request as Asked
from urllib.request import urlopen

import geopandas as gpd
import numpy as np
import pyogrio
import shapely
from sqlalchemy import URL

from benchmarks.beside import PYTHON
from benchmarks.networks import SkipError
from benchmarks.pressing import Pressed, Request, ask_once, press
from benchmarks.record import DifferenceError, Recorder, run_part, say_target, say_time
from benchmarks.served import WORKERS, Sample, free_port, sample_database, served, served_site
from geo.db.tiles import BUFFER, MAX_ROWS, MAX_ZOOM, STREET_CLASSES
from webmap.logic.config import Config
from webmap.map.tiles import tile_box, tile_range, tile_version

N_COMPARED = 40
ROUND_S = 10
LEAST_TIMES = 5.0
TABLE = "public.street_edge"
COLUMNS = "highway,name,tags"
_CLASS = {kind: name for name, kinds in STREET_CLASSES.items() for kind in kinds}

Tile = tuple[int, int, int]


def measure_tiles(record: Recorder) -> None:
    """Compare and measure."""
    if not (PYTHON.parent / "uvicorn").exists():
        raise SkipError("tipg is not installed in var/bench-venv; make bench installs it")
    with sample_database() as sample:
        ours, theirs, version = _ours(sample), _theirs, _version()
        with served_site(sample) as address, served_tipg(sample.database) as beside:
            tiles = _tiles_with_streets(sample, beside)
            n_alike = _compare(tiles, address, ours, beside, theirs)
        # Started anew, so that no tile is kept, and one after the other, so that neither takes the other's processor.
        with served_site(sample) as address:
            once = ask_once(address, [Request("GET", ours(tile)) for tile in tiles])
            again = _press(address, [Request("GET", ours(tile)) for tile in tiles])
        with served_tipg(sample.database) as beside:
            their_once = ask_once(beside, [Request("GET", theirs(tile)) for tile in tiles])
            their_again = _press(beside, [Request("GET", theirs(tile)) for tile in tiles])
    n = len(tiles)
    where = f"{n} tiles of zoom {MAX_ZOOM} with streets, the sample district, {WORKERS} workers each"
    what = f"Every tile once, {where}; {n_alike} features of {N_COMPARED} compared"
    record.figure(what, "Fuchun, all layers, none kept", _once_figures(n, once, n / their_once))
    record.figure(what, f"tipg {version}, streets", _once_figures(n, their_once, None))
    times = again.per_second / their_again.per_second
    what = f"The same tiles again and again, {where}"
    met = {"target": say_target(f"≥ {LEAST_TIMES:.0f} times tipg", times >= LEAST_TIMES)}
    record.figure(
        what, "Fuchun, all layers, kept by its workers", _figures(again) | {"times tipg": f"{times:.1f}"} | met
    )
    record.figure(what, f"tipg {version}, streets, drawn anew", _figures(their_again))


def served_tipg(database: URL) -> Any:
    """Serve tipg on a database by two processes of uvicorn; a context manager that yields its address."""
    host = database.host or str(database.query.get("host", ""))
    port = database.port or database.query.get("port", 5432)
    account = f"{database.username}:{quote(database.password or 'none', safe='')}"
    environ = {
        "DATABASE_URL": f"postgresql://{account}@{quote(host, safe='')}:{port}/{database.database}",
        "TIPG_TILE_BUFFER": str(BUFFER),
        "TIPG_MAX_FEATURES_PER_TILE": str(MAX_ROWS),
        "TIPG_DB_TABLES": f'["{TABLE}"]',
        "TIPG_ADD_TILES_VIEWER": "false",
    }
    own = free_port()
    command = [
        *(str(PYTHON), "-m", "uvicorn", "tipg.main:app", "--host", "127.0.0.1", "--port", str(own)),
        *("--workers", str(WORKERS), "--log-level", "warning", "--no-access-log"),
    ]
    return served(command, f"http://127.0.0.1:{own}", "/healthz", environ=environ)


def _ours(sample: Sample) -> Any:
    config = Config(database_url="", state_dir=sample.folder, secret_key="")
    version, code = tile_version(sample.state, config), sample.state.district.code
    return lambda tile: f"/tiles/{code}/{version}/{tile[0]}/{tile[1]}/{tile[2]}.mvt"


def _theirs(tile: Tile) -> str:
    z, x, y = tile
    return f"/collections/{TABLE}/tiles/WebMercatorQuad/{z}/{x}/{y}?properties={COLUMNS}"


def _version() -> str:
    found = sorted((PYTHON.parents[1] / "lib").glob("python*/site-packages/tipg-*.dist-info"))
    return found[0].name.removeprefix("tipg-").removesuffix(".dist-info")


def _tiles_with_streets(sample: Sample, beside: str) -> list[Tile]:
    """Return the finest tiles that hold a street, in a random order."""
    every = [(MAX_ZOOM, x, y) for x, y in tile_range(sample.state.bounds, MAX_ZOOM)]
    network = sample.state.ready().network
    middles = network.points[network.point_ptr[:-1]]
    boxes = shapely.box(*np.array([tile_box(*tile) for tile in every]).T)
    held = shapely.STRtree(np.asarray(shapely.points(middles))).query(boxes, predicate="contains")[0]
    return [every[k] for k in np.random.default_rng(6).permutation(np.unique(held))]


def _compare(tiles: list[Tile], address: str, ours: Any, beside: str, theirs: Any) -> int:
    """Return how many features were equal; raise `DifferenceError` at one that is not, or if there are hardly any."""
    count = 0
    with tempfile.TemporaryDirectory() as folder:
        for tile in tiles[:N_COMPARED]:
            mine = _pieces(_read(_get(address + ours(tile)), tile, "streets", Path(folder)), tile)
            other = _pieces(_read(_get(beside + theirs(tile)), tile, "default", Path(folder)), tile)
            if mine.keys() != other.keys():
                raise DifferenceError(f"tipg's tile {tile} holds other streets: {sorted(mine.keys() ^ other.keys())}")
            metres, their_metres = (sum(each.values()) for each in (mine, other))
            # Both round to a grid of 0.6 m; ours joins pieces before it does.
            if abs(metres - their_metres) > 0.005 * their_metres:
                raise DifferenceError(f"tipg's tile {tile} holds {their_metres:.0f} m of streets, ours {metres:.0f} m")
            count += len(mine)
    if count < 3 * N_COMPARED:
        raise DifferenceError(f"only {count} streets in {N_COMPARED} tiles: nothing was compared")
    return count


def _get(address: str) -> bytes:
    with urlopen(Asked(address, headers={"Accept-Encoding": "identity"}), timeout=30) as answer:
        return bytes(answer.read())


def _read(body: bytes, tile: Tile, layer: str, folder: Path) -> gpd.GeoDataFrame:
    z, x, y = tile
    path = folder / str(z) / str(x) / f"{y}.mvt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)
    return pyogrio.read_dataframe(path, layer=layer)


def _pieces(streets: gpd.GeoDataFrame, tile: Tile) -> dict[tuple[object, ...], float]:
    """Return metres (Web Mercator) inside the tile by what makes a street one feature of ours."""
    box = shapely.transform(shapely.box(*tile_box(*tile)), _to_mercator)
    metres: dict[tuple[object, ...], float] = defaultdict(float)
    for row in streets.to_dict("records"):
        kind = row.get("class") or _CLASS.get(row.get("highway") or row.get("route"))
        length = shapely.length(shapely.intersection(row["geometry"], box))
        if kind is None or length < 3.0:
            continue
        bridge = row.get("bridge")
        is_bridge = bridge not in (None, False, 0, "no", "false") and bridge == bridge
        names = (row.get("name"), row.get("name_en", row.get("name:en")))
        metres[(kind, *(name if isinstance(name, str) else None for name in names), is_bridge)] += length
    return dict(metres)


def _to_mercator(points: Any) -> Any:
    radius = 6_378_137.0
    lon, lat = np.radians(points[:, 0]), np.radians(points[:, 1])
    return radius * np.column_stack([lon, np.log(np.tan(np.pi / 4.0 + lat / 2.0))])


def _press(address: str, requests: list[Request]) -> Pressed:
    press(address, requests, seconds=3)
    pressed = press(address, requests, seconds=ROUND_S)
    if pressed.refused or pressed.failed:
        raise DifferenceError(f"{pressed.refused} refused, {pressed.failed} unanswered of {requests[0].path}")
    return pressed


def _figures(pressed: Pressed) -> dict[str, str]:
    return {
        "tiles a second": f"{pressed.per_second:,.0f}",
        "half wait": say_time(pressed.p50_s),
        "95 % wait": say_time(pressed.p95_s),
    }


def _once_figures(n: int, seconds: float, their_rate: float | None) -> dict[str, str]:
    shown = {"tiles a second": f"{n / seconds:,.0f}"}
    return shown if their_rate is None else shown | {"times tipg": f"{n / seconds / their_rate:.1f}"}


if __name__ == "__main__":
    run_part("tiles", measure_tiles)
