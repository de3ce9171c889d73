"""A district so small that its numbers can be checked by hand: one road, two towns, two stations, one tour.

The road runs along 30° N from 119.98 to 120.02 E in four pieces of 965 m: 13.4 minutes on foot each, 3.9 by e-bike.
Towns meet at 120 E. A hamlet lies away from every street.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely
from flask import Flask
from sqlalchemy.orm import Session

from geo.crs import line_length_m
from geo.db.districts import publish_plan, save_district
from geo.db.layers import SourceFacts, replace_demand, replace_places, replace_regions, replace_streets, replace_tours
from geo.db.session import writing
from tests.conftest import DatabaseMaker
from tests.webmap.conftest import config_of, dispose
from webmap import create_app
from webmap.logic.snapshot_building import ensure_snapshot

CODE = "990001"
LAT = 30.0
WEST_PEOPLE, MIDDLE_PEOPLE, EAST_PEOPLE, HAMLET_PEOPLE = 100, 50, 200, 30

TOUR = {
    "code": "T1",
    "name": "Along the road",
    "summary": "Two days.",
    "days": [
        {
            "number": 1,
            "start": "08:30",
            "stops": [
                {"name": "Hall", "kind": "start", "lon": 119.98, "lat": LAT, "stay_min": 0},
                {"name": "Bridge", "kind": "sight", "lon": 120.0, "lat": LAT, "stay_min": 90, "note": "Mind the step."},
                {"name": "Inn", "kind": "hotel", "lon": 120.02, "lat": LAT, "stay_min": 0},
            ],
        },
        {
            "number": 2,
            "start": "09:00",
            "stops": [
                {"name": "Inn", "kind": "start", "lon": 120.02, "lat": LAT, "stay_min": 0},
                {"name": "Hamlet", "kind": "sight", "lon": 120.01, "lat": LAT + 0.05, "stay_min": 60},
                {"name": "Hall", "kind": "end", "lon": 119.98, "lat": LAT, "stay_min": 0},
            ],
        },
    ],
}


@contextmanager
def valley_app(make_database: DatabaseMaker, state_dir: Path, **options: Any) -> Iterator[Flask]:
    """Yield the application on a database of its own with the valley; `options` as for `store_valley`."""
    with make_database() as engine:
        with writing(engine) as session:
            store_valley(session, **options)
        if options.get("has_streets", True):
            ensure_snapshot(engine, state_dir, CODE)
        app = create_app(config_of(engine, state_dir))
        try:
            yield app
        finally:
            app.extensions["fuchun_live"].stop()  # a builder may be at work after a change
            dispose(app)


def store_valley(
    session: Session,
    *,
    status: str = "sample",
    unit: str = "people",
    has_streets: bool = True,
    has_lane: bool = False,
    more_places: Sequence[dict[str, object]] = (),
    hours: str = "Mo-Fr 08:00-17:00",
) -> str:
    """Store the district and return its code; `hours` are those of the eastern station.

    The planning pages of a real one are published.

    With `has_lane` the hamlet has 193 m of street, which nothing joins to the road.
    """
    save_district(
        session, CODE, name="谷区", name_en="Valley", status=status, calendar="cn", outline=_box(119.97, 120.03)
    )
    publish_plan(session, CODE, is_public=status == "real")
    towns = {"code": ["W", "E"], "name": ["西镇", "东镇"], "kind": ["镇", "镇"], "seat": [None, None]}
    shapes = [_box(119.97, 120.0), _box(120.0, 120.03)]
    replace_regions(session, CODE, gpd.GeoDataFrame(towns, geometry=shapes, crs=4326), facts("towns.geojson", 2))
    if has_streets:
        store_streets(session, has_lane=has_lane)
    people = {
        "weight": [float(WEST_PEOPLE), float(MIDDLE_PEOPLE), float(EAST_PEOPLE), float(HAMLET_PEOPLE)],
        "geometry": shapely.points([119.98, 119.99, 120.02, 120.01], [LAT, LAT, LAT, LAT + 0.05]),
    }
    replace_demand(session, CODE, gpd.GeoDataFrame(people, crs=4326), facts("people.csv", 4, unit=unit))
    replace_places(
        session,
        CODE,
        [
            _station("S1", "West station", 119.98, "24/7", ["phone_charging", "toilet"]),
            _station("S2", "East station", 120.01, hours, ["toilet"]),
            *more_places,
        ],
        facts("stations.csv", 2 + len(more_places)),
    )
    replace_tours(session, CODE, [TOUR], facts("tours.json", 1))
    return CODE


def facts(file_name: str, rows: int, **more: str) -> SourceFacts:
    """Return where a layer comes from."""
    return SourceFacts(
        file_name=file_name, rows_read=rows, rows_stored=rows, data_date="2026-05", is_sample=True, **more
    )


def store_streets(session: Session, *, has_lane: bool = False) -> None:
    """Store the one road; with `has_lane` the hamlet's lane too."""
    lon = [119.98, 119.99, 120.0, 120.01, 120.02]
    at = [(x, LAT) for x in lon]
    ends = list(pairwise(range(5)))
    if has_lane:
        at += [(120.009, LAT + 0.05), (120.011, LAT + 0.05)]
        ends.append((5, 6))
    nodes = pd.DataFrame(
        {"node_id": range(len(at)), "lon": [x for x, _ in at], "lat": [y for _, y in at], "tags": [None] * len(at)}
    )
    lines = [shapely.LineString([at[u], at[v]]) for u, v in ends]
    edges = gpd.GeoDataFrame(
        {
            "edge_id": range(len(ends)),
            "way_id": [1] * 4 + [2] * has_lane,
            "u": [u for u, _ in ends],
            "v": [v for _, v in ends],
            "length_m": [line_length_m(shapely.get_coordinates(line)) for line in lines],
            "name": ["Road"] * 4 + ["Lane"] * has_lane,
            "tags": [{"highway": "primary"}] * len(ends),
        },
        geometry=lines,
        crs=4326,
    )
    replace_streets(
        session, CODE, nodes, edges, facts("streets.osm.pbf", 4, attribution="© OpenStreetMap contributors")
    )


def _station(code: str, name: str, lon: float, hours: str, services: list[str]) -> dict[str, object]:
    function = {"kind": "rest_station", "tier": None, "hours": hours, "hours_posted": hours, "services": services}
    return {"code": code, "name": name, "lon": lon, "lat": LAT, "functions": [function]}


def _box(west: float, east: float) -> shapely.MultiPolygon:
    return shapely.MultiPolygon([shapely.box(west, LAT - 0.1, east, LAT + 0.1)])
