"""Read the state of a district from the store and its snapshot."""

import re
from dataclasses import fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import overload

import numpy as np
import shapely
from geoalchemy2.shape import to_shape
from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from geo.calendar import Calendar
from geo.db.districts import resolve_district
from geo.db.layers import layer_versions, read_demand, read_water
from geo.db.offers import read_offers
from geo.db.photos import read_photo_facts
from geo.db.planner_tables import KeyArea, LayerWeight
from geo.db.settlements import read_settlements
from geo.db.tables import District, Place, PlaceFunction, Region, Source, Tour, TourDay, TourStop
from geo.db.tour_pages import NO_PAGE, TourPageFacts, read_tour_pages
from geo.tours.itinerary import Day, Stop
from webmap.logic.district_state import (
    AreaInfo,
    DistrictInfo,
    DistrictState,
    PlaceInfo,
    RegionInfo,
    SourceInfo,
    TourInfo,
)
from webmap.logic.door_reports.recent import ReportBoard
from webmap.logic.place_functions import function_info
from webmap.logic.snapshots import (
    Snapshot,
    find_latest,
    find_snapshot,
    heavy_stamps,
)
from webmap.logic.without_mobiles import published, published_name, published_offers

REPORTS = "reports"
"""The layer whose changes make no new state."""


def load_state(session: Session, code: str | None, state_dir: Path, board: ReportBoard | None = None) -> DistrictState:
    """Read one district's state; its snapshot is the one of these versions, else the newest there is.

    `board` is where the reports from the doors hang; it outlives states.
    """
    district = resolve_district(session, code)
    versions, reports_version = split_versions(layer_versions(session, district.code))
    stamps = heavy_stamps(session, district.code)
    snapshot = find_snapshot(state_dir, district.code, stamps)
    if snapshot is None and "streets" in stamps:
        snapshot = find_latest(state_dir, district.code, status=district.status)
    demand = read_demand(session, district.code)
    if snapshot is not None and not np.array_equal(snapshot.demand_id, demand["id"].to_numpy(np.int64)):
        # Demand and its costs must be of one version: show the older until the builder is done.
        demand = demand.set_index("id").reindex(snapshot.demand_id).reset_index()
        demand["weight"] = demand["weight"].fillna(0.0)
        demand[["lon", "lat"]] = demand[["lon", "lat"]].fillna(0.0)
        demand["layer"] = demand["layer"].fillna("")
        demand["is_hotspot"] = demand["is_hotspot"].eq(True)
    state = DistrictState(
        district=district_info(district),
        calendar=Calendar.china() if district.calendar == "cn" else Calendar.empty(district.timezone),
        data_version=sum(versions.values()),
        versions=versions,
        stamps=stamps,
        snapshot=snapshot,
        bounds=_bounds(session, district.code, snapshot),
        places=_read_places(session, district.code, snapshot),
        regions=_read_regions(session, district.code),
        tours=_read_tours(session, district.code),
        sources=_read_sources(session, district.code),
        demand=demand,
        multipliers=_read_multipliers(session, district.code),
        areas=_read_areas(session, district.code),
        water=read_water(session, district.code),
        settlements=read_settlements(session, district.code),
        photos=read_photo_facts(session, district.code),
        offers=published_offers(read_offers(session, district.code)),
        board=ReportBoard() if board is None else board,
    )
    state.board.renew(session, district.code, reports_version)
    return state


def district_info(row: District) -> DistrictInfo:
    """Return a district as requests see it, free of its session."""
    return DistrictInfo(**{field.name: getattr(row, field.name) for field in fields(DistrictInfo)})


def _read_tours(session: Session, district: str) -> tuple[TourInfo, ...]:
    rows = session.scalars(
        select(Tour)
        .where(Tour.district_code == district)
        .order_by(Tour.code)
        .options(selectinload(Tour.days).selectinload(TourDay.stops))
    )
    pages = read_tour_pages(session, district)
    return tuple(
        TourInfo(
            row.code,
            _shown(row.name),
            _shown(row.summary),
            tuple(Day(day.number, day.start, tuple(_stop(stop) for stop in day.stops)) for day in row.days),
            _shown_page(pages.get(row.code, NO_PAGE)),
        )
        for row in rows
    )


def _shown_page(page: TourPageFacts) -> TourPageFacts:
    photos = (replace(each, facts=replace(each.facts, caption=_shown(each.facts.caption))) for each in page.photos)
    return replace(page, story=_shown(page.story), season=_shown(page.season), photos=tuple(photos))


def _stop(row: TourStop) -> Stop:
    lon, lat = shapely.get_coordinates(to_shape(row.geom))[0].tolist()
    return Stop(_shown(row.name), row.kind, lon, lat, row.stay_min, _shown(row.note))


def _read_sources(session: Session, district: str) -> tuple[SourceInfo, ...]:
    rows = session.scalars(select(Source).where(Source.district_code == district).order_by(Source.id))
    return tuple(
        replace(
            info,
            file_name=_shown(info.file_name),
            licence=_shown(info.licence),
            attribution=_shown(info.attribution),
            accuracy=_shown(info.accuracy),
            note=_shown(info.note),
        )
        for info in (SourceInfo(**{each.name: getattr(row, each.name) for each in fields(SourceInfo)}) for row in rows)
    )


@overload
def _shown(text: str) -> str: ...
@overload
def _shown(text: None) -> None: ...
@overload
def _shown(text: str | None) -> str | None: ...
def _shown(text: str | None) -> str | None:
    """Return a text as the public reads it; empty where nothing is left of it, None where there was none."""
    return (published(text) or "") if text else text


def _read_places(session: Session, district: str, snapshot: Snapshot | None) -> tuple[PlaceInfo, ...]:
    columns: dict[tuple[int, float, float], int] = {}
    if snapshot is not None:
        keys = zip(snapshot.place_id.tolist(), snapshot.place_lon.tolist(), snapshot.place_lat.tolist(), strict=True)
        columns = {key: column for column, key in enumerate(keys)}
    today = datetime.now(UTC).date()
    rows = session.execute(
        select(Place, func.ST_X(Place.geom), func.ST_Y(Place.geom))
        .where(Place.district_code == district)
        .order_by(Place.code)
        .options(selectinload(Place.functions).selectinload(PlaceFunction.special_days))
    ).all()
    return tuple(
        PlaceInfo(
            id=place.id,
            code=place.code,
            name=published_name(place.name, place.code),
            name_en=published(place.name_en),
            status=place.status,
            lon=lon,
            lat=lat,
            address=published(place.address),
            office_phone=published(place.office_phone),
            host=published(place.host),
            how_to_get_in=published(place.how_to_get_in),
            service_contact=published(place.service_contact),
            note=published(place.note),
            region_code=place.region_code,
            confirmed_at=place.confirmed_at,
            functions={each.kind: function_info(each, today) for each in place.functions},
            column=columns.get((place.id, lon, lat)),
        )
        for place, lon, lat in rows
    )


def natural_key(code: str) -> tuple[tuple[int, int, str], ...]:
    """Return a key that sorts codes as people count: 2 before 10.

    >>> sorted(["town 10", "town 2", "town 1", "330111"], key=natural_key)
    ['330111', 'town 1', 'town 2', 'town 10']
    """
    parts = re.split(r"([0-9]+)", code)
    return tuple((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts if part)


def _read_regions(session: Session, district: str) -> tuple[RegionInfo, ...]:
    rows = session.execute(
        select(Region.code, Region.name, Region.name_en, Region.kind, func.ST_X(Region.seat), func.ST_Y(Region.seat))
        .where(Region.district_code == district)
        .order_by(Region.code)
    ).all()
    rows = sorted(rows, key=lambda row: natural_key(row.code))
    return tuple(
        RegionInfo(code, published_name(name, code), name_en, kind, None if lon is None else (lon, lat))
        for code, name, name_en, kind, lon, lat in rows
    )


def _read_multipliers(session: Session, district: str) -> dict[str, float]:
    query = select(LayerWeight.layer, LayerWeight.weight).where(LayerWeight.district_code == district)
    return {row.layer: row.weight for row in session.execute(query)}


def _read_areas(session: Session, district: str) -> tuple[AreaInfo, ...]:
    rows = session.execute(
        select(KeyArea.code, KeyArea.name, func.ST_AsBinary(KeyArea.geom))
        .where(KeyArea.district_code == district)
        .order_by(KeyArea.code)
    ).all()
    rows = sorted(rows, key=lambda row: natural_key(row.code))
    return tuple(AreaInfo(code, published_name(name, code), shapely.from_wkb(bytes(wkb))) for code, name, wkb in rows)


def _bounds(session: Session, district: str, snapshot: Snapshot | None) -> tuple[float, float, float, float]:
    row = session.execute(
        select(*(f(District.outline) for f in (func.ST_XMin, func.ST_YMin, func.ST_XMax, func.ST_YMax))).where(
            District.code == district
        )
    ).one()
    if row[0] is not None:
        return (row[0], row[1], row[2], row[3])
    if snapshot is not None:
        low, high = snapshot.network.points.min(axis=0), snapshot.network.points.max(axis=0)
        return (float(low[0]), float(low[1]), float(high[0]), float(high[1]))
    return (-180.0, -85.0, 180.0, 85.0)


def split_versions(versions: dict[str, int]) -> tuple[dict[str, int], int]:
    """Return the counters that a state is of, and that of the reports, which are no part of it."""
    return {layer: version for layer, version in versions.items() if layer != REPORTS}, versions.get(REPORTS, 0)
