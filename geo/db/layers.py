"""Replace and read whole layers of a district: streets, demand, places, regions, water."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from sqlalchemy import delete, exists, func, insert, or_, select, text, update
from sqlalchemy.orm import Session

from geo.db.copying import copy_rows, ewkb_hex
from geo.db.departure_tables import Departure
from geo.db.ewkt import ewkt, multi_polygon, polygons_of
from geo.db.place_rows import has_code, insert_places
from geo.db.planner_tables import (
    Candidate,
    DemandProfile,
    GapEntry,
    Hotspot,
    KeyArea,
    LayerWeight,
    Scenario,
    TownTotal,
    Visit,
)
from geo.db.rider_tables import Activity, Benefit, Membership
from geo.db.special_days import read_special_days
from geo.db.tables import (
    DataVersion,
    DemandPoint,
    District,
    Place,
    PlaceFunction,
    Region,
    Settlement,
    Source,
    StreetEdge,
    StreetNode,
    Tour,
    TourDay,
    TourStop,
    Water,
)
from geo.db.tour_tables import TourPlaceRow, TourPlan
from geo.errors import InputError
from geo.texts import require_code, require_name


@dataclass(frozen=True)
class SourceFacts:
    """Where a layer's rows come from; becomes a row of ``source``."""

    file_name: str
    rows_read: int
    rows_stored: int
    rows_rejected: int = 0
    licence: str | None = None
    attribution: str | None = None
    checksum: str | None = None
    crs: str | None = None
    accuracy: str | None = None
    note: str | None = None
    data_date: str | None = None
    unit: str | None = None
    sums: dict[str, Any] | None = None
    is_proxy: bool = False
    is_sample: bool = False
    is_schematic: bool = False


def retire_sample(session: Session, code: str) -> bool:
    """Remove the sample layers of a district before real data comes in; return whether there were any.

    Schematic boundaries and the outline stay (they are drawn and named as schematic) until real ones are loaded. What
    people have made stays: hotspots, the ledger (its entries of the sample are marked so) and visits.
    """
    district = session.get(District, code)
    if district is None or district.status != "sample":
        return False
    _clear_layers(session, code)
    made = select(Source.id).where(Source.district_code == code, Source.is_sample)
    session.execute(delete(KeyArea).where(KeyArea.district_code == code, KeyArea.source_id.in_(made)))
    # Candidates of a file that somebody loaded are real; those pasted on the sample are not.
    is_made = Candidate.source_id.in_(made) | Candidate.source_id.is_(None)
    session.execute(delete(Candidate).where(Candidate.district_code == code, is_made))
    for sample in (Activity, Scenario, TourPlan, Departure, DemandProfile):
        session.execute(delete(sample).where(sample.district_code == code, sample.is_sample))
    session.execute(delete(Source).where(Source.district_code == code, Source.is_sample))
    session.execute(update(District).where(District.code == code).values(status="real", note=None))
    session.expire_all()
    return True


def clear_district(session: Session, code: str) -> None:
    """Remove everything a district holds but its row and its counters: a version never comes back for other data."""
    _clear_layers(session, code)
    staffs = (
        Hotspot, GapEntry, Visit, KeyArea, TownTotal, LayerWeight, Candidate, Scenario, Benefit, Activity, Membership,
        TourPlan, Departure, DemandProfile,
    )  # fmt: skip
    for table in staffs:
        session.execute(delete(table).where(table.district_code == code))
    session.execute(delete(Region).where(Region.district_code == code))
    session.execute(delete(Source).where(Source.district_code == code))


def _clear_layers(session: Session, code: str) -> None:
    for table in (StreetEdge, StreetNode, Water, Settlement, Place, Tour, TourPlaceRow):
        session.execute(delete(table).where(table.district_code == code))
    # The points of hotspots go with their hotspots.
    session.execute(delete(DemandPoint).where(DemandPoint.district_code == code, DemandPoint.hotspot_id.is_(None)))


def record_source(session: Session, district: str, layer: str, facts: SourceFacts, *, keep: bool = False) -> int:
    """Store where a layer comes from and return its id; the layer's earlier sources go unless `keep`."""
    if not keep:
        session.execute(delete(Source).where(Source.district_code == district, Source.layer == layer))
    return session.execute(
        insert(Source).values(district_code=district, layer=layer, **asdict(facts)).returning(Source.id)
    ).scalar_one()


def replace_regions(session: Session, district: str, regions: gpd.GeoDataFrame, facts: SourceFacts) -> None:
    """Replace the town boundaries: columns code, name, kind, seat (Point or None), geometry; name_en optional."""
    session.execute(delete(Region).where(Region.district_code == district))
    source = record_source(session, district, "regions", facts)
    rows = [
        {
            "district_code": district,
            "source_id": source,
            "code": require_code(str(row.code)),
            "name": require_name(row.name),
            "name_en": getattr(row, "name_en", None),
            "kind": getattr(row, "kind", None),
            "seat": ewkt(getattr(row, "seat", None)),
            "geom": ewkt(multi_polygon(row.geometry)),
        }
        for row in regions.itertuples(index=False)
    ]
    session.execute(insert(Region), rows)


def replace_water(session: Session, district: str, water: gpd.GeoDataFrame, facts: SourceFacts) -> None:
    """Replace the water: columns name, geometry (polygons; other parts are dropped)."""
    session.execute(delete(Water).where(Water.district_code == district))
    source = record_source(session, district, "water", facts)
    rows = [
        {"district_code": district, "source_id": source, "name": name, "geom": ewkt(geometry)}
        for name, geometry in zip(water["name"], map(polygons_of, water.geometry), strict=True)
        if geometry is not None
    ]
    if rows:
        session.execute(insert(Water), rows)


def replace_streets(
    session: Session, district: str, nodes: pd.DataFrame, edges: gpd.GeoDataFrame, facts: SourceFacts
) -> None:
    """Replace the streets by COPY; columns as in `geo.network.build.build_network`, and ``way_id``."""
    session.execute(delete(StreetEdge).where(StreetEdge.district_code == district))
    session.execute(delete(StreetNode).where(StreetNode.district_code == district))
    source = record_source(session, district, "streets", facts)
    points = shapely.points(nodes["lon"].to_numpy(), nodes["lat"].to_numpy())
    copy_rows(
        session,
        "street_node (district_code, id, tags, geom)",
        zip([district] * len(nodes), nodes["node_id"].tolist(), _json(nodes["tags"]), ewkb_hex(points), strict=True),
    )
    copy_rows(
        session,
        "street_edge (district_code, id, source_id, way_id, u, v, length_m, name, tags, geom)",
        zip(
            [district] * len(edges),
            edges["edge_id"].tolist(),
            [source] * len(edges),
            edges["way_id"].tolist(),
            edges["u"].tolist(),
            edges["v"].tolist(),
            edges["length_m"].tolist(),
            [name if isinstance(name, str) and name else None for name in edges["name"]],
            _json(edges["tags"]),
            ewkb_hex(edges.geometry.to_numpy()),
            strict=True,
        ),
    )


def replace_demand(
    session: Session, district: str, demand: gpd.GeoDataFrame, facts: SourceFacts, *, layer: str = "residents"
) -> None:
    """Replace one demand layer: columns weight, geometry (Point); region_code optional, else by location.

    Hotspots drawn by hand stay: they are a source of their own.
    """
    session.execute(
        delete(DemandPoint).where(
            DemandPoint.district_code == district, DemandPoint.layer == layer, DemandPoint.hotspot_id.is_(None)
        )
    )
    source = record_source(session, district, f"demand:{layer}", facts)
    region = demand["region_code"] if "region_code" in demand else pd.Series([None] * len(demand))
    copy_rows(
        session,
        "demand_point (district_code, source_id, layer, weight, region_code, geom)",
        zip(
            [district] * len(demand),
            [source] * len(demand),
            [layer] * len(demand),
            demand["weight"].tolist(),
            [code if isinstance(code, str) else None for code in region],
            ewkb_hex(demand.geometry.to_numpy()),
            strict=True,
        ),
    )
    locate_regions(session, district, "demand_point")


def replace_places(
    session: Session, district: str, places: Sequence[dict[str, Any]], facts: SourceFacts, *, keep: bool = False
) -> None:
    """Replace the district's places of the same functions, or with `keep` only those of the same codes.

    Loading rest stations leaves landmarks and the culture palace as they are. Each place is a dict of the columns of
    ``place`` plus ``lon``, ``lat`` and ``functions``: dicts of kind, tier, hours, hours_posted, services.
    """
    codes = [place["code"] for place in places]
    kinds = set() if keep else {function["kind"] for place in places for function in place["functions"]}
    is_replaced = or_(has_code(codes), Place.functions.any(PlaceFunction.kind.in_(kinds)))
    # A file has no special days: what the staff entered holds for the place of the same code.
    special_days = read_special_days(session, district)
    session.execute(delete(Place).where(Place.district_code == district, is_replaced))
    is_used = select(Place.source_id).where(Place.district_code == district, Place.source_id.is_not(None))
    session.execute(
        delete(Source).where(Source.district_code == district, Source.layer == "places", Source.id.not_in(is_used))
    )
    source = record_source(session, district, "places", facts, keep=True)
    insert_places(session, district, source, places, special_days)
    locate_regions(session, district, "place")


def replace_tours(session: Session, district: str, tours: Sequence[dict[str, Any]], facts: SourceFacts) -> None:
    """Replace the tours; dicts of code, name, summary, days of number, start, stops of name, kind, lon, lat, …"""
    session.execute(delete(Tour).where(Tour.district_code == district))
    source = record_source(session, district, "tours", facts)
    for tour in tours:
        days = [
            TourDay(
                district_code=district,
                number=day["number"],
                start=day["start"],
                stops=[
                    TourStop(
                        district_code=district,
                        number=number,
                        name=stop["name"],
                        kind=stop["kind"],
                        place_code=stop.get("place_code"),
                        stay_min=stop["stay_min"],
                        note=stop.get("note"),
                        geom=f"SRID=4326;POINT({stop['lon']!r} {stop['lat']!r})",
                    )
                    for number, stop in enumerate(day["stops"], 1)
                ],
            )
            for day in tour["days"]
        ]
        columns = {
            "code": require_code(tour["code"]),
            "name": require_name(tour["name"]),
            "summary": tour.get("summary"),
        }
        session.add(Tour(district_code=district, source_id=source, **columns, days=days))
    session.flush()


def locate_regions(session: Session, district: str, table: str) -> None:
    """Set ``region_code`` of the rows of `table` that have none, by the town they lie in."""
    if table not in ("demand_point", "place"):
        raise InputError("{table} has no region_code", table=table)
    session.execute(
        text(
            f"UPDATE {table} AS p SET region_code = r.code FROM region AS r "
            "WHERE p.district_code = :district AND p.region_code IS NULL "
            "AND r.district_code = :district AND ST_Intersects(r.geom, p.geom)"
        ),
        {"district": district},
    )


def read_streets(session: Session, district: str) -> tuple[pd.DataFrame, pd.DataFrame, list[shapely.Geometry]]:
    """Return nodes, edges and shores as `geo.network.build.build_network` takes them; tags as JSON text."""
    nodes = pd.DataFrame(
        session.execute(
            select(StreetNode.id, func.ST_X(StreetNode.geom), func.ST_Y(StreetNode.geom), StreetNode.tags).where(
                StreetNode.district_code == district
            )
        ).all(),
        columns=["node_id", "lon", "lat", "tags"],
    )
    nodes["tags"] = nodes["tags"].astype(object).where(nodes["tags"].notna(), None)
    edges = pd.DataFrame(
        session.execute(
            text(
                "SELECT id, way_id, u, v, length_m, name, tags::text, ST_AsBinary(geom) FROM street_edge "
                "WHERE district_code = :district"
            ),
            {"district": district},
        ).all(),
        columns=["edge_id", "way_id", "u", "v", "length_m", "name", "tags", "geometry"],
    )
    edges["geometry"] = shapely.from_wkb(edges["geometry"].map(bytes).to_numpy(object))
    shores = session.execute(select(func.ST_AsBinary(Water.geom)).where(Water.district_code == district)).scalars()
    return nodes, edges, [shapely.from_wkb(bytes(wkb)) for wkb in shores]


def read_water(session: Session, district: str) -> shapely.Geometry | None:
    """Return the water of a district as one prepared MultiPolygon, EPSG:4326; its parts may overlap. None: no water."""
    rows = session.execute(select(func.ST_AsBinary(Water.geom)).where(Water.district_code == district)).scalars()
    parts = shapely.get_parts(np.array([shapely.from_wkb(bytes(wkb)) for wkb in rows], dtype=object))
    if parts.size == 0:
        return None
    water = shapely.MultiPolygon(parts.tolist())
    shapely.prepare(water)
    return water


def read_demand(session: Session, district: str) -> pd.DataFrame:
    """Return id, lon, lat, weight, region_code, layer, is_hotspot of the demand of all layers, ordered by id."""
    rows = session.execute(
        select(
            DemandPoint.id,
            func.ST_X(DemandPoint.geom),
            func.ST_Y(DemandPoint.geom),
            DemandPoint.weight,
            DemandPoint.region_code,
            DemandPoint.layer,
            DemandPoint.hotspot_id.is_not(None),
        )
        .where(DemandPoint.district_code == district)
        .order_by(DemandPoint.id)
    ).all()
    return pd.DataFrame(rows, columns=["id", "lon", "lat", "weight", "region_code", "layer", "is_hotspot"])


def has_streets(session: Session, district: str) -> bool:
    """Tell whether a district has streets now; their counter stays when they are taken out."""
    return bool(session.scalar(select(exists().where(StreetEdge.district_code == district))))


def layer_versions(session: Session, district: str) -> dict[str, int]:
    """Return the change counter of each layer of a district that ever changed."""
    rows = session.execute(select(DataVersion.layer, DataVersion.version).where(DataVersion.district_code == district))
    return {row.layer: row.version for row in rows}


def layer_stamps(session: Session, district: str) -> dict[str, str]:
    """Return counter and time of the last change of each layer: the same in no two databases."""
    rows = session.execute(
        select(DataVersion.layer, DataVersion.version, DataVersion.changed_at).where(
            DataVersion.district_code == district
        )
    )
    return {row.layer: f"{row.version} {row.changed_at.astimezone(UTC).isoformat()}" for row in rows}


def _json(values: "pd.Series[Any]") -> list[str | None]:
    return [json.dumps(v, ensure_ascii=False, sort_keys=True) if isinstance(v, dict) and v else None for v in values]
