"""Check the certificate of a siting answer from its inputs alone, by arithmetic that anybody can repeat.

Imports nothing of `geo.siting`. A certificate holds the sites, a binary tree over candidates whose leaves cover every
choice, and multipliers ``v`` of the demand rows for each leaf. With ``c[i, j]`` the weighted cost of row i at candidate
j, and ``r[j] = sum_i min(0, c[i, j] - v[i])``, no choice in a leaf costs less than

    sum_i v[i] + sum of r over the candidates chosen there + the smallest r of the free ones, as many as are wanted

whatever the multipliers are (A. Geoffrion 1974). Within a budget B, where candidate j costs q[j], a price of money
m >= 0 adds m q[j] to r[j] and -m B to the sum; only candidates count that what is left can pay, and of an exclusive
group only the smallest. Coverage is the case
where a covered row costs 0 and an uncovered one its weight, so that ``v`` is clipped to it. The bound of the tree is
that of its worst leaf.
"""

import math
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from geo.certificate_file import Certificate, read_certificate, read_inputs, read_numbers, require
from geo.errors import GeoError, InputError

_DAMAGE = (
    ArithmeticError, AttributeError, EOFError, LookupError, MemoryError, OSError, RuntimeError, SyntaxError, TypeError,
    ValueError, zipfile.BadZipFile, zlib.error,
)  # fmt: skip
"""What Python, NumPy and zipfile raise over a file that is not what it should be."""
_ERROR = 1e-13
"""Relative rounding of a sum of doubles, taken outward; far above what n log n sums of 20,000 terms lose."""

Floats = NDArray[np.float64]
Money = tuple[Floats, float, NDArray[np.int64]]
"""What each candidate costs, what all may, and the exclusive group of each, numbered from 0."""


@dataclass(frozen=True)
class Verdict:
    """What was checked.

    Attributes
    ----------
    model : str, sites : tuple of int
    objective : float
        Of the sites, computed here.
    certified_bound : float
        No choice is better than this, proven by the leaves.
    solver_bound : float or None
        What the solver says beyond that; nothing here proves it.
    n_leaf, n_row : int
    is_optimal : bool
        Objective and certified bound are equal.
    """

    model: str
    sites: tuple[int, ...]
    objective: float
    certified_bound: float
    solver_bound: float | None
    n_leaf: int
    n_row: int
    is_optimal: bool


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows by candidate: ``row[ptr[j] : ptr[j + 1]]`` at ``cost``, and what a row costs without (p-median: inf)."""

    ptr: NDArray[np.int64]
    row: NDArray[np.int64]
    cost: Floats
    base: Floats

    def column(self, j: int) -> slice:
        """Return the entries of a candidate."""
        return slice(int(self.ptr[j]), int(self.ptr[j + 1]))


def verify_certificate(path: Path) -> Verdict:
    """Check the certificate in a file, with its inputs beside it.

    Raises
    ------
    InputError
        If anything does not hold; the message says what.
    NotReadyError
        If the snapshot of streets that it was made on is not there.
    """
    try:
        with np.errstate(all="ignore"):
            body = read_certificate(path)
            return _verify(body, *read_inputs(body))
    except GeoError:
        raise
    except _DAMAGE as error:
        raise InputError("{file} is damaged: its numbers or its inputs cannot be read", file=path.name) from error


def _verify(body: Certificate, cost: Floats, weight: Floats, price: Floats) -> Verdict:
    path, model, sites, n = body.path, body.model, body.sites, cost.shape[1]
    fixed, forbidden, p, is_part = set(body.fixed), set(body.forbidden), len(sites), model in ("lscp", "p-center")
    named = fixed.union(forbidden, sites, *body.exclusive, *body.dominated)
    require(max(named, default=-1) < n, path, "{file} is refused: it names candidates that do not exist")
    is_kept = fixed <= set(sites) and not forbidden & set(sites)
    require(is_kept, path, "{file} is refused: its sites break what was fixed or forbidden")
    nearest = cost[:, sites].min(axis=1, initial=np.inf)
    money: Money = (np.zeros(n), 0.0, np.arange(n))
    wanted = n if body.wanted is None else body.wanted
    is_asked = body.wanted is not None or model in ("lscp", "budget")
    require(is_asked and (model == "lscp" or wanted <= n), path, "{file} is refused: it asks for an impossible number")
    is_whole = bool((weight == np.rint(weight)).all())
    if model in ("mclp", "budget"):
        rows, total = _cover_rows(cost <= body.standard, weight)
        objective = float(weight[nearest <= body.standard].sum())
    elif model == "p-median":
        keep = np.flatnonzero(weight > 0.0)
        rows, total = _cost_rows(cost[keep], weight[keep]), 0.0
        objective = float((nearest[keep] * weight[keep]).sum())
        is_whole = is_whole and bool((cost[np.isfinite(cost)] == np.rint(cost[np.isfinite(cost)])).all())
    elif is_part:
        objective = float(nearest.max(initial=0.0)) if model == "p-center" else float(p)
        is_served = model == "p-center" or bool((nearest <= body.standard).all())
        require(is_served, path, "{file} is refused: its sites do not cover every row")
        is_whole = model == "lscp"
        require(not is_whole or body.level.is_integer(), path, "{file} is refused: its number of sites is not whole")
        within = cost[body.rows] < body.level if model == "p-center" else cost[body.rows] <= body.standard
        rows, total = _cover_rows(within, np.ones(body.rows.size), drops_empty=False)
        wanted = wanted if model == "p-center" else int(body.level) - 1
    else:
        raise InputError("{file}: the model {model} has no certificate", file=path.name, model=model)
    if model == "budget":
        money = _read_money(price, body)
        require(
            float(price[sites].sum()) <= body.budget * (1 + 1e-12), path, "{file} is refused: its sites cost too much"
        )
        require(np.unique(money[2][sites]).size == p, path, "{file} is refused: its sites exclude each other")
    is_many = p == wanted or model == "lscp" or (model == "budget" and p <= wanted)
    require(
        is_many, path, "{file} is refused: it has {count} sites, not the {wanted} asked for", count=p, wanted=wanted
    )
    is_same = math.isclose(objective, body.objective, rel_tol=1e-12)
    require(is_same, path, "{file} is refused: its objective is not that of its sites")
    out = forbidden | _dominated(body, rows, fixed, forbidden)
    bound, n_leaf = _tree_bound(body, rows, wanted, fixed, out, money)
    if math.isfinite(bound) and np.isfinite(rows.base).all() and (rows.base == np.rint(rows.base)).all():
        bound = float(math.ceil(bound - 1e-9))
    slack = 1e-6 if is_whole else 1e-9 * (abs(objective) + abs(body.certified_bound)) + 1e-12 * max(total, 1.0)
    sign = -1.0 if model in ("mclp", "budget") else 1.0
    if sign < 0.0:
        certified = total - max(bound, 0.0)
    elif model == "p-median":
        certified = float(math.ceil(bound - 1e-9)) if is_whole and bound < 2.0**50 else bound
    else:
        certified = body.level if bound > 0.0 else 0.0
    certified = max(certified, 0.0)
    is_proven = sign * (certified - body.certified_bound) >= -slack
    numbers = {"proven": certified, "said": body.certified_bound}
    require(is_proven, path, "{file} is refused: its leaves prove {proven}, not {said}", **numbers)
    claims = [certified, body.certified_bound, *([] if body.solver_bound is None else [body.solver_bound])]
    is_beyond = all(sign * (objective - claim) >= -slack for claim in claims)
    require(is_beyond, path, "{file} is refused: its own sites are better than its bound")
    is_optimal = abs(certified - objective) <= slack
    return Verdict(
        model, tuple(sorted(sites)), objective, objective if is_optimal else certified, body.solver_bound, n_leaf,
        rows.base.size, is_optimal,
    )  # fmt: skip


def _read_money(price: Floats, body: Certificate) -> Money:
    members = [j for some in body.exclusive for j in some]
    is_apart = len(set(members)) == len(members)
    require(is_apart, body.path, "{file} is refused: a candidate is in two exclusive groups")
    group = np.arange(price.size)
    for some in body.exclusive:
        group[some] = min(some, default=0)
    return price, body.budget, group


def _cover_rows(within: NDArray[np.bool_], weight: Floats, *, drops_empty: bool = True) -> tuple[Rows, float]:
    """Return rows of equal sets merged, in the order of their packed bits, and the weight that can be covered."""
    if drops_empty:
        keep = within.any(axis=1) & (weight > 0.0)
        within, weight = within[keep], weight[keep]
    packed = np.ascontiguousarray(np.packbits(within, axis=1))
    key = packed.view(np.dtype((np.void, packed.shape[1]))).ravel()
    _, first, group = np.unique(key, return_index=True, return_inverse=True)
    base = np.bincount(group, weight, minlength=first.size).astype(np.float64)
    column, row = np.nonzero(within[first].T)
    ptr = np.concatenate([[0], np.cumsum(np.bincount(column, minlength=within.shape[1]))]).astype(np.int64)
    return Rows(ptr, row.astype(np.int64), np.zeros(row.size), base), float(base.sum())


def _cost_rows(cost: Floats, weight: Floats) -> Rows:
    column, row = np.nonzero(np.isfinite(cost).T)
    ptr = np.concatenate([[0], np.cumsum(np.bincount(column, minlength=cost.shape[1]))]).astype(np.int64)
    return Rows(ptr, row.astype(np.int64), cost[row, column] * weight[row], np.full(weight.size, np.inf))


def _dominated(body: Certificate, rows: Rows, fixed: set[int], forbidden: set[int]) -> set[int]:
    """Return candidates that need not be chosen, since for each another one, which may be, has all its rows."""
    by, path = {pair[0]: pair[1] for pair in body.dominated}, body.path
    is_cover = body.model in ("mclp", "lscp", "p-center") and len(by) == len(body.dominated)
    require(
        is_cover or not body.dominated, path, "{file} is refused: candidates do not replace each other in this model"
    )
    is_free = not (fixed | forbidden) & set(by) and not forbidden & set(by.values())
    require(is_free, path, "{file} is refused: a fixed or forbidden candidate replaces another or is replaced")
    for j, k in by.items():
        has_all = bool(np.isin(rows.row[rows.column(j)], rows.row[rows.column(k)]).all())
        require(
            has_all, path, "{file} is refused: candidate {one} does not cover all that {other} does", one=k, other=j
        )
        end, steps = k, 0
        while end in by and steps <= len(by):
            end, steps = by[end], steps + 1
        require(end not in by and end != j, path, "{file} is refused: candidates replace each other in a circle")
    return set(by)


def _tree_bound(
    body: Certificate, rows: Rows, p: int, fixed: set[int], out: set[int], money: Money
) -> tuple[float, int]:
    """Return the bound of the worst leaf, and how many leaves there are; every node is met exactly once."""
    nodes, path, n = body.nodes, body.path, rows.ptr.size - 1
    price, budget, group = money
    if not nodes:
        return -math.inf, 0
    # With fewer candidates left than are wanted, all of them are a choice too: the others cover nothing more.
    fewest = 0 if body.model == "budget" or n - len(out) < p else p
    kept: dict[int, tuple[float, Floats, float]] = {}
    worst, n_leaf, seen, todo = math.inf, 0, set(), [(0, fixed, out)]
    while todo:
        at, chosen, dropped = todo.pop()
        is_new = 0 <= at < len(nodes) and at not in seen
        require(is_new, path, "{file} is refused: its nodes do not form a tree")
        seen.add(at)
        j, *then = nodes[at]
        if j >= 0:
            is_open = j < n and j not in chosen and j not in dropped and len(then) == 2
            require(is_open, path, "{file} is refused: node {node} splits what is decided", node=at)
            todo += [(then[0], chosen | {j}, dropped), (then[1], chosen, dropped | {j})]
            continue
        n_leaf += 1
        require(len(then) == 1, path, "{file} is refused: its nodes do not form a tree")
        has_numbers = 0 <= then[0] < len(body.multipliers)
        require(has_numbers, path, "{file} is refused: multipliers are missing")
        mine, left = list(chosen), budget * (1 + 1e-9) - price[list(chosen)].sum()
        is_split = np.unique(group[mine]).size == len(mine) and left >= 0.0
        if len(chosen) > p or not is_split or n - len(dropped) < fewest:
            continue
        if then[0] not in kept:
            kept[then[0]] = _multiplied(rows, body.multipliers[then[0]], money, path)
        total, reduced, size = kept[then[0]]
        free = np.setdiff1d(np.flatnonzero(price <= left), list(chosen | dropped))
        least = np.zeros(n)
        np.minimum.at(least, group[free], reduced[free])
        least[group[mine]] = 0.0
        here = float(np.sort(least)[: p - len(chosen)].sum() + reduced[mine].sum() + total) - _ERROR * size
        worst = min(worst, here if math.isfinite(here) else -math.inf)
    require(len(seen) == len(nodes), path, "{file} is refused: its tree has nodes that nothing leads to")
    return worst, n_leaf


def _multiplied(rows: Rows, packed: str, money: Money, path: Path) -> tuple[float, Floats, float]:
    """Return (sum of multipliers, reduced costs, sum of all magnitudes); the price of money is the last multiplier."""
    v = read_numbers(packed, rows.base.size + 1)
    price = float(v[-1]) if v.size == rows.base.size + 1 else 0.0
    is_whole = v.size - rows.base.size in (0, 1) and bool(np.isfinite(v).all()) and price >= 0.0
    require(is_whole, path, "{file} is refused: multipliers are missing")
    v = np.minimum(v[: rows.base.size], rows.base)
    reduced = np.minimum(rows.cost - v[rows.row], 0.0)
    sums = np.zeros(rows.ptr.size - 1)
    some = np.flatnonzero(np.diff(rows.ptr))
    if some.size:
        sums[some] = np.add.reduceat(reduced, rows.ptr[some])
    size = np.abs(v).sum() + np.abs(reduced).sum() + price * (money[0].sum() + money[1])
    return float(v.sum()) - price * money[1], sums + price * money[0], float(size)
