"""Make a coverage report: compute the numbers once, then write four files."""

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine

from geo.coverage.standards import Standard
from geo.db.session import reading
from geo.errors import InputError
from webmap.logic.coverage import CoverageQuestion
from webmap.logic.district_state import DistrictState
from webmap.logic.fonts import Font
from webmap.logic.reports.maps import draw_gaps, draw_towns
from webmap.logic.reports.numbers import compute_report
from webmap.logic.reports.package import write_package
from webmap.logic.reports.report_text import ReportText
from webmap.logic.reports.shapes import read_shapes
from webmap.logic.reports.webpage import write_webpage
from webmap.logic.reports.word_document import write_document
from webmap.logic.reports.workbook import write_workbook

Tell = Callable[[str, float], None]
"""Told a stage (an English message id) and the share done so far."""


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
    tell: Tell = lambda _stage, _share: None,
) -> list[Path]:
    """Write the report as ``.docx``, ``.xlsx``, ``.gpkg`` and ``.html``, and return the four files.

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
    report = compute_report(state, asked, made_at=made_at, held_to=held_to, lang=lang)
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
    write_document(files[0], report, words, town_map=town_map, gap_map=gap_map)
    progress("writing the workbook", 0.75)
    write_workbook(files[1], report, words)
    progress("writing the GeoPackage", 0.8)
    write_package(files[2], report, shapes, words)
    progress("writing the web page", 0.9)
    write_webpage(files[3], report, shapes, words)
    return files
