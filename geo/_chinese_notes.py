"""Find in posted hours what says nothing about when: telephone numbers, the way in, who is there, free bookings.

What sets a condition (需提前预约, 凭码入内) is no note: then nobody can be sure, and the text is not read.
"""

import re

NOTE = "\N{REFERENCE MARK}"
"""Stands where a note was: 周末（团队请预约），周一至周五9:00-17:00 says no hours of the weekend."""

_CJK = r"\u4e00-\u9fff"
_EXTENSION = r"(?:\s*(?:转|-)\s*\d{1,5})?(?![\d:])"
_MOBILE = r"(?<!\d)1\d{2}(?:\d{8}|\*{4}\d{4})"
_LANDLINE = r"(?<!\d)\(?0\d{2,3}(?:\)|-)\s?\d{7,8}"
# After 电话 and the like any number of a telephone; without it only what can be no time of day.
_CALLED = (
    rf"(?:{_MOBILE}|1\d{{2}}[-\s]\d{{4}}[-\s]\d{{4}}|(?:\(?0\d{{2,3}}\)?[-\s]{{0,2}})?\d{{3,4}}[-\s]?\d{{4}}|[48]00-?\d{{3}}-?\d{{4}}"
    rf"|(?:0\d{{2,3}}-)?(?:12|95|96|10)\d{{3,4}}){_EXTENSION}"
)
_FAULT = rf"(?:(?:如|若)?(?:有|遇|发生)?[{_CJK}]{{0,6}}(?:故障|损坏|异常|问题|遗失|丢失|紧急情况|突发情况|意外)时?,?)"
_CALL = (
    rf"(?:(?:(?<=[(,;。\s]){_FAULT})?"
    r"如?有?(?:急事|事|需要|疑问|问题)?请?(?:24小时|全天)?\s*"
    r"(?:联系|咨询|服务|值班|客服|投诉|监督|报修|救援|求助|办公|固定|负责人|管理员)?"
    r"(?:电话|热线|手机|拨打?|致电|咨询|联系|tel(?:ephone)?\.?|phone)(?:号码?)?[:\s]*)"
)
_PHONE = rf"{_CALL}{_CALLED}(?:\s*[,、/]\s*{_CALLED})*|(?:{_MOBILE}|{_LANDLINE}){_EXTENSION}"
_NUMBER = rf"{_MOBILE}|{_LANDLINE}|0\d{{2,3}}-\d{{3,4}}[-\s]\d{{4}}|(?<!\d)[2-9]\d{{6,7}}(?![\d:])"
_PERSON = (
    r"(?:管理员|负责人|联系人|站长)[:\s]*"
    rf"(?:[{_CJK}]{{1,2}}(?:师傅|先生|女士|老师|阿姨|大姐|大伯|大爷|主任|站长|经理|所长|书记|同志|队长)"
    rf"|[{_CJK}]{{2,3}}(?=[:,\s]*(?:{_NUMBER})))?(?:[:,\s]*(?:{_NUMBER}))?"
)
_ENTRY = (
    r"(?:可|可以|请)?(?:刷脸|扫码|刷卡|刷身份证)(?:进入|入内|进门|开门|入馆|进馆)?"
    r"|凭(?:有效)?(?:身份证件?|证件)(?:免费)?(?:参观|入馆|进馆|入内|进入|入园|领票)?"
    r"|(?:有|由)(?:保安|专人|工作人员|志愿者|管理员)(?:值守|看护|服务)|无人值守"
)
_BOOKING = (
    r"(?:免|无需|不用|不需|不必)(?:提前)?预约|(?:网上|线上|电话)?预约优先"
    r"|(?:\d+人(?:及)?以上(?:的)?)?(?:团队|团体|集体)(?:参观|活动)?(?:请|需|须|可)*(?:提前\s*(?:\d+|[一两三])个?(?:天|日|工作日))?(?:电话|网上)?预约"
)
_HOST = rf"(?:随|同|与|跟随)[{_CJK}]{{1,6}}?(?:营业|开放|办公|上班|作息)(?:时间)?(?:一致|同步|相同|开放|执行)?"
# A remark speaks of no time, part of the place, condition or circle of people.
_ABOUT_MORE = (
    r"周星期礼日天月年时点分早晚午夜晨春夏秋冬季假节休闭停关开营延提前后"  # when
    r"除仅只限另约公告准轮值班视调部区层窗柜非外内员需须先绕电系询"  # where, who, under which condition
)
_VISITOR = r"户外(?:劳动者|工作者|职工|工人|作业人员)?|工作人员|一次性|随手|免费开放|充电|热水|节约"
_ASKED = rf"(?:{_VISITOR}|(?![{_ABOUT_MORE}])[{_CJK}])"
_RULE = (
    rf"(?:室内|馆内|站内|入馆|进馆|进站|进门)?(?:请|禁止|严禁|欢迎|热忱欢迎|注意|爱护|保持|节约)(?!视|看情况){_ASKED}{{2,16}}"
    r"|(?:谢谢|感谢|多谢)(?:您?的?(?:大家|各位|配合|合作|理解|支持|光临|惠顾|和|与|、))*"
)
_TERM = r"(?:寒暑假|寒假|暑假|暑期)(?:期间)?(?:照常|正常)(?:开放|营业)?"
_END = rf"(?=\s*(?:[),;。!{NOTE}]|$))"
_NOTES = re.compile(
    rf"{_PHONE}|(?:^|(?<=[(,;。\s])|(?<=小时))(?:{_PERSON}|{_ENTRY}|{_BOOKING}|{_HOST}|{_TERM}|{_RULE}){_END}!?"
)
_UNSURE = (
    rf"{_ABOUT_MORE}不无没未勿看随凭持定暂临偶或若如遇因待尽完止概般常则计试拟估可能变每逢全半宵昼雨雪风温"
    r"疫特况弹实供含学课一二三四五六七八九十两初农集庙峰忙灵活单双号修搬迁拆装建废疑核据疏检"  # how sure
    r"人民工生师客户者主男女童儿残团队组级村籍本会党业办诊急自助取售入进考参旧原"
    r"替代补加以岁"  # of whom, of which service
)
_SAID = rf"(?![{_UNSURE}]|左右|上下)[{_CJK}]"
_OFFERED = (
    r"免费开放|充电宝?|手机充电|热水|饮用水|开水|急救[箱包]|医药箱|雨[具伞衣]|wi-?fi|空调|老年|药品|针线包"
    r"|桌椅|微波炉|冰箱|降温|防暑|休息座?椅?|避暑|纳凉"
)
_PLACE_WORD = (
    r"(?:[一二三四五六七八九十两]+[楼层号]|[大小]?门|厅|室|层|楼|内|外|区|入口|公园|电梯|停车场|部|窗口|前|后)"
)
_REMARK = (
    r"(?:内有|内设|设有|备有|配有|配备|提供|免费)(?:提供)?"
    rf"(?>{_OFFERED}|[、和及]|{_SAID}){{1,24}}+"  # what there is
    rf"|(?=[^,;。(]{{0,40}}(?:{_OFFERED}|饮水))(?>{_OFFERED}|{_SAID}){{1,8}}+(?:[、和及](?>{_OFFERED}|{_SAID}){{1,8}}+)++"
    rf"|位于(?>{_PLACE_WORD}|{_SAID}){{2,20}}"
    rf"|(?>{_PLACE_WORD}|{_SAID}){{2,16}}"
    r"(?:(?<=[边旁侧面壁近])|(?<=楼下)|(?<=[路街巷村]口))(?<!方面)(?<!最近)"  # where it is
)
_TITLE = r"(?:公厕|公共厕所|公共卫生间|洗手间|卫生间|驿站|书房|书屋|母婴室)"
_NOUN = (
    rf"(?:{_TITLE}|(?:(?:老年|(?![楼门馆院厅场园室口台库有在空]){_SAID}){{0,4}}"
    r"(?:食堂|餐厅|茶室|书[房屋吧]|凉亭|驿站|厕所|休息[点处]|歇脚点|纳凉点|便民点|服务点|义诊|理发)))"
)
"""Names the place or what it is for, in brackets after its only hours."""
_CLOSING_REMARK = re.compile(rf"(?:(?<=\()|(?<=[,;。\s]))(?:{_REMARK})(?=\s*[)。!]*\s*$)")
_CLOSING_NOUN = re.compile(rf"(?:(?<=\()|(?<=\d\s)){_NOUN}(?=\)?[。!]*\s*$)")
_HOURS = re.compile(r"\d\s*(?:[:.点时]\s*\d*半?)?(?:\s*(?:[-‐‑–—―~至到]+)\s*)\D{0,4}\d|小时|24/7|[*x×]24")
_HOST_OF_HOURS = re.compile(rf"{_HOST}(?=\s*:?\s*\d{{1,2}}[:点])")
_SERVICE = (
    r"(?:饮水|喝水|充电|热饭|加热|避暑|纳凉|取暖|歇脚|休息|如厕|阅览|阅读|借阅|图书|报刊|报纸|社保|医保|户籍|户政|公积金|税务"
    r"|婚姻登记|民政|低保|医疗|急救|雨具|wifi)(?:借阅|阅览|服务|办理|业务)?"
)
_SERVICES = re.compile(
    rf"{_SERVICE}(?:[、/和]{_SERVICE})+(?:窗口|大厅|服务|业务)?(?:时间)?(?::|\s+(?=[\d周每早上]))|{_SERVICE}窗口:"
)


def mark_notes(text: str) -> str:
    """Return a tidied text with `NOTE` for each note that leaves the hours as they are; services before them go.

    Examples
    --------
    >>> mark_notes("周一至周五 8:30-17:00 电话:0571-12345678")
    '周一至周五 8:30-17:00※'
    >>> mark_notes("8:00-18:00(免预约)"), mark_notes("8:00-18:00,需提前预约")
    ('8:00-18:00(※)', '8:00-18:00,需提前预约')
    >>> mark_notes("饮水、充电:8:00-18:00")
    '8:00-18:00'
    """
    text = _HOST_OF_HOURS.sub("", text.replace(NOTE, " "))
    services = _SERVICES.match(text)
    text = _NOTES.sub(NOTE, text[services.end() :] if services else text)
    text = _CLOSING_REMARK.sub(NOTE, text)
    # 8:00-12:00、14:00-20:00（公厕）: of both, or of the latter?
    return _CLOSING_NOUN.sub(NOTE, text) if len(_HOURS.findall(text)) == 1 else text
