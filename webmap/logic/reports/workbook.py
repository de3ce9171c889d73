"""The report as an Excel workbook: every number and input, numbers as numbers."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.chart import Reference, ScatterChart, Series
from openpyxl.formatting.rule import ColorScaleRule
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.header_footer import HeaderFooter, HeaderFooterItem, _HeaderFooterPart
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from webmap.logic.colours import GAPS, INK
from webmap.logic.coverage.moment import AreaCoverage
from webmap.logic.reports.archive import fix_times
from webmap.logic.reports.conclusions import conclude
from webmap.logic.reports.numbers import CoverageReport
from webmap.logic.reports.report_text import ReportText

COUNT, SHARE, MINUTES, DEGREES, WORDS = "#,##0", "0.0%", "0.0", "0.000000", "@"
HEAD_ROW = 3
"""Above it: the title with the stamp, and the question with version, moment and number."""

_HEAD = PatternFill("solid", fgColor="EDEFF2")
_STAMP = Font(bold=True, color="C8102E")
_WIDEST = 60
Column = tuple[str, str]
"""Head and number format."""


def write_workbook(path: Path, report: CoverageReport, words: ReportText) -> None:
    """Write the workbook; the same report is the same bytes."""
    book = Workbook()
    book.remove(book.worksheets[0])
    book.properties.creator = book.properties.lastModifiedBy = "fuchun-map"
    book.properties.title = words.title
    book.properties.description = words.stamp
    translate = words.translate
    _add_facts(book, report, words)
    _add_areas(book, report, words, translate("Towns"), translate("Town"), report.towns)
    if report.key_areas:
        _add_areas(book, report, words, translate("Key areas"), translate("Key area"), report.key_areas)
    _add_week(book, report, words)
    _add_curve(book, report, words)
    _add_gaps(book, report, words)
    _add_causes(book, report, words)
    _add_dependences(book, report, words)
    _add_stations(book, report, words)
    if report.standards:
        _add_standards(book, report, words)
    _add_inputs(book, report, words)
    _add_notes(book, report, words)
    book.save(path)
    fix_times(path, report.made_at)


def _add_facts(book: Workbook, report: CoverageReport, words: ReportText) -> None:
    translate = words.translate
    sheet = _sheet(book, words, translate("Summary"), [(translate("Figure"), WORDS), (translate("Value"), COUNT)])
    formats = {"count": COUNT, "share": SHARE, "minutes": MINUTES}
    for _, label, value, form in words.facts():
        _append(sheet, [label, value], [WORDS, formats[form]])
    for sentence in (*words.summary(), *conclude(report, words)):
        _append(sheet, [sentence], [WORDS])
    _fit(sheet)


def _add_areas(
    book: Workbook, report: CoverageReport, words: ReportText, title: str, head: str, areas: Sequence[AreaCoverage]
) -> None:
    translate = words.translate
    columns = [
        (translate("Code"), WORDS),
        (head, WORDS),
        (words.unit, COUNT),
        (translate("Covered"), COUNT),
        (translate("Share covered"), SHARE),
        (translate("Missed"), COUNT),
        (translate("Covered by two stations or more"), COUNT),
        (translate("Share covered twice"), SHARE),
        (translate("Covered only if stations of unknown hours are open"), COUNT),
        (translate("Near no street"), COUNT),
    ]
    rows = [
        [
            *(area.code, words.area(area.code, area.name), area.people, area.covered, area.share, area.missed),
            *(area.covered_twice, area.share_twice, area.covered_if_open, area.unattached),
        ]
        for area in areas
    ]
    # Key areas may share ground: theirs is the district beside them, no sum.
    whole = translate("In all") if areas is report.towns else translate("The whole district")
    total = report.whole
    last = [
        *(None, whole, total.people, total.covered, total.share, total.missed),
        *(total.covered_twice, total.share_twice, total.covered_if_open, total.unattached),
    ]
    _add_table(book, words, title, columns, rows, last)


def _add_week(book: Workbook, report: CoverageReport, words: ReportText) -> None:
    title = words.translate("The week")
    columns = [(f"{title} {report.week.monday}", WORDS), *((str(hour), SHARE) for hour in range(24))]
    rows = [[day, *row] for day, row in zip(words.days, report.week.share, strict=True)]
    sheet = _add_table(book, words, title, columns, rows)
    colours = {
        f"{at}_color": f"FF{colour[1:]}" for at, colour in zip(("start", "mid", "end"), reversed(GAPS[:3]), strict=True)
    }
    rule = ColorScaleRule(  # type: ignore[no-untyped-call]
        start_type="min", mid_type="percentile", mid_value=50, end_type="max", **colours
    )
    sheet.conditional_formatting.add(f"B{HEAD_ROW + 1}:Y{sheet.max_row}", rule)


def _add_curve(book: Workbook, report: CoverageReport, words: ReportText) -> None:
    """Add the share covered by minutes, with its chart."""
    translate = words.translate
    title = translate("Curve")
    columns = [(translate("Minutes to the nearest"), "0"), (translate("Share covered"), SHARE)]
    sheet = _add_table(book, words, title, columns, [[minute, share] for minute, share in enumerate(report.curve)])
    chart = ScatterChart()
    chart.style, chart.legend, chart.height, chart.width = 13, None, 8, 16
    chart.title = translate("Share covered by minutes to the nearest station")
    chart.x_axis.title, chart.y_axis.title = columns[0][0], columns[1][0]
    chart.y_axis.scaling.min, chart.y_axis.scaling.max = 0.0, 1.0
    chart.y_axis.number_format = "0%"
    chart.x_axis.delete = chart.y_axis.delete = False
    last = HEAD_ROW + len(report.curve)
    series = Series(
        Reference(sheet, min_col=2, min_row=HEAD_ROW + 1, max_row=last),
        Reference(sheet, min_col=1, min_row=HEAD_ROW + 1, max_row=last),
    )
    series.marker.symbol, series.graphicalProperties.line.solidFill = "none", INK[1:]
    chart.series.append(series)
    sheet.add_chart(chart, f"D{HEAD_ROW + 1}")


def _add_gaps(book: Workbook, report: CoverageReport, words: ReportText) -> None:
    translate = words.translate
    columns = [
        ("#", "0"),
        (translate("Gap"), WORDS),
        (translate("Town"), WORDS),
        (translate("Missed"), COUNT),
        (translate("Covered only if stations of unknown hours are open"), COUNT),
        (translate("All who live there"), COUNT),
        (translate("Nearest station"), WORDS),
        (translate("Minutes to the nearest"), MINUTES),
        (translate("Minutes, whatever its hours"), MINUTES),
        (translate("Cause"), WORDS),
        (translate("Longitude"), DEGREES),
        (translate("Latitude"), DEGREES),
    ]
    rows = [
        [
            *(gap.rank, words.gap_name(gap), words.named(gap.town), gap.people, gap.people_if_open, gap.people_here),
            words.named(gap.nearest or ""),
            *(gap.nearest_min, gap.nearest_any_min, words.cause(gap.cause), gap.lon, gap.lat),
        ]
        for gap in report.gaps
    ]
    sums = [sum(each) for each in zip(*((g.people, g.people_if_open, g.people_here) for g in report.gaps), strict=True)]
    _add_table(book, words, translate("Gaps"), columns, rows, [None, translate("In all"), None, *sums, *[None] * 6])


def _add_causes(book: Workbook, report: CoverageReport, words: ReportText) -> None:
    translate = words.translate
    columns = [
        (translate("Cause"), WORDS),
        (translate("Missed"), COUNT),
        (translate("Part of those missed"), SHARE),
    ]
    ranked = sorted(report.causes, key=lambda each: -each[1])
    rows = [[words.cause(cause), people, people / report.whole.missed] for cause, people in ranked]
    missed = sum(people for _, people in ranked)
    total = [translate("In all"), missed, missed / report.whole.missed if report.whole.missed else 0.0]
    _add_table(book, words, translate("Causes"), columns, rows, total)


def _add_dependences(book: Workbook, report: CoverageReport, words: ReportText) -> None:
    translate = words.translate
    columns = [
        ("#", "0"),
        (translate("Code"), WORDS),
        (translate("Station"), WORDS),
        (translate("State"), WORDS),
        (translate("Lose cover"), COUNT),
        (translate("of them not, if one of unknown hours is open"), COUNT),
        (translate("Mostly at"), WORDS),
    ]
    rows = [
        [
            *(each.rank, each.code, words.named(each.name), words.state(each.state), each.lost, each.lost_if_open),
            words.comma.join(words.place(*place) for place in each.places),
        ]
        for each in report.dependences
    ]
    _add_table(book, words, translate("If a station is locked"), columns, rows)


def _add_stations(book: Workbook, report: CoverageReport, words: ReportText) -> None:
    translate = words.translate
    columns = [
        (translate("Code"), WORDS),
        (translate("Station"), WORDS),
        (translate("Class"), WORDS),
        (translate("Town"), WORDS),
        (translate("Hours"), WORDS),
        (translate("Services"), WORDS),
        (translate("State"), WORDS),
        (translate("Counts"), WORDS),
        (translate("Longitude"), DEGREES),
        (translate("Latitude"), DEGREES),
    ]
    yes, no = translate("yes"), translate("no")
    rows = [
        [
            *(
                each.code,
                words.named(each.name),
                each.tier,
                words.named(each.town),
                words.hours(each.hours),
            ),
            *(words.services(each.services), words.state(each.state), yes if each.counts else no, each.lon, each.lat),
        ]
        for each in report.stations
    ]
    _add_table(book, words, translate("Stations"), columns, rows)


def _add_standards(book: Workbook, report: CoverageReport, words: ReportText) -> None:
    translate = words.translate
    columns = [
        (translate("Standard"), WORDS),
        (translate("Verdict"), WORDS),
        (translate("Why not"), WORDS),
        (translate("There are"), COUNT),
        (translate("Needed"), COUNT),
        (translate("Missing"), COUNT),
        (translate("Of"), COUNT),
        (translate("Holds from"), WORDS),
        (translate("Holds until"), WORDS),
        (translate("Source, and how far it is known"), WORDS),
        ("", WORDS),
    ]
    rows = [
        [
            *(each.title, words.verdict(each.state), words.reason(each.reason), each.actual, each.required),
            *(each.missing, each.total),
            *(day and day.isoformat() for day in (each.valid_from, each.valid_until)),
            *(each.citation, each.trust),
        ]
        for each in report.standards
    ]
    _add_table(book, words, translate("Standards"), columns, rows)


def _add_inputs(book: Workbook, report: CoverageReport, words: ReportText) -> None:
    translate = words.translate
    columns = [
        (translate("Layer"), WORDS),
        (translate("File"), WORDS),
        (translate("Date"), WORDS),
        (translate("Rows"), "#,##0"),
        (translate("Rejected"), "#,##0"),
        (translate("Licence"), WORDS),
        (translate("Owed to"), WORDS),
        (translate("Accuracy"), WORDS),
        (translate("Note"), WORDS),
        ("SHA-256", WORDS),
    ]
    rows: list[list[Any]] = [
        [
            *(words.layer(each.layer), words.source(each.file_name), each.data_date),
            *(each.rows_stored, each.rows_rejected),
            *(each.licence, each.attribution, words.source(each.accuracy), words.source(each.note), each.checksum),
        ]
        for each in report.inputs
    ]
    _add_table(book, words, translate("Sources"), columns, rows)
    layers = [
        (translate("Layer"), WORDS),
        (translate("In all"), COUNT),
        (translate("Unit"), WORDS),
        (translate("Weight in this report"), "0.###"),
        (translate("Proxy"), WORDS),
    ]
    yes, no = translate("yes"), translate("no")
    weighed = [
        [words.demand(each.layer), each.total, words.unit_of(each.unit), each.weight, yes if each.is_proxy else no]
        for each in report.layers
    ]
    _add_table(book, words, translate("Demand layers"), layers, weighed)


def _add_notes(book: Workbook, report: CoverageReport, words: ReportText) -> None:
    translate = words.translate
    columns = [(translate("Methods, and what is not known"), WORDS)]
    _add_table(book, words, translate("Notes"), columns, [[text] for text in (*words.methods(), *words.unknowns())])


def _add_table(
    book: Workbook,
    words: ReportText,
    title: str,
    columns: Sequence[Column],
    rows: Iterable[Sequence[Any]],
    total: Sequence[Any] | None = None,
) -> Worksheet:
    """Add a sheet with a table; `total` is its last row, which no filter hides."""
    sheet = _sheet(book, words, title, columns)
    for row in rows:
        _append(sheet, row, [form for _, form in columns])
    last = get_column_letter(len(columns))
    n_row = max(sheet.max_row, HEAD_ROW)
    if total is not None and n_row > HEAD_ROW:
        _append(sheet, total, [form for _, form in columns])
        _embolden(sheet)
    sheet.auto_filter.ref = f"A{HEAD_ROW}:{last}{n_row}"
    _fit(sheet)
    return sheet


def _embolden(sheet: Worksheet) -> None:
    for cell in sheet[sheet.max_row]:
        cell.font = Font(bold=True)


def _sheet(book: Workbook, words: ReportText, title: str, columns: Sequence[Column]) -> Worksheet:
    """Add a sheet with its stamp, its question and a frozen head."""
    sheet: Worksheet = book.create_sheet(title[:31])
    sheet["A1"] = " · ".join(filter(None, (words.mark, words.title, title)))
    sheet["A1"].font = _STAMP if words.mark else Font(bold=True)
    sheet["A2"] = " · ".join(filter(None, (words.stamp, words.question, words.proxy, words.origin)))
    for number, (head, _) in enumerate(columns, 1):
        cell = sheet.cell(HEAD_ROW, number, head)
        cell.font, cell.fill = Font(bold=True), _HEAD
        cell.alignment = Alignment(wrap_text=True, vertical="center")
    sheet.freeze_panes = f"{'B' if len(columns) > 1 else 'A'}{HEAD_ROW + 1}"
    sheet.HeaderFooter = HeaderFooter(
        oddHeader=HeaderFooterItem(center=_HeaderFooterPart(words.mark or None)),
        oddFooter=HeaderFooterItem(center=_HeaderFooterPart("&P / &N")),
    )
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = Worksheet.PAPERSIZE_A4
    sheet.page_setup.fitToHeight = 0
    sheet.print_title_rows = f"1:{HEAD_ROW}"
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    return sheet


def _append(sheet: Worksheet, row: Sequence[Any], formats: Sequence[str]) -> None:
    number = sheet.max_row + 1
    for column, (value, form) in enumerate(zip(row, formats, strict=True), 1):
        cell = sheet.cell(number, column, value)
        cell.number_format = form
        if isinstance(value, str):
            # A name from a file is never a formula, nor an error such as #N/A.
            cell.data_type = "s"


def _fit(sheet: Worksheet) -> None:
    """Give each column the width of its longest words, a Chinese sign counting twice."""
    for number, column in enumerate(sheet.iter_cols(min_row=HEAD_ROW), 1):
        widest = max((_width(cell.value) for cell in column[1:]), default=0)
        head = min(_width(column[0].value), 18)
        sheet.column_dimensions[get_column_letter(number)].width = min(max(widest, head, 6) + 2, _WIDEST)


def _width(value: Any) -> int:
    text = f"{value:,.1f}" if isinstance(value, float) else str(value if value is not None else "")
    return sum(2 if ord(sign) > 0x2E7F else 1 for sign in text)
