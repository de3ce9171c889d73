"""The commands ``fuchun load …``: load a file in one transaction and report the rows stored and rejected."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from geo.db.planner_tables import DEMAND_LAYERS, TOTAL_KINDS
from loaders.report import LoadReport
from webmap.cli.console import end_progress, open_store, progress, say, translate
from webmap.cli.options import district_option

FILE = click.Path(path_type=Path)
dry_run_option = click.option("--dry-run", "is_dry_run", is_flag=True, help="Check everything, store nothing.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
SHOWN_ROWS = 20
SPREADS = ("auto", "centre", "streets")


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
    options = {
        "name": name,
        "crs": crs,
        "code_field": code_field,
        "name_field": name_field,
        "timezone": timezone,
    }
    _load("boundaries", file, district, options, is_dry_run=is_dry_run, as_json=as_json)


@load.command()
@click.argument("file", type=FILE)
@click.option("--crs", type=click.Choice(["wgs84", "gcj02", "bd09", "cgcs2000"]), default="wgs84", show_default=True)
@click.option(
    "--from-osm", "tags", metavar="KEY=VALUE", multiple=True, help="Take places with this tag from an .osm.pbf."
)
@click.option("--kind", default="rest_station", show_default=True, help="The function these places have.")
@click.option("--keep", is_flag=True, help="Add to the places there are instead of replacing them.")
@click.option("--state", "states", metavar="WORD=STATE", multiple=True, help="What a word means; repeatable.")
@click.option("--sheet", "sheets", metavar="NAME", multiple=True, help="Read this sheet only; repeatable.")
@dry_run_option
@district_option
@json_option
def stations(
    file: Path,
    crs: str,
    tags: tuple[str, ...],
    kind: str,
    keep: bool,
    states: tuple[str, ...],
    sheets: tuple[str, ...],
    is_dry_run: bool,
    district: str | None,
    as_json: bool,
) -> None:
    """Load stations: CSV or XLSX, or places of an OpenStreetMap extract standing in for them."""
    options = {"crs": crs, "tags": tags, "kind": kind, "keep": keep, "states": states, "sheets": sheets}
    _load("stations", file, district, options, is_dry_run=is_dry_run, as_json=as_json)


@load.command()
@click.argument("file", type=FILE)
@click.option("--crs", help="Coordinate system of a layer that declares none, or declares a false one.")
@click.option("--class-field", help="Column of a layer that holds the class of a road.")
@click.option(
    "--class", "classes", metavar="WORD=CLASS", multiple=True, help="What a class of roads means; * is all others."
)
@dry_run_option
@district_option
@json_option
def streets(
    file: Path,
    crs: str | None,
    class_field: str | None,
    classes: tuple[str, ...],
    is_dry_run: bool,
    district: str | None,
    as_json: bool,
) -> None:
    """Load streets: an OpenStreetMap extract, or lines of a Shapefile, GeoPackage or GeoJSON with classes of roads."""
    options = {"crs": crs, "class_field": class_field, "classes": classes}
    _load("streets", file, district, options, is_dry_run=is_dry_run, as_json=as_json)


@load.command()
@click.argument("file", type=FILE)
@click.option("--layer", type=click.Choice(DEMAND_LAYERS), help="Whom it counts; residents, or riders with --proxy.")
@click.option("--crs", help="Coordinate system of a file that declares none, or declares a false one.")
@click.option("--column", help="Column of people; of a raster, the number of its band.")
@click.option(
    "--spread",
    type=click.Choice(SPREADS),
    default="auto",
    show_default=True,
    help="Where a cell's people stand: at its centre, along its streets, or by its size.",
)
@click.option("--buildings", type=FILE, help="Spread over the homes of this .osm.pbf instead of along streets.")
@click.option("--cell", "cell_m", type=click.FloatRange(10, 10_000), help="Sum up into squares of so many metres.")
@click.option("--kind", type=click.Choice(TOTAL_KINDS), help="Of a table of towns: which totals to spread.")
@click.option("--compare", "is_compared_only", is_flag=True, help="Of a table of towns: keep them beside the demand.")
@click.option("--proxy", "is_proxy", is_flag=True, help="Let places of an .osm.pbf stand in for riders' demand.")
@click.option("--licence", help="Licence of the file.")
@click.option("--attribution", help="Whom to name for it.")
@click.option("--date", help="When its numbers were counted.")
@dry_run_option
@district_option
@json_option
def population(
    file: Path,
    layer: str | None,
    crs: str | None,
    column: str | None,
    spread: str,
    buildings: Path | None,
    cell_m: float | None,
    kind: str | None,
    is_compared_only: bool,
    is_proxy: bool,
    licence: str | None,
    attribution: str | None,
    date: str | None,
    is_dry_run: bool,
    district: str | None,
    as_json: bool,
) -> None:
    """Load where people are: a raster, a grid, points, totals of towns, or buildings standing in for them."""
    options = {
        "layer": layer,
        "crs": crs,
        "column": column,
        "spread": spread,
        "buildings": buildings,
        "cell_m": cell_m,
        "kind": kind,
        "is_compared_only": is_compared_only,
        "is_proxy": is_proxy,
        "licence": licence,
        "attribution": attribution,
        "date": date,
    }
    _load("population", file, district, options, is_dry_run=is_dry_run, as_json=as_json)


@load.command()
@click.argument("file", type=FILE)
@dry_run_option
@district_option
@json_option
def visits(file: Path, is_dry_run: bool, district: str | None, as_json: bool) -> None:
    """Load visits per station and month: CSV or XLSX."""
    _load("visits", file, district, {}, is_dry_run=is_dry_run, as_json=as_json)


@load.command()
@click.argument("file", type=FILE)
@click.option("--crs", type=click.Choice(["wgs84", "gcj02", "bd09", "cgcs2000"]), default="wgs84", show_default=True)
@click.option(
    "--preset",
    "presets",
    multiple=True,
    type=click.Choice(["community_centre", "townhall", "library", "post_office", "bank", "convenience"]),
    help="What to look for in an extract; repeatable; default: all but convenience.",
)
@dry_run_option
@district_option
@json_option
def candidates(
    file: Path, crs: str, presets: tuple[str, ...], is_dry_run: bool, district: str | None, as_json: bool
) -> None:
    """Load candidate sites, which riders never see: CSV or XLSX with name, longitude, latitude, perhaps a cost.

    Of an OpenStreetMap extract the places of the presets are added to the candidates there are.
    """
    options = {"crs": crs} | ({"presets": presets} if presets else {})
    _load("candidates", file, district, options, is_dry_run=is_dry_run, as_json=as_json)


@load.command()
@click.argument("file", type=FILE)
@click.option("--crs", type=click.Choice(["wgs84", "gcj02", "bd09", "cgcs2000"]), default="wgs84", show_default=True)
@click.option("--keep", is_flag=True, help="Replace only the places of the same codes.")
@dry_run_option
@district_option
@json_option
def tour_places(file: Path, crs: str, keep: bool, is_dry_run: bool, district: str | None, as_json: bool) -> None:
    """Load places of tours, which riders never see: CSV or XLSX with name, kind, longitude, latitude, hours, prices.

    From an OpenStreetMap extract (.osm.pbf) sights, hotels, restaurants, toilets and coach parking are added to them.
    """
    _load("tour-places", file, district, {"crs": crs, "keep": keep}, is_dry_run=is_dry_run, as_json=as_json)


@load.command()
@click.argument("file", type=FILE)
@click.option("--crs", help="Coordinate system of a file that declares none, or declares a false one.")
@dry_run_option
@district_option
@json_option
def areas(file: Path, crs: str | None, is_dry_run: bool, district: str | None, as_json: bool) -> None:
    """Load key areas, whose people are counted by themselves: GeoJSON, GeoPackage or Shapefile."""
    _load("areas", file, district, {"crs": crs}, is_dry_run=is_dry_run, as_json=as_json)


def _load(
    what: str, file: Path, district: str | None, options: Mapping[str, Any], *, is_dry_run: bool, as_json: bool
) -> None:
    """Load a file in one transaction, bring the snapshot up to date, and print the report."""
    from geo.db.districts import resolve_district
    from geo.db.session import writing
    from geo.errors import NotFoundError
    from webmap.logic.live_districts import LiveDistricts
    from webmap.logic.loading import run_load

    with open_store() as store:
        progress("loading")
        with writing(store.engine) as session:
            try:
                code: str | None = resolve_district(session, district).code
            except NotFoundError:
                if what != "boundaries":
                    raise
                code = district
            reports = run_load(
                session, what, file, district=code, options=options, is_dry_run=is_dry_run, progress=_once(progress)
            )
        if not is_dry_run and code is not None:
            LiveDistricts(store.engine, store.state_dir).build(code, progress=progress)
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


def _once(tell: Callable[..., None]) -> Callable[..., None]:
    """Return `tell` without the stages that it was told just before: a parser is asked several times a second."""
    last: list[object] = []

    def tell_new(stage: str, **values: object) -> None:
        if last != [stage, values]:
            last[:] = [stage, values]
            tell(stage, **values)

    return tell_new


def _print_json(reports: list[LoadReport], *, is_dry_run: bool) -> None:
    """Print one object: the report, or where one command did several loads, a list of them under ``loads``."""
    objects = []
    for report in reports:
        facts: dict[str, Any] = asdict(report) | {"dry_run": is_dry_run}
        del facts["detail"]
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
