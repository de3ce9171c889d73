"""Rules: each verdict with its number, nothing unknown counted as met, dates and regions kept."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from geo.errors import InputError
from geo.tours.problem import (
    Boarding,
    DriveTimes,
    Group,
    ItineraryProblem,
    ItineraryResult,
    Place,
    PlannedDay,
    PlannedStop,
    TourDay,
)
from geo.tours.rules import Circumstances, Finding, Verdict, count_verdicts, evaluate, load_rules

ALL_KNOWN = Circumstances("330111", "public", spent_cents=0, driven_min=0)


def tour(
    *,
    cost: int = 4_000_000,
    unknown: tuple[str, ...] = (),
    day: date = date(2026, 5, 15),
    legs: tuple[int, ...] = (60, 60),
) -> tuple[ItineraryProblem, ItineraryResult]:
    """Return a day trip of 40 people with an hour at each stop, driving `legs` minutes; times are made by hand."""
    places = (Place("a", "a", "depot"), *(Place(f"s{k}", f"s{k}", "sight") for k in range(len(legs) - 1)))
    n = len(places)
    problem = ItineraryProblem(
        places, (TourDay(day, 480, 1320),), "a", "a", (), DriveTimes(np.zeros((1, n, n))), Group(40),
        boarding=Boarding(0, 0, 0, 0),
    )  # fmt: skip
    time, stops = 480, []
    for k, leg in enumerate(legs[:-1]):
        time += leg
        stops.append(PlannedStop(f"s{k}", time, time, time + 60, time + 60))
        time += 60
    planned = PlannedDay("a", "a", 480, tuple(stops), time + legs[-1], sum(legs))
    return problem, ItineraryResult((planned,), 0.0, 0.0, cost, unknown, (), None, 0.0, 0)


def by_code(findings: tuple[Finding, ...]) -> dict[str, Finding]:
    return {finding.rule.code: finding for finding in findings}


def test_everything_known_and_kept_is_met() -> None:
    findings = evaluate(*tour(cost=2_400_000), ALL_KNOWN)
    assert {finding.verdict for finding in findings} == {Verdict.MET}
    assert by_code(findings)["zj-2020-per-day"].value == 60_000
    assert count_verdicts(findings)[Verdict.MET] == len(findings)


def test_a_limit_is_exceeded_by_one_cent() -> None:
    found = by_code(evaluate(*tour(cost=2_400_001), ALL_KNOWN))["zj-2020-per-day"]
    assert (found.verdict, found.value) == (Verdict.NOT_MET, 60_001)


def test_unknown_prices_never_count_as_met_but_may_already_be_too_much() -> None:
    found = by_code(evaluate(*tour(cost=100, unknown=("s0",)), ALL_KNOWN))["zj-2020-per-day"]
    assert (found.verdict, found.missing) == (Verdict.UNKNOWN, ("price:s0",))
    found = by_code(evaluate(*tour(cost=9_000_000, unknown=("s0",)), ALL_KNOWN))["zj-2020-per-day"]
    assert found.verdict is Verdict.NOT_MET


def test_what_nobody_entered_is_unknown_and_named() -> None:
    found = by_code(evaluate(*tour(cost=100), Circumstances("330111")))
    assert found["hz-2021-per-year"].verdict is Verdict.UNKNOWN
    assert set(found["hz-2021-per-year"].missing) == {"employer", "spent_cents"}
    assert found["coach-drive-7d"].missing == ("driven_min",)


def test_rules_of_other_years_regions_and_employers_do_not_apply() -> None:
    for circumstances, day in (
        (replace(ALL_KNOWN, region="320100"), date(2026, 5, 15)),
        (replace(ALL_KNOWN, employer="other"), date(2026, 5, 15)),
        (ALL_KNOWN, date(2021, 5, 31)),
    ):
        found = by_code(evaluate(*tour(cost=100, day=day), circumstances))["hz-2021-per-year"]
        assert found.verdict is Verdict.NOT_APPLICABLE


def test_driving_is_measured_between_breaks_and_by_night() -> None:
    found = by_code(evaluate(*tour(cost=100, legs=(241, 60)), ALL_KNOWN))
    assert (found["coach-stretch-day"].verdict, found["coach-stretch-day"].value) == (Verdict.NOT_MET, 241)
    assert found["coach-drive-24h"].verdict is Verdict.MET
    found = by_code(evaluate(*tour(cost=100, legs=(200, 200, 130)), ALL_KNOWN))
    assert found["coach-drive-24h"].verdict is Verdict.NOT_MET
    # 08:00 + 200 + 60 + 200 + 60 + 400 ends at 23:20, in the night.
    found = by_code(evaluate(*tour(cost=100, legs=(200, 200, 400)), ALL_KNOWN))
    assert (found["coach-stretch-night"].verdict, found["coach-stretch-night"].value) == (Verdict.NOT_MET, 400)


def test_every_packaged_rule_is_dated_cited_and_says_how_far_it_is_trusted() -> None:
    for rule in load_rules().rules:
        assert rule.since.year >= 2018
        assert len(rule.citation) > 10
        assert rule.trust in {"V", "S", "U"}
        assert rule.is_current_unchecked


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ('measure = "days"', "no measure dais"),
        ("limit = 5", "limit is missing"),
        ('trust = "S"', "trust is V, S or U"),
        ('code = "x"', "appears twice"),
        ("[[rule]]", "rules.toml"),
    ],
)
def test_files_of_rules_that_cannot_be_used_are_refused(tmp_path: Path, change: str, message: str) -> None:
    text = (
        '[[rule]]\ncode = "x"\ntitle = "t"\nmeasure = "days"\nlimit = 5\nfrom = 2020-01-01\n'
        'citation = "c"\ntrust = "S"\n'
    )
    bad = {
        'measure = "days"': text.replace("days", "dais"),
        "limit = 5": text.replace("limit = 5\n", ""),
        'trust = "S"': text.replace('"S"', '"A"'),
        'code = "x"': text + text,
        "[[rule]]": text.replace("[[rule]]", "[[rule"),
    }[change]
    (tmp_path / "rules.toml").write_text(bad, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        load_rules(tmp_path / "rules.toml")


def test_cost_without_the_coaches_is_never_met() -> None:
    known = Circumstances("330111", "public", spent_cents=0, driven_min=0, has_coach_cost=False)
    findings = by_code(evaluate(*tour(cost=2_400_000), known))
    assert findings["zj-2020-per-day"].verdict is Verdict.UNKNOWN
    assert "coach_cost" in findings["hz-2021-per-year"].missing
    # What is known is above the limit already.
    assert by_code(evaluate(*tour(cost=9_400_000), known))["zj-2020-per-day"].verdict is Verdict.NOT_MET
    assert findings["coach-drive-24h"].verdict is Verdict.MET
