"""Read opening hours as Chinese registers and notices write them, where they are certain.

Every word must be understood. What is left over (夏季, 寒暑假, 以馆方公告为准) makes the whole text unknown: a part
that cannot be expressed may change the rest.
"""

import re

from geo._chinese_clock import CLOCK, DAY_MIN, SPAN, read_clock, read_span
from geo._chinese_days import (
    ALL_DAYS,
    DATES,
    DAYS,
    MONTHS,
    NTH_DAY,
    WORKDAYS,
    read_dates,
    read_days,
    read_months,
    read_nth_day,
    rest_of_year,
)
from geo._chinese_notes import NOTE
from geo._chinese_rules import Group, UnsureError, write_groups
from geo._chinese_spelling import days_first, tidy

_HOLIDAYS = "(?:国家)?(?:法定)?节?假日"
_REASON = (
    r"(?:(?:政治|业务|集中|内部|例行|单位|职工)*"
    r"(?:学习|例会|开会|培训|整理|盘点|消毒|消杀|检修|维护|保洁|清洁)日?,?\s*)"
)
_SHUT = (
    rf"(?:{_REASON}?"
    r"(?:(?:例行|全天)*(?:店休|双休|休(?=\s*(?:[,;。.、)]|$))|闭馆(?:整理|维护|检修|消毒)?|休馆|闭园|休息|公休|休业|放假|关闭|关门|closed)"
    r"|(?:均|都)?不(?:对外)?(?:开放|营业|服务|接待|办公|上班|供应|供餐|办理(?:业务)?|开门?)|(?:均|都)?不对外(?![\u4e00-\u9fff]))"
    r"|内部(?:整理|学习|盘点|消毒|消杀|培训|清洁|检修))"
)
_AS_USUAL = r"(?:也|均|都)?(?:正常|照常)?(?:不休息?|不打烊|无休|照常|正常|开放|营业|开馆|上班|服务|接待)+"
_LABEL = (
    r"(?:(?:对外|日常)?(?:开放|营业|服务|开馆|办公|工作|接待|运营|运行|开门|上班|使用|就餐|用餐|供餐|值班)(?:时间|时段)"
    r"(?:\s*(?:business|opening|service)\s+(?:hours|time))?|(?:business|opening|service)\s+(?:hours|time)|open(?:ing)?\b|首末班车?(?:时间)?)"
)
_PART = r"(?:上午|下午|中午|晚上|早上|夜间|晚间|am|pm)"
_OPENS = r"(?:开门|开馆|开放|营业|开园|开始)"
_CLOSES = r"(?:关门|闭馆|关闭|打烊|闭园|关馆|结束|停止营业|下班|闭店)"
_ADMITS = (
    r"(?:入馆|入场|入园|进馆|进场|进入|领票|售票|取票|检票|换票|参观|接待(?:团队|观众|游客|参观)?|入内|取号|叫号|登记|点餐"
    r"|点单)"
)
_BREAK = r"(?:午休|午间休息|中午休息)"
_PAUSE = (
    rf"(?:{_BREAK}|休息|(?:闭馆|闭店|停业)?(?:消毒|消杀|清洁|保洁|清场|整理|盘点|检修)|(?=暂停))"
    r"(?:时间)?,?(?:暂停(?:对外)?(?:开放|营业|服务|使用))?(?<!停)"
)
"""What goes on in hours that are taken out of the day."""
_FEAST = (
    r"(?:除夕(?:夜)?|(?:农历)?(?:正月|大年)?初[一二三四五六七](?:(?:至|到|-)(?:初)?[一二三四五六七])?|大年三十|春节|元旦|清明节?"
    r"|劳动节|五一|端午节?|中秋节?|国庆节?|十一)(?:期间|假期|当天|当日|全天)*"
)
_FEASTS = rf"(?:(?:除夕|大?年三十)(?:至|到|-)(?:正月|大年)?初[一二三四五六七]|{_FEAST})"
"""Days that are public holidays in China, by name."""
_SEASON = (
    r"(?:(?:[春夏秋冬]{1,2}(?:季|令时)?|[旺淡平]季|高温(?:季节?|期间?)|暑[期假]|寒假)\s*[(:]*)?"  # only with its months
)
_COMMA = r"[\s,;、]*"
_TOKENS = re.compile(
    "|".join(
        f"(?P<{name}>{pattern})"
        for name, pattern in {
            "last_entry": (
                rf"{_ADMITS}(?:截止|停止)(?:时间)?:?{CLOCK}|{CLOCK}(?:以?后|起|时)?(?:止票|停票|停售|清场)|"
                rf"(?:最晚|最后|停止){_ADMITS}(?:时间)?:?{CLOCK}|{CLOCK}(?:以?后|起)?(?:停止|截止|谢绝|不再){_ADMITS}"
                rf"|(?:提前|{_CLOSES}前)(?:\d+分钟?|(?:半|一|1)个?小时)(?:停止|截止|谢绝|不再){_ADMITS}"
            ),
            "note": NOTE,
            "days_a_week": r"每周(?:对外)?(?:开放|营业)\s*(?P<n_days>[1-6一二三四五六])\s*天",
            "on_duty": r"值班(?:时间)?:?(?![室电人])",
            "always": (
                r"(?:365天\s*[*x×]?\s*)?(?:全天候?|全年)?(?:7天?\s*[*x×/]\s*24|24/7|7天24|(?:24|二十四)\s*(?=个?小时|h))"
                r"(?:个?小时|h(?:ours?)?)?(?:/天|每天)?(?:不打烊|无休|不间断|全天候?|自助(?:服务)?$)?|全天候?(?!闭|休|不|:?\s*\d|上|早)"
            ),
            "break_times": (rf"{_BREAK}(?:时间)?:?(?P<break_first>{SPAN})|(?P<break_last>{SPAN})\s*为?{_PAUSE}"),
            # The hours of a holiday by name: what else says nothing of it leaves it unknown.
            "feast_hours": (
                rf"{_FEASTS}(?:[、,和及]{_FEASTS})*(?:开放|营业|服务)?(?:时间)?(?:调整)?为?:?\s*(?>{SPAN}(?:[,、\s]+{SPAN})*)"
                rf"|{_FEASTS}(?:提前)?(?:至|到|于)?{CLOCK}(?:就|即)?{_CLOSES}"
            ),
            "open_close": rf"(?P<opens>{CLOCK}){_OPENS}{_COMMA}(?P<closes>{CLOCK}){_CLOSES}"
            rf"|(?:{_OPENS}|上班|营业|首班车?)(?:时间)?:?(?P<opens_at>{CLOCK}){_COMMA}(?:{_CLOSES}|末班车?)(?:时间)?:?(?P<closes_at>{CLOCK})",
            "times": SPAN,
            "no_break": r"(?:中午|午间)?不?(?:午休|休息)?(?<=不午休)|(?:中午|午间)(?:不休息?|无休|不打烊)",
            "holiday_off": (
                rf"(?:逢|遇)?{_HOLIDAYS}(?:除外|{_SHUT})|除(?:了)?{_HOLIDAYS}(?:以?外|之外|(?=\s*[)\]】」]))"
                rf"|不(?:含|包括|包含){_HOLIDAYS}"
            ),
            "holiday_unsure": (
                rf"(?:逢|遇|如遇)?{_HOLIDAYS}(?:开放|营业|服务)?(?:时间)?,?(?:另行(?:通知|公告|安排)|以(?:公告|通知)为准)"
            ),
            "holiday_on": rf"(?:逢|遇|如遇)?{_HOLIDAYS}{_AS_USUAL}|[含包]括?{_HOLIDAYS}|全年无休|全年不休",
            "eve_off": (
                rf"{_FEASTS}(?:[、,和及]{_FEASTS})*(?:放假)?(?:{_SHUT}|除外)"
                rf"|除(?:了)?{_FEASTS}(?:[、,和及]{_FEASTS})*(?:放假)?(?:以?外|之外)"
            ),
            "except_days": rf"除(?:了)?(?P<except_first>{DAYS})(?:{_SHUT})?(?:以?外|之外)|(?P<except_last>{DAYS})除外",
            "other_months": r"其[余他它]月份?|其[余他它]季节",
            "other_days": r"其[余他它](?:每天|每日)|其余(?:时间|日子)?|其他(?:时间|日子)|其它时间|平时",
            "shift": r"[早中晚夜日]班",
            "meal": r"(?:(?:早、?[中午]、?晚|[早午中晚])餐(?:时间|供应)?|夜宵|宵夜|下午茶|[早午晚]市(?:营业)?(?:时间)?"
            r"|[中午](?=:?\s*\d)):?",
            "until": (
                rf"(?:其中)?(?:(?P<until_days>(?>{DAYS}(?:[、和及]?{DAYS})*))|{_SEASON}(?P<until_months>{MONTHS}))"
                r"(?P<stretch>延长|推迟|提前)?(?:开放|营业|闭馆|关门|打烊)?"
                rf"(?:至|到)(?P<until_clock>{CLOCK})(?:闭馆|关门|打烊|结束)?(?!\s*[-~至到—])"
            ),
            "among": rf"其中,?(?={DAYS})",
            "variant": rf"其中,?(?={_SEASON}(?:{DATES}|{MONTHS}))",
            "nth_day": NTH_DAY,
            "dates": rf"{_SEASON}(?:{DATES})",
            "season": rf"{_SEASON}(?:{MONTHS})",
            "days": DAYS,
            "holidays": _HOLIDAYS,
            "closed_days": rf"(?:闭馆|休馆|休息|公休)日:?(?={DAYS})",
            "part": rf"{_PART}:?",
            "closed": _SHUT,
            "bracket": r"[(\[【「]",
            "end_bracket": r"[)\]】」]",
            "label": rf"(?:试运[营行](?:期间)?)?{_LABEL}:?|试运[营行](?:期间)?|^(?:营业|开放)中"
            r"|(?:对外|正常|日常|自助|常年|免费|智能|全年)*(?:开放|营业|服务|供应)(?:参观)?",
            "filler": rf"全天(?=:?\s*{SPAN})"
            r"|为|从(?=[\d早上清凌])|[:/+&|\s,;、。和及与]+",
        }.items()
    )
)
_SUSPENDED = re.compile(
    r"(?:(?:因|正在|内部)?(?:装修|维修|改造|升级改造|升级)(?:中|期间)?[,\s]*)?"
    r"(?:(?:已|现)?(?:暂停|暂不|临时|停止)(?:对外)?(?:开放|营业|服务|使用|运营|关闭)|已?(?:停业|停用|撤销|关停)|暂时关闭|暂时闭馆)"
)


def read_chinese_hours(text: str) -> str | None:
    """Return posted Chinese hours in OSM opening_hours syntax, None where they are not certain.

    Parameters
    ----------
    text : str
        Such as ``周二至周日 8:30—17:00，周一闭馆``. Times without days hold every day.

    Returns
    -------
    str or None

    Examples
    --------
    >>> read_chinese_hours("周二至周日 8:30—17:00，周一闭馆")
    'Tu-Su 08:30-17:00; Mo off'
    >>> read_chinese_hours("上午8:30-11:30，下午2:00-5:00（周一至周五）")
    'Mo-Fr 08:30-11:30,14:00-17:00'
    >>> read_chinese_hours("夏季 8:30—17:30") is None
    True
    """
    text = tidy(text)
    if _SUSPENDED.fullmatch(text.strip("。.!")):
        return "off"
    try:
        return _Reader(days_first(text)).read()
    except UnsureError:
        return None


class _Reader:
    """Goes through a text once, token by token."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.groups = [Group()]
        self.said: set[str] = set()
        self.part: str | None = None
        self.is_bracketed = False
        self.is_adjoined = False
        self.meal: str | None = None
        self.n_days: int | None = None
        self.is_closing = False  # 闭馆日:, and the days?
        self.is_variant = False  # 其中, of the season that follows
        self.is_among = False  # 其中, of the days before
        self.is_owed = False  # 周一至周五开放, and the hours?
        self.listed = ""  # the token before, fillers left out: 周一、除夕 is a list

    def read(self) -> str:
        position = 0
        before = ""
        while position < len(self.text):
            token = _TOKENS.match(self.text, position)
            if token is None or not token[0] or token.lastgroup is None:
                raise UnsureError
            name = next(name for name in _NAMES if token[name] is not None)
            position = token.end()
            self.said.add(name)
            # 8:30-17:30工作日，节假日9:00-16:00: are the days of the hours before them, or of those after?
            self.is_adjoined |= name == "days" and before == "times" and not self.groups[0].names_days
            before = name
            self._take(name, token, is_last_in_bracket=bool(re.match(r"\s*[)\]】」]", self.text[position:])))
            self.listed = self.listed if name in ("filler", "label") else name
        last = self.groups[-1]
        if len(self.groups) == 2 and not last.is_said and last.days is not None and not self.groups[0].names_days:
            # 8:30-17:30，周一至周五: the days follow the hours.
            last.times, last.is_closed = self.groups.pop(0).times, False
            # 8:30-17:30（双休日、节假日照常）: as on all other days.
            if "holiday_on" in self.said:
                raise UnsureError
        elif self.is_adjoined:
            raise UnsureError
        elif len(self.groups) == 2 and not last.is_said and self.groups[0].days == last.days == ALL_DAYS:
            self.groups.pop()  # daily 8:00-20:00 每日
        # 早餐6:30-9:00: and the other meals?
        if self.part is not None or ("meal" in self.said and len(last.times) < 2) or self.is_closing or self.is_among:
            raise UnsureError
        written = write_groups(self.groups, self.said)
        closed = frozenset[int]().union(*(group.days or () for group in self.groups if group.is_closed))
        held = frozenset[int]().union(*(group.days or () for group in self.groups if group.times)) - closed
        if self.n_days not in (None, len(held)):
            raise UnsureError  # 每周开放5天，周二至周日…
        return written

    def _take(self, name: str, token: re.Match[str], *, is_last_in_bracket: bool) -> None:
        group = self.groups[-1]
        match name:
            case "days" | "nth_day" | "holidays" | "season" | "dates" | "other_days" | "other_months":
                self._take_days(name, token[0], is_bracketed=self.is_bracketed and is_last_in_bracket)
            case "holiday_unsure":
                # 周末及节假日另行通知: the weekends too.
                if group.names_days and not group.is_said:
                    raise UnsureError
                self.said |= set() if "法定" in token[0] else {"holiday_vague"}
            case "label":
                # 周一至周五开放，周末9:00-17:00: the hours are those of the weekend alone.
                self.is_owed |= group.names_days and not group.is_said
            case "times" | "always" | "open_close":
                self._add_times(name, token)
            case "break_times":
                _take_break(group, token["break_first"] or token["break_last"])
            case "part":
                self.part = {"am": "上午", "pm": "下午"}.get(token[0].rstrip(":"), token[0].rstrip(":"))
            case "days_a_week":
                self.n_days = len(read_days(f"周一至周{token['n_days']}"))
            case "note" | "on_duty" | "last_entry" | "feast_hours":
                # 夜间值班…, 周末电话…, 周五15:00停止入馆: what holds then is not said.
                if self.part is not None or (name != "on_duty" and group.names_days and not group.is_said):
                    raise UnsureError
            case "meal":
                self.meal = next((part for sign, part in _MEAL_PARTS.items() if sign in token[0]), None)
            case "until":
                self._take_until(token)
            case "variant":
                self.is_variant = True
            case "among":
                self.is_among = True
            case "closed":
                if group.times and self.part in _PARTS and _are_outside(group.times, *_PARTS[self.part]):
                    self.part = None  # 周六9:00-12:00，下午休息 adds nothing
                    return
                if self.part is not None and not group.is_said and group.days:
                    self._close_part(group)
                    return
                if not group.names_days or group.is_said or self.part is not None:
                    raise UnsureError
                group.is_closed = True
            case "except_days":
                days = read_days(token["except_first"] or token["except_last"])
                self.groups.insert(0, Group(days=days, is_closed=True))
            case "closed_days":
                self.is_closing = True
            case "holiday_off":
                self._take_holiday_off(token[0], group)
            case "eve_off":
                # 周一、除夕闭馆: both. 周一至周日（除夕休息）: the hours of the days are still to come.
                if self.listed == "days" and not group.is_said:
                    if token[0].endswith("外"):
                        raise UnsureError
                    group.is_closed = True
            case "bracket":
                self.is_bracketed = True
            case "end_bracket":
                self.is_bracketed = False
            case _:
                pass

    def _take_holiday_off(self, text: str, group: Group) -> None:
        is_waiting = group.names_days and not group.is_said
        if text.endswith("外") or text.startswith(("除", "不")):
            # 周一闭馆（节假日除外）: the exception is from the closed day, so holidays are open. Without the brackets
            # it may be the whole that is meant: holidays stay unknown.
            if is_waiting or (group.is_closed and self.is_bracketed):
                self.said.discard("holiday_off")
                group.excepts_holidays = True
            elif group.is_closed:
                self.said.discard("holiday_off")
                self.said.add("holiday_unsure")
        elif is_waiting:
            group.is_closed = True  # 周末及节假日休息

    def _take_days(self, name: str, text: str, *, is_bracketed: bool) -> None:
        group = self.groups[-1]
        if name == "other_days" and any(each.season is not None for each in self.groups):
            # 7月1日-8月31日8:30-20:30，其他时间8:30-17:00: the rest of the year, if no days were named.
            if any(each.days not in (None, ALL_DAYS) or each.is_closed for each in self.groups):
                raise UnsureError
            name = "other_months"
        if is_bracketed and name in ("days", "holidays") and (group.date is not None or group.is_said):
            if group.date is not None:
                return  # 10月10日（周六）
            if group.names_days or group.is_closed:
                raise UnsureError
        elif group.is_said or group.is_rest:
            # Days already said before a season hold for the next season too.
            kept = group if name in ("season", "other_months") and group.season is not None else None
            group = Group(season=None if name == "dates" else group.season, days=kept.days if kept else None)
            self.groups.append(group)
        # 全年开放，每日8:00-21:00: the same days again.
        self.is_owed &= not (name == "days" and group.days == ALL_DAYS == read_days(text))
        if self.part is not None or (self.is_owed and not group.is_said and group.names_days):
            raise UnsureError
        self.is_owed = False
        match name:
            case "days":
                group.days = (group.days or frozenset()) | read_days(text)
                group.is_closed |= self.is_closing
                if self.is_among:
                    self._base_of(group.days)
                self.is_closing = self.is_among = False
                group.is_workdays |= re.fullmatch(WORKDAYS, text) is not None
            case "holidays":
                group.has_holidays, group.is_legal = True, "法定" in text
            case "other_days":
                if group.names_days:
                    raise UnsureError
                group.is_rest = True
                is_dated = any(each.date is not None for each in self.groups)
                group.is_whole_rest = is_dated or text.endswith(("每天", "每日"))
            case "other_months":
                named = [each.season for each in self.groups if each.season is not None]
                group.season = rest_of_year(named)
                if group.season is None:
                    raise UnsureError
            case "nth_day":
                if group.names_days or group.season is not None:
                    raise UnsureError
                group.date = read_nth_day(text)
            case "season":
                group.season = read_months(text)
                if group.season is None:
                    raise UnsureError
            case _:
                self._take_dates(group, text)

    def _take_dates(self, group: Group, text: str) -> None:
        found = read_dates(text)
        if found is None or group.days is not None:
            raise UnsureError
        dates, is_exception = found
        if is_exception:
            group.date, group.season = dates, None
        else:
            group.season = dates

    def _base_of(self, days: frozenset[int]) -> Group:
        """Return the group that the days are an exception from, without these days."""
        for base in reversed(self.groups):
            if not base.times or base.date is not None or base.season is not None:
                continue
            if base.days is None or (base.days == ALL_DAYS and base is self.groups[0]):
                return base
            if days < base.days:
                base.days -= days
                return base
        raise UnsureError

    def _close_part(self, group: Group) -> None:
        """周三下午闭馆: sure only if the hours of other days break at noon."""
        first, last = _PARTS.get(self.part or "", (0, 0))
        base = self._base_of(group.days or frozenset())
        kept = [span for span in base.times if _are_outside([span], first, last)]
        is_cut = any(start < first < end or start < last < end for start, end in base.times)
        if is_cut or not kept or len(kept) == len(base.times) or (last < DAY_MIN and kept[-1][0] >= last > 720):
            raise UnsureError
        group.times, self.part = kept, None

    def _take_until(self, token: re.Match[str]) -> None:
        """9:00-21:00，周五延长至22:00: the other days' hours with another end."""
        days = frozenset[int]().union(*(read_days(each[0]) for each in re.finditer(DAYS, token["until_days"] or "")))
        season = read_months(token["until_months"]) if token["until_months"] else None
        if token["until_months"] and (season is None or len(self.groups) > 1 or not self.groups[0].times):
            raise UnsureError
        base = self._base_of(days) if season is None else self.groups[0]
        end = read_clock(token["until_clock"])
        start, usual = base.times[-1]
        is_later = end is not None and end > usual
        if end is None or end <= start or (token["stretch"] and is_later is (token["stretch"] == "提前")):
            raise UnsureError
        times = [*base.times[:-1], (start, end)]
        self.groups.append(Group(days=base.days if season else days, season=season, times=times))

    def _add_times(self, name: str, token: re.Match[str]) -> None:
        group = self.groups[-1]
        times: tuple[int, int] | None = (0, DAY_MIN)
        if name == "times":
            times = read_span(token[0], part_of_day=self.part)
            if times is None and self.meal is not None and self.part is None:
                times = read_span(token[0], part_of_day=self.meal)
            self.meal = None
        elif name == "open_close":
            opens, closes = (
                read_clock(token["opens"] or token["opens_at"]),
                read_clock(token["closes"] or token["closes_at"]),
            )
            times = (opens, closes) if opens is not None and closes is not None and opens < closes else None
        if times is None:
            raise UnsureError
        if times == (0, DAY_MIN - 1):
            times = (0, DAY_MIN)
        if group.is_closed:
            # 周一闭馆，9:00-17:00: the times are of the other days.
            group = Group(season=group.season)
            self.groups.append(group)
        if name == "always" and group.times == [times]:
            return  # open 24 hours 全天开放
        if group.times and times[0] < group.times[-1][1]:
            raise UnsureError
        group.times.append(times)
        group.is_variant = self.is_bracketed or self.is_variant
        self.part, self.is_variant = None, False


_INNER = {
    *("break_first", "break_last", "until_days", "until_clock", "until_months", "stretch", "n_days"),
    *("opens", "closes", "opens_at", "closes_at", "except_first", "except_last"),
}
_NAMES = [name for name in _TOKENS.groupindex if name not in _INNER]


_MEAL_PARTS = {"早": None, "晚": "下午", "中": "中午", "午": "中午"}
_PARTS = {
    "上午": (0, 720),
    "下午": (720, 1080),
    "晚上": (1080, DAY_MIN),
    "晚间": (1080, DAY_MIN),
    "夜间": (1080, DAY_MIN),
}


def _are_outside(times: list[tuple[int, int]], first: int, last: int) -> bool:
    return all(end <= first or start >= last for start, end in times)


def _take_break(group: Group, text: str) -> None:
    found = read_span(text, part_of_day="中午")
    for index, (start, end) in enumerate(group.times):
        if found is not None and start < found[0] and found[1] < end:
            group.times[index : index + 1] = [(start, found[0]), (found[1], end)]
            return
    raise UnsureError
