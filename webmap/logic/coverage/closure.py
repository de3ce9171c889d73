"""Closure test: who loses cover if a station is found locked."""

from typing import Any

import numpy as np

from geo.coverage.closure import measure_closure
from geo.coverage.question import CoverageQuestion
from webmap.logic.coverage.gaps import naming, place_facts
from webmap.logic.coverage.measured import echo, measure, open_state, ready
from webmap.logic.district_state import DistrictState
from webmap.logic.places import STATION

COUNT = 10
"""Stations in an answer, unless another number is asked for: those that matter most."""
_PLACES = 3


def closure(state: DistrictState, asked: CoverageQuestion, *, count: int = COUNT) -> dict[str, Any]:
    """Return the stations on which most people depend: those whom no other covers at the moment asked about."""
    snapshot = ready(state, asked.mode)
    measured = measure(state, asked)
    found = measure_closure(measured, n_facility=snapshot.place_id.size)
    by_column = {place.column: place for place in state.with_function(STATION) if place.column is not None}
    names = naming(state)
    stations = []
    for column in found.order[:count].tolist():
        lost = float(found.lost[column])
        if lost <= 0:
            break
        place = by_column[column]
        alone = np.flatnonzero(measured.only_column == column)
        by_name = np.bincount(names.of[alone], weights=measured.weight[alone], minlength=len(names.places))
        most = np.argsort(-by_name, kind="stable")[:_PLACES].tolist()
        stations.append(
            {
                "code": place.code,
                "name": place.name,
                "name_en": place.name_en,
                "lon": place.lon,
                "lat": place.lat,
                "state": open_state(state, place, asked.at).value,
                "lost": round(lost, 1),
                "lost_if_open": round(float(found.lost_if_open[column]), 1),
                "places": [
                    {**place_facts(state, names.places[at]), "people": round(float(by_name[at]), 1)}
                    for at in most
                    if by_name[at] > 0
                ],
            }
        )
    return {
        "people": round(measured.people, 1),
        "covered": round(measured.covered, 1),
        "depending": round(float(found.lost.sum()), 1),
        "stations": stations,
        "others": {
            "stations": int((found.lost > 0).sum()) - len(stations),
            "lost": round(float(found.lost[found.order[len(stations) :]].sum()), 1),
        },
        **echo(state, asked),
    }
