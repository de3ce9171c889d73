"""What may be chosen: candidate sites, sites put on the map by hand, and search areas where there are no candidates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from scipy.spatial import cKDTree

from geo.hours import OpenState
from geo.network.snap import metres_per_degree
from geo.records import CandidateRecord
from webmap.logic.coverage import CoverageQuestion
from webmap.logic.coverage.gaps import find_state_gaps
from webmap.logic.coverage.measured import open_state
from webmap.logic.district_state import DistrictState, PlaceInfo
from webmap.logic.place_words import Translate, gap_words
from webmap.logic.siting.sites_question import ACTIONS, SitesQuestion, Spot, Wanted, is_willing

MAX_AREAS = 150
"""Search areas that take part; the gaps with most people."""

AREA, CANDIDATE, PINNED = "area", "candidate", "pinned"

BOTH = "both"
"""Kind of a station that is to stay open longer and to get a service."""


@dataclass(frozen=True)
class Option:
    """A site that may be chosen; `town` is the code of the town where it lies, "" where nobody lives near.

    Of a search area (`kind` ``area``) only the neighbourhood is meant: rooms are to be found there. The kinds of
    `ACTIONS` are what may be done with a place of ours; its code stands behind the kind and a colon.
    """

    code: str
    name: str
    kind: str
    lon: float
    lat: float
    town: str
    cost: float | None = None
    host: str | None = None
    willingness: str | None = None
    willing_on: date | None = None
    is_fixed: bool = False
    version: int = 0


@dataclass(frozen=True)
class Options:
    """Options of a question; how many candidates there are, and how many of them the question leaves out."""

    options: tuple[Option, ...]
    candidates: int
    left_out: int


def find_options(
    state: DistrictState, asked: SitesQuestion, candidates: Sequence[CandidateRecord], *, translate: Translate = str
) -> Options:
    """Return what may be chosen for a question; `translate` gives the words in the names of search areas."""
    found = [
        Option(
            each.code,
            each.name,
            CANDIDATE,
            each.lon,
            each.lat,
            "",
            each.cost,
            each.host,
            each.willingness,
            each.willing_on,
            each.status == "mandatory" or each.code in asked.fixed,
            each.version,
        )
        for each in candidates
        if each.status != "forbidden" and each.code not in asked.forbidden and is_wanted(each, asked.wanted)
    ]
    if not candidates:
        areas = search_areas(state, asked.coverage, translate=translate)
        found = [replace(each, is_fixed=each.code in asked.fixed) for each in areas if each.code not in asked.forbidden]
    known = {each.code: each for each in candidates}
    # What sites cost that are decided is not money of this question.
    spots = [replace(option_of_spot(spot, n, known), cost=None) for n, spot in enumerate(asked.pinned, start=1)]
    kept = {each.code for each in spots}
    n_taking_part = len(found) if candidates else 0
    actions = [
        replace(each, is_fixed=each.code in asked.fixed)
        for each in find_actions(state, asked.coverage, asked.actions)
        if each.code not in asked.forbidden and each.code.partition(":")[2] not in asked.closed
    ]
    others = [each for each in (*found, *actions) if each.code not in kept]
    return Options(tuple(with_towns(state, [*spots, *others])), len(candidates), len(candidates) - n_taking_part)


def option_of_spot(spot: Spot, number: int, candidates: Mapping[str, CandidateRecord]) -> Option:
    """Return a site of a hand or of a saved plan as an option that is decided, with what is known of it.

    It is a candidate while it stands where the candidate is; a search area stays one. Whatever is a place of ours keeps
    its kind. All else was put there by hand, and `number` is its code.
    """
    plain = Option(f"pin-{number}", spot.name, PINNED, spot.lon, spot.lat, "", is_fixed=True)
    known = candidates.get(spot.code)
    if known is not None and (round(known.lon, 6), round(known.lat, 6)) == (round(spot.lon, 6), round(spot.lat, 6)):
        return replace(
            plain, code=known.code, kind=CANDIDATE, name=known.name, cost=known.cost, host=known.host,
            willingness=known.willingness, willing_on=known.willing_on, version=known.version,
        )  # fmt: skip
    is_kept = bool(spot.code) and spot.kind in (AREA, *ACTIONS, BOTH)
    return replace(plain, code=spot.code, kind=spot.kind) if is_kept else plain


def find_actions(state: DistrictState, asked: CoverageQuestion, costs: Mapping[str, float | None]) -> list[Option]:
    """Return what may be done with the places of ours: each is one option at most, so they never exclude each other.

    ``function``: a place without the kind that is asked for becomes one. ``equipment``: a station gets the services
    asked for. ``hours``: a station that is not surely open at the moment asked about stays open. A station that lacks
    both is an option where both may be chosen, for both costs.
    """
    found = []
    for place in state.places:
        if place.status != "active" or place.column is None:
            continue
        kind = _action_of(state, place, asked)
        parts = ("equipment", "hours") if kind == BOTH else (kind,)
        if kind and all(part in costs for part in parts):
            prices = [costs[part] for part in parts]
            known = [price for price in prices if price is not None]
            cost = sum(known) if len(known) == len(prices) else None
            found.append(Option(f"{kind}:{place.code}", place.name, kind, place.lon, place.lat, "", cost, place.host))
    return found


def _action_of(state: DistrictState, place: PlaceInfo, asked: CoverageQuestion) -> str:
    station = place.functions.get(asked.kind)
    if station is None:
        return "function"
    lacks = not set(asked.services) <= set(station.services)
    is_shut = open_state(state, place, asked.at, kind=asked.kind) is not OpenState.OPEN
    return BOTH if lacks and is_shut else "equipment" if lacks else "hours" if is_shut else ""


def is_wanted(candidate: CandidateRecord, wanted: Wanted) -> bool:
    """Tell whether a candidate fits what is wanted; what nobody has recorded does not exclude it."""
    facts = (
        (wanted.on_street, candidate.is_on_street),
        (wanted.ground_floor, candidate.is_ground_floor),
        (wanted.ebike_parking, candidate.has_ebike_parking),
    )
    if any(is_asked and fact is False for is_asked, fact in facts):
        return False
    if candidate.area_m2 is not None and candidate.area_m2 < wanted.least_area_m2:
        return False
    return is_willing(candidate.willingness, wanted)


def search_areas(state: DistrictState, asked: CoverageQuestion, *, translate: Translate = str) -> list[Option]:
    """Return the neighbourhoods where rooms may be looked for: the gaps, those with most people first."""
    gaps = find_state_gaps(state, asked)[:MAX_AREAS]
    towns = {region.code: region.name for region in state.regions}
    return [
        Option(
            gap.place.id,
            gap_words(
                translate,
                gap.place.name,
                town=towns.get(gap.place.town, ""),
                kind=gap.place.kind,
                direction=gap.place.direction,
                part=gap.place.part,
            )
            or gap.place.id,
            AREA,
            round(gap.lon, 6),
            round(gap.lat, 6),
            gap.place.town or "",
        )
        for gap in gaps
    ]


def with_towns(state: DistrictState, options: Sequence[Option]) -> list[Option]:
    """Return the options with the town of the demand point that is nearest to each."""
    lon, lat = (state.demand[axis].to_numpy(np.float64) for axis in ("lon", "lat"))
    if lon.size == 0 or not options:
        return list(options)
    scale = np.array(metres_per_degree(float(lat.mean())))
    tree = cKDTree(np.column_stack([lon, lat]) * scale)
    _, near = tree.query(np.array([(each.lon, each.lat) for each in options]) * scale)
    towns = state.demand["region_code"].to_numpy()[near]
    return [
        replace(each, town=each.town or (town if isinstance(town, str) else ""))
        for each, town in zip(options, towns.tolist(), strict=True)
    ]
