"""A drawn hotspot makes a new snapshot of what the older one holds; its answers are those of one built from nothing."""

import shutil

import numpy as np
from sqlalchemy import text

from geo.db.session import reading, writing
from geo.network.network import StreetNetwork
from tests.webmap.valley import CODE, store_valley
from webmap.logic import snapshot_building
from webmap.logic.snapshot_building import ensure_snapshot
from webmap.logic.snapshots import SERVED_MODES, heavy_stamps

DRAW = text(
    "INSERT INTO hotspot (id, district_code, name, weight, created_by, changed_by, geom) VALUES "
    "(1, :district, 'x', 40, 'a', 'a', ST_SetSRID(ST_MakePoint(119.985, 30), 4326))"
)
MOVE = text("UPDATE place SET geom = ST_SetSRID(ST_MakePoint(119.985, 30), 4326) WHERE code = 'S1'")


def costs(snapshot):
    return {mode: np.array(snapshot.demand_cost[mode]) for mode in SERVED_MODES}


def test_only_the_demand_is_searched_anew_and_the_answers_are_those_of_a_fresh_build(engine, tmp_path, monkeypatch):
    with writing(engine) as session:
        store_valley(session)
    before = ensure_snapshot(engine, tmp_path, CODE)
    searched = []
    search = StreetNetwork.nearest_table
    monkeypatch.setattr(StreetNetwork, "nearest_table", lambda *a, **k: searched.append(1) or search(*a, **k))
    monkeypatch.setattr(snapshot_building, "build_network", lambda *a, **k: searched.append("streets"))
    monkeypatch.setattr(snapshot_building, "make_phone_pack", lambda *a, **k: searched.append("pack"))
    # Compiling searches a way or two for its own sake.
    monkeypatch.setattr(snapshot_building, "compile_searches", lambda network, tables: None)
    with engine.begin() as psql:
        psql.execute(DRAW, {"district": CODE})
    drawn = ensure_snapshot(engine, tmp_path, CODE)
    assert searched == []
    assert drawn.demand_id.size == before.demand_id.size + 1
    assert drawn.pack_version == before.pack_version
    kept = costs(drawn)
    monkeypatch.undo()
    shutil.rmtree(tmp_path / "snapshots")
    fresh = ensure_snapshot(engine, tmp_path, CODE)
    for mode in SERVED_MODES:
        assert np.array_equal(kept[mode], fresh.demand_cost[mode])


def test_a_moved_station_is_searched_for_where_it_stands_now(engine, tmp_path):
    with writing(engine) as session:
        store_valley(session)
    before = costs(ensure_snapshot(engine, tmp_path, CODE))
    with engine.begin() as psql:
        psql.execute(MOVE)
    after = ensure_snapshot(engine, tmp_path, CODE)
    assert not np.array_equal(before["walk"], after.demand_cost["walk"])
    with reading(engine) as session:
        assert after.stamps == heavy_stamps(session, CODE)
