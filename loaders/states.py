"""Read whether a place is in service from the columns of a register; what is not understood is asked about.

Registers say it under many headers (运营状态, 是否启用, 使用情况, 停用) and in many words. A column counts where its
header asks for a state, or where all that it holds are words for states. Of several columns the one that keeps people
away holds. No row is taken as in service whose words nobody understands, or of which a remark, its name or its sheet
says 停用: it is refused with the question, and `answers` to such questions are given with the next load. A date of
停用时间 that has come closes a place.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, NamedTuple

from geo.errors import InputError
from loaders.notes import shortened
from loaders.report import Rejection
from loaders.synonyms import clean, header_key, parse_meanings, parse_yes, same_text_key

STATUS_WORDS = {
    "active": (
        "启用 已启用 启用中 正常 运行 运行中 正常运行 运行正常 在用 使用中 正常使用中 开放 开放中 对外开放 已开放 "
        "正常开放 正常使用 使用正常 运营 运营中 正常运营 营业 营业中 正常营业 已建成 建成 已投用 投用 投入使用 "
        "已投入使用 良好 使用良好 运行良好 完好 active open"
    ),
    "closed": (
        "停用 已停用 关闭 已关闭 暂停 暂停使用 暂停开放 暂停运营 暂停营业 停止使用 停止开放 "
        "停止运营 停止营业 停业 停运 停用中 歇业 撤并 撤销 已撤销 关停 已关停 注销 已注销 拆除 已拆除 已撤 已拆 已撤并 "
        "暂不开放 不开放 未启用 未开放 未使用 未运营 未投用 闲置 维修中 装修中 停业整顿 整改中 closed inactive"
    ),
    "planned": "在建 筹建 筹建中 拟建 待建 规划 规划中 建设中 未建成 planned",
}

MAX_STATES = 12
"""Different words in a column of states; more of them are no states."""

_STRENGTH = ("active", "planned", "closed")
"""Of several columns that say different things, the last of these holds."""
_ASKS = re.compile(
    r"^(站点|驿站|运行|运营|运作|经营|营业|使用|开放|启用|停用|建设|当前|目前|现在|目前)?(状态|状况|情况)$"
    r"|^是否.*(启用|开放|在用|运营|营业|正常|停用|停业|关闭|撤销|撤并|拆除|注销|使用|运行|有效)"
    r"|^(已)?(启用|停用|在用|停业|撤销|关停|关闭|投用)$|^(status|state)$"
)
_NEGATIVE = re.compile("停|关闭|关停|撤|拆|注销")
_SUSPECT = re.compile("停用|停业|停运|关停|暂停|关闭|撤销|撤并|拆除|未启用|未开放|未投用|闲置|整顿|整改|注销")
"""Within a longer text under a header that asks for a state."""


_SAYS_CLOSED = re.compile(
    "(?:停止|暂停|终止)(?:对外)?(?:服务|开放|营业|使用|运营|运行)|停用|停业|停运|关停|歇业|撤销|撤并|撤除|拆除|注销"
)
"""Within a longer remark; not where it speaks of hours or days (`_AT_TIMES`)."""
_AT_TIMES = re.compile("周|星期|礼拜|节|假|春|夏|冬|夜|晚|午|早|点|时|每|:|高温|下雨|天气")
_ENDS = re.compile(
    r"^(停用|停业|停运|停止(服务|使用|运营|营业|开放)|关停|关闭|歇业|撤销|撤并|拆除|注销|终止)(时间|日期|年月)$"
)
_DATE = re.compile(r"(20\d\d)(?:\s*[-./年]\s*(\d{1,2}))?(?:\s*[-./月]\s*(\d{1,2}))?")
_NOTHING = ("", "-", "--", "/", "无", "否", "没有", "无计划")
_IN_BRACKETS = re.compile(r"[(\[【（]([^)\]】）]+)[)\]】）]")


Where = Literal["column", "name", "sheet"]


class StateColumn(NamedTuple):
    """A column that says whether places are in service: where it is, and its header as it is written."""

    at: int
    header: str


def parse_status(text: str, *, header: str = "") -> str | None:
    """Return active, closed or planned for a word that means it, None for any other.

    Examples
    --------
    >>> parse_status("停用"), parse_status("否", header="是否启用"), parse_status("否", header="是否停用")
    ('closed', 'closed', 'active')
    >>> parse_status("是", header="停用"), parse_status("因装修停用", header="使用情况")
    ('closed', None)
    """
    word = same_text_key(text)
    # 启用状态 is answered by yes or no as well; a dash or a number there is no answer.
    is_question = "是否" in header or (
        word in ("是", "否", "√", "✓", "×", "yes", "no", "y", "n")
        and re.search("启用|开放|在用|运营|营业|停用|停业|撤销|关停|关闭|投用", header)
    )
    if is_question and (said := parse_yes(text)) is not None:
        return "active" if said != bool(_NEGATIVE.search(header)) else "closed"
    return next((state for state, words in STATUS_WORDS.items() if word in words.split()), None)


def parse_answers(texts: Sequence[str]) -> dict[str, str]:
    """Return what a person answers to the question what a word means: ``word=active``, ``closed`` or ``planned``.

    Raises
    ------
    InputError
        If one is no such answer.

    Examples
    --------
    >>> parse_answers(["停业整改=closed", "试运行 = 启用"])
    {'停业整改': 'closed', '试运行': 'active'}
    """
    return parse_meanings(
        texts,
        lambda word: word if word in STATUS_WORDS else parse_status(word),
        lambda text: InputError(
            "{value} does not say what a word means; write 停业整改=停用, with 启用, 停用 or 筹建 behind it", value=text
        ),
    )


@dataclass(frozen=True)
class States:
    """The columns of a table that say whether a place is in service, and what a person answered of their words.

    `remarks` are the other columns in which some row says that it is closed or planned, `ends` those of the date when
    it closed, `sheet` is the name of the sheet.
    """

    columns: tuple[StateColumn, ...]
    remarks: tuple[StateColumn, ...]
    answers: Mapping[str, str]
    ends: tuple[StateColumn, ...] = ()
    sheet: str = ""

    def read(self, row: int | str, name: str, cells: Sequence[str]) -> str | Rejection:
        """Return active, closed or planned; where a word is not understood, the question in place of the row."""
        said: list[str] = []
        for where, header, text, state in self._statements(name, cells):
            # A name adds nothing to a column that says closed, a sheet nothing to what the row says itself.
            if (where == "name" and set(said) - {"active"}) or (where == "sheet" and said):
                continue
            state = self.answers.get(same_text_key(text), state)
            if state is None:
                return _question(where, row, name, header, text)
            said.append(state)
        return max(said, key=_STRENGTH.index, default="active")

    def _statements(self, name: str, cells: Sequence[str]) -> Iterator[tuple[Where, str, str, str | None]]:
        """Yield what a row says of its state: where, the header there, the words, and the state, None if not sure."""

        def cells_of(columns: Sequence[StateColumn]) -> Iterator[tuple[str, str]]:
            for index, header in columns:
                if index < len(cells) and (text := cells[index].strip()):
                    yield header, text

        for header, text in cells_of(self.columns):
            yield "column", clean(header), text, parse_status(text, header=header)
        for header, text in cells_of(self.remarks):
            if _is_doubt(text):
                yield "column", clean(header), text, None
        for header, text in cells_of(self.ends):
            if text not in _NOTHING:
                yield "column", clean(header), text, _state_at_end(text)
        for text in _IN_BRACKETS.findall(name):
            if parse_status(text) in ("closed", "planned") or _SAYS_CLOSED.search(text):
                yield "name", "", text, None
        if parse_status(self.sheet) in ("closed", "planned") or _SAYS_CLOSED.search(self.sheet):
            yield "sheet", "", self.sheet, None

    def is_silent(self, cells: Sequence[str]) -> bool:
        """Tell whether the columns of states say nothing in a row."""
        return bool(self.columns) and not any(index < len(cells) and cells[index].strip() for index, _ in self.columns)


def _question(where: Where, row: int | str, name: str, header: str, text: str) -> Rejection:
    values: dict[str, Any] = {"name": name, "value": shortened(text)}
    if where == "name":
        return Rejection(
            row,
            "{name}: its name says {value}: is it in service? Answer it once for all rows, {value}=停用 "
            "(or 启用, 筹建), or write one of these words in a column 状态",
            values,
        )
    if where == "sheet":
        return Rejection(
            row,
            "{name}: it is on the sheet {value}: is it in service? Answer it once for all rows, {value}=停用 "
            "(or 启用, 筹建), or write one of these words in a column 状态",
            values,
        )
    return Rejection(
        row,
        "{name}: {header} says {value}: is it in service? Answer it once for all rows, {value}=停用 (or 启用, 筹建), "
        "or write one of these words in a column 状态",
        {**values, "header": header},
    )


def _state_at_end(text: str) -> str | None:
    """Return the state by a date of closing: closed if it has come, else active; None where it is no date."""
    found = _DATE.search(text)
    if found is None:
        return None
    year, month, day = (int(part) if part else 1 for part in found.groups())
    return "closed" if (year, month, day) <= date.today().timetuple()[:3] else "active"


def find_states(
    header: Sequence[str],
    rows: Sequence[tuple[int, list[str]]],
    *,
    taken: set[int],
    answers: Mapping[str, str],
    sheet: str = "",
) -> States:
    """Return the columns of states of a table: `taken` are those that hold something else for sure."""
    columns, remarks, ends = [], [], []
    for index, title in enumerate(header):
        if index in taken or not title:
            continue
        words = {cells[index] for _, cells in rows if index < len(cells) and cells[index]}
        if _ENDS.search(header_key(title)) and any(_DATE.search(word) for word in words):
            ends.append(StateColumn(index, title))
        elif words and _is_state(title, words, answers):
            columns.append(StateColumn(index, title))
        elif any(_is_doubt(word) for word in words):
            remarks.append(StateColumn(index, title))
    return States(tuple(columns), tuple(remarks), answers, tuple(ends), sheet)


def _is_doubt(text: str) -> bool:
    """Tell whether a remark says that a place is closed or planned."""
    if parse_status(text) in ("closed", "planned"):
        return True
    return bool(_SAYS_CLOSED.search(text)) and not _AT_TIMES.search(text)


def _is_state(title: str, words: set[str], answers: Mapping[str, str]) -> bool:
    states = {answers.get(same_text_key(word)) or parse_status(word, header=title) for word in words}
    if _ASKS.search(header_key(title)):
        # 使用情况 may as well hold how many people come: then no word in it is one for a state, nor speaks of one.
        is_sure = re.search("状态|^是否|^(status|state)$", header_key(title))
        return bool(is_sure) or states != {None} or any(_SUSPECT.search(word) for word in words)
    return len(words) <= MAX_STATES and None not in states and states != {"active"}
