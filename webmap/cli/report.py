"""The commands ``fuchun report …``: make reports as Word, Excel, web page or package files."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import click

from webmap.cli.console import end_progress, language, open_store, progress, read_moment, say
from webmap.cli.options import at_option, district_option, layers_option, minutes_option, mode_option, service_option


@click.group()
def report() -> None:
    """Write a report as Word document, workbook, GeoPackage and web page."""


@report.command()
@mode_option
@minutes_option
@service_option
@at_option
@layers_option
@click.option("--lang", type=click.Choice(["zh", "en"]), help="Language of the report; default: FUCHUN_LANG.")
@click.option("--made-at", metavar="ISO-TIME", callback=read_moment, help="Moment to print instead of now.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Folder for the files.")
@district_option
@click.option("--json", "as_json", is_flag=True, help="Print the names of the files as JSON.")
def coverage(
    mode: str,
    minutes: float,
    services: tuple[str, ...],
    at: datetime | None,
    layers: tuple[str, ...],
    lang: str | None,
    made_at: datetime | None,
    out: Path,
    district: str | None,
    as_json: bool,
) -> None:
    """Report whom the stations reach and whom they miss: by town, by hour, with causes, sources and checksums."""
    from webmap.logic.config import configured_standards
    from webmap.logic.coverage import CoverageQuestion
    from webmap.logic.fonts import find_font
    from webmap.logic.live_districts import LiveDistricts
    from webmap.logic.reports.make import make_coverage_report

    asked = CoverageQuestion.read({"mode": mode, "minutes": minutes, "services": services, "at": at, "layers": layers})
    font = find_font(os.environ)
    held_to = configured_standards(os.environ)
    with open_store() as store:
        state = LiveDistricts(store.engine, store.state_dir).build(district, progress=progress)
        made = make_coverage_report(
            store.engine,
            state,
            asked,
            out,
            lang=lang or language(),
            font=font,
            made_at=made_at or datetime.now(UTC),
            held_to=held_to,
            tell=lambda stage, _: progress(stage),
        )
        end_progress()
    if as_json:
        click.echo(json.dumps({"files": [str(file) for file in made.files]}, ensure_ascii=False))
        return
    for file in made.files:
        click.echo(str(file))
    if state.is_sample:
        say("Sample data: the stations do not exist.")
