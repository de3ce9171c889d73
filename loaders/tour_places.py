"""Places of tours from a table (CSV, XLSX): sights, bases, hotels, restaurants, rest stops, toilets, coach parking."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from geo.hours import normalize_hours
from geo.records import MAX_TEXT
from geo.special_days import SpecialDay, lay_over, read_special_day
from geo.tours.register import Rooms, TourPlace
from loaders.isolated.parsers import Progress, silent
from loaders.named_points import NamedPoint, NamedPointsContext, RowError, read_named_points
from loaders.notes import shortened, some
from loaders.numbers import parse_count
from loaders.phone_numbers import office_phones
from loaders.report import Rejection
from loaders.synonyms import clean, parse_yes

WORDS = {
    "code": "编号 编码 代码 code id",
    "name": "名称 地点名称 地点 景点名称 name",
    "kind": "类别 类型 种类 kind type",
    "lon": "经度 lon longitude lng x",
    "lat": "纬度 lat latitude y",
    "aliases": "别名 又名 简称 aliases",
    "hours": "开放时间 营业时间 时间 hours opening_hours",
    "special": "特殊日期 特殊开放 临时开放 special_days",
    "visit_min": "游览分钟 停留分钟 游览时长 停留时长 visit_min",
    "price": "人均价 人均元 门票 票价 价格 price",
    "table_price": "桌价 每桌元 餐标 table_price",
    "seats": "每桌人数 seats",
    "capacity": "容量 最大接待 接待人数 餐位 capacity",
    "is_outdoor": "户外 是否户外 outdoor",
    "score": "评分 分值 score",
    "tags": "标签 主题 tags",
    "rooms": "房型 客房 rooms",
    "single_supplement": "单房差 single_supplement",
    "contact": "联系电话 电话 contact phone",
    "set_down": "下车点 上下车点 停车 set_down",
    "note": "备注 说明 note",
}
"""Field to the headers it goes by."""

KIND_WORDS = {
    "sight": "景点 景区 参观点 sight",
    "base": "疗休养基地 基地 base",
    "hotel": "酒店 宾馆 住宿 民宿 hotel",
    "restaurant": "餐厅 餐饮 饭店 农家乐 用餐点 restaurant",
    "rest_stop": "休息点 服务区 rest_stop",
    "toilet": "公共厕所 公厕 卫生间 厕所 toilet",
    "parking": "停车场 大巴停车 大巴停车场 parking",
    "meeting": "集合点 出发地 上车点 meeting",
}
"""Kind to the words that say it."""

MAX_PLACES = 5_000

_ROOM = re.compile(
    r"(?P<name>[^\d:：]+?)[:：]?\s*(?P<beds>\d+)\s*[人床]\s*(?P<count>\d+)\s*间(?:\s*(?P<price>\d+(?:\.\d{1,2})?)\s*元?)?"
)
_SPECIAL = re.compile(r"(\d{4}-\d\d-\d\d)(?:\s*(?:至|到|~|/)\s*(\d{4}-\d\d-\d\d))?\s*(.*)")
_CLOSED = re.compile(r"闭馆|关闭|休息|停业|不开放|closed|off", re.IGNORECASE)


@dataclass(frozen=True)
class TourPlaces:
    """Parsed places of tours, and what became of the other rows."""

    places: list[TourPlace]
    crs: str
    n_read: int
    rejected: list[Rejection]
    notes: list[Rejection]


def parse_tour_places(path: Path, context: NamedPointsContext, progress: Progress = silent) -> TourPlaces:
    """Read a table of places of tours; name, kind, lon and lat are needed. An empty cell is not known, never 0.

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
        needed=("name", "kind", "lon", "lat"),
        example="名称, 类别, 经度, 纬度 / name, kind, lon, lat",
        limit=MAX_PLACES,
        prefix="t",
        read=read_tour_place,
    )
    notes = table.notes
    unread_hours = [place.hours_posted for place in table.points if place.hours_posted and place.hours is None]
    if unread_hours:
        notes.append(
            Rejection(
                None,
                "{count} opening hours could not be read and count as unknown: {examples}",
                {"count": len(unread_hours), "examples": some(unread_hours)},
            )
        )
    return TourPlaces(table.points, context.crs, table.n_read, table.rejected, notes)


def read_tour_place(point: NamedPoint) -> TourPlace:
    """Return the place that the cells of a row say, or raise `RowError`; rooms are written in one cell."""
    cells = point.cells
    kind = read_kind(cells["kind"])
    if kind is None:
        raise RowError(
            "{name}: the kind {value} is not known; write 景点, 基地, 酒店, 餐厅, 休息点, 公厕, 停车场 or 集合点",
            value=shortened(cells["kind"]),
        )
    posted = cells.get("hours", "") or None
    hours = normalize_hours(posted) if posted else None
    special = read_special_days(cells.get("special", ""))
    outdoor = cells.get("is_outdoor", "")
    return TourPlace(
        code=point.code,
        name=point.name,
        kind=kind,
        lon=point.lon,
        lat=point.lat,
        aliases=_split(cells.get("aliases", "")),
        hours=lay_over(hours, special) if special else hours,
        hours_posted=posted,
        visit_min=_whole(cells, "visit_min", most=1440),
        price=_cents(cells, "price"),
        table_price=_cents(cells, "table_price"),
        seats=_whole(cells, "seats", least=1),
        capacity=_whole(cells, "capacity", least=1),
        is_outdoor=parse_yes(outdoor) if outdoor else None,
        score=_number(cells, "score", most=5.0),
        tags=_split(cells.get("tags", "")),
        rooms=read_rooms(cells.get("rooms", "")),
        single_supplement=_cents(cells, "single_supplement"),
        contact=office_phones(cells.get("contact", ""))[0],
        set_down=cells.get("set_down", "")[:MAX_TEXT] or None,
        note=cells.get("note", "")[:MAX_TEXT] or None,
        special_posted=cells.get("special", "")[:MAX_TEXT] or None,
    )


def read_kind(text: str) -> str | None:
    """Return the kind that a word says, None if it is not known.

    >>> read_kind("疗休养基地"), read_kind("hotel"), read_kind("公园")
    ('base', 'hotel', None)
    """
    word = text.strip().lower()
    return next((kind for kind, words in KIND_WORDS.items() if word and word in words.split()), None)


def read_rooms(text: str) -> list[Rooms]:
    """Return rooms written as ``标间 2人 20间 280元；单间 1人 6间``; the price may be missing.

    Examples
    --------
    >>> read_rooms("标间 2人 20间 280元；单间 1人 6间")
    [Rooms(name='标间', beds=2, count=20, price=28000), Rooms(name='单间', beds=1, count=6, price=None)]
    """
    rooms = []
    for part in filter(None, (each.strip() for each in re.split(r"[;；、,，\n]+", text))):
        found = _ROOM.fullmatch(part)
        if found is None or not 1 <= int(found["beds"]) <= 8 or not 1 <= int(found["count"]) <= 2000:
            raise RowError("{name}: the rooms {value} cannot be read; write 标间 2人 20间 280元", value=shortened(part))
        price = None if found["price"] is None else round(100 * float(found["price"]))
        rooms.append(Rooms(found["name"].strip(), int(found["beds"]), int(found["count"]), price))
    return rooms


def read_special_days(text: str) -> list[SpecialDay]:
    """Return special days written as ``2026-05-01至2026-05-05 08:00-20:00；2026-05-11 闭馆``.

    Examples
    --------
    >>> [day.rule for day in read_special_days("2026-05-01至2026-05-05 08:00-20:00；2026-05-11 闭馆")]
    ['2026 May 01-05 08:00-20:00', '2026 May 11 off']
    """
    days = []
    for part in filter(None, (each.strip() for each in re.split(r"[;；\n]+", text))):
        found = _SPECIAL.fullmatch(part)
        if found is None:
            raise RowError(
                "{name}: the special day {value} cannot be read; write 2026-05-01至2026-05-05 08:00-20:00",
                value=shortened(part),
            )
        hours = found[3].strip()
        days.append(read_special_day(found[1], found[2] or "", None if _CLOSED.search(hours) or not hours else hours))
    return days


def _split(text: str) -> list[str]:
    return [word for word in (clean(part) for part in re.split(r"[、,，;；|/]+", text)) if word][:20]


def _number(cells: Mapping[str, str], field: str, *, least: float = 0.0, most: float = 1e7) -> float | None:
    text = cells.get(field, "")
    if not text:
        return None
    number = parse_count(re.sub(r"(元|分钟|分|人|/人|每人|/桌)+$", "", text.replace("免费", "0")))
    if number is None or not least <= number <= most:
        raise RowError(
            "{name}: {field} {value} is not a number from {least} to {most}; leave it empty if it is not known",
            field=WORDS[field].split()[0],
            value=shortened(text),
            least=f"{least:g}",
            most=f"{most:g}",
        )
    return number


def _whole(cells: Mapping[str, str], field: str, *, least: float = 0.0, most: float = 1e6) -> int | None:
    number = _number(cells, field, least=least, most=most)
    return None if number is None else round(number)


def _cents(cells: Mapping[str, str], field: str) -> int | None:
    number = _number(cells, field)
    return None if number is None else round(100 * number)
