"""Rest stations and other service points from the registers that unions keep (CSV, XLSX)."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import shapely
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from geo.crs import CRS_NAMES
from geo.db.layers import SourceFacts, replace_places, require_outline, retire_sample
from geo.db.tables import FUNCTION_KINDS, District, Region, Source
from geo.errors import InputError
from geo.hours import normalize_hours, overwriting_rules
from loaders.columns import HEADER_ROWS
from loaders.doubts import doubled_places, wrong_towns
from loaders.earlier import forget_places
from loaders.notes import nothing_stored, sample_retired, some
from loaders.phones import drop_mobiles, office_phones
from loaders.positions import DistrictArea, parse_position, split_point
from loaders.posted_times import posted_hours
from loaders.report import LoadReport, Rejection, sha256
from loaders.tabular import Sheet, read_sheets
from loaders.words import (
    SERVICE_WORDS,
    Columns,
    clean,
    match_columns,
    parse_kind,
    parse_services,
    parse_status,
    parse_yes,
    same_text_key,
)


@dataclass(frozen=True)
class Stations:
    """Parsed places as `geo.db.layers.replace_places` takes them (with their ``row``), and what became of each row."""

    places: list[dict[str, Any]]
    crs: str
    n_read: int
    rejected: list[Rejection]
    notes: list[Rejection]


def parse_stations(
    path: Path,
    *,
    outline: shapely.Geometry,
    towns: Mapping[str, shapely.Geometry] | None = None,
    crs: str = "wgs84",
    kind: str = "rest_station",
) -> Stations:
    """Read a register of stations.

    Parameters
    ----------
    path : Path
        CSV (UTF-8, GBK), TSV or XLSX; the headers of `loaders.words.HEADERS`, of which name, lon and lat are needed.
    outline : Polygon or MultiPolygon
        The district, EPSG:4326.
    towns : mapping of str to geometry, optional
        Names and areas of the towns, EPSG:4326, to check what the rows say.
    crs : {"wgs84", "gcj02", "bd09", "cgcs2000"}
        What the coordinates are in, unless their headers say it (gcj_lon, 百度经度 …).
    kind : str
        What a row is that does not say so.

    Raises
    ------
    InputError
        If the file is no table, or lacks a needed column.
    """
    if kind not in FUNCTION_KINDS:
        raise InputError("{value} is no kind of place; use one of {known}", value=kind, known=", ".join(FUNCTION_KINDS))
    if crs not in CRS_NAMES:
        raise InputError(
            "The coordinate system {value} is not known; use one of {known}", value=crs, known=", ".join(CRS_NAMES)
        )
    rows, columns = _find_table(read_sheets(path), crs=crs, file=path.name)
    reader = _RowReader(columns, columns.crs or crs, kind, DistrictArea(outline))
    places: list[dict[str, Any]] = []
    rejected: list[Rejection] = []
    first_of: dict[object, int] = {}
    for row, cells in rows:
        place = reader.read(row, cells)
        if isinstance(place, dict):
            place = _reject_repeated(place, first_of)
        if isinstance(place, dict):
            places.append(place)
        else:
            rejected.append(place)
    notes = reader.notes() + doubled_places(places, reader.area) + wrong_towns(places, towns or {})
    return Stations(places, reader.crs, len(rows), rejected, notes)


def load_stations(
    session: Session,
    path: Path,
    *,
    district: str,
    crs: str = "wgs84",
    kind: str = "rest_station",
    keep: bool = False,
    is_dry_run: bool = False,
) -> LoadReport:
    """Replace the places of a district by those of a register, in the session's transaction.

    Parameters
    ----------
    session : Session
        The load happens in its transaction.
    path, crs, kind
        See `parse_stations`.
    district : str
        Code of a district that has boundaries.
    keep : bool
        Leave the other places; those of an earlier load of a file of this name are replaced all the same.
    is_dry_run : bool
        Check everything and store nothing.

    Raises
    ------
    NotReadyError
        If the district has no outline yet.
    InputError
        If the file cannot be used; nothing is changed then, nor if no row can be used.
    """
    outline = require_outline(session, district)
    parsed = parse_stations(path, outline=outline, towns=_drawn_towns(session, district), crs=crs, kind=kind)
    notes = list(parsed.notes)
    n_stored = len(parsed.places)
    if n_stored == 0:
        notes.append(nothing_stored())
    else:
        row = session.get(District, district)
        if row is not None and row.status == "sample":
            notes.append(sample_retired(district))
    if n_stored and not is_dry_run:
        retire_sample(session, district)
        facts = SourceFacts(
            file_name=path.name,
            checksum=sha256(path),
            crs=parsed.crs,
            rows_read=parsed.n_read,
            rows_stored=n_stored,
            rows_rejected=len(parsed.rejected),
        )
        if keep:
            forget_places(session, district, file_name=path.name, note=None)
        replace_places(session, district, parsed.places, facts, keep=keep)
    return LoadReport("places", path.name, parsed.n_read, n_stored, parsed.rejected, notes)


@dataclass
class _RowReader:
    """Turns rows into places and counts what a person should know of."""

    columns: Columns
    crs: str
    kind: str
    area: DistrictArea
    n_mobile: int = 0
    n_no_hours: int = 0
    unread_hours: list[str] = field(default_factory=list)
    overwriting_hours: list[str] = field(default_factory=list)
    unread_phones: list[str] = field(default_factory=list)
    unknown_services: list[str] = field(default_factory=list)

    def read(self, row: int, cells: Sequence[str]) -> dict[str, Any] | Rejection:
        """Return the place in a row, or why there is none."""

        def cell(name: str) -> str:
            index = self.columns.at.get(name)
            return cells[index].strip() if index is not None and index < len(cells) else ""

        name = self._public(cell("name"))
        if name is None:
            return Rejection(row, "has no name")
        lon_text, lat_text = split_point(cell("point")) if "point" in self.columns.at else (cell("lon"), cell("lat"))
        position = parse_position(lon_text, lat_text, row=row, crs=self.crs, area=self.area)
        if isinstance(position, Rejection):
            return position
        status = parse_status(cell("status")) if cell("status") else "active"
        if status is None:
            return Rejection(
                row,
                "{name}: the status {value} is not known; write 启用, 停用 or 筹建",
                {"name": name, "value": cell("status")},
            )
        lon, lat = position
        code = cell("code") or _made_code(name, lon, lat)
        if not re.fullmatch(r"[\w.-]{1,64}", code):
            return Rejection(
                row, "{name}: the code {value} may hold only letters, digits, - _ .", {"name": name, "value": code}
            )
        phone, n_mobile, is_more = office_phones(cell("phone"))
        self.n_mobile += n_mobile
        if is_more:
            self.unread_phones.append(str(row))
        address = self._public(cell("address"))
        kind = parse_kind(cell("class")) or self.kind
        return {
            "row": row,
            "town": clean(cell("town")),
            "code": code,
            "name": name,
            "name_en": self._public(cell("name_en")),
            "status": status,
            # A name repeated as an address leads nobody anywhere.
            "address": address if address and same_text_key(address) != same_text_key(name) else None,
            "office_phone": phone,
            "host": self._public(cell("host")),
            "how_to_get_in": self._public(cell("how_to_get_in")),
            "service_contact": self._public(cell("service_contact")),
            "note": "；".join(filter(None, (self._public(cell("content")), self._public(cell("ownership"))))) or None,
            "lon": lon,
            "lat": lat,
            "functions": [
                {
                    "kind": kind,
                    "klass": None if parse_kind(cell("class")) else self._public(cell("class")),
                    **self._hours(self._public(posted_hours(cell))),
                    "services": self._services(cell("facilities"), cell("content"), cells),
                }
            ],
        }

    def _public(self, text: str) -> str | None:
        """Return a text fit to be shown: cleaned, and without personal numbers."""
        shown, n_mobile = drop_mobiles(text)
        self.n_mobile += n_mobile
        return clean(shown) or None

    def _hours(self, posted: str | None) -> dict[str, str | None]:
        hours = normalize_hours(posted) if posted else None
        if posted is None:
            self.n_no_hours += 1
        elif hours is None:
            (self.overwriting_hours if overwriting_rules(posted) else self.unread_hours).append(posted)
        return {"hours": hours, "hours_posted": posted}

    def _services(self, facilities: str, content: str, cells: Sequence[str]) -> list[str]:
        listed, unknown = parse_services(facilities)
        self.unknown_services += unknown
        offered = {*listed, *parse_services(content)[0]}
        for index, service in self.columns.services.items():
            said = parse_yes(cells[index]) if index < len(cells) else False
            if said is None:
                self.unknown_services.append(cells[index])
            elif said:
                offered.add(service)
        return [code for code, _ in SERVICE_WORDS if code in offered]

    def notes(self) -> list[Rejection]:
        """Return what a person should know of all rows together."""
        notes = []
        if self.columns.crs is not None:
            notes.append(
                Rejection(None, "the coordinates were read as {crs}, as their headers say", {"crs": self.columns.crs})
            )
        if self.columns.unused:
            notes.append(Rejection(None, "columns not used: {columns}", {"columns": some(self.columns.unused)}))
        if self.n_mobile:
            notes.append(Rejection(None, "{count} personal mobile numbers were left out", {"count": self.n_mobile}))
        if self.unread_phones:
            notes.append(
                Rejection(
                    None, "telephone numbers could not be read in rows {rows}", {"rows": some(self.unread_phones)}
                )
            )
        if self.unread_hours:
            notes.append(
                Rejection(
                    None,
                    "{count} opening hours could not be read and count as unknown: {examples}",
                    {"count": len(self.unread_hours), "examples": some(self.unread_hours)},
                )
            )
        if self.overwriting_hours:
            notes.append(
                Rejection(
                    None,
                    "{count} opening hours have a rule that replaces an earlier one on the same days and count as "
                    "unknown: {examples}; write Mo-Fr 08:00-12:00,14:00-18:00 if both hold",
                    {"count": len(self.overwriting_hours), "examples": some(self.overwriting_hours)},
                )
            )
        if self.n_no_hours:
            notes.append(
                Rejection(
                    None, "{count} places have no opening hours; they count as unknown", {"count": self.n_no_hours}
                )
            )
        if self.unknown_services:
            notes.append(
                Rejection(None, "services not known and left out: {words}", {"words": some(self.unknown_services)})
            )
        return notes


def _find_table(sheets: Sequence[Sheet], *, crs: str, file: str) -> tuple[list[tuple[int, list[str]]], Columns]:
    """Return the rows under the header that has the needed columns; the header is where most headers are known."""
    best: tuple[int, Sheet, int, Columns] | None = None
    for sheet in sheets:
        for index, (_, cells) in enumerate(sheet.rows[:HEADER_ROWS]):
            columns = match_columns(cells, crs=crs)
            score = len(columns.at) + len(columns.services) + (0 if columns.missing else 100)
            if best is None or score > best[0]:
                best = score, sheet, index, columns
    if best is None or best[3].missing:
        headers = [cell for cell in best[1].rows[best[2]][1] if cell] if best else []
        raise InputError(
            "{file}: no column for {missing}; there are: {found}. Name the columns 站点名称, 经度, 纬度 "
            "or name, lon, lat",
            file=file,
            missing=", ".join(best[3].missing) if best else "name, lon, lat",
            found=", ".join(headers) or "-",
        )
    _, sheet, index, columns = best
    used = {*columns.at.values(), *columns.services}
    # Registers number rows in advance: a row that holds only its number is empty.
    rows = [(row, cells) for row, cells in sheet.rows[index + 1 :] if any(c for i, c in enumerate(cells) if i in used)]
    return rows, columns


def _made_code(name: str, lon: float, lat: float) -> str:
    """Return a code that the same name at the same place always gets."""
    digest = hashlib.sha256(f"{same_text_key(name)}|{lon:.6f}|{lat:.6f}".encode()).hexdigest()
    return f"s-{digest[:10]}"


def _reject_repeated(place: dict[str, Any], first_of: dict[object, int]) -> dict[str, Any] | Rejection:
    row = place["row"]
    here = (same_text_key(place["name"]), round(place["lon"], 6), round(place["lat"], 6))
    if here in first_of:
        return Rejection(row, "{name} repeats row {first}: the same name at the same place", {
            "name": place["name"], "first": first_of[here]})  # fmt: skip
    if place["code"] in first_of:
        return Rejection(row, "{name}: the code {value} already stands in row {first}", {
            "name": place["name"], "value": place["code"], "first": first_of[place["code"]]})  # fmt: skip
    first_of[here] = first_of[place["code"]] = row
    return place


def _drawn_towns(session: Session, district: str) -> dict[str, shapely.Geometry]:
    """Return the towns by name, none where their boundaries are only schematic."""
    rows = session.execute(
        select(Region.name, func.ST_AsBinary(Region.geom))
        .outerjoin(Source, Source.id == Region.source_id)
        .where(Region.district_code == district, Source.is_schematic.is_not(True))
    )
    return {name: shapely.from_wkb(bytes(wkb)) for name, wkb in rows}
