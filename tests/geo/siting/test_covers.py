"""Sets merged while they are filled, from the plane and column by column, are those of the dense matrix."""

import numpy as np
import pytest

from geo.errors import InputError
from geo.siting.covers import CoverBuilder, cover_within
from geo.siting.plane import cover_on_plane


def rows_of(sets):
    return {tuple(sets.column[sets.ptr[i] : sets.ptr[i + 1]].tolist()): sets.weight[i] for i in range(sets.n_row)}


def plain_rows(within, weight):
    """Merge row by row in a dictionary."""
    rows = {}
    for some, each in zip(within, weight, strict=True):
        key = tuple(np.flatnonzero(some).tolist())
        rows[key] = rows.get(key, 0.0) + each
    return rows


def on_grid(rng, n, side):
    """Points on whole coordinates: many at one place, and many exactly at the radius."""
    return rng.integers(0, side, (n, 2)).astype(float)


def test_the_plane_merges_as_the_dense_matrix_does():
    for seed in range(40):
        rng = np.random.default_rng(seed)
        n, m = int(rng.integers(0, 400)), int(rng.integers(1, 90))
        is_tied = seed % 2 == 0
        points, places = (on_grid(rng, k, 13) if is_tied else rng.random((k, 2)) * 13 for k in (n, m))
        weight = rng.integers(0, 5, n).astype(float)
        radius = float(rng.choice([1.0, 5.0, 30.0])) if is_tied else float(rng.uniform(0.05, 8.0))
        cuts = np.sort(rng.integers(0, n + 1, 2))
        blocks = [(points[low:high], weight[low:high]) for low, high in zip([0, *cuts], [*cuts, n], strict=True)]
        sets = cover_on_plane(blocks, places, radius=radius)
        apart = points[:, None] - places[None]
        expected = plain_rows((apart**2).sum(axis=2) <= radius**2, weight)
        found = rows_of(sets)
        assert len(found) == sets.n_row, "no two rows are equal"
        # Rows that weigh nothing may be left out: they count for nothing.
        for key in found.keys() | expected.keys():
            assert found.get(key, 0.0) == expected.get(key, 0.0)
        assert sets.n_column == m


def test_the_builder_merges_as_the_dense_matrix_does():
    for seed in range(60):
        rng = np.random.default_rng(seed)
        n, m = int(rng.integers(1, 300)), int(rng.integers(1, 30))
        cost = rng.integers(0, 4, (n, m)).astype(float)
        cost[rng.random((n, m)) < rng.choice([0.1, 0.9, 1.0])] = np.inf
        cost[:, rng.random(m) < 0.2] = np.inf
        weight = rng.random(n)
        within = cost <= 2.0
        builder = CoverBuilder(n)
        for j in range(m):
            builder.add(j, rng.permutation(np.flatnonzero(within[:, j])))
        sets, row = builder.finish(weight, n_column=m)
        dense, group = cover_within(cost, weight, standard=2.0)
        assert rows_of(sets) == pytest.approx(rows_of(dense))
        assert rows_of(sets) == pytest.approx(plain_rows(within, weight))
        assert len(rows_of(sets)) == sets.n_row == dense.n_row
        for i in range(n):
            assert sets.column[sets.ptr[row[i]] : sets.ptr[row[i] + 1]].tolist() == np.flatnonzero(within[i]).tolist()
        assert np.array_equal(row[:, None] == row, group[:, None] == group)


def test_no_points_give_no_rows():
    assert cover_on_plane([], [[0.0, 0.0]], radius=1.0).n_row == 0
    assert cover_on_plane([(np.empty((0, 2)), [])], [[0.0, 0.0]], radius=1.0).n_row == 0
    sets, row = CoverBuilder(0).finish([], n_column=3)
    assert (sets.n_row, sets.n_column, row.size) == (0, 3, 0)


def test_a_column_out_of_order_or_a_row_beyond_is_refused():
    builder = CoverBuilder(3)
    builder.add(2, [0])
    with pytest.raises(InputError, match="column 1 comes after column 2"):
        builder.add(1, [0])
    with pytest.raises(InputError, match="row that does not exist"):
        builder.add(3, [3])
