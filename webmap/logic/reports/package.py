"""The coverage report as a GeoPackage: towns, stations, gaps, squares, and the streets within the standard."""

from collections.abc import Mapping, Sequence
from datetime import UTC
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio
import shapely

from webmap.logic.coverage.moment import AreaCoverage
from webmap.logic.reports.numbers import CoverageReport
from webmap.logic.reports.package_styles import add_styles, station_state
from webmap.logic.reports.report_text import ReportText
from webmap.logic.reports.shapes import Shapes

_CRS = "EPSG:4326"


def write_package(path: Path, report: CoverageReport, shapes: Shapes, words: ReportText) -> None:
    """Write the GeoPackage; every row of every layer bears the mark of sample data.

    Layers ``towns``, ``key_areas``, ``stations``, ``gaps``, ``squares``, ``service_areas`` (lines by station), and
    ``about``, a table without geometry: title, question, version, moment, key figures, checksums of the inputs. How
    they are drawn and what their columns are called stands beside them (`webmap.logic.reports.package_styles`).
    """
    path.unlink(missing_ok=True)
    # GDAL writes the time of each layer, which would make two packages of one report differ.
    pyogrio.set_gdal_config_options(
        {"OGR_CURRENT_DATE": report.made_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")}
    )
    try:
        _write_layers(path, report, shapes, words)
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


def _write_layers(path: Path, report: CoverageReport, shapes: Shapes, words: ReportText) -> None:
    translate = words.translate
    layers: dict[str, tuple[str, list[dict[str, Any]], list[Any], str]] = {
        "towns": (translate("Towns"), *_areas(report.towns, shapes.towns, words), "MultiPolygon"),
        "key_areas": (translate("Key areas"), *_areas(report.key_areas, shapes.key_areas, words), "MultiPolygon"),
        "stations": (
            translate("Stations"),
            [_station(each, words) for each in report.stations],
            [shapely.Point(each.lon, each.lat) for each in report.stations],
            "Point",
        ),
        "gaps": (
            translate("Gaps"),
            [_gap(each, words) for each in report.gaps],
            list(shapes.gaps),
            "MultiPolygon",
        ),
        "squares": (
            translate("People missed by square of 500 m"),
            [{"people": people} for _, people in shapes.squares],
            [cell for cell, _ in shapes.squares],
            "Polygon",
        ),
        "service_areas": (
            translate("Streets within the standard, by station"),
            [{"station": code} for code in shapes.service],
            [shapely.MultiLineString(lines) for lines in shapes.service.values()],
            "MultiLineString",
        ),
    }
    for name, (title, rows, geometry, kind) in layers.items():
        if not rows:
            continue
        marked = [{**row, "mark": words.mark} for row in rows]
        frame = gpd.GeoDataFrame(pd.DataFrame(marked), geometry=geometry, crs=_CRS)
        pyogrio.write_dataframe(
            frame, path, layer=name, driver="GPKG", append=path.exists(), geometry_type=kind,
            promote_to_multi=kind.startswith("Multi"),
            layer_options={
                "IDENTIFIER": " · ".join(filter(None, (words.mark, title))),
                "DESCRIPTION": f"{words.question}; {words.origin}",
            },
        )  # fmt: skip
    pyogrio.write_dataframe(pd.DataFrame(about(report, words)), path, layer="about", driver="GPKG", append=True)
    add_styles(path, words)


def about(report: CoverageReport, words: ReportText) -> list[dict[str, Any]]:
    """Return what the numbers are and where they come from: rows of a name for programs, its label, and the value."""
    translate = words.translate
    rows = [
        ("title", translate("Title"), words.title),
        ("mark", translate("Mark"), words.stamp),
        ("question", translate("Question"), words.question),
        ("origin", translate("Origin"), words.origin),
        ("district", translate("District code"), report.district),
        ("data_version", translate("Data version"), str(report.data_version)),
        ("made_at", translate("Made at"), report.made_at.isoformat()),
        ("at", translate("Moment"), report.at.isoformat() if report.at else ""),
        ("unit", translate("Unit"), words.unit),
        ("proxy", translate("Proxy"), words.proxy),
        ("digest", translate("Report number"), report.digest),
        *((key, label, _number(value)) for key, label, value, _ in words.facts()),
        *(
            (
                f"sha256 {each.layer} {each.file_name}",
                f"SHA-256 {words.layer(each.layer)} {words.source(each.file_name)}",
                each.checksum or translate("none"),
            )
            for each in report.inputs
        ),
        *((f"note {number}", f"{translate('Note')} {number}", text) for number, text in enumerate(words.unknowns(), 1)),
    ]
    return [{"name": name, "label": label, "value": value} for name, label, value in rows]


def _number(value: float | None) -> str:
    """Return a number with all its digits, a whole one without decimals; empty where it is not known.

    >>> _number(25.0), _number(0.1)
    ('25', '0.1')
    """
    if value is None:
        return ""
    number = float(value)
    return str(int(number)) if number.is_integer() else repr(number)


def _areas(
    areas: Sequence[AreaCoverage], shapes: Mapping[str, shapely.Geometry], words: ReportText
) -> tuple[list[dict[str, Any]], list[shapely.Geometry]]:
    known = [area for area in areas if area.code in shapes]
    rows = [
        {
            "code": area.code,
            "name": words.named(area.name),
            "people": area.people,
            "covered": area.covered,
            "share": area.share,
            "missed": area.missed,
            "covered_twice": area.covered_twice,
            "share_twice": area.share_twice,
            "covered_if_open": area.covered_if_open,
            "unattached": area.unattached,
        }
        for area in known
    ]
    return rows, [shapes[area.code] for area in known]


def _station(station: Any, words: ReportText) -> dict[str, Any]:
    return {
        "code": station.code,
        "name": words.named(station.name),
        "class": station.tier,
        "town": words.named(station.town),
        "hours": words.hours(station.hours),
        "services": words.services(station.services),
        "state": station_state(station.state, words),
        "counts": words.translate("yes") if station.counts else words.translate("no"),
    }


def _gap(gap: Any, words: ReportText) -> dict[str, Any]:
    return {
        "rank": gap.rank,
        "place": words.gap_name(gap),
        "town": words.named(gap.town),
        "people": gap.people,
        "people_if_open": gap.people_if_open,
        "people_here": gap.people_here,
        "nearest": words.named(gap.nearest or ""),
        "nearest_min": gap.nearest_min,
        "nearest_any_min": gap.nearest_any_min,
        "cause": words.cause(gap.cause),
        "site_lon": gap.lon,
        "site_lat": gap.lat,
    }
