"""Put posted hours into one spelling before they are read: typed-for signs, line breaks, days behind their hours."""

import re
import unicodedata

from geo._chinese_clock import DASH, SPAN
from geo._chinese_days import DATES, DAYS, MONTHS
from geo._chinese_notes import NOTE, mark_notes

_SIGNS = str.maketrans(
    dict.fromkeys("∶︰꞉ː", ":")
    | dict.fromkeys("﹝〔〖『", "(")
    | dict.fromkeys("﹞〕〗』", ")")
    | dict.fromkeys("→➔─━〜∼", "-")
)
"""What NFKC leaves as it is, or turns into other signs (︰ into two dots)."""
_TRADITIONAL = str.maketrans(
    "週開時間營業館閉點關節國禮體閱讀處務對無辦預約圖書車電話號員臺灣園門診單雙應農曆個勞動慶陽結續領憑後裡裏",
    "周开时间营业馆闭点关节国礼体阅读处务对无办预约图书车电话号员台湾园门诊单双应农历个劳动庆阳结续领凭后里里",
)
_CJK = "\u4e00-\u9fff"
_PART_OF_PLACE = "周星期时点分日天月早晚午夜春夏秋冬季假节停闭休开营除仅区层楼窗柜部内外和与及"
_OWN_NAME = re.compile(
    r"(?:本)?(?:图书馆|文化馆|博物馆|美术馆|展览馆|科技馆|体育馆|文化宫|驿站|服务站|景区|公园|馆|站|店)\s*(?=:|的|开放|营业)[:的]?"
    r"|(?:(?:户外|劳动者|环卫|工人|爱心|工会|职工|司机|骑手|快递员?|外卖|清凉|暖心|城市|党群|红色)+(?:驿站|驿家|服务站|港湾|之家)"
    r"|公厕|公共厕所|公共卫生间|公共洗手间|城市书房|农家书屋|候车[室厅]|(?:汽车|长途)?客运(?:中心|站)|(?:地铁|火车|汽车|公交)站|食堂|餐厅"
    r"|(?:银行)?网点|营业厅|(?:办事|服务|政务|便民)大厅|展厅|纪念馆|健身房|便利店|药店|(?:环卫)?(?:工人|职工)?(?:休息室|休息点|歇脚点|休憩点))\s*[:的]?"
    r"|(?:母婴|哺乳|更衣|淋浴|洗衣|茶水)[室间房]:|(?:纳凉|避暑|乘凉|歇凉|清凉|便民|饮水|取水|爱心|充电|换电|避寒|取暖|志愿服务|应急)(?:服务)?[点站处室]:"
    rf"|(?![{_PART_OF_PLACE}])(?:(?![{_PART_OF_PLACE}])[{_CJK}]){{1,10}}(?:驿站|服务站|之家|食堂|书[吧屋店房]|药[房店]|超市|菜市?场|[茶浴]室):"
)
"""The place itself, named before its hours; a part of it (一楼, 自助区) is not."""
_SPACED_WORD = re.compile(rf"(?<![{_CJK}])(?<![{_CJK}]\s)[{_CJK}](?:\s+[{_CJK}](?![{_CJK}]))+")
"""周 一 至 周 五: a blank after every character."""
_SPACED_COLON = re.compile(r"(?<=\d)\s*:\s*(?=\d{2}(?!\d))")
_NOT_WORKDAY = re.compile(r"非(?:国家)?(?:法定)?工作日")
_MONTH_END = re.compile(
    rf"(?P<first>\d{{1,2}}月)1日(?P<dash>{DASH}(?:次年)?)(?P<last>\d{{1,2}}月(?=[底末])|2月(?=2[89]日))(?:[底末]|2[89]日)"
)
_EACH_YEAR = re.compile(r"每年(?=\s*(?:的)?\s*\d{1,2}月)(?:的)?")
_DASH_WORD = re.compile(r"(?<=[\d点时])\s*[一ー]+\s*(?=\d{1,2}[:.点时])")
"""8:00一20:00: the numeral one, typed for a dash."""
_COLON_WORD = re.compile(r"(?<![:.]\d\d)(?<=\d);(?=[0-5]\d(?![\d:.点时]))")
"""8;30: typed for a colon."""
_PLAIN_DAYS = re.compile(r"平日(?=.*(?:周末|双休日|(?:周|星期)六(?:、|至|到|-)?(?:周|星期)?[日天]))", re.DOTALL)
"""平日 beside 周末 is Monday to Friday; alone, or beside 假日, it may be any day that is no holiday."""
_BARE_DAYS = re.compile(
    r"(?:^|(?<=[,;。(\s]))(?P<days>[一二三四五六](?:\s*[-~至到]\s*|(?:、[二三四五六])*、)[二三四五六日天])(?=\s*:?\s*(?:\d{1,2}[:点]|上午|早上?\d))"
)
"""二至五 12:00-20:00，六、日 9:00-20:00: days without 周."""
_EXPLAINED_DAYS = re.compile(
    rf"(?:平时|平日|平常|其[余他它](?:时间|日子)?)\s*\(\s*(?P<days>{DAYS}(?:[、和及]{DAYS})*)\s*\)"
)
"""其余时间（周日至周四）: the brackets say which."""
_DOTTED_SEASON = re.compile(
    r"(?<=[季时])\s*\((?P<month>1[0-2]|0?[1-9])\.(?P<day>[0-3]?\d)\s*[-~至到]\s*(?P<next>次年)?(?P<last_month>1[0-2]|0?[1-9])\."
    r"(?P<last_day>[0-3]?\d)\)(?=\s*:?\s*(?:\d|上午|早|每|周|星期))"
)
"""旺季（4.1-10.31）8:00-17:30."""
_WHOLE_WEEK = re.compile(rf"(?:周|星期)一\s*0?0:00{DASH}(?:周|星期)[日天]\s*(?:24:00|23:59)")


def tidy(text: str) -> str:
    """Return a text in lower case and plain signs, without the name of the place itself.

    Examples
    --------
    >>> tidy("本馆开放时间：8：00一20：00")
    '开放时间:8:00-20:00'
    >>> tidy("8;30-17;30"), tidy("9:00-12:00;14:00-17:00")
    ('8:30-17:30', '9:00-12:00;14:00-17:00')
    """
    text = re.sub(r"<br\s*/?>", "\n", text, flags=re.IGNORECASE)
    text = unicodedata.normalize("NFKC", text.translate(_SIGNS).translate(_TRADITIONAL)).strip().lower()
    text = _SPACED_WORD.sub(lambda word: re.sub(r"\s+", "", word[0]), text)
    text = _SPACED_COLON.sub(":", text)
    text = _EXPLAINED_DAYS.sub(r"\g<days>", _BARE_DAYS.sub(r"周\g<days>", text))
    text = _DOTTED_SEASON.sub(r"(\g<month>月\g<day>日-\g<next>\g<last_month>月\g<last_day>日)", text)
    text = _PLAIN_DAYS.sub("周一至周五", _NOT_WORKDAY.sub("周末及法定节假日", text))
    text = text.replace("国定", "法定")
    text = _MONTH_END.sub(r"\g<first>\g<dash>\g<last>", _EACH_YEAR.sub("", text))
    text = _WHOLE_WEEK.sub("24小时", _COLON_WORD.sub(":", _DASH_WORD.sub("-", text)))
    text = re.sub(rf"^(?:{NOTE}[\s,;。]*)+", "", mark_notes(text))
    name = _OWN_NAME.match(text)
    return text[name.end() :] if name else text


_WHEN = (
    rf"(?P<days>(?>{DAYS}(?:[、和及]{DAYS})*)|(?:[春夏秋冬]季?(?:令时)?|[旺淡平]季|高温季?节?|暑[期假])?\s*"
    rf"(?:{DATES}|{MONTHS}))"
)
_WORD_OF_SEASON = r"(?:[春夏秋冬](?:季|令时|天)?(?:作息)?(?:时间)?:?\s*)?"
_HOURS = rf"(?P<hours>(?>{SPAN}(?:[\s,、/]*{SPAN})*))"
_BRACKETED_DAYS = re.compile(rf"\s*[(\[【「]\s*{_WHEN}\s*[)\]】」]\s*:?\s*{_HOURS}[\s,;。、]*")
_HOURS_AND_DAYS = re.compile(rf"\s*{_WORD_OF_SEASON}{_HOURS}\s*[(\[【「]\s*{_WHEN}\s*[)\]】」][\s,;。、]*")


def days_first(text: str) -> str:
    """Return 8:30-17:30（工作日），9:00-16:00（周六） with the days before their hours; other texts as they are.

    （周一至周五）8:30-17:30；（周六）9:00-16:00 loses its brackets.
    """
    for pattern, fewest in ((_HOURS_AND_DAYS, 2), (_BRACKETED_DAYS, 1)):
        found = list(pattern.finditer(text))
        if len(found) >= fewest and sum(len(each[0]) for each in found) == len(text):
            return "; ".join(f"{each['days']} {each['hours']}" for each in found)
    return text
