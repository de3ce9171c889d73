"""Geometries of a report's towns, stations and gaps, for its maps and its GeoPackage."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from geo.db.districts import district_outline
from geo.db.regions import region_shapes
from geo.errors import NotSnappedError
from geo.network.service_area import find_service_area
from webmap.logic.coverage import CoverageQuestion, squares
from webmap.logic.coverage.gaps import find_state_gaps
from webmap.logic.district_state import DistrictState
from webmap.logic.reports.numbers import CoverageReport


@dataclass(frozen=True, eq=False)
class Shapes:
    """Geometry in EPSG:4326.

    Attributes
    ----------
    outline, water : Geometry or None
    towns, key_areas : mapping of code to Geometry
    streets : list of float64 (n, 2)
        Every street as it is drawn.
    service : mapping of station code to list of LineString
        Streets from which a station that counts is reached in time.
    squares : tuple of (Polygon, people missed)
        Of 500 m.
    gaps : tuple of MultiPolygon
        Outlines of the report's gaps, in their order.
    is_schematic : bool
        The towns are approximations.
    """

    outline: shapely.Geometry | None
    water: shapely.Geometry | None
    towns: Mapping[str, shapely.Geometry]
    key_areas: Mapping[str, shapely.Geometry]
    streets: list[NDArray[np.float64]]
    service: Mapping[str, list[shapely.LineString]]
    squares: tuple[tuple[shapely.Polygon, float], ...]
    gaps: tuple[shapely.MultiPolygon, ...]
    is_schematic: bool


def read_shapes(session: Session, state: DistrictState, asked: CoverageQuestion, report: CoverageReport) -> Shapes:
    """Return the geometry of a report."""
    network = state.ready().network
    service = {}
    for station in report.stations:
        if station.counts:
            try:
                found = find_service_area(
                    network, station.lon, station.lat, mode=report.mode, limit_s=report.minutes * 60.0
                )
            except NotSnappedError:
                continue
            service[station.code] = found.lines(network)
    cells = [(shapely.Polygon(square.ring()), square.people) for square in squares(state, asked).squares]
    points = np.asarray(network.points)
    return Shapes(
        outline=district_outline(session, state.district.code),
        water=state.water,
        towns=region_shapes(session, state.district.code),
        key_areas={area.code: area.geometry for area in state.areas},
        streets=np.split(points, np.asarray(network.point_ptr)[1:-1]),
        service=service,
        squares=tuple(cells),
        gaps=tuple(gap.outline for gap in find_state_gaps(state, asked)),
        is_schematic=any(source.is_schematic for source in state.sources if source.layer == "regions"),
    )
