"""Certificates (计算凭据): an answer with its inputs and a proof, which `geo.siting_verifier` checks by itself."""

import base64
import hashlib
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from geo.certificate_file import FORMAT, seal
from geo.errors import InputError
from geo.siting import _cover_kernels as kernels
from geo.siting.actions import Limits, solve_actions
from geo.siting.branch import Search, Solved
from geo.siting.budget_proof import BudgetProof
from geo.siting.covers import CoverSets, cover_within
from geo.siting.lscp import solve_lscp
from geo.siting.mclp import search_coverage, spare_columns
from geo.siting.p_center import search_center
from geo.siting.p_median import check_served, read_median, search_median, total_cost
from geo.siting.problem import Choice, Floats, Longs, SitingResult, Stop, make_stop, read_choice, read_cost, result
from geo.siting.service import Service, from_covers
from geo.siting.swaps import heuristic
from geo.siting.tree import Tree

Model = Literal["mclp", "lscp", "p-median", "p-center"]
MODELS: tuple[Model, ...] = ("mclp", "lscp", "p-median", "p-center")
PROOF_SHARE = 0.5
"""Part of the time left that the proof of a plan within a budget may take."""


@dataclass(frozen=True, eq=False)
class Certified:
    """An answer and the parts of its certificate that depend on the search."""

    answer: SitingResult
    body: dict[str, Any]


def solve_certified(
    model: Model,
    cost: Any,
    weight: Any,
    *,
    sites: int | None = None,
    standard: float | None = None,
    fixed: Sequence[int] = (),
    forbidden: Sequence[int] = (),
    stop: Stop | None = None,
    time_limit_s: float | None = None,
) -> Certified:
    """Solve a model on a cost matrix and keep the proof.

    Parameters are those of the model's own function; `sites` is not read by ``lscp``, `standard` by the medians.
    """
    stop = make_stop(stop, time_limit_s)
    if model in ("mclp", "p-median", "p-center") and sites is None:
        raise InputError("sites is missing: how many are to be chosen")
    if model == "mclp":
        return _certify_coverage(cost, weight, sites or 0, standard, fixed, forbidden, stop)
    if model == "p-median":
        return _certify_median(cost, weight, sites or 0, fixed, forbidden, stop)
    if model == "lscp":
        return _certify_fewest(cost, standard, fixed, forbidden, stop)
    if model == "p-center":
        return _certify_center(cost, sites or 0, fixed, forbidden, stop)
    raise InputError("{model} is not a model; there are {known}", model=model, known=", ".join(MODELS))


def solve_budget(
    sets: CoverSets,
    limits: Limits,
    *,
    standard: float = 0.0,
    fixed: Sequence[int] = (),
    forbidden: Sequence[int] = (),
    stop: Stop | None = None,
    time_limit_s: float | None = None,
) -> Certified:
    """Choose actions within a budget as `geo.siting.actions.solve_actions` does, and prove the choice.

    The tree proves what budget, number, exclusive groups, and fixed and forbidden actions say. Groups that share an
    action, spacing and minimum numbers are left out of it: then the certified bound may be higher than the solver's.

    Parameters
    ----------
    sets : CoverSets
        Rows are demand, or demand × time class × service; a reader makes them from the inputs by `standard`.
    limits : Limits
        With `cost` and `budget`.
    standard : float
        Largest cost at which an action serves a row, written into the certificate; 0 where the inputs are sets.
    """
    if limits.budget is None or limits.cost is None:
        raise InputError("a plan within a budget needs the budget and the cost of every action")
    stop = make_stop(stop, time_limit_s)
    merged, _ = sets.merged()
    some = merged.take(np.flatnonzero((merged.weight > 0.0) & (np.diff(merged.ptr) > 0)), np.arange(sets.n_column))
    choice = read_choice(sets.n_column, fixed=fixed, forbidden=forbidden)
    first = replace(stop, time_limit_s=stop.seconds + (1.0 - PROOF_SHARE) * stop.left_s)
    answer = solve_actions(sets, limits, fixed=fixed, forbidden=forbidden, stop=first)
    members = [j for group in limits.exclusive for j in group]
    is_apart = len(set(members)) == len(members)
    exclusive = [sorted(group) for group in limits.exclusive if len(group) > 1] if is_apart else []
    proof = BudgetProof(
        some, limits.cost, limits.budget, sites=limits.sites, exclusive=exclusive, fixed=choice.fixed,
        forbidden=choice.forbidden,
    )  # fmt: skip
    total = float(some.weight.sum())
    certified = max(total - proof.run(total - answer.objective, stop=stop.telling(None)), answer.objective)
    bound = min(answer.bound, certified)
    answer = result(answer.sites, answer.objective, bound, is_maximum=True)
    asked = {**_asked(limits.sites, standard, choice), "budget": float(limits.budget), "exclusive": exclusive}
    return _body("budget", answer, certified, proof.tree, np.append(_row_order(from_covers(some)), some.n_row), asked)


def write_certificate(
    path: Path, certified: Certified, *, kind: str, arrays: Mapping[str, NDArray[Any]], parameters: Mapping[str, Any]
) -> None:
    """Write a certificate, and its inputs beside it as ``<name>.inputs.npz``.

    Parameters
    ----------
    path : Path
        Of the JSON file.
    kind : {"matrix", "sets", "streets"}
        What the arrays are: ``cost`` and ``weight``; ``ptr``, ``column`` and ``weight`` of cover sets; or the snapped
        points of demand and candidates to a snapshot of streets, and ``weight``. Within a budget ``price`` too.
    parameters : mapping
        What was asked, data version and snapshot among it.
    """
    inputs = path.with_name(path.stem + ".inputs.npz")
    with inputs.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)
    body = {
        "format": FORMAT,
        "inputs": {"kind": kind, "file": inputs.name, "sha256": hashlib.sha256(inputs.read_bytes()).hexdigest()},
        "parameters": {**parameters, **certified.body["asked"]},
        **{name: value for name, value in certified.body.items() if name != "asked"},
    }
    body["sha256"] = seal(body)
    path.write_text(json.dumps(body, ensure_ascii=False), "utf-8")


def _body(
    model: Model | Literal["budget"], answer: SitingResult, certified_bound: float, tree: Tree, order: Longs,
    asked: dict[str, Any], spared: Sequence[tuple[int, int]] = (), **more: Any,
) -> Certified:  # fmt: skip
    used = sorted({node[1] for node in tree.nodes if node[0] < 0})
    number = {old: new for new, old in enumerate(used)}
    nodes = [node if node[0] >= 0 else [-1, number[node[1]]] for node in tree.nodes]
    return Certified(
        answer,
        {
            "model": model,
            "sites": list(answer.sites),
            "objective": answer.objective,
            "certified_bound": certified_bound,
            "solver_bound": None if certified_bound == answer.bound else answer.bound,
            "asked": asked,
            "dominated": [list(pair) for pair in spared],
            "nodes": nodes,
            "multipliers": [_pack(tree.multipliers[old][order]) for old in used],
            **more,
        },
    )


def _pack(values: Floats) -> str:
    return base64.b64encode(zlib.compress(np.ascontiguousarray(values, "<f8").tobytes(), 6)).decode()


def _row_order(some: Service) -> Longs:
    """Return the rows in the order in which a reader merges them: by their sets as packed bits."""
    n_byte = -(-some.n_column // 8)
    packed = np.zeros((some.n_row, n_byte), np.uint8)
    row = np.repeat(np.arange(some.n_row), np.diff(some.ptr))
    np.bitwise_or.at(packed, (row, some.column // 8), (128 >> (some.column % 8)).astype(np.uint8))
    return np.argsort(packed.view(np.dtype((np.void, n_byte))).ravel(), kind="stable").astype(np.int64)


def _asked(sites: int | None, standard: float | None, choice: Choice) -> dict[str, Any]:
    return {
        "sites": sites,
        "standard": standard,
        "fixed": choice.fixed.tolist(),
        "forbidden": choice.forbidden.tolist(),
    }


def _certify_coverage(
    cost: Any,
    weight: Any,
    sites: int,
    standard: float | None,
    fixed: Sequence[int],
    forbidden: Sequence[int],
    stop: Stop,
) -> Certified:
    sets, _ = cover_within(cost, weight, standard=float(standard if standard is not None else np.nan))
    choice = read_choice(sets.n_column, fixed=fixed, forbidden=forbidden, sites=sites)
    total = float(sets.weight[np.diff(sets.ptr) > 0].sum())
    telling = stop.telling(lambda objective, bound: (total - objective, total - bound))
    solved = search_coverage(sets, choice, stop=telling)
    covered = float(sets.weight[sets.covered(solved.sites)].sum())
    answer = result(solved.sites, covered, max(total - solved.bound, covered), is_maximum=True)
    order = _row_order(from_covers(sets))
    return _body("mclp", answer, answer.bound, solved.tree, order, _asked(sites, standard, choice), solved.spared)


def _certify_median(
    cost: Any, weight: Any, sites: int, fixed: Sequence[int], forbidden: Sequence[int], stop: Stop
) -> Certified:
    matrix, weights, choice = read_median(cost, weight, sites=sites, fixed=fixed, forbidden=forbidden)
    solved, _ = search_median(matrix, weights, choice, stop=stop)
    check_served(matrix, np.flatnonzero(weights > 0.0), solved.sites)
    objective = total_cost(matrix, weights, solved.sites)
    answer = result(solved.sites, objective, min(solved.bound, objective))
    order = np.flatnonzero(weights > 0.0)
    return _body("p-median", answer, answer.bound, solved.tree, order, _asked(sites, None, choice))


def _certify_fewest(
    cost: Any, standard: float | None, fixed: Sequence[int], forbidden: Sequence[int], stop: Stop
) -> Certified:
    answer = solve_lscp(cost, standard=standard, fixed=fixed, forbidden=forbidden, stop=stop)
    matrix = read_cost(cost)
    choice = read_choice(matrix.shape[1], fixed=fixed, forbidden=forbidden)
    sets, group = cover_within(matrix, None, standard=float(standard if standard is not None else np.nan))
    rows = np.unique(group, return_index=True)[1]
    fewer = len(answer.sites) - 1
    return _certify_cover(
        "lscp", answer, sets, rows, fewer, choice, float(answer.objective), _asked(None, standard, choice), stop
    )


def _certify_center(cost: Any, sites: int, fixed: Sequence[int], forbidden: Sequence[int], stop: Stop) -> Certified:
    matrix = read_cost(cost)
    read_median(matrix, np.ones(len(matrix)), sites=sites, fixed=fixed, forbidden=forbidden)
    choice = read_choice(matrix.shape[1], fixed=fixed, forbidden=forbidden, sites=sites)
    solved = search_center(matrix, choice, stop=stop)
    check_served(matrix, np.arange(len(matrix)), solved.sites)
    answer = result(solved.sites, solved.objective, solved.bound)
    rows = solved.rows
    below = float(np.nextafter(solved.bound, -np.inf))
    if rows.size == 0:
        rows = np.array([int(np.argmax(matrix[:, choice.allowed].min(axis=1)))])
    sets, group = cover_within(matrix[rows], None, standard=max(below, 0.0))
    if below < 0.0:
        sets, group = (
            CoverSets(np.zeros(2, np.int64), np.empty(0, np.int32), np.ones(1), matrix.shape[1]),
            np.zeros(rows.size, np.int64),
        )
    first = rows[np.unique(group, return_index=True)[1]]
    return _certify_cover(
        "p-center", answer, sets, first, sites, choice, solved.bound, _asked(sites, None, choice), stop
    )


def _certify_cover(
    model: Model, answer: SitingResult, sets: CoverSets, rows: Longs, p: int, choice: Choice, level: float,
    asked: dict[str, Any], stop: Stop,
) -> Certified:  # fmt: skip
    """Prove by multipliers that `p` columns cannot cover the rows; without success the bound is the solver's alone."""
    kept = np.flatnonzero(~kernels.supersets(sets.ptr, sets.column, *sets.by_column()))
    some = sets.take(kept, np.arange(sets.n_column))
    full = Service(some.ptr, some.column, np.zeros(some.column.size), np.ones(some.n_row), some.n_column)
    asked_of = replace(choice, sites=p)
    more = {"rows": rows[kept].tolist(), "level": level}
    if p < choice.fixed.size or p < 0 or p > choice.allowed.sum():
        tree = Tree([[-1, 0]], [np.ones(full.n_row)])
        return _body(model, answer, level if p < 0 else 0.0, tree, _row_order(full), asked, **more)
    spared = spare_columns(full, asked_of, p)
    out = np.union1d(choice.forbidden, np.array([j for j, _ in spared], np.int64))
    quiet = stop.telling(None)
    start = heuristic(full, p, fixed=choice.fixed, forbidden=out, stop=quiet, n_round=0)
    solved: Solved = Search(
        full, p, fixed=choice.fixed, forbidden=out, start=start, stop=quiet, is_integer=True, threshold=1e-4,
        node_limit=2_000,
    ).run()  # fmt: skip
    is_proven = solved.is_complete and solved.objective > 0.0
    return _body(model, answer, level if is_proven else 0.0, solved.tree, _row_order(full), asked, spared, **more)
