"""Tables whose rows are named points of a district: what candidate sites and places of tours read alike."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Protocol, TypeVar

import shapely

from geo.crs import CRS_NAMES
from geo.errors import GeoError, InputError
from geo.records import CODE, MAX_NAME
from loaders.columns import find_table
from loaders.isolated.parsers import Progress
from loaders.notes import shortened, too_long
from loaders.positions import DistrictArea, parse_position
from loaders.posted_times import as_posted
from loaders.report import Rejection
from loaders.synonyms import clean, same_text_key
from loaders.tabular import read_sheets


class Coded(Protocol):
    """A row that has been read, known by its code."""

    @property
    def code(self) -> str:
        """Code, of which a table has each once."""


Point = TypeVar("Point", bound=Coded)


@dataclass(frozen=True, kw_only=True)
class NamedPointsContext:
    """What a table of named points is read with.

    Attributes
    ----------
    outline : Polygon or MultiPolygon
        The district, EPSG:4326.
    crs : {"wgs84", "gcj02", "bd09", "cgcs2000"}
        What the coordinates are in.
    """

    outline: shapely.Geometry
    crs: str = "wgs84"


@dataclass(frozen=True)
class NamedPoint:
    """What every row has: its name and code, degrees WGS84, and all cells cleaned."""

    name: str
    code: str
    lon: float
    lat: float
    cells: Mapping[str, str]


class RowError(Exception):
    """Why a row is rejected: a template, which may name ``{name}``, and its other values."""

    def __init__(self, reason: str, **values: object) -> None:
        super().__init__(reason)
        self.reason, self.values = reason, values


@dataclass(frozen=True)
class NamedPoints(Generic[Point]):
    """The points of a table, and what became of the other rows."""

    points: list[Point]
    n_read: int
    rejected: list[Rejection]
    notes: list[Rejection]


def read_named_points(
    path: Path,
    context: NamedPointsContext,
    progress: Progress,
    *,
    words: Mapping[str, str],
    needed: Sequence[str],
    example: str,
    limit: int,
    prefix: str,
    read: Callable[[NamedPoint], Point],
) -> NamedPoints[Point]:
    """Read a table of named points; a code occurs once, a row without one gets one from its name and place.

    Parameters
    ----------
    words : mapping of field to the headers it goes by
        ``name, lon, lat`` among the fields.
    needed : sequence of str
        Fields that must have a column.
    example : str
        The needed headers, as a message shows them.
    limit : int
        Most rows.
    prefix : str
        Before codes that are made.
    read : callable
        Reads the rest of a row; raises `RowError`, or a `GeoError` that names the row's value.

    Raises
    ------
    InputError
        If the file is not a table, lacks a needed column or has too many rows.
    """
    if context.crs not in CRS_NAMES:
        raise InputError(
            "The coordinate system {value} is not known; use one of {known}",
            value=context.crs,
            known=", ".join(CRS_NAMES),
        )
    table = find_table(read_sheets(path), words, needed=[(field,) for field in needed], file=path.name, example=example)
    if len(table.rows) > limit:
        raise InputError(
            "{file}: holds {count} rows, at most {limit} are read", file=path.name, count=len(table.rows), limit=limit
        )
    progress("checking {count} rows", count=len(table.rows))
    area = DistrictArea(context.outline)
    points: list[Point] = []
    rejected: list[Rejection] = []
    first: dict[str, int | str] = {}
    for row, cells, _ in table.rows:
        found = _read_row(row, cells, context=context, area=area, prefix=prefix, read=read)
        if isinstance(found, Rejection):
            rejected.append(found)
        elif found.code in first:
            values: dict[str, object] = {"code": found.code, "first": first[found.code]}
            rejected.append(Rejection(row, "the code {code} is already in row {first}", values))
        else:
            first[found.code] = row
            points.append(found)
    return NamedPoints(points, len(table.rows), rejected, list(table.notes))


def _read_row(
    row: int | str,
    cells: Mapping[str, str],
    *,
    context: NamedPointsContext,
    area: DistrictArea,
    prefix: str,
    read: Callable[[NamedPoint], Point],
) -> Point | Rejection:
    name = clean(cells["name"])
    if not name:
        return Rejection(row, "the name is missing")
    if len(name) > MAX_NAME:
        return too_long(row, name, MAX_NAME)
    position = parse_position(cells["lon"], cells["lat"], row=row, crs=context.crs, area=area)
    if isinstance(position, Rejection):
        return position
    code = clean(cells.get("code", "")) or made_code(prefix, name, *position)
    try:
        if not CODE.fullmatch(code):
            raise RowError("{name}: the code {value} may hold only letters, digits, - _ .", value=shortened(code))
        kept = {field: as_posted(text) if field == "hours" else clean(text) for field, text in cells.items()}
        return read(NamedPoint(name, code, *position, kept))
    except RowError as error:
        return Rejection(row, error.reason, {"name": name, **error.values})
    except GeoError as error:
        return Rejection(row, error.template, dict(error.values))


def made_code(prefix: str, name: str, lon: float, lat: float) -> str:
    """Return the code of a row that came without one: the same name and place get the same."""
    digest = hashlib.sha256(f"{same_text_key(name)}|{lon:.6f}|{lat:.6f}".encode()).hexdigest()
    return f"{prefix}-{digest[:10]}"
