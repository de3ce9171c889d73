"""A certificate is accepted as written and refused after any change; its verifier knows nothing of the solver."""

import ast
import json
from pathlib import Path

import numpy as np
import pytest

import geo.siting_verifier
from geo.errors import InfeasibleError, InputError
from geo.siting.certificate import MODELS, solve_certified, write_certificate
from geo.siting_verifier import read_numbers, seal, verify_certificate
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
    from geo.siting.certificate import _pack

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


def test_the_verifier_is_short_and_imports_nothing_of_the_solver():
    source = Path(geo.siting_verifier.__file__).read_text()
    assert len(source.splitlines()) < 300
    names = [node.module or "" for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom)]
    assert not any(name.startswith("geo.siting") for name in names)
