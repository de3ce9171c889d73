"""Tables of planners: layer weights, hotspots, areas, totals, visits, the ledger, candidates, scenarios, profiles."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column, relationship

from geo.coverage.demand import HOTSPOTS
from geo.db.ledger_states import GAP_STATES
from geo.db.tables import Base, DistrictCode, Key, Photo, RowVersion, SourceKey, geometry, gist, one_of
from geo.records import CANDIDATE_STATES, WILLINGNESS

DEMAND_LAYERS = ("residents", "riders", "workers")
"""Whom a demand layer counts."""

TOTAL_KINDS = ("census", "resident", "registration", "other")
"""What a total of a town counts: a census, an estimate of residents (常住), household registration (户籍), unclear."""


class LayerWeight(Base):
    """How much one person of a demand layer (or of the hotspots) counts when the layers are counted together."""

    __tablename__ = "layer_weight"
    __table_args__ = (
        CheckConstraint(one_of("layer", (*DEMAND_LAYERS, HOTSPOTS)), name="layer"),
        CheckConstraint("weight >= 0 AND weight <= 1000", name="weight"),
    )

    district_code: Mapped[DistrictCode] = mapped_column(primary_key=True)
    layer: Mapped[str] = mapped_column(primary_key=True)
    weight: Mapped[float]
    changed_by: Mapped[str]
    changed_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())
    row_version: Mapped[RowVersion]


class Hotspot(Base):
    """A place where many are, drawn by hand: a point or a small area; the database spreads it over demand points."""

    __tablename__ = "hotspot"
    __table_args__ = (
        CheckConstraint(one_of("layer", DEMAND_LAYERS), name="layer"),
        CheckConstraint("weight > 0", name="weight"),
        CheckConstraint("GeometryType(geom) IN ('POINT', 'POLYGON') AND NOT ST_IsEmpty(geom)", name="geom"),
        gist("hotspot"),
    )

    id: Mapped[Key]
    district_code: Mapped[DistrictCode] = mapped_column(index=True)
    layer: Mapped[str] = mapped_column(server_default="riders")
    name: Mapped[str]
    weight: Mapped[float]
    note: Mapped[str | None]
    created_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    changed_by: Mapped[str]
    changed_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())
    geom: Mapped[Any] = geometry("GEOMETRY")
    row_version: Mapped[RowVersion]


class KeyArea(Base):
    """A key area (重点区域), drawn or loaded: a fair denominator beside a whole hilly district."""

    __tablename__ = "key_area"
    __table_args__ = (UniqueConstraint("district_code", "code"), gist("key_area"))

    id: Mapped[Key]
    district_code: Mapped[DistrictCode]
    source_id: Mapped[SourceKey]
    code: Mapped[str]
    name: Mapped[str]
    note: Mapped[str | None]
    changed_by: Mapped[str | None]
    changed_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())
    geom: Mapped[Any] = geometry("MULTIPOLYGON")
    row_version: Mapped[RowVersion]


class TownTotal(Base):
    """How many people somebody counted in a town (or, under the district's code, in all of it)."""

    __tablename__ = "town_total"
    __table_args__ = (
        UniqueConstraint("district_code", "code", "kind", "counted_on"),
        CheckConstraint(one_of("kind", TOTAL_KINDS), name="kind"),
        CheckConstraint("people >= 0", name="people"),
    )

    id: Mapped[Key]
    district_code: Mapped[DistrictCode]
    source_id: Mapped[SourceKey]
    code: Mapped[str]
    kind: Mapped[str]
    kind_text: Mapped[str | None]
    counted_on: Mapped[str] = mapped_column(server_default="")
    people: Mapped[float]


class Visit(Base):
    """Visits that a station counted in a month, by the station's code: that outlives a new load of the register."""

    __tablename__ = "visit"
    __table_args__ = (
        UniqueConstraint("district_code", "place_code", "month"),
        CheckConstraint("visits >= 0", name="visits"),
        CheckConstraint("extract(day FROM month) = 1", name="month"),
    )

    id: Mapped[Key]
    district_code: Mapped[DistrictCode]
    source_id: Mapped[SourceKey]
    place_code: Mapped[str]
    month: Mapped[date]
    visits: Mapped[int]


class GapEntry(Base):
    """An entry of the ledger from gap to opening.

    `promised` is how many were missed inside `outline` when the entry was made, by the question in `mode` … `area`;
    `measured` what the station changed there by the same question when it opened. `place_key` tells the gap it was made
    of. `office` (责任单位) and `owner` (责任人) are in charge until `due_on`.
    """

    __tablename__ = "gap_entry"
    __table_args__ = (
        CheckConstraint(one_of("state", GAP_STATES), name="state"),
        CheckConstraint("state <> 'declined' OR reason IS NOT NULL", name="reason"),
        CheckConstraint("state <> 'open' OR (station_code IS NOT NULL AND measured IS NOT NULL)", name="opened"),
        CheckConstraint("promised >= 0", name="promised"),
        Index("ix_gap_entry_district_code_state", "district_code", "state"),
        gist("gap_entry"),
        gist("gap_entry", "outline"),
    )

    id: Mapped[Key]
    district_code: Mapped[DistrictCode]
    name: Mapped[str]
    region_code: Mapped[str | None]
    mode: Mapped[str]
    minutes: Mapped[float]
    services: Mapped[list[str]] = mapped_column(server_default="{}")
    at: Mapped[datetime | None]
    layers: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    area: Mapped[str | None]
    kind: Mapped[str] = mapped_column(server_default="rest_station")
    place_key: Mapped[str | None]
    promised: Mapped[float]
    unit: Mapped[str] = mapped_column(server_default="people")
    cause: Mapped[str | None]
    is_sample: Mapped[bool] = mapped_column(server_default="false")
    state: Mapped[str] = mapped_column(server_default="todo")
    reason: Mapped[str | None]
    office: Mapped[str | None]
    owner: Mapped[str | None]
    due_on: Mapped[date | None]
    progress: Mapped[str | None]
    next_step: Mapped[str | None]
    station_code: Mapped[str | None]
    measured: Mapped[dict[str, Any] | None]
    created_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    changed_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())
    geom: Mapped[Any] = geometry("POINT")
    outline: Mapped[Any] = geometry("MULTIPOLYGON")
    row_version: Mapped[RowVersion]
    notes: Mapped[list["GapNote"]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True, order_by="GapNote.id"
    )


class GapNote(Base):
    """One line of an entry's log: what somebody noted, or the state it was set to; never changed afterwards."""

    __tablename__ = "gap_note"

    id: Mapped[Key]
    district_code: Mapped[DistrictCode]
    entry_id: Mapped[int] = mapped_column(ForeignKey("gap_entry.id", ondelete="CASCADE"), index=True)
    state: Mapped[str | None]
    text: Mapped[str | None]
    written_by: Mapped[str]
    written_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Candidate(Base):
    """A candidate site: whether it may or must be chosen, what it costs (yuan), and what planners judge it by."""

    __tablename__ = "candidate"
    __table_args__ = (
        CheckConstraint(one_of("status", CANDIDATE_STATES), name="status"),
        CheckConstraint("cost >= 0", name="cost"),
        CheckConstraint("area_m2 > 0", name="area_m2"),
        CheckConstraint(one_of("willingness", WILLINGNESS), name="willingness"),
        UniqueConstraint("district_code", "code"),
        gist("candidate"),
    )

    id: Mapped[Key]
    district_code: Mapped[DistrictCode] = mapped_column(index=True)
    source_id: Mapped[SourceKey]
    code: Mapped[str]
    name: Mapped[str]
    status: Mapped[str] = mapped_column(server_default="candidate")
    cost: Mapped[float | None]
    note: Mapped[str | None]
    address: Mapped[str | None]
    host: Mapped[str | None]
    is_on_street: Mapped[bool | None]
    is_ground_floor: Mapped[bool | None]
    has_ebike_parking: Mapped[bool | None]
    area_m2: Mapped[float | None]
    hours: Mapped[str | None]
    willingness: Mapped[str] = mapped_column(server_default="unasked")
    willing_on: Mapped[date | None]
    row_version: Mapped[RowVersion]
    geom: Mapped[Any] = geometry("POINT")


class CandidatePhoto(Photo, Base):
    """The photo of a candidate site."""

    __tablename__ = "candidate_photo"

    district_code: Mapped[DistrictCode] = mapped_column(primary_key=True)
    candidate_code: Mapped[str] = mapped_column(primary_key=True)


class Scenario(Base):
    """A named set of changes to the stations, the question it is measured by, and its measures when it was saved."""

    __tablename__ = "scenario"

    id: Mapped[Key]
    district_code: Mapped[DistrictCode] = mapped_column(index=True)
    name: Mapped[str]
    year: Mapped[int | None]
    question: Mapped[dict[str, Any]]
    changes: Mapped[dict[str, Any]]
    saved: Mapped[dict[str, Any]]
    is_sample: Mapped[bool] = mapped_column(server_default="false")
    created_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    changed_by: Mapped[str]
    changed_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())
    row_version: Mapped[RowVersion]


class YearTarget(Base):
    """How many stations a district is to open in a year, and which document says so; entered by staff."""

    __tablename__ = "year_target"
    __table_args__ = (
        CheckConstraint("stations > 0 AND stations <= 10000", name="stations"),
        CheckConstraint("year BETWEEN 2000 AND 2100", name="year"),
    )

    district_code: Mapped[DistrictCode] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    stations: Mapped[int]
    source: Mapped[str]
    changed_by: Mapped[str]
    changed_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())
    row_version: Mapped[RowVersion]


class DemandProfile(Base):
    """When the people of the demand are there: the least and the largest share in each hour, Monday 0:00 first."""

    __tablename__ = "demand_profile"
    __table_args__ = (
        CheckConstraint("cardinality(low) = 168 AND cardinality(high) = 168", name="hours"),
        CheckConstraint("0 <= ALL (low) AND 1 >= ALL (high)", name="shares"),
    )

    district_code: Mapped[DistrictCode] = mapped_column(primary_key=True)
    low: Mapped[list[float]]
    high: Mapped[list[float]]
    origin: Mapped[str]
    is_sample: Mapped[bool] = mapped_column(server_default="false")
    changed_by: Mapped[str]
    changed_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())
    row_version: Mapped[RowVersion]
