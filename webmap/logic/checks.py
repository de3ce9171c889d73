"""What a page shows of a checked file before it is imported: what goes, what stays, and what is asked."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import shapely
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from geo.crs import from_wgs84, to_wgs84
from geo.db.imports import tables_of
from geo.db.planner_tables import GapEntry, Hotspot, Visit
from geo.db.regions import region_shapes, town_names
from geo.db.rider_tables import PlacePhoto
from geo.db.tables import Base, DemandPoint, District, Place, PlaceFunction, Region, StreetEdge
from loaders.report import LoadReport, ReadPlace

MAX_ASKED = 200
"""Questions that are shown at once; a file with more of them is mended elsewhere."""
MAX_GIVEN_BACK = 5_000
"""Rejected rows that are given back as a workbook."""
NEAR_STREET_DEGREES = 0.0004
"""About 40 m: a station stands at a street."""
MIN_HINTED = 5
"""Points from which on the share at a street says something of the coordinate system."""
_COUNTED = ("region", "street_edge", "demand_point", "place", "tour_place", "key_area", "candidate", "town_total",
            "tour", "activity", "scenario", "tour_plan")  # fmt: skip
"""Tables whose rows people know by name."""


@dataclass(frozen=True)
class Step:
    """One of the four steps of a district's first data: what is there, in its unit, and what is to be looked at."""

    what: str
    count: float
    is_sample: bool = False
    to_check: int = 0


def read_steps(session: Session, district: str | None) -> list[Step]:
    """Return the four steps of a district in their order; None: there is none yet."""
    if district is None:
        return [Step(what, 0) for what in ("boundaries", "streets", "population", "stations")]
    sampled = text(
        "SELECT layer FROM source WHERE district_code = :code AND (is_sample OR is_schematic) GROUP BY layer"
    )
    sample = set(session.scalars(sampled, {"code": district}))
    count = select(func.count()).select_from
    towns = session.scalar(count(Region).where(Region.district_code == district)) or 0
    streets = session.scalar(count(StreetEdge).where(StreetEdge.district_code == district)) or 0
    people = session.scalar(
        select(func.sum(DemandPoint.weight)).where(
            DemandPoint.district_code == district, DemandPoint.hotspot_id.is_(None)
        )
    )
    is_station = Place.functions.any(PlaceFunction.kind == "rest_station")
    stations = count(Place).where(Place.district_code == district, is_station)
    unseen = session.scalar(stations.where(Place.confirmed_at.is_(None))) or 0
    return [
        Step("boundaries", towns, "regions" in sample),
        Step("streets", streets, "streets" in sample),
        Step("population", float(people or 0), any(layer.startswith("demand:") for layer in sample)),
        Step("stations", session.scalar(stations) or 0, "places" in sample, unseen),
    ]


def check_facts(
    session: Session, district: str | None, what: str, reports: Sequence[LoadReport], options: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what the page shows of a checked file, as JSON can hold it.

    Parameters
    ----------
    session : Session
    district : str or None
        Its code; it need not be there yet.
    what : str
    reports : sequence of LoadReport
        Of the dry run.
    options : mapping
        It was run with.
    """
    facts: dict[str, Any] = {"goes": [], "stays": [], "options": dict(options)}
    if district is None or session.get(District, district) is None:
        return facts
    facts |= {
        "goes": _going(session, district, what, options),
        "stays": _staying(session, district),
        "is_sample": session.get_one(District, district).status == "sample",
    }
    detail = next((report.detail for report in reports if report.detail is not None), None)
    if detail is None:
        return facts
    rejected = [each for report in reports for each in report.rejected]
    words = Counter(each.said for each in detail.questions if each.kind == "state")
    classes = Counter(str(each.values.get("value", "")) for each in rejected if "class of road" in each.reason)
    facts["classes"] = [["" if word == "-" else word, count] for word, count in classes.most_common(MAX_ASKED)]
    if what != "stations":
        return facts
    return facts | {
        "words": [[word, count] for word, count in words.most_common(MAX_ASKED)],
        "questions": [asdict(each) for each in detail.questions if each.kind != "state"][:MAX_ASKED],
        "asked_at": [
            [each.row, each.name, each.lon, each.lat] for each in detail.questions if each.lon is not None
        ][:MAX_ASKED],
        "rows": _compared(session, district, detail.places),
        "towns": _towns(session, district, detail.places),
        "systems": _systems(session, district, detail.places, str(options.get("crs") or "wgs84")),
        "table": {
            "header": detail.header,
            "rows": [
                [each.row, each.reason, dict(each.values), cells]
                for each, cells in zip(rejected, detail.rejected_cells, strict=False)
            ][:MAX_GIVEN_BACK],
        },
    }  # fmt: skip


def _going(session: Session, district: str, what: str, options: Mapping[str, Any]) -> list[list[Any]]:
    """Return the tables of which rows will be replaced or removed, with how many."""
    is_sample = session.get_one(District, district).status == "sample"
    if options.get("keep") and not is_sample:
        return []
    found = []
    for name in tables_of(session, district, what):
        if name not in _COUNTED:
            continue
        table = Base.metadata.tables[name]
        rows = select(func.count()).select_from(table).where(table.c.district_code == district)
        if name == "demand_point":
            rows = rows.where(table.c.hotspot_id.is_(None))
            if not is_sample:
                rows = rows.where(table.c.layer == (options.get("layer") or "residents"))
        if name == "place" and not is_sample:
            rows = rows.where(Place.functions.any(PlaceFunction.kind == "rest_station"))
        if count := session.scalar(rows):
            found.append([name, count])
    return found


def _staying(session: Session, district: str) -> list[list[Any]]:
    """Return what people have made by hand, which no file removes."""
    found = []
    for table in (GapEntry, Hotspot, PlacePhoto):
        count = session.scalar(select(func.count()).select_from(table).where(table.district_code == district))
        if count:
            found.append([table.__tablename__, count])
    months = session.scalar(select(func.count(Visit.month.distinct())).where(Visit.district_code == district))
    return [*found, ["visit", months]] if months else found


def _compared(session: Session, district: str, places: Sequence[ReadPlace]) -> dict[str, int]:
    """Return how many of the rows are new, how many are there already, and how many stations are in no row."""
    is_station = Place.functions.any(PlaceFunction.kind == "rest_station")
    there = set(session.scalars(select(Place.code).where(Place.district_code == district, is_station)))
    sent = {each.code for each in places}
    return {"new": len(sent - there), "known": len(sent & there), "missing": len(there - sent)}


def _towns(session: Session, district: str, places: Sequence[ReadPlace]) -> dict[str, Any]:
    """Return how many towns have a row, and the names of those without one."""
    names, shapes = town_names(session, district), region_shapes(session, district)
    if not shapes or not places:
        return {"with": 0, "without": []}
    codes = list(shapes)
    tree = shapely.STRtree([shapes[code] for code in codes])
    points = shapely.points([each.lon for each in places], [each.lat for each in places])
    found = {codes[i] for i in tree.query(points, predicate="intersects")[1]}
    return {"with": len(found), "without": [names[code] for code in codes if code not in found]}


def _systems(session: Session, district: str, places: Sequence[ReadPlace], crs: str) -> dict[str, int]:
    """Return how many of the points lie at a street, read in each system that may be meant; empty without streets."""
    if len(places) < MIN_HINTED or crs not in ("wgs84", "gcj02", "bd09", "cgcs2000"):
        return {}
    if not session.scalar(select(StreetEdge.id).where(StreetEdge.district_code == district).limit(1)):
        return {}
    lon, lat = np.array([each.lon for each in places]), np.array([each.lat for each in places])
    written = from_wgs84(lon, lat, crs=crs)
    return {
        each: _at_street(session, district, *to_wgs84(*written, crs=each))
        for each in dict.fromkeys(("wgs84", "gcj02", "bd09", crs))
    }


def _at_street(session: Session, district: str, lon: Any, lat: Any) -> int:
    counted = text(
        "SELECT count(*) FROM unnest(CAST(:lon AS float8[]), CAST(:lat AS float8[])) AS p(lon, lat) WHERE EXISTS "
        "(SELECT FROM street_edge e WHERE e.district_code = :code AND "
        "ST_DWithin(e.geom, ST_SetSRID(ST_MakePoint(p.lon, p.lat), 4326), :near))"
    )
    values = {"lon": lon.tolist(), "lat": lat.tolist(), "code": district, "near": NEAR_STREET_DEGREES}
    return int(session.scalar(counted, values) or 0)
