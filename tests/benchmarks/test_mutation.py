"""The operators that change one thing in a module, and what they leave alone."""

from pathlib import Path

import pytest
from _pytest.doctest import DoctestModule

from benchmarks.mutants import NEAREST, ROOT, changed_modules, keep_names, nearest_tests
from benchmarks.mutation import find_sites, mutate

SOURCE = '''"""A module, 1 < 2."""

from numba import njit

LIMIT: "int | float" = 3


@njit(cache=True)
def kernel(a, b):
    if a < b and not b == 0:
        return min(a + 1, b)
    raise ValueError(a - b)


def plain(rows):
    return zip(rows, rows, strict=True), "a" + rows, -rows
'''


def test_operators_constants_and_calls_are_changed_and_types_texts_and_errors_are_not():
    assert [(site.before, site.after) for site in find_sites(SOURCE, "m.py")] == [
        ("LIMIT: 'int | float' = 3", "LIMIT: 'int | float' = 4"),
        ("a < b and (not b == 0)", "a < b or not b == 0"),
        ("a < b", "a <= b"),
        ("not b == 0", "b == 0"),
        ("b == 0", "b != 0"),
        ("b == 0", "b == 1"),
        ("min(a + 1, b)", "max(a + 1, b)"),
        ("a + 1", "a - 1"),
        ("a + 1", "a + 2"),
        ("-rows", "rows"),
    ]


def test_compiled_functions_are_told_from_others():
    assert [site.scope for site in find_sites(SOURCE, "m.py") if site.is_compiled] == ["kernel"] * 8


@pytest.mark.parametrize("name", ["geo/network/snap.py", "geo/network/_kernels.py", "benchmarks/mutation.py"])
def test_every_site_changes_the_module_in_a_way_of_its_own(name):
    source = (Path(__file__).parents[2] / name).read_text(encoding="utf-8")
    sites = find_sites(source, name)[:40]
    changed = {mutate(source, site.number) for site in sites}
    assert len(changed) == len(sites) == 40


def test_a_doctest_can_run_again_or_every_mutant_of_its_module_would_seem_to_die(request):
    item = next(iter(DoctestModule.from_parent(request.session, path=ROOT / "geo" / "crs.py").collect()))
    keep_names(item)
    failures = []
    for _ in range(2):
        item.runner.run(item.dtest, out=failures)
    assert failures == []


def test_every_module_that_is_changed_has_tests():
    changed = [path.relative_to(ROOT).as_posix() for path in changed_modules()]
    named = {name for module in changed for name in nearest_tests(module)}
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []
    assert [module for module in NEAREST if not (ROOT / module).exists()] == []
