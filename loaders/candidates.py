"""Candidate sites from a table (CSV, XLSX): where a station could be, must be, or may not be, and at what cost."""

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import shapely

from geo.crs import CRS_NAMES
from geo.errors import InputError
from geo.records import CODE, MAX_NAME, MAX_TEXT, CandidateRecord
from loaders.columns import find_table
from loaders.isolated.parsers import Progress, silent
from loaders.notes import shortened, too_long
from loaders.positions import DistrictArea, parse_position
from loaders.report import Rejection
from loaders.synonyms import clean, same_text_key
from loaders.tabular import read_sheets

WORDS = {
    "code": "编号 编码 代码 code id",
    "name": "名称 候选点 候选点名称 点位名称 地点 name site",
    "lon": "经度 lon longitude lng x",
    "lat": "纬度 lat latitude y",
    "status": "状态 类型 status",
    "cost": "费用 成本 投入 造价 cost price",
    "note": "备注 说明 note",
    "address": "地址 详细地址 address",
    "host": "依托单位 单位 业主 host",
    "is_on_street": "临街 onstreet",
    "is_ground_floor": "一层 一楼 首层 groundfloor",
    "has_ebike_parking": "电动车停放 停车 ebikeparking",
    "area_m2": "面积 面积平方米 建筑面积 area",
    "hours": "开放时间 营业时间 hours",
    "willingness": "共建意愿 意愿 willingness",
    "willing_on": "意愿日期 联系日期 willingon",
}
"""Field to the headers it goes by."""

STATES = {
    "candidate": "候选 可选 candidate optional",
    "mandatory": "必选 必建 已定 mandatory fixed",
    "forbidden": "不选 排除 禁止 forbidden excluded",
}
"""State to the words that say it; an empty cell is a candidate."""

YES_NO = {"yes": "是 有 能 可 y yes true 1", "no": "否 无 没有 不能 n no false 0"}

WILLING = {
    "unasked": "未联系 未接触 unasked",
    "interested": "有意向 意向 洽谈 interested",
    "agreed": "同意 已同意 agreed",
    "refused": "不同意 拒绝 refused",
}
"""What whoever has the rooms says, by its words; an empty cell is unasked."""

MAX_CANDIDATES = 100_000


@dataclass(frozen=True)
class Candidates:
    """Parsed candidate sites, and what became of the other rows."""

    candidates: list[CandidateRecord]
    crs: str
    n_read: int
    rejected: list[Rejection]
    notes: list[Rejection]


@dataclass(frozen=True, kw_only=True)
class CandidatesContext:
    """What candidate sites are read with.

    Attributes
    ----------
    outline : Polygon or MultiPolygon
        The district, EPSG:4326.
    crs : {"wgs84", "gcj02", "bd09", "cgcs2000"}
        What the coordinates are in.
    """

    outline: shapely.Geometry
    crs: str = "wgs84"


def parse_candidates(path: Path, context: CandidatesContext, progress: Progress = silent) -> Candidates:
    """Read a table of candidate sites; name, lon and lat are needed.

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
    table = find_table(
        read_sheets(path),
        WORDS,
        needed=[("name",), ("lon",), ("lat",)],
        file=path.name,
        example="名称, 经度, 纬度 / name, lon, lat",
    )
    if len(table.rows) > MAX_CANDIDATES:
        raise InputError(
            "{file}: holds {count} candidates, at most {limit} are read",
            file=path.name,
            count=len(table.rows),
            limit=MAX_CANDIDATES,
        )
    progress("checking {count} rows", count=len(table.rows))
    area = DistrictArea(context.outline)
    candidates: list[CandidateRecord] = []
    rejected: list[Rejection] = []
    first: dict[str, int | str] = {}
    for row, cells, _ in table.rows:
        read = _read_row(row, cells, crs=context.crs, area=area)
        if isinstance(read, CandidateRecord) and read.code in first:
            read = Rejection(
                row, "the code {code} is already in row {first}", {"code": read.code, "first": first[read.code]}
            )
        if isinstance(read, Rejection):
            rejected.append(read)
            continue
        first[read.code] = row
        candidates.append(read)
    return Candidates(candidates, context.crs, len(table.rows), rejected, table.notes)


def _read_row(row: int | str, cells: Mapping[str, str], *, crs: str, area: DistrictArea) -> CandidateRecord | Rejection:
    name = clean(cells["name"])
    if not name:
        return Rejection(row, "the name is missing")
    if len(name) > MAX_NAME:
        return too_long(row, name, MAX_NAME)
    position = parse_position(cells["lon"], cells["lat"], row=row, crs=crs, area=area)
    if isinstance(position, Rejection):
        return position
    lon, lat = position
    code = clean(cells.get("code", "")) or made_code(name, lon, lat)
    if not CODE.fullmatch(code):
        return Rejection(
            row,
            "{name}: the code {value} may hold only letters, digits, - _ .",
            {"name": name, "value": shortened(code)},
        )
    status = _read_state(cells.get("status", ""))
    if status is None:
        return Rejection(
            row,
            "{name}: the status {value} is not known; write 候选, 必选 or 不选",
            {"name": name, "value": shortened(clean(cells["status"]))},
        )
    cost_text = clean(cells.get("cost", ""))
    cost = _read_cost(cost_text) if cost_text else None
    if cost_text and cost is None:
        return Rejection(
            row, "{name}: the cost {value} is not a number from 0", {"name": name, "value": shortened(cost_text)}
        )
    judged = _read_judged(row, name, cells)
    if isinstance(judged, Rejection):
        return judged
    note = clean(cells.get("note", ""))[:MAX_TEXT] or None
    return CandidateRecord(code, name, lon, lat, status, cost, note, **judged)


def _read_judged(row: int | str, name: str, cells: Mapping[str, str]) -> dict[str, Any] | Rejection:
    """Return what planners judge a site by, as fields of the record; a word that is not known is told."""
    found: dict[str, Any] = {
        "address": clean(cells.get("address", ""))[:MAX_TEXT] or None,
        "host": clean(cells.get("host", ""))[:MAX_NAME] or None,
        "hours": clean(cells.get("hours", ""))[:MAX_TEXT] or None,
    }
    for field in ("is_on_street", "is_ground_floor", "has_ebike_parking"):
        text = clean(cells.get(field, ""))
        word = _word_of(text, YES_NO)
        if text and word is None:
            return Rejection(row, "{name}: write 是 or 否, not {value}", {"name": name, "value": shortened(text)})
        found[field] = None if word is None else word == "yes"
    area = clean(cells.get("area_m2", ""))
    found["area_m2"] = _read_cost(area) or None
    if area and found["area_m2"] is None:
        return Rejection(
            row, "{name}: the area {value} is not a number above 0", {"name": name, "value": shortened(area)}
        )
    said = clean(cells.get("willingness", ""))
    found["willingness"] = _word_of(said, WILLING) if said else "unasked"
    if found["willingness"] is None:
        return Rejection(
            row,
            "{name}: the willingness {value} is not known; write 未联系, 有意向, 同意 or 不同意",
            {"name": name, "value": shortened(said)},
        )
    day = clean(cells.get("willing_on", ""))
    try:
        found["willing_on"] = date.fromisoformat(day.replace("/", "-")) if day else None
    except ValueError:
        return Rejection(
            row, "{name}: {value} is not a day such as 2026-10-01", {"name": name, "value": shortened(day)}
        )
    return found


def _word_of(text: str, words: Mapping[str, str]) -> str | None:
    """Return what a word means by a table of words, None where it is not in it."""
    return next((meaning for meaning, known in words.items() if text.lower() in known.split()), None)


def _read_state(text: str) -> str | None:
    word = clean(text)
    return _word_of(word, STATES) if word else "candidate"


def _read_cost(text: str) -> float | None:
    try:
        value = float(text.replace(",", ""))
    except ValueError:
        return None
    return value if math.isfinite(value) and value >= 0.0 else None


def made_code(name: str, lon: float, lat: float) -> str:
    """Return the code of a candidate that came without one: the same name and place get the same."""
    digest = hashlib.sha256(f"{same_text_key(name)}|{lon:.6f}|{lat:.6f}".encode()).hexdigest()
    return f"c-{digest[:10]}"
