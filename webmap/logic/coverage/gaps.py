"""Gaps by named place: people who are not covered, their travel time to a station, and the cause."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from geo.coverage.gaps import CAUSES, Facilities, Gap, find_gaps, find_missed
from geo.coverage.naming import NamedPlace, Naming, find_street_names, name_places
from geo.coverage.question import CoverageQuestion
from geo.network.modes import load_modes
from webmap.logic.cache import keep
from webmap.logic.coverage.measured import AnswerBasis, answer_basis, demand_costs, measure, ready, stations
from webmap.logic.coverage.moment import AreaName, minutes_of
from webmap.logic.district_state import DistrictState

COUNT = 200
"""Gaps in one answer, unless fewer are asked for; the rest is summed up."""


@dataclass(frozen=True)
class PlaceName:
    """A named place: street, settlement or town; `part` numbers the parts of a long street or wide town."""

    id: str
    name: str
    name_en: str | None
    kind: str
    part: int | None
    town: AreaName


@dataclass(frozen=True)
class GapPlace(PlaceName):
    """A named place with people whom no station surely covers.

    `people` are missed, of the `people_here` who live at `points` demand points; minutes are None where nothing is
    reached, `nearest_any_min` whatever hours and services. `bounds` are west, south, east, north in degrees.
    """

    people: float
    people_if_open: float
    people_here: float
    points: int
    nearest_min: float | None
    nearest_any_min: float | None
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


def gaps(state: DistrictState, asked: CoverageQuestion, *, count: int = COUNT) -> GapsAnswer:
    """Return the named places whose people no station surely reaches in time, those with most people first."""
    found = find_state_gaps(state, asked)
    causes = {name: sum(dict(gap.causes).get(name, 0.0) for gap in found) for name in CAUSES}
    return GapsAnswer(
        people=round(sum(gap.people for gap in found), 1),
        causes={name: round(people, 1) for name, people in causes.items()},
        gaps=tuple(_gap_place(state, gap) for gap in found[:count]),
        others=OtherGaps(gaps=len(found[count:]), people=round(sum(gap.people for gap in found[count:]), 1)),
        basis=answer_basis(state, asked),
    )


def find_state_gaps(state: DistrictState, asked: CoverageQuestion) -> list[Gap]:
    """Return all gaps of a question, those with most people first."""
    snapshot = ready(state, asked.mode)
    measured = measure(state, asked)
    found = stations(state, asked)
    lon, lat = (state.demand[axis].to_numpy(np.float64) for axis in ("lon", "lat"))
    missed = find_missed(
        demand_costs(state, asked.mode).cost,
        measured,
        Facilities(snapshot.place_lon, snapshot.place_lat, found.is_active, found.offers),
        lon,
        lat,
        speed_mps=load_modes()[asked.mode].speed_kph / 3.6,
        water=state.water,
    )
    return find_gaps(measured, missed, naming(state), lon, lat)


def naming(state: DistrictState) -> Naming:
    """Return the named places of the district's demand."""
    return keep(state, "naming", lambda: _name(state))


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


def _gap_place(state: DistrictState, gap: Gap) -> GapPlace:
    return GapPlace(
        **vars(place_name(state, gap.place)),
        people=round(gap.people, 1),
        people_if_open=round(gap.people_if_open, 1),
        people_here=round(gap.people_here, 1),
        points=gap.n_points,
        nearest_min=minutes_of(gap.nearest_s),
        nearest_any_min=minutes_of(gap.nearest_any_s),
        cause=gap.cause,
        causes={name: round(people, 1) for name, people in gap.causes},
        lon=round(gap.lon, 6),
        lat=round(gap.lat, 6),
        bounds=tuple(round(value, 6) for value in gap.bounds),
    )
