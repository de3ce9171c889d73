"""Evaluate a plan by dated, cited rules: met, not met, not applicable, or unknown for want of a fact."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from geo.errors import InputError
from geo.toml_text import read_toml
from geo.tours.problem import ItineraryProblem, ItineraryResult

Trust = Literal["V", "S", "U"]
Employer = Literal["public", "state_firm", "other"]

MEASURES = (
    "cents_per_head_day",
    "cents_per_head_year",
    "days",
    "stretch_day_min",
    "stretch_night_min",
    "drive_24h_min",
    "drive_7d_min",
    "minutes_2_to_5",
)


class Verdict(StrEnum):
    """What a rule says of a plan (符合 / 不符合 / 不适用 / 无法判断)."""

    MET = "met"
    NOT_MET = "not_met"
    NOT_APPLICABLE = "not_applicable"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Rule:
    """A limit with its dates, its citation, and how far the citation is trusted (V, S or U)."""

    code: str
    title: str
    measure: str
    limit: int
    since: date
    citation: str
    trust: Trust
    until: date | None = None
    region: tuple[str, ...] = ()
    employer: tuple[str, ...] = ()

    @property
    def is_current_unchecked(self) -> bool:
        """Whether nobody has entered until when the rule holds (未核对现行)."""
        return self.until is None


@dataclass(frozen=True)
class RuleSet:
    """Rules, and what counts as night and as a break for drivers, minutes."""

    rules: tuple[Rule, ...]
    night_from: int
    night_until: int
    break_min: int


@dataclass(frozen=True)
class Circumstances:
    """Facts that are not in a plan; None where nobody has entered them.

    Attributes
    ----------
    region : str
        Administrative code of the district.
    employer : str or None
    spent_cents : int or None
        What a participant has had this year before this tour.
    driven_min : int or None
        What the driver drives in the six days before the tour.
    has_coach_cost : bool
        Whether what the coaches cost is in the plan's cost; where it is not, no rule on cost is met.
    """

    region: str
    employer: Employer | None = None
    spent_cents: int | None = None
    driven_min: int | None = None
    has_coach_cost: bool = True


@dataclass(frozen=True)
class Finding:
    """The verdict of a rule, the number behind it, and what is missing for a verdict.

    `value` is a lower bound where something is missing; it can be above the limit all the same (then: not met).
    """

    rule: Rule
    verdict: Verdict
    value: int | None
    missing: tuple[str, ...] = ()


def evaluate(
    problem: ItineraryProblem,
    plan: ItineraryResult,
    circumstances: Circumstances,
    *,
    rules: RuleSet | None = None,
) -> tuple[Finding, ...]:
    """Return what each rule says of a plan. What is not known never counts as met.

    Parameters
    ----------
    problem : ItineraryProblem
    plan : ItineraryResult
    circumstances : Circumstances
    rules : RuleSet, optional
        Those of the package by default.
    """
    chosen = rules or load_rules()
    measured = _measure(problem, plan, circumstances, chosen)
    first = problem.days[0].date
    return tuple(_evaluate_one(rule, measured, circumstances, first) for rule in chosen.rules)


def _evaluate_one(
    rule: Rule, measured: dict[str, tuple[int, tuple[str, ...]]], circumstances: Circumstances, day: date
) -> Finding:
    is_in_time = rule.since <= day and (rule.until is None or day <= rule.until)
    is_here = not rule.region or any(circumstances.region.startswith(prefix) for prefix in rule.region)
    if not is_in_time or not is_here:
        return Finding(rule, Verdict.NOT_APPLICABLE, None)
    if rule.employer and circumstances.employer is not None and circumstances.employer not in rule.employer:
        return Finding(rule, Verdict.NOT_APPLICABLE, None)
    value, missing = measured[rule.measure]
    if rule.employer and circumstances.employer is None:
        return Finding(rule, Verdict.UNKNOWN, value, ("employer", *missing))
    if value > rule.limit:
        return Finding(rule, Verdict.NOT_MET, value, missing)
    return Finding(rule, Verdict.UNKNOWN if missing else Verdict.MET, value, missing)


def _measure(
    problem: ItineraryProblem, plan: ItineraryResult, circumstances: Circumstances, rules: RuleSet
) -> dict[str, tuple[int, tuple[str, ...]]]:
    """Return (value, what is missing in it) of every measure."""
    people, n_day = problem.group.people, len(plan.days)
    prices = tuple(f"price:{code}" for code in plan.unknown_prices)
    prices += () if circumstances.has_coach_cost else ("coach_cost",)
    per_head = -(-plan.cost // people)
    stretch_day, stretch_night, small_hours = _driving(problem, plan, rules)
    driven = [day.drive_min for day in plan.days]
    spent = () if circumstances.spent_cents is not None else ("spent_cents",)
    before = () if circumstances.driven_min is not None else ("driven_min",)
    return {
        "cents_per_head_day": (-(-per_head // n_day), prices),
        "cents_per_head_year": (per_head + (circumstances.spent_cents or 0), prices + spent),
        "days": (n_day, ()),
        "stretch_day_min": (stretch_day, ()),
        "stretch_night_min": (stretch_night, ()),
        # The windows of 24 hours that hold most are whole days: nights lie between them.
        "drive_24h_min": (max(driven), ()),
        "drive_7d_min": (sum(driven[:7]) + (circumstances.driven_min or 0), before),
        "minutes_2_to_5": (small_hours, ()),
    }


def _driving(problem: ItineraryProblem, plan: ItineraryResult, rules: RuleSet) -> tuple[int, int, int]:
    """Return (longest stretch by day, longest with night in it, minutes between 2 and 5 o'clock)."""
    leave, _ = problem.boarding.minutes(problem.group)
    row = {place.code: k for k, place in enumerate(problem.places)}
    by_day = by_night = small = 0
    for number, day in enumerate(plan.days):
        legs: list[tuple[int, int]] = []
        time = day.depart
        if number == 0 and problem.pick_ups:
            # The legs between pick-ups are one stretch: their stops are shorter than a break.
            first = day.stops[0].arrive if day.stops else day.arrive - leave
            legs.append((time, first))
            time = day.stops[0].depart if day.stops else first
        else:
            for stop in day.stops[:1]:
                legs.append((time, stop.arrive))
                time = stop.depart
        for stop in day.stops[1:]:
            legs.append((time, stop.arrive))
            time = stop.depart
        if day.stops or not problem.pick_ups or number > 0:
            legs.append((time, day.arrive - leave))
        day_longest, night_longest, minutes = drive_stretches(legs, rules)
        by_day, by_night, small = max(by_day, day_longest), max(by_night, night_longest), small + minutes
    return by_day, by_night, small if row else 0


def drive_stretches(legs: Iterable[tuple[int, int]], rules: RuleSet) -> tuple[int, int, int]:
    """Return the longest stretch of driving by day, the longest with night in it, and minutes between 2 and 5 o'clock.

    `legs` are the minutes of the day at which the driving of a day begins and ends; a stop shorter than a break joins
    two of them.

    Examples
    --------
    >>> drive_stretches([(480, 540), (550, 600), (660, 700)], RuleSet((), 1320, 360, 20))
    (110, 0, 0)
    """
    by_day = by_night = small = stretch = 0
    at_night, last = False, None
    for begin, end in legs:
        if last is None or begin - last >= rules.break_min:
            stretch, at_night = 0, False
        stretch += end - begin
        at_night |= end > rules.night_from or begin < rules.night_until
        by_night = max(by_night, stretch if at_night else 0)
        by_day = max(by_day, 0 if at_night else stretch)
        small += max(0, min(end, 300) - max(begin, 120))
        last = end
    return by_day, by_night, small


def load_rules(path: Path | None = None) -> RuleSet:
    """Return the rules of a TOML file, by default those of the package.

    Raises
    ------
    InputError
        Names the rule and the field that cannot be used.
    """
    return _packaged() if path is None else _read(path.read_text(encoding="utf-8"), str(path))


@cache
def _packaged() -> RuleSet:
    return _read(files("geo.tours").joinpath("rules_cn.toml").read_text(encoding="utf-8"), "rules_cn.toml")


def _read(text: str, name: str) -> RuleSet:
    table = read_toml(text, file=name)
    rules = tuple(_rule(entry, name) for entry in table.get("rule", ()))
    codes = [rule.code for rule in rules]
    if twice := next((code for code in codes if codes.count(code) > 1), None):
        raise InputError("{file}: rule {code} appears twice; give each its own code", file=name, code=twice)
    driving = table.get("driving", {})
    return RuleSet(
        rules, int(driving.get("night_from", 1320)), int(driving.get("night_until", 360)),
        int(driving.get("break_min", 20)),
    )  # fmt: skip


def _rule(entry: dict[str, Any], name: str) -> Rule:
    code = entry.get("code", "?")
    for field_name, kind in (
        ("code", str), ("title", str), ("measure", str), ("limit", int), ("from", date), ("citation", str),
        ("trust", str),
    ):  # fmt: skip
        if not isinstance(entry.get(field_name), kind):
            raise InputError(
                "{file}, rule {code}: {field} is missing or of the wrong kind", file=name, code=code, field=field_name
            )
    if entry["measure"] not in MEASURES:
        raise InputError(
            "{file}, rule {code}: no measure {measure}; there are {known}",
            file=name, code=code, measure=entry["measure"], known=", ".join(MEASURES),
        )  # fmt: skip
    if entry["trust"] not in ("V", "S", "U"):
        raise InputError("{file}, rule {code}: trust is V, S or U", file=name, code=code)
    return Rule(
        code=code,
        title=entry["title"],
        measure=entry["measure"],
        limit=entry["limit"],
        since=entry["from"],
        until=entry.get("until"),
        citation=entry["citation"],
        trust=entry["trust"],
        region=tuple(entry.get("region", ())),
        employer=tuple(entry.get("employer", ())),
    )


def count_verdicts(findings: Sequence[Finding]) -> dict[Verdict, int]:
    """Return how many findings there are of each verdict."""
    return {verdict: sum(finding.verdict is verdict for finding in findings) for verdict in Verdict}
