"""Tables of the map: districts, regions, streets, demand, places, tours; and the base of all tables.

All geometry is EPSG:4326 with a GiST index. Every table that people edit has a ``row_version``; a write that names an
older one is refused (409). Layers named in `LAYERS` bump ``data_version`` by trigger (migration 0001), whoever writes:
this program, psql or QGIS.
"""

from datetime import date, datetime
from typing import Annotated, Any

from geoalchemy2 import Geometry
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    DateTime,
    Float,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    Text,
    TypeDecorator,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from geo.records import FUNCTION_KINDS
from geo.texts import without_invisible

LAYERS = ("regions", "water", "streets", "demand", "places", "tours", "areas", "weights", "photos", "reports")
"""Names of the layers whose changes are counted in ``data_version``."""

SERVICES = (
    "drinking_water",
    "hot_meals",
    "fridge",
    "phone_charging",
    "ebike_charging",
    "battery_swap",
    "toilet",
    "rest_seats",
    "air_conditioning",
    "first_aid",
    "wifi",
    "rain_gear",
    "books",
    "tools",
    "blood_pressure",
    "shower",
    "nursing_room",
)
"""What a function can offer; ``phone_charging``, ``ebike_charging`` and ``battery_swap`` are three different things."""

PLACE_STATES = ("active", "closed", "planned")
DISTRICT_STATES = ("real", "sample", "demo")


def one_of(column: str, values: tuple[str, ...]) -> str:
    """Return the SQL condition that `column` holds one of `values`."""
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class CleanText(TypeDecorator[str]):
    """A text without control, zero-width and direction characters, whoever wrote it: they are taken out either way.

    What QGIS or an older load has left in the store so breaks no report, poster or picture.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Return what is written."""
        return without_invisible(value) if isinstance(value, str) else value

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        """Return what is read."""
        return None if value is None else without_invisible(value)


class Base(DeclarativeBase):
    """Declarative base; constraint names are fixed so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012
        str: CleanText,
        datetime: DateTime(timezone=True),
        list[str]: ARRAY(Text),
        list[float]: ARRAY(Float),
        dict[str, Any]: JSONB,
    }


Key = Annotated[int, mapped_column(BigInteger, primary_key=True)]
DistrictCode = Annotated[str, mapped_column(ForeignKey("district.code", ondelete="CASCADE"))]
SourceKey = Annotated[int | None, mapped_column(ForeignKey("source.id", ondelete="SET NULL"))]
RowVersion = Annotated[int, mapped_column(server_default="1")]


def geometry(kind: str, **options: Any) -> Mapped[Any]:
    """Return an EPSG:4326 geometry column of `kind`; its GiST index is declared by the table."""
    return mapped_column(Geometry(kind, srid=4326, spatial_index=False), **options)


def gist(table: str, column: str = "geom") -> Index:
    """Return the spatial index of one geometry column."""
    return Index(f"ix_{table}_{column}", column, postgresql_using="gist")


class Photo:
    """The columns of a photo: a JPEG made by us from what staff sent; `digest` is its SHA-256."""

    image: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    width: Mapped[int]
    height: Mapped[int]
    digest: Mapped[str]
    caption: Mapped[str | None]
    uploaded_by: Mapped[str]
    uploaded_at: Mapped[datetime] = mapped_column(server_default=func.now())


class District(Base):
    """A district; `status` says whether its data is real, sample or a demonstration elsewhere.

    `is_default`: requests that name no district mean it; at most one. `is_hidden`: the public is not led there.
    `is_plan_public`: everybody reads its planning pages; those of a sample or a demonstration are open anyway.
    """

    __tablename__ = "district"
    __table_args__ = (
        CheckConstraint(one_of("status", DISTRICT_STATES), name="status"),
        CheckConstraint("NOT (is_default AND is_hidden)", name="default"),
        Index("uq_district_default", "is_default", unique=True, postgresql_where=text("is_default")),
        gist("district", "outline"),
    )

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    name_en: Mapped[str]
    status: Mapped[str] = mapped_column(server_default="real")
    note: Mapped[str | None]
    timezone: Mapped[str] = mapped_column(server_default="Asia/Shanghai")
    calendar: Mapped[str | None]
    is_default: Mapped[bool] = mapped_column(server_default="false")
    is_hidden: Mapped[bool] = mapped_column(server_default="false")
    is_plan_public: Mapped[bool] = mapped_column(server_default="false")
    outline: Mapped[Any] = geometry("MULTIPOLYGON", nullable=True)


class Source(Base):
    """One loaded file: where a layer's rows come from, what they count, and how far to trust them.

    `is_proxy`: its rows stand in for what nobody has counted; `sums`: what became of the file's total, in its unit.
    """

    __tablename__ = "source"

    id: Mapped[Key]
    district_code: Mapped[DistrictCode] = mapped_column(index=True)
    layer: Mapped[str]
    file_name: Mapped[str]
    licence: Mapped[str | None]
    attribution: Mapped[str | None]
    checksum: Mapped[str | None]
    crs: Mapped[str | None]
    accuracy: Mapped[str | None]
    note: Mapped[str | None]
    data_date: Mapped[str | None]
    unit: Mapped[str | None]
    sums: Mapped[dict[str, Any] | None]
    is_proxy: Mapped[bool] = mapped_column(server_default="false")
    is_sample: Mapped[bool] = mapped_column(server_default="false")
    is_schematic: Mapped[bool] = mapped_column(server_default="false")
    loaded_at: Mapped[datetime] = mapped_column(server_default=func.now())
    rows_read: Mapped[int]
    rows_stored: Mapped[int]
    rows_rejected: Mapped[int] = mapped_column(server_default="0")


class Change(Base):
    """One change of a row that people edit, written by trigger in the same transaction (migration 0022); never changed.

    `before` and `after` are the row as JSON, without passwords and tokens; `batch` is the transaction, `import_id` the
    load that did it. `actor` is who did it, by name at that moment; null: outside the program, as from QGIS or psql.
    """

    __tablename__ = "change"
    __table_args__ = (
        Index("ix_change_district_code_at", "district_code", "at"),
        Index("ix_change_table_name_row_key", "table_name", "row_key"),
        Index("ix_change_batch", "batch"),
        Index("ix_change_import_id", "import_id", postgresql_where=text("import_id IS NOT NULL")),
    )

    id: Mapped[Key]
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    batch: Mapped[int] = mapped_column(BigInteger)
    account_id: Mapped[int | None] = mapped_column(BigInteger)
    actor: Mapped[str | None]
    district_code: Mapped[str | None]
    town_code: Mapped[str | None]
    table_name: Mapped[str]
    row_key: Mapped[dict[str, Any]]
    label: Mapped[str | None]
    action: Mapped[str]
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]
    why: Mapped[str | None]
    import_id: Mapped[int | None] = mapped_column(BigInteger)


class DataVersion(Base):
    """A counter per district and layer, bumped by trigger in the transaction that changes the layer."""

    __tablename__ = "data_version"

    district_code: Mapped[DistrictCode] = mapped_column(primary_key=True)
    layer: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger, server_default="1")
    changed_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Region(Base):
    """A town-level unit (街道, 镇, 乡, municipality) with its seat."""

    __tablename__ = "region"
    __table_args__ = (UniqueConstraint("district_code", "code"), gist("region"))

    id: Mapped[Key]
    district_code: Mapped[DistrictCode]
    source_id: Mapped[SourceKey]
    code: Mapped[str]
    name: Mapped[str]
    name_en: Mapped[str | None]
    kind: Mapped[str | None]
    seat: Mapped[Any] = geometry("POINT", nullable=True)
    geom: Mapped[Any] = geometry("MULTIPOLYGON")
    row_version: Mapped[RowVersion]


class Water(Base):
    """A river or lake: drawn on the map, and never crossed by the last metres to a street."""

    __tablename__ = "water"
    __table_args__ = (gist("water"),)

    id: Mapped[Key]
    district_code: Mapped[DistrictCode] = mapped_column(index=True)
    source_id: Mapped[SourceKey]
    name: Mapped[str | None]
    geom: Mapped[Any] = geometry("MULTIPOLYGON")


class Settlement(Base):
    """A village, hamlet or quarter by name, below the town-level units: what people call where a gap lies."""

    __tablename__ = "settlement"
    __table_args__ = (gist("settlement"),)

    id: Mapped[Key]
    district_code: Mapped[DistrictCode] = mapped_column(index=True)
    source_id: Mapped[SourceKey]
    name: Mapped[str]
    kind: Mapped[str]
    geom: Mapped[Any] = geometry("POINT")


class StreetNode(Base):
    """A vertex of the street graph; `tags` only of barriers and turn restrictions."""

    __tablename__ = "street_node"

    district_code: Mapped[DistrictCode] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    tags: Mapped[dict[str, Any] | None]
    geom: Mapped[Any] = geometry("POINT")


class StreetEdge(Base):
    """A piece of street between two nodes, drawn from `u` to `v`; the modes read its OSM `tags`.

    Its ends are no foreign keys: a load that replaces 100,000 streets would check them one by one. An edge whose node
    is not there is refused when the network is built.
    """

    __tablename__ = "street_edge"
    __table_args__ = (
        CheckConstraint("length_m > 0", name="length"),
        gist("street_edge"),
    )

    district_code: Mapped[DistrictCode] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    source_id: Mapped[SourceKey]
    way_id: Mapped[int] = mapped_column(BigInteger)
    u: Mapped[int] = mapped_column(BigInteger)
    v: Mapped[int] = mapped_column(BigInteger)
    length_m: Mapped[float]
    name: Mapped[str | None]
    tags: Mapped[dict[str, Any]]
    highway: Mapped[str | None] = mapped_column(Computed("tags->>'highway'", persisted=True))
    geom: Mapped[Any] = geometry("LINESTRING")


class DemandPoint(Base):
    """Where people are, by layer (residents, riders, workers); `weight` is their number.

    `hotspot_id` where a hotspot drawn by hand put it: a trigger (migration 0004) makes these rows.
    """

    __tablename__ = "demand_point"
    __table_args__ = (
        CheckConstraint("weight >= 0", name="weight"),
        Index("ix_demand_point_district_code_layer", "district_code", "layer"),
        gist("demand_point"),
    )

    id: Mapped[Key]
    district_code: Mapped[DistrictCode]
    source_id: Mapped[SourceKey]
    hotspot_id: Mapped[int | None] = mapped_column(ForeignKey("hotspot.id", ondelete="CASCADE"), index=True)
    layer: Mapped[str] = mapped_column(server_default="residents")
    weight: Mapped[float]
    region_code: Mapped[str | None]
    note: Mapped[str | None]
    geom: Mapped[Any] = geometry("POINT")


class Place(Base):
    """A place that can have many functions, each with its own hours and services."""

    __tablename__ = "place"
    __table_args__ = (
        UniqueConstraint("district_code", "code"),
        CheckConstraint(one_of("status", PLACE_STATES), name="status"),
        gist("place"),
    )

    id: Mapped[Key]
    district_code: Mapped[DistrictCode]
    source_id: Mapped[SourceKey]
    code: Mapped[str]
    name: Mapped[str]
    name_en: Mapped[str | None]
    status: Mapped[str] = mapped_column(server_default="active")
    address: Mapped[str | None]
    office_phone: Mapped[str | None]
    host: Mapped[str | None]
    how_to_get_in: Mapped[str | None]
    service_contact: Mapped[str | None]
    note: Mapped[str | None]
    region_code: Mapped[str | None]
    confirmed_at: Mapped[datetime | None]
    geom: Mapped[Any] = geometry("POINT")
    row_version: Mapped[RowVersion]
    functions: Mapped[list["PlaceFunction"]] = relationship(
        back_populates="place", cascade="all, delete-orphan", passive_deletes=True, order_by="PlaceFunction.kind"
    )


class PlaceFunction(Base):
    """One function of a place. `hours` is OSM ``opening_hours`` (null: unknown); `hours_posted` what the file said."""

    __tablename__ = "place_function"
    __table_args__ = (
        UniqueConstraint("place_id", "kind"),
        CheckConstraint(one_of("kind", FUNCTION_KINDS), name="kind"),
        Index("ix_place_function_district_code_kind", "district_code", "kind"),
    )

    id: Mapped[Key]
    district_code: Mapped[DistrictCode]
    place_id: Mapped[int] = mapped_column(ForeignKey("place.id", ondelete="CASCADE"))
    kind: Mapped[str]
    tier: Mapped[str | None]
    hours: Mapped[str | None]
    hours_posted: Mapped[str | None]
    services: Mapped[list[str]] = mapped_column(server_default="{}")
    row_version: Mapped[RowVersion]
    place: Mapped[Place] = relationship(back_populates="functions")
    special_days: Mapped[list["SpecialDayRow"]] = relationship(
        cascade="all, delete-orphan",
        passive_deletes=True,
        order_by="(SpecialDayRow.first_day, SpecialDayRow.last_day.desc(), SpecialDayRow.id)",
    )


class SpecialDayRow(Base):
    """Other hours of a function from one day to another, laid over its week; `hours` are times, null: closed."""

    __tablename__ = "special_day"
    __table_args__ = (CheckConstraint("last_day >= first_day", name="days"),)

    id: Mapped[Key]
    district_code: Mapped[DistrictCode]
    function_id: Mapped[int] = mapped_column(ForeignKey("place_function.id", ondelete="CASCADE"), index=True)
    first_day: Mapped[date]
    last_day: Mapped[date]
    hours: Mapped[str | None]
    note: Mapped[str | None]
    row_version: Mapped[RowVersion]


class Tour(Base):
    """A recuperation tour (疗休养线路)."""

    __tablename__ = "tour"
    __table_args__ = (UniqueConstraint("district_code", "code"),)

    id: Mapped[Key]
    district_code: Mapped[DistrictCode]
    source_id: Mapped[SourceKey]
    code: Mapped[str]
    name: Mapped[str]
    summary: Mapped[str | None]
    row_version: Mapped[RowVersion]
    days: Mapped[list["TourDay"]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True, order_by="TourDay.number"
    )


class TourDay(Base):
    """One day of a tour; `start` is the local time of departure, ``HH:MM``."""

    __tablename__ = "tour_day"
    __table_args__ = (UniqueConstraint("tour_id", "number"),)

    id: Mapped[Key]
    district_code: Mapped[DistrictCode]
    tour_id: Mapped[int] = mapped_column(ForeignKey("tour.id", ondelete="CASCADE"))
    number: Mapped[int]
    start: Mapped[str]
    stops: Mapped[list["TourStop"]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True, order_by="TourStop.number"
    )


class TourStop(Base):
    """A stop in a day, in order; `place_code` where it is a known place."""

    __tablename__ = "tour_stop"
    __table_args__ = (UniqueConstraint("day_id", "number"),)

    id: Mapped[Key]
    district_code: Mapped[DistrictCode]
    day_id: Mapped[int] = mapped_column(ForeignKey("tour_day.id", ondelete="CASCADE"))
    number: Mapped[int]
    name: Mapped[str]
    kind: Mapped[str]
    place_code: Mapped[str | None]
    stay_min: Mapped[int]
    note: Mapped[str | None]
    geom: Mapped[Any] = geometry("POINT")
