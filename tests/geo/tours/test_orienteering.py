"""Orienteering: optimal on what can be enumerated, feasible on everything, repeatable, stoppable."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from itertools import count, product
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.toptw import check_tours, read_instance, solve_instance
from geo.errors import InputError
from geo.tours import _orienteering as kernel
from geo.tours.orienteering import OrienteeringResult, solve_orienteering

Floats = NDArray[np.float64]
SHARED = Path("../shared/data/tours")


def draw(seed: int, n: int, n_tour: int) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    rng = np.random.default_rng(seed)
    at = rng.integers(0, 40, (n, 2)).astype(float)
    matrix = np.floor(np.hypot(at[:, None, 0] - at[:, 0], at[:, None, 1] - at[:, 1]) * 10.0)
    score = rng.integers(1, 20, n).astype(float)
    service = rng.integers(0, 100, n).astype(float)
    opens = rng.integers(0, 700, (n_tour, n)).astype(float)
    windows = np.stack([opens, opens + rng.integers(50, 600, (n_tour, n))], axis=2)
    windows[rng.random((n_tour, n)) < 0.1] = (1.0, 0.0)
    score[0] = service[0] = 0.0
    limits = np.stack([np.zeros(n_tour), rng.integers(600, 1200, n_tour)], axis=1).astype(float)
    return matrix, score, service, windows, limits


def walk(
    tour: Sequence[int],
    ends: tuple[int, int],
    matrix: Floats,
    service: Floats,
    window: Floats,
    limit: Floats,
) -> bool:
    """Tell whether a tour keeps its windows and its limit: a plain twin of the kernel's bookkeeping."""
    now, at = limit[0], ends[0]
    for j in tour:
        now = max(now + service[at] + matrix[at, j], window[j, 0])
        if now > window[j, 1]:
            return False
        at = j
    return bool(now + service[at] + matrix[at, ends[1]] <= limit[1])


def best_sets(
    matrix: Floats, service: Floats, window: Floats, limit: Floats, ends: tuple[int, int], places: Sequence[int]
) -> set[frozenset[int]]:
    """Return every set of places that some order visits in one tour, by depth-first search."""
    found: set[frozenset[int]] = set()

    def grow(tour: tuple[int, ...]) -> None:
        if walk(tour, ends, matrix, service, window, limit):
            found.add(frozenset(tour))
        elif tour and not walk(tour, (ends[0], tour[-1]), matrix, service, window, np.array([limit[0], 1e9])):
            return
        for j in places:
            if j not in tour:
                grow((*tour, j))

    grow(())
    return found


def brute(
    matrix: Floats,
    score: Floats,
    service: Floats,
    windows: Floats,
    limits: Floats,
    hotels: Sequence[int] = (),
    end: int = 0,
) -> float:
    """Return the largest score by enumerating sets of places, tour by tour."""
    n_tour = len(limits)
    places = [j for j in range(1, len(score)) if j not in hotels and j != end]
    best = 0.0
    sets = cache(lambda r, a, b: frozenset(best_sets(matrix, service, windows[r], limits[r], (a, b), places)))
    for nights in product(hotels, repeat=n_tour - 1) if hotels else [(0,) * (n_tour - 1)]:
        ends = [0, *nights, end]
        reached: set[frozenset[int]] = {frozenset()}
        for r in range(n_tour):
            options = sets(r, ends[r], ends[r + 1])
            reached = {used | new for used in reached for new in options if not used & new}
        best = max([best, *(float(score[list(used)].sum()) for used in reached if used)])
    return best


def check(result: OrienteeringResult, matrix: Floats, service: Floats, windows: Floats, limits: Floats) -> None:
    visited = [j for tour in result.tours for j in tour]
    assert len(visited) == len(set(visited))
    for r, tour in enumerate(result.tours):
        assert walk(tour, result.ends[r], matrix, service, windows[r], limits[r])


@pytest.mark.parametrize("seed", range(40))
def test_small_problems_are_solved_to_the_optimum(seed: int) -> None:
    n_tour = 1 + seed % 3
    task = draw(seed, 7, n_tour)
    result = solve_orienteering(*task, max_rounds=1500, seconds=60.0, seed=seed)
    matrix, _, service, windows, limits = task
    check(result, matrix, service, windows, limits)
    assert result.score == brute(*task)


@pytest.mark.parametrize("seed", range(15))
def test_nights_are_spent_in_the_hotels_that_allow_the_most(seed: int) -> None:
    rng = np.random.default_rng(100 + seed)
    at = rng.integers(0, 40, (9, 2)).astype(float)
    matrix = np.hypot(at[:, None, 0] - at[:, 0], at[:, None, 1] - at[:, 1])
    score = np.array([0, 0, 0, 0, *rng.integers(1, 20, 5)], float)
    limits = np.array([[0.0, rng.integers(40, 80)] for _ in range(3)])
    windows = np.broadcast_to(np.array([-np.inf, np.inf]), (3, 9, 2))
    result = solve_orienteering(
        matrix, score, np.zeros(9), None, limits[:, 1], end=1, hotels=(0, 1, 2, 3), max_rounds=3000, seconds=60.0
    )
    check(result, matrix, np.zeros(9), windows, limits)
    assert result.ends[0][0] == 0
    assert result.ends[-1][1] == 1
    assert all(one[1] == other[0] for one, other in zip(result.ends, result.ends[1:], strict=False))
    assert result.score == brute(matrix, score, np.zeros(9), windows, limits, hotels=(0, 1, 2, 3), end=1)


def test_earliest_and_latest_starts_are_those_of_a_plain_walk() -> None:
    matrix, _, service, windows, limits = draw(3, 12, 1)
    lead = matrix + service[:, None]
    seq = np.zeros((1, 16), np.int64)
    rng = np.random.default_rng(0)
    for n in range(6):
        tour = rng.permutation(np.arange(1, 12))[:n]
        seq[0, 1 : n + 1], seq[0, n + 1] = tour, 0
        early, late = np.zeros((1, 16)), np.zeros((1, 16))
        feasible = kernel.refresh(
            0, lead, windows[..., 0], windows[..., 1], limits[:, 0], limits[:, 1], seq, np.array([n]), early, late
        )
        assert feasible == walk([int(j) for j in tour], (0, 0), matrix, service, windows[0], limits[0])
        if feasible and n:
            # Starting the first visit at its latest start keeps the tour feasible; a moment later does not.
            for shift, kept in ((0.0, True), (1.0, False)):
                later = windows[0].copy()
                later[tour[0], 0] = late[0, 1] + shift
                later[tour[0], 1] = max(later[tour[0], 1], later[tour[0], 0] - 2.0 * shift)
                assert walk([int(j) for j in tour], (0, 0), matrix, service, later, limits[0]) == kept


def test_same_seed_and_rounds_give_the_same_tours() -> None:
    task = draw(7, 40, 2)
    one, other = (solve_orienteering(*task, max_rounds=300, seconds=60.0, seed=5) for _ in range(2))
    assert one.tours == other.tours


def test_search_stops_when_cancelled_and_tells_its_progress() -> None:
    task = draw(8, 40, 2)
    told: list[float] = []
    result = solve_orienteering(
        *task, seconds=60.0, progress=lambda best: told.append(best.score), is_cancelled=lambda: len(told) > 0
    )
    assert result.is_cancelled
    assert result.seconds < 30.0
    assert told


def test_time_limit_is_kept_by_the_clock_that_is_given() -> None:
    ticks = count()
    result = solve_orienteering(*draw(9, 30, 2), seconds=50.0, clock=lambda: float(next(ticks)))
    assert 50.0 <= result.seconds <= 60.0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"matrix": np.zeros((2, 3))}, "square"),
        ({"score": [0.0, 1.0]}, "score must have one value"),
        ({"service": [0.0, -1.0, 0.0]}, "service must be finite"),
        ({"matrix": [[0, 1, 1], [np.nan, 0, 1], [1, 1, 0]]}, "from 1 to 0"),
        ({"windows": np.zeros((2, 2))}, "windows must be"),
        ({"limits": []}, "limits must be finite"),
        ({"start": 5}, "place 5 does not exist"),
        ({"end": 1, "limits": [1.0]}, "raise the limits"),
        ({"hotels": (1,), "limits": [0.5, 0.5]}, "no sequence of hotels"),
    ],
)
def test_input_that_does_not_fit_is_named(change: dict[str, object], message: str) -> None:
    task: dict[str, object] = {
        "matrix": 2.0 * (1.0 - np.eye(3)), "score": [0.0, 1.0, 1.0], "service": [0.0, 0.0, 0.0], "windows": None,
        "limits": [10.0],
    } | change  # fmt: skip
    with pytest.raises(InputError, match=message):
        solve_orienteering(**task, max_rounds=10)  # type: ignore[arg-type]


def test_distances_are_cut_to_two_decimals_for_cordeau_and_one_for_solomon(tmp_path: Path) -> None:
    text = "1 1 2 4\n1000 200\n0 0 0 0 0 0 0 0 100\n1 1.2345 1 1 5 1 1 1 0 90\n2 3 4 2 7 1 1 1 10 90\n"
    for name, distance in (("pr01.txt", 5.0 * 100), ("c101.txt", 5.0 * 10)):
        (tmp_path / name).write_text(text, encoding="utf-8")
        instance = read_instance(tmp_path / name)
        assert instance.matrix[0, 2] == distance
    assert instance.matrix[0, 1] == 15.0
    assert instance.windows[2].tolist() == [100.0, 900.0]
    result = solve_instance(instance, tours=1, seconds=0.2)
    assert check_tours(instance, [[instance.ids[k] for k in tour] for tour in result.tours]) == 12.0


def test_every_file_of_the_two_collections_has_its_decimals(tmp_path: Path) -> None:
    whole = "1 1 2 4\n1000 200\n0 0 0 0 0 0 0 0 100\n1 1 0 1 5 1 1 1 0 90\n2 3 4 2 7 1 1 1 10 90\n"
    parted = whole.replace("1 1 0 1 5", "1 1.2345 1 1 5")
    solomon = [f"{kind}{k}" for kind in ("c", "r", "rc") for k in (101, 109, 201, 208)]
    for names, text, unit in (
        ([f"pr{k:02d}" for k in range(1, 21)], whole, 100),
        (["PR05", "t4_pr20_a", *(f"pr{k:02d}" for k in range(1, 21))], parted, 100),
        ([*solomon, "50_c101", "RC108"], whole, 10),
        (solomon, parted, 10),
        (["instance_a", "hidden", "parcel", "arc"], whole, 10),
        (["instance_a", "hidden", "parcel", "arc"], parted, 100),
    ):
        for name in names:
            (tmp_path / f"{name}.txt").write_text(text, encoding="utf-8")
            assert read_instance(tmp_path / f"{name}.txt").matrix[0, 2] == 5.0 * unit, name


def test_files_of_other_sizes_and_shapes_are_read_alike(tmp_path: Path) -> None:
    plain = "1 1 2 4\n1000 200\n0 0 0 0 0 0 0 0 100\n1 6 8 1 5 1 1 1 0 90\n2 3 4 2 7 1 1 1 10 90\n"
    head = "1 1 2 4\n1000 200\n"
    points = [(0, 0, 0, 0, 0, 0, 100), (1, 6, 8, 1, 5, 0, 90), (2, 3, 4, 2, 7, 10, 90)]

    def rows(middle: str) -> str:
        return "\n".join(" ".join(map(str, point[:5])) + f" {middle} {point[5]} {point[6]}" for point in points)

    (tmp_path / "c1.txt").write_text(plain, encoding="utf-8")
    expected = read_instance(tmp_path / "c1.txt")
    for text in (
        head + rows(""), head + rows("1 4 1 2 4 8"), head + rows("0 0") + "\n\n\n", "\n" + head + "\n" + rows("1 1 1"),
        "\ufeff" + head + rows("1 1 1").replace(" ", "\t").replace("\n", "\r\n"), head + "0 0\n" + rows("1 1 1"),
    ):  # fmt: skip
        (tmp_path / "c1.txt").write_text(text, encoding="utf-8")
        found = read_instance(tmp_path / "c1.txt")
        for name in ("matrix", "score", "service", "windows"):
            assert np.array_equal(getattr(found, name), getattr(expected, name)), text
        assert found.ids == (0, 1, 2)


def test_file_that_is_none_is_refused_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "bad.txt").write_text("1 1 2 4\n1000 200\n0 0 0 0 0 0 0 0 100\n1 x 1\n", encoding="utf-8")
    with pytest.raises(InputError, match="line 4"):
        read_instance(tmp_path / "bad.txt")


def test_walking_tours_finds_what_is_wrong(tmp_path: Path) -> None:
    text = "1 1 2 4\n1000 200\n0 0 0 0 0 0 0 0 100\n1 30 0 1 5 1 1 1 0 20\n2 3 4 2 7 1 1 1 10 90\n"
    (tmp_path / "c1.txt").write_text(text, encoding="utf-8")
    instance = read_instance(tmp_path / "c1.txt")
    for tours, message in (([[2], [2]], "twice"), ([[1]], "after it closes")):
        with pytest.raises(InputError, match=message):
            check_tours(instance, tours)
    short = replace(instance, windows=np.where(instance.windows == 1000.0, 100.0, instance.windows))
    with pytest.raises(InputError, match="depot"):
        check_tours(short, [[2]])


@pytest.mark.skipif(not (SHARED / "pr01.txt").exists(), reason="../shared/data/tours is not here")
def test_published_optimum_of_pr01_is_found() -> None:
    instance = read_instance(SHARED / "pr01.txt")
    result = solve_orienteering(
        instance.matrix, instance.score, instance.service, instance.windows, [instance.windows[0]], seconds=60.0,
        max_rounds=20_000,
    )  # fmt: skip
    assert check_tours(instance, [list(tour) for tour in result.tours]) == 308.0
