"""Closure test: who loses cover if a station is found locked."""

from dataclasses import dataclass

import numpy as np

from geo.coverage.closure import measure_closure
from geo.coverage.question import CoverageQuestion
from geo.hours import OpenState
from webmap.logic.coverage.gaps import PlaceName, naming, place_name
from webmap.logic.coverage.measured import AnswerBasis, answer_basis, measure, open_state, ready
from webmap.logic.district_state import DistrictState
from webmap.logic.places import STATION

COUNT = 10
"""Stations in an answer, unless another number is asked for: those that matter most."""
_PLACES = 3


@dataclass(frozen=True)
class DependentPlace(PlaceName):
    """A named place with the people of it who depend on one station."""

    people: float


@dataclass(frozen=True)
class KeyStation:
    """A station and the people whom it alone covers: surely, or if stations of unknown hours are open.

    `places` are those where most of them live.
    """

    code: str
    name: str
    name_en: str | None
    lon: float
    lat: float
    state: OpenState
    lost: float
    lost_if_open: float
    places: tuple[DependentPlace, ...]


@dataclass(frozen=True)
class OtherStations:
    """The stations that an answer does not list, and the people who depend on them."""

    stations: int
    lost: float


@dataclass(frozen=True)
class ClosureAnswer:
    """The stations on which most people depend; `depending` are the people who depend on any one."""

    people: float
    covered: float
    depending: float
    stations: tuple[KeyStation, ...]
    others: OtherStations
    basis: AnswerBasis


def closure(state: DistrictState, asked: CoverageQuestion, *, count: int = COUNT) -> ClosureAnswer:
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
            KeyStation(
                code=place.code,
                name=place.name,
                name_en=place.name_en,
                lon=place.lon,
                lat=place.lat,
                state=open_state(state, place, asked.at),
                lost=round(lost, 1),
                lost_if_open=round(float(found.lost_if_open[column]), 1),
                places=tuple(
                    DependentPlace(**vars(place_name(state, names.places[at])), people=round(float(by_name[at]), 1))
                    for at in most
                    if by_name[at] > 0
                ),
            )
        )
    return ClosureAnswer(
        people=round(measured.people, 1),
        covered=round(measured.covered, 1),
        depending=round(float(found.lost.sum()), 1),
        stations=tuple(stations),
        others=OtherStations(
            stations=int((found.lost > 0).sum()) - len(stations),
            lost=round(float(found.lost[found.order[len(stations) :]].sum()), 1),
        ),
        basis=answer_basis(state, asked),
    )
