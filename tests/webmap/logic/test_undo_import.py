"""What a load replaced comes back as it was, unless somebody has changed it since."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from sqlalchemy import Engine, text

from geo.db.changes import Filter, list_matters, undo
from geo.db.imports import KEPT_DAYS, forget_old_imports, list_imports, undo_import
from geo.db.layers import SourceFacts, replace_demand, replace_places, replace_streets
from geo.db.session import Actor, acting, reading, writing
from geo.errors import ConflictError, InputError
from tests.loaders.districts import rows, square_district
from webmap.logic.loading import run_load

CODE = "330111"
NOW = datetime.now(UTC)
TABLES = ("place", "place_function", "street_node", "street_edge", "demand_point", "source", "region")
REGISTER = "站点名称,经度,纬度\n甲站,119.5,30.0\n乙站,119.9,30.1\n"


def everything(engine: Engine) -> dict[str, list[str]]:
    """Return all rows of a district as text, without the counters that every change moves."""
    return {
        table: sorted(
            str(row)
            for row in rows(engine, f"SELECT (to_jsonb(t) - '{{row_version}}'::text[])::text FROM {table} AS t")
        )
        for table in TABLES
    } | {"district": [str(row) for row in rows(engine, "SELECT name, status, ST_AsText(outline) FROM district")]}


def sample_district(engine: Engine) -> None:
    """Store a sample with a street, somebody's people and a station."""
    square_district(engine, status="sample", is_schematic=True)
    made = SourceFacts("sample", 1, 1, is_sample=True)
    nodes = pd.DataFrame({"node_id": [1, 2], "lon": [119.5, 119.6], "lat": [30.0, 30.0], "tags": [None, None]})
    line = shapely.LineString([(119.5, 30.0), (119.6, 30.0)])
    edges = gpd.GeoDataFrame(
        {"edge_id": [1], "way_id": [1], "u": [1], "v": [2], "length_m": [9600.0], "name": ["示意路"],
         "tags": [{"highway": "residential"}]}, geometry=[line], crs=4326,
    )  # fmt: skip
    people = gpd.GeoDataFrame({"weight": [5.0]}, geometry=[shapely.Point(119.55, 30.0)], crs=4326)
    place = {"code": "S1", "name": "示意站01", "lon": 119.55, "lat": 30.0, "functions": [{"kind": "rest_station"}]}
    with writing(engine) as session:
        replace_streets(session, CODE, nodes, edges, made)
        replace_demand(session, CODE, people, made)
        replace_places(session, CODE, [place], made)
        session.execute(
            text(
                "INSERT INTO hotspot (district_code, name, layer, weight, created_by, changed_by, geom) VALUES "
                "(:code, '夜市', 'riders', 5, 'x', 'x', 'SRID=4326;POINT(119.6 30)')"
            ),
            {"code": CODE},
        )


def load(engine: Engine, folder: Path, text_: str, name: str = "台账.csv", what: str = "stations") -> int:
    file = folder / name
    file.write_text(text_, encoding="utf-8")
    acting.set(Actor(None, "用户一"))
    with writing(engine) as session:
        run_load(session, what, file, district=CODE)
        return list_imports(session, CODE)[0].id


def take_back(engine: Engine, number: int, *, now: datetime = NOW) -> None:
    with writing(engine) as session:
        undo_import(session, number, now=now)


def test_the_first_real_file_and_its_undo_leave_the_sample_as_it_was(engine: Engine, tmp_path: Path) -> None:
    sample_district(engine)
    before = everything(engine)
    number = load(engine, tmp_path, REGISTER)
    assert rows(engine, "SELECT status FROM district") == ["real"]
    assert rows(engine, "SELECT count(*) FROM street_edge") == [0], "the sample gave way"
    assert rows(engine, "SELECT name FROM hotspot") == ["夜市"], "what people drew stays"
    take_back(engine, number)
    assert everything(engine) == before
    assert rows(engine, "SELECT count(*) FROM data_import_part") == [0]
    with pytest.raises(InputError, match="undone already"):
        take_back(engine, number)


def test_what_was_changed_since_is_named_and_nothing_undone(engine: Engine, tmp_path: Path) -> None:
    square_district(engine)
    load(engine, tmp_path, REGISTER)
    number = load(engine, tmp_path, REGISTER.replace("甲站", "丙站"))
    with writing(engine) as session:
        session.execute(text("UPDATE place SET note = 'x' WHERE name = '丙站'"))
    with pytest.raises(ConflictError, match="changed this since: 丙站"):
        take_back(engine, number)
    assert set(rows(engine, "SELECT name FROM place")) == {"丙站", "乙站"}


def test_the_later_load_is_undone_first_and_the_record_names_both(engine: Engine, tmp_path: Path) -> None:
    square_district(engine)
    first = load(engine, tmp_path, REGISTER, "一月.csv")
    with reading(engine) as session:
        (matter,) = list_matters(session, Filter(districts=(CODE,), table="data_import"))
    assert (matter.actor, matter.is_undoable) == ("用户一", True)
    assert matter.loaded is not None
    assert (matter.loaded.name, matter.loaded.rows_stored) == ("一月.csv", 2)
    second = load(engine, tmp_path, "站点名称,经度,纬度\n丁站,119.5,30.0\n", "二月.csv")
    with pytest.raises(ConflictError, match=r"二月\.csv was loaded after it"):
        take_back(engine, first)
    take_back(engine, second)
    with writing(engine) as session:
        assert undo(session, matter.batch, matter.at) > matter.rows, "from the record, as any other change"
    assert rows(engine, "SELECT count(*) FROM place") == [0]
    assert set(rows(engine, "SELECT DISTINCT import_id FROM change WHERE import_id IS NOT NULL")) == {first, second}


def test_after_a_month_a_load_cannot_be_undone_and_nothing_is_kept(engine: Engine, tmp_path: Path) -> None:
    square_district(engine)
    number = load(engine, tmp_path, REGISTER)
    now = datetime.now(UTC)
    later = now + timedelta(days=KEPT_DAYS, minutes=1)
    with writing(engine) as session:
        assert forget_old_imports(session, now=now) == 0
        assert forget_old_imports(session, now=later) == 1
    with pytest.raises(InputError, match="too old"):
        take_back(engine, number, now=later)


def test_a_check_and_a_file_without_a_usable_row_are_no_imports(engine: Engine, tmp_path: Path) -> None:
    square_district(engine)
    file = tmp_path / "r.csv"
    file.write_text("站点名称,经度,纬度\n甲站,1.5,30.0\n", encoding="utf-8")
    with writing(engine) as session:
        run_load(session, "stations", file, district=CODE)
        file.write_text(REGISTER, encoding="utf-8")
        run_load(session, "stations", file, district=CODE, is_dry_run=True)
        assert list_imports(session, CODE) == []
    assert rows(engine, "SELECT count(*) FROM data_import_part") == [0]
