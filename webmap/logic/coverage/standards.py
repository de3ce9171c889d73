"""Service standards: met, not met, or undecidable for lack of data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from geo.coverage.measure import sum_district
from geo.coverage.question import CoverageQuestion
from geo.coverage.standards import Standard, Station, Town, Verdict, evaluate
from geo.coverage.sums import Sums
from webmap.logic.coverage.measured import measure
from webmap.logic.coverage.moment import AreaName
from webmap.logic.district_state import DataMark, DistrictState
from webmap.logic.places import STATION


@dataclass(frozen=True)
class StandardVerdict:
    """What can be said of one standard, in the language asked for; see `geo.coverage.standards`.

    `actual` of `total` in `unit`; `missing` are at least still needed. `failing` and `unsure` are towns.
    """

    id: str
    rule: str
    title: str
    citation: str
    trust: str
    valid_from: date | None
    valid_until: date | None
    is_in_force: bool
    state: str
    reason: str | None
    unit: str
    total: float
    actual: float
    required: float | None
    missing: float
    unknown_class: int
    failing: tuple[AreaName, ...]
    unsure: tuple[AreaName, ...]


@dataclass(frozen=True)
class StandardsAnswer:
    """The verdict on every standard that binds the district, with those in force on a day told apart."""

    on: date
    standards: tuple[StandardVerdict, ...]
    mark: DataMark


def standards(
    state: DistrictState, held_to: Sequence[Standard], *, on: date | None = None, lang: str = "zh"
) -> StandardsAnswer:
    """Return the verdict on every standard that binds the district.

    Parameters
    ----------
    state : DistrictState
    held_to : sequence of Standard
        Those of the program and of the district's own file (`geo.coverage.standards.load_standards`).
    on : date, optional
        The day that tells which are in force; today by the district's clock.
    lang : str
        ``zh`` or ``en``.
    """
    day = on or datetime.now(UTC).astimezone(state.calendar.zone).date()
    stations = [Station(place.functions[STATION].tier, place.region_code) for place in state.with_function(STATION)]
    towns = [Town(region.code, region.name, region.kind) for region in state.regions]

    def count(mode: str, minutes: float) -> Sums:
        return sum_district(measure(state, CoverageQuestion(mode=mode, minutes=minutes)))

    verdicts = [
        evaluate(standard, stations=stations, towns=towns, measure=count)
        for standard in held_to
        if standard.binds(state.district.code)
    ]
    names = {region.code: AreaName(region.code, region.name, region.name_en) for region in state.regions}
    return StandardsAnswer(
        on=day, standards=tuple(_verdict(verdict, names, day, lang) for verdict in verdicts), mark=state.mark
    )


def _verdict(verdict: Verdict, names: Mapping[str, AreaName], day: date, lang: str) -> StandardVerdict:
    standard = verdict.standard
    is_english = lang == "en"
    required = verdict.required
    return StandardVerdict(
        id=standard.id,
        rule=standard.rule,
        title=standard.title_en if is_english else standard.title,
        citation=standard.citation_en if is_english else standard.citation,
        trust=standard.trust_en if is_english else standard.trust,
        valid_from=standard.valid_from,
        valid_until=standard.valid_until,
        is_in_force=standard.is_in_force(day),
        state=verdict.state,
        reason=verdict.reason,
        unit=verdict.unit,
        total=round(verdict.total, 1),
        actual=round(verdict.actual, 1),
        required=None if required is None else round(required, 1),
        missing=round(verdict.missing, 1),
        unknown_class=verdict.unknown,
        failing=tuple(names[code] for code in verdict.failing),
        unsure=tuple(names[code] for code in verdict.unsure),
    )
