"""Service standards: met, not met, or undecidable for lack of data."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from geo.coverage.measure import Sums, sum_district
from geo.coverage.question import CoverageQuestion
from geo.coverage.standards import Standard, Station, Town, Verdict, evaluate
from webmap.logic.coverage.measured import measure
from webmap.logic.district_state import DistrictState, stamp
from webmap.logic.places import STATION


def standards(
    state: DistrictState, held_to: Sequence[Standard], *, on: date | None = None, lang: str = "zh"
) -> dict[str, Any]:
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
    stations = [Station(place.functions[STATION].klass, place.region_code) for place in state.with_function(STATION)]
    towns = [Town(region.code, region.name, region.kind) for region in state.regions]

    def count(mode: str, minutes: float) -> Sums:
        return sum_district(measure(state, CoverageQuestion(mode=mode, minutes=minutes)))

    verdicts = [
        evaluate(standard, stations=stations, towns=towns, measure=count)
        for standard in held_to
        if standard.binds(state.district.code)
    ]
    names = {
        region.code: {"code": region.code, "name": region.name, "name_en": region.name_en} for region in state.regions
    }
    return {
        "on": day.isoformat(),
        "standards": [_facts(verdict, names, day, lang) for verdict in verdicts],
        **stamp(state),
    }


def _facts(verdict: Verdict, names: dict[str, dict[str, str | None]], day: date, lang: str) -> dict[str, Any]:
    standard = verdict.standard
    is_english = lang == "en"
    required = verdict.required
    return {
        "id": standard.id,
        "rule": standard.rule,
        "title": standard.title_en if is_english else standard.title,
        "citation": standard.citation_en if is_english else standard.citation,
        "trust": standard.trust_en if is_english else standard.trust,
        "valid_from": standard.valid_from.isoformat() if standard.valid_from else None,
        "valid_until": standard.valid_until.isoformat() if standard.valid_until else None,
        "in_force": standard.is_in_force(day),
        "state": verdict.state,
        "reason": verdict.reason,
        "unit": verdict.unit,
        "total": round(verdict.total, 1),
        "actual": round(verdict.actual, 1),
        "required": None if required is None else round(required, 1),
        "missing": round(verdict.missing, 1),
        "unknown_class": verdict.unknown,
        "failing": [names[code] for code in verdict.failing],
        "unsure": [names[code] for code in verdict.unsure],
    }
