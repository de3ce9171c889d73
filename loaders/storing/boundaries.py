"""Store boundaries of towns, and with them the district and its outline."""

import re
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import geopandas as gpd
import numpy as np
import shapely
from sqlalchemy import update
from sqlalchemy.orm import Session

from geo.db.districts import district_outline, resolve_district, save_district
from geo.db.layers import SourceFacts, locate_regions, replace_regions, retire_sample
from geo.db.tables import DemandPoint, District, Place
from geo.errors import InputError, NotFoundError
from loaders.boundaries import EQUAL_AREA, Boundaries, BoundariesContext
from loaders.isolated.parsers import Progress, silent
from loaders.isolated.run import Parse, parse_apart
from loaders.notes import nothing_stored
from loaders.report import LoadReport, Rejection, sha256
from loaders.storing.benefits import store_known_benefits
from loaders.storing.retired_sample import sample_notes

MIN_SHARE_INSIDE = 0.5
"""Of the file's area within the district's known outline; below it the file is taken for another place."""


def load_boundaries(
    session: Session,
    path: Path,
    *,
    district: str | None,
    name: str | None = None,
    name_en: str | None = None,
    crs: str | None = None,
    code_field: str | None = None,
    name_field: str | None = None,
    timezone: str | None = None,
    calendar: str | None = None,
    is_dry_run: bool = False,
    progress: Progress = silent,
    parse: Parse = parse_apart,
) -> LoadReport:
    """Replace the towns and the outline of a district, which is created when it is new.

    Parameters
    ----------
    session : Session
        The load happens in its transaction.
    path, crs, code_field, name_field
        See `loaders.boundaries.BoundariesContext`.
    district : str or None
        Its code; None: the one that is loaded.
    name, name_en : str, optional
        Names of the district; a new one without a name goes by its code.
    timezone, calendar : str, optional
        IANA zone and holiday calendar of a new district; by default Asia/Shanghai, and ``cn`` in that zone.
    is_dry_run : bool
        Check everything and store nothing.

    Raises
    ------
    InputError
        If the file cannot be used, or lies outside the district; nothing is changed then, nor if no row can be used.
    """
    code = _district_code(session, district)
    if timezone is not None:
        _require_zone(timezone)
    context = BoundariesContext(district=code, crs=crs, code_field=code_field, name_field=name_field)
    parsed: Boundaries = parse("boundaries", path, context, progress)
    new = NewDistrict(name=name, name_en=name_en, timezone=timezone, calendar=calendar)
    return store_boundaries(session, path, parsed, district=code, new=new, is_dry_run=is_dry_run)


@dataclass(frozen=True, kw_only=True)
class NewDistrict:
    """What is known of a district besides its towns; see `load_boundaries`."""

    name: str | None = None
    name_en: str | None = None
    timezone: str | None = None
    calendar: str | None = None


def store_boundaries(
    session: Session,
    path: Path,
    parsed: Boundaries,
    *,
    district: str,
    new: NewDistrict,
    is_dry_run: bool = False,
) -> LoadReport:
    """Replace the towns and the outline of a district by parsed ones; see `load_boundaries`."""
    code, name, name_en, timezone = district, new.name, new.name_en, new.timezone
    notes = list(parsed.notes)
    if parsed.regions.empty:
        notes.append(nothing_stored())
        return LoadReport("regions", path.name, parsed.n_read, 0, parsed.rejected, notes)
    known = district_outline(session, code)
    if known is not None:
        notes += _compare(parsed.outline, known, district=code, file=path.name)
    row = session.get(District, code)
    notes += sample_notes(session, code)
    if row is None and name is None:
        notes.append(
            Rejection(None, "district {district} is new and goes by its code; name it with --name", {"district": code})
        )
    n_stored = parsed.n_used
    if not is_dry_run:
        retire_sample(session, code)
        columns = {"name": name, "name_en": name_en}
        if row is None:
            is_china = timezone in (None, "Asia/Shanghai")
            columns |= {
                "name": name or code,
                "timezone": timezone,
                "calendar": new.calendar or ("cn" if is_china else None),
            }
            columns["name_en"] = name_en or (name if name and name.isascii() else code)
        given = {key: value for key, value in columns.items() if value is not None}
        save_district(session, code, outline=parsed.outline, **given)
        facts = SourceFacts(
            file_name=path.name,
            checksum=sha256(path),
            crs=parsed.crs,
            rows_read=parsed.n_read,
            rows_stored=n_stored,
            rows_rejected=len(parsed.rejected),
        )
        replace_regions(session, code, parsed.regions, facts)
        # What stood in the earlier towns is looked up in these.
        for table in (DemandPoint, Place):
            session.execute(update(table).where(table.district_code == code).values(region_code=None))
            locate_regions(session, code, table.__tablename__)
        store_known_benefits(session, code)
    return LoadReport("regions", path.name, parsed.n_read, n_stored, parsed.rejected, notes)


def _district_code(session: Session, district: str | None) -> str:
    if district is None:
        try:
            return resolve_district(session, None).code
        except NotFoundError as error:
            raise InputError(
                "say which district the boundaries are of: --district CODE, such as --district 330111; a new one is "
                "created, and --name gives its name"
            ) from error
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,32}", district):
        raise InputError("the district code {value} may hold only letters, digits, - and _", value=district)
    return district


def _require_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise InputError("the time zone {value} is not known; write e.g. Asia/Shanghai", value=name) from error


def _compare(new: shapely.Geometry, known: shapely.Geometry, *, district: str, file: str) -> list[Rejection]:
    """Hold the towns against the outline known before; raise if they lie elsewhere."""
    flat = gpd.GeoSeries([new, known], crs=4326).to_crs(EQUAL_AREA).make_valid()
    shared_m2 = shapely.area(shapely.intersection(flat.iloc[0], flat.iloc[1]))
    new_m2, known_m2 = np.asarray(flat.area)
    if shared_m2 < MIN_SHARE_INSIDE * new_m2:
        raise InputError(
            "{file}: only {share} of its area lies within district {district} as it is known. Is it another district "
            "(give --district CODE), or are the coordinates of another system (give --crs)?",
            file=file,
            share=f"{shared_m2 / new_m2:.0%}",
            district=district,
        )
    if shared_m2 < 0.95 * known_m2:
        return [
            Rejection(
                None,
                "the towns cover {share} of the district as it was known; is a town missing?",
                {"share": f"{shared_m2 / known_m2:.0%}"},
            )
        ]
    return []
