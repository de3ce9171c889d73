"""Baseline and outcome of a ledger entry: the people missed at its gap, and what its station changes once it opens.

Both are measured by the functions that answer coverage questions, on the same state.
"""

from dataclasses import replace
from datetime import date, datetime

import numpy as np
from numpy.typing import NDArray

from geo.coverage.demand import points_within
from geo.db.ledger import OPEN, EntryChange, EntryFacts, NewEntry, Outcome, check_change
from geo.errors import InputError, NotReadyError
from geo.network.costs import limit_ds
from webmap.logic.coverage import CoverageQuestion
from webmap.logic.coverage.gaps import find_gap
from webmap.logic.coverage.measured import demand_costs, measure, open_state, ready, weights
from webmap.logic.district_state import DistrictState
from webmap.logic.place_words import Translate, gap_words
from webmap.logic.places import choose_places


def entry_of_gap(
    state: DistrictState,
    asked: CoverageQuestion,
    *,
    place_key: str,
    translate: Translate = str,
    name: str | None = None,
    office: str | None = None,
    owner: str | None = None,
    due_on: date | None = None,
    note: str | None = None,
) -> NewEntry:
    """Return a gap as an entry: its outline, and who is missed there now by this question.

    Parameters
    ----------
    state : DistrictState
    asked : CoverageQuestion
    place_key : str
        ``id`` of the gap in the answer of `webmap.logic.coverage.gaps`.
    translate : callable
        Gives the words of the name in somebody's language.
    name, office, owner, note : str, optional
        What to call it, who looks after it, the first line of its log.
    due_on : date, optional

    Raises
    ------
    NotFoundError
        If nobody is missed there by this question.
    """
    gap = find_gap(state, asked, place_key)
    place = gap.place
    towns = {region.code: region.name for region in state.regions}
    words = gap_words(
        translate,
        place.name,
        town=towns.get(place.town, ""),
        kind=place.kind,
        direction=place.direction,
        part=place.part,
    )
    return NewEntry(
        name=name or words or place.id,
        lon=gap.lon,
        lat=gap.lat,
        outline=gap.outline,
        question=asked,
        promised=round(gap.people, 1),
        unit=weights(state, asked).unit,
        cause=gap.cause,
        place_key=place_key,
        region_code=gap.place.town or None,
        is_sample=state.is_sample,
        office=office,
        owner=owner,
        due_on=due_on,
        note=note,
    )


def measure_opening(state: DistrictState, entry: EntryFacts, station_code: str, *, now: datetime) -> Outcome:
    """Measure what a station changes by the question of an entry.

    Parameters
    ----------
    state : DistrictState
    entry : EntryFacts
    station_code : str
    now : datetime
        Recorded as the time of measuring.

    Raises
    ------
    InputError
        If there is no such station in service.
    NotReadyError
        If it is not in the nearest tables yet.
    """
    asked = entry.question
    ready(state, asked.mode)
    station = next((place for place in state.with_function(asked.kind) if place.code == station_code), None)
    if station is None:
        raise InputError("there is no station {code} in service in this district", code=station_code)
    if station.column is None:
        raise NotReadyError("{name} is being attached to the streets; try again in a few seconds", name=station.name)
    measured = measure(state, asked)
    gain = float(measured.weight[measured.only_column == station.column].sum())
    lon, lat = (state.demand[axis].to_numpy(np.float64) for axis in ("lon", "lat"))
    inside = points_within(lon, lat, entry.outline)
    reached = inside & (demand_costs(state, asked.mode).cost[:, station.column] <= limit_ds(measured.standard_s))

    def total(rows: NDArray[np.bool_]) -> float:
        return round(float(measured.weight[rows].sum()), 1)

    offers = any(place.code == station_code for place in choose_places(state, asked.kind, asked.services))
    return Outcome(
        station=station.code,
        station_name=station.name,
        counts=offers and open_state(state, station, asked.at, kind=asked.kind).value == "open",
        gain=round(gain, 1),
        people=round(measured.people, 1),
        covered=round(measured.covered, 1),
        covered_without=round(measured.covered - gain, 1),
        missed_here=total(inside & ~measured.is_covered),
        reached_here=total(reached),
        gain_here=total(inside & (measured.only_column == station.column)),
        unit=weights(state, asked).unit,
        measured_at=now,
        data_version=state.data_version,
        is_sample=state.is_sample,
    )


def measured_for(state: DistrictState, entry: EntryFacts, change: EntryChange, *, now: datetime) -> EntryChange:
    """Return a change with its outcome measured, where it opens the entry or names another station."""
    check_change(change)
    is_opening = change.state == OPEN and (entry.state != OPEN or entry.station_code != change.station_code)
    if not is_opening:
        return change
    return replace(change, measured=measure_opening(state, entry, change.station_code or "", now=now))
