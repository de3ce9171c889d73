"""No forged certificate is accepted: what is verified holds against all choices."""

import copy
import hashlib
import itertools
import json
import math

import numpy as np
import pytest

from geo.certificate_file import read_numbers, seal
from geo.errors import InfeasibleError, InputError
from geo.siting.actions import Limits
from geo.siting.certificate import _pack, solve_budget, solve_certified, write_certificate
from geo.siting.covers import cover_within
from geo.siting_verifier import verify_certificate


def forge(path, model, cost, weight=None, *, arrays=(), asked=(), **fields):
    """Write a certificate with a checksum that is right, whatever it says."""
    cost = np.asarray(cost, float)
    stored = {"cost": cost, "weight": np.ones(len(cost)) if weight is None else weight, **dict(arrays)}
    inputs = path.with_name(path.stem + ".inputs.npz")
    with inputs.open("wb") as file:
        np.savez(file, **stored)
    body = {
        "format": "fuchun-siting-certificate-1",
        "inputs": {"kind": "matrix", "file": inputs.name, "sha256": hashlib.sha256(inputs.read_bytes()).hexdigest()},
        "parameters": {"sites": None, "standard": 1.0, "fixed": [], "forbidden": [], **dict(asked)},
        "model": model,
        "solver_bound": None,
        "dominated": [],
        "nodes": [[-1, 0]],
        **fields,
    }
    body["sha256"] = seal(body)
    path.write_text(json.dumps(body))
    return path


FAR = 9.0


def false_proofs():
    """Return (what is false, arguments of `forge`): each was accepted as a proof once."""
    near, none = _pack(np.ones(1)), _pack(np.zeros(1))
    yield "a dearer candidate replaces a better one", ("p-median", [[5.0, 1.0]]), {
        "asked": {"sites": 1}, "sites": [0], "objective": 5.0, "certified_bound": 5.0, "dominated": [[1, 0]],
        "multipliers": [_pack(np.array([5.0]))],
    }  # fmt: skip
    yield "a forbidden candidate replaces an allowed one", ("mclp", [[0.0, 0.0, FAR], [FAR, FAR, 0.0]], [5.0, 1.0]), {
        "asked": {"sites": 1, "forbidden": [0]}, "sites": [2], "objective": 1.0, "certified_bound": 1.0,
        "dominated": [[1, 0]], "multipliers": [_pack(np.array([1.0, 5.0]))],
    }  # fmt: skip
    yield "too few candidates are left, so that no leaf is looked at", ("p-center", [[1.0, 1.0, 7.0]]), {
        "asked": {"sites": 1, "forbidden": [0]}, "sites": [2], "objective": 7.0, "certified_bound": 7.0, "level": 7.0,
        "rows": [0], "dominated": [[-1, 0], [-2, 0], [-3, 0]], "multipliers": [none],
    }  # fmt: skip
    yield "equal candidates leave one, and two are wanted", ("lscp", [[0.0, 0.0, 0.0]]), {
        "sites": [0, 1, 2], "objective": 3.0, "certified_bound": 3.0, "level": 3.0, "rows": [0],
        "dominated": [[1, 0], [2, 0]], "multipliers": [none],
    }  # fmt: skip
    yield "a number of sites just below a whole one", ("lscp", [[0.0, FAR, 0.0], [FAR, 0.0, 0.0]]), {
        "sites": [0, 1], "objective": 2.0, "certified_bound": 2.0 - 1e-9, "level": 2.0 - 1e-9, "rows": [0, 1],
        "multipliers": [_pack(np.ones(2))],
    }  # fmt: skip
    yield "sums that overflow", ("p-median", [[5.0, 1.0], [5.0, 1.0]]), {
        "asked": {"sites": 1}, "sites": [0], "objective": 10.0, "certified_bound": 10.0,
        "multipliers": [_pack(np.array([1.7e308, 1.7e308]))],
    }  # fmt: skip
    yield "one of a thousand million", ("mclp", [[0.0, FAR], [FAR, 0.0]], [1e9, 1e9 + 1]), {
        "asked": {"sites": 1}, "sites": [0], "objective": 1e9, "certified_bound": 1e9 + 1,
        "multipliers": [_pack(np.array([1e9, 1e9]))],
    }  # fmt: skip
    yield "a candidate whose index is a name, not a number", ("mclp", [[0.0, FAR]]), {
        "asked": {"sites": 1}, "sites": ["0"], "objective": 1.0, "certified_bound": 1.0, "multipliers": [near],
    }  # fmt: skip
    yield "a bound below what the sites reach", ("mclp", [[0.0, FAR]]), {
        "asked": {"sites": 1}, "sites": [0], "objective": 1.0, "certified_bound": 1.0, "solver_bound": 0.5,
        "multipliers": [near],
    }  # fmt: skip


@pytest.mark.parametrize(("what", "given", "fields"), list(false_proofs()), ids=lambda value: str(value)[:40])
def test_a_false_proof_is_refused(tmp_path, what, given, fields):
    path = forge(tmp_path / "plan.json", *given, **fields)
    try:
        verdict = verify_certificate(path)
    except InputError:
        return
    assert what == "one of a thousand million"
    assert not verdict.is_optimal, "what is true is accepted, and no more is said"


def small(seed):
    """Return a certificate's parts of a random small instance: arguments of `best`, and the file of its proof."""
    rng = np.random.default_rng(seed)
    model = ("mclp", "lscp", "p-median", "p-center", "budget")[seed % 5]
    n, m = int(rng.integers(1, 9)), int(rng.integers(1, 7))
    cost = rng.integers(0, 9, (n, m)).astype(float)
    cost[rng.random((n, m)) < rng.choice([0.0, 0.3])] = np.inf
    cost[:, rng.integers(m)] = cost[:, rng.integers(m)]
    weight = rng.integers(0, 5, n).astype(float) if seed % 2 else rng.random(n).round(2)
    order = rng.permutation(m).tolist()
    fixed, forbidden = order[: rng.integers(2)], order[m - int(rng.integers(2)) * (m > 2) :]
    return model, cost, weight, fixed, forbidden, rng


def prove(path, seed):
    """Write the certificate of a small instance; return the instance and what was certified."""
    model, cost, weight, fixed, forbidden, rng = small(seed)
    options = {"fixed": fixed, "forbidden": forbidden}
    arrays = {"cost": cost, "weight": weight}
    if model == "budget":
        m = cost.shape[1]
        price = rng.integers(0, 6, m).astype(float)
        group = rng.permutation(m)[: rng.integers(m + 1)].tolist()
        limits = Limits(cost=price, budget=float(rng.integers(0, 12)), exclusive=[group] if len(group) > 1 else [])
        certified = solve_budget(cover_within(cost, weight, standard=4.0)[0], limits, standard=4.0, **options)
        arrays["price"] = price
    else:
        sites = int(rng.integers(max(1, len(fixed)), cost.shape[1] - len(forbidden) + 1))
        standard = 4.0 if model in ("mclp", "lscp") else None
        certified = solve_certified(model, cost, weight, sites=sites, standard=standard, **options)
    write_certificate(path, certified, kind="matrix", arrays=arrays, parameters={})
    return certified


def best(path):
    """Return the best objective of all choices that a certificate's parameters allow, by enumeration."""
    body = json.loads(path.read_text())
    with np.load(path.with_name(body["inputs"]["file"])) as stored:
        cost, weight = stored["cost"], stored["weight"]
        price = stored["price"] if "price" in stored.files else None
    asked, model, m = body["parameters"], body["model"], cost.shape[1]
    values = []
    for size in range(m + 1):
        if asked["sites"] is not None and (size != asked["sites"] if model != "budget" else size > asked["sites"]):
            continue
        for choice in itertools.combinations(range(m), size):
            if not set(asked["fixed"]) <= set(choice) or set(asked["forbidden"]) & set(choice):
                continue
            near = cost[:, list(choice)].min(axis=1, initial=np.inf)
            if model == "budget" and (
                price[list(choice)].sum() > asked["budget"]
                or any(len(set(some) & set(choice)) > 1 for some in asked["exclusive"])
            ):
                continue
            if model in ("mclp", "budget"):
                values.append(weight[near <= asked["standard"]].sum())
            elif model == "p-median":
                values.append((near[weight > 0] * weight[weight > 0]).sum())
            elif model == "p-center":
                values.append(near.max(initial=0.0))
            elif (near <= asked["standard"]).all():
                values.append(size)
    if not values:
        return None
    return float(max(values) if model in ("mclp", "budget") else min(values))


ODD = [-1, 0, 1, 2.5, 1e300, True, None, "0", [], {}, [0], 10**30, float("nan"), float("inf"), -5]


def places_of(value, at=()):
    """Return the place of every value inside a JSON object."""
    yield at
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in items:
        yield from places_of(inner, (*at, name))


def mutate(body, rng):
    """Return a copy of a certificate in which one thing, or two, are another."""
    body = copy.deepcopy(body)
    for _ in range(int(rng.integers(1, 3))):
        where = [at for at in places_of(body) if at and at[0] not in ("format", "sha256") and "sha256" not in at]
        at = where[rng.integers(len(where))]
        holder = body
        for name in at[:-1]:
            holder = holder[name]
        old, kind = holder[at[-1]], int(rng.integers(6))
        is_number = isinstance(old, int | float) and not isinstance(old, bool)
        if at[0] == "multipliers" and isinstance(old, str):
            try:
                v = read_numbers(old).copy()
            except ValueError:
                return body
            if v.size:
                v[rng.integers(v.size)] = rng.choice([0.0, 1.0, 3.0, 50.0, -2.0, 1.7e308, np.inf, np.nan])
            holder[at[-1]] = _pack(v if kind else v[:-1])
        elif is_number and kind < 4:
            holder[at[-1]] = old + int(rng.choice([-2, -1, 1, 2]))
        elif isinstance(old, list) and old and kind < 4:
            i, j = rng.integers(len(old), size=2)
            if kind == 0:
                old.pop(int(i))
            elif kind == 1:
                old.append(copy.deepcopy(old[i]))
            else:
                old[i], old[j] = old[j], old[i]
        elif isinstance(holder, dict) and kind == 4:
            del holder[at[-1]]
        else:
            holder[at[-1]] = ODD[rng.integers(len(ODD))]
    return body


def check_mutants(folder, seeds, n_mutant):
    """Check that what is accepted of changed certificates holds against all choices; return how many were refused."""
    n_refused = n_accepted = 0
    for seed in seeds:
        path = folder / f"{seed}.json"
        try:
            prove(path, seed)
        except InfeasibleError:
            continue
        body = json.loads(path.read_text())
        verdict = verify_certificate(path)
        assert verdict.is_optimal, seed
        assert verdict.objective == pytest.approx(best(path)), seed
        rng = np.random.default_rng(seed)
        for number in range(n_mutant):
            changed = mutate(body, rng)
            changed["sha256"] = seal(changed)
            other = path.with_name("changed.json")
            other.write_text(json.dumps(changed))
            try:
                verdict = verify_certificate(other)
            except InputError:
                n_refused += 1
                continue
            n_accepted += 1
            truth = best(other)
            is_maximum = verdict.model in ("mclp", "budget")
            assert truth is not None, (seed, number)
            assert math.isfinite(verdict.certified_bound)
            slack = 1e-7 * (1 + abs(truth))
            assert (verdict.certified_bound - truth) * (1 if is_maximum else -1) >= -slack, (seed, number)
            if verdict.is_optimal:
                assert verdict.objective == pytest.approx(truth, abs=1e-7), (seed, number)
    return n_refused, n_accepted


def test_what_is_accepted_of_changed_certificates_holds_against_all_choices(tmp_path):
    n_refused, _ = check_mutants(tmp_path, range(60), 20)
    assert n_refused > 400


@pytest.mark.soak
def test_what_is_accepted_of_many_changed_certificates_holds_against_all_choices(tmp_path):
    n_refused, _ = check_mutants(tmp_path, range(60, 1000), 60)
    assert n_refused > 10_000


@pytest.mark.parametrize("model", ["p-median", "p-center"])
def test_sites_that_do_not_reach_everybody_are_not_proven_best(model):
    cost = np.array([[1.0, np.inf], [np.inf, 1.0]])
    with pytest.raises(InfeasibleError, match="reaches every demand point") as raised:
        solve_certified(model, cost, np.ones(2), sites=1)
    assert len(raised.value.rows) == 1


TEXTS = [
    "",
    "{",
    "[]",
    "null",
    '{"format": "fuchun-siting-certificate-1"}',
    '{"format": "fuchun-siting-certificate-1", "format": "fuchun-siting-certificate-1"}',
    '{"format": "fuchun-siting-certificate-1", "sites": ' + "9" * 5000 + "}",
]


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: text[-24:])
def test_a_text_that_is_no_certificate_is_refused_in_a_sentence(tmp_path, text):
    path = tmp_path / "plan.json"
    path.write_text(text)
    with pytest.raises(InputError, match=r"plan\.json"):
        verify_certificate(path)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut", b"\x93NUMPY", b"nothing"])
def test_inputs_that_cannot_be_read_are_refused_in_a_sentence_without_words_of_python(tmp_path, content):
    path = tmp_path / "plan.json"
    prove(path, 0)
    body = json.loads(path.read_text())
    inputs = path.with_name(body["inputs"]["file"])
    inputs.write_bytes(content)
    body["inputs"]["sha256"] = hashlib.sha256(content).hexdigest()
    body["sha256"] = seal(body)
    path.write_text(json.dumps(body))
    with pytest.raises(InputError, match="is damaged") as raised:
        verify_certificate(path)
    assert "Error" not in str(raised.value)
    inputs.unlink()
    with pytest.raises(InputError, match="not beside it"):
        verify_certificate(path)
