"""Coverage at a moment: people covered by district, town and square, and the distribution of travel time."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from geo.coverage.areas import Areas
from geo.coverage.measure import Coverage, Sums, share_of, sum_areas, sum_by_cell, sum_district
from geo.coverage.question import CoverageQuestion
from geo.coverage.travel_times import TravelTimeDistribution, measure_travel_times
from webmap.logic.coverage.measured import echo, key_areas, measure, stations, towns
from webmap.logic.district_state import DistrictState, stamp
from webmap.logic.snapshots import CELL_M


def coverage(state: DistrictState, asked: CoverageQuestion) -> dict[str, Any]:
    """Return how many people reach a station within a time: in all, by town and by key area.

    Without ``asked.at`` every station in service counts, whatever its hours; with it only those surely open then.
    People who are covered only if stations of unknown hours are open are a number of their own.
    """
    measured = measure(state, asked)
    sums = sum_district(measured)
    found = stations(state, asked)
    lived_in = (measured.weight > 0).astype(np.float64)
    return {
        **_headline(sums),
        "places": {
            "all": sums.places,
            "covered": sums.places_covered,
            "covered_if_open": sums.places_if_open,
            "covered_twice": sums.places_twice,
            "unattached": sums.places_unattached,
            "share": round(sums.share_of_places, 4),
        },
        "nearest": {
            "by_people": _spread(measure_travel_times(measured.nearest_s, measured.weight)),
            "by_places": _spread(measure_travel_times(measured.nearest_s, lived_in)),
        },
        "stations": {"counted": found.counted, "closed": found.closed, "unknown": found.unknown},
        "by_town": _by_area(measured, towns(state), state.english_towns),
        "by_area": _by_area(measured, key_areas(state), {}),
        **echo(state, asked),
    }


def squares(state: DistrictState, asked: CoverageQuestion) -> dict[str, Any]:
    """Return squares with the people no station surely reaches in time, as GeoJSON; asked as `coverage`."""
    demand = state.demand
    cells = sum_by_cell(measure(state, asked), demand["lon"].to_numpy(), demand["lat"].to_numpy(), cell_m=CELL_M)
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Polygon", "coordinates": [_ring(west, south, east, north)]},
            "properties": {"people": round(people, 1), "nearest_min": minutes_of(nearest_s)},
        }
        for west, south, east, north, people, nearest_s in cells.to_numpy(np.float64).tolist()
    ]
    return {"type": "FeatureCollection", "features": features, **stamp(state)}


CURVE_MIN = 60
"""The curve of coverage goes so far."""


def curve(state: DistrictState, asked: CoverageQuestion) -> list[float]:
    """Return the share of people who reach a station within 0, 1, … `CURVE_MIN` minutes, the standard left aside."""
    measured = measure(state, asked)
    minutes = np.ceil(np.minimum(measured.nearest_s, (CURVE_MIN + 1) * 60.0) / 60.0).astype(np.int64)
    people = np.bincount(minutes, weights=measured.weight, minlength=CURVE_MIN + 2)
    running = np.cumsum(people)[: CURVE_MIN + 1]
    return [round(share_of(value, measured.people), 4) for value in running.tolist()]


def minutes_of(seconds: float) -> float | None:
    """Return minutes to one decimal, None where nothing is reached (or there is nobody).

    >>> minutes_of(90.0), minutes_of(math.inf)
    (1.5, None)
    """
    return round(seconds / 60.0, 1) if math.isfinite(seconds) else None


def _headline(sums: Sums) -> dict[str, Any]:
    return {
        "people": round(sums.people, 1),
        "covered": round(sums.covered, 1),
        "share": round(sums.share, 4),
        "covered_if_open": round(sums.covered_if_open, 1),
        "share_if_open": round(sums.share_if_open, 4),
        "covered_twice": round(sums.covered_twice, 1),
        "share_twice": round(sums.share_twice, 4),
        "unattached": round(sums.unattached, 1),
    }


def _by_area(measured: Coverage, areas: Areas, english: Mapping[str, str | None]) -> list[dict[str, Any]]:
    return [
        {
            "code": code,
            "name": name,
            "name_en": english.get(code),
            **_headline(sums),
            "places": sums.places,
            "places_covered": sums.places_covered,
        }
        for code, name, sums in zip(areas.code, areas.name, sum_areas(measured, areas), strict=True)
    ]


def _spread(spread: TravelTimeDistribution) -> dict[str, Any]:
    worst = spread.worst
    return {
        "percentiles": [{"percent": p, "minutes": minutes_of(seconds)} for p, seconds in spread.percentiles],
        "worst_tenth": {
            "count": round(worst.people, 1),
            "from_min": minutes_of(worst.from_s),
            "mean_min": minutes_of(worst.mean_s),
            "unreached": round(worst.unreached, 1),
            "share_unreached": round(share_of(worst.unreached, worst.people), 4),
        },
        "unreached": round(spread.unreached, 1),
    }


def _ring(west: float, south: float, east: float, north: float) -> list[list[float]]:
    """Return a square's ring, counter-clockwise (RFC 7946)."""
    w, s, e, n = (round(float(x), 6) for x in (west, south, east, north))
    return [[w, s], [e, s], [e, n], [w, n], [w, s]]
