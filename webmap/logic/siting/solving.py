"""Solve one siting question on its ground: each aim by the model that fits it, with the same columns throughout."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.errors import InfeasibleError, InputError
from geo.siting.actions import Limits, solve_actions
from geo.siting.certificate import Certified, solve_budget, solve_certified
from geo.siting.covers import CoverSets, cover_within
from geo.siting.lscp import solve_lscp
from geo.siting.mclp import solve_mclp
from geo.siting.p_median import solve_p_median
from geo.siting.problem import SitingResult, Stop
from webmap.logic.siting.ground import N_EXISTING, NOWHERE_S, Floats, Ground
from webmap.logic.siting.sites_question import SitesQuestion

TENTH = 0.1
TWICE = 0.5
"""What being covered a second time counts beside the first, where plans for a locked door are sought."""

_NAMED = 5
EXISTING = (0, 1)


@dataclass(frozen=True, eq=False)
class Assumption:
    """A ground under other assumptions: costs, weights, a standard and a number of sites; None: as they are."""

    cost: NDArray[np.float32] | None = None
    weight: Floats | None = None
    standard_s: float | None = None
    sites: int | None = None


def has_ways(aim: str) -> bool:
    """Tell whether an aim compares lengths of ways, not only whether they are within the standard."""
    return aim in ("far", "average")


def solve(
    ground: Ground,
    asked: SitesQuestion,
    aim: str,
    *,
    under: Assumption = Assumption(),
    without: Sequence[int] = (),
    stop: Stop,
) -> SitingResult:
    """Return the best choice of columns for an aim; ``balanced`` and ``twice`` are aims of their own.

    ``balanced`` covers the greatest mean share of the towns; ``twice`` lets a second station count half.

    Raises
    ------
    InputError, InfeasibleError
    """
    cost = ground.cost if under.cost is None else under.cost
    weight = ground.weight if under.weight is None else under.weight
    standard = ground.standard_s if under.standard_s is None else under.standard_s
    wanted = asked.sites if under.sites is None else under.sites
    fixed = [*EXISTING, *fixed_columns(ground)]
    free = len(ground.options) - len(set(without))
    most = N_EXISTING + min(max(wanted, len(fixed) - N_EXISTING), free)
    if has_ways(aim):
        return _shortest(ground, aim, cost, weight, most, fixed, without, stop)
    if aim == "balanced":
        people = np.bincount(ground.town, weight, minlength=len(ground.town_code))
        weight = weight / np.maximum(people, 1e-9)[ground.town]
    sets, _ = cover_within(cost, weight, standard=standard)
    if aim == "share":
        return _fewest(ground, asked.share, sets, fixed, without, stop)
    if aim == "twice":
        return solve_actions(sets, Limits(sites=most), twice=TWICE, fixed=fixed, forbidden=without, stop=stop)
    if aim == "budget":
        return _within_budget(ground, asked.budget, sets, fixed, without, stop)
    if aim == "towns":
        groups = _groups_of_towns(ground, cost, standard, most, without)
        limits = Limits(sites=most, at_least=groups)
        return solve_actions(sets, limits, fixed=fixed, forbidden=without, stop=stop)
    return solve_mclp(sets, sites=most, fixed=fixed, forbidden=without, stop=stop)


@dataclass(frozen=True, eq=False)
class Proof:
    """A certified answer and the inputs that a reader checks it from: `arrays` of a certificate of the kind matrix."""

    certified: Certified
    arrays: dict[str, NDArray[Any]]


def solve_first(ground: Ground, asked: SitesQuestion, *, stop: Stop) -> tuple[SitingResult, Proof | None]:
    """Return the best choice for the aim that is asked for, with its proof where the aim has one.

    Coverage by number or by budget and the lengths of ways have certificates; a station in each town and a share have
    none.

    Raises
    ------
    InputError, InfeasibleError
    """
    fixed = [*EXISTING, *fixed_columns(ground)]
    most = N_EXISTING + min(max(asked.sites, len(fixed) - N_EXISTING), len(ground.options))
    within = np.where(ground.cost <= ground.standard_s, ground.cost, np.float32(np.inf))
    arrays: dict[str, NDArray[Any]] = {"cost": within, "weight": ground.weight}
    if asked.aim == "people":
        certified = solve_certified(
            "mclp", within, ground.weight, sites=most, standard=ground.standard_s, fixed=fixed, stop=stop
        )
    elif asked.aim == "budget":
        limits, forbidden = _budget_limits(ground, asked.budget, ())
        sets, _ = cover_within(within, ground.weight, standard=ground.standard_s)
        certified = solve_budget(sets, limits, standard=ground.standard_s, fixed=fixed, forbidden=forbidden, stop=stop)
        arrays["price"] = np.asarray(limits.cost, np.float64)
    elif has_ways(asked.aim):
        near, weight = _ways(ground, asked.aim, ground.cost, ground.weight)
        certified = solve_certified("p-median", near, weight, sites=most, fixed=fixed, stop=stop)
        arrays = {"cost": near, "weight": weight}
    else:
        return solve(ground, asked, asked.aim, stop=stop), None
    return certified.answer, Proof(certified, arrays)


def fixed_columns(ground: Ground) -> list[int]:
    """Return the columns of the options that are decided."""
    return [N_EXISTING + j for j, option in enumerate(ground.options) if option.is_fixed]


def worst_tenth(ground: Ground) -> NDArray[np.bool_]:
    """Return the points of the tenth of the people who are farthest from a station now, bool (n_demand,)."""
    nearest = ground.cost[:, 0]
    order = np.argsort(-nearest, kind="stable")
    running = np.cumsum(ground.weight[order])
    chosen = np.zeros(nearest.size, bool)
    chosen[order[: int(np.searchsorted(running, TENTH * running[-1])) + 1]] = True
    return chosen


def _shortest(
    ground: Ground,
    aim: str,
    cost: NDArray[np.float32],
    weight: Floats,
    most: int,
    fixed: list[int],
    without: Sequence[int],
    stop: Stop,
) -> SitingResult:
    near, weights = _ways(ground, aim, cost, weight)
    return solve_p_median(near, weights, sites=most, fixed=fixed, forbidden=without, stop=stop)


def _ways(ground: Ground, aim: str, cost: NDArray[np.float32], weight: Floats) -> tuple[NDArray[np.float32], Floats]:
    """Return the lengths of ways that an aim compares, and whose they are."""
    rows = worst_tenth(ground) if aim == "far" else np.ones(weight.size, bool)
    return np.minimum(cost[rows], np.float32(NOWHERE_S)), weight[rows]


def _fewest(
    ground: Ground, share: float, sets: CoverSets, fixed: list[int], without: Sequence[int], stop: Stop
) -> SitingResult:
    allowed = np.setdiff1d(np.arange(sets.n_column), without)
    can = float(sets.weight[sets.covered(allowed)].sum())
    wanted = share * (ground.people - ground.unattached)
    if wanted > can * (1.0 + 1e-9):
        most = can / max(ground.people - ground.unattached, 1e-9)
        raise InfeasibleError(
            "with every site that may be chosen {most} of the people are covered: ask for less, or add candidates",
            most=f"{most:.1%}",
        )
    return solve_lscp(sets, share=min(max(wanted / can, 1e-9), 1.0 - 1e-12), fixed=fixed, forbidden=without, stop=stop)


def _within_budget(
    ground: Ground, budget: float, sets: CoverSets, fixed: list[int], without: Sequence[int], stop: Stop
) -> SitingResult:
    limits, forbidden = _budget_limits(ground, budget, without)
    return solve_actions(sets, limits, fixed=fixed, forbidden=forbidden, stop=stop)


def _budget_limits(ground: Ground, budget: float, without: Sequence[int]) -> tuple[Limits, list[int]]:
    """Return the limits of a plan within a budget, and the columns that may not be chosen: unknown costs among them."""
    unknown = [each for each in ground.options if each.cost is None and not each.is_fixed]
    if len(unknown) == len(ground.options):
        raise InputError("no site has a cost yet: fill in the costs of the candidates, or ask for a number of sites")
    forbidden = {*without, *(N_EXISTING + j for j, each in enumerate(ground.options) if each in unknown)}
    price = np.array([0.0] * N_EXISTING + [each.cost or 0.0 for each in ground.options])
    return Limits(cost=price, budget=budget), sorted(forbidden)


def _groups_of_towns(
    ground: Ground, cost: NDArray[np.float32], standard: float, most: int, without: Sequence[int]
) -> list[tuple[list[int], int]]:
    """Return for each town without anybody covered its columns, one of which is to be chosen.

    Raises
    ------
    InfeasibleError
        If more towns are to get a site than there are sites.
    """
    covered = np.bincount(ground.town, ground.weight * (cost[:, 0] <= standard), minlength=len(ground.town_code))
    groups: dict[str, list[int]] = {}
    for j, option in enumerate(ground.options, start=N_EXISTING):
        if option.town and j not in without and covered[ground.town_code.index(option.town)] == 0.0:
            groups.setdefault(option.town, []).append(j)
    if len(groups) > most - N_EXISTING:
        names = [ground.town_name[ground.town_code.index(code)] for code in list(groups)[:_NAMED]]
        raise InfeasibleError(
            "{count} towns have no station near anybody, among them {names}: ask for {count} sites or more",
            count=len(groups),
            names="、".join(names),
        )
    return [(columns, 1) for columns in groups.values()]
