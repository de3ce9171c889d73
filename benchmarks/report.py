"""Write the figures of the last run of each part into ``docs/benchmarks.md``: python -m benchmarks.report.

The page's own words stay; what stands between ``<!-- figures: PART -->`` and ``<!-- end -->`` is renewed. Figures of a
part come from one run: theirs and ours of the same minutes on the same machine.
"""

import re
from pathlib import Path

from benchmarks.networks import ROOT
from benchmarks.picture import PICTURE, draw_growth, growth_table
from benchmarks.record import say_time
from benchmarks.rows import LATER, RESULTS, Part, Row, read_part

PARTS = (
    "searches",
    "nearest",
    "coverage",
    "routes",
    "growth",
    "streets",
    "throughput",
    "office",
    "tiles",
    "lighthouse",
    "siting",
    "tours",
    "itineraries",
)
"""The parts there are, in the order they run and stand on the page."""

PAGE = ROOT / "docs" / "benchmarks.md"

_BLOCK = re.compile(r"(<!-- figures: (?P<name>[a-z]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def update_report(*, page: Path = PAGE, folder: Path = RESULTS) -> Path:
    """Renew the figures of every part that was measured here; a part that was not keeps what stands."""

    def renew(block: re.Match[str]) -> str:
        part = read_part(block["name"], folder=folder)
        if part is None:
            return block[0]
        if part.name == "growth":
            draw_growth(part, page.with_name(PICTURE))
        return f"{block[1]}{part_text(part)}{block[3]}"

    text = page.read_text(encoding="utf-8")
    page.write_text(_BLOCK.sub(renew, text), encoding="utf-8")
    return page


def part_text(part: Part) -> str:
    """Return a part's tables, one for each question, with the facts of its run and its notes."""
    lines = growth_table(part) if part.name == "growth" else _tables(part)
    figures = _figures(part)
    lines += ["", *figures] if lines and figures else figures
    # A list after a table without an empty line between would be a row of it.
    lines += ["", *(f"- {_sentence(note)}" for note in part.notes)] if part.notes else []
    facts = "; ".join(part.facts[name] for name in ("processor", "memory", "system", "versions"))
    lines += ["", f"Measured {part.facts['date']} at {part.facts['commit']}: {facts}. Load {part.facts['load']}.", ""]
    return "\n".join(lines)


def _sentence(note: str) -> str:
    return f"M{note[1:]}." if note.startswith(LATER) else f"Left out: {note}."


def _tables(part: Part) -> list[str]:
    lines: list[str] = []
    for what in dict.fromkeys(row.what for row in part.rows):
        rows = [row for row in part.rows if row.what == what]
        lines += [f"**{what}**{_counted(rows)}", ""]
        lines += ["| | best | median | times ours | same answer |", "|---|--:|--:|--:|---|"]
        lines += [_line(row) for row in rows]
        lines.append("")
    return lines[:-1]


def _figures(part: Part) -> list[str]:
    lines: list[str] = []
    for what in dict.fromkeys(figure.what for figure in part.figures):
        figures = [figure for figure in part.figures if figure.what == what]
        columns = list(dict.fromkeys(column for figure in figures for column in figure.shown))
        lines += [f"**{what}**", "", f"| | {' | '.join(columns)} |", f"|---|{'--:|' * len(columns)}"]
        lines += [
            f"| {figure.program} | {' | '.join(figure.shown.get(column, '') for column in columns)} |"
            for figure in figures
        ]
        lines.append("")
    return lines[:-1]


def _line(row: Row) -> str:
    ratio = "" if row.ratio is None else f"{row.ratio:.1f}" if row.ratio < 10 else f"{row.ratio:,.0f}"
    same = {None: "", True: "yes", False: "no"}[row.is_same]
    return f"| {row.program} | {say_time(row.seconds)} | {say_time(row.median_s)} | {ratio} | {same} |"


def _counted(rows: list[Row]) -> str:
    reached = next((row.values["reached"] for row in rows if "reached" in row.values), None)
    return "" if reached is None else f": {reached:,} nodes reached in all"


if __name__ == "__main__":
    print(f"wrote {update_report()}")
