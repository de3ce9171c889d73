"""Conclusions and advice of a report, each a sentence that its numbers carry; what changed since the last report."""

from collections.abc import Sequence
from datetime import datetime

from webmap.logic.reports.numbers import CoverageReport
from webmap.logic.reports.report_text import NOTHING, ReportText

SITES = 3
"""Gaps that the advice names."""

SAME_SHARE = 0.0005
"""Shares that differ by less are written alike."""


def conclude(report: CoverageReport, words: ReportText) -> list[str]:
    """Return three sentences: where coverage stands, which gaps to close first, and which doors to see to."""
    return [_standing(report, words), _gaps_first(report, words), _doors(report, words)]


def brief(report: CoverageReport, words: ReportText) -> str:
    """Return what somebody would write into a message: the answer, the conclusions and where the numbers come from."""
    return "\n".join(filter(None, (words.stamp, words.summary()[0], *conclude(report, words), words.origin)))


def compare(report: CoverageReport, words: ReportText) -> list[tuple[str, str, str, str]]:
    """Return rows of figure, last report, this report, change; empty where there is no earlier report."""
    before = report.previous
    if before is None:
        return []
    translate, now = words.translate, report.figures
    counts: Sequence[tuple[str, float, float]] = (
        (translate("All who are counted"), before.people, now.people),
        (translate("Covered"), before.covered, now.covered),
        (translate("Missed"), before.missed, now.missed),
        (translate("Stations that count"), before.stations, now.stations),
        (translate("Gaps"), before.gaps, now.gaps),
    )
    shares = (
        (translate("Share covered"), before.share, now.share),
        (translate("Share covered twice"), before.share_twice, now.share_twice),
    )
    rows = [(label, words.count(a), words.count(b), _signed(b - a, 0)) for label, a, b in counts]
    points = translate("{points} points")
    return rows + [
        (label, words.percent(a), words.percent(b), points.format(points=_signed((b - a) * 100.0, 1)))
        for label, a, b in shares
    ]


def _signed(change: float, digits: int) -> str:
    """Return a change with its sign; none where nothing changed."""
    written = f"{change:+,.{digits}f}"
    return written if float(written.replace(",", "")) else f"{0:.{digits}f}"


def compared_with(report: CoverageReport, words: ReportText) -> str:
    """Return with what the report is compared, as a sentence."""
    translate = words.translate
    if report.previous is None:
        return translate("There is no earlier report of this question to compare with.")
    made_at = datetime.fromisoformat(report.previous.made_at)
    return translate("Compared with the last report of the same question, made {moment}.").format(
        moment=words.moment(made_at)
    )


def _standing(report: CoverageReport, words: ReportText) -> str:
    whole = report.whole
    before = report.previous
    if before is not None and abs(whole.share - before.share) < SAME_SHARE:
        return words.translate("{share} are covered, as in the last report; {missed} are not yet.").format(
            share=words.percent(whole.share), missed=words.counted(whole.missed)
        )
    if before is not None:
        return words.translate(
            "{share} are covered ({change} points since the last report); {missed} are not yet."
        ).format(
            share=words.percent(whole.share),
            change=f"{(whole.share - before.share) * 100.0:+.1f}",
            missed=words.counted(whole.missed),
        )
    return words.translate("{share} are covered; {missed} are not yet.").format(
        share=words.percent(whole.share), missed=words.counted(whole.missed)
    )


def _gaps_first(report: CoverageReport, words: ReportText) -> str:
    translate = words.translate
    # Where no street is near, a station would not help; where hours are unknown or doors closed, one is there already.
    first = [gap for gap in report.gaps if gap.cause in ("too_far", "across_water", "cut_off")][:SITES]
    if not first:
        return translate("No gap calls for one more station.")
    people = sum(gap.people for gap in first)
    comma = "、" if words.lang == "zh" else "; "
    return translate(
        "One more station each at {places} would cover at least {people} more ({points} points): look for sites there "
        "first."
    ).format(
        places=comma.join(words.gap_name(gap) for gap in first),
        people=words.counted(people),
        points=f"{people / report.whole.people * 100.0:.1f}" if report.whole.people else NOTHING,
    )


def _doors(report: CoverageReport, words: ReportText) -> str:
    translate = words.translate
    if report.whole.covered_if_open:
        return translate(
            "The hours of {count} stations are to be confirmed: {people} would then be surely covered if they are open."
        ).format(count=report.stations_unknown, people=words.counted(report.whole.covered_if_open))
    if report.dependences:
        most = report.dependences[0]
        return translate("Keep {station} open, and plan for the days it is not: {people} depend on it alone.").format(
            station=words.named(most.name), people=words.counted(most.lost)
        )
    return translate("Nobody depends on a single station.")
