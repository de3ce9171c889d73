"""The numbers of a coverage report, computed once; every form of the report is written from them."""

import dataclasses
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from geo.coverage.standards import Standard
from webmap.logic.coverage import CoverageQuestion, closure, coverage, curve, gaps, standards, week
from webmap.logic.coverage.closure import KeyStation
from webmap.logic.coverage.gaps import GapPlace
from webmap.logic.coverage.measured import CountedLayer, open_state
from webmap.logic.coverage.moment import AreaCoverage, Headline
from webmap.logic.coverage.standards import StandardVerdict
from webmap.logic.district_state import DistrictState
from webmap.logic.gap_classes import share_breaks


@dataclass(frozen=True)
class Nearness:
    """Minutes to the nearest station that counts: percentiles (None: not reached) and the worst served tenth."""

    percentiles: tuple[tuple[float, float | None], ...]
    worst_count: float
    worst_mean_min: float | None
    worst_unreached: float


@dataclass(frozen=True)
class Gap:
    """People whom no station surely covers and whom one station could serve; minutes None where nothing is reached.

    Named by a street, settlement or town (`kind`), the direction from it and, where several share a name, a part;
    `nearest` is the station nearest to most of them.
    """

    rank: int
    name: str
    name_en: str | None
    kind: str
    direction: str
    part: int | None
    town: str
    people: float
    people_if_open: float
    people_here: float
    nearest_min: float | None
    nearest_any_min: float | None
    nearest: str | None
    cause: str
    lon: float
    lat: float


@dataclass(frozen=True)
class Dependence:
    """A station and the people who lose cover if it is locked."""

    rank: int
    code: str
    name: str
    state: str
    lost: float
    lost_if_open: float
    places: tuple[tuple[str, int | None], ...]
    names_en: tuple[str | None, ...]


@dataclass(frozen=True)
class Station:
    """A rest station in service, as the report counts it."""

    code: str
    name: str
    name_en: str | None
    tier: str | None
    town: str
    hours: str | None
    services: tuple[str, ...]
    state: str
    counts: bool
    lon: float
    lat: float


@dataclass(frozen=True)
class Input:
    """A loaded file."""

    layer: str
    file_name: str
    data_date: str | None
    licence: str | None
    attribution: str | None
    accuracy: str | None
    note: str | None
    checksum: str | None
    rows_stored: int
    rows_rejected: int
    is_sample: bool
    is_schematic: bool
    is_proxy: bool


@dataclass(frozen=True)
class Week:
    """Share covered at the start of each hour, seven days from `monday`, 24 hours each."""

    monday: str
    share: tuple[tuple[float, ...], ...]

    def extremes(self) -> tuple[tuple[int, int, float], tuple[int, int, float]]:
        """Return the first hour with the largest share and the first with the smallest: day, hour, share."""
        hours = [(day, hour, share) for day, row in enumerate(self.share) for hour, share in enumerate(row)]
        return max(hours, key=lambda hour: hour[2]), min(hours, key=lambda hour: hour[2])


@dataclass(frozen=True)
class Figures:
    """Key figures of a report; `made_at` as ISO text."""

    made_at: str
    people: float
    covered: float
    share: float
    share_twice: float
    missed: float
    stations: int
    gaps: int


@dataclass(frozen=True)
class CoverageReport:
    """A coverage report: the question, the answer, and what both rest on.

    Attributes
    ----------
    district, name, name_en, status : str
        Code and names; ``real``, ``sample`` or ``demo``.
    data_version : int
    made_at : datetime
        With the district's zone.
    mode, minutes, services, at
        The question; see `webmap.logic.coverage.CoverageQuestion`.
    unit : str
        What is counted: ``people``, ``buildings`` or ``weighted``.
    whole : AreaCoverage
        The district.
    places, places_covered : int
        Inhabited points.
    stations_counted, stations_closed, stations_unknown : int
    nearness : Nearness
    towns, key_areas : tuple of AreaCoverage
    week : Week
    gaps : tuple of Gap
        All of them, most people first.
    causes : tuple of (str, float)
        Missed people by cause.
    dependences : tuple of Dependence
    standards : tuple of StandardVerdict
    stations : tuple of Station
    layers : tuple of CountedLayer
    inputs : tuple of Input
    gap_breaks : tuple of float
        People that part the colours of squares, the same as on ``/plan``.
    curve : tuple of float
        Share covered within 0, 1, … minutes.
    signed_by : str, optional
        Who signs the report; None leaves a line for a pen.
    previous : Figures, optional
        Of the last report of the same question.
    """

    district: str
    name: str
    name_en: str
    status: str
    data_version: int
    made_at: datetime
    mode: str
    minutes: float
    services: tuple[str, ...]
    at: datetime | None
    unit: str
    whole: AreaCoverage
    places: int
    places_covered: int
    stations_counted: int
    stations_closed: int
    stations_unknown: int
    nearness: Nearness
    towns: tuple[AreaCoverage, ...]
    key_areas: tuple[AreaCoverage, ...]
    week: Week
    gaps: tuple[Gap, ...]
    causes: tuple[tuple[str, float], ...]
    dependences: tuple[Dependence, ...]
    standards: tuple[StandardVerdict, ...]
    stations: tuple[Station, ...]
    layers: tuple[CountedLayer, ...]
    inputs: tuple[Input, ...]
    gap_breaks: tuple[float, ...]
    curve: tuple[float, ...]
    signed_by: str | None = None
    previous: "Figures | None" = None

    @property
    def share_breaks(self) -> tuple[float, ...]:
        """Breaks of the map of shares by town, the same as on ``/plan``."""
        return share_breaks([town.share for town in self.towns if town.people and town.code])

    @property
    def figures(self) -> "Figures":
        """What the next report of the same question is compared with."""
        return Figures(
            made_at=self.made_at.isoformat(),
            people=self.whole.people,
            covered=self.whole.covered,
            share=self.whole.share,
            share_twice=self.whole.share_twice,
            missed=self.whole.missed,
            stations=self.stations_counted,
            gaps=len(self.gaps),
        )

    @property
    def is_sample(self) -> bool:
        """Whether every form must say that it shows sample data."""
        return self.status == "sample"

    @property
    def digest(self) -> str:
        """Twelve hexadecimal digits that two reports share only if all their numbers are the same."""
        facts = dataclasses.asdict(self) | {
            "made_at": None,
            "signed_by": None,
            "previous": None,
            "at": self.at and self.at.isoformat(),
        }
        facts |= {
            "whole": _printed(self.whole),
            "towns": [_printed(town) for town in self.towns],
            "key_areas": [_printed(area) for area in self.key_areas],
        }
        # In whatever language it is written.
        facts["standards"] = [(each.state, each.actual, each.required) for each in self.standards]
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:12]


def compute_report(
    state: DistrictState,
    asked: CoverageQuestion,
    *,
    made_at: datetime,
    held_to: Sequence[Standard] = (),
    lang: str = "zh",
    signed_by: str | None = None,
    previous: Figures | None = None,
) -> CoverageReport:
    """Count everything that a report says.

    Parameters
    ----------
    state : DistrictState
    asked : CoverageQuestion
        Without an ``area``.
    made_at : datetime
        With its zone; printed in every form. Two reports of one state and one moment are alike to the last byte.
    held_to : sequence of Standard
        Evaluated on the day of `made_at`.
    lang : str
        ``zh`` or ``en``: of the titles and citations of standards.
    signed_by : str, optional
    previous : Figures, optional
        Of the last report of the same question.
    """
    answer = coverage(state, asked)
    missed = gaps(state, asked, count=None)
    shut = closure(state, asked)
    hours = week(state, asked)
    today = made_at.astimezone(state.calendar.zone).date()
    verdicts = standards(state, held_to, on=today, lang=lang)
    by_people = answer.nearest.by_people
    worst = by_people.worst_tenth
    return CoverageReport(
        district=state.district.code,
        name=state.district.name,
        name_en=state.district.name_en,
        status=state.district.status,
        data_version=state.data_version,
        made_at=made_at.astimezone(state.calendar.zone).replace(microsecond=0),
        mode=asked.mode,
        minutes=asked.minutes,
        services=asked.services,
        at=asked.at and asked.at.astimezone(state.calendar.zone),
        unit=answer.basis.unit,
        whole=AreaCoverage(
            code=state.district.code,
            name=state.district.name,
            name_en=state.district.name_en,
            **{each.name: getattr(answer, each.name) for each in dataclasses.fields(Headline)},
            places=answer.places.all,
            places_covered=answer.places.covered,
        ),
        places=answer.places.all,
        places_covered=answer.places.covered,
        stations_counted=answer.stations.counted,
        stations_closed=answer.stations.closed,
        stations_unknown=answer.stations.unknown,
        nearness=Nearness(
            percentiles=tuple((each.percent, each.minutes) for each in by_people.percentiles),
            worst_count=worst.count,
            worst_mean_min=worst.mean_min,
            worst_unreached=worst.unreached,
        ),
        towns=answer.by_town,
        key_areas=answer.by_area,
        week=Week(hours.monday.isoformat(), tuple(day.share for day in hours.days)),
        gaps=tuple(_gap(rank, gap) for rank, gap in enumerate(missed.gaps, 1)),
        causes=tuple((cause, people) for cause, people in missed.causes.items() if people > 0),
        dependences=tuple(_dependence(rank, station) for rank, station in enumerate(shut.stations, 1)),
        standards=verdicts.standards,
        stations=tuple(_stations(state, asked)),
        layers=answer.basis.layers,
        inputs=tuple(
            Input(**{field.name: getattr(source, field.name) for field in dataclasses.fields(Input)})
            for source in state.sources
        ),
        gap_breaks=tuple(state.ready().gap_breaks.tolist()),
        curve=tuple(curve(state, asked)),
        signed_by=signed_by,
        previous=previous,
    )


def _printed(area: AreaCoverage) -> dict[str, Any]:
    """Return what a report prints of an area."""
    left_out = ("share_if_open", "places", "places_covered")
    return {name: value for name, value in dataclasses.asdict(area).items() if name not in left_out}


def _gap(rank: int, gap: GapPlace) -> Gap:
    return Gap(
        rank=rank,
        name=gap.name,
        name_en=gap.name_en,
        kind=gap.kind,
        direction=gap.direction,
        part=gap.part,
        town=gap.town.name,
        people=gap.people,
        people_if_open=gap.people_if_open,
        people_here=gap.people_here,
        nearest_min=gap.nearest_min,
        nearest_any_min=gap.nearest_any_min,
        nearest=gap.nearest.name if gap.nearest else None,
        cause=gap.cause,
        lon=gap.lon,
        lat=gap.lat,
    )


def _dependence(rank: int, station: KeyStation) -> Dependence:
    return Dependence(
        rank=rank,
        code=station.code,
        name=station.name,
        state=station.state.value,
        lost=station.lost,
        lost_if_open=station.lost_if_open,
        places=tuple((place.name, place.part) for place in station.places),
        names_en=tuple(place.name_en for place in station.places),
    )


def _stations(state: DistrictState, asked: CoverageQuestion) -> list[Station]:
    towns = {region.code: region.name for region in state.regions}
    wanted = set(asked.services)
    found = []
    for place in state.with_function(asked.kind):
        function = place.functions[asked.kind]
        now = open_state(state, place, asked.at, kind=asked.kind).value
        found.append(
            Station(
                code=place.code,
                name=place.name,
                name_en=place.name_en,
                tier=function.tier,
                town=towns.get(place.region_code or "", ""),
                hours=function.hours,
                services=function.services,
                state=now,
                counts=now == "open" and wanted <= set(function.services),
                lon=place.lon,
                lat=place.lat,
            )
        )
    return found
