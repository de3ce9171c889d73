"""Gaps by named place: people who are not covered, their travel time to a station, and the cause."""

from typing import Any

import numpy as np

from geo.coverage.gaps import CAUSES, Facilities, Gap, find_gaps, find_missed
from geo.coverage.naming import NamedPlace, Naming, find_street_names, name_places
from geo.coverage.question import CoverageQuestion
from geo.network.modes import load_modes
from webmap.logic.cache import keep
from webmap.logic.coverage.measured import echo, measure, ready, stations
from webmap.logic.coverage.moment import minutes_of
from webmap.logic.district_state import DistrictState

COUNT = 200
"""Gaps in one answer, unless fewer are asked for; the rest is summed up."""


def gaps(state: DistrictState, asked: CoverageQuestion, *, count: int = COUNT) -> dict[str, Any]:
    """Return the named places whose people no station surely reaches in time, those with most people first."""
    found = find_state_gaps(state, asked)
    causes = {name: sum(dict(gap.causes).get(name, 0.0) for gap in found) for name in CAUSES}
    return {
        "people": round(sum(gap.people for gap in found), 1),
        "causes": {name: round(people, 1) for name, people in causes.items()},
        "gaps": [_facts(state, gap) for gap in found[:count]],
        "others": {"gaps": len(found[count:]), "people": round(sum(gap.people for gap in found[count:]), 1)},
        **echo(state, asked),
    }


def find_state_gaps(state: DistrictState, asked: CoverageQuestion) -> list[Gap]:
    """Return all gaps of a question, those with most people first."""
    snapshot = ready(state, asked.mode)
    measured = measure(state, asked)
    found = stations(state, asked)
    lon, lat = (state.demand[axis].to_numpy(np.float64) for axis in ("lon", "lat"))
    missed = find_missed(
        snapshot.demand_cost[asked.mode],
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


def place_facts(state: DistrictState, place: NamedPlace) -> dict[str, Any]:
    """Return what an answer says of a named place."""
    town_names = {region.code: region.name for region in state.regions}
    english = state.english_towns.get(place.town)
    return {
        "id": place.id,
        "name": place.name,
        "name_en": english if place.kind == "town" else None,
        "kind": place.kind,
        "part": place.part,
        "town": {"code": place.town, "name": town_names.get(place.town, ""), "name_en": english},
    }


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


def _facts(state: DistrictState, gap: Gap) -> dict[str, Any]:
    return {
        **place_facts(state, gap.place),
        "people": round(gap.people, 1),
        "people_if_open": round(gap.people_if_open, 1),
        "people_here": round(gap.people_here, 1),
        "points": gap.n_points,
        "nearest_min": minutes_of(gap.nearest_s),
        "nearest_any_min": minutes_of(gap.nearest_any_s),
        "cause": gap.cause,
        "causes": {name: round(people, 1) for name, people in gap.causes},
        "lon": round(gap.lon, 6),
        "lat": round(gap.lat, 6),
        "bounds": [round(value, 6) for value in gap.bounds],
    }
