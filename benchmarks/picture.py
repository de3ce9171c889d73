"""Growth as a table and as one plot."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.record import say_time
from benchmarks.rows import Part, Row

PICTURE = "benchmarks-growth.svg"

_INK, _RULE = "#1f2933", "#d9dee3"
_COLOURS = ("#0b6e75", "#b3541e", "#5b4b8a", "#2f7d32", "#9b2743", "#1f5fa8", "#8a6d00", "#555b61", "#c2185b")


def growth_table(part: Part) -> list[str]:
    """Return the lines of the table: an operation a row, a size a column, time and memory at its peak in each cell."""
    sizes = sorted({row.values["n_node"] for row in part.rows})
    lines = [f"![Time and memory of every operation by the number of nodes]({PICTURE})", ""]
    lines += ["| | " + " | ".join(f"{size:,} nodes" for size in sizes) + " |", "|---|" + "--:|" * len(sizes)]
    for name, rows in _by_operation(part).items():
        cells = [_cell(rows.get(size)) for size in sizes]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    lines.append("")
    return lines + [_sharing(row) for row in part.rows if "n_worker" in row.values]


def draw_growth(part: Part, path: Path) -> None:
    """Draw time and memory over the number of nodes, both axes logarithmic, one line an operation."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    operations = _by_operation(part)
    panels: list[tuple[str, Callable[[Row], float]]] = [
        ("Time, seconds (best run)", lambda row: row.seconds),
        # Less than a tenth of a megabyte is less than can be counted.
        ("Memory added at the peak, MB", lambda row: max(row.values["memory"] / 1e6, 0.1)),
    ]
    with mpl.rc_context({"svg.hashsalt": "fuchun", "font.size": 9, "axes.edgecolor": _RULE, "text.color": _INK}):
        figure = Figure(figsize=(10, 5.2), layout="constrained")
        for number, (title, value) in enumerate(panels, 1):
            axes = figure.add_subplot(1, 2, number)
            for colour, (name, rows) in zip(_COLOURS, operations.items(), strict=False):
                sizes = sorted(rows)
                values = [value(rows[size]) for size in sizes]
                axes.plot(sizes, values, color=colour, marker="o", markersize=3.5, linewidth=1.6, label=name)
            _dress(axes, title)
        handles, labels = figure.axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=3, frameon=False)
        figure.savefig(path, metadata={"Date": None}, facecolor="white")


def _dress(axes: Any, title: str) -> None:
    axes.set_title(title, loc="left", fontweight="bold", fontsize=10)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("nodes")
    axes.grid(True, which="major", color=_RULE, linewidth=0.7)
    axes.minorticks_off()
    axes.tick_params(length=0, labelcolor=_INK)
    axes.spines[["top", "right"]].set_visible(False)


def _by_operation(part: Part) -> dict[str, dict[int, Row]]:
    found: dict[str, dict[int, Row]] = {}
    for row in part.rows:
        found.setdefault(row.values["operation"], {})[row.values["n_node"]] = row
    return found


def _cell(row: Row | None) -> str:
    if row is None:
        return ""
    megabytes = row.values["memory"] / 1e6
    return f"{say_time(row.seconds)} · {megabytes:,.0f} MB" if megabytes >= 1 else say_time(row.seconds)


def _sharing(row: Row) -> str:
    value = row.values
    seen, held = value["file_rss"] / value["n_worker"] / 1e6, value["file_pss"] / 1e6
    return (
        f"- {value['n_worker']} workers that have read every page of the same snapshot of {value['n_node']:,} nodes "
        f"({value['bytes'] / 1e6:,.0f} MB) see {seen:,.0f} MB of it each and hold {held:,.0f} MB of it together "
        f"(sum of their proportional shares, `Pss` in `/proc/*/smaps`)."
    )
