"""Which plan a request is about: one that a job has found, one that was saved, or one as a hand has changed it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import request

from geo.coverage.question import CoverageQuestion
from geo.db.candidates import read_candidates
from geo.db.scenarios import ScenarioFacts, get_scenario
from geo.db.session import reading
from geo.errors import InputError
from geo.records import CandidateRecord
from webmap.logic.coverage.plan_question import Query
from webmap.logic.district_state import DistrictState
from webmap.logic.encoding import object_json
from webmap.logic.siting.by_hand import Changes
from webmap.logic.siting.hand_plan import arguments_of, describe_changes
from webmap.web.context import engine
from webmap.web.jobs import read_job


@dataclass(frozen=True)
class ChosenPlan:
    """A plan with the question it answers: `asked` as the arguments of a job, `answer` and `plan` as its result.

    `candidates` are those of the district.
    """

    asked: Mapping[str, Any]
    answer: Mapping[str, Any]
    plan: Mapping[str, Any]
    candidates: Sequence[CandidateRecord]

    @property
    def question(self) -> CoverageQuestion:
        """The question of coverage."""
        return CoverageQuestion.read(self.asked)


def read_chosen(state: DistrictState, given: Query) -> ChosenPlan:
    """Return the plan that a form or an address names: `changes` first, else `scenario`, else `job` with `n` or `plan`.

    Raises
    ------
    InputError
        If there is no plan yet, or it has no site and changes nothing.
    NotFoundError
    """
    with reading(engine()) as session:
        candidates = read_candidates(session, state.district.code)
        scenario = None
        if given.get("scenario", "") and not given.get("changes", ""):
            scenario = get_scenario(session, state.district.code, read_number("scenario"))
    if scenario is not None:
        return saved_plan(state, scenario, candidates)
    if given.get("changes", ""):
        changes = Changes.read(read_object(given, "changes"))
        return changed_plan(state, read_object(given, "question"), changes, candidates)
    job = read_job(read_number("job"))
    if not job.result:
        raise InputError("there is no plan to enter yet")
    return ChosenPlan(job.arguments, job.result, choose_plan(job.result, given), candidates)


def saved_plan(state: DistrictState, scenario: ScenarioFacts, candidates: Sequence[CandidateRecord]) -> ChosenPlan:
    """Return a saved plan, measured by the data of now."""
    return changed_plan(state, scenario.question, Changes.read(scenario.changes), candidates)


def changed_plan(
    state: DistrictState, question: Mapping[str, Any], changes: Changes, candidates: Sequence[CandidateRecord]
) -> ChosenPlan:
    """Return what changes by hand come to."""
    found = describe_changes(state, CoverageQuestion.read(question), changes, candidates)
    answer = object_json(found)
    return ChosenPlan(arguments_of(question, changes), answer, answer["plans"][0], candidates)


def choose_plan(answer: Mapping[str, Any], asked: Query) -> Mapping[str, Any]:
    """Return the plan that is asked for: by its number of sites, or by its position; else the first."""
    number = asked.get("n", "")
    if number:
        found = [plan for plan in answer.get("curve") or () if str(len(plan["sites"])) == number]
        if found:
            return dict(found[0])
    plans: Sequence[Mapping[str, Any]] = answer["plans"]
    position = asked.get("plan", "0")
    return dict(plans[int(position)] if position.isdigit() and int(position) < len(plans) else plans[0])


def read_number(name: str) -> int:
    """Return a whole number of the address or of what was sent."""
    text = request.values.get(name, "")
    if not (text.isascii() and text.isdigit()) or len(text) > 15:
        raise InputError("{name}={value}: write a whole number", name=name, value=text)
    return int(text)


def read_object(given: Query, name: str) -> dict[str, Any]:
    """Return the JSON object that the script of the page has written into a field."""
    try:
        found = json.loads(given.get(name, "") or "{}")
    except ValueError as error:
        raise InputError("what was changed by hand cannot be read; load the page again") from error
    if not isinstance(found, dict):
        raise InputError("what was changed by hand cannot be read; load the page again")
    return found
