"""What may be chosen: candidate sites, sites put on the map by hand, and search areas where there are no candidates."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from scipy.spatial import cKDTree

from geo.network.snap import metres_per_degree
from geo.records import CandidateRecord
from webmap.logic.coverage import CoverageQuestion
from webmap.logic.coverage.gaps import find_state_gaps
from webmap.logic.district_state import DistrictState
from webmap.logic.place_words import Translate, gap_words
from webmap.logic.siting.sites_question import SitesQuestion, Wanted, is_willing

MAX_AREAS = 150
"""Search areas that take part; the gaps with most people."""

AREA, CANDIDATE, PINNED = "area", "candidate", "pinned"


@dataclass(frozen=True)
class Option:
    """A site that may be chosen; `town` is the code of the town where it lies, "" where nobody lives near.

    Of a search area (`kind` ``area``) only the neighbourhood is meant: rooms are to be found there.
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
    spots = [
        Option(f"pin-{number}", spot.name, PINNED, spot.lon, spot.lat, "", is_fixed=True)
        for number, spot in enumerate(asked.pinned, start=1)
    ]
    n_taking_part = len(found) if candidates else 0
    return Options(tuple(_with_towns(state, [*spots, *found])), len(candidates), len(candidates) - n_taking_part)


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


def _with_towns(state: DistrictState, options: Sequence[Option]) -> list[Option]:
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
