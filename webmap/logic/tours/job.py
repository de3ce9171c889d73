"""Job that solves a plan: the first plan as soon as there is one, better ones in its place until the time is over."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from geo.db.session import reading, writing
from geo.db.tour_places import read_tour_places
from geo.db.tour_plans import get_plan
from geo.tours.planner import solve_itinerary
from geo.tours.plans import Plan, Style, restyle, solve_styles
from geo.tours.problem import InfeasibleTourError, ItineraryProblem, ItineraryResult
from geo.tours.register import TourPlace
from webmap.logic.district_state import DistrictState
from webmap.logic.jobs.running_job import RunningJob
from webmap.logic.labels import msgid
from webmap.logic.live_districts import LiveDistricts
from webmap.logic.tours.content import (
    Content,
    content_json,
    content_of,
    content_of_plans,
    style_plan,
    styled_problem,
)
from webmap.logic.tours.network_problem import TourProblem, make_problem
from webmap.logic.tours.problem_store import problem_json, problem_of
from webmap.logic.tours.wish import wish_of

SECONDS = 10.0
CONFIRM_S = 0.3
"""In which each reason of the first plan is checked by solving again."""


def plan_tour(job: RunningJob) -> Mapping[str, Any]:
    """Solve the plan that the arguments name; with ``again`` only its chosen style, around what is locked."""
    number, seconds = int(job.arguments["plan"]), float(job.arguments.get("seconds", SECONDS))
    writer = _Writer(job, number)
    if job.arguments.get("again"):
        return _solve_again(job, writer, seconds)
    job.progress(msgid("bringing the streets up to date"), 0.02)
    state = LiveDistricts(job.engine, job.state_dir).build(str(job.district), progress=job.progress)
    job.progress(msgid("measuring the ways between the places"), 0.1)
    with reading(job.engine) as session:
        wish = wish_of(get_plan(session, str(job.district), number).wish)
        register = register_of(state, read_tour_places(session, str(job.district)))
    tour = make_problem(state.ready().network, register, wish, state.calendar)
    facts = facts_json(tour, state.data_version)
    job.progress(msgid("looking for plans"), 0.2)
    found: dict[Style, tuple[ItineraryProblem, ItineraryResult]] = {}

    def tell(style: Style, result: ItineraryResult) -> None:
        problem = tour.problem if style == "balanced" else restyle(tour.problem, style, found["balanced"][1])
        found[style] = (problem, result)
        plans = [Plan(each, of, plan) for each, (of, plan) in found.items()]
        writer.write(content_of_plans(plans, explains=False), facts)
        job.progress(msgid("a plan stands; looking for better ones"), 0.2 + 0.25 * len(found))

    try:
        plans = solve_styles(tour.problem, seconds=seconds, progress=tell, is_cancelled=writer.is_over)
    except InfeasibleTourError as error:
        raise infeasible(error, tour.problem) from error
    job.progress(msgid("finding out what would let the rest in"), 0.95)
    writer.write(content_of_plans(plans, explains=True), facts)
    if not writer.is_over():
        job.progress(msgid("checking what would let the rest in"), 0.97)
        confirmed = content_of_plans(plans, explains=True, confirm_s=CONFIRM_S, is_cancelled=writer.is_over)
        writer.write(confirmed, facts)
    return {"plan": number, "styles": [plan.style for plan in plans]}


def _solve_again(job: RunningJob, writer: "_Writer", seconds: float) -> Mapping[str, Any]:
    with reading(job.engine) as session:
        plan = get_plan(session, str(job.district), writer.number)
        if plan.content is None or plan.facts is None:
            raise InfeasibleTourError("this plan has not been made yet")
        content, facts = content_of(plan.content), plan.facts
    problem = styled_problem(problem_of(facts["problem"]), content.plan, content.locked)
    job.progress(msgid("looking for plans"), 0.2)

    def write(result: ItineraryResult, *, explains: bool) -> None:
        writer.write(content.with_plan(style_plan(problem, result, explains=explains)), facts)

    def tell(result: ItineraryResult) -> None:
        write(result, explains=False)
        job.progress(msgid("a plan stands; looking for better ones"), 0.6)

    try:
        result = solve_itinerary(problem, seconds=seconds / 2, progress=tell, is_cancelled=writer.is_over)
    except InfeasibleTourError as error:
        raise infeasible(error, problem) from error
    write(result, explains=True)
    return {"plan": writer.number, "styles": [content.chosen]}


def infeasible(error: InfeasibleTourError, problem: ItineraryProblem) -> InfeasibleTourError:
    """Return the error in words that name the remedy."""
    missing = str(error.values.get("missing", "")).split(", ")
    if not missing[0]:
        return error
    if "budget" in missing:
        return InfeasibleTourError("no plan is as cheap as the standard: raise it, or leave it open")
    names = {place.name for place in problem.places}
    if places := [name for name in missing if name in names]:
        return InfeasibleTourError(
            "{places} cannot be visited within the limits: let the days end later, or wish for it without requiring it",
            places=", ".join(places),
        )
    return InfeasibleTourError(
        "some day cannot hold its lunch and the way to its night: let the days end later, or allow longer driving"
    )


class _Writer:
    """Writes plans into the store as long as nobody has changed them by hand."""

    def __init__(self, job: RunningJob, number: int) -> None:
        self.job = job
        self.number = number
        self.is_lost = False

    def write(self, content: Content, facts: Mapping[str, Any]) -> None:
        """Store content unless the plan no longer waits for this job."""
        with writing(self.job.engine) as session:
            plan = get_plan(session, str(self.job.district), self.number, is_locked=True)
            if plan.job_id != self.job.job_id:
                self.is_lost = True
                return
            plan.facts, plan.content = dict(facts), content_json(content)

    def is_over(self) -> bool:
        """Tell whether nobody waits for better plans any more."""
        return self.is_lost or self.job.should_stop()


def register_of(state: DistrictState, places: Sequence[TourPlace]) -> list[TourPlace]:
    """Return the places of tours, and the culture palaces of the district as meeting points."""
    known = {place.code for place in places}
    palaces = [place for place in state.with_function("culture_palace") if place.code not in known]
    return [
        *places,
        *(TourPlace(palace.code, palace.name, "meeting", palace.lon, palace.lat) for palace in palaces),
    ]


def facts_json(tour: TourProblem, data_version: int) -> dict[str, Any]:
    """Return what a plan keeps of its problem: the problem, its places as they were, and what was left out of it."""
    return {
        "problem": problem_json(tour.problem),
        "places": [asdict(place) for place in tour.places],
        "dropped": [list(each) for each in tour.dropped],
        "data_version": data_version,
    }
