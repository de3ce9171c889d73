"""The picture of a district: it lies where PostGIS and the map of tiles have it, and its words keep off each other."""

import csv
import math
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shapely
from sqlalchemy import text

from geo.db.overview import HEIGHT, WIDTH, lay_grid, read_overview
from geo.db.session import writing
from tests.node import run_node
from tests.webmap.conftest import english
from tests.webmap.valley import LAT, valley_app
from webmap.map.overview import LOW_PX, TALL_PX, Name, place_names, text_width
from webmap.map.tiles import tile_version

TOWNS = Path(__file__).parents[3] / "data" / "sample" / "fuyang_towns.csv"
STEP = re.compile(r"([MmLlZz])|(-?\d+)")


@pytest.fixture(scope="module")
def app(make_database, tmp_path_factory):
    function = {"kind": "landmark", "tier": None, "hours": None, "hours_posted": None, "services": []}
    landmark = {"code": "L1", "name": "West gate", "lon": 119.985, "lat": LAT, "functions": [function]}
    with valley_app(make_database, tmp_path_factory.mktemp("valley"), more_places=[landmark]) as app:
        yield app


@pytest.fixture
def state(app):
    return app.extensions["fuchun_live"].state(None)


def lines_of(path):
    """Read path data as drawing programs do: M and m begin a line, l goes on, relative; Z closes it."""
    lines, mode, numbers, at = [], None, [], np.zeros(2)
    for letter, number in STEP.findall(path):
        if letter:
            mode = letter
            if letter in "Zz":
                lines[-1].append(lines[-1][0])
                at = np.array(lines[-1][0], dtype=float)
            continue
        numbers.append(int(number))
        if len(numbers) == 2:
            step, numbers = np.array(numbers, dtype=float), []
            at = step if mode in "ML" else at + step
            if mode in "Mm":
                lines.append([])
                mode = "L" if mode == "M" else "l"
            lines[-1].append(tuple(at))
    return [shapely.LineString(line) for line in lines if len(line) > 1]


def degrees_of(grid, line):
    """Return a line of the grid in degrees: the inverse written anew."""
    x, y = np.asarray(line.coords).T
    lon = np.degrees((grid.west_m + x / grid.scale) / 6_378_137.0)
    lat = np.degrees(np.arctan(np.sinh((grid.north_m - y / grid.scale) / 6_378_137.0)))
    return shapely.LineString(np.column_stack([lon, lat]))


def test_the_outline_lies_where_the_store_has_it(app, state):
    engine = app.extensions["fuchun_engine"]
    grid = lay_grid(state.bounds)
    drawn = shapely.union_all(
        [degrees_of(grid, line) for line in lines_of(read_overview(engine, state.district.code, grid)["outline"])]
    )
    with engine.connect() as connection:
        row = connection.execute(
            text("SELECT ST_AsBinary(ST_Boundary(outline)) FROM district WHERE code = :code"),
            {"code": state.district.code},
        ).scalar_one()
    stored = shapely.from_wkb(bytes(row))
    unit = math.degrees(1 / grid.scale / 6_378_137.0)
    assert shapely.hausdorff_distance(drawn, stored) < 3 * unit


@pytest.mark.parametrize("bounds", [(119.4, 29.7, 120.3, 30.2), (24.9, 60.1, 25.0, 60.3)], ids=["wide", "upright"])
def test_the_whole_district_has_room_and_touches_two_sides(bounds):
    west, south, east, north = bounds
    grid = lay_grid(bounds)
    corners = [grid.place(lon, lat) for lon in (west, east) for lat in (south, north)]
    xs, ys = zip(*corners, strict=True)
    assert min(*xs, *ys) >= 0
    assert max(*xs, *ys) <= 1
    assert (min(xs), max(xs)) == (0, 1) or (min(ys), max(ys)) == (0, 1)
    assert min(xs) + max(xs) == pytest.approx(1, abs=2e-4)
    assert min(ys) + max(ys) == pytest.approx(1, abs=2e-4)


def test_streets_and_water_stay_within_the_picture_and_boundaries_can_be_left_out(app, state):
    engine = app.extensions["fuchun_engine"]
    grid = lay_grid(state.bounds)
    paths = read_overview(engine, state.district.code, grid)
    assert lines_of(paths["streets"])
    for name in ("streets", "water"):
        for line in lines_of(paths[name]):
            x, y = np.asarray(line.coords).T
            assert x.min() >= -1
            assert y.min() >= -1
            assert x.max() <= WIDTH + 1
            assert y.max() <= HEIGHT + 1
    assert "boundaries" not in read_overview(engine, state.district.code, grid, has_regions=False)


def test_water_in_one_piece_and_in_several_is_one_path(engine):
    lake = "ST_Multi(ST_MakeEnvelope(120.0, 30.0, 120.1, 30.1, 4326))"
    arms = (
        "ST_Collect(ST_MakeEnvelope(120.2, 30.0, 120.3, 30.1, 4326), ST_MakeEnvelope(120.4, 30.0, 120.5, 30.1, 4326))"
    )
    with writing(engine) as session:
        session.execute(text("INSERT INTO district (code, name, name_en) VALUES ('D', 'D', 'D')"))
        for geometry in (lake, arms):
            session.execute(text(f"INSERT INTO water (district_code, geom) VALUES ('D', {geometry})"))
    path = read_overview(engine, "D", lay_grid((119.9, 29.9, 120.6, 30.2)))["water"]
    assert len(lines_of(path)) == 3
    assert re.fullmatch(r"[MmLlZz0-9 -]+", path), path


def test_the_page_shows_every_station_with_its_state_where_it_lies(app, state):
    page = english(app).get("/").text
    marks = re.findall(r'<svg x="([\d.]+)%" y="([\d.]+)%"><use href="#mark-(\w+)"/></svg>', page)
    grid = lay_grid(state.bounds)
    stations = state.with_function("rest_station")
    wanted = sorted(f"{100 * x:.2f} {100 * y:.2f}" for x, y in (grid.place(s.lon, s.lat) for s in stations))
    assert sorted(f"{x} {y}" for x, y, _ in marks) == wanted
    assert {mark for _, _, mark in marks} <= {"open", "closing", "closed", "unknown"}
    for mark in {mark for _, _, mark in marks}:
        assert f'id="mark-{mark}"' in page


def test_a_landmark_is_marked_as_the_start_and_all_stations_stay(app, state):
    landmark = state.with_function("landmark")[0].code
    page = english(app).get(f"/?landmark={landmark}").text
    assert "overview-start" in page
    assert page.count('<use href="#mark-') >= len(state.with_function("rest_station"))


def test_an_approved_basemap_has_no_sketch_of_ours_in_its_place(app):
    config = app.extensions["fuchun_config"]
    app.extensions["fuchun_config"] = replace(config, basemap_type="raster", basemap_url="/ground/{z}/{x}/{y}.png")
    try:
        assert 'id="overview"' not in english(app).get("/").text
    finally:
        app.extensions["fuchun_config"] = config
    assert 'id="overview"' in english(app).get("/").text


def test_the_ground_is_read_anew_when_streets_change_and_only_then(app, state):
    kept = app.extensions["fuchun_overviews"]
    kept.clear()
    client = english(app)
    client.get("/")
    client.get("/")
    assert len(kept) == 1
    before = tile_version(state, app.extensions["fuchun_config"])
    with writing(app.extensions["fuchun_engine"]) as session:
        session.execute(text("UPDATE street_edge SET name = name WHERE district_code = :c"), {"c": state.district.code})
    app.extensions["fuchun_live"].refresh()
    assert tile_version(app.extensions["fuchun_live"].state(None), app.extensions["fuchun_config"]) != before
    client.get("/")
    assert len(kept) == 2


@pytest.mark.parametrize(("room", "least"), [(LOW_PX, 2), (TALL_PX, 10)], ids=["low", "tall"])
def test_names_meet_neither_each_other_nor_a_station(room, least):
    with TOWNS.open(encoding="utf-8") as file:
        rows = [(row["name"], float(row["seat_lon"]), float(row["seat_lat"])) for row in csv.DictReader(file)]
    grid = lay_grid((119.42, 29.74, 120.16, 30.2))
    towns = [(name, *grid.place(lon, lat)) for name, lon, lat in rows]
    stations = np.random.default_rng(5).uniform(0.1, 0.9, (20, 2)).tolist()
    names = place_names(towns, stations, room)
    scale = min(room[0] / WIDTH, room[1] / HEIGHT)
    boxes = [box_of(name, scale) for name in names]
    dots = [shapely.Point(x * WIDTH * scale, y * HEIGHT * scale).buffer(7) for x, y in stations]
    assert len(boxes) >= least
    for i, box in enumerate(boxes):
        assert not any(box.intersects(other) for other in [*boxes[i + 1 :], *dots]), names[i]


def box_of(name: Name, scale: float):
    width = text_width(name.text)
    left = name.x * WIDTH * scale + name.dx - {"start": 0, "middle": width / 2, "end": width}[name.anchor]
    base = name.y * HEIGHT * scale + name.dy
    return shapely.box(left + 0.1, base - 11, left + width - 0.1, base + 3)


def test_the_phone_puts_marks_where_the_server_puts_them(state):
    points = [[station.lon, station.lat] for station in state.with_function("rest_station")]
    grid = lay_grid(state.bounds)
    said = run_node("overview.mjs", {"bounds": state.bounds, "size": [WIDTH, HEIGHT], "points": points})
    np.testing.assert_allclose(said, [grid.place(lon, lat) for lon, lat in points], atol=1e-4)
