"""Indices of a snapshot at their bounds: the first and the last that lead somewhere pass, the next ones do not."""

import numpy as np
import pytest

from geo.errors import NotReadyError
from geo.network.indices import check_indices

NODES = {"node_id": np.arange(3), "edge_id": np.arange(2)}


def array(*values):
    return np.array(values, np.int64)


@pytest.mark.parametrize(
    ("name", "length", "low", "high"),
    [
        ("edge_u", 2, 0, 2),
        ("arc_id", 4, 0, 3),
        ("arc_end", 4, 0, 2),
        ("state_at", 1, 0, 2),
        ("copy_of", 1, 0, 1),
        ("seg_edge", 3, 0, 1),
        ("demand_edge", 3, -1, 1),
        ("table-walk-edge", 3, -1, 1),
        ("table-walk-via", 3, -1, 3),
    ],
)
def test_an_index_leads_into_its_array_or_is_refused(name, length, low, high):
    for value in (low, high):
        check_indices(NODES | {name: np.full(length, value, np.int64)})
    for value in (low - 1, high + 1):
        with pytest.raises(NotReadyError, match=name):
            check_indices(NODES | {name: np.full(length, value, np.int64)})


@pytest.mark.parametrize(("name", "length"), [("arc_ptr", 4), ("point_ptr", 3), ("arc_id", 4), ("arc_end", 4)])
def test_an_array_of_another_length_is_refused(name, length):
    for wrong in (length - 1, length + 1):
        with pytest.raises(NotReadyError, match=name):
            check_indices(NODES | {name: np.zeros(wrong, np.int64)})
