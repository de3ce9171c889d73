"""Parse rest stations and other service points from registers of unions (CSV, XLSX)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import shapely

from geo.crs import CRS_NAMES
from geo.errors import InputError
from geo.hours import normalize_hours, overwriting_rules
from geo.records import CODE, FUNCTION_KINDS, MAX_NAME, MAX_TEXT
from loaders.columns import chosen_sheets, header_candidates, row_label, sheet_notes
from loaders.isolated.parsers import Progress, silent
from loaders.merging import merge_rows
from loaders.named_points import made_code
from loaders.notes import MAX_QUOTED, shortened, some, too_long
from loaders.phone_numbers import drop_mobiles, office_phones
from loaders.positions import DistrictArea, accepted_position, likely_position, parse_position, split_point
from loaders.posted_times import as_posted, posted_hours
from loaders.quality_checks import doubled_places, wrong_towns
from loaders.report import Detail, Question, ReadPlace, Rejection
from loaders.states import States, find_states, parse_answers
from loaders.synonyms import (
    SERVICE_WORDS,
    Columns,
    clean,
    match_columns,
    parse_kind,
    parse_services,
    parse_yes,
    same_text_key,
)
from loaders.tabular import Sheet, read_sheets, value_of

MAX_SHOWN = 5_000
"""Rejected rows that are given back, and questions."""
_known_hours = lru_cache(4096)(normalize_hours)
_known_services = lru_cache(4096)(parse_services)
"""The same words stand in row after row."""


@dataclass(frozen=True)
class Stations:
    """Parsed places as `geo.db.layers.replace_places` takes them (with their ``row``), and what became of each row."""

    places: list[dict[str, Any]]
    crs: str
    n_read: int
    rejected: list[Rejection]
    notes: list[Rejection]
    detail: Detail


@dataclass(frozen=True, kw_only=True)
class StationsContext:
    """What a register is read with.

    Attributes
    ----------
    outline : Polygon or MultiPolygon
        The district, EPSG:4326.
    towns : mapping of str to geometry
        Names and areas of the towns, EPSG:4326, to check what the rows say.
    crs : {"wgs84", "gcj02", "bd09", "cgcs2000"}
        What the coordinates are in, unless their headers say it (gcj_lon, 百度经度 …).
    kind : str
        What a row is that does not say so.
    states : tuple of str
        What words for states mean that are not known: see `loaders.states.parse_answers`.
    sheets : tuple of str
        The sheets to read; none: every visible one that has the needed columns.
    skip : tuple of str
        Rows that a person does not want, by their labels.
    merge : tuple of str
        Rows that a person says are the place of the earlier row near them: see `loaders.merging.merge_rows`.
    positions : mapping of str to str
        Positions that a person has accepted in place of those of the file: label of the row to ``lon lat``, EPSG:4326.
    """

    outline: shapely.Geometry
    towns: Mapping[str, shapely.Geometry] = field(default_factory=dict)
    crs: str = "wgs84"
    kind: str = "rest_station"
    states: tuple[str, ...] = ()
    sheets: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    merge: tuple[str, ...] = ()
    positions: Mapping[str, str] = field(default_factory=dict)


def parse_stations(path: Path, context: StationsContext, progress: Progress = silent) -> Stations:
    """Read a register of stations: CSV (UTF-8, GBK), TSV or XLSX.

    The headers are those of `loaders.synonyms.HEADERS`, of which name, lon and lat are needed; every visible sheet that
    has them is read.

    Raises
    ------
    InputError
        If the file is not a table, or lacks a needed column.
    """
    if context.crs not in CRS_NAMES:
        raise InputError(
            "The coordinate system {value} is not known; use one of {known}",
            value=context.crs,
            known=", ".join(CRS_NAMES),
        )
    if context.kind not in FUNCTION_KINDS:
        raise InputError(
            "{value} is not a kind of place; use one of {known}", value=context.kind, known=", ".join(FUNCTION_KINDS)
        )
    sheets = chosen_sheets(read_sheets(path), context.sheets, file=path.name)
    tables = _find_tables(sheets, crs=context.crs, file=path.name, answers=parse_answers(context.states))
    area = DistrictArea(context.outline)
    places: list[dict[str, Any]] = []
    rejected: list[Rejection] = []
    first_of: dict[object, int | str] = {}
    n_read = 0
    reader = _RowReader(tables[0].columns, tables[0].states, tables[0].columns.crs or context.crs, context.kind, area)
    reader.positions = context.positions
    rejected_cells: list[list[str]] = []
    for table in tables:
        reader.columns, reader.states = table.columns, table.states
        reader.crs = table.columns.crs or context.crs
        for number, cells in table.rows:
            n_read += 1
            if n_read % 1000 == 0:
                progress("{count} rows read", count=n_read)
            row = row_label(table.sheet, number, is_one_of_many=len(tables) > 1)
            place = _left_out(row) if str(row) in context.skip else reader.read(row, cells)
            if isinstance(place, dict):
                place = _reject_repeated(place, first_of)
            if isinstance(place, dict):
                places.append(place)
            else:
                rejected.append(place)
                if len(rejected_cells) < MAX_SHOWN:
                    rejected_cells.append([shown_cell(cell) for cell in cells[: len(table.header)]])
    places, merged = merge_rows(places, context.merge, area)
    rejected += merged
    unused = [word for table in tables for word in table.columns.unused]
    notes = sheet_notes(sheets, [table.sheet for table in tables], list(dict.fromkeys(unused))) + reader.notes()
    doubled = doubled_places(places, area)
    notes += doubled + wrong_towns(places, context.towns)
    crs = tables[0].columns.crs or context.crs
    read = [ReadPlace(p["row"], p["code"], p["name"], p["lon"], p["lat"]) for p in places]
    questions = [*reader.questions, *_doubles(doubled, read)][:MAX_SHOWN]
    detail = Detail([clean(cell) for cell in tables[0].header], rejected_cells, questions, read)
    return Stations(places, crs, n_read, rejected, notes, detail)


def shown_cell(text: str) -> str:
    """Return a cell as it is given back: without personal numbers, which are stored nowhere."""
    return drop_mobiles(text)[0][:MAX_TEXT]


def _left_out(row: int | str) -> Rejection:
    return Rejection(row, "left out, as you chose")


def _doubles(notes: Sequence[Rejection], read: Sequence[ReadPlace]) -> list[Question]:
    """Return the question whether two stations are one, of each note that says so."""
    by_row = {place.row: place for place in read}
    return [
        Question(
            note.row, "double", by_row[note.row].name, str(note.values["distance"]),
            by_row[note.row].lon, by_row[note.row].lat, f"{note.values['other']} ({note.values['other_row']})",
        )
        for note in notes
        if note.row in by_row and "other" in note.values
    ]  # fmt: skip


@dataclass
class _RowReader:
    """Turns rows into places and counts what a person should know of."""

    columns: Columns
    states: States
    crs: str
    kind: str
    area: DistrictArea
    n_mobile: int = 0
    n_cut: int = 0
    n_no_hours: int = 0
    n_no_state: int = 0
    unread_hours: list[str] = field(default_factory=list)
    overwriting_hours: list[str] = field(default_factory=list)
    unread_phones: list[str] = field(default_factory=list)
    unknown_services: list[str] = field(default_factory=list)
    positions: Mapping[str, str] = field(default_factory=dict)
    questions: list[Question] = field(default_factory=list)

    def read(self, row: int | str, cells: Sequence[str]) -> dict[str, Any] | Rejection:
        """Return the place in a row, or why there is none."""

        def cell(name: str) -> str:
            index = self.columns.at.get(name)
            return value_of(cells[index]) if index is not None and index < len(cells) else ""

        name = self._public(cell("name"))
        if name is None:
            return Rejection(row, "has no name")
        lon_text, lat_text = split_point(cell("point")) if "point" in self.columns.at else (cell("lon"), cell("lat"))
        accepted = accepted_position(self.positions.get(str(row)), self.area)
        position = accepted or parse_position(lon_text, lat_text, row=row, crs=self.crs, area=self.area)
        if isinstance(position, Rejection):
            likely = likely_position(lon_text, lat_text, crs=self.crs, area=self.area)
            if likely is not None:
                self.questions.append(Question(row, "position", name, f"{lon_text}, {lat_text}"[:MAX_QUOTED], *likely))
            return position
        status = self.states.read(row, name, cells)
        if isinstance(status, Rejection):
            self.questions.append(Question(row, "state", name, str(status.values["value"]), *position))
            return status
        self.n_no_state += self.states.is_silent(cells)
        lon, lat = position
        code = cell("code") or made_code("s", name, lon, lat)
        if not CODE.fullmatch(code):
            return Rejection(
                row,
                "{name}: the code {value} may hold only letters, digits, - _ .",
                {"name": name, "value": shortened(code)},
            )
        if len(name) > MAX_NAME:
            return too_long(row, name, MAX_NAME)
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
                    "tier": None if parse_kind(cell("class")) else self._public(cell("class")),
                    **self._hours(self._public(posted_hours(cell), tidied=as_posted)),
                    "services": self._services(cell("facilities"), cell("content"), cells),
                }
            ],
        }

    def _public(self, text: str, *, tidied: Callable[[str], str] = clean) -> str | None:
        """Return a text fit to be shown: tidied, and without personal numbers."""
        shown, n_mobile = drop_mobiles(text)
        self.n_mobile += n_mobile
        kept = tidied(shown)
        if len(kept) > MAX_TEXT:
            self.n_cut += 1
            kept = kept[: MAX_TEXT - 1] + "…"
        return kept or None

    def _hours(self, posted: str | None) -> dict[str, str | None]:
        hours = _known_hours(posted) if posted else None
        if posted is None:
            self.n_no_hours += 1
        elif hours is None:
            (self.overwriting_hours if overwriting_rules(posted) else self.unread_hours).append(posted)
        return {"hours": hours, "hours_posted": posted}

    def _services(self, facilities: str, content: str, cells: Sequence[str]) -> list[str]:
        listed, unknown = _known_services(facilities)
        self.unknown_services += unknown
        offered = {*listed, *_known_services(content)[0]}
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
        if self.n_mobile:
            notes.append(Rejection(None, "{count} personal mobile numbers were left out", {"count": self.n_mobile}))
        if self.n_cut:
            notes.append(
                Rejection(
                    None,
                    "{count} texts were cut after {limit} characters",
                    {"count": self.n_cut, "limit": MAX_TEXT},
                )
            )
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
        if self.n_no_state:
            notes.append(
                Rejection(
                    None,
                    "{count} rows say nothing in the column {columns} and were taken as in service",
                    {"count": self.n_no_state, "columns": some([clean(each.header) for each in self.states.columns])},
                )
            )
        if self.unknown_services:
            notes.append(
                Rejection(None, "services not known and left out: {words}", {"words": some(self.unknown_services)})
            )
        return notes


class _Table(NamedTuple):
    sheet: Sheet
    columns: Columns
    states: States
    rows: list[tuple[int, list[str]]]
    header: list[str]


def _find_tables(sheets: Sequence[Sheet], *, crs: str, file: str, answers: Mapping[str, str]) -> list[_Table]:
    """Return the tables of the visible sheets that have the needed columns."""
    found = [_find_table(sheet, crs=crs, answers=answers) for sheet in sheets if not sheet.is_hidden]
    complete = [(columns, table) for columns, _, table in found if not columns.missing]
    if not complete:
        columns, headers, _ = max(found, key=lambda each: len(each[0].at) + len(each[0].services))
        raise InputError(
            "{file}: no column for {missing}; there are: {found}. Name the columns 站点名称, 经度, 纬度 "
            "or name, lon, lat",
            file=file,
            missing=", ".join(columns.missing),
            found=some([cell for cell in headers if cell]) or "-",
        )
    return [table for _, table in complete]


def _find_table(sheet: Sheet, *, crs: str, answers: Mapping[str, str]) -> tuple[Columns, list[str], _Table]:
    """Return the columns, the header and the table of a sheet; the header is where most headers are known."""
    best: tuple[int, int, list[str], Columns] | None = None
    for index, cells in header_candidates(sheet):
        columns = match_columns(cells, crs=crs)
        score = len(columns.at) + len(columns.services) + (0 if columns.missing else 100)
        if best is None or score > best[0]:
            best = score, index, cells, columns
    if best is None:
        return Columns({}, None), [], _Table(sheet, Columns({}, None), States((), (), answers), [], [])
    _, index, header, columns = best
    below = sheet.rows[index + 1 :]
    used = {*(i for field, i in columns.at.items() if field != "status"), *columns.services}
    states = find_states(header, below, taken=used, answers=answers, sheet=sheet.name)
    said = {clean(each.header) for each in (*states.columns, *states.ends)}
    columns = replace(columns, unused=[word for word in columns.unused if word not in said])
    used |= {each.at for each in (*states.columns, *states.ends)}
    # Registers number rows in advance: a row that holds only its number is empty.
    rows = [(row, cells) for row, cells in below if any(c for i, c in enumerate(cells) if i in used)]
    return columns, header, _Table(sheet, columns, states, rows, header)


def _reject_repeated(place: dict[str, Any], first_of: dict[object, int | str]) -> dict[str, Any] | Rejection:
    row = place["row"]
    here = (same_text_key(place["name"]), round(place["lon"], 6), round(place["lat"], 6))
    if here in first_of:
        return Rejection(row, "{name} repeats row {first}: the same name at the same place", {
            "name": place["name"], "first": first_of[here]})  # fmt: skip
    if place["code"] in first_of:
        return Rejection(row, "{name}: the code {value} is already in row {first}", {
            "name": place["name"], "value": place["code"], "first": first_of[place["code"]]})  # fmt: skip
    first_of[here] = first_of[place["code"]] = row
    return place
