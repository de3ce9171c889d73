"""Loading a register into PostGIS: all or nothing, again without change, and never beside sample data."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from geo.db.layers import SourceFacts, replace_places
from geo.db.session import writing
from geo.errors import NotReadyError
from loaders.isolated.run import parse_here
from loaders.report import LoadReport
from loaders.storing.stations import load_stations
from tests.loaders.districts import rows, square_district

HEADER = "名称,区划,经度,纬度,开放时间,服务设施"
PLACES = (
    "SELECT p.code, name, status, region_code, ST_X(p.geom), ST_Y(p.geom), kind, hours, hours_posted, services "
    "FROM place p JOIN place_function f ON f.place_id = p.id ORDER BY p.code"
)


def write(folder: Path, *lines: str) -> Path:
    path = folder / "stations.csv"
    path.write_text("\n".join((HEADER, *lines)), encoding="utf-8")
    return path


def load(engine: Engine, path: Path, **options: Any) -> LoadReport:
    with writing(engine) as session:
        return load_stations(session, path, **{"district": "330111"} | options, parse=parse_here)


def landmark(engine: Engine) -> None:
    place = {"code": "L1", "name": "鹳山公园", "lon": 119.959, "lat": 30.049, "functions": [{"kind": "landmark"}]}
    with writing(engine) as session:
        replace_places(session, "330111", [place], SourceFacts("landmarks", 1, 1))


def test_a_load_stores_places_with_their_town_function_and_source(engine: Engine, tmp_path: Path) -> None:
    square_district(engine)
    path = write(tmp_path, "江滨驿站,富春街道,119.955,30.049,24小时,饮水、空调", "坏,,1119.9,30.0,,")
    report = load(engine, path)
    assert (report.layer, report.source, report.read, report.stored) == ("places", "stations.csv", 2, 1)
    assert [rejection.row for rejection in report.rejected] == [3]
    ((code, *rest),) = rows(engine, PLACES)
    assert code.startswith("s-")
    assert rest == [
        *("江滨驿站", "active", "330111001", 119.955, 30.049),
        *("rest_station", "24/7", "24小时", ["drinking_water", "air_conditioning"]),
    ]
    assert rows(engine, "SELECT layer, file_name, crs, rows_read, rows_stored, rows_rejected FROM source") == [
        ("regions", "towns", None, 2, 2, 0),
        ("places", "stations.csv", "wgs84", 2, 1, 1),
    ]


def test_loading_twice_changes_nothing_and_a_new_file_replaces(engine: Engine, tmp_path: Path) -> None:
    square_district(engine)
    first, second = "江滨驿站,,119.955,30.049,24小时,饮水", "新登驿站,,119.7,30.0,,"
    load(engine, write(tmp_path, first, second))
    before = rows(engine, PLACES)
    load(engine, write(tmp_path, second, first))
    assert rows(engine, PLACES) == before
    load(engine, write(tmp_path, second))
    assert rows(engine, "SELECT name FROM place") == ["新登驿站"]
    assert rows(engine, "SELECT count(*) FROM source WHERE layer = 'places'") == [1]


def test_a_dry_run_and_a_file_without_a_good_row_change_nothing(engine: Engine, tmp_path: Path) -> None:
    square_district(engine)
    landmark(engine)
    report = load(engine, write(tmp_path, "江滨驿站,,119.955,30.049,,"), is_dry_run=True)
    assert report.stored == 1
    report = load(engine, write(tmp_path, "江滨驿站,,1119.955,30.049,,"))
    assert (report.read, report.stored) == (1, 0)
    assert "no row can be used; nothing was changed" in [str(note) for note in report.notes]
    assert rows(engine, "SELECT name FROM place") == ["鹳山公园"]


def test_keep_adds_to_the_places_there_are(engine: Engine, tmp_path: Path) -> None:
    square_district(engine)
    landmark(engine)
    for _ in range(2):
        load(engine, write(tmp_path, "江滨驿站,,119.955,30.049,,"), keep=True)
    assert rows(engine, "SELECT name FROM place ORDER BY name") == ["江滨驿站", "鹳山公园"]
    assert rows(engine, "SELECT file_name FROM source WHERE layer = 'places' ORDER BY 1") == [
        "landmarks",
        "stations.csv",
    ]


def test_keep_replaces_what_the_same_file_brought_before(engine: Engine, tmp_path: Path) -> None:
    square_district(engine)
    landmark(engine)
    for name in ("江滨驿站", "新登驿站"):
        load(engine, write(tmp_path, f"{name},,119.955,30.049,,"), keep=True)
    assert rows(engine, "SELECT name FROM place ORDER BY name") == ["新登驿站", "鹳山公园"]


def test_real_stations_retire_the_sample_and_say_so(engine: Engine, tmp_path: Path) -> None:
    square_district(engine, status="sample")
    landmark(engine)
    path = write(tmp_path, "江滨驿站,,119.955,30.049,,")
    said = "the sample data of district 330111 gives way to this file"
    assert said in [str(note) for note in load(engine, path, is_dry_run=True).notes]
    assert rows(engine, "SELECT status FROM district") == ["sample"]
    assert said in [str(note) for note in load(engine, path).notes]
    assert rows(engine, "SELECT status FROM district") == ["real"]
    assert rows(engine, "SELECT name FROM place") == ["江滨驿站"]
    assert said not in [str(note) for note in load(engine, path).notes]


@pytest.mark.parametrize("is_schematic", [False, True])
def test_towns_are_checked_against_real_boundaries_only(engine: Engine, tmp_path: Path, is_schematic: bool) -> None:
    square_district(engine, is_schematic=is_schematic)
    report = load(engine, write(tmp_path, "江滨驿站,新登镇,119.955,30.049,,"))
    assert any("the file says 新登镇" in str(note) for note in report.notes) is not is_schematic


def test_a_district_without_boundaries_cannot_take_stations(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(NotReadyError, match="330111 has no boundaries yet"):
        load(engine, write(tmp_path, "江滨驿站,,119.955,30.049,,"))
