"""Tours: scores beside the best known values and beside PyVRP.

``python -m benchmarks.run tours``. `FUCHUN_TOURS` narrows a run to what there is time for: files, numbers of tours and
seconds, as in ``pr01,pr05:1,4:10``; the page says what was run. Seconds are those of the processor, so that a busy
machine does not change a score.
"""

import os
import tomllib
from pathlib import Path

import numpy as np

from benchmarks.networks import ROOT, SkipError
from benchmarks.record import Recorder, run_part, say_target
from benchmarks.toptw import Instance, check_tours, read_instance, solve_instance

DATA = Path(os.environ.get("FUCHUN_BENCH_DATA", str(ROOT.parent / "shared" / "data"))) / "tours"
SEED = 1
ALL = tuple(f"pr{k:02d}" for k in range(1, 11))


def choice() -> tuple[tuple[str, ...], tuple[int, ...], float]:
    """Return (files, numbers of tours, seconds) of this run."""
    text = os.environ.get("FUCHUN_TOURS", "")
    if not text:
        return ALL, (1, 2, 3, 4), 10.0
    names, tours, seconds = text.split(":")
    return tuple(names.split(",")), tuple(int(m) for m in tours.split(",")), float(seconds)


def best_known() -> dict[tuple[str, int], int]:
    """Return the best known score of each file and number of tours."""
    table = tomllib.loads((Path(__file__).parent / "best_known.toml").read_text(encoding="utf-8"))
    return {(name, entry["tours"]): score for entry in table["set"] for name, score in entry["score"].items()}


def make_instance(seed: int, *, is_clustered: bool, width: int) -> Instance:
    """Return an instance of Solomon's kind: 100 points on a field of 100 by 100, distances cut to one decimal.

    Parameters
    ----------
    seed : int
    is_clustered : bool
        Half of the points lie around ten centres, half anywhere; else all lie anywhere.
    width : int
        Mean width of the time windows; the depot closes at 230 (widths up to 60) or 1000.
    """
    rng = np.random.default_rng(seed)
    at = rng.random((101, 2)) * 100.0
    if is_clustered:
        centre = rng.random((10, 2)) * 100.0
        at[1:51] = centre[rng.integers(0, 10, 50)] + rng.normal(0.0, 4.0, (50, 2))
    at[0] = 50.0
    at = np.round(at)
    latest = 230 if width <= 60 else 1000
    gap = np.hypot(at[:, None, 0] - at[:, 0], at[:, None, 1] - at[:, 1])
    matrix = np.floor(gap * 10.0 + 1e-7)
    middle = rng.uniform(gap[0] + 1, np.maximum(latest - gap[0] - 11, gap[0] + 2))
    half = np.maximum(1.0, rng.normal(width, width / 4.0, 101)) / 2.0
    windows = np.stack([np.floor(np.maximum(0, middle - half)), np.ceil(np.minimum(latest, middle + half))], axis=1)
    windows[0] = 0, latest
    score = rng.integers(1, 41, 101).astype(float)
    service = np.full(101, 10.0)
    score[0] = service[0] = 0.0
    return Instance(f"made{seed}", matrix, score, service * 10.0, windows * 10.0, tuple(range(101)))


def orienteering(record: Recorder) -> None:
    """Compare scores of Cordeau's files with the best known ones and with PyVRP's."""
    names, tours, seconds = choice()
    known = best_known()
    if not (DATA / f"{names[0]}.txt").exists():
        raise SkipError(f"no files of Cordeau in {DATA}")
    gaps: list[float] = []
    theirs: list[float] = []
    optima = 0
    for m in tours:
        shown: dict[str, list[float]] = {"ours": [], "PyVRP": []}
        for name in names:
            instance = read_instance(DATA / f"{name}.txt")
            ours = score_of(instance, m, seconds)
            best = known[name, m]
            gaps.append(100.0 * (best - ours) / best)
            optima += m == 1 and ours >= best
            shown["ours"].append(gaps[-1])
            other = ask_pyvrp(record, instance, m, seconds)
            if other is not None:
                theirs.append(100.0 * (best - other) / best)
                shown["PyVRP"].append(theirs[-1])
        for program, values in shown.items():
            if values:
                record.figure(
                    f"Gap to the best known score, {', '.join(names)}, {seconds:g} s",
                    f"{program}, {m} tour{'s' if m > 1 else ''}",
                    {"mean": f"{np.mean(values):.2f} %", "worst": f"{max(values):.2f} %"},
                )
    target = say_target("mean ≤ 0.8 %, worst ≤ 3 %", float(np.mean(gaps)) <= 0.8 and max(gaps) <= 3.0)
    shown_all = {"mean": f"{np.mean(gaps):.2f} %", "worst": f"{max(gaps):.2f} %", "target": target}
    record.figure(f"Gap to the best known score, {', '.join(names)}, {seconds:g} s", "ours, all", shown_all)
    if 1 in tours:
        record.figure(
            f"Gap to the best known score, {', '.join(names)}, {seconds:g} s",
            "proven optima reached, one tour",
            {"mean": f"{optima} of {len(names)}"},
        )


def score_of(instance: Instance, tours: int, seconds: float) -> float:
    """Return our score after walking the tours."""
    result = solve_instance(instance, tours=tours, seconds=seconds, seed=SEED, is_cpu_time=True)
    return check_tours(instance, [[instance.ids[k] for k in tour] for tour in result.tours])


def ask_pyvrp(record: Recorder, instance: Instance, tours: int, seconds: float) -> float | None:
    """Return PyVRP's score, None if it is not installed."""
    answer = record.ask(
        "toptw_pyvrp",
        {
            "matrix": instance.matrix, "score": instance.score, "service": instance.service,
            "windows": instance.windows, "tours": np.array(tours), "seconds": np.array(seconds),
        },
    )  # fmt: skip
    if answer is None:
        return None
    return check_tours(instance, [[instance.ids[k] for k in tour] for tour in answer["tours"]])


def made(record: Recorder) -> None:
    """Compare scores of made instances of Solomon's kind with PyVRP's; no best values are known."""
    _, tours, seconds = choice()
    for width in (10, 60, 240):
        for is_clustered in (False, True):
            instance = make_instance(100 + width + is_clustered, is_clustered=is_clustered, width=width)
            for m in (tours[0], tours[-1]):
                ours = score_of(instance, m, seconds)
                other = ask_pyvrp(record, instance, m, seconds)
                record.figure(
                    f"Score of made instances of Solomon's kind, {seconds:g} s",
                    f"{'clustered' if is_clustered else 'random'}, windows {width}, {m} tours",
                    {
                        "ours": f"{ours:.0f}",
                        "PyVRP": "" if other is None else f"{other:.0f}",
                        "ours more by": "" if other is None else f"{100.0 * (ours / other - 1.0):.1f} %",
                    },
                )


if __name__ == "__main__":
    run_part("tours", orienteering, made)
