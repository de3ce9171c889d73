"""Plans as planners compare them: which sites, what each adds, who gains in which town, how sure that is."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.siting.problem import SitingResult
from webmap.logic.siting.ground import N_EXISTING, NOWHERE_S, Ground
from webmap.logic.siting.options import Option
from webmap.logic.siting.solving import worst_tenth

NEAR = 0.01
"""Plans that cover at most this part fewer people count as equally good."""


_OF_PEOPLE = ("people", "budget")
"""Aims by which a site that adds nobody is no use; solvers fill the number that was asked for with such sites."""


@dataclass(frozen=True)
class NextBest:
    """What is chosen instead if a site is refused, and how many fewer people are covered then."""

    names: tuple[str, ...]
    loss: float


@dataclass(frozen=True, kw_only=True)
class PlanSite:
    """A site of a plan, in the order in which each adds most; what they add sums to what the plan adds.

    `kept` of `tried` assumptions choose it again; None until they have been tried.
    """

    option: Option
    gain: float
    kept: int | None = None
    tried: int | None = None
    next_best: NextBest | None = None


@dataclass(frozen=True)
class TownGain:
    """People of a town who are covered before and after, of all who live there."""

    code: str
    name: str
    people: float
    before: float
    after: float


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A plan.

    Attributes
    ----------
    aim : str
        What it is best at: the aim asked for, ``people``, ``balanced`` or ``twice``.
    sites : tuple of PlanSite
    before, after : float
        People covered.
    twice : float
        People covered by two stations or more.
    mean_share : float
        Mean covered share of the towns.
    tenth_min, mean_min : float or None
        Minutes to the nearest of those who are the farthest tenth now, and of all; None where ways were not measured.
    is_proven : bool
        No choice is better by this aim.
    more : float or None
        So many people more could a better choice cover, by the bound; None where the aim does not count people.
    spent : float or None
        Yuan; None where a cost is not known.
    towns : tuple of TownGain
        Where something changes.
    """

    aim: str
    sites: tuple[PlanSite, ...]
    before: float
    after: float
    twice: float
    mean_share: float
    tenth_min: float | None
    mean_min: float | None
    is_proven: bool
    more: float | None
    spent: float | None
    towns: tuple[TownGain, ...]


def describe(ground: Ground, aim: str, found: SitingResult, *, has_ways: bool) -> Plan:
    """Return a solution as a plan."""
    sites = _in_order(ground, [j for j in found.sites if j >= N_EXISTING])
    if aim in _OF_PEOPLE:
        sites = tuple(site for site in sites if site.gain > 0.0 or site.option.is_fixed)
    columns = [column_of(ground, site.option.code) for site in sites]
    within = ground.cost <= ground.standard_s
    before: NDArray[np.bool_] = within[:, 0]
    count = within[:, :N_EXISTING].sum(axis=1) + within[:, columns].sum(axis=1)
    after: NDArray[np.bool_] = np.asarray(count > 0)
    n_town = len(ground.town_code)
    people, were, are = (
        np.bincount(ground.town, ground.weight * mask, minlength=n_town) for mask in (1.0, before, after)
    )
    some = people > 0.0
    costs = [ground.options[j - N_EXISTING].cost for j in columns]
    known = [cost for cost in costs if cost is not None]
    nearest = np.minimum(ground.cost[:, [0, *columns]].min(axis=1), NOWHERE_S)
    covered = _people(ground, after)
    return Plan(
        aim=aim,
        sites=sites,
        before=_people(ground, before),
        after=covered,
        twice=_people(ground, count > 1),
        mean_share=float((are[some] / people[some]).mean()) if some.any() else 0.0,
        tenth_min=_mean_min(ground, nearest, worst_tenth(ground)) if has_ways else None,
        mean_min=_mean_min(ground, nearest, np.ones(nearest.size, bool)) if has_ways else None,
        is_proven=found.status == "optimal",
        more=round(max(found.bound - covered, 0.0), 1) if aim in ("people", "budget", "towns") else None,
        spent=sum(known) if columns and len(known) == len(costs) else None,
        towns=tuple(
            TownGain(code, name, round(all_here, 1), round(old, 1), round(new, 1))
            for code, name, all_here, old, new in zip(
                ground.town_code, ground.town_name, people.tolist(), were.tolist(), are.tolist(), strict=True
            )
            if old != new
        ),
    )


def next_best(ground: Ground, plan: Plan, instead: SitingResult) -> NextBest:
    """Return what another plan without a site comes to."""
    have = {site.option.code for site in plan.sites}
    sites = _in_order(ground, [j for j in instead.sites if j >= N_EXISTING])
    new = tuple(
        site.option.name
        for site in sites
        if site.option.code not in have and (site.gain > 0.0 or plan.aim not in _OF_PEOPLE)
    )
    within = np.any(ground.cost[:, list(instead.sites)] <= ground.standard_s, axis=1)
    return NextBest(new, round(max(plan.after - _people(ground, within), 0.0), 1))


def column_of(ground: Ground, code: str) -> int:
    """Return the column of an option."""
    return N_EXISTING + [each.code for each in ground.options].index(code)


def _in_order(ground: Ground, columns: Sequence[int]) -> tuple[PlanSite, ...]:
    """Return sites, always the one next that adds most people to those before it."""
    missing = ground.weight * ~(ground.cost[:, 0] <= ground.standard_s)
    within = ground.cost[:, list(columns)] <= ground.standard_s
    left = list(range(len(columns)))
    found: list[PlanSite] = []
    while left:
        gains = missing @ within[:, left]
        best = left[int(np.argmax(gains))]
        found.append(PlanSite(option=ground.options[columns[best] - N_EXISTING], gain=round(float(gains.max()), 1)))
        missing = missing * ~within[:, best]
        left.remove(best)
    return tuple(found)


def _people(ground: Ground, mask: ArrayLike) -> float:
    return round(float(ground.weight[np.asarray(mask)].sum()), 1)


def _mean_min(ground: Ground, nearest: NDArray[np.float32], rows: NDArray[np.bool_]) -> float:
    weight = ground.weight[rows]
    return round(float((nearest[rows] * weight).sum() / max(weight.sum(), 1e-9) / 60.0), 2)
