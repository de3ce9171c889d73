"""The curve of a report as PNG: share covered by minutes to the nearest station, with a line at the standard."""

from io import BytesIO

from matplotlib.figure import Figure

from webmap.logic.colours import GREY, INK, RED
from webmap.logic.fonts import Font, plot_font
from webmap.logic.reports.numbers import CoverageReport
from webmap.logic.reports.report_text import ReportText

WIDTH_IN, HEIGHT_IN, DPI = 6.7, 2.7, 200


def draw_curve(report: CoverageReport, words: ReportText, font: Font) -> bytes:
    """Return the picture; the same report is the same bytes."""
    figure = Figure(figsize=(WIDTH_IN, HEIGHT_IN), dpi=DPI, facecolor="white")
    ax = figure.add_axes((0.08, 0.17, 0.89, 0.72))
    small = plot_font(font, size=7.5)
    ax.step(range(len(report.curve)), report.curve, where="post", color=INK, linewidth=1.4)
    ax.axvline(report.minutes, color=RED, linewidth=1.2)
    at = f"{report.minutes:g} {words.translate('minutes')} · {words.percent(report.whole.share)}"
    ax.text(report.minutes + 0.6, 0.06, at, fontproperties=small, color=INK)
    ax.set_xlim(0, len(report.curve) - 1)
    ax.set_ylim(0, 1)
    ax.set_yticks([0, 0.25, 0.5, 0.75, 1.0], [f"{share:.0%}" for share in (0, 0.25, 0.5, 0.75, 1.0)])
    ax.grid(axis="y", color="#E3E5E8", linewidth=0.6)
    for label in (*ax.get_xticklabels(), *ax.get_yticklabels()):
        label.set_fontproperties(small)
        label.set_color(GREY)
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    ax.set_xlabel(words.translate("Minutes to the nearest"), fontproperties=small, color=GREY, loc="right", labelpad=1)
    if words.mark:
        large = plot_font(font, size=36)
        ax.text(
            0.6, 0.5, words.mark, transform=ax.transAxes, fontproperties=large, color=RED, alpha=0.18, rotation=20,
            ha="center", va="center",
        )  # fmt: skip
        figure.text(
            0.97, 0.95, words.mark, fontproperties=plot_font(font, size=9.5), color=RED, ha="right", va="center"
        )
    title = f"{words.translate('Share covered by minutes to the nearest station')} {words.mark}".strip()
    picture = BytesIO()
    figure.savefig(picture, format="png", metadata={"Software": None, "Title": title})
    return picture.getvalue()
