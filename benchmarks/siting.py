"""Siting at the sizes of districts and of papers, from points or streets to a proof: python -m benchmarks.siting.

Times hold everything from the points to the answer, merging included; code is compiled before.
"""

import resource
import sys
import tempfile
from collections.abc import Callable, Sized
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.networks import at_nodes, city, main_nodes
from benchmarks.record import Recorder, run_part, say_time
from benchmarks.siting_instances import SIDE, blocks, graph_distances, make_plane, whole_distances
from benchmarks.timing import Timing, measure
from geo.siting import SitingResult, Stop, solve_lscp, solve_mclp, solve_p_center, solve_p_median
from geo.siting.alternatives import Plan, close_each, curve, equally_good, frontier, refuse_each, survive
from geo.siting.certificate import solve_certified, write_certificate
from geo.siting.covers import CoverSets, cover_by_streets
from geo.siting.medians import median_sites
from geo.siting.plane import cover_on_plane
from geo.siting.problem import read_choice
from geo.siting.service import from_covers
from geo.siting.swaps import heuristic
from geo.siting_verifier import verify_certificate

WALK_S = 1_080.0 / 1.2
NONE = np.empty(0, np.int64)


def _note(record: Recorder, what: str, timing: Timing, answer: SitingResult, goal: str) -> None:
    """Note the time of a piece of work, and what was proven in it."""
    shown = {
        "time": say_time(timing.best_s),
        "objective": f"{answer.objective:,.10g}",
        "bound": f"{answer.bound:,.10g}",
        "gap": f"{answer.gap:.3%}",
        "goal": goal,
    }
    record.figure("From points or streets to the proof", what, shown)


def _once(work: Callable[[], Any]) -> tuple[Timing, Any]:
    return measure(work, n_run=1, warm_up=False)


def measure_streets(record: Recorder) -> None:
    """MCLP on the streets of five copies of Hangzhou, beside spopt with the same HiGHS."""
    network = city(75_000).build()
    nodes = main_nodes(network, mode="walk")
    rng = np.random.default_rng(1)
    demand, candidate = (
        at_nodes(network, np.sort(rng.choice(nodes, n, replace=False)), mode="walk") for n in (20_000, 2_000)
    )
    weight = rng.integers(1, 101, 20_000).astype(np.float64)

    def sets() -> CoverSets:
        return cover_by_streets(network, demand, weight, candidate, mode="walk", limit_s=WALK_S)[0]

    for sites, goal in ((20, "proven < 5 s"), (50, "proven < 15 s")):
        timing, answer = measure(partial(_solve_sets, sets, sites), n_run=3)
        what = f"MCLP 20,000 × 2,000 on streets, p = {sites}"
        _note(record, what, timing, answer, goal)
        merged = sets()
        alone, _ = measure(partial(solve_mclp, merged, sites=sites), n_run=3)
        record.ours(f"{what}, solve alone", alone)
        _beside_spopt(record, what, merged, sites, answer, timing, alone)


def _solve_sets(sets: Callable[[], CoverSets], sites: int) -> SitingResult:
    return solve_mclp(sets(), sites=sites)


def _beside_spopt(
    record: Recorder, what: str, sets: CoverSets, sites: int, answer: SitingResult, whole: Timing, alone: Timing
) -> None:
    """Give spopt the merged rows, a hundredth of what it would be given otherwise: its time is then a lower bound."""
    arrays: dict[str, NDArray[Any]] = {
        "ptr": sets.ptr,
        "column": sets.column,
        "weight": sets.weight,
        "n_column": np.array(sets.n_column),
        "sites": np.array(sites),
        "objective": np.array(answer.objective),
    }
    found = record.ask("mclp_spopt", arrays)
    if found:
        name = f"spopt {found['version']}, HiGHS"
        record.theirs(what, Timing(**found["whole"]), whole, program=name, is_same=found["is_same"])
        record.theirs(f"{what}, solve alone", Timing(**found["solve"]), alone, program=name, is_same=found["is_same"])


def measure_plane(record: Recorder) -> None:
    """MCLP in the plane: a million points, and twenty millions as in Cordeau, Furini and Ljubić."""
    for n, m, radius, sites, goal in (
        (1_000_000, 1_000, 1.0, 50, "proven ≤ 20 s"),
        (20_000_000, 100, 4.0, 15, "proven ≤ 45 s, under 8 GB"),
    ):
        plane = make_plane(n, m)
        solve_mclp(
            cover_on_plane([(plane.demand[:5000], plane.weight[:5000])], plane.candidate, radius=radius), sites=sites
        )

        def work(plane: Any = plane, radius: float = radius, sites: int = sites) -> SitingResult:
            return solve_mclp(cover_on_plane(blocks(plane), plane.candidate, radius=radius), sites=sites)

        timing, answer = _once(work)
        _note(record, f"MCLP {n:,} × {m:,} in the plane, R = {radius:g}, p = {sites}", timing, answer, goal)
        if m == 1_000:
            full = from_covers(cover_on_plane(blocks(plane), plane.candidate, radius=radius))
            quick, start = measure(partial(heuristic, full, sites, fixed=NONE, forbidden=NONE, stop=Stop(), n_round=0))
            reached = float(full.base.sum()) - full.value(start)
            shown = {
                "time": say_time(quick.best_s),
                "objective": f"{reached:,.10g}",
                "gap": f"{1 - reached / answer.objective:.3%}",
                "goal": "≤ 0.1 % in 0.1 s",
            }
            record.figure("From points or streets to the proof", "the same after the merge, greedy and swaps", shown)
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        record.figure("Memory of the process", f"{n:,} points, drawn at once", {"GB": f"{memory:.2f}"})


def measure_medians(record: Recorder) -> None:
    """p-median with whole distances and weights; the OR-Library's problems that are there."""
    folder = Path(__file__).parents[2] / "shared" / "data" / "siting"
    for path in sorted(folder.glob("pmed*.npy")):
        stored = np.load(path)
        cost, sites = stored[1:], int(stored[0, 0])
        timing, answer = measure(partial(solve_p_median, cost, np.ones(len(cost)), sites=sites), n_run=3)
        _note(record, f"OR-Library {path.stem}, p = {sites}", timing, answer, "≤ 30 s")
    for n_node, sites in ((400, 5), (500, 50), (600, 60), (700, 10), (800, 5), (900, 5), (900, 10), (900, 90)):
        cost = graph_distances(n_node, seed=sites)
        timing, answer = measure(partial(solve_p_median, cost, np.ones(n_node), sites=sites), n_run=1)
        _note(record, f"of the OR-Library's kind, {n_node} nodes, p = {sites}", timing, answer, "≤ 30 s")
    _median(record, 5_000, 500, sites=20, limit_s=180.0, goal="≤ 0.05 % in 60 s, proven in 3 min")


def measure_large_median(record: Recorder) -> None:
    """p-median of twenty thousand points."""
    _median(record, 20_000, 1_000, sites=50, limit_s=300.0, goal="≤ 0.1 % in 5 min")


def _median(record: Recorder, n: int, m: int, *, sites: int, limit_s: float, goal: str) -> None:
    plane = make_plane(n, m)
    cost = whole_distances(plane)
    timing, answer = _once(lambda: solve_p_median(cost, plane.weight, sites=sites, time_limit_s=limit_s))
    _note(record, f"p-median {n:,} × {m:,}, p = {sites}", timing, answer, goal)


def measure_medoids(record: Recorder) -> None:
    """Clusters of 5,000 points about k of them: the losses of FasterPAM reached by our swaps, and a bound."""
    points = np.random.default_rng(1).random((5_000, 2)) * 30.0
    cost = np.round(1_000.0 * np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1)))
    weight = np.ones(len(points))
    for k in (20, 50, 100):
        found = record.ask("medoids_kmedoids", {"cost": cost, "sites": np.array(k)})
        if not found:
            return
        for kind, words in (("one", "one seed"), ("five", "the best of five seeds")):
            loss = float(found[kind]["loss"])
            timing, reached = measure(partial(_reach_loss, cost, weight, k, loss), n_run=5)
            what = f"medoids of 5,000 points, k = {k}: as good as {words}"
            record.ours(what, timing, values={"loss": reached})
            name = f"kmedoids {found['version']}, FasterPAM, {words}"
            record.theirs(what, Timing(**found[kind]["timing"]), timing, program=name, is_same=reached <= loss)
        once, answer = _once(partial(solve_p_median, cost, weight, sites=k, time_limit_s=60.0))
        _note(record, f"the same as a p-median, k = {k}", once, answer, "a bound")


def _reach_loss(cost: NDArray[Any], weight: NDArray[Any], k: int, loss: float) -> float:
    """Return the loss of the first sites that are as good as `loss`, with as many more copies as that takes."""
    choice = read_choice(cost.shape[1], fixed=(), forbidden=(), sites=k)
    return median_sites(cost, weight, choice, stop=Stop(), n_kick=10_000, target=loss)[1]


def measure_peers(record: Recorder) -> None:
    """Four models on 200 × 30: the objectives of spopt, with the same HiGHS, and of pbp-pmedian must be ours."""
    for seed in (1, 2, 3):
        plane = make_plane(200, 30, seed=seed)
        cost, weight, sites, standard = whole_distances(plane), plane.weight.astype(np.float64), 6, 4_000.0
        reachable = float(cost.min(axis=1).max()) * 1.2
        models: dict[str, Callable[[], SitingResult]] = {
            "mclp": partial(solve_mclp, cost, weight, standard=standard, sites=sites),
            "lscp": partial(solve_lscp, cost, standard=reachable),
            "p-median": partial(solve_p_median, cost, weight, sites=sites),
            "p-center": partial(solve_p_center, cost, sites=sites),
        }
        ours = {name: measure(solve, n_run=2) for name, solve in models.items()}
        given = {"sites": np.array(sites), "standard": np.array(standard), "reachable": np.array(reachable)}
        found = record.ask("siting_objectives", {"cost": cost, "weight": weight, **given})
        if not found:
            return
        for name, (timing, answer) in ours.items():
            what = f"{name} 200 × 30, instance {seed}"
            record.ours(what, timing, values={"objective": answer.objective})
            theirs = [(f"spopt {found['version']}, HiGHS", found["spopt"][name])]
            if name == "p-median":
                theirs.append((f"pbp-pmedian {found['pbp_version']}", found["pbp"]))
            for program, other in theirs:
                is_same = abs(other.pop("objective") - answer.objective) < 0.5
                record.theirs(what, Timing(**other), timing, program=program, is_same=is_same)


def measure_dense(record: Recorder) -> None:
    """MCLP in which a point is reached by many candidates: a million points, 1,000 candidates, R = 4."""
    plane = make_plane(1_000_000, 1_000)

    def work() -> SitingResult:
        return solve_mclp(cover_on_plane(blocks(plane), plane.candidate, radius=4.0), sites=15, time_limit_s=600.0)

    timing, answer = _once(work)
    _note(record, "MCLP 1,000,000 × 1,000 in the plane, R = 4, p = 15", timing, answer, "gap ≤ 0.5 % in 10 min")


def measure_center(record: Recorder) -> None:
    """p-center over a hundred thousand points."""
    plane = make_plane(100_000, 1_000)
    cost = whole_distances(plane)
    timing, answer = _once(lambda: solve_p_center(cost, sites=20, time_limit_s=60.0))
    _note(record, "p-center 100,000 × 1,000, p = 20", timing, answer, "proven ≤ 60 s")


def measure_alternatives(record: Recorder) -> None:
    """What a planner waits for: the first plan, then all that it is weighed against."""
    plane = make_plane(20_000, 300)
    apart = plane.demand[:, None] - plane.candidate[None]
    plan = Plan(np.hypot(apart[..., 0], apart[..., 1]), plane.weight.astype(np.float64), 2.0, 10)
    town = (plane.demand // (SIDE / 5.0)).astype(np.int64) @ np.array([5, 1])

    def first() -> SitingResult:
        return plan.solve(plan.sets())

    def others() -> int:
        refused = list(refuse_each(plan, best))
        found: list[Sized] = [equally_good(refused, best), list(curve(plan, range(1, 14))), frontier(plan, town)]
        found += [list(survive(plan, best.sites)), close_each(plan, best.sites)]
        return sum(len(each) for each in found)

    timing, best = measure(first, n_run=3)
    what = "MCLP 20,000 × 300 in the plane, R = 2, p = 10"
    _note(record, what, timing, best, "first answer ≤ 3 s")
    rest, count = _once(others)
    shown = {"time": say_time(timing.best_s + rest.best_s), "alternatives": count, "goal": "all ≤ 60 s"}
    record.figure("From points or streets to the proof", f"{what}, with every alternative", shown)


def measure_verifying(record: Recorder) -> None:
    """The certificate of a p-median, from its inputs."""
    plane = make_plane(5_000, 200)
    cost = whole_distances(plane)
    certified = solve_certified("p-median", cost, plane.weight, sites=10)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "plan.json"
        arrays = {"cost": cost, "weight": plane.weight.astype(np.float64)}
        write_certificate(path, certified, kind="matrix", arrays=arrays, parameters={})
        timing, verdict = _once(lambda: verify_certificate(path))
    record.ours(
        "verify a p-median 5,000 × 200", timing, values={"leaves": verdict.n_leaf, "optimal": verdict.is_optimal}
    )


WORKS = {
    "streets": measure_streets,
    "plane": measure_plane,
    "medians": measure_medians,
    "large": measure_large_median,
    "center": measure_center,
    "alternatives": measure_alternatives,
    "peers": measure_peers,
    "medoids": measure_medoids,
    "dense": measure_dense,
    "verifying": measure_verifying,
}


if __name__ == "__main__":
    wanted = sys.argv[1:] or list(WORKS)
    run_part("siting", *(WORKS[name] for name in wanted), is_whole=set(wanted) == set(WORKS))
