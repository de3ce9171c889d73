"""The words that registers use: headers of columns, services and kinds of place, Chinese and English."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from geo.errors import InputError

HEADERS = {
    "name": "站点名称 驿站名称 点位名称 场所名称 站名 名称 name station_name station",
    "code": "站点编号 驿站编号 站点编码 编号 编码 代码 code station_code amap_id poi_id id",
    "lon": "经度 东经 lon lng long longitude x坐标 x",
    "lat": "纬度 北纬 lat latitude y坐标 y",
    "point": "坐标 经纬度 经纬度坐标 坐标位置 location lonlat coordinates",
    "address": "地址 详细地址 站点地址 具体地址 所在地址 位置 address addr",
    "town": "区划/街道 所属镇街 所属街道 所属乡镇 镇街 乡镇街道 乡镇 街道 镇 区划 township town",
    "facilities": "服务设施 设施设备 配套设施 设施 服务项目 services facilities",
    "content": "服务内容 服务功能 service_description",
    "hours": "开放时间 服务时间 营业时间 开放时段 opening_hours hours 班次",
    "days": "开放日 开放日期 营业日 服务日 开放天数 opening_days",
    "opens": (
        "开门时间 开馆时间 开始时间 开放开始时间 营业开始时间 开始营业时间 起始时间 上班时间 服务开始时间 每日开放 "
        "开门 开馆 开放开始 营业开始 服务开始 开放时间起 营业时间起 服务时间起 开放时间始 营业时间始 "
        "opening_time open_time opens open"
    ),
    "closes": (
        "关门时间 闭馆时间 结束时间 开放结束时间 营业结束时间 结束营业时间 截止时间 终止时间 打烊时间 下班时间 "
        "服务结束时间 每日关闭 关门 闭馆 打烊 开放结束 营业结束 服务结束 开放时间止 营业时间止 服务时间止 "
        "closing_time close_time closes close"
    ),
    "phone": "办公电话 联系电话 服务电话 电话 office_phone phone telephone tel",
    "class": "站点类型 驿站类型 站点等级 类型 等级 class type",
    "ownership": "自建/共建 建设方式 建设类型 ownership",
    "host": "共建单位 承建单位 依托单位 所属单位 host",
    "status": "状态 站点状态 驿站状态 status state",
    "how_to_get_in": "进入方式 入口说明 how_to_get_in",
    "service_contact": "服务联系 责任单位 service_contact",
    "name_en": "英文名称 英文名 name_en english_name",
}
"""Field to the headers it goes by, the surest first; compared by `header_key`."""

HEADER_CRS = {
    "gcj02": re.compile(r"gcj[-_ ]?(02)?|火星|高德|amap|腾讯"),
    "bd09": re.compile(r"bd[-_ ]?(09)?(?=[_\-) ]|$|lon|lng|lat|经|纬)|百度|baidu"),
    "wgs84": re.compile(r"wgs[-_ ]?(84)?|gps"),
    "cgcs2000": re.compile(r"cgcs[-_ ]?(2000)?|国家2000|2000坐标系?"),
}
"""What in the header of a coordinate column says which system it is in."""

SERVICE_WORDS: tuple[tuple[str, str], ...] = (
    ("drinking_water", r"^water$|饮水|饮用水|热水(?!器)|开水|茶水|直饮|矿泉水|drinking.?water"),
    ("hot_meals", r"微波炉|热饭|热餐|蒸饭|加热|microwave|hot.?meals?"),
    ("fridge", r"冰箱|冰柜|冷藏|fridge|refrigerator"),
    ("phone_charging", r"手机.*充电|充电.*手机|充电(宝|线|器|插座|插口)|usb|phone.?charging|^充电(服务|设施|设备)?$"),
    ("ebike_charging", r"(电动|电瓶|电单|助力|单车|骑行).*充电|充电.*(电动|电瓶|电单)|e-?bike.?charging"),
    ("battery_swap", r"换电|battery.?swap"),
    ("toilet", r"厕所|卫生间|洗手间|公厕|如厕|toilet|^wc$"),
    ("rest_seats", r"休息|座椅|桌椅|沙发|座位|凳|rest.?seats?|seats?"),
    ("air_conditioning", r"空调|air.?condition"),
    ("first_aid", r"急救|药箱|药品|应急药|医药|医疗箱|创可贴|first.?aid"),
    ("wifi", r"wi-?fi|wlan|无线网|无线上网"),
    ("rain_gear", r"雨具|雨伞|雨衣|爱心伞|便民伞|umbrella|rain.?gear"),
    ("books", r"图书|书籍|书报|书架|报刊|杂志|阅读|books?"),
    ("tools", r"工具|针线|打气筒|tools?"),
    ("blood_pressure", r"血压|blood.?pressure"),
    ("shower", r"淋浴|洗澡|沐浴|shower"),
    ("nursing_room", r"母婴|妈咪|哺乳|育婴|nursing"),
)
"""Service to the pattern of words that mean it. A bare 充电 is for phones; 充电桩 may be for cars and stays unknown."""

KIND_WORDS = {
    "rest_station": r"驿站|驿家|劳动者港湾|户外劳动者|^rest[ _]station$",
    "service_centre": r"综合服务站|^service[ _]centre$",
    "nursing_room": r"妈咪|母婴|^nursing[ _]room$",
    "childcare": r"托育|^childcare$",
    "culture_palace": r"文化宫|^culture[ _]palace$",
    "base": r"疗休养基地|^base$",
}
"""Kind of function to what names it in the column of types; anything else there is a class (基本型, 标杆型 …)."""

_YES = frozenset(["有", "是", "√", "✓", "✔", "y", "yes", "true", "提供", "配备", "已配备", "可"])
_NO = frozenset(["无", "否", "×", "x", "✗", "n", "no", "false", "没有", "未配备", "不提供", "-", "/", "—", "0"])
_NOT_OFFERED = re.compile(r"^(暂?无(?!线)|没有|不提供|未配|不含)")
_CJK = "\u3000-\u303f\u3400-\u9fff\uff00-\uffef"
_SPACE_IN_CHINESE = re.compile(rf"(?<=[{_CJK}])\s+(?=[{_CJK}])")
_SEPARATORS = re.compile(rf"[、,;|/\n\t。+]+|(?<=[{_CJK})])\s+|\s+(?=[{_CJK}])")


def clean(text: str) -> str:
    """Return `text` trimmed, with single spaces, and none between Chinese characters."""
    return _SPACE_IN_CHINESE.sub("", " ".join(text.split()))


def same_text_key(text: str) -> str:
    """Return what two spellings of one name share: width of brackets and digits, case and spaces do not count."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).casefold()


def parse_meanings(
    texts: Sequence[str], meaning_of: Callable[[str], str | None], refusal: Callable[[str], InputError]
) -> dict[str, str]:
    """Return what a person answers to the question what words mean: ``word=meaning``, by `same_text_key` of the word.

    Parameters
    ----------
    texts : sequence of str
    meaning_of : callable
        Returns the code of a meaning as it is written, None where nobody knows it.
    refusal : callable
        Returns the error that says how a text that is no such answer should be written.

    Raises
    ------
    InputError
    """
    answers = {}
    for text in texts:
        word, _, written = text.replace("＝", "=").partition("=")
        meaning = meaning_of(written.strip())
        if not word.strip() or meaning is None:
            raise refusal(text)
        answers[same_text_key(word)] = meaning
    return answers


def header_key(text: str) -> str:
    """Return a header without what varies: width, case, spaces, signs and a bracketed remark."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    # The unit behind a number of people, without a bracket as within one.
    plain = re.sub(r"(?<=[口数计])[\s/_:-]*[万千百](人|个)?$", "", plain)
    # Begin and end are no remark: 开放时间(起) and 开放时间(止) are two columns.
    plain = re.sub(r"[(\[](起始|开始|起|始)(时间)?[)\]]$", "起", plain)
    plain = re.sub(r"[(\[](终止|结束|截止|止|终)(时间)?[)\]]$", "止", plain)
    return re.sub(r"[\s_*:/.\-]+", "", re.sub(r"[(\[].*?[)\]]", "", plain)) or re.sub(r"[\s()\[\]]", "", plain)


_FIELD_OF = {
    header_key(word): (name, rank) for name, words in HEADERS.items() for rank, word in enumerate(words.split())
}


@dataclass(frozen=True)
class Columns:
    """Where the fields stand in a table.

    Attributes
    ----------
    at : dict
        Field to column index; ``lon`` and ``lat`` or ``point`` are the coordinates to read.
    crs : str or None
        System that the headers of the coordinates name.
    services : dict
        Column index to service, for columns that say yes or no to one service.
    unused : list of str
        Headers that mean nothing here.
    """

    at: dict[str, int]
    crs: str | None
    services: dict[int, str] = field(default_factory=dict)
    unused: list[str] = field(default_factory=list)

    @property
    def missing(self) -> list[str]:
        """Names of the required fields that no column holds."""
        has_point = "point" in self.at
        return [name for name in ("name", "lon", "lat") if name not in self.at and not (has_point and name != "name")]


def match_columns(headers: Sequence[str], *, crs: str) -> Columns:
    """Find the fields among `headers`; of coordinates in several systems those in `crs` are taken, else any."""
    found: dict[str, list[tuple[int, int]]] = {}
    systems: dict[str | None, dict[str, int]] = {}
    services: dict[int, str] = {}
    unmatched: list[int] = []
    for index, header in enumerate(headers):
        name, rank, system = _field(header)
        if name in ("lon", "lat", "point"):
            systems.setdefault(system, {}).setdefault(name, index)
        elif name is not None:
            found.setdefault(name, []).append((rank, index))
        elif header.strip():
            codes = parse_services(re.sub(r"^(是否)?(有|提供|配备)?", "", clean(header)))[0]
            if len(codes) == 1:
                services[index] = codes[0]
            else:
                unmatched.append(index)
    at = {name: min(where)[1] for name, where in found.items()}
    whole = [system for system, where in systems.items() if {"lon", "lat"} <= where.keys() or "point" in where]
    chosen = next((system for system in (crs, None, *whole) if system in whole), None)
    if whole:
        at |= systems[chosen]
        if {"lon", "lat"} <= at.keys():
            at.pop("point", None)
    else:
        at |= {name: index for where in systems.values() for name, index in where.items()}
    used = {*at.values(), *services}
    unused = [clean(header) for index, header in enumerate(headers) if header.strip() and index not in used]
    return Columns(at, chosen, services, unused)


def _field(header: str) -> tuple[str | None, int, str | None]:
    """Return the field a header names, how surely (0 is best), and the coordinate system it names."""
    known = _FIELD_OF.get(header_key(header))
    plain = unicodedata.normalize("NFKC", header).casefold()
    for system, pattern in HEADER_CRS.items():
        if pattern.search(plain):
            rest = _FIELD_OF.get(header_key(pattern.sub("", plain, count=1)))
            if rest is not None and rest[0] in ("lon", "lat", "point"):
                return *rest, system
    return (*known, None) if known else (None, 0, None)


def parse_services(text: str) -> tuple[list[str], list[str]]:
    """Return the services that a list in words names, and the words that name none.

    Examples
    --------
    >>> parse_services("饮水、微波炉，充电（手机）；电动车充电 按摩仪 无厕所")
    (['drinking_water', 'hot_meals', 'phone_charging', 'ebike_charging'], ['按摩仪'])
    """
    services: set[str] = set()
    unknown: list[str] = []
    for raw in _SEPARATORS.split(unicodedata.normalize("NFKC", text)):
        word = re.sub(r"等(服务|设施)?$", "", raw.strip()).casefold()
        if not re.search(r"\w", word) or _NOT_OFFERED.match(word):
            continue
        named = {code for code, pattern in SERVICE_WORDS if code == word or re.search(pattern, word)}
        services |= named
        if not named:
            unknown.append(raw.strip())
    return [code for code, _ in SERVICE_WORDS if code in services], unknown


def parse_yes(text: str) -> bool | None:
    """Return whether a cell says yes or no, None where it says neither; a count of things is yes, nothing is no.

    Examples
    --------
    >>> [parse_yes(text) for text in ("√", "2台", "无", "", "维修中")]
    [True, True, False, False, None]
    """
    word = unicodedata.normalize("NFKC", text).strip().casefold()
    if not word or word in _NO:
        return False
    if word in _YES or re.fullmatch(r"[1-9]\d*\s*[台个把只套条张]?", word):
        return True
    return None


def parse_kind(text: str) -> str | None:
    """Return the kind of function that `text` names, None if it names none."""
    return next((kind for kind, pattern in KIND_WORDS.items() if re.search(pattern, text.strip().casefold())), None)
