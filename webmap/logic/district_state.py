"""The state of a district: everything that a request needs of it at one version, immutable (design decision 14)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.calendar import Calendar
from geo.coverage.demand import (
    DemandLayer,
    points_within,
    summarise_layers,
)
from geo.db.offers import Offers
from geo.db.photos import PhotoFacts
from geo.db.tour_pages import NO_PAGE, TourPageFacts
from geo.errors import MissingDataError, NotReadyError
from geo.hours import OpenState, parse_hours, span_at
from geo.tours.itinerary import Day
from webmap.logic.door_reports.recent import ReportBoard
from webmap.logic.place_functions import FunctionInfo
from webmap.logic.snapshots import (
    Snapshot,
)


@dataclass(frozen=True)
class DistrictInfo:
    """A district: code and names, whether its data is ``real``, ``sample`` or ``demo``, time zone (IANA), calendar.

    `is_default`: meant where none is named; `is_hidden`: not shown to the public; `is_plan_public`: an administrator
    has published the planning pages.
    """

    code: str
    name: str
    name_en: str
    status: str
    note: str | None
    timezone: str
    calendar: str | None
    is_default: bool = False
    is_hidden: bool = False
    is_plan_public: bool = False

    @property
    def is_plan_open(self) -> bool:
        """Whether everybody reads the planning pages: published, or of no real district."""
        return self.is_plan_public or self.status != "real"


@dataclass(frozen=True)
class SourceInfo:
    """A loaded file: the layer it brought, where it comes from, and how far to trust it."""

    id: int
    layer: str
    file_name: str
    licence: str | None
    attribution: str | None
    checksum: str | None
    accuracy: str | None
    note: str | None
    data_date: str | None
    unit: str | None
    is_proxy: bool
    is_sample: bool
    is_schematic: bool
    loaded_at: datetime
    rows_read: int
    rows_stored: int
    rows_rejected: int


@dataclass(frozen=True)
class TourInfo:
    """A recuperation tour with the stops of its days."""

    code: str
    name: str
    summary: str | None
    days: tuple[Day, ...]
    page: TourPageFacts = NO_PAGE


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
class DataMark:
    """What every answer says of its data: the district, whether its data is sample data, and the data version."""

    district: str
    is_sample: bool
    data_version: int


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

    district: DistrictInfo
    calendar: Calendar
    data_version: int
    versions: Mapping[str, int]
    stamps: Mapping[str, str]
    snapshot: Snapshot | None
    bounds: tuple[float, float, float, float]
    places: tuple[PlaceInfo, ...]
    regions: tuple[RegionInfo, ...]
    tours: tuple[TourInfo, ...]
    sources: tuple[SourceInfo, ...]
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
    def mark(self) -> DataMark:
        """What every answer says of the data it was computed from."""
        return DataMark(self.district.code, self.is_sample, self.data_version)

    @property
    def has_streets(self) -> bool:
        """Whether streets are loaded; a snapshot of them comes a little later."""
        return "streets" in self.stamps

    def ready(self) -> Snapshot:
        """Return the snapshot, or raise `NotReadyError` that says what is missing."""
        if self.snapshot is not None:
            return self.snapshot
        if not self.has_streets:
            raise MissingDataError("no streets are loaded yet", what="streets")
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
    def area_members(self) -> dict[str, NDArray[np.bool_]]:
        """Return which demand points lie in each key area, by its code."""
        lon, lat = self.demand["lon"].to_numpy(np.float64), self.demand["lat"].to_numpy(np.float64)
        return {area.code: points_within(lon, lat, area.geometry) for area in self.areas}
