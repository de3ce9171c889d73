"""The commands ``fuchun load …``: one file, one transaction, a count of what came of it."""

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from sqlalchemy.orm import Session

from loaders.report import LoadReport
from webmap.console import end_progress, open_store, progress, say, translate

FILE = click.Path(path_type=Path)
dry_run_option = click.option("--dry-run", "is_dry_run", is_flag=True, help="Check everything, store nothing.")
district_option = click.option(
    "--district", metavar="CODE", help="District; default: the only real one, else the sample."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
SHOWN_ROWS = 20


@click.group()
def load() -> None:
    """Load a file into a district: what is read is stored, or rejected with a reason."""


@load.command()
@click.argument("file", type=FILE)
@click.option("--name", help="Name of a new district.")
@click.option("--crs", help="Coordinate system of a file that declares none, or declares a false one.")
@click.option("--code-field", help="Column that holds the codes.")
@click.option("--name-field", help="Column that holds the names.")
@click.option("--timezone", default="Asia/Shanghai", show_default=True, help="Time zone of a new district.")
@dry_run_option
@district_option
@json_option
def boundaries(
    file: Path,
    name: str | None,
    crs: str | None,
    code_field: str | None,
    name_field: str | None,
    timezone: str,
    is_dry_run: bool,
    district: str | None,
    as_json: bool,
) -> None:
    """Load town boundaries: GeoJSON, GeoPackage or Shapefile."""
    from loaders.boundaries import load_boundaries

    def run(session: Session, code: str | None) -> list[LoadReport]:
        report = load_boundaries(
            session,
            file,
            district=code,
            name=name,
            crs=crs,
            code_field=code_field,
            name_field=name_field,
            timezone=timezone,
            is_dry_run=is_dry_run,
        )
        return [report]

    _load(run, district, is_new_allowed=True, is_dry_run=is_dry_run, as_json=as_json)


@load.command()
@click.argument("file", type=FILE)
@click.option("--crs", type=click.Choice(["wgs84", "gcj02", "bd09", "cgcs2000"]), default="wgs84", show_default=True)
@click.option(
    "--from-osm", "tags", metavar="KEY=VALUE", multiple=True, help="Take places with this tag from an .osm.pbf."
)
@click.option("--kind", default="rest_station", show_default=True, help="The function these places have.")
@click.option("--keep", is_flag=True, help="Add to the places there are instead of replacing them.")
@dry_run_option
@district_option
@json_option
def stations(
    file: Path,
    crs: str,
    tags: tuple[str, ...],
    kind: str,
    keep: bool,
    is_dry_run: bool,
    district: str | None,
    as_json: bool,
) -> None:
    """Load stations: CSV or XLSX, or places of an OpenStreetMap extract standing in for them."""
    from loaders.osm_places import load_places_from_osm
    from loaders.stations import load_stations

    def run(session: Session, code: str | None) -> list[LoadReport]:
        if not tags:
            return [
                load_stations(session, file, district=str(code), crs=crs, kind=kind, keep=keep, is_dry_run=is_dry_run)
            ]
        return [
            load_places_from_osm(
                session, file, district=str(code), tag=tag, kind=kind, keep=keep or i > 0, is_dry_run=is_dry_run
            )
            for i, tag in enumerate(tags)
        ]

    _load(run, district, is_dry_run=is_dry_run, as_json=as_json)


@load.command()
@click.argument("file", type=FILE)
@dry_run_option
@district_option
@json_option
def streets(file: Path, is_dry_run: bool, district: str | None, as_json: bool) -> None:
    """Load streets and water from an OpenStreetMap extract (.osm.pbf), clipped to the district."""
    from loaders.streets import load_streets

    def run(session: Session, code: str | None) -> list[LoadReport]:
        return [load_streets(session, file, district=str(code), is_dry_run=is_dry_run)]

    _load(run, district, is_dry_run=is_dry_run, as_json=as_json)


@load.command()
@click.argument("file", type=FILE)
@dry_run_option
@district_option
@json_option
def population(file: Path, is_dry_run: bool, district: str | None, as_json: bool) -> None:
    """Let the buildings of an OpenStreetMap extract (.osm.pbf) stand in for people."""
    from loaders.buildings import load_buildings

    def run(session: Session, code: str | None) -> list[LoadReport]:
        return [load_buildings(session, file, district=str(code), is_dry_run=is_dry_run)]

    _load(run, district, is_dry_run=is_dry_run, as_json=as_json)


def _load(
    run: Callable[[Session, str | None], list[LoadReport]],
    district: str | None,
    *,
    is_dry_run: bool,
    as_json: bool,
    is_new_allowed: bool = False,
) -> None:
    """Run one loader in one transaction, bring the snapshot up to date, and print the report."""
    from geo.db.layers import layer_versions, resolve_district
    from geo.db.session import reading, writing
    from geo.errors import NotFoundError
    from webmap.live import Live

    with open_store() as store:
        progress("loading")
        with writing(store.engine) as session:
            try:
                code: str | None = resolve_district(session, district).code
            except NotFoundError:
                if not is_new_allowed:
                    raise
                code = district
            reports = run(session, code)
        if not is_dry_run and code is not None:
            with reading(store.engine) as session:
                has_streets = bool(layer_versions(session, code).get("streets"))
            if has_streets:
                Live(store.engine, store.state_dir).build(code, progress=progress)
        end_progress()
        if as_json:
            _print_json(reports, is_dry_run=is_dry_run)
        else:
            for report in reports:
                _print(report)
            if is_dry_run:
                say("Dry run: nothing was stored.")
    if not all(report.stored for report in reports):
        raise click.exceptions.Exit(1)


def _print_json(reports: list[LoadReport], *, is_dry_run: bool) -> None:
    """Print one object: the report, or where one command did several loads, a list of them under ``loads``."""
    objects = []
    for report in reports:
        facts: dict[str, Any] = asdict(report) | {"dry_run": is_dry_run}
        for key in ("rejected", "notes"):
            facts[key] = [{"row": r.row, "reason": r.localized(translate)} for r in getattr(report, key)]
        objects.append(facts)
    click.echo(json.dumps(objects[0] if len(objects) == 1 else {"loads": objects}, ensure_ascii=False))


def _print(report: LoadReport) -> None:
    say(
        "{source}: {read} read, {stored} stored, {rejected} rejected",
        source=report.source,
        read=report.read,
        stored=report.stored,
        rejected=len(report.rejected),
    )
    for line in [*report.notes, *report.rejected[:SHOWN_ROWS]]:
        row = "" if line.row is None else translate("row {row}: ").format(row=line.row)
        click.echo(f"  {row}{line.localized(translate)}", err=True)
    if len(report.rejected) > SHOWN_ROWS:
        say("  … and {count} more; --json lists all", count=len(report.rejected) - SHOWN_ROWS)
