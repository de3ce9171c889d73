"""Job behind ``/plan/sites``: the plan that was asked for first, then what planners weigh it against, as found."""

import gettext
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from geo.db.candidates import read_candidates
from geo.db.session import reading, writing
from geo.errors import InfeasibleError
from geo.siting.problem import Progress, SitingResult, Stop
from webmap.logic.district_state import DataMark, DistrictState
from webmap.logic.encoding import object_json
from webmap.logic.jobs.running_job import RunningJob
from webmap.logic.labels import msgid
from webmap.logic.live_districts import LiveDistricts
from webmap.logic.place_words import Translate
from webmap.logic.reports.report_text import TRANSLATIONS
from webmap.logic.siting.certificates import pack_certificate
from webmap.logic.siting.ground import N_EXISTING, Ground, survey
from webmap.logic.siting.options import Options, find_options
from webmap.logic.siting.plans import NEAR, NextBest, Plan, PlanSite, column_of, describe, next_best
from webmap.logic.siting.sites_question import COUNTED, SitesQuestion
from webmap.logic.siting.solving import Assumption, Proof, fixed_columns, has_ways, solve, solve_first

FIRST_S = 20.0
"""For the plan that was asked for; then its bound says how much better another could be."""
REST_S = 4.0
"""For each of the others."""
CURVE = 8
"""Numbers of sites that the curve shows at least."""


@dataclass(frozen=True, kw_only=True)
class PlansAnswer:
    """What a job answers; parts that are not found yet are empty.

    Attributes
    ----------
    plans : tuple of Plan
        The one asked for first.
    curve : tuple of Plan
        The best for 1, 2, … sites.
    tried : tuple of str
        The assumptions under which the plan was sought again, as message ids.
    equal : tuple of tuple of str
        Names of the sites of other plans that cover at most 1 % fewer.
    candidates, left_out : int
        Candidates there are, and those that the question leaves out.
    stations : int
        Stations that count now.
    people, unattached : float
    unit : str
    certified_bound : float or None
        What a certificate proves that no choice is better than; None where the aim has no certificate.
    is_complete : bool
    mark : DataMark
    """

    plans: tuple[Plan, ...]
    curve: tuple[Plan, ...] = ()
    tried: tuple[str, ...] = ()
    equal: tuple[tuple[str, ...], ...] = ()
    candidates: int
    left_out: int
    stations: int
    people: float
    unattached: float
    unit: str
    seconds: float
    certified_bound: float | None = None
    is_complete: bool = False
    mark: DataMark


def plan_sites(job: RunningJob) -> Mapping[str, Any]:
    """Answer the question that the arguments are; the result grows while alternatives are sought."""
    asked = SitesQuestion.read(job.arguments)
    job.progress(msgid("bringing the streets up to date"), 0.02)
    state = LiveDistricts(job.engine, job.state_dir).build(job.district, progress=job.progress)
    with reading(job.engine) as session:
        candidates = read_candidates(session, state.district.code)
    job.progress(msgid("measuring the streets"), 0.1)
    words: Translate = str
    if job.arguments.get("lang", "zh") == "zh":
        words = gettext.translation("messages", TRANSLATIONS, ["zh"], fallback=True).gettext
    options = find_options(state, asked, candidates, translate=words)

    def tell(now: Progress) -> None:
        share = 0.2 + 0.3 * min(now.seconds / FIRST_S, 1.0)
        if asked.aim in ("people", "budget", "towns") and math.isfinite(now.objective):
            job.progress(msgid("the best plan so far covers {people} people"), share, people=f"{now.objective:,.0f}")
        else:
            job.progress(msgid("choosing sites"), share)

    stop = Stop(is_cancelled=job.should_stop, on_progress=tell)
    answer: PlansAnswer | None = None
    proofs: list[tuple[Ground, Proof]] = []
    plans = find_plans(
        state, asked, options, stop=stop, keep_proof=lambda ground, proof: proofs.append((ground, proof))
    )
    for share, answer in plans:
        result = object_json(answer)
        with writing(job.engine) as session:
            job.store_result(session, result)
        job.progress(msgid("comparing with other plans"), share)
    assert answer is not None, "the first plan is found or an error is raised"
    for ground, proof in proofs:
        job.save(pack_certificate(job.folder, ground, proof, asked, state))
    return object_json(answer)


def find_plans(
    state: DistrictState,
    asked: SitesQuestion,
    options: Options,
    *,
    stop: Stop,
    keep_proof: Callable[[Ground, Proof], None] = lambda _ground, _proof: None,
) -> Iterator[tuple[float, PlansAnswer]]:
    """Yield the answer as it grows, with the share of the work that is done; `keep_proof` is given the first's proof.

    Raises
    ------
    NotReadyError, InputError, InfeasibleError
    """
    ways = has_ways(asked.aim)
    ground = survey(state, asked, options, has_ways=ways)
    stop.time_limit_s = stop.seconds + FIRST_S
    best, proof = solve_first(ground, asked, stop=stop)
    if proof is not None:
        keep_proof(ground, proof)
    first = describe(ground, asked.aim, best, has_ways=ways)
    answer = PlansAnswer(
        plans=(first,),
        candidates=options.candidates,
        left_out=options.left_out,
        stations=ground.stations,
        people=round(ground.people, 1),
        unattached=round(ground.unattached, 1),
        unit=ground.unit,
        seconds=round(stop.seconds, 1),
        certified_bound=None if proof is None else round(float(proof.certified.body["certified_bound"]), 1),
        mark=state.mark,
    )
    yield 0.5, answer
    counted = replace(asked, sites=max(len(first.sites), 1))
    for aim in ("people", "balanced", "twice"):
        if aim != asked.aim and len(answer.plans) < 3:
            found = _try(ground, counted, aim, Assumption(), (), stop)
            if found is not None:
                answer = replace(answer, plans=(*answer.plans, describe(ground, aim, found, has_ways=ways)))
                yield 0.55, answer
    for number in range(1, min(max(CURVE, len(first.sites) + 3), len(ground.options)) + 1):
        if number < len(fixed_columns(ground)) or asked.aim not in COUNTED:
            continue
        is_asked = number == len(first.sites)
        found = best if is_asked else _try(ground, asked, asked.aim, Assumption(sites=number), (), stop)
        if found is None:
            continue
        plan = describe(ground, asked.aim, found, has_ways=ways)
        if answer.curve and len(plan.sites) <= len(answer.curve[-1].sites):
            break  # a further site adds nobody
        answer = replace(answer, curve=(*answer.curve, plan))
    yield 0.7, answer
    first, equal = _refuse(ground, asked, first, stop)
    answer = replace(answer, plans=(first, *answer.plans[1:]), equal=equal)
    yield 0.8, answer
    first, tried = _try_assumptions(ground, asked, first, stop)
    yield 1.0, replace(answer, plans=(first, *answer.plans[1:]), tried=tried, is_complete=True)


def _try(
    ground: Ground, asked: SitesQuestion, aim: str, under: Assumption, without: tuple[int, ...], stop: Stop
) -> SitingResult | None:
    """Return a solution found in the time for alternatives, None where there is none."""
    try:
        part = Stop(REST_S, stop.is_cancelled)
        return solve(ground, asked, aim, under=under, without=without, stop=part)
    except InfeasibleError:
        return None


def _refuse(ground: Ground, asked: SitesQuestion, plan: Plan, stop: Stop) -> tuple[Plan, tuple[tuple[str, ...], ...]]:
    """Return the plan with what is next best for each site, and the other plans that are equally good."""
    sites: list[PlanSite] = []
    equal: dict[tuple[str, ...], None] = {}
    for site in plan.sites:
        column = column_of(ground, site.option.code)
        found = None if site.option.is_fixed else _try(ground, asked, asked.aim, Assumption(), (column,), stop)
        if found is None:
            sites.append(site)
            continue
        other: NextBest = next_best(ground, plan, found)
        sites.append(replace(site, next_best=other))
        if other.loss <= NEAR * plan.after:
            equal[tuple(ground.options[j - N_EXISTING].name for j in found.sites if j >= N_EXISTING)] = None
    return replace(plan, sites=tuple(sites)), tuple(equal)


def _try_assumptions(ground: Ground, asked: SitesQuestion, plan: Plan, stop: Stop) -> tuple[Plan, tuple[str, ...]]:
    """Return the plan with how often each site is chosen again, and the assumptions."""
    tried: list[str] = []
    kept = dict.fromkeys((site.option.code for site in plan.sites), 0)
    for name, under in _assumptions(ground, asked).items():
        found = _try(ground, asked, asked.aim, under, (), stop)
        if found is None:
            continue
        tried.append(name)
        for j in found.sites:
            code = ground.options[j - N_EXISTING].code if j >= N_EXISTING else ""
            if code in kept:
                kept[code] += 1
    sites = tuple(replace(site, kept=kept[site.option.code], tried=len(tried)) for site in plan.sites)
    return replace(plan, sites=sites), tuple(tried)


def _assumptions(ground: Ground, asked: SitesQuestion) -> dict[str, Assumption]:
    standard = ground.standard_s
    found = {
        msgid("ways take a tenth longer"): Assumption(standard_s=standard / 1.1),
        msgid("ways take a fifth longer"): Assumption(standard_s=standard / 1.2),
        msgid("ways take a tenth less"): Assumption(standard_s=standard / 0.9),
        msgid("ways take a fifth less"): Assumption(standard_s=standard / 0.8),
        msgid("by places, however many live there"): Assumption(weight=np.ones(ground.weight.size)),
    }
    if has_ways(asked.aim):
        # There the standard plays no part.
        found = {name: under for name, under in found.items() if under.standard_s is None}
    names = (
        msgid("the station that alone covers most people is closed"),
        msgid("the station that alone covers second most people is closed"),
    )
    for name, nearest in zip(names, ground.busiest, strict=False):
        cost = ground.cost.copy()
        cost[:, 0] = nearest
        found[name] = Assumption(cost=cost)
    if asked.aim in COUNTED:
        found[msgid("one site more")] = Assumption(sites=asked.sites + 1)
        if asked.sites > 1:
            found[msgid("one site fewer")] = Assumption(sites=asked.sites - 1)
    return found
