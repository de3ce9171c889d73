"""Small good files of every kind that is taken, and the parsers that take them."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import openpyxl
import osmium
import rasterio
import shapely
from affine import Affine

from loaders.areas import AreasContext, parse_areas
from loaders.boundaries import BoundariesContext, parse_boundaries
from loaders.buildings import parse_buildings
from loaders.osm_places import OsmPlacesContext, parse_osm_places
from loaders.population import PeopleContext, parse_people
from loaders.proxy import ProxyContext, parse_proxy, proxy_weights
from loaders.proxy_demand import BuildingsContext
from loaders.stations import StationsContext, parse_stations
from loaders.streets import StreetsContext, parse_streets
from loaders.totals import TotalsContext
from loaders.visits import VisitsContext, parse_visits

WEST, EAST = shapely.box(119.4, 29.8, 119.8, 30.2), shapely.box(119.8, 29.8, 120.2, 30.2)
SQUARE = shapely.union(WEST, EAST)
TOTALS = TotalsContext(towns={"330111115": "新登镇"}, district="330111", district_name="富阳区")
PEOPLE = PeopleContext(outline=SQUARE, totals=TOTALS)
REGISTER = [
    ["编号", "站点名称", "经度", "纬度", "服务设施", "开放时间", "联系电话", "状态"],
    ["A1", "江滨驿站", 119.955, 30.049, "饮水、微波炉", "周一至周五 8:30-17:30", "0571-63330001", "启用"],
    ["A2", "春江驿站", 119.965, 30.039, "饮水", "24小时", "(138)00138000", "停用"],
]


def csv(path: Path, rows: list[list[Any]]) -> Path:
    path.write_text("\n".join(",".join(map(str, row)) for row in rows) + "\n", encoding="utf-8")
    return path


def workbook(path: Path, rows: list[list[Any]]) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    sheet.merge_cells("H2:H3")
    book.save(path)
    return path


def towns(path: Path, driver: str) -> Path:
    frame = gpd.GeoDataFrame(
        {"code": ["330111115", "330111001"], "name": ["新登镇", "富春街道"], "people": [12, 30]},
        geometry=[WEST, EAST],
        crs=4326,
    )
    frame.to_file(path, driver=driver)
    return path


def geojson(path: Path) -> Path:
    features = [
        {
            "type": "Feature",
            "properties": {"name": name, "code": code},
            "geometry": json.loads(shapely.to_geojson(area)),
        }
        for name, code, area in (("新登镇", "330111115", WEST), ("富春街道", "330111001", EAST))
    ]
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}
    path.write_text(json.dumps({"type": "FeatureCollection", "crs": crs, "features": features}), encoding="utf-8")
    return path


def raster(path: Path) -> Path:
    with rasterio.open(
        path, "w", driver="GTiff", width=20, height=10, count=1, dtype="float32", crs="EPSG:4326", compress="deflate",
        nodata=-1, transform=Affine(0.05, 0, 119.3, 0, -0.05, 30.25),
    ) as file:  # fmt: skip
        file.write(np.arange(200, dtype=np.float32).reshape(1, 10, 20))
    return path


def extract(path: Path) -> Path:
    nodes = {1: (119.9, 30.0), 2: (119.91, 30.0), 3: (119.91, 30.01), 4: (119.9, 30.01), 5: (119.905, 30.005)}
    with osmium.SimpleWriter(str(path)) as writer:
        for number, at in nodes.items():
            tags = {"amenity": "bank", "name": "银行"} if number == 5 else {}
            writer.add_node(osmium.osm.mutable.Node(id=number, location=at, tags=tags, version=1))
        for number, (refs, tags) in enumerate(
            [
                ([1, 2, 3, 4], {"highway": "residential", "name": "江滨路"}),
                ([1, 2, 3, 4, 1], {"building": "yes", "building:levels": "3"}),
                ([1, 2, 3, 1], {"natural": "water", "name": "湖"}),
                ([2, 5], {"highway": "footway"}),
            ],
            10,
        ):
            writer.add_way(osmium.osm.mutable.Way(id=number, nodes=refs, tags=tags, version=1))
    return path


Make = Callable[[Path], Path]
MONTHS = [["编号", "月份", "到访量"], ["A1", "2026-05", 120], ["A1", "2026年6月", "1,300"]]
TOWNS = [["镇街", "人口（万人）", "口径"], ["新登镇", 4.2, "常住"]]
POINTS = [["经度", "纬度", "人口"], [119.9, 30.0, 12], ["119.95", "30.05", "1,234"]]

SEEDS: dict[str, tuple[Make, Callable[[Path], object]]] = {
    "stations-csv": (
        lambda folder: csv(folder / "good.csv", REGISTER),
        lambda path: parse_stations(path, StationsContext(outline=SQUARE, towns={"新登镇": WEST})),
    ),
    "stations-xlsx": (
        lambda folder: workbook(folder / "good.xlsx", REGISTER),
        lambda path: parse_stations(path, StationsContext(outline=SQUARE)),
    ),
    "visits-csv": (
        lambda folder: csv(folder / "good.csv", MONTHS),
        lambda path: parse_visits(path, VisitsContext(stations={"A1": "江滨驿站"}, today=date(2026, 11, 30))),
    ),
    "totals-csv": (lambda folder: csv(folder / "good.csv", TOWNS), lambda path: parse_people(path, PEOPLE)),
    "points-csv": (lambda folder: csv(folder / "good.csv", POINTS), lambda path: parse_people(path, PEOPLE)),
    "boundaries-geojson": (
        lambda folder: geojson(folder / "good.geojson"),
        lambda path: parse_boundaries(path, BoundariesContext(district="330111")),
    ),
    "boundaries-gpkg": (
        lambda folder: towns(folder / "good.gpkg", "GPKG"),
        lambda path: parse_boundaries(path, BoundariesContext(district="330111")),
    ),
    "areas-shp": (
        lambda folder: towns(folder / "good.shp", "ESRI Shapefile"),
        lambda path: parse_areas(path, AreasContext(outline=SQUARE)),
    ),
    "grid-gpkg": (lambda folder: towns(folder / "good.gpkg", "GPKG"), lambda path: parse_people(path, PEOPLE)),
    "raster": (lambda folder: raster(folder / "good.tif"), lambda path: parse_people(path, PEOPLE)),
    "streets-pbf": (
        lambda folder: extract(folder / "good.osm.pbf"),
        lambda path: parse_streets(path, StreetsContext(clip=SQUARE)),
    ),
    "streets-xml": (
        lambda folder: extract(folder / "good.osm"),
        lambda path: parse_streets(path, StreetsContext(clip=SQUARE)),
    ),
    "buildings-xml": (
        lambda folder: extract(folder / "good.osm"),
        lambda path: parse_buildings(path, BuildingsContext(outline=SQUARE)),
    ),
    "places-xml": (
        lambda folder: extract(folder / "good.osm"),
        lambda path: parse_osm_places(path, OsmPlacesContext(outline=SQUARE)),
    ),
    "proxy-xml": (
        lambda folder: extract(folder / "good.osm"),
        lambda path: parse_proxy(path, ProxyContext(outline=SQUARE, weights=proxy_weights())),
    ),
}
"""Name to who makes a good file in a folder, and who parses it."""
