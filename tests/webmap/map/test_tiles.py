"""Vector tiles: read back by GDAL they hold what the store holds, and browsers keep them as long as that is so."""

import gzip
import math

import pyogrio
import pytest
import shapely
from sqlalchemy import text

from geo.db.session import writing
from geo.db.tiles import MAX_ZOOM, STREET_CLASSES, check_tile, read_tile
from geo.records import ACROSS_SQUARE
from loaders.sample.helsinki import HELSINKI
from tests.webmap.conftest import dispose
from webmap import create_app
from webmap.logic.cache import Cache
from webmap.logic.config import Config
from webmap.map.tiles import KEY_BYTES, kept_bytes, tile_box, tile_version

MIDDLE = (24.9414, 60.1710)
PATHS = set(STREET_CLASSES["path"])


def tile_at(z, lon=MIDDLE[0], lat=MIDDLE[1]):
    side = 2**z
    mercator = math.asinh(math.tan(math.radians(lat)))
    return z, int((lon + 180.0) / 360.0 * side), int((1.0 - mercator / math.pi) / 2.0 * side)


def decoded(tile, z, x, y, folder):
    """Return the layers of a tile as GDAL reads them, in WGS84."""
    path = folder / str(z) / str(x) / f"{y}.mvt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(tile)
    names = [name for name, _ in pyogrio.list_layers(path)]
    return {name: pyogrio.read_dataframe(path, layer=name).set_crs(3857).to_crs(4326) for name in names}


@pytest.fixture(scope="module")
def app(helsinki):
    engine, state_dir = helsinki
    url = engine.url.render_as_string(hide_password=False)
    app = create_app(Config(database_url=url, state_dir=state_dir, secret_key="not a secret"))
    app.testing = True
    yield app
    dispose(app)


@pytest.fixture
def address(app):
    def address(z, x, y, version=None):
        state = app.extensions["fuchun_live"].state(HELSINKI)
        version = tile_version(state, app.extensions["fuchun_config"]) if version is None else version
        return f"/tiles/{HELSINKI}/{version}/{z}/{x}/{y}.mvt"

    return address


def test_the_finest_tile_holds_every_metre_of_every_street_in_it(helsinki, tmp_path):
    engine, _ = helsinki
    z, x, y = tile_at(MAX_ZOOM)
    streets = decoded(read_tile(engine, HELSINKI, z, x, y), z, x, y, tmp_path)["streets"]
    box = shapely.box(*tile_box(z, x, y))
    kinds = [kind for kinds in STREET_CLASSES.values() for kind in kinds]
    with engine.connect() as connection:
        rows = connection.execute(
            text(
                "SELECT ST_AsBinary(geom) FROM street_edge WHERE coalesce(highway, tags->>'route') = ANY(:kinds) "
                f"AND NOT tags ? '{ACROSS_SQUARE}'"
            ),
            {"kinds": kinds},
        ).scalars()
        stored = shapely.union_all([shapely.from_wkb(bytes(row)) for row in rows])
    drawn = shapely.union_all(streets.geometry.to_numpy())
    metre = 1e-5  # about, in degrees
    # The grid of a tile at this zoom is 0.3 m; nothing is simplified.
    assert shapely.difference(shapely.intersection(stored, box), shapely.buffer(drawn, metre)).length < metre
    assert shapely.difference(shapely.intersection(drawn, box), shapely.buffer(stored, metre)).length < metre


def test_pieces_of_one_street_are_one_feature_so_that_its_name_has_room(helsinki, tmp_path):
    z, x, y = tile_at(MAX_ZOOM)
    streets = decoded(read_tile(helsinki[0], HELSINKI, z, x, y), z, x, y, tmp_path)["streets"]
    named = streets[streets["name"].notna()]
    keys = list(zip(named["name"], named["class"], named["bridge"], named.get("name_en", named["name"]), strict=True))
    assert len(keys) > 20
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize(("zoom", "smallest"), [(7, "primary"), (9, "secondary"), (11, "tertiary"), (13, "minor")])
def test_a_tile_from_farther_away_holds_only_larger_streets(helsinki, tmp_path, zoom, smallest):
    z, x, y = tile_at(zoom)
    streets = decoded(read_tile(helsinki[0], HELSINKI, z, x, y), z, x, y, tmp_path)["streets"]
    order = list(STREET_CLASSES)
    drawn = set(streets["class"]) - {"ferry"}
    assert drawn
    assert max(order.index(name) for name in drawn) <= order.index(smallest)


def test_the_common_edge_of_two_towns_is_drawn_once(engine, tmp_path):
    with writing(engine) as session:
        session.execute(text("INSERT INTO district (code, name, name_en) VALUES ('D', 'D', 'D')"))
        for code, west in (("A", 0.001), ("B", 0.002)):
            session.execute(
                text(
                    "INSERT INTO region (district_code, code, name, geom) VALUES ('D', :code, :code, "
                    "ST_Multi(ST_MakeEnvelope(:west, 0.001, :west + 0.001, 0.002, 4326)))"
                ),
                {"code": code, "west": west},
            )
    z, x, y = tile_at(MAX_ZOOM, 0.002, 0.0015)
    layers = decoded(read_tile(engine, "D", z, x, y), z, x, y, tmp_path)
    # Two squares of four sides with one in common: seven sides.
    assert shapely.length(layers["boundaries"].geometry.to_numpy()).sum() == pytest.approx(0.007, rel=0.01)
    assert sorted(layers["regions"]["code"]) == ["A", "B"]
    assert sorted(layers["region_labels"]["name"]) == ["A", "B"]
    hidden = decoded(read_tile(engine, "D", z, x, y, has_regions=False), z, x, y, tmp_path)
    assert set(hidden) == {"region_labels"}


def test_a_tile_is_kept_for_good_under_its_version_and_not_under_another(app, address):
    client = app.test_client()
    tile = client.get(address(*tile_at(12)))
    assert (tile.status_code, tile.mimetype) == (200, "application/vnd.mapbox-vector-tile")
    assert tile.cache_control.immutable
    assert tile.cache_control.max_age >= 86400
    other = client.get(address(*tile_at(12), version=1))
    assert other.data == tile.data
    assert not other.cache_control.immutable
    assert other.cache_control.no_cache


def test_a_tile_asked_for_again_is_not_sent_again(app, address):
    client = app.test_client()
    first = client.get(address(*tile_at(12)))
    again = client.get(address(*tile_at(12)), headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_compressed_or_not_the_tile_is_the_same(app, address):
    client = app.test_client()
    plain = client.get(address(*tile_at(12)), headers={"Accept-Encoding": "identity"})
    packed = client.get(address(*tile_at(12)), headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert gzip.decompress(packed.data) == plain.data


def test_tiles_are_for_everybody_and_leave_no_cookie(app, address):
    tile = app.test_client().get(address(*tile_at(12)))
    assert "Set-Cookie" not in tile.headers
    assert "Cookie" not in tile.headers.get("Vary", "")


def test_where_nothing_is_there_is_no_content(app, address):
    assert app.test_client().get(address(*tile_at(12, lon=-120.0, lat=-10.0))).status_code == 204


@pytest.mark.parametrize(("z", "x", "y"), [(15, 0, 0), (3, 8, 0), (3, 0, 8), (40, 0, 0)])
def test_a_tile_that_cannot_be_is_not_found(app, address, z, x, y):
    assert not check_tile(z, x, y)
    assert app.test_client().get(address(z, x, y)).status_code == 404


def test_an_unknown_district_is_not_found(app):
    assert app.test_client().get("/tiles/nowhere/1/0/0/0.mvt").status_code == 404


def test_the_version_follows_what_tiles_show_and_nothing_else(engine, tmp_path):
    url = engine.url.render_as_string(hide_password=False)
    with writing(engine) as session:
        session.execute(text("INSERT INTO district (code, name, name_en) VALUES ('D', 'D', 'D')"))
        session.execute(text("INSERT INTO water (district_code, geom) VALUES ('D', 'SRID=4326;MULTIPOLYGON EMPTY')"))
    app = create_app(Config(database_url=url, state_dir=tmp_path, secret_key="not a secret"))
    live, config = app.extensions["fuchun_live"], app.extensions["fuchun_config"]

    def version(config=config):
        live.refresh()
        return tile_version(live.state("D"), config)

    first = version()
    with writing(engine) as session:
        session.execute(
            text("INSERT INTO place (district_code, code, name, geom) VALUES ('D', 'P', 'P', 'SRID=4326;POINT(0 0)')")
        )
    assert version() == first
    hidden = Config(database_url=url, state_dir=tmp_path, secret_key="not a secret", public_boundaries=False)
    assert version(hidden) != first
    with writing(engine) as session:
        session.execute(text("UPDATE water SET name = 'W'"))
    assert version() != first
    dispose(app)


def test_the_cache_keeps_within_its_bytes_and_drops_what_was_not_asked_for():
    cache = Cache(10 + 2 * KEY_BYTES, cost=kept_bytes)
    cache.put(("a",), b"1234")
    cache.put(("b",), b"1234")
    assert cache.get(("a",)) == b"1234"
    cache.put(("c",), b"1234")
    assert (cache.get(("a",)), cache.get(("b",)), cache.get(("c",))) == (b"1234", None, b"1234")
    cache.put(("a",), b"1")
    assert [cache.get((key,)) for key in "ac"] == [b"1", b"1234"]
    cache.put(("huge",), b"0" * (11 + 2 * KEY_BYTES))
    assert [cache.get((key,)) for key in ("a", "c", "huge")] == [None] * 3


def test_empty_tiles_do_not_fill_the_cache_without_end():
    cache = Cache(100 * KEY_BYTES, cost=kept_bytes)
    for number in range(1000):
        cache.put((number,), b"")
    assert sum(cache.get((number,)) is not None for number in range(1000)) == 100
    assert cache.get((999,)) == b""
