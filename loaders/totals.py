"""Totals of towns (census, household registration): kept beside the map, and spread over streets or buildings."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from geo.db.layers import SourceFacts, replace_demand, require_outline, retire_sample
from geo.db.planning import TOTAL_KINDS
from geo.db.tables import District, Region, Source
from geo.db.totals import Total, replace_totals
from geo.errors import InputError
from loaders.columns import find_table
from loaders.grid import PEOPLE_WORDS
from loaders.notes import nothing_stored, sample_notes, some
from loaders.numbers import parse_count
from loaders.population import PopulationOptions
from loaders.report import LoadReport, Rejection, sha256
from loaders.spreading import Spread, building_spots, spread_over, street_spots
from loaders.tabular import read_sheets
from loaders.words import clean, same_text_key

WORDS = {
    "code": "乡镇代码 街道代码 镇街代码 行政区划代码 区划代码 代码 town_code code",
    "name": "乡镇名称 街道名称 镇街名称 乡镇街道 镇街 乡镇 街道 名称 地区 town township name",
    "people": PEOPLE_WORDS,
    "date": "统计日期 数据日期 普查时点 时点 日期 年份 年度 时间 pop_date date year",
    "kind": "统计口径 人口口径 口径 人口类型 pop_kind kind",
}
"""Field to the headers it goes by; ``type`` is no kind of total, but 街道 or 镇."""

KIND_WORDS = {
    "census": re.compile(r"普查|[四五六七八]普|census"),
    "registration": re.compile(r"户籍|户口|在籍|registration|registered|hukou"),
    "resident": re.compile(r"常住|resident"),
}
"""Kind of total to the words that mean it, the surest first: 常住（七普） is a census."""


@dataclass(frozen=True)
class TownTotals:
    """Parsed totals, what became of the other rows, and the names of the columns that were not used."""

    totals: list[Total]
    n_read: int
    rejected: list[Rejection]
    notes: list[Rejection]


def parse_total_kind(text: str) -> str | None:
    """Return the kind of total that words name, None where they name none.

    Examples
    --------
    >>> [parse_total_kind(text) for text in ("常住(七普)", "户籍（约）", "常住", "总人口", "census")]
    ['census', 'registration', 'resident', None, 'census']
    """
    plain = text.casefold()
    return next((kind for kind, pattern in KIND_WORDS.items() if pattern.search(plain)), None)


def parse_totals(
    path: Path,
    *,
    towns: Mapping[str, str],
    district: str,
    district_name: str,
    column: str | None = None,
    kind: str | None = None,
    date: str | None = None,
) -> TownTotals:
    """Read a table of towns with people.

    Parameters
    ----------
    path : Path
        CSV (UTF-8, GBK) or XLSX: code or name, people, and perhaps date and kind (`WORDS`).
    towns : mapping of code to name
        The towns of the district.
    district, district_name : str
        A row of this code or name holds the total of the district.
    column : str, optional
        The column of people.
    kind, date : str, optional
        What the numbers count and when, where the file does not say.

    Raises
    ------
    InputError
        If the file is no table, or lacks a needed column.
    """
    table = find_table(
        read_sheets(path),
        WORDS,
        needed=[("code", "name"), ("people",)],
        file=path.name,
        example="乡镇代码, 乡镇名称, 人口 / code, name, population",
        named={"people": column} if column else None,
    )
    said = parse_total_kind(table.headers["people"])
    totals: list[Total] = []
    rejected: list[Rejection] = []
    first: dict[tuple[str, str, str], int] = {}
    for row, cells in table.rows:
        town = _town(row, cells, towns, district=district, district_name=district_name)
        people = town if isinstance(town, Rejection) else _people(row, cells["people"])
        if isinstance(people, Rejection) or isinstance(town, Rejection):
            rejected.append(people if isinstance(people, Rejection) else town)  # type: ignore[arg-type]
            continue
        text = clean(cells.get("kind", "")) or None
        found = (parse_total_kind(text) if text else said) or (kind if text is None else None) or "other"
        when = re.sub(r"[ T]00:00(:00)?$", "", clean(cells.get("date", "")) or (date or ""))
        key = (town, found, when)
        if key in first:
            rejected.append(
                Rejection(
                    row,
                    "{name} already stands in row {first} with the same kind and date",
                    {"name": towns.get(town, district_name), "first": first[key]},
                )
            )
            continue
        first[key] = row
        totals.append(Total(town, found, text or (table.headers["people"] if said else None), when, people))
    notes = []
    if table.unused:
        notes.append(Rejection(None, "columns not used: {columns}", {"columns": some(table.unused)}))
    return TownTotals(totals, len(table.rows), rejected, notes)


def load_totals(
    session: Session,
    path: Path,
    *,
    district: str,
    options: PopulationOptions | None = None,
    kind: str | None = None,
    is_compared_only: bool = False,
    is_dry_run: bool = False,
) -> LoadReport:
    """Store the totals of towns, and let those of one kind be the demand: spread over each town, its sum exact.

    Parameters
    ----------
    session : Session
        The load happens in its transaction.
    path : Path
        See `parse_totals`.
    district : str
    options : PopulationOptions, optional
        ``crs``, ``spread`` and ``cell_m`` mean nothing here.
    kind : str, optional
        One of `TOTAL_KINDS`: which totals are spread, where the file holds several; what they are, where it says none.
    is_compared_only : bool
        Keep the totals beside the demand there is, and change no demand.
    is_dry_run : bool

    Raises
    ------
    NotReadyError
        If the district has no outline yet.
    InputError
        If the file cannot be used, or holds totals of several kinds and none is chosen.
    """
    options = options or PopulationOptions()
    if kind is not None and kind not in TOTAL_KINDS:
        raise InputError("{value} is no kind of total; use one of {known}", value=kind, known=", ".join(TOTAL_KINDS))
    require_outline(session, district)
    regions = _regions(session, district)
    parsed = parse_totals(
        path,
        towns={code: name for code, name, _ in regions},
        district=district,
        district_name=session.get_one(District, district).name,
        column=options.column,
        kind=kind,
        date=options.date,
    )
    notes = list(parsed.notes)
    n_stored = len(parsed.totals)
    facts = SourceFacts(
        file_name=path.name,
        rows_read=parsed.n_read,
        rows_stored=n_stored,
        rows_rejected=len(parsed.rejected),
        checksum=sha256(path),
        unit="people",
        licence=options.licence,
        attribution=options.attribution,
        data_date=options.date,
    )
    if not n_stored:
        notes.append(nothing_stored())
    elif is_compared_only:
        notes.append(Rejection(None, "the totals stand beside the demand; no demand was changed"))
        if not is_dry_run:
            replace_totals(session, district, parsed.totals, facts)
    else:
        chosen = _choose(parsed.totals, kind=kind, district=district, file=path.name)
        spread = _spread(session, district, chosen, regions, options)
        notes += _spread_notes(session, district, chosen, regions, spread)
        notes += sample_notes(session, district)
        if not is_dry_run:
            retire_sample(session, district)
            replace_totals(session, district, parsed.totals, facts)
            points = gpd.GeoDataFrame(
                {"weight": spread.weight, "region_code": [chosen[i].code for i in spread.area]},
                geometry=shapely.points(spread.lon_lat),
                crs=4326,
            )
            dates = some([total.counted_on for total in chosen if total.counted_on]) or None
            people = sum(total.people for total in chosen)
            layer_facts = replace(
                facts,
                crs="EPSG:4326",
                data_date=options.date or dates,
                accuracy="totals of towns, spread evenly along residential streets or over buildings",
                note=some([total.kind_text or total.kind for total in chosen]),
                sums={"read": people, "inside": people, "outside": 0.0, "points": len(points)},
            )
            replace_demand(session, district, points, layer_facts, layer=options.layer)
    return LoadReport("totals" if is_compared_only else "demand", path.name, parsed.n_read, n_stored, parsed.rejected,
                      notes)  # fmt: skip


def _regions(session: Session, district: str) -> list[tuple[str, str, shapely.Geometry]]:
    rows = session.execute(
        select(Region.code, Region.name, func.ST_AsBinary(Region.geom))
        .where(Region.district_code == district)
        .order_by(Region.code)
    ).all()
    return [(code, name, shapely.from_wkb(bytes(wkb))) for code, name, wkb in rows]


def _town(
    row: int, cells: Mapping[str, str], towns: Mapping[str, str], *, district: str, district_name: str
) -> str | Rejection:
    """Return the code of the town (or the district) that a row is about."""
    code = re.sub(r"^(\d{9})000$", r"\1", "".join(cells.get("code", "").split()))
    name = clean(cells.get("name", ""))
    known = {**towns, district: district_name}
    named = [c for c, n in known.items() if name and same_text_key(n) == same_text_key(name)]
    if code in known:
        if named and code not in named:
            return Rejection(
                row,
                "code {code} is {known}, but the row says {name}; a code of before a reorganisation?",
                {"code": code, "known": known[code], "name": name},
            )
        return code
    if len(named) == 1:
        return named[0]
    return Rejection(
        row, "no town of the district has the code or name {value}", {"value": " ".join(filter(None, (code, name)))}
    )


def _people(row: int, text: str) -> float | Rejection:
    people = parse_count(text)
    if not text.strip():
        return Rejection(row, "holds no number of people")
    if people is None or people < 0 or not people.is_integer():
        return Rejection(row, "{value} is no whole number of people", {"value": text})
    return people


def _choose(totals: Sequence[Total], *, kind: str | None, district: str, file: str) -> list[Total]:
    """Return the totals to spread: one a town, the latest, all of one kind."""
    of_towns = [total for total in totals if total.code != district]
    if not of_towns:
        raise InputError("{file}: holds no total of a town; with --compare it is kept beside the demand", file=file)
    kinds = sorted({total.kind for total in of_towns})
    if kind is None and len(kinds) > 1:
        raise InputError(
            "{file}: holds totals that are not comparable ({kinds}); choose one with --kind, or keep them all beside "
            "the demand with --compare",
            file=file,
            kinds=", ".join(kinds),
        )
    wanted = kind or kinds[0]
    chosen: dict[str, Total] = {}
    for total in sorted(of_towns, key=lambda total: total.counted_on):
        if total.kind == wanted:
            chosen[total.code] = total
    if not chosen:
        raise InputError(
            "{file}: holds no totals of the kind {kind}; there are: {kinds}",
            file=file,
            kind=wanted,
            kinds=", ".join(kinds),
        )
    return list(chosen.values())


def _spread(
    session: Session,
    district: str,
    chosen: Sequence[Total],
    regions: Sequence[tuple[str, str, shapely.Geometry]],
    options: PopulationOptions,
) -> Spread:
    areas = {code: geometry for code, _, geometry in regions}
    spots = building_spots(options.buildings) if options.buildings else street_spots(session, district)
    return spread_over(
        np.array([areas[total.code] for total in chosen], dtype=object),
        np.array([total.people for total in chosen]),
        spots,
        is_whole=True,
    )


def _spread_notes(
    session: Session,
    district: str,
    chosen: Sequence[Total],
    regions: Sequence[tuple[str, str, shapely.Geometry]],
    spread: Spread,
) -> list[Rejection]:
    people = sum(total.people for total in chosen)
    notes = [
        Rejection(
            None,
            "{people} people of {towns} towns were set at {points} points; each town keeps its sum",
            {"people": f"{people:,.0f}", "towns": len(chosen), "points": len(spread.weight)},
        )
    ]
    lacking = [name for code, name, _ in regions if code not in {total.code for total in chosen}]
    if lacking:
        notes.append(Rejection(None, "no total of {names}: nobody is counted there", {"names": some(lacking)}))
    if spread.n_middle:
        notes.append(
            Rejection(
                None,
                "{count} towns hold no residential street or building; their people stand at the middle",
                {"count": spread.n_middle},
            )
        )
    dates = sorted({total.counted_on for total in chosen})
    if len(dates) > 1:
        notes.append(
            Rejection(None, "the totals are of several dates: {dates}", {"dates": some([d or "-" for d in dates])})
        )
    is_schematic = session.scalar(
        select(Source.is_schematic).where(Source.district_code == district, Source.layer == "regions")
    )
    if is_schematic:
        notes.append(Rejection(None, "the boundaries are schematic: people may stand in the neighbouring town"))
    return notes
