"""Read whether a place is in service from the columns of a register; what is not understood is asked about.

Registers say it under many headers (运营状态, 是否启用, 使用情况, 停用) and in many words. A column counts where its
header asks for a state, or where all that it holds are words for states. Of several columns the one that keeps people
away holds. No row is taken as in service whose words nobody understands, or of which a remark says 停用: it is refused
with the question, and `answers` to such questions are given with the next load.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from geo.errors import InputError
from loaders.notes import shortened
from loaders.report import Rejection
from loaders.synonyms import clean, header_key, parse_yes, same_text_key

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
    answers = {}
    for text in texts:
        word, _, state = text.replace("＝", "=").partition("=")
        known = state.strip() if state.strip() in STATUS_WORDS else parse_status(state)
        if not word.strip() or known is None:
            raise InputError(
                "{value} does not say what a word means; write 停业整改=停用, with 启用, 停用 or 筹建 behind it",
                value=text,
            )
        answers[same_text_key(word)] = known
    return answers


@dataclass(frozen=True)
class States:
    """The columns of a table that say whether a place is in service, and what a person answered of their words.

    `remarks` are the other columns in which some row says no more than that it is closed or planned.
    """

    columns: tuple[StateColumn, ...]
    remarks: tuple[StateColumn, ...]
    answers: Mapping[str, str]

    def read(self, row: int | str, name: str, cells: Sequence[str]) -> str | Rejection:
        """Return active, closed or planned; where a word is not understood, the question in place of the row."""
        said = []
        for index, header in (*self.columns, *self.remarks):
            text = cells[index].strip() if index < len(cells) else ""
            is_remark = StateColumn(index, header) in self.remarks
            if not text or (is_remark and parse_status(text) in (None, "active")):
                continue
            state = self.answers.get(same_text_key(text))
            if state is None and not is_remark:
                state = parse_status(text, header=header)
            if state is None:
                return Rejection(
                    row,
                    "{name}: {header} says {value}: is it in service? Answer it once for all rows, {value}=停用 "
                    "(or 启用, 筹建), or write one of these words in a column 状态",
                    {"name": name, "header": clean(header), "value": shortened(text)},
                )
            said.append(state)
        return max(said, key=_STRENGTH.index, default="active")

    def is_silent(self, cells: Sequence[str]) -> bool:
        """Tell whether the columns of states say nothing in a row."""
        return bool(self.columns) and not any(index < len(cells) and cells[index].strip() for index, _ in self.columns)


def find_states(
    header: Sequence[str], rows: Sequence[tuple[int, list[str]]], *, taken: set[int], answers: Mapping[str, str]
) -> States:
    """Return the columns of states of a table: `taken` are those that hold something else for sure."""
    columns, remarks = [], []
    for index, title in enumerate(header):
        if index in taken or not title:
            continue
        words = {cells[index] for _, cells in rows if index < len(cells) and cells[index]}
        if words and _is_state(title, words, answers):
            columns.append(StateColumn(index, title))
        elif any(parse_status(word) in ("closed", "planned") for word in words):
            remarks.append(StateColumn(index, title))
    return States(tuple(columns), tuple(remarks), answers)


def _is_state(title: str, words: set[str], answers: Mapping[str, str]) -> bool:
    states = {answers.get(same_text_key(word)) or parse_status(word, header=title) for word in words}
    if _ASKS.search(header_key(title)):
        # 使用情况 may as well hold how many people come: then no word in it is one for a state, nor speaks of one.
        is_sure = re.search("状态|^是否|^(status|state)$", header_key(title))
        return bool(is_sure) or states != {None} or any(_SUSPECT.search(word) for word in words)
    return len(words) <= MAX_STATES and None not in states and states != {"active"}
