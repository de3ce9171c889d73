"""Coverage at a moment: people covered by district, town and square, and the distribution of travel time."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from geo.coverage.areas import Areas
from geo.coverage.measure import Coverage, sum_areas, sum_by_cell, sum_district
from geo.coverage.question import CoverageQuestion
from geo.coverage.sums import Sums, share_of
from geo.coverage.travel_times import TravelTimeDistribution, measure_travel_times
from webmap.logic.coverage.measured import AnswerBasis, answer_basis, key_areas, measure, stations, towns
from webmap.logic.district_state import DataMark, DistrictState
from webmap.logic.snapshots import CELL_M

CURVE_MIN = 60
"""The curve of coverage goes so far."""


@dataclass(frozen=True)
class Headline:
    """People of an area and how many of them are covered, to one decimal; shares to four.

    `covered_if_open` are covered only if stations of unknown hours are open, `covered_twice` by two stations or more;
    `unattached` live near no usable street.
    """

    people: float
    covered: float
    share: float
    covered_if_open: float
    share_if_open: float
    covered_twice: float
    share_twice: float
    unattached: float

    @property
    def missed(self) -> float:
        """Those whom no station surely covers."""
        return round(self.people - self.covered, 1)


@dataclass(frozen=True)
class PlaceCounts:
    """Inhabited demand points by coverage, however many live there."""

    all: int
    covered: int
    covered_if_open: int
    covered_twice: int
    unattached: int
    share: float


@dataclass(frozen=True)
class Percentile:
    """Minutes within which a percentage reaches a station; None where they reach none."""

    percent: float
    minutes: float | None


@dataclass(frozen=True)
class WorstTenth:
    """The worst served tenth: its size, minutes from which it begins and on average, and who of it reaches nothing."""

    count: float
    from_min: float | None
    mean_min: float | None
    unreached: float
    share_unreached: float


@dataclass(frozen=True)
class NearestMinutes:
    """Distribution of the minutes to the nearest station that counts."""

    percentiles: tuple[Percentile, ...]
    worst_tenth: WorstTenth
    unreached: float


@dataclass(frozen=True)
class NearestStations:
    """The distribution over people, and over the points where they live."""

    by_people: NearestMinutes
    by_places: NearestMinutes


@dataclass(frozen=True)
class StationCounts:
    """Stations that offer what is asked: those that count, the closed, and those of unknown hours."""

    counted: int
    closed: int
    unknown: int


@dataclass(frozen=True)
class AreaName:
    """Code and names of a town or key area; `name_en` None where it has none."""

    code: str
    name: str
    name_en: str | None


@dataclass(frozen=True)
class AreaCoverage(Headline, AreaName):
    """Coverage of a town or key area, and its inhabited demand points."""

    places: int
    places_covered: int


@dataclass(frozen=True)
class CoverageAnswer(Headline):
    """Coverage of the district (or of the area asked about) at a moment."""

    places: PlaceCounts
    nearest: NearestStations
    stations: StationCounts
    by_town: tuple[AreaCoverage, ...]
    by_area: tuple[AreaCoverage, ...]
    basis: AnswerBasis


@dataclass(frozen=True)
class Square:
    """A square of `CELL_M` (degrees, EPSG:4326, to six decimals), the people missed in it and their minutes."""

    west: float
    south: float
    east: float
    north: float
    people: float
    nearest_min: float | None

    def ring(self) -> list[list[float]]:
        """Return the outline, counter-clockwise (RFC 7946)."""
        w, s, e, n = self.west, self.south, self.east, self.north
        return [[w, s], [e, s], [e, n], [w, n], [w, s]]


@dataclass(frozen=True)
class SquaresAnswer:
    """The squares in which people are missed."""

    squares: tuple[Square, ...]
    mark: DataMark


def coverage(state: DistrictState, asked: CoverageQuestion) -> CoverageAnswer:
    """Return how many people reach a station within a time: in all, by town and by key area.

    Without ``asked.at`` every station in service counts, whatever its hours; with it only those surely open then.
    People who are covered only if stations of unknown hours are open are a number of their own.
    """
    measured = measure(state, asked)
    sums = sum_district(measured)
    found = stations(state, asked)
    lived_in = (measured.weight > 0).astype(np.float64)
    return CoverageAnswer(
        **_headline(sums),
        places=PlaceCounts(
            all=sums.places,
            covered=sums.places_covered,
            covered_if_open=sums.places_if_open,
            covered_twice=sums.places_twice,
            unattached=sums.places_unattached,
            share=round(sums.share_of_places, 4),
        ),
        nearest=NearestStations(
            by_people=_minutes(measure_travel_times(measured.nearest_s, measured.weight)),
            by_places=_minutes(measure_travel_times(measured.nearest_s, lived_in)),
        ),
        stations=StationCounts(counted=found.counted, closed=found.closed, unknown=found.unknown),
        by_town=_by_area(measured, towns(state), state.english_towns),
        by_area=_by_area(measured, key_areas(state), {}),
        basis=answer_basis(state, asked),
    )


def squares(state: DistrictState, asked: CoverageQuestion) -> SquaresAnswer:
    """Return squares with the people no station surely reaches in time; asked as `coverage`."""
    return squares_of(state, measure(state, asked))


def squares_of(state: DistrictState, measured: Coverage) -> SquaresAnswer:
    """Return squares with the people whom a coverage of the state's demand leaves out."""
    demand = state.demand
    cells = sum_by_cell(measured, demand["lon"].to_numpy(), demand["lat"].to_numpy(), cell_m=CELL_M)
    return SquaresAnswer(
        squares=tuple(
            Square(
                west=round(west, 6),
                south=round(south, 6),
                east=round(east, 6),
                north=round(north, 6),
                people=round(people, 1),
                nearest_min=minutes_of(nearest_s),
            )
            for west, south, east, north, people, nearest_s in cells.to_numpy(np.float64).tolist()
        ),
        mark=state.mark,
    )


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


def _headline(sums: Sums) -> dict[str, float]:
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


def _by_area(measured: Coverage, areas: Areas, english: Mapping[str, str | None]) -> tuple[AreaCoverage, ...]:
    return tuple(
        AreaCoverage(
            code=code,
            name=name,
            name_en=english.get(code),
            **_headline(sums),
            places=sums.places,
            places_covered=sums.places_covered,
        )
        for code, name, sums in zip(areas.code, areas.name, sum_areas(measured, areas), strict=True)
    )


def _minutes(spread: TravelTimeDistribution) -> NearestMinutes:
    worst = spread.worst
    return NearestMinutes(
        percentiles=tuple(Percentile(percent, minutes_of(seconds)) for percent, seconds in spread.percentiles),
        worst_tenth=WorstTenth(
            count=round(worst.people, 1),
            from_min=minutes_of(worst.from_s),
            mean_min=minutes_of(worst.mean_s),
            unreached=round(worst.unreached, 1),
            share_unreached=round(share_of(worst.unreached, worst.people), 4),
        ),
        unreached=round(spread.unreached, 1),
    )
