"""What-if analysis: people covered before and after a station moves or is added, by town."""

from dataclasses import dataclass

from geo.coverage.measure import sum_areas, sum_district
from geo.coverage.question import CoverageQuestion
from geo.coverage.what_if import cost_column, measure_what_if, prepare_demand
from geo.errors import NotFoundError, NotReadyError
from webmap.logic.cache import cached
from webmap.logic.coverage.measured import AnswerBasis, answer_basis, demand_costs, measure, ready, stations, towns
from webmap.logic.district_state import DistrictState
from webmap.logic.places import STATION


@dataclass(frozen=True)
class TownChange:
    """People of a town who are covered before and after."""

    code: str
    name: str
    before: float
    after: float


@dataclass(frozen=True)
class WhatIfAnswer:
    """People covered before and after (by two stations or more: ``twice``), and the towns where that changes.

    `station` is the code of the one that moves; None: one more station.
    """

    station: str | None
    people: float
    before: float
    after: float
    twice_before: float
    twice_after: float
    gained: float
    lost: float
    by_town: tuple[TownChange, ...]
    basis: AnswerBasis


def what_if(
    state: DistrictState, asked: CoverageQuestion, *, lon: float, lat: float, station: str | None = None
) -> WhatIfAnswer:
    """Return coverage as it is and as it would be.

    Parameters
    ----------
    state : DistrictState
    asked : CoverageQuestion
    lon, lat : float
        Where the station would stand, degrees WGS84: a site that planners think of, not anybody's position.
    station : str, optional
        Code of the station that moves there; it keeps its hours and services. None: one more station, which is taken
        to be open at the moment asked about and to offer what is asked.

    Raises
    ------
    NotFoundError
        If there is no such station in service.
    NotSnappedError
        If no street of the mode is near the site.
    """
    snapshot = ready(state, asked.mode)
    moved = _column(state, station)
    costs = demand_costs(state, asked.mode)
    demand = cached(
        state,
        "ends",
        lambda: prepare_demand(snapshot.network, costs.snapped, mode=asked.mode),
        key=asked.mode,
        most=2,
    )
    found = stations(state, asked)
    result = measure_what_if(
        measure(state, asked),
        costs.cost,
        counts=found.counts,
        is_unknown=found.is_unknown,
        column=cost_column(snapshot.network, demand, lon, lat),
        moved=moved,
    )
    areas = towns(state)
    before, after = (sum_areas(each, areas) for each in (result.before, result.after))
    whole = [sum_district(each) for each in (result.before, result.after)]
    return WhatIfAnswer(
        station=station,
        people=round(whole[0].people, 1),
        before=round(whole[0].covered, 1),
        after=round(whole[1].covered, 1),
        twice_before=round(whole[0].covered_twice, 1),
        twice_after=round(whole[1].covered_twice, 1),
        gained=round(result.gained, 1),
        lost=round(result.lost, 1),
        by_town=tuple(
            TownChange(code, name, before=round(old.covered, 1), after=round(new.covered, 1))
            for code, name, old, new in zip(areas.code, areas.name, before, after, strict=True)
            if old.covered != new.covered
        ),
        basis=answer_basis(state, asked),
    )


def _column(state: DistrictState, code: str | None) -> int | None:
    if code is None:
        return None
    place = state.place_by_code.get(code)
    if place is None or STATION not in place.functions or place.status != "active":
        raise NotFoundError("there is no station {code} in service in this district", code=code)
    if place.column is None:
        raise NotReadyError("the ways to station {code} are being prepared; try again in a few seconds", code=code)
    return place.column
