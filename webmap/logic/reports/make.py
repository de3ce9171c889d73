"""Make a coverage report: compute the numbers once, then write four files."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine

from geo.coverage.standards import Standard
from geo.db.session import reading
from geo.errors import InputError
from webmap.logic.coverage import CoverageQuestion
from webmap.logic.district_state import DistrictState
from webmap.logic.fonts import Font
from webmap.logic.reports.conclusions import brief
from webmap.logic.reports.curve import draw_curve
from webmap.logic.reports.maps import draw_gaps, draw_towns
from webmap.logic.reports.numbers import Figures, compute_report
from webmap.logic.reports.own_form import fill_form
from webmap.logic.reports.package import write_package
from webmap.logic.reports.report_text import ReportText
from webmap.logic.reports.shapes import read_shapes
from webmap.logic.reports.webpage import write_webpage
from webmap.logic.reports.word_document import write_document
from webmap.logic.reports.workbook import write_workbook

Tell = Callable[[str, float], None]
"""Told a stage (an English message id) and the share done so far."""


@dataclass(frozen=True)
class MadeReport:
    """The files, what the next report is compared with, the report in four sentences, fields that a form misnames."""

    files: tuple[Path, ...]
    figures: Figures
    brief: str
    unknown_fields: tuple[str, ...]


def make_coverage_report(
    engine: Engine,
    state: DistrictState,
    asked: CoverageQuestion,
    folder: Path,
    *,
    lang: str,
    font: Font,
    made_at: datetime,
    held_to: Sequence[Standard] = (),
    signed_by: str | None = None,
    previous: Figures | None = None,
    form: Path | None = None,
    tell: Tell = lambda _stage, _share: None,
) -> MadeReport:
    """Write the report as ``.docx``, ``.xlsx``, ``.gpkg`` and ``.html``, and in the office's own form if there is one.

    Parameters
    ----------
    engine : Engine
        For what is drawn: boundaries and water.
    state : DistrictState
    asked : CoverageQuestion
        Without an area.
    folder : Path
        Made if it is not there; files of the same names are replaced.
    lang : str
        ``zh`` or ``en``.
    font : Font
        For the words on maps.
    made_at : datetime
        With its zone; the same state, question and moment give the same files.
    held_to : sequence of Standard
    signed_by : str, optional
    previous : Figures, optional
        Of the last report of the same question.
    form : Path, optional
        An XLSX or DOCX file whose ``{{fields}}`` are filled.
    tell : callable
        May raise to stop.

    Raises
    ------
    InputError
        An area is asked about: a report is of the whole district, its towns and key areas.
    """
    if asked.area is not None:
        raise InputError("a report is of the whole district; its tables have every town and key area")
    progress = tell
    progress("counting", 0.05)
    report = compute_report(
        state, asked, made_at=made_at, held_to=held_to, lang=lang, signed_by=signed_by, previous=previous
    )
    progress("reading what is drawn", 0.3)
    with reading(engine) as session:
        shapes = read_shapes(session, state, asked, report)
    words = ReportText(report, lang)
    folder.mkdir(parents=True, exist_ok=True)
    # Sample data says so in its file names too; the version tells reports of one day apart.
    parts = (words.title, words.mark, f"v{report.data_version}", f"{report.made_at:%Y%m%d-%H%M}")
    stem = "-".join(part.replace(" ", "-") for part in parts if part)
    files = [folder / f"{stem}{suffix}" for suffix in (".docx", ".xlsx", ".gpkg", ".html")]
    progress("drawing maps", 0.4)
    town_map, gap_map = (draw(report, shapes, words, font) for draw in (draw_towns, draw_gaps))
    progress("writing the document", 0.6)
    curve = draw_curve(report, words, font)
    write_document(files[0], report, words, town_map=town_map, gap_map=gap_map, curve=curve)
    progress("writing the workbook", 0.75)
    write_workbook(files[1], report, words)
    progress("writing the GeoPackage", 0.8)
    write_package(files[2], report, shapes, words)
    progress("writing the web page", 0.9)
    write_webpage(files[3], report, shapes, words)
    unknown: list[str] = []
    if form is not None:
        # Its own name tells it from ours of the same kind.
        files.append(folder / f"{stem}-{form.stem}{form.suffix.lower()}")
        unknown = fill_form(form, files[-1], report, words)
    return MadeReport(tuple(files), report.figures, brief(report, words), tuple(unknown))
