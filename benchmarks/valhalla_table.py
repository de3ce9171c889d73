"""The comparison with Valhalla as tables in two languages, and the page that holds them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from benchmarks.networks import ROOT

PAGE = ROOT / "docs" / "travel-times.md"

ROUNDING = "Valhalla's whole metres"
UNEXPLAINED = "unexplained"

_ZH = {
    "walk": "步行",
    "ebike": "骑车",
    "pairs": "点对",
    "median distance": "距离中位数",
    "agree as the two come": "各按各的默认，相差不超过 2%",
    "differ": "相差更大：",
    "agree with the same streets": "用同样的路、都按米算，相差不超过 2%",
    "streets cut by the extract's edge": "数据边缘被切断的路",
    "squares drawn as areas": "画成面的广场",
    "passages through houses": "穿过房屋的通道",
    "stairs and slow paths": "台阶、慢行小路（最快的不是最短的）",
    "private gates and ways": "私人大门和道路",
    "another street joined": "接到另一条路上",
    "footways and stairs to push along": "推车走的人行道和台阶",
    "streets to get there and away only": "只许到访、不许穿过的路",
    ROUNDING: "Valhalla 只算到整米",
    UNEXPLAINED: "未能归类",
}
_EN = {
    "walk": "on foot",
    "ebike": "by e-bike",
    "agree as the two come": "within 2 %, each by its own defaults",
    "differ": "farther apart: ",
    "agree with the same streets": "within 2 %, same streets, both by metres",
    "stairs and slow paths": "stairs, slow paths (the quickest way is not the shortest)",
}
_PLACES = {"Helsinki": "赫尔辛基市中心", "Liechtenstein": "列支敦士登"}

_BLOCK = re.compile(r"(<!-- distances: (?P<lang>zh|en) -->\n).*?(<!-- end -->)", re.DOTALL)


@dataclass(frozen=True)
class Comparison:
    """What a comparison found.

    Attributes
    ----------
    extract, mode : str
    pairs, seed : int
    median_m : float
        Of Valhalla's distances.
    agree : float
        Share of pairs within 2 % as the two engines come.
    agree_same_question : float
        The same when both read the same streets and go by metres.
    classes : dict of str to int
        Pairs that differ as the engines come, by class.
    snapped_apart : int
        Points that Valhalla joins to the streets more than 5 m from where they lie.
    unrouted : int
        Pairs that Valhalla finds no way for; they count as differing.
    """

    extract: str
    mode: str
    pairs: int
    seed: int
    median_m: float
    agree: float
    agree_same_question: float
    classes: dict[str, int]
    snapped_apart: int
    unrouted: int


def as_table(found: Sequence[Comparison], *, lang: str, classes: Sequence[str]) -> str:
    """Return comparisons as a Markdown table, one a column; `classes` gives the order of the rows."""
    words = {"zh": _ZH, "en": _EN}[lang]

    def say(word: str) -> str:
        return words.get(word, word)

    def place(one: Comparison) -> str:
        return _PLACES.get(one.extract, one.extract) if lang == "zh" else one.extract

    seen = [name for name in classes if any(name in one.classes for one in found)]
    rows = [
        ("", *(f"{place(one)}{'，' if lang == 'zh' else ', '}{say(one.mode)}" for one in found)),
        ("---", *("---:" for _ in found)),
        (say("pairs"), *(f"{one.pairs:,}" for one in found)),
        (say("median distance"), *(f"{one.median_m:,.0f} m" for one in found)),
        (f"**{say('agree as the two come')}**", *(f"**{one.agree:.1%}**" for one in found)),
        *((say("differ") + say(name), *(str(one.classes.get(name, 0)) for one in found)) for name in seen),
        (
            f"**{say('agree with the same streets')}**",
            *(f"**{one.agree_same_question:.1%}**" for one in found),
        ),
    ]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def write_tables(found: Sequence[Comparison], *, classes: Sequence[str], version: str, page: Path = PAGE) -> Path:
    """Renew the tables of the page, each in its language, with the day and what was compared."""
    day, seed = date.today().isoformat(), found[0].seed

    def renew(block: re.Match[str]) -> str:
        told = {
            "zh": f"{day}，{version}，随机种子 {seed}。",
            "en": f"{day}, {version}, random seed {seed}.",
        }
        table = as_table(found, lang=block["lang"], classes=classes)
        return f"{block[1]}{table}\n\n{told[block['lang']]}\n{block[3]}"

    page.write_text(_BLOCK.sub(renew, page.read_text(encoding="utf-8")), encoding="utf-8")
    return page
