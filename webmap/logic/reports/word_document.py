"""The coverage report as a Word document (.docx), with its tables and maps."""

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from docx import Document
from docx.document import Document as DocumentFile
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Cm, Pt, RGBColor
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph

from webmap.logic import colours
from webmap.logic.colours import rgb
from webmap.logic.coverage.moment import AreaCoverage
from webmap.logic.reports.archive import fix_times
from webmap.logic.reports.conclusions import compare, compared_with, conclude
from webmap.logic.reports.docx_elements import (
    add_field,
    keep_whole,
    name_table,
    remove_borders,
    set_font,
    shade,
    squeeze,
)
from webmap.logic.reports.numbers import CoverageReport
from webmap.logic.reports.report_text import NOTHING, ReportText

SHOWN_GAPS = 20
RED = RGBColor(*rgb(colours.RED))
GREY = RGBColor(*rgb(colours.GREY))
_HEAD_FILL = "EDEFF2"
_FONTS = {
    # Body, headings, tables; Word's own Chinese fonts, which other programs replace.
    "zh": (("Times New Roman", "仿宋"), ("Arial", "黑体"), ("Arial", "宋体")),
    "en": (("Calibri", "宋体"), ("Calibri", "黑体"), ("Calibri", "宋体")),
}
_MAP_CM = 14.0
_NUMERALS = (*"一二三四五六七八九十", "十一", "十二")


def write_document(
    path: Path, report: CoverageReport, words: ReportText, *, town_map: bytes, gap_map: bytes, curve: bytes
) -> None:
    """Write the document.

    Parameters
    ----------
    path : Path
    report : CoverageReport
    words : ReportText
    town_map, gap_map, curve : bytes
        PNG, as `webmap.logic.reports.maps` and `webmap.logic.reports.curve` draw them.
    """
    paper = _Paper(report, words)
    translate = words.translate
    paper.add_head()
    paper.add_heading(translate("Summary"))
    for sentence in words.summary():
        paper.add_text(sentence)
    paper.add_heading(translate("Conclusions and advice"))
    for sentence in conclude(report, words):
        paper.add_text(sentence)
    paper.add_text(compared_with(report, words))
    if changes := compare(report, words):
        heads = (translate("Figure"), translate("Last report"), translate("This report"), translate("Change"))
        paper.add_table("changes", heads, changes, widths=(6.4, 3.2, 3.2, 3.2))
    paper.add_heading(translate("Key figures"))
    facts = [(label, words.written(value, form)) for _, label, value, form in words.facts()]
    paper.add_table("facts", (translate("Figure"), translate("Value")), facts, widths=(11.0, 5.0))
    paper.add_picture(curve, translate("Share covered by minutes to the nearest station"))
    paper.add_picture(town_map, translate("Share covered by town"))
    paper.add_heading(translate("By town"))
    paper.add_areas("towns", translate("Town"), report.towns)
    if report.key_areas:
        paper.add_heading(translate("By key area"))
        paper.add_areas("key areas", translate("Key area"), report.key_areas)
    paper.add_heading(translate("The week"))
    paper.add_text(
        translate(
            "Share covered in percent at the start of each hour, week of {monday}; only stations surely open then "
            "count. The darker an hour, the fewer are covered."
        ).format(monday=report.week.monday)
    )
    paper.add_week()
    paper.add_heading(translate("Gaps"))
    paper.add_picture(gap_map, translate("Where people are missed; numbers as in the table"))
    paper.add_gaps()
    paper.add_heading(translate("If a station is locked"))
    paper.add_dependences()
    if report.standards:
        paper.add_heading(translate("Standards"))
        paper.add_standards()
    paper.add_heading(translate("Methods"))
    for sentence in words.methods():
        paper.add_text(sentence)
    paper.add_heading(translate("Sources"))
    paper.add_sources()
    paper.add_heading(translate("What is not known"))
    for sentence in words.unknowns():
        paper.add_text(sentence, style="List Bullet")
    paper.add_signature()
    paper.save(path)


class _Paper:
    """A document in the making."""

    def __init__(self, report: CoverageReport, words: ReportText) -> None:
        self.report, self.words = report, words
        self.file: DocumentFile = Document()
        self._chapter = 0
        self._figure = 0
        body, heads, self._table_font = _FONTS[words.lang]
        section = self.file.sections[0]
        section.orientation = WD_ORIENT.PORTRAIT
        section.page_width, section.page_height = Cm(21.0), Cm(29.7)
        section.left_margin = section.right_margin = Cm(2.5)
        section.top_margin, section.bottom_margin = Cm(2.4), Cm(2.2)
        styles: Any = self.file.styles
        set_font(styles["Normal"], body, 12)
        styles["Normal"].paragraph_format.space_after = Pt(4)
        styles["Normal"].paragraph_format.line_spacing = 1.4
        set_font(styles["List Bullet"], body, 12)
        set_font(styles["Footer"], self._table_font, 8)
        set_font(styles["Title"], heads, 22)
        set_font(styles["Heading 1"], heads, 15)
        set_font(styles["Caption"], heads, 9.5)
        for name in ("Title", "Heading 1", "Caption"):
            styles[name].font.color.rgb = RGBColor(0x1F, 0x29, 0x33)
            styles[name].font.bold = name == "Heading 1"
            styles[name].font.italic = False
        styles["Heading 1"].paragraph_format.space_before = Pt(16)
        styles["Heading 1"].paragraph_format.space_after = Pt(6)
        styles["Heading 1"].paragraph_format.keep_with_next = True
        remove_borders(styles["Title"])

    def add_head(self) -> None:
        """Add title, stamp, question and origin, and the running header and footer."""
        words, file = self.words, self.file
        file.core_properties.title = words.title
        file.core_properties.author = file.core_properties.last_modified_by = "fuchun-map"
        file.core_properties.comments = words.stamp
        file.core_properties.language = "zh-CN" if words.lang == "zh" else "en"
        section = file.sections[0]
        header = section.header.paragraphs[0]
        header.alignment = WD_ALIGN_PARAGRAPH.CENTER
        self._run(header, words.title, 9, GREY)
        if words.mark:
            self._run(header, f"    {words.mark}", 9, RED).bold = True
        footer = section.footer.paragraphs[0]
        footer.alignment = WD_ALIGN_PARAGRAPH.CENTER
        self._run(footer, f"{words.origin}    ", 8, GREY)
        add_field(self._run(footer, "", 8, GREY), "PAGE")
        self._run(footer, " / ", 8, GREY)
        add_field(self._run(footer, "", 8, GREY), "NUMPAGES")
        title = file.add_paragraph(words.title, style="Title")
        title.alignment = WD_ALIGN_PARAGRAPH.CENTER
        title.paragraph_format.space_after = Pt(6)
        if words.stamp:
            stamp = file.add_paragraph()
            stamp.alignment = WD_ALIGN_PARAGRAPH.CENTER
            self._run(stamp, words.stamp, 12, RED).bold = True
        for text in filter(None, (words.question, words.proxy, words.origin)):
            line = file.add_paragraph()
            line.alignment = WD_ALIGN_PARAGRAPH.CENTER
            line.paragraph_format.space_after = Pt(0)
            self._run(line, text, 10, GREY)

    def add_signature(self) -> None:
        """Add who signs, or a line for a pen, and the day, at the right."""
        translate = self.words.translate
        # No page bears a signature alone.
        self.file.paragraphs[-1].paragraph_format.keep_with_next = True
        signed = self.report.signed_by or translate("(signature)")
        day = self.report.made_at
        date = f"{day.year}年{day.month}月{day.day}日" if self.words.lang == "zh" else f"{day:%Y-%m-%d}"
        for text in (signed, date):
            line = self.file.add_paragraph()
            line.alignment = WD_ALIGN_PARAGRAPH.RIGHT
            line.paragraph_format.keep_with_next = text is signed
            line.paragraph_format.space_before = Pt(24 if text is signed else 0)
            self._run(line, text, 12, None)

    def add_heading(self, text: str) -> None:
        self._chapter += 1
        number = f"{_NUMERALS[self._chapter - 1]}、" if self.words.lang == "zh" else f"{self._chapter}. "
        self.file.add_paragraph(f"{number}{text}", style="Heading 1")

    def add_text(self, text: str, *, style: str = "Normal") -> None:
        paragraph = self.file.add_paragraph(text, style=style)
        if style == "Normal" and self.words.lang == "zh":
            paragraph.paragraph_format.first_line_indent = Pt(24)

    def add_picture(self, picture: bytes, caption: str) -> None:
        self._figure += 1
        paragraph = self.file.add_paragraph()
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        paragraph.paragraph_format.keep_with_next = True
        paragraph.paragraph_format.space_after = Pt(0)
        shape = paragraph.add_run().add_picture(BytesIO(picture), width=Cm(_MAP_CM))
        words = " ".join(filter(None, (caption, self.words.mark)))
        # What a screen reader says.
        shape._inline.docPr.set("descr", words)
        number = self.words.translate("Map {number}").format(number=self._figure)
        below = self.file.add_paragraph(f"{number}  {caption}", style="Caption")
        below.alignment = WD_ALIGN_PARAGRAPH.CENTER
        if self.words.mark:
            self._run(below, f"  {self.words.mark}", 9.5, RED)

    def add_areas(self, title: str, head: str, areas: Sequence[AreaCoverage]) -> None:
        """Add a table of towns or key areas, and the whole district below."""
        words, translate = self.words, self.words.translate
        heads = (
            *(head, words.unit, translate("Covered"), translate("Share covered"), translate("Missed")),
            *(translate("Covered twice"), translate("Unknown hours only")),
        )
        # Key areas are parts of the district that may share ground: theirs is no sum.
        whole = translate("In all") if title == "towns" else translate("The whole district")
        rows = [self._area_row(whole, self.report.whole)]
        rows += [self._area_row(words.area(area.code, area.name), area) for area in areas if area.people or area.name]
        table = self.add_table(title, heads, rows, widths=(3.4, 2.3, 2.2, 1.7, 2.2, 2.0, 2.2))
        for cell in table.rows[1].cells:
            for run in cell.paragraphs[0].runs:
                run.bold = True

    def _area_row(self, name: str, area: AreaCoverage) -> tuple[str, ...]:
        words = self.words
        return (
            *(name, words.count(area.people), words.count(area.covered), words.percent(area.share)),
            *(words.count(area.missed), words.percent(area.share_twice), words.count(area.covered_if_open)),
        )

    def add_week(self) -> None:
        """Add the 168 hours as a shaded table."""
        heads = ("", *(str(hour) for hour in range(24)))
        rows = [
            (day, *(f"{share * 100:.0f}" for share in row))
            for day, row in zip(self.words.days, self.report.week.share, strict=True)
        ]
        (_, _, most), (_, _, least) = self.report.week.extremes()
        table = self.add_table("week", heads, rows, widths=(1.3, *([0.61] * 24)), size=6.5, is_tight=True)
        for line, row in zip(table.rows[1:], self.report.week.share, strict=True):
            for cell, share in zip(line.cells[1:], row, strict=True):
                missed = (most - share) / (most - least) if most > least else 0.0
                colour = shade_between(colours.GAPS, missed)
                shade(cell, colour)
                if missed > 0.5:
                    cell.paragraphs[0].runs[0].font.color.rgb = RGBColor(0xFF, 0xFF, 0xFF)

    def add_gaps(self) -> None:
        """Add the largest gaps and the sums by cause."""
        words, report, translate = self.words, self.report, self.words.translate
        if not report.gaps:
            self.add_text(translate("Nobody is missed."))
            return
        rows = [
            (
                *(str(gap.rank), words.gap_name(gap), words.count(gap.people)),
                *(words.minutes(gap.nearest_min), words.minutes(gap.nearest_any_min), words.cause(gap.cause)),
            )
            for gap in report.gaps[:SHOWN_GAPS]
        ]
        heads = (
            *("#", translate("Gap"), translate("Missed")),
            *(translate("Minutes to the nearest"), translate("Minutes, whatever its hours"), translate("Cause")),
        )
        self.add_table("gaps", heads, rows, widths=(0.9, 5.6, 2.0, 2.5, 2.5, 2.5), texts=(1, 5))
        shown = sum(gap.people for gap in report.gaps[:SHOWN_GAPS])
        rest = len(report.gaps[SHOWN_GAPS:])
        if rest:
            self.add_text(
                translate("Another {people} are missed in {count} smaller gaps; the workbook lists them.").format(
                    people=words.counted(report.whole.missed - shown), count=rest
                )
            )
        causes = [
            (words.cause(cause), words.count(people), words.percent(people / report.whole.missed))
            for cause, people in sorted(report.causes, key=lambda each: -each[1])
        ]
        by_cause = (translate("Cause"), translate("Missed"), translate("Part of those missed"))
        self.add_table("causes", by_cause, causes, widths=(8.0, 4.0, 4.0))

    def add_dependences(self) -> None:
        """Add the stations that matter most."""
        words, report, translate = self.words, self.report, self.words.translate
        if not report.dependences:
            self.add_text(translate("No station is the only one for anybody: nobody would lose cover."))
            return
        rows = [
            (
                str(each.rank),
                words.named(each.name),
                words.count(each.lost),
                words.count(each.lost_if_open),
                words.comma.join(words.place(*place) for place in each.places),
            )
            for each in report.dependences
        ]
        heads = (
            *("#", translate("Station"), translate("Lose cover")),
            *(translate("of them not, if one of unknown hours is open"), translate("Mostly at")),
        )
        self.add_table("dependences", heads, rows, widths=(0.9, 4.4, 2.2, 3.0, 5.5), texts=(1, 4))

    def add_standards(self) -> None:
        """Add the verdicts with their citations."""
        words, translate = self.words, self.words.translate
        rows = []
        for each in self.report.standards:
            required = NOTHING if each.required is None else words.count(each.required)
            dates = "–".join(day.isoformat() for day in (each.valid_from, each.valid_until) if day)
            source = "\n".join(filter(None, (f"{each.citation} {dates}".strip(), each.trust)))
            verdict = "\n".join(filter(None, (words.verdict(each.state), words.reason(each.reason))))
            rows.append((each.title, verdict, words.count(each.actual), required, source))
        heads = (
            *(translate("Standard"), translate("Verdict"), translate("There are")),
            *(translate("Needed"), translate("Source, and how far it is known")),
        )
        self.add_table("standards", heads, rows, widths=(4.6, 1.8, 1.8, 1.8, 6.0), texts=(1, 4))

    def add_sources(self) -> None:
        """Add the loaded files with their checksums."""
        words, translate = self.words, self.words.translate
        rows = []
        for each in self.report.inputs:
            facts = (each.data_date, each.licence, each.attribution)
            checksum = f"SHA-256 {each.checksum}" if each.checksum else ""
            rows.append(
                (
                    words.layer(each.layer),
                    "\n".join(filter(None, (words.source(each.file_name), checksum))),
                    "\n".join(filter(None, facts)) or translate("not stated"),
                    words.count(each.rows_stored),
                )
            )
        heads = (
            translate("Layer"),
            translate("File"),
            translate("Date, licence, whom it is owed to"),
            translate("Rows"),
        )
        self.add_table("inputs", heads, rows, widths=(3.2, 6.4, 4.6, 1.8), texts=(1, 2))

    def add_table(
        self,
        title: str,
        heads: Sequence[str],
        rows: Sequence[Sequence[str]],
        *,
        widths: Sequence[float],
        texts: Sequence[int] = (),
        size: float = 9.0,
        is_tight: bool = False,
    ) -> Table:
        """Add a table: the first column and those in `texts` are words, the others numbers.

        `title` names it for programs that read the document.
        """
        table: Table = self.file.add_table(len(rows) + 1, len(heads), style="Table Grid")
        table.alignment = WD_TABLE_ALIGNMENT.CENTER
        table.autofit = False
        # Word reads the widths of cells, others those of the grid.
        for column, width in zip(table.columns, widths, strict=True):
            column.width = Cm(width)
        name_table(table, title)
        for number, row in enumerate((heads, *rows)):
            line = table.rows[number]
            keep_whole(line, is_head=number == 0)
            for column, text in enumerate(row):
                cell = line.cells[column]
                cell.width = Cm(widths[column])
                is_words = column == 0 or column in texts
                self._write(cell, text, size, is_centred=is_tight or (number == 0 and not is_words), is_words=is_words)
                if number == 0:
                    shade(cell, _HEAD_FILL)
                if is_tight:
                    squeeze(cell)
                    cell.paragraphs[0].paragraph_format.space_before = Pt(0)
                    cell.paragraphs[0].paragraph_format.space_after = Pt(0)
        self._run(self.file.add_paragraph(), " ", 4, None)
        return table

    def _write(self, cell: _Cell, text: str, size: float, *, is_centred: bool, is_words: bool) -> None:
        paragraph = cell.paragraphs[0]
        paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(1.5)
        paragraph.paragraph_format.line_spacing = 1.1
        if is_centred:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        elif not is_words:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        for number, part in enumerate(text.split("\n")):
            if number:
                paragraph.add_run().add_break()
            self._run(paragraph, part, size if number == 0 else min(size, 6.5), None if number == 0 else GREY)

    def _run(self, paragraph: Paragraph, text: str, size: float, colour: RGBColor | None) -> Any:
        run = paragraph.add_run(text)
        set_font(run, self._table_font, size)
        if colour is not None:
            run.font.color.rgb = colour
        return run

    def save(self, path: Path) -> None:
        """Write the file; the same report is the same bytes."""
        self.file.save(str(path))
        fix_times(path, self.report.made_at)


def shade_between(colours: Sequence[str], at: float) -> str:
    """Return the colour at 0 (the first) to 1 (the last) of `colours` (``#RRGGBB``), as six hexadecimal digits.

    >>> shade_between(("#000000", "#0000FF", "#00FF00"), 0.75)
    '008080'
    """
    place = min(max(at, 0.0), 1.0) * (len(colours) - 1)
    first = min(int(place), len(colours) - 2)
    pair = zip(bytes.fromhex(colours[first][1:]), bytes.fromhex(colours[first + 1][1:]), strict=True)
    return "".join(f"{round(low + (high - low) * (place - first)):02X}" for low, high in pair)
