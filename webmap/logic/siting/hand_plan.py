"""A plan that a hand has changed, or that was saved, in the form of the plans that the job finds."""

from collections.abc import Mapping, Sequence
from typing import Any

from geo.coverage.question import CoverageQuestion
from geo.records import CandidateRecord
from webmap.logic.coverage.measured import stations
from webmap.logic.coverage.moment import coverage
from webmap.logic.district_state import DistrictState
from webmap.logic.siting.by_hand import Changes, measure_changes
from webmap.logic.siting.options import option_of_spot, with_towns
from webmap.logic.siting.plan_job import PlansAnswer
from webmap.logic.siting.plans import Plan, PlanSite, TownGain

AIM = "hand"
"""Aim of a plan that nobody has calculated."""


def describe_changes(
    state: DistrictState, asked: CoverageQuestion, changes: Changes, candidates: Sequence[CandidateRecord]
) -> PlansAnswer:
    """Return what changes come to as an answer with one plan, its sites in the order of the changes.

    Nothing is proven of it. `candidates` are those of the district.

    Raises
    ------
    NotReadyError, NotFoundError
        As `measure_changes`.
    """
    delta = measure_changes(state, asked, changes)
    now = coverage(state, asked)
    known = {each.code: each for each in candidates}
    options = with_towns(state, [option_of_spot(spot, n, known) for n, spot in enumerate(changes.sites, start=1)])
    change = {town.code: town.gained - town.lost for town in delta.by_town}
    people = {town.code: (town.people, town.covered) for town in now.by_town}
    costs = [each.cost for each in options]
    spent = [cost for cost in costs if cost is not None]
    shares = [(town.covered + change.get(town.code, 0.0)) / town.people for town in now.by_town if town.people]
    plan = Plan(
        aim=AIM,
        sites=tuple(PlanSite(option=option, gain=site.gain) for option, site in zip(options, delta.sites, strict=True)),
        before=delta.before,
        after=delta.after,
        twice=delta.twice_after,
        mean_share=sum(shares) / len(shares) if shares else 0.0,
        tenth_min=None,
        mean_min=None,
        is_proven=False,
        more=None,
        spent=sum(spent) if costs and len(spent) == len(costs) else None,
        towns=tuple(
            TownGain(town.code, town.name, all_here, covered, round(covered + change[town.code], 1))
            for town in delta.by_town
            for all_here, covered in [people.get(town.code, (0.0, 0.0))]
        ),
    )
    return PlansAnswer(
        plans=(plan,),
        candidates=len(candidates),
        left_out=0,
        stations=stations(state, asked).counted,
        people=delta.people,
        unattached=now.unattached,
        unit=delta.unit,
        seconds=0.0,
        is_complete=True,
        mark=delta.mark,
    )


def arguments_of(question: Mapping[str, Any], changes: Changes) -> dict[str, Any]:
    """Return what a plan answers as the arguments of a job have it: the question, and the stations that change."""
    given = {"closed": list(changes.closed), "extended": list(changes.extended)}
    return {**question, **{name: codes for name, codes in given.items() if codes}}
