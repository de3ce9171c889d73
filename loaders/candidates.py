"""Candidate sites from a table (CSV, XLSX): where a station could be, must be, or may not be, and at what cost."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from geo.records import MAX_NAME, MAX_TEXT, CandidateRecord
from loaders.isolated.parsers import Progress, silent
from loaders.named_points import NamedPoint, NamedPointsContext, RowError, read_named_points
from loaders.notes import shortened
from loaders.report import Rejection

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
CODE_PREFIX = "c"
"""Before the codes of candidates that came without one."""


@dataclass(frozen=True)
class Candidates:
    """Parsed candidate sites, and what became of the other rows."""

    candidates: list[CandidateRecord]
    crs: str
    n_read: int
    rejected: list[Rejection]
    notes: list[Rejection]


def parse_candidates(path: Path, context: NamedPointsContext, progress: Progress = silent) -> Candidates:
    """Read a table of candidate sites; name, lon and lat are needed.

    Raises
    ------
    InputError
        If the file is not a table, or lacks a needed column.
    """
    table = read_named_points(
        path,
        context,
        progress,
        words=WORDS,
        needed=("name", "lon", "lat"),
        example="名称, 经度, 纬度 / name, lon, lat",
        limit=MAX_CANDIDATES,
        prefix=CODE_PREFIX,
        read=_read_candidate,
    )
    return Candidates(table.points, context.crs, table.n_read, table.rejected, table.notes)


def _read_candidate(point: NamedPoint) -> CandidateRecord:
    cells = point.cells
    status = _word_of(cells["status"], STATES) if cells.get("status") else "candidate"
    if status is None:
        raise RowError(
            "{name}: the status {value} is not known; write 候选, 必选 or 不选", value=shortened(cells["status"])
        )
    cost_text = cells.get("cost", "")
    cost = _read_cost(cost_text) if cost_text else None
    if cost_text and cost is None:
        raise RowError("{name}: the cost {value} is not a number from 0", value=shortened(cost_text))
    note = cells.get("note", "")[:MAX_TEXT] or None
    return CandidateRecord(point.code, point.name, point.lon, point.lat, status, cost, note, **_read_judged(cells))


def _read_judged(cells: Mapping[str, str]) -> dict[str, Any]:
    """Return what planners judge a site by, as fields of the record; a word that is not known raises `RowError`."""
    found: dict[str, Any] = {
        "address": cells.get("address", "")[:MAX_TEXT] or None,
        "host": cells.get("host", "")[:MAX_NAME] or None,
        "hours": cells.get("hours", "")[:MAX_TEXT] or None,
    }
    for field in ("is_on_street", "is_ground_floor", "has_ebike_parking"):
        text = cells.get(field, "")
        word = _word_of(text, YES_NO)
        if text and word is None:
            raise RowError("{name}: write 是 or 否, not {value}", value=shortened(text))
        found[field] = None if word is None else word == "yes"
    area = cells.get("area_m2", "")
    found["area_m2"] = _read_cost(area) or None
    if area and found["area_m2"] is None:
        raise RowError("{name}: the area {value} is not a number above 0", value=shortened(area))
    said = cells.get("willingness", "")
    found["willingness"] = _word_of(said, WILLING) if said else "unasked"
    if found["willingness"] is None:
        raise RowError(
            "{name}: the willingness {value} is not known; write 未联系, 有意向, 同意 or 不同意", value=shortened(said)
        )
    day = cells.get("willing_on", "")
    try:
        found["willing_on"] = date.fromisoformat(day.replace("/", "-")) if day else None
    except ValueError:
        raise RowError("{name}: {value} is not a day such as 2026-10-01", value=shortened(day)) from None
    return found


def _word_of(text: str, words: Mapping[str, str]) -> str | None:
    """Return what a word means by a table of words, None where it is not in it."""
    return next((meaning for meaning, known in words.items() if text.lower() in known.split()), None)


def _read_cost(text: str) -> float | None:
    try:
        value = float(text.replace(",", ""))
    except ValueError:
        return None
    return value if math.isfinite(value) and value >= 0.0 else None
