"""Gaps: station-sized clusters of people who are not covered, their travel time to a station, and the cause."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from geo.coverage.gap_clusters import cluster_missed
from geo.coverage.gap_names import StreetLines
from geo.coverage.gaps import CAUSES, Facilities, Gap, find_gaps, find_missed
from geo.coverage.naming import NamedPlace, Naming, find_street_names, name_places
from geo.coverage.question import CoverageQuestion
from geo.errors import NotFoundError
from geo.network.modes import load_modes
from webmap.logic.cache import cached
from webmap.logic.coverage.measured import AnswerBasis, answer_basis, demand_costs, measure, ready, stations
from webmap.logic.coverage.moment import AreaName, minutes_of
from webmap.logic.district_state import DistrictState
from webmap.logic.places import STATION

COUNT = 200
"""Gaps in one answer, unless another number is asked for; the rest is summed up."""
_KEPT = 4
"""Questions whose gaps are kept with the state: a page, its map and its details ask for the same ones."""


@dataclass(frozen=True)
class PlaceName:
    """A street, settlement or town; `direction` is that of a gap from it, `part` numbers those of one name."""

    id: str
    name: str
    name_en: str | None
    kind: str
    part: int | None
    direction: str
    town: AreaName


@dataclass(frozen=True)
class NearestStation:
    """Code and names of a station."""

    code: str
    name: str
    name_en: str | None


@dataclass(frozen=True)
class GapPlace(PlaceName):
    """People whom no station surely covers and whom one station at `lon`, `lat` would serve within the standard.

    `people` are missed at `points` demand points, of the `people_here` who live around; minutes are None where nothing
    is reached, `nearest_any_min` whatever hours and services. `nearest` is the station that counts which is nearest to
    most of them. `bounds` are west, south, east, north in degrees.
    """

    people: float
    people_if_open: float
    people_here: float
    points: int
    nearest_min: float | None
    nearest_any_min: float | None
    nearest: NearestStation | None
    cause: str
    causes: Mapping[str, float]
    lon: float
    lat: float
    bounds: tuple[float, ...]


@dataclass(frozen=True)
class OtherGaps:
    """The gaps that an answer does not list, and the people missed there."""

    gaps: int
    people: float


@dataclass(frozen=True)
class GapsAnswer:
    """The gaps with most people, all missed people by cause, and what is not listed."""

    people: float
    causes: Mapping[str, float]
    gaps: tuple[GapPlace, ...]
    others: OtherGaps
    basis: AnswerBasis


def gaps(state: DistrictState, asked: CoverageQuestion, *, count: int | None = COUNT) -> GapsAnswer:
    """Return the clusters of people whom no station surely reaches in time, those with most people first.

    All of them where `count` is None.
    """
    found = find_state_gaps(state, asked)
    rest = [] if count is None else found[count:]
    causes = {name: sum(dict(gap.causes).get(name, 0.0) for gap in found) for name in CAUSES}
    return GapsAnswer(
        people=round(sum(gap.people for gap in found), 1),
        causes={name: round(people, 1) for name, people in causes.items()},
        gaps=tuple(_gap_place(state, gap, kind=asked.kind) for gap in found[:count]),
        others=OtherGaps(gaps=len(rest), people=round(sum(gap.people for gap in rest), 1)),
        basis=answer_basis(state, asked),
    )


def find_state_gaps(state: DistrictState, asked: CoverageQuestion) -> list[Gap]:
    """Return all gaps of a question, those with most people first."""
    found = stations(state, asked)
    mark = question_mark(asked)
    key = (mark, found.counts.tobytes(), found.is_unknown.tobytes())
    return cached(state, "gaps", lambda: _find_gaps(state, asked, mark), key=key, most=_KEPT)


def find_gap(state: DistrictState, asked: CoverageQuestion, gap_id: str) -> Gap:
    """Return one gap of a question, or raise `NotFoundError`."""
    gap = next((gap for gap in find_state_gaps(state, asked) if gap.place.id == gap_id), None)
    if gap is None:
        raise NotFoundError(
            "there is no gap {code}: nobody is missed there any more by this question; look at the gaps again",
            code=gap_id,
        )
    return gap


def question_mark(asked: CoverageQuestion) -> str:
    """Return what tells a question from others whatever the moment; ids of gaps are made with it."""
    layers = sorted(asked.layers.items())
    mark = (asked.mode, float(asked.minutes), tuple(sorted(asked.services)), layers, asked.area)
    return repr(mark if asked.kind == STATION else (*mark, asked.kind))


def _find_gaps(state: DistrictState, asked: CoverageQuestion, mark: str) -> list[Gap]:
    snapshot = ready(state, asked.mode)
    measured = measure(state, asked)
    found = stations(state, asked)
    lon, lat = (state.demand[axis].to_numpy(np.float64) for axis in ("lon", "lat"))
    speed_mps = load_modes()[asked.mode].speed_kph / 3.6
    costs = demand_costs(state, asked.mode)
    missed = find_missed(
        costs.cost,
        measured,
        Facilities(snapshot.place_lon, snapshot.place_lat, found.is_active, found.offers),
        lon,
        lat,
        speed_mps=speed_mps,
        water=state.water,
    )
    clusters = cluster_missed(
        snapshot.network,
        costs.snapped,
        missed.index,
        measured.weight,
        lon,
        lat,
        mode=asked.mode,
        standard_s=measured.standard_s,
        speed_mps=speed_mps,
    )
    lines = cached(state, "street lines", lambda: StreetLines(snapshot.network))
    return find_gaps(measured, missed, clusters, naming(state), lon, lat, streets=lines, mark=mark)


def naming(state: DistrictState) -> Naming:
    """Return the named places of the district's demand."""
    return cached(state, "naming", lambda: _name(state))


def place_name(state: DistrictState, place: NamedPlace) -> PlaceName:
    """Return what an answer says of a named place."""
    town_names = {region.code: region.name for region in state.regions}
    english = state.english_towns.get(place.town)
    return PlaceName(
        id=place.id,
        name=place.name,
        name_en=english if place.kind == "town" else None,
        kind=place.kind,
        part=place.part,
        direction=place.direction,
        town=AreaName(place.town, town_names.get(place.town, ""), english),
    )


def _name(state: DistrictState) -> Naming:
    snapshot = state.ready()
    lon, lat = (state.demand[axis].to_numpy(np.float64) for axis in ("lon", "lat"))
    # On foot one joins the street at the door; other modes may have to go to the next.
    streets = find_street_names(snapshot.network, snapshot.snapped_demand["walk"], lon, lat)
    return name_places(
        lon,
        lat,
        state.demand["region_code"],
        settlements=state.settlements,
        street=streets,
        town_names={region.code: region.name for region in state.regions},
    )


def _gap_place(state: DistrictState, gap: Gap, *, kind: str) -> GapPlace:
    return GapPlace(
        **vars(place_name(state, gap.place)),
        people=round(gap.people, 1),
        people_if_open=round(gap.people_if_open, 1),
        people_here=round(gap.people_here, 1),
        points=gap.n_points,
        nearest_min=minutes_of(gap.nearest_s),
        nearest_any_min=minutes_of(gap.nearest_any_s),
        nearest=_station(state, gap.nearest_column, kind),
        cause=gap.cause,
        causes={name: round(people, 1) for name, people in gap.causes},
        lon=round(gap.lon, 6),
        lat=round(gap.lat, 6),
        bounds=tuple(round(value, 6) for value in gap.bounds),
    )


def _station(state: DistrictState, column: int, kind: str) -> NearestStation | None:
    place = next((place for place in state.with_function(kind) if place.column == column), None)
    return None if place is None else NearestStation(place.code, place.name, place.name_en)
