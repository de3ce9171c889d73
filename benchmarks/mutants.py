"""Change one operator at a time and see whether the nearest tests notice: python -m benchmarks.mutants [--again]

A seeded draw of changes (mutants) over the street network, coverage, opening hours, coordinate systems and the order
of the nearest, a fifth of them in compiled functions. Each is put into a process of its own, in memory, and the tests
nearest to its module run there until the first that fails. Compiled functions are compiled again, from no cache of
Numba: a cache knows the file of a function and not those of the functions that it calls.

Results are lines of JSON in ``var/mutants.jsonl``; what is there is not run again. ``--again`` runs only those that
survived, after new tests.
"""

import argparse
import json
import math
import os
import random
import resource
import shutil
import signal
import sys
import time
import types
from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from _pytest.doctest import DoctestItem
from _pytest.runner import runtestprotocol
from numba.core.caching import NullCache
from numba.core.dispatcher import Dispatcher

from benchmarks.mutation import Site, find_sites, mutate

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "var" / "mutants.jsonl"
NOTE = ROOT / "var" / "mutant.txt"
SEED = 12
N_MUTANT = 250
N_COMPILED = 50

CPU_S = 8
"""Seconds of processor time beyond three times those of the tests on sound code, after which a mutant has died."""

WALL_S = 1200

_FAILED, _BROKEN = 1, 2
_ASSERTED = " (asserted)"
_VALUES = (int, float, str, tuple, list, dict, set, frozenset, timedelta, np.ndarray, np.generic)

_NETWORK = "tests/geo/network/"
_COVERAGE = "tests/geo/coverage/"
_PROPERTIES = f"{_NETWORK}test_properties.py"
_TWINS = f"{_NETWORK}test_twins.py"

NEAREST: dict[str, tuple[str, ...]] = {
    "geo/network/_kernels.py": (_TWINS,),
    "geo/network/_snapping.py": (f"{_NETWORK}test_snapping.py",),
    "geo/network/_threads.py": (_PROPERTIES,),
    "geo/network/_ways.py": (_TWINS, _PROPERTIES),
    "geo/network/restricted_access.py": (f"{_NETWORK}test_areas.py",),
    "geo/network/barriers.py": (
        f"{_NETWORK}test_barriers.py",
        f"{_NETWORK}test_drawn_maps.py",
        f"{_NETWORK}test_modes.py",
    ),
    "geo/network/build.py": (
        *(f"{_NETWORK}test_{name}.py" for name in ("drawn_maps", "modes", "components", "snapping", "turns")),
        "tests/loaders/test_turns.py",
    ),
    "geo/network/by_class.py": (f"{_NETWORK}test_by_class.py",),
    "geo/network/components.py": (f"{_NETWORK}test_components.py", f"{_NETWORK}test_snapshot.py"),
    "geo/network/costs.py": (_TWINS, _PROPERTIES, f"{_NETWORK}test_areas.py"),
    "geo/network/crossings.py": (f"{_NETWORK}test_crossings.py", "tests/webmap/offline/test_names.py"),
    "geo/network/landmarks.py": (_TWINS,),
    "geo/network/directions.py": (
        *(f"{_NETWORK}test_{name}.py" for name in ("directions", "street_names", "wording")),
    ),
    "geo/network/ends.py": (_PROPERTIES, f"{_NETWORK}test_areas.py", f"{_NETWORK}test_turns.py"),
    "geo/network/graph.py": (_PROPERTIES, f"{_NETWORK}test_turns.py"),
    "geo/network/grid.py": (f"{_NETWORK}test_snapping.py",),
    "geo/network/indices.py": (f"{_NETWORK}test_indices.py", f"{_NETWORK}test_snapshot.py"),
    "geo/network/labels.py": (f"{_NETWORK}test_directions.py", f"{_NETWORK}test_snapshot.py"),
    "geo/network/modes.py": (f"{_NETWORK}test_modes.py",),
    "geo/network/nearest.py": (
        *(_PROPERTIES, f"{_NETWORK}test_components.py", f"{_NETWORK}test_turns.py", f"{_NETWORK}test_areas.py"),
    ),
    "geo/network/network.py": (_PROPERTIES,),
    "geo/network/phone_pack.py": (f"{_NETWORK}test_phone_pack.py",),
    "geo/network/pieces.py": (_PROPERTIES, f"{_NETWORK}test_turns.py", f"{_NETWORK}test_areas.py"),
    "geo/network/routes.py": (_PROPERTIES, f"{_NETWORK}test_components.py", f"{_NETWORK}test_turns.py"),
    "geo/network/service_area.py": (
        f"{_NETWORK}test_service_area_picture.py",
        *(_PROPERTIES, f"{_NETWORK}test_areas.py", f"{_NETWORK}test_turns.py"),
    ),
    "geo/network/snap.py": (f"{_NETWORK}test_snapping.py", f"{_NETWORK}test_components.py"),
    "geo/network/snapshot.py": (f"{_NETWORK}test_snapshot.py",),
    "geo/network/turns.py": (
        *(f"{_NETWORK}test_turn_meanings.py", f"{_NETWORK}test_turns.py", "tests/loaders/test_turns.py"),
    ),
    "geo/network/u_turns.py": (f"{_NETWORK}test_turns.py",),
    "geo/network/verified.py": (f"{_NETWORK}test_snapshot.py",),
    "geo/network/wording.py": (f"{_NETWORK}test_wording.py", f"{_NETWORK}test_directions.py"),
    "geo/coverage/_kernels.py": (f"{_COVERAGE}test_measure.py", f"{_COVERAGE}test_week.py", f"{_COVERAGE}test_gaps.py"),
    "geo/coverage/areas.py": (f"{_COVERAGE}test_week.py", f"{_COVERAGE}test_measure.py"),
    "geo/coverage/gap_names.py": (f"{_COVERAGE}test_gaps.py", f"{_COVERAGE}test_gap_clusters.py"),
    "geo/coverage/naming.py": (f"{_COVERAGE}test_gaps.py",),
    "geo/coverage/sums.py": (f"{_COVERAGE}test_measure.py", f"{_COVERAGE}test_week.py"),
    "geo/coverage/question.py": (f"{_COVERAGE}test_weights.py", f"{_COVERAGE}test_demand.py"),
    "geo/hours.py": ("tests/geo/test_hours.py", "tests/geo/test_special_days.py", "tests/geo/test_hours_agreement.py"),
    "geo/crs.py": ("tests/geo/test_crs.py",),
    "webmap/logic/ranking.py": ("tests/webmap/logic/test_ranking.py",),
}
"""Tests by module; other modules of coverage have a test of their own name. A module's doctests are added."""

_OF_FUNCTION: dict[str, tuple[str, ...]] = {
    "search": ("search_equals", "search_of_a_large"),
    "search_to_targets": ("targets",),
    "fill_table": ("fill_table",),
    "search_many": ("search_many",),
    "join_points": ("join_points",),
    "_keep_best": ("keep_best", "join_points"),
    "follow_table": ("following",),
    "list_arcs": ("following",),
    "_shrink": ("trace",),
    "_piece_length": ("trace",),
    "_write_point": ("trace",),
    "trace_pieces": ("trace",),
    "make_queue": ("search",),
    "_grown": ("search",),
    "_put": ("search",),
    "_seed": ("search",),
    "_side": ("barred", "snapping_equals"),
    "_is_barred": ("barred", "bars", "snapping_equals", "shore"),
    "snap_points": ("snapping_equals", "shore", "wall", "first_is_joined"),
    "look_up": ("whole_engine",),
    "_access_ds": ("whole_engine",),
    "_part_ds": ("whole_engine",),
    "_within_ds": ("whole_engine",),
    "depart": ("nearest_ranks",),
    "measure_ways": ("nearest_ranks",),
    "scan_rows": ("counting_one_by_one", "the_nearest_is_the_least"),
    "least_of_rows": ("first_cause",),
    "mark_groups": ("every_hour",),
}
"""Which of a module's tests compile a function: the others need not wait for the compiler."""

_LEFT_OUT = ("geo/network/warming.py", "geo/coverage/warming.py")
"""Modules that only compile what others call."""

_SINGLE = ("geo/hours.py", "geo/crs.py", "webmap/logic/ranking.py")

_RANKING = ("Ranked", "Reach", "rank_places")
"""Of the last of these only what puts stations in order."""


def draw(root: Path = ROOT) -> list[Site]:
    """Return the mutants: sites drawn alike, so by operator and module as often as there are, `N_COMPILED` compiled."""
    sites: list[Site] = []
    for path in changed_modules(root):
        module, source = path.relative_to(root).as_posix(), path.read_text(encoding="utf-8")
        sites += [site for site in find_sites(source, module) if module != _SINGLE[-1] or _ranks(site)]
    source_of_chance = random.Random(SEED)
    compiled = source_of_chance.sample([site for site in sites if site.is_compiled], N_COMPILED)
    others = source_of_chance.sample([site for site in sites if not site.is_compiled], N_MUTANT - N_COMPILED)
    chosen = [*compiled, *others]
    source_of_chance.shuffle(chosen)
    return chosen


def changed_modules(root: Path = ROOT) -> list[Path]:
    """Return the modules that mutants are drawn from."""
    paths = [*root.glob("geo/network/*.py"), *root.glob("geo/coverage/*.py"), *map(root.joinpath, _SINGLE)]
    return [p for p in sorted(paths) if p.stat().st_size and p.relative_to(root).as_posix() not in _LEFT_OUT]


def _ranks(site: Site) -> bool:
    return site.scope.startswith(_RANKING)


def nearest_tests(module: str) -> tuple[str, ...]:
    """Return the files of the tests nearest to a module."""
    return NEAREST.get(module) or (f"{_COVERAGE}test_{Path(module).stem}.py",)


class Nearest:
    """A plugin of pytest that runs the tests of one mutant after the other, in a child process each.

    The parent has collected the tests and has run each once on sound code, so a child only changes the code in memory
    and runs. Every compiled function that a mutant may have got into is compiled again, from no cache.
    """

    def __init__(self, mutants: Sequence[Site]) -> None:
        self._mutants = mutants
        self._cost: dict[str, float] = {}
        self._as_python: dict[str, float] = {}

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run all mutants in place of the tests themselves."""
        for site in self._mutants:
            begin = time.monotonic()
            items = self._sound([item for item in session.items if _is_nearest(item, site)])
            row = self._interpreted(site, items) if site.is_compiled else None
            if row is None:
                row = self._run(site, items)
            with RESULTS.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
            wall = time.monotonic() - begin
            print(f"{row['end']:9}{row['cpu_s']:6.1f} s {wall:6.1f} s  {site.name}", flush=True)
        return True

    def _sound(self, items: list[pytest.Item]) -> list[pytest.Item]:
        """Run on sound code what has not been; return what passes, the quickest first."""
        new = [item for item in items if item.nodeid not in self._cost]
        for item in new:
            if isinstance(item, DoctestItem):
                keep_names(item)
            begin = time.process_time()
            reports = runtestprotocol(item, log=False, nextitem=None)
            is_good = all(report.passed for report in reports)
            self._cost[item.nodeid] = time.process_time() - begin if is_good else math.inf
            if not is_good:
                print(f"left out, fails or is skipped on sound code: {item.nodeid}", flush=True)
        good = [item for item in items if math.isfinite(self._cost[item.nodeid])]
        return sorted(good, key=lambda item: self._cost[item.nodeid])

    def _interpreted(self, site: Site, items: Sequence[pytest.Item]) -> dict[str, Any] | None:
        """Run a compiled function as plain Python, which takes no compiler; None where that settles nothing.

        It does where a test's own assertion fails though it holds for the sound function as plain Python. What fails
        otherwise (an index beyond an array, an overflow) is another matter in compiled code.
        """
        key = site.scope
        if key not in self._as_python:
            sound = self._run(None, items, cost=60.0)
            self._as_python[key] = sound["cpu_s"] if sound["end"] == "survived" else math.nan
        if math.isnan(self._as_python[key]):
            return None
        row = self._run(site, items, cost=self._as_python[key])
        return row if row["end"] == "timeout" or row["by"].endswith(_ASSERTED) else None

    def _run(self, site: Site | None, items: Sequence[pytest.Item], *, cost: float | None = None) -> dict[str, Any]:
        """Run one mutant, or the sound code, in a child process; with a `cost` in seconds given as plain Python."""
        is_interpreted = cost is not None
        if cost is None:
            cost = sum(self._cost[item.nodeid] for item in items)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        begin = time.monotonic()
        sys.stdout.flush()
        child = os.fork()
        if child == 0:
            _be_tested(site, items, int(3 * cost + CPU_S), is_interpreted=is_interpreted)
        status: int | None = None
        while status is None and time.monotonic() - begin < WALL_S:
            done, code = os.waitpid(child, os.WNOHANG)
            status = code if done else None
            time.sleep(0.02)
        if status is None:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        killer = ""
        if status is None or os.WIFSIGNALED(status):
            end = "timeout" if status is None or os.WTERMSIG(status) in (signal.SIGXCPU, signal.SIGKILL) else "killed"
        else:
            code = os.WEXITSTATUS(status)
            end = {0: "survived", _FAILED: "killed"}.get(code, "broken")
            killer = NOTE.read_text(encoding="utf-8") if end != "survived" else ""
        known = {"end": end, "cpu_s": round(spent, 1), "by": killer, "n_test": len(items), "as_python": is_interpreted}
        return known if site is None else {"name": site.name, **known, **asdict(site)}


def keep_names(item: DoctestItem) -> None:
    """Let a doctest run more than once: by itself it forgets the names of its module, and fails the second time."""
    runner: Any = item.runner
    runner.run = partial(type(runner).run, runner, clear_globs=False)


def _be_tested(site: Site | None, items: Sequence[pytest.Item], cpu_s: int, *, is_interpreted: bool) -> None:
    """Change the code of this process, run the tests until one fails, and end."""
    code = _BROKEN
    try:
        resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s + 5))
        resource.setrlimit(resource.RLIMIT_DATA, (6 << 30, 6 << 30))
        from hypothesis.internal.conjecture import engine

        # The first case that fails is enough; the least one is not looked for.
        runner: Any = engine.ConjectureRunner
        runner.shrink_interesting_examples = lambda _self: None
        NOTE.write_text("the module itself", encoding="utf-8")
        code = _FAILED
        if site is not None:
            put_in(site)
        if is_interpreted:
            _interpret()
        code = 0
        for item in items:
            reports = runtestprotocol(item, log=False, nextitem=None)
            if not all(report.passed for report in reports):
                text = "".join(report.longreprtext for report in reports if report.failed)
                why = _ASSERTED if "AssertionError" in text.rsplit("\n", 1)[-1] else ""
                NOTE.write_text(f"{item.nodeid}{why}", encoding="utf-8")
                code = _FAILED
                break
    except BaseException as error:
        NOTE.write_text(repr(error), encoding="utf-8")
    finally:
        shutil.rmtree(ROOT / ".hypothesis", ignore_errors=True)
        os._exit(code)


def _interpret() -> None:
    """Bind the plain Python in place of every compiled function."""
    for module in list(sys.modules.values()):
        own = getattr(module, "__dict__", {})
        if own.get("__name__", "").split(".")[0] in ("geo", "tests"):
            own.update({key: value.py_func for key, value in own.items() if isinstance(value, Dispatcher)})


def put_in(site: Site) -> None:
    """Put a mutant into this process: new code into the functions that everybody holds, new values where bound."""
    name = site.module.removesuffix(".py").replace("/", ".")
    old = sys.modules[name]
    source = mutate((ROOT / site.module).read_text(encoding="utf-8"), site.number)
    new = types.ModuleType(name)
    new.__file__ = old.__file__
    new.__package__ = old.__package__
    exec(compile(source, site.module, "exec"), new.__dict__)
    for key, value in list(vars(new).items()):
        if key.startswith("__") or getattr(value, "__module__", name) != name:
            continue
        if not _renew(vars(old).get(key), value) and not site.scope:
            _bind(key, vars(old).get(key), value)
    if site.is_compiled or not site.scope:
        for module in list(sys.modules.values()):
            if getattr(module, "__name__", "").startswith("geo."):
                compiled: list[Any] = [each for each in vars(module).values() if isinstance(each, Dispatcher)]
                for function in compiled:
                    function._reset_overloads()
                    function._cache = NullCache()


def _renew(old: Any, new: Any) -> bool:
    """Give a function the code of another, a class that of all its methods; False for what is neither."""
    old, new = _function_of(old), _function_of(new)
    if isinstance(old, types.FunctionType) and isinstance(new, types.FunctionType):
        old.__code__, old.__defaults__, old.__kwdefaults__ = new.__code__, new.__defaults__, new.__kwdefaults__
        return True
    if isinstance(old, type) and isinstance(new, type):
        for key, value in vars(new).items():
            if key in vars(old) and not _renew(vars(old)[key], value) and isinstance(value, int | float):
                setattr(old, key, value)
        return True
    return False


def _function_of(value: Any) -> Any:
    """Return the function under what wraps it: a compiler, a property, a cache."""
    for name in ("py_func", "fget", "func", "__func__", "__wrapped__"):
        inner = getattr(value, name, None)
        if isinstance(inner, types.FunctionType):
            if hasattr(value, "cache_clear"):
                value.cache_clear()
            return inner
    return value


def _bind(key: str, old: Any, new: Any) -> None:
    """Bind a new value wherever a module has the old one under the same name."""
    if repr(old) == repr(new) or not isinstance(new, _VALUES):
        return
    for module in list(sys.modules.values()):
        own = getattr(module, "__dict__", {})
        if own.get("__name__", "").split(".")[0] in ("geo", "webmap", "tests") and own.get(key) is old:
            own[key] = new


def _is_nearest(item: pytest.Item, site: Site) -> bool:
    file = item.nodeid.split("::")[0]
    if file == site.module:
        return True
    if file not in {name.split("::")[0] for name in nearest_tests(site.module)}:
        return False
    words = _OF_FUNCTION.get(site.scope.split(".")[0]) if site.is_compiled else None
    return words is None or any(word in item.name for word in words)


def main() -> None:
    """Run the mutants that have no result yet."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--again", action="store_true", help="run those that survived once more")
    parser.add_argument("--list", action="store_true", help="print the draw with what is known of it, and end")
    given = parser.parse_args()
    chosen = draw()
    if not given.list:
        RESULTS.parent.mkdir(exist_ok=True)
        ends = {key: row["end"] for key, row in read_results().items()}
        todo = [
            site
            for site in chosen
            if (ends.get(key_of(site)) == "survived" if given.again else key_of(site) not in ends)
        ]
        if todo:
            files = sorted({file for site in todo for file in (site.module, *nearest_tests(site.module))})
            sys.argv = sys.argv[:1]
            pytest.main([*files, "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:schemathesis", "-s",
                         "--hypothesis-seed=0"], plugins=[Nearest(todo)])  # fmt: skip
    print(summary(chosen))


def key_of(site: Site) -> tuple[str, int]:
    """Return what tells a mutant from those that read alike."""
    return site.module, site.number


def read_results() -> dict[tuple[str, int], dict[str, Any]]:
    """Return the rows so far by `key_of`, the last of each mutant."""
    if not RESULTS.exists():
        return {}
    rows = [json.loads(line) for line in RESULTS.read_text(encoding="utf-8").splitlines()]
    return {(row["module"], row["number"]): row for row in rows}


def summary(chosen: Sequence[Site]) -> str:
    """Return the counts as text, and the names of those that survived."""
    rows = read_results()
    found = [rows[key_of(site)] for site in chosen if key_of(site) in rows]
    lines = []
    for title, some in (("compiled", [r for r in found if r["is_compiled"]]), ("all", found)):
        ends = [row["end"] for row in some]
        lines.append(f"{title}: {len(some)} run; " + ", ".join(f"{ends.count(e)} {e}" for e in sorted(set(ends))))
    return "\n".join([*lines, *(f"  {row['name']}" for row in found if row["end"] == "survived")])


if __name__ == "__main__":
    main()
