"""A certificate is accepted as written and refused after any change; its verifier knows nothing of the solver."""

import ast
import json
from pathlib import Path

import numpy as np
import pytest

import geo.siting_verifier
from geo.certificate_file import read_numbers, seal
from geo.errors import InfeasibleError, InputError
from geo.siting import branch
from geo.siting.actions import Limits
from geo.siting.budget_proof import BudgetProof
from geo.siting.certificate import MODELS, _pack, solve_budget, solve_certified, write_certificate
from geo.siting.covers import cover_within
from geo.siting.problem import Stop
from geo.siting_verifier import verify_certificate
from tests.geo.siting import brute


def made(folder, model, seed, standard=6.0, p=None, **some):
    cost, weight, sites, options = brute.instance(seed, is_whole=True, **some)
    sites = p or sites
    standard = standard if model in ("mclp", "lscp") else None
    certified = solve_certified(model, cost, weight, sites=sites, standard=standard, **options)
    path = folder / f"{model}-{seed}.json"
    write_certificate(path, certified, kind="matrix", arrays={"cost": cost, "weight": weight}, parameters={})
    return path, certified


@pytest.mark.parametrize("model", MODELS)
def test_what_was_proven_is_verified_to_the_optimum(model, tmp_path):
    n_proven = 0
    for seed in range(60):
        try:
            path, certified = made(tmp_path, model, seed)
        except InfeasibleError:
            continue
        verdict = verify_certificate(path)
        assert verdict.sites == certified.answer.sites
        assert verdict.objective == pytest.approx(certified.answer.objective)
        n_proven += verdict.is_optimal
    assert n_proven >= 20


@pytest.mark.parametrize("model", ["mclp", "p-median"])
def test_nodes_that_are_looked_at_in_threads_prove_the_same_every_time(model, tmp_path, monkeypatch):
    monkeypatch.setattr(branch, "_WIDE", 0)
    n_node = 0
    for seed in range(1000, 1004):
        path, certified = made(tmp_path, model, seed, standard=1.0, p=5, n=80, m=24)
        body = json.loads(path.read_text())
        n_node += len(body["nodes"])
        verdict = verify_certificate(path)
        assert verdict.is_optimal
        again, _ = made(tmp_path, model, seed, standard=1.0, p=5, n=80, m=24)
        assert json.loads(again.read_text())["nodes"] == body["nodes"]
        monkeypatch.setattr(branch, "_WIDE", 1_000_000)
        one_by_one, _ = made(tmp_path, model, seed, standard=1.0, p=5, n=80, m=24)
        assert json.loads(one_by_one.read_text())["objective"] == certified.answer.objective
        monkeypatch.setattr(branch, "_WIDE", 0)
    assert n_node > 8, "some are split"


@pytest.mark.parametrize("model", ["mclp", "p-median"])
def test_any_change_is_refused_even_with_the_checksum_renewed(model, tmp_path):
    path, _ = made(tmp_path, model, 1003, standard=1.0, p=3, n=60, m=16)
    body = json.loads(path.read_text())
    verify_certificate(path)

    def refused(change):
        copy = json.loads(path.read_text())
        change(copy)
        for renew in (False, True):
            if renew:
                copy["sha256"] = seal(copy)
            other = path.with_name("changed.json")
            other.write_text(json.dumps(copy))
            with pytest.raises(InputError):
                verify_certificate(other)

    with np.load(path.with_name(body["inputs"]["file"])) as stored:
        cost, weight = stored["cost"], stored["weight"]

    def worth(sites):
        return brute.covered(cost, weight, 1.0, sites) if model == "mclp" else brute.total(cost, weight, sites)

    others = [
        [free if j == old else j for j in body["sites"]]
        for old in set(body["sites"]) - set(body["parameters"]["fixed"])
        for free in set(range(16)) - set(body["sites"]) - set(body["parameters"]["forbidden"])
    ]
    worse = next(sites for sites in others if worth(sites) != body["objective"])
    refused(lambda copy: copy.update(sites=worse))
    refused(lambda copy: copy.update(objective=copy["objective"] + 1))
    if len(body["nodes"]) > 1:
        refused(lambda copy: copy["nodes"].pop())
    better = -1.0 if model == "mclp" else 1.0
    refused(lambda copy: copy.update(certified_bound=copy["certified_bound"] + better))
    zero = _pack(np.zeros(read_numbers(body["multipliers"][0]).size))
    refused(lambda copy: copy.update(multipliers=[zero] * len(copy["multipliers"])))
    inputs = path.with_name(body["inputs"]["file"])
    with np.load(inputs) as stored:
        arrays = {name: stored[name] for name in stored.files}
    arrays["weight"][0] += 1
    with inputs.open("wb") as file:
        np.savez(file, **arrays)
    with pytest.raises(InputError, match="inputs"):
        verify_certificate(path)


@pytest.mark.parametrize("model", ["lscp", "p-center"])
def test_a_proof_of_covering_is_refused_after_any_change(model, tmp_path):
    n_changed = 0
    for seed in range(1000, 1020):
        try:
            path, _ = made(tmp_path, model, seed, standard=4.0, p=5, n=60, m=14)
        except InfeasibleError:
            continue
        body = json.loads(path.read_text())
        if not verify_certificate(path).is_optimal or len(body["nodes"]) == 1:
            continue

        def refused(change, body=body, path=path):
            copy = json.loads(json.dumps(body))
            change(copy)
            copy["sha256"] = seal(copy)
            other = path.with_name("changed.json")
            other.write_text(json.dumps(copy))
            with pytest.raises(InputError):
                verify_certificate(other)

        refused(lambda copy: copy.update(sites=copy["sites"][1:]))
        refused(lambda copy: copy.update(objective=copy["objective"] - 1))
        refused(lambda copy: copy["nodes"].pop())
        refused(lambda copy: copy.update(level=copy["level"] + 1, certified_bound=copy["certified_bound"] + 1))
        zero = _pack(np.zeros(read_numbers(body["multipliers"][0]).size))
        refused(lambda copy, zero=zero: copy.update(multipliers=[zero] * len(copy["multipliers"])))
        with np.load(path.with_name(body["inputs"]["file"])) as stored:
            arrays = {name: stored[name] for name in stored.files}
        arrays["cost"][0, 0] += 1.0
        with path.with_name(body["inputs"]["file"]).open("wb") as file:
            np.savez(file, **arrays)
        with pytest.raises(InputError, match="inputs"):
            verify_certificate(path)
        n_changed += 1
        if n_changed == 3:
            return
    pytest.fail("too few instances have a proof that is split")


def made_within(folder, seed, *, n=None, m=None, is_sets=False):
    cost, weight, _, options = brute.instance(seed, is_whole=bool(seed % 2), n=n, m=m)
    rng = np.random.default_rng(seed)
    size = cost.shape[1]
    price = rng.integers(1, 9, size).astype(float)
    order = rng.permutation(size).tolist()
    limits = Limits(
        cost=price, budget=float(rng.integers(1, price.sum() + 1)),
        exclusive=[order[:2], order[2:5]][: rng.integers(3)],
        sites=None if rng.random() < 0.5 else int(rng.integers(1, size + 1)),
    )  # fmt: skip
    sets, _ = cover_within(cost, weight, standard=5.0)
    certified = solve_budget(sets, limits, standard=0.0 if is_sets else 5.0, **options)
    path = folder / f"budget-{seed}.json"
    arrays = {"ptr": sets.ptr, "column": sets.column, "weight": sets.weight} if is_sets else {"cost": cost}
    arrays = {"weight": weight, "price": price, **arrays}
    kind = "sets" if is_sets else "matrix"
    write_certificate(path, certified, kind=kind, arrays=arrays, parameters={})
    return path, certified, limits, brute.covered_within(cost, weight, 5.0, limits, **options)


@pytest.mark.parametrize("is_sets", [False, True])
def test_a_plan_within_a_budget_is_proven_to_the_best_of_all_choices(is_sets, tmp_path):
    n_proven = 0
    for seed in range(60):
        try:
            path, certified, _, best = made_within(tmp_path, seed, is_sets=is_sets)
        except InfeasibleError:
            continue
        verdict = verify_certificate(path)
        assert (verdict.objective, certified.answer.objective) == pytest.approx((best, best), abs=1e-9)
        assert verdict.is_optimal, seed
        n_proven += 1
    assert n_proven >= 30


def test_what_a_budget_certificate_says_cannot_be_changed(tmp_path):
    for seed in range(3, 99, 2):
        try:
            path, _, limits, best = made_within(tmp_path, seed, n=60, m=14)
        except InfeasibleError:
            continue
        body = json.loads(path.read_text())
        most = brute.covered(*weights(path), range(14))
        if len(limits.exclusive) == 2 and len(body["nodes"]) > 1 and 0 < best < most:
            break
    assert verify_certificate(path).is_optimal

    def refused(change, match):
        copy = json.loads(path.read_text())
        change(copy)
        copy["sha256"] = seal(copy)
        other = path.with_name("changed.json")
        other.write_text(json.dumps(copy))
        with pytest.raises(InputError, match=match):
            verify_certificate(other)

    refused(lambda copy: copy.update(sites=list(range(14))), "cost too much")
    refused(lambda copy: copy["parameters"].update(budget=copy["parameters"]["budget"] * 2), "leaves prove")
    refused(lambda copy: copy["nodes"].pop(), "damaged|do not form a tree")
    refused(lambda copy: copy.update(certified_bound=copy["certified_bound"] - 1), "leaves prove|damaged")
    refused(lambda copy: copy.update(objective=copy["objective"] + 1), "objective")
    refused(lambda copy: copy["parameters"].update(exclusive=[[0, 1], [1, 2]]), "two exclusive groups")
    without_price = [_pack(np.append(read_numbers(v)[:-1], 0.0)) for v in body["multipliers"]]
    refused(lambda copy: copy.update(multipliers=without_price), "leaves prove")


def test_no_multipliers_prove_less_than_the_best_of_all_choices(tmp_path):
    n_checked = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        try:
            path, _, _, best = made_within(tmp_path, seed)
        except InfeasibleError:
            continue
        body = json.loads(path.read_text())
        size = read_numbers(body["multipliers"][0]).size
        for _ in range(5):
            v = rng.random(size) * rng.choice([0.1, 3.0, 30.0])
            column = int(rng.integers(4))
            decided = {*body["parameters"]["fixed"], *body["parameters"]["forbidden"]}
            is_split = column not in decided and column < 2
            body["nodes"] = [[column, 1, 2], [-1, 0], [-1, 0]] if is_split else [[-1, 0]]
            body.update(multipliers=[_pack(v)], certified_bound=1e9)
            body["sha256"] = seal(body)
            path.write_text(json.dumps(body))
            assert verify_certificate(path).certified_bound >= best - 1e-9
            n_checked += 1
    assert n_checked >= 150


def test_a_proof_without_time_says_less_and_nothing_false(tmp_path):
    sets, _ = cover_within(*brute.instance(7, is_whole=True, n=80, m=20)[:2], standard=4.0)
    limits = Limits(cost=np.arange(1.0, 21.0), budget=30.0)
    certified = solve_budget(sets, limits)
    proof = BudgetProof(
        sets, limits.cost, 30.0, sites=None, exclusive=[], fixed=np.empty(0, int), forbidden=np.empty(0, int)
    )
    left = sets.weight.sum() - certified.answer.objective
    assert proof.run(left, stop=Stop(), node_limit=0) <= left
    assert len(proof.tree.nodes) == 1


def weights(path):
    with np.load(path.with_name(path.stem + ".inputs.npz")) as stored:
        return stored["cost"], stored["weight"], 5.0


def test_the_verifier_is_short_and_imports_nothing_of_the_solver():
    source = Path(geo.siting_verifier.__file__).read_text()
    assert len(source.splitlines()) < 300
    names = [node.module or "" for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom)]
    assert not any(name.startswith("geo.siting") for name in names)


@pytest.mark.parametrize(("seed", "n", "n_site", "most"), [(4, 500, 100, 320), (1, 800, 150, 200)])
def test_whole_costs_of_a_thousand_million_are_proven_to_the_last_one(tmp_path, seed, n, n_site, most):
    """The leaves prove less than one above the next whole number below: the verifier must not round that away."""
    rng = np.random.default_rng(seed)
    points, sites = rng.random((n, 2)), rng.random((n_site, 2))
    cost = np.rint(1e5 * np.hypot(*(points[:, None] - sites[None]).transpose(2, 0, 1)))
    weight = rng.integers(1, most, n).astype(np.float64)
    certified = solve_certified("p-median", cost, weight, sites=10)
    path = tmp_path / "plan.json"
    write_certificate(path, certified, kind="matrix", arrays={"cost": cost, "weight": weight}, parameters={})
    assert verify_certificate(path).is_optimal
    assert certified.answer.objective > 9e8


@pytest.mark.parametrize("text", ["[" * 100_000, '{"format": "fuchun-siting-certificate-1", "sha256": ' + "[" * 50_000])
def test_a_file_nested_beyond_reading_is_no_certificate(tmp_path, text):
    path = tmp_path / "plan.json"
    path.write_text(text)
    with pytest.raises(InputError, match="is not a certificate"):
        verify_certificate(path)
