"""Baseline and outcome of a ledger entry: the people missed at its gap, and what its station changes once it opens.

Both are measured by the functions that answer coverage questions, on the same state.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np

from geo.db.ledger import OPEN, EntryChange, EntryFacts, NewEntry, Outcome, check_change
from geo.errors import InputError, NotFoundError, NotReadyError
from webmap.logic.coverage import CoverageQuestion
from webmap.logic.coverage.gaps import find_state_gaps, naming
from webmap.logic.coverage.measured import measure, open_state, ready, weights
from webmap.logic.district_state import DistrictState
from webmap.logic.places import STATION, choose_places


def entry_of_gap(
    state: DistrictState,
    asked: CoverageQuestion,
    *,
    place_key: str,
    name: str | None = None,
    owner: str | None = None,
    note: str | None = None,
) -> NewEntry:
    """Return the gap of a named place as an entry: who is missed there now, by this question.

    Parameters
    ----------
    state : DistrictState
    asked : CoverageQuestion
    place_key : str
        ``id`` of the gap in the answer of `webmap.logic.coverage.gaps`.
    name, owner, note : str, optional
        What to call it, who looks after it, the first line of its log.

    Raises
    ------
    NotFoundError
        If nobody is missed there by this question.
    """
    gap = next((gap for gap in find_state_gaps(state, asked) if gap.place.id == place_key), None)
    if gap is None:
        raise NotFoundError(
            "there is no gap {code}: nobody is missed there any more by this question; look at the gaps again",
            code=place_key,
        )
    towns = {region.code: region.name for region in state.regions}
    part = f"（{gap.place.part}）" if gap.place.part else ""
    return NewEntry(
        name=name or f"{gap.place.name or towns.get(gap.place.town, '') or gap.place.id}{part}",
        lon=gap.lon,
        lat=gap.lat,
        question=asked,
        promised=round(gap.people, 1),
        unit=weights(state, asked).unit,
        cause=gap.cause,
        place_key=place_key,
        region_code=gap.place.town or None,
        is_sample=state.is_sample,
        owner=owner,
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
    station = next((place for place in state.with_function(STATION) if place.code == station_code), None)
    if station is None:
        raise InputError("there is no station {code} in service in this district", code=station_code)
    if station.column is None:
        raise NotReadyError("{name} is being attached to the streets; try again in a few seconds", name=station.name)
    measured = measure(state, asked)
    gain = float(measured.weight[measured.only_column == station.column].sum())
    offers = any(place.code == station_code for place in choose_places(state, STATION, asked.services))
    return Outcome(
        station=station.code,
        station_name=station.name,
        counts=offers and open_state(state, station, asked.at).value == "open",
        gain=round(gain, 1),
        people=round(measured.people, 1),
        covered=round(measured.covered, 1),
        covered_without=round(measured.covered - gain, 1),
        missed_here=_missed_here(state, entry, measured.weight, measured.is_covered),
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


def _missed_here(state: DistrictState, entry: EntryFacts, weight: Any, is_covered: Any) -> float | None:
    names = naming(state)
    at = next((number for number, place in enumerate(names.places) if place.id == entry.place_key), None)
    if at is None:
        return None
    return round(float(np.where((names.of == at) & ~is_covered, weight, 0.0).sum()), 1)
