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

import base64
import hashlib
import json
import math
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.errors import InputError
from geo.network.costs import find_costs
from geo.network.snap import SnappedPoints
from geo.network.snapshot import network_from_arrays, open_snapshot

FORMAT = "fuchun-siting-certificate-1"
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
    """
    try:
        body = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError("{file} is not a certificate: {reason}", file=path.name, reason=error) from error
    if not isinstance(body, dict) or body.get("format") != FORMAT:
        raise InputError("{file} is not a certificate of the format {wanted}", file=path.name, wanted=FORMAT)
    try:
        return _verify(body, path)
    except (LookupError, TypeError, ValueError, RecursionError, OverflowError, zlib.error, OSError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError("{file} is damaged: {reason}", file=path.name, reason=repr(error)) from error


def seal(body: dict[str, Any]) -> str:
    """Return the checksum of a certificate without its own."""
    plain = {name: value for name, value in body.items() if name != "sha256"}
    return hashlib.sha256(json.dumps(plain, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def read_numbers(text: str) -> Floats:
    """Return doubles that were packed as base64 of deflated little-endian bytes."""
    return np.frombuffer(zlib.decompress(base64.b64decode(text)), "<f8").astype(np.float64)


def _verify(body: dict[str, Any], path: Path) -> Verdict:
    _require(seal(body) == body["sha256"], path, "its checksum is not that of its content")
    inputs, asked, model = body["inputs"], body["parameters"], body["model"]
    file = path.with_name(Path(inputs["file"]).name)
    is_same = hashlib.sha256(file.read_bytes()).hexdigest() == inputs["sha256"]
    _require(is_same, path, f"the inputs {file.name} are not those that it was made from")
    with np.load(file, allow_pickle=False) as stored:
        arrays = dict(stored)
    cost = _costs(inputs["kind"], arrays, asked)
    weight = np.asarray(arrays["weight"], np.float64)
    n = cost.shape[1]
    sites, p = [int(j) for j in body["sites"]], len(body["sites"])
    fixed, forbidden = set(asked["fixed"]), set(asked["forbidden"])
    _require(len(set(sites)) == p and all(0 <= j < n for j in sites), path, "its sites are not different candidates")
    _require(fixed <= set(sites) and not forbidden & set(sites), path, "its sites break what was fixed or forbidden")
    nearest = cost[:, sites].min(axis=1, initial=np.inf)
    money: Money = (np.zeros(n), 0.0, np.arange(n))
    if model in ("mclp", "budget"):
        rows, total = _cover_rows(cost <= asked["standard"], weight)
        objective = float(weight[nearest <= asked["standard"]].sum())
        wanted = n if asked["sites"] is None else int(asked["sites"])
    elif model == "p-median":
        keep = np.flatnonzero(weight > 0.0)
        rows, total = _cost_rows(cost[keep], weight[keep]), 0.0
        objective = float((nearest[keep] * weight[keep]).sum())
        wanted = int(asked["sites"])
    elif model in ("lscp", "p-center"):
        some = np.asarray(body["rows"], np.int64)
        is_center = model == "p-center"
        objective = float(nearest.max(initial=0.0)) if is_center else float(p)
        _require(is_center or bool((nearest <= asked["standard"]).all()), path, "its sites do not cover every row")
        within = cost[some] < body["level"] if is_center else cost[some] <= asked["standard"]
        rows, total = _cover_rows(within, np.ones(some.size), drops_empty=False)
        wanted = int(asked["sites"]) if is_center else int(body["level"]) - 1
    else:
        raise InputError("{file}: the model {model} has no certificate", file=path.name, model=model)
    if model == "budget":
        money = _read_money(arrays["price"], asked, path)
        _require(float(money[0][sites].sum()) <= money[1] * (1 + 1e-12), path, "its sites cost too much")
        _require(np.unique(money[2][sites]).size == p, path, "its sites exclude each other")
        _require(p <= wanted and not body["dominated"], path, f"its sites are more than {wanted}")
    _require(model in ("lscp", "budget") or p == wanted, path, f"{p} sites are not the {wanted} that were asked for")
    _require(math.isclose(objective, body["objective"], rel_tol=1e-12), path, "its objective is not that of its sites")
    out = forbidden | _dominated(body["dominated"], rows, fixed | forbidden, path)
    bound, n_leaf = _tree_bound(body, rows, wanted, fixed, out, money, path)
    if math.isfinite(bound) and np.isfinite(rows.base).all() and (rows.base == np.rint(rows.base)).all():
        bound = float(math.ceil(bound - 1e-9))
    if model in ("mclp", "budget"):
        certified = total - bound
        is_as_said = certified <= body["certified_bound"] * (1 + 1e-9) + 1e-9
    elif model == "p-median":
        whole = (weight == np.rint(weight)).all() and (
            cost[np.isfinite(cost)] == np.rint(cost[np.isfinite(cost)])
        ).all()
        certified = float(math.ceil(bound - 1e-9)) if whole and bound < 2.0**50 else bound
        is_as_said = certified >= body["certified_bound"] * (1 - 1e-9)
    else:
        certified = float(body["level"]) if bound > 0.0 else 0.0
        is_as_said = certified >= body["certified_bound"]
    _require(is_as_said, path, f"its leaves prove {certified}, not {body['certified_bound']}")
    is_optimal = math.isclose(certified, objective, rel_tol=2e-9, abs_tol=1e-12 * max(total, 1.0))
    return Verdict(
        model, tuple(sorted(sites)), objective, objective if is_optimal else certified, body.get("solver_bound"),
        n_leaf, rows.base.size, is_optimal,
    )  # fmt: skip


def _read_money(price: Any, asked: dict[str, Any], path: Path) -> Money:
    price, budget = np.asarray(price, np.float64), float(asked["budget"])
    members = [j for some in asked["exclusive"] for j in some]
    _require(bool((price >= 0.0).all()) and budget >= 0.0, path, "a cost is not a number from 0")
    _require(len(set(members)) == len(members), path, "a candidate stands in two exclusive groups")
    group = np.arange(price.size)
    for some in asked["exclusive"]:
        group[some] = min(some)
    return price, budget, group


def _costs(kind: str, arrays: dict[str, Any], asked: dict[str, Any]) -> Floats:
    """Return the costs that the inputs say, (n_demand, n_candidate)."""
    if kind == "matrix":
        return np.asarray(arrays["cost"])
    if kind == "sets":
        matrix = np.full((arrays["ptr"].size - 1, arrays["price"].size), np.inf)
        matrix[np.repeat(np.arange(len(matrix)), np.diff(arrays["ptr"])), arrays["column"]] = 0.0
        return matrix
    network = network_from_arrays(open_snapshot(Path(asked["snapshot"]), verify=True)[0])
    parts = "edge", "fraction", "leg_m"
    ends = [SnappedPoints(*(arrays[f"{side}_{part}"] for part in parts)) for side in ("demand", "candidate")]
    return find_costs(network, ends[0], ends[1], mode=asked["mode"], limit_s=asked.get("limit_s"))


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


def _dominated(pairs: list[list[int]], rows: Rows, kept: set[int], path: Path) -> set[int]:
    """Return candidates that need not be chosen, since for each another one has all its rows."""
    by = {int(j): int(k) for j, k in pairs}
    _require(not kept & set(by), path, "a fixed or forbidden candidate is said to be replaced")
    for j, k in by.items():
        mine, theirs = rows.row[rows.column(j)], rows.row[rows.column(k)]
        _require(bool(np.isin(mine, theirs).all()), path, f"candidate {k} does not cover all that {j} does")
        end, steps = k, 0
        while end in by and steps <= len(by):
            end, steps = by[end], steps + 1
        _require(end not in by and end != j, path, "candidates replace each other in a circle")
    return set(by)


def _tree_bound(
    body: dict[str, Any], rows: Rows, p: int, fixed: set[int], out: set[int], money: Money, path: Path
) -> tuple[float, int]:
    """Return the bound of the worst leaf, and how many leaves there are; every node is met exactly once."""
    nodes, packed, n = body["nodes"], body["multipliers"], rows.ptr.size - 1
    price, budget, group = money
    if not nodes:
        return -math.inf, 0
    kept: dict[int, tuple[float, Floats, float]] = {}
    worst, n_leaf, n_seen, todo = math.inf, 0, 0, [(0, fixed, out)]
    while todo:
        at, chosen, dropped = todo.pop()
        n_seen += 1
        _require(n_seen <= len(nodes), path, "its nodes do not form a tree")
        node = nodes[at]
        if node[0] >= 0:
            j = int(node[0])
            _require(j < n and j not in chosen and j not in dropped, path, f"node {at} splits what is decided")
            todo += [(int(node[1]), chosen | {j}, dropped), (int(node[2]), chosen, dropped | {j})]
            continue
        n_leaf += 1
        mine, left = list(chosen), budget * (1 + 1e-9) - price[list(chosen)].sum()
        is_split = np.unique(group[mine]).size == len(mine) and left >= 0.0
        if len(chosen) > p or not is_split or (body["model"] != "budget" and n - len(dropped) < p):
            continue
        if node[1] not in kept:
            kept[node[1]] = _multiplied(rows, read_numbers(packed[node[1]]), money, path)
        total, reduced, size = kept[node[1]]
        free = np.setdiff1d(np.flatnonzero(price <= left), list(chosen | dropped))
        least = np.zeros(n)
        np.minimum.at(least, group[free], reduced[free])
        least[group[mine]] = 0.0
        here = np.sort(least)[: p - len(chosen)].sum() + reduced[mine].sum() + total
        worst = min(worst, float(here) - _ERROR * size)
    _require(n_seen == len(nodes), path, "its tree has nodes that nothing leads to")
    return worst, n_leaf


def _multiplied(rows: Rows, v: Floats, money: Money, path: Path) -> tuple[float, Floats, float]:
    """Return (sum of multipliers, reduced costs, sum of all magnitudes); the price of money is the last multiplier."""
    price = 0.0 if v.size == rows.base.size else float(v[-1])
    v = v[: rows.base.size]
    is_whole = v.size == rows.base.size and bool(np.isfinite(v).all()) and 0.0 <= price < math.inf
    _require(is_whole, path, "multipliers are missing")
    v = np.minimum(v, rows.base)
    reduced = np.minimum(rows.cost - v[rows.row], 0.0)
    sums = np.zeros(rows.ptr.size - 1)
    some = np.flatnonzero(np.diff(rows.ptr))
    if some.size:
        sums[some] = np.add.reduceat(reduced, rows.ptr[some])
    size = np.abs(v).sum() + np.abs(reduced).sum() + price * (money[0].sum() + money[1])
    return float(v.sum()) - price * money[1], sums + price * money[0], float(size)


def _require(holds: bool, path: Path, what: str) -> None:
    if not holds:
        raise InputError("{file} is refused: {what}", file=path.name, what=what)
