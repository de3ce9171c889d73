"""What requests answer from: one immutable state per district, swapped when the store changes (design decision 14)."""

import logging
import subprocess
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, selectinload

from geo.calendar import Calendar
from geo.coverage.demand import (
    DemandLayer,
    combine_layers,
    points_within,
    summarise_layers,
)
from geo.db.layers import layer_versions, list_districts, read_demand, read_water, resolve_district
from geo.db.offers import Offers, read_offers
from geo.db.photos import PhotoFacts, read_photo_facts
from geo.db.planning import KeyArea, LayerWeight
from geo.db.session import reading
from geo.db.settlements import read_settlements
from geo.db.tables import District, Place, PlaceFunction, Region, Source, Tour
from geo.errors import InputError, NotReadyError
from geo.hours import OpenState, closes_at, parse_hours, span_at
from webmap.logic.door_reports.recent import ReportBoard
from webmap.logic.snapshots import (
    Attempt,
    DemandBuilder,
    Snapshot,
    ensure_snapshot,
    find_latest,
    find_snapshot,
    heavy_stamps,
    start_builder,
)

log = logging.getLogger(__name__)

POLL_S = 1.0

_MOST_CLOSINGS = 4096
REPORTS = "reports"
"""The layer whose changes make no new state."""


@dataclass(frozen=True)
class FunctionInfo:
    """One function of a place."""

    kind: str
    klass: str | None
    hours: str | None
    hours_posted: str | None
    services: tuple[str, ...]


@dataclass(frozen=True)
class PlaceInfo:
    """A place as requests see it; `column` is its column in the snapshot's tables, None until it stands in one."""

    id: int
    code: str
    name: str
    name_en: str | None
    status: str
    lon: float
    lat: float
    address: str | None
    office_phone: str | None
    host: str | None
    how_to_get_in: str | None
    service_contact: str | None
    note: str | None
    region_code: str | None
    confirmed_at: datetime | None
    functions: Mapping[str, FunctionInfo]
    column: int | None


@dataclass(frozen=True)
class RegionInfo:
    """A town: code, names, kind and seat (degrees, or None)."""

    code: str
    name: str
    name_en: str | None
    kind: str | None
    seat: tuple[float, float] | None


@dataclass(frozen=True, eq=False)
class AreaInfo:
    """A key area: code, name, and where it lies (MultiPolygon, EPSG:4326)."""

    code: str
    name: str
    geometry: shapely.Geometry


@dataclass(frozen=True, eq=False)
class DistrictState:
    """Everything a request needs of one district at one version; a request uses one state throughout.

    `demand` holds the points of all layers in the order of the snapshot's rows: id, lon, lat, weight, region_code,
    layer, is_hotspot. `multipliers` is what somebody has chosen that a layer counts. `water` is all of it, prepared
    to be asked what crosses it; None where there is none. `settlements`: name, lon, lat, town.
    """

    district: District
    calendar: Calendar
    data_version: int
    versions: Mapping[str, int]
    stamps: Mapping[str, str]
    snapshot: Snapshot | None
    bounds: tuple[float, float, float, float]
    places: tuple[PlaceInfo, ...]
    regions: tuple[RegionInfo, ...]
    tours: tuple[Tour, ...]
    sources: tuple[Source, ...]
    demand: pd.DataFrame
    multipliers: Mapping[str, float]
    areas: tuple[AreaInfo, ...]
    water: shapely.Geometry | None
    settlements: pd.DataFrame
    photos: Mapping[str, PhotoFacts]
    offers: Offers
    board: ReportBoard = field(default_factory=ReportBoard)

    @property
    def is_sample(self) -> bool:
        """Whether the district's data is sample data."""
        return self.district.status == "sample"

    @property
    def has_streets(self) -> bool:
        """Whether streets are loaded; a snapshot of them comes a little later."""
        return "streets" in self.stamps

    def ready(self) -> Snapshot:
        """Return the snapshot, or raise `NotReadyError` that says what is missing."""
        if self.snapshot is not None:
            return self.snapshot
        if not self.has_streets:
            raise NotReadyError("no streets are loaded; run: fuchun load streets FILE.osm.pbf")
        raise NotReadyError("the street network is being prepared; try again in a few seconds")

    def with_function(self, kind: str) -> list[PlaceInfo]:
        """Return the active places with a function; the list is everybody's and is not to be changed."""
        return self._by_function.get(kind, [])

    @cached_property
    def _by_function(self) -> dict[str, list[PlaceInfo]]:
        found: dict[str, list[PlaceInfo]] = {}
        for place in self.places:
            for kind in place.functions if place.status == "active" else ():
                found.setdefault(kind, []).append(place)
        return found

    def open_state(self, hours: str | None, when_s: float) -> OpenState:
        """Return what `geo.hours.state_at` says of hours at an instant (epoch seconds); the span is remembered."""
        held = self._spans.get(hours)
        if held is None or not held[0] <= when_s < held[1]:
            held = self._spans[hours] = span_at(parse_hours(hours), when_s, calendar=self.calendar)
        return held[2]

    def closing(self, hours: str | None, when: datetime) -> str | None:
        """Return what `geo.hours.closes_at` says of a place that is open at `when`, in ISO form; remembered by span."""
        when_s = when.timestamp()
        self.open_state(hours, when_s)
        key = (hours, self._spans[hours][0])
        if key in self._closings:
            return self._closings[key]
        closes = closes_at(parse_hours(hours), when, calendar=self.calendar)
        text = None if closes is None else closes.isoformat()
        # What closes within a week does so for the whole span; what stays open for long is told for 14 days ahead.
        if closes is not None and closes.timestamp() - when_s < 7 * 86_400.0:
            if len(self._closings) >= _MOST_CLOSINGS:
                self._closings.clear()
            self._closings[key] = text
        return text

    @cached_property
    def _closings(self) -> dict[tuple[str | None, float], str | None]:
        return {}

    @cached_property
    def _spans(self) -> dict[str | None, tuple[float, float, OpenState]]:
        return {}

    @cached_property
    def english_towns(self) -> dict[str, str | None]:
        """Return the English name of every town by its code; None where the store has none."""
        return {region.code: region.name_en for region in self.regions}

    @cached_property
    def place_by_code(self) -> dict[str, PlaceInfo]:
        """Return every place by its code."""
        return {place.code: place for place in self.places}

    @cached_property
    def demand_layers(self) -> tuple[DemandLayer, ...]:
        """Return the demand layers with their sums, units and multipliers."""
        sources = {s.layer.removeprefix("demand:"): s for s in self.sources if s.layer.startswith("demand:")}
        return summarise_layers(
            self.demand,
            units={layer: source.unit for layer, source in sources.items() if source.unit},
            proxies=[layer for layer, source in sources.items() if source.is_proxy],
            multipliers=self.multipliers,
        )

    @cached_property
    def demand_weight(self) -> NDArray[np.float64]:
        """Return the weight of each demand point, all layers together, in the order of the snapshot's rows."""
        return combine_layers(self.demand, {layer.code: layer.multiplier for layer in self.demand_layers})

    @cached_property
    def area_members(self) -> dict[str, NDArray[np.bool_]]:
        """Return which demand points lie in each key area, by its code."""
        lon, lat = self.demand["lon"].to_numpy(np.float64), self.demand["lat"].to_numpy(np.float64)
        return {area.code: points_within(lon, lat, area.geometry) for area in self.areas}


def load_state(session: Session, code: str | None, state_dir: Path, board: ReportBoard | None = None) -> DistrictState:
    """Read one district's state; its snapshot is the one of these versions, else the newest there is.

    `board` is where the reports from the doors hang; it outlives states.
    """
    district = resolve_district(session, code)
    versions, reports_version = _split_versions(layer_versions(session, district.code))
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
    tours = session.scalars(
        select(Tour).where(Tour.district_code == district.code).order_by(Tour.code).options(selectinload("*"))
    ).all()
    sources = session.scalars(select(Source).where(Source.district_code == district.code).order_by(Source.id)).all()
    state = DistrictState(
        district=district,
        calendar=Calendar.china() if district.calendar == "cn" else Calendar.empty(district.timezone),
        data_version=sum(versions.values()),
        versions=versions,
        stamps=stamps,
        snapshot=snapshot,
        bounds=_bounds(session, district.code, snapshot),
        places=_read_places(session, district.code, snapshot),
        regions=_read_regions(session, district.code),
        tours=tuple(tours),
        sources=tuple(sources),
        demand=demand,
        multipliers=_read_multipliers(session, district.code),
        areas=_read_areas(session, district.code),
        water=read_water(session, district.code),
        settlements=read_settlements(session, district.code),
        photos=read_photo_facts(session, district.code),
        offers=read_offers(session, district.code),
        board=ReportBoard() if board is None else board,
    )
    state.board.renew(session, district.code, reports_version)
    # The state outlives its session: what a request may read is loaded now.
    session.expunge_all()
    return state


def _read_places(session: Session, district: str, snapshot: Snapshot | None) -> tuple[PlaceInfo, ...]:
    columns: dict[tuple[int, float, float], int] = {}
    if snapshot is not None:
        keys = zip(snapshot.place_id.tolist(), snapshot.place_lon.tolist(), snapshot.place_lat.tolist(), strict=True)
        columns = {key: column for column, key in enumerate(keys)}
    rows = session.execute(
        select(Place, func.ST_X(Place.geom), func.ST_Y(Place.geom))
        .where(Place.district_code == district)
        .order_by(Place.code)
        .options(selectinload(Place.functions))
    ).all()
    return tuple(
        PlaceInfo(
            id=place.id,
            code=place.code,
            name=place.name,
            name_en=place.name_en,
            status=place.status,
            lon=lon,
            lat=lat,
            address=place.address,
            office_phone=place.office_phone,
            host=place.host,
            how_to_get_in=place.how_to_get_in,
            service_contact=place.service_contact,
            note=place.note,
            region_code=place.region_code,
            confirmed_at=place.confirmed_at,
            functions={function.kind: _function_info(function) for function in place.functions},
            column=columns.get((place.id, lon, lat)),
        )
        for place, lon, lat in rows
    )


def _function_info(row: PlaceFunction) -> FunctionInfo:
    """Hours that nobody can read, written past the loaders, are unknown; what stands there is shown as posted."""
    hours, posted = row.hours, row.hours_posted
    try:
        parse_hours(hours)
    except InputError:
        hours, posted = None, posted or hours
    return FunctionInfo(row.kind, row.klass, hours, posted, tuple(row.services))


def _read_regions(session: Session, district: str) -> tuple[RegionInfo, ...]:
    rows = session.execute(
        select(Region.code, Region.name, Region.name_en, Region.kind, func.ST_X(Region.seat), func.ST_Y(Region.seat))
        .where(Region.district_code == district)
        .order_by(Region.code)
    ).all()
    return tuple(
        RegionInfo(code, name, name_en, kind, None if lon is None else (lon, lat))
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
    return tuple(AreaInfo(code, name, shapely.from_wkb(bytes(wkb))) for code, name, wkb in rows)


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


class Live:
    """The states of all districts, kept fresh by one polling thread.

    Parameters
    ----------
    engine : Engine
    state_dir : Path
        Where snapshots lie.
    default_district : str, optional
        District of a request that names none.
    """

    def __init__(self, engine: Engine, state_dir: Path, *, default_district: str | None = None) -> None:
        self.engine = engine
        self.state_dir = state_dir
        self._default = default_district or None
        self._states: dict[str, DistrictState] = {}
        self._districts: list[District] = []
        self._resolved: str | None = None
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._builders: dict[str, subprocess.Popen[bytes] | DemandBuilder] = {}
        self._attempts: dict[str, Attempt] = {}
        self.preparations: list[Callable[[DistrictState], None]] = []
        """Called with a state before requests see it, to read from the store what pages need beside it."""
        self.is_store_away = False
        """Whether the store did not answer lately; requests are then answered from what is in memory."""

    def districts(self) -> list[District]:
        """Return every district in the store, real ones first."""
        if not self._districts:
            self.refresh()
        return self._districts

    def state(self, code: str | None = None) -> DistrictState:
        """Return the present state of a district (default: design decision 2).

        Raises
        ------
        NotFoundError
            If there is no such district.
        """
        wanted = code or self._default
        known = wanted or self._resolved
        if known is not None and known in self._states:
            return self._states[known]
        with self._lock, reading(self.engine) as session:
            known = resolve_district(session, wanted).code
            if known not in self._states:
                state = load_state(session, known, self.state_dir)
                self._prepare(state)
                self._states[known] = state
            if wanted is None:
                self._resolved = known
        self._build_if_stale(self._states[known])
        return self._states[known]

    @property
    def is_ready(self) -> bool:
        """Tell whether requests can be answered: from memory, or because the store can be asked."""
        return bool(self._states) or not self.is_store_away

    def warm(self) -> None:
        """Read the state of every district now: what is in memory is answered while the store is away."""
        districts = self.districts()
        for district in districts:
            self.state(district.code)
        if districts:
            self.state()

    def snapshot_folders(self) -> list[Path]:
        """Return the folders of the snapshots that requests are answered from."""
        return [state.snapshot.folder for state in list(self._states.values()) if state.snapshot is not None]

    def build(self, code: str | None = None, *, progress: Any = lambda _: None) -> DistrictState:
        """Return the state of a district with its snapshot built, in this process (commands and tests)."""
        with reading(self.engine) as session:
            district = resolve_district(session, code or self._default).code
            is_buildable = "streets" in heavy_stamps(session, district)
        if is_buildable:
            ensure_snapshot(self.engine, self.state_dir, district, progress=progress)
        self.refresh()
        return self.state(district)

    def refresh(self) -> None:
        """Look at the counters once and reload the states that changed."""
        with reading(self.engine) as session:
            districts = list_districts(session)
            versions = {district.code: layer_versions(session, district.code) for district in districts}
            session.expunge_all()
        known = {district.code: district for district in districts}
        if [_facts(district) for district in districts] != [_facts(district) for district in self._districts]:
            self._resolved = None
            self._districts = districts
        for code, old in list(self._states.items()):
            if code not in known:
                del self._states[code]
                continue
            counted, reports_version = _split_versions(versions[code])
            has_changed = counted != dict(old.versions) or _facts(known[code]) != _facts(old.district)
            is_replaced = old.snapshot is not None and old.snapshot.is_replaced
            if has_changed or is_replaced or (not _is_current(old) and self._is_built(old)):
                with reading(self.engine) as session:
                    state = load_state(session, code, self.state_dir, old.board)
                self._prepare(state)
                self._states[code] = state
            elif reports_version != old.board.version:
                with reading(self.engine) as session:
                    old.board.renew(session, code, reports_version)
            self._build_if_stale(self._states[code])

    def hear(self, code: str) -> None:
        """Read the reports of a district now rather than at the next poll: who sent one sees it at once."""
        board = self.state(code).board
        with reading(self.engine) as session:
            board.renew(session, code, board.version)

    def start(self) -> None:
        """Start the polling thread of a worker."""
        self._thread = threading.Thread(target=self._poll, name="fuchun-poll", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the polling thread, and wait for a builder at work; none is started any more."""
        with self._lock:
            self._stop.set()
        if self._thread is not None:
            self._thread.join()
        for builder in self._builders.values():
            builder.wait()

    def _prepare(self, state: DistrictState) -> None:
        for prepare in self.preparations:
            prepare(state)

    def _poll(self) -> None:
        while not self._stop.wait(POLL_S):
            try:
                self.refresh()
                if self._resolved is None and self._districts:
                    self.warm()  # the one to begin with may be another: no request has to ask the store
                self.is_store_away = False
            except SQLAlchemyError as error:
                # The last state keeps answering, and the next poll tries again.
                if not self.is_store_away:
                    log.warning("cannot read the data version: %s", type(error).__name__)
                self.is_store_away = True
            except Exception:
                # Whatever it is, a worker that looks no more would answer from old data for good.
                log.exception("cannot bring the states up to date")

    def _is_built(self, state: DistrictState) -> bool:
        """Tell whether the snapshot that `state` waits for is there now."""
        return find_snapshot(self.state_dir, state.district.code, dict(state.stamps)) is not None

    def _build_if_stale(self, state: DistrictState) -> None:
        if not state.has_streets or _is_current(state):
            return
        with self._lock:  # requests that come together start one builder
            code = state.district.code
            builder = self._builders.get(code)
            attempt = self._attempts.get(code)
            if attempt is None or attempt.stamps != state.stamps:
                attempt = self._attempts[code] = Attempt(state.stamps)
            is_busy = builder is not None and builder.poll() is None
            if self._stop.is_set() or is_busy or not attempt.is_due():
                return
            if DemandBuilder.suffices(state.snapshot, state.stamps):
                self._builders[code] = DemandBuilder(self.engine, self.state_dir, code)
            else:
                url = self.engine.url.render_as_string(hide_password=False)
                self._builders[code] = start_builder(self.state_dir, code, url)


def _split_versions(versions: dict[str, int]) -> tuple[dict[str, int], int]:
    """Return the counters that a state is of, and that of the reports, which are no part of it."""
    return {layer: version for layer, version in versions.items() if layer != REPORTS}, versions.get(REPORTS, 0)


def _facts(district: District) -> tuple[str, str, str, str | None]:
    return district.code, district.name, district.status, district.note


def _is_current(state: DistrictState) -> bool:
    """Tell whether the snapshot is of the layers as they are."""
    return state.snapshot is not None and state.snapshot.stamps == dict(state.stamps)
