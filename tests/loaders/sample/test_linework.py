"""Lines drawn on their own become a graph: crossings become common ends, runs stop where they should."""

from itertools import pairwise

import numpy as np

from loaders.sample.chains import trace_chains
from loaders.sample.curves import curve_pieces
from loaders.sample.linework import Line, join_crossings, open_rings


def line(*points: tuple[float, float], way: int = 0, above: bool = False) -> Line:
    return Line(np.array(points, dtype=float), way, {"highway": "residential"}, above=above)


def ends(lines: list[Line]) -> set[tuple[tuple[float, ...], tuple[float, ...]]]:
    return {tuple(sorted((tuple(piece.xy[0]), tuple(piece.xy[-1])))) for piece in lines}


def test_two_lines_that_cross_become_four_with_a_common_end() -> None:
    pieces = join_crossings([line((0, 0), (100, 0)), line((50, -50), (50, 50))])
    assert ends(pieces) == {
        ((0, 0), (50, 0)),
        ((50, 0), (100, 0)),
        ((50, -50), (50, 0)),
        ((50, 0), (50, 50)),
    }


def test_a_bridge_crosses_without_a_node() -> None:
    lines = [line((0, 0), (100, 0)), line((50, -50), (50, 50), above=True)]
    assert ends(join_crossings(lines)) == ends(lines)


def test_a_line_that_just_overshoots_ends_on_the_other() -> None:
    pieces = join_crossings([line((0, 0), (100, 0)), line((50, -50), (50, 4))])
    assert ends(pieces) == {((0, 0), (50, 4)), ((50, 4), (100, 0)), ((50, -50), (50, 4))}


def test_length_is_kept_through_many_crossings() -> None:
    rng = np.random.default_rng(3)
    lines = [line(*map(tuple, rng.uniform(0, 1_000, (2, 2)))) for _ in range(40)]

    def total(some: list[Line]) -> float:
        return float(sum(np.hypot(*np.diff(piece.xy, axis=0).T).sum() for piece in some))

    pieces = join_crossings(lines)
    assert len(pieces) > 100
    # Moving a crossing by up to 9 m to an end is all that changes.
    assert abs(total(pieces) - total(lines)) / total(lines) < 0.01


def test_a_ring_opens_into_two_halves() -> None:
    halves = open_rings([line((0, 0), (10, 0), (10, 10), (0, 0))])
    assert len(halves) == 2
    assert all((half.xy[0] != half.xy[-1]).any() for half in halves)


def test_every_piece_is_in_exactly_one_run() -> None:
    pieces = [(0, 1), (1, 2), (2, 3), (2, 4), (5, 6), (6, 7), (7, 5)]
    runs = trace_chains(pieces, ["a"] * len(pieces))
    walked = [tuple(sorted(step)) for run, _ in runs for step in pairwise(run)]
    assert sorted(walked) == sorted(tuple(sorted(piece)) for piece in pieces)
    assert sorted(len(run) for run, _ in runs) == [2, 2, 3, 4]


def test_runs_stop_where_told() -> None:
    assert len(trace_chains([(0, 1), (1, 2)], ["a", "a"])) == 1
    assert len(trace_chains([(0, 1), (1, 2)], ["a", "a"], stops={1})) == 2


def test_curves_keep_fixed_ends_and_run_smoothly_through_the_greater_road() -> None:
    xy = np.array([[0.0, 0.0], [100.0, 60.0], [200.0, 0.0], [120.0, 200.0]])
    sides = np.array([[0, 1], [1, 2], [1, 3]])
    fixed = np.array([True, False, True, True])
    first, second, branch = curve_pieces(xy, sides, [0, 0, 1], passes=(2, 1), fixed=fixed)
    assert (first[0] == xy[0]).all()
    assert (second[-1] == xy[2]).all()
    assert (first[-1] == second[0]).all()
    assert (first[-1] == branch[0]).all()
    assert first[-1][1] < 60.0
    into, out_of = first[-1] - first[-2], second[1] - second[0]
    bend = np.degrees(np.arccos(into @ out_of / np.hypot(*into) / np.hypot(*out_of)))
    assert bend < 15.0
