"""Alternatives to a plan of maximal coverage, each an engine call of its own: planners choose, the engine compares."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.siting.covers import CoverSets, cover_within
from geo.siting.mclp import solve_mclp
from geo.siting.problem import Floats, Longs, SitingResult, Stop

NEAR = 0.01
"""Plans whose objective is at most this part lower than the best count as equally good."""


@dataclass(frozen=True, eq=False)
class Plan:
    """What is asked of the engine: costs, weights, a standard, a number of sites, and what is decided.

    Attributes
    ----------
    cost : float (n_demand, n_facility)
    weight : float64 (n_demand,)
    standard : float
    sites : int
    fixed, forbidden : tuple of int
    """

    cost: Floats
    weight: Floats
    standard: float
    sites: int
    fixed: tuple[int, ...] = ()
    forbidden: tuple[int, ...] = ()

    def sets(self, *, standard: float | None = None, weight: Floats | None = None) -> CoverSets:
        """Return the merged cover sets, with another standard or other weights if given."""
        chosen = self.weight if weight is None else weight
        return cover_within(self.cost, chosen, standard=self.standard if standard is None else standard)[0]

    def solve(
        self, sets: CoverSets, *, sites: int | None = None, without: Sequence[int] = (), stop: Stop | None = None
    ) -> SitingResult:
        """Return the best plan for some sets."""
        return solve_mclp(
            sets, sites=self.sites if sites is None else sites, fixed=self.fixed,
            forbidden=(*self.forbidden, *without), stop=stop,
        )  # fmt: skip


@dataclass(frozen=True)
class Refused:
    """The best plan if a site cannot be had, and what that costs (part of the objective)."""

    site: int
    plan: SitingResult
    loss: float


@dataclass(frozen=True)
class Measures:
    """A plan by what planners weigh against each other.

    Attributes
    ----------
    total : float
        Covered weight.
    worst_town : float
        Smallest covered share of a town.
    worst_tenth : float
        Mean cost of the tenth of the weight that is served worst (inf where some of it reaches no site).
    twice : float
        Weight covered by two sites or more.
    """

    sites: tuple[int, ...]
    total: float
    worst_town: float
    worst_tenth: float
    twice: float


def refuse_each(plan: Plan, best: SitingResult, *, stop: Stop | None = None) -> Iterator[Refused]:
    """Yield for each site of the best plan that is not fixed the best plan without it, as they are found."""
    sets = plan.sets()
    for site in best.sites:
        if site in plan.fixed:
            continue
        if stop is not None and stop.is_due:
            return
        other = plan.solve(sets, without=(site,), stop=stop)
        yield Refused(site, other, 1.0 - other.objective / best.objective if best.objective else 0.0)


def equally_good(refused: Sequence[Refused], best: SitingResult) -> list[SitingResult]:
    """Return the different plans among those that are at most `NEAR` lower than the best, the best first."""
    near = {best.sites: best}
    for each in refused:
        if each.plan.objective >= best.objective * (1.0 - NEAR):
            near.setdefault(each.plan.sites, each.plan)
    return sorted(near.values(), key=lambda plan: -plan.objective)


def curve(plan: Plan, numbers: Sequence[int], *, stop: Stop | None = None) -> Iterator[tuple[int, SitingResult]]:
    """Yield the best plan for each number of sites."""
    sets = plan.sets()
    for sites in numbers:
        if stop is not None and stop.is_due:
            return
        yield sites, plan.solve(sets, sites=sites, stop=stop)


def measure_plan(plan: Plan, sites: Sequence[int], town: NDArray[np.int64]) -> Measures:
    """Return a plan by its measures; `town` (n_demand,) numbers the town of each point from 0."""
    chosen = plan.cost[:, list(sites)]
    nearest = chosen.min(axis=1, initial=np.inf)
    count = (chosen <= plan.standard).sum(axis=1)
    in_town = np.bincount(town, plan.weight)
    share = np.bincount(town, plan.weight * (count > 0))[in_town > 0] / in_town[in_town > 0]
    order = np.argsort(-nearest, kind="stable")
    left = 0.1 * plan.weight.sum()
    part = np.clip(left - np.concatenate([[0.0], np.cumsum(plan.weight[order])[:-1]]), 0.0, plan.weight[order])
    some = part > 0.0
    return Measures(
        tuple(sorted(int(j) for j in sites)),
        float(plan.weight[count > 0].sum()),
        float(share.min(initial=1.0)),
        float((nearest[order][some] * part[some]).sum() / part.sum()) if some.any() else 0.0,
        float(plan.weight[count > 1].sum()),
    )


def frontier(
    plan: Plan,
    town: NDArray[np.int64],
    *,
    emphases: Sequence[float] = (0.0, 0.5, 1.0, 2.0, 4.0),
    stop: Stop | None = None,
) -> list[Measures]:
    """Return plans of which none is better than another by all measures.

    Each is the best plan for weights that lean towards the worst served towns of the plan before, as far as each
    emphasis says.
    """
    found: list[Measures] = []
    covered = np.zeros(plan.weight.size, bool)
    for emphasis in emphases:
        if stop is not None and stop.is_due:
            break
        people = np.maximum(np.bincount(town, plan.weight), 1e-12)
        missed = 1.0 - np.bincount(town, plan.weight * covered, minlength=people.size) / people
        weight = plan.weight * (1.0 + emphasis * missed[town])
        best = plan.solve(plan.sets(weight=weight), stop=stop)
        covered = plan.cost[:, best.sites].min(axis=1, initial=np.inf) <= plan.standard
        found.append(measure_plan(plan, best.sites, town))
    different = list({each.sites: each for each in found}.values())
    return [each for each in different if not any(_beats(other, each) for other in different)]


def _beats(one: Measures, other: Measures) -> bool:
    mine = (one.total, one.worst_town, -one.worst_tenth, one.twice)
    theirs = (other.total, other.worst_town, -other.worst_tenth, other.twice)
    return mine != theirs and all(a >= b for a, b in zip(mine, theirs, strict=True))


@dataclass(frozen=True)
class Survival:
    """What a plan is worth under an assumption, and the best plan under it."""

    assumption: str
    covered: float
    best: float


def survive(
    plan: Plan,
    sites: Sequence[int],
    *,
    standards: Mapping[str, float] | None = None,
    costs: Mapping[str, Floats] | None = None,
    weights: Mapping[str, Floats] | None = None,
    stop: Stop | None = None,
) -> Iterator[Survival]:
    """Yield what a plan covers under each assumption, beside the best plan under it.

    Parameters
    ----------
    plan : Plan
    sites : sequence of int
        The plan to test.
    standards : mapping of name to float, optional
        Other standards; by default travel times 20 % longer and shorter.
    costs : mapping of name to matrix, optional
        Other costs, such as e-bikes at 25 km/h.
    weights : mapping of name to float64 (n_demand,), optional
        Other demand, such as the ends of a layer's entered range.
    """
    if standards is None:
        standards = {"travel times + 20 %": plan.standard / 1.2, "travel times - 20 %": plan.standard / 0.8}
    cases: list[tuple[str, Callable[[], CoverSets]]] = [
        *((name, lambda value=value: plan.sets(standard=value)) for name, value in standards.items()),
        *(
            (name, lambda cost=cost: cover_within(cost, plan.weight, standard=plan.standard)[0])
            for name, cost in (costs or {}).items()
        ),
        *((name, lambda weight=weight: plan.sets(weight=weight)) for name, weight in (weights or {}).items()),
    ]
    for name, make in cases:
        if stop is not None and stop.is_due:
            return
        sets = make()
        kept = float(sets.weight[sets.covered(list(sites))].sum())
        yield Survival(name, kept, max(plan.solve(sets, stop=stop).objective, kept))


def close_each(plan: Plan, sites: Sequence[int]) -> list[tuple[int, float]]:
    """Return for each site what the others cover when it is closed."""
    count = (plan.cost[:, list(sites)] <= plan.standard).sum(axis=1)
    alone: Longs = np.flatnonzero(count == 1)
    total = float(plan.weight[count > 0].sum())
    return [(int(j), total - float(plan.weight[alone[plan.cost[alone, j] <= plan.standard]].sum())) for j in sites]
