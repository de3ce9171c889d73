"""Standards: verdicts against every way the unknown classes might turn out, and files that cannot be used."""

from datetime import date
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.coverage.standards import Station, Town, evaluate, load_standards, read_standards
from geo.coverage.sums import Sums
from geo.errors import InputError

FLAGSHIP, BASIC = "标杆型", "基本型"
IN_EACH_TOWN, SHARE, ROUND_THE_CLOCK, CIRCLE = load_standards()
TOWNS = [Town("a", "甲镇", "镇"), Town("b", "乙街道", None), Town("c", "丙乡", "乡")]

stations = st.lists(
    st.builds(Station, st.sampled_from([FLAGSHIP, BASIC, None]), st.sampled_from(["a", "b", "c", None])), max_size=7
)


def never(mode, minutes):
    raise AssertionError


def outcomes(found):
    """Return the network for every way in which the unknown classes might turn out."""
    options = [[s] if s.tier else [Station(k, s.town) for k in (FLAGSHIP, BASIC)] for s in found]
    return list(product(*options))


@given(stations)
def test_each_town_is_judged_only_where_all_outcomes_agree(found):
    def is_met(network):
        # 乡 are not meant; of the street committee only the name says what it is.
        return all(any(s.tier == FLAGSHIP and s.town == town for s in network) for town in ("a", "b"))

    verdict = evaluate(IN_EACH_TOWN, stations=found, towns=TOWNS, measure=never)
    possible = {is_met(network) for network in outcomes(found)}
    expected = {frozenset({True}): "met", frozenset({False}): "not_met"}.get(frozenset(possible), "unsaid")
    assert verdict.state == expected
    assert (verdict.reason == "class_unknown") == (verdict.state == "unsaid")
    assert verdict.total == 2
    assert verdict.missing == 2 - verdict.actual
    assert set(verdict.failing) <= {"a", "b"}


@given(stations)
def test_a_share_is_judged_only_where_all_outcomes_agree(found):
    verdict = evaluate(SHARE, stations=found, towns=TOWNS, measure=never)
    if not found:
        assert (verdict.state, verdict.reason) == ("unsaid", "no_stations")
        return
    possible = {
        Fraction(sum(s.tier == FLAGSHIP for s in network), len(found)) >= Fraction(1, 10) for network in outcomes(found)
    }
    expected = {frozenset({True}): "met", frozenset({False}): "not_met"}.get(frozenset(possible), "unsaid")
    assert verdict.state == expected
    assert verdict.unknown == sum(s.tier is None for s in found)
    assert verdict.actual + verdict.missing >= verdict.required


@pytest.mark.parametrize(("n", "required"), [(20, 2), (21, 3), (30, 3), (10, 1), (1, 1)])
def test_ten_percent_of_thirty_are_three_not_four(n, required):
    verdict = evaluate(SHARE, stations=[Station(BASIC, "a")] * n, towns=TOWNS, measure=never)
    assert (verdict.required, verdict.missing, verdict.state) == (required, required, "not_met")


def test_a_town_of_unknown_kind_may_be_meant():
    verdict = evaluate(IN_EACH_TOWN, stations=[], towns=[Town("x", "Vaduz", None)], measure=never)
    assert (verdict.state, verdict.reason, verdict.unsure) == ("unsaid", "town_kind_unknown", ("x",))


def sums(covered, twice=0.0):
    return Sums(100.0, covered, 0.0, twice, 0.0, 1, 1, 0, 0, 0)


def test_a_circle_without_a_share_is_measured_and_not_judged():
    asked = []
    verdict = evaluate(CIRCLE, stations=[], towns=[], measure=lambda *a: asked.append(a) or sums(40.0))
    assert asked == [("walk", 15.0)]
    assert (verdict.state, verdict.reason, verdict.actual, verdict.total) == ("unsaid", "no_target", 40.0, 100.0)


def test_what_comes_with_the_program_is_dated_cited_and_bound_to_its_province():
    for standard in load_standards():
        assert standard.citation
        assert "未见原文" in standard.trust
        assert standard.binds("330111")
        assert not standard.binds("HEL")
        assert standard.is_in_force(date(2026, 12, 31))
        assert not standard.is_in_force(date(2027, 1, 1))
        assert not standard.is_in_force(date(2023, 12, 31))


OWN = """
[[standard]]
id = "own/twice"
rule = "coverage"
title = "八成的人十五分钟内有两处驿站"
mode = "walk"
minutes = 15
percent = 80.5
twice = true
citation = "区总工会 2026 年目标"
[[standard]]
id = "own/forty"
rule = "stations"
title = "四十处驿站"
at_least = 40
citation = "区总工会 2026 年目标"
"""


def test_a_district_adds_its_own_targets(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text(OWN, encoding="utf-8")
    twice, forty = load_standards(path)[-2:]
    assert evaluate(twice, stations=[], towns=[], measure=lambda *_: sums(90.0, 80.5)).state == "met"
    short = evaluate(twice, stations=[], towns=[], measure=lambda *_: sums(90.0, 80.0))
    assert (short.state, short.missing) == ("not_met", 0.5)
    few = evaluate(forty, stations=[Station(None, None)] * 38, towns=[], measure=never)
    assert (few.state, few.missing) == ("not_met", 2)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = [", "is not TOML"),
        (OWN.replace('"coverage"', '"feeling"'), "standard 1: rule feeling is not one of"),
        (OWN.replace("at_least = 40", ""), "standard 2: at_least is missing"),
        (OWN.replace("at_least = 40", 'at_least = "many"'), "standard 2: at_least = many"),
        (OWN.replace("percent = 80.5", "percent = 180"), "percent = 180"),
        (OWN.replace("percent = 80.5", 'percent = "most"'), "standard 1: cannot be used"),
        (OWN.replace("twice = true", "colour = 1"), "standard 1: cannot be used"),
        (OWN.replace('"walk"', '"teleport"'), "mode = teleport"),
    ],
)
def test_a_file_that_cannot_be_used_says_where(tmp_path, text, said):
    path = tmp_path / "own.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=said):
        read_standards(path)
    with pytest.raises(InputError, match="cannot be read"):
        read_standards(tmp_path / "missing.toml")
