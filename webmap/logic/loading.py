"""Load files into a district: choose the loader and its options, for the command line and for uploads."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from geo.db.imports import Loaded, begin_import, district_row, end_import, tables_of
from geo.errors import InputError
from loaders.extract_names import SUFFIXES
from loaders.report import LoadReport

Progress = Callable[..., None]
"""Told a stage (an English message id) and its values."""

TABLES = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm")
AREAS = (".geojson", ".json", ".gpkg", ".zip")
"""What holds areas in one file; of a Shapefile's four, the archive."""
EXTRACTS = SUFFIXES
RASTERS = (".tif", ".tiff")


@dataclass(frozen=True)
class Load:
    """What can be loaded.

    Attributes
    ----------
    suffixes : tuple of str
        Of the files that may be uploaded for it.
    options : tuple of str
        The options that a browser offers; the command line has more.
    run : callable
        ``run(session, path, district, options, target, progress)``; `target` is ``{"is_dry_run": …}``.
    """

    suffixes: tuple[str, ...]
    options: tuple[str, ...]
    run: Callable[..., list[LoadReport]]


def run_load(
    session: Session,
    what: str,
    path: Path,
    *,
    district: str | None,
    options: Mapping[str, Any] | None = None,
    is_dry_run: bool = False,
    progress: Progress = lambda *_, **__: None,
) -> list[LoadReport]:
    """Load a file in the session's transaction; what it replaces is kept, to be undone (`geo.db.imports`).

    Parameters
    ----------
    session : Session
    what : str
        One of `LOADS`.
    path : Path
    district : str or None
        Its code; None only for boundaries.
    options : mapping, optional
        As the commands ``fuchun load …`` name them; what is not given is as it is there.
    is_dry_run : bool
        Check everything and store nothing.
    progress : callable
        May raise to stop; the caller's transaction is then rolled back.

    Returns
    -------
    list of LoadReport
        Mostly one; several where one command does several loads.

    Raises
    ------
    NotReadyError, InputError
        As the loaders: nothing is changed then.
    """
    given = {name: value for name, value in (options or {}).items() if value not in (None, "", ())}
    if is_dry_run or district is None:
        return LOADS[what].run(session, path, district, given, {"is_dry_run": is_dry_run}, progress)
    before, tables = district_row(session, district), tables_of(session, district, what)
    number = begin_import(session, district, what)
    reports = LOADS[what].run(session, path, district, given, {"is_dry_run": False}, progress)
    done = Loaded(
        name=path.name,
        rows_read=sum(report.read for report in reports),
        rows_stored=sum(report.stored for report in reports),
        rows_rejected=sum(len(report.rejected) for report in reports),
        header=header_of(reports),
        options={name: plain_option(value) for name, value in (options or {}).items() if name in REMEMBERED and value},
    )
    end_import(session, number, district, what, done, tables=tables, district_before=before)
    return reports


REMEMBERED = ("crs", "states", "sheets", "classes", "class_field")
"""Options that hold for the next file with the same header as well."""


def header_of(reports: Sequence[LoadReport]) -> list[str]:
    """Return the header of a loaded table, empty where it has none."""
    return next((report.detail.header for report in reports if report.detail is not None), [])


def plain_option(value: object) -> str:
    """Return an option as the page sends it: several words in one text."""
    return value if isinstance(value, str) else ",".join(map(str, value))  # type: ignore[call-overload]


def _boundaries(
    session: Session, path: Path, district: str | None, options: dict[str, Any], target: Any, progress: Progress
) -> list[LoadReport]:
    from loaders.storing.boundaries import load_boundaries

    return [load_boundaries(session, path, district=district, progress=progress, **options, **target)]


def _stations(
    session: Session, path: Path, district: str | None, options: dict[str, Any], target: Any, progress: Progress
) -> list[LoadReport]:
    from loaders.storing.osm_places import load_places_from_osm
    from loaders.storing.stations import load_stations

    target = {"district": str(district), "progress": progress, **target}
    tags = options.pop("tags", ())
    if not tags:
        for name in ("states", "sheets", "skip", "merge"):
            if isinstance(options.get(name), str):
                options[name] = split_list(options[name])
        if isinstance(options.get("positions"), str):
            options["positions"] = read_positions(options["positions"])
        return [load_stations(session, path, **options, **target)]
    named = {name: value for name, value in options.items() if name == "kind"}
    keep = options.get("keep", False)
    return [
        load_places_from_osm(session, path, tag=tag, keep=keep or i > 0, **named, **target)
        for i, tag in enumerate(tags)
    ]


def _streets(
    session: Session, path: Path, district: str | None, options: dict[str, Any], target: Any, progress: Progress
) -> list[LoadReport]:
    from loaders.storing.streets import load_streets

    if isinstance(options.get("classes"), str):
        options["classes"] = split_list(options["classes"])
    return [load_streets(session, path, district=str(district), progress=progress, **options, **target)]


def _population(
    session: Session, path: Path, district: str | None, options: dict[str, Any], target: Any, progress: Progress
) -> list[LoadReport]:
    from loaders.population import PopulationOptions
    from loaders.storing.population import load_population
    from loaders.storing.proxy_demand import load_proxy

    target = {"district": str(district), "progress": progress, **target}
    kind, is_compared_only = options.pop("kind", None), options.pop("is_compared_only", False)
    if options.pop("is_proxy", False):
        return [load_proxy(session, path, layer=options.get("layer", "riders"), **target)]
    if "cell_m" in options:
        options["cell_m"] = read_side(options["cell_m"])
    placed = PopulationOptions(**options)
    return [load_population(session, path, options=placed, kind=kind, is_compared_only=is_compared_only, **target)]


def split_list(text: str) -> list[str]:
    """Return the words of a list that a person wrote into one field, apart by commas, semicolons or lines."""
    return [word.strip() for word in re.split(r"[,，;；、\n]", text) if word.strip()]


def read_positions(text: str) -> dict[str, str]:
    """Return the accepted positions of rows: lines of ``row=lon lat``.

    Examples
    --------
    >>> read_positions("11=119.95 30.05\\n新登镇 4=119.7 30.0")
    {'11': '119.95 30.05', '新登镇 4': '119.7 30.0'}
    """
    pairs = (line.rpartition("=") for line in text.splitlines() if "=" in line)
    return {row.strip(): position.strip() for row, _, position in pairs}


def read_side(value: object) -> float:
    """Return the side of squares in metres, or raise `InputError`."""
    try:
        side_m = float(str(value))
    except ValueError:
        side_m = 0.0
    if not 10.0 <= side_m <= 10_000.0:
        raise InputError("{value} is not a side of a square; write metres from 10 to 10,000, such as 200", value=value)
    return side_m


def _visits(
    session: Session, path: Path, district: str | None, options: dict[str, Any], target: Any, progress: Progress
) -> list[LoadReport]:
    from loaders.storing.visits import load_visits

    target = {"district": str(district), "progress": progress, **target}
    return [load_visits(session, path, today=date.today(), **options, **target)]


def _areas(
    session: Session, path: Path, district: str | None, options: dict[str, Any], target: Any, progress: Progress
) -> list[LoadReport]:
    from loaders.storing.areas import load_areas

    return [load_areas(session, path, district=str(district), progress=progress, **options, **target)]


def _candidates(
    session: Session, path: Path, district: str | None, options: dict[str, Any], target: Any, progress: Progress
) -> list[LoadReport]:
    from loaders.storing.candidates import load_candidates

    return [load_candidates(session, path, district=str(district), progress=progress, **options, **target)]


def _tour_places(
    session: Session, path: Path, district: str | None, options: dict[str, Any], target: Any, progress: Progress
) -> list[LoadReport]:
    from loaders.storing.tour_places import load_tour_places

    return [load_tour_places(session, path, district=str(district), progress=progress, **options, **target)]


LOADS: Mapping[str, Load] = {
    "boundaries": Load(AREAS, ("crs", "code_field", "name_field", "new_district", "name"), _boundaries),
    "streets": Load((*EXTRACTS, *AREAS), ("crs", "class_field", "classes"), _streets),
    "population": Load(
        (*RASTERS, *AREAS, *TABLES, *EXTRACTS),
        ("layer", "crs", "column", "cell_m", "kind", "is_compared_only", "is_proxy", "licence", "attribution", "date"),
        _population,
    ),
    "stations": Load(TABLES, ("crs", "keep", "states", "sheets", "skip", "merge", "positions"), _stations),
    "visits": Load(TABLES, (), _visits),
    "areas": Load(AREAS, ("crs",), _areas),
    "candidates": Load((*TABLES, *EXTRACTS), ("crs",), _candidates),
    "tour-places": Load((*TABLES, *EXTRACTS), ("crs", "keep"), _tour_places),
}
"""Everything that ``fuchun load`` has, in the order a new district needs it."""
