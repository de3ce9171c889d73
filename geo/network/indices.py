"""Checking the indices of a snapshot's arrays: compiled code follows them without looking where they lead."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.errors import NotReadyError

Arrays = Mapping[str, NDArray[Any]]

_POINTERS = {
    "arc_ptr": "arc_id",
    "point_ptr": "points",
    "seg_ptr": "seg_edge",
    "bar_ptr": "bar_seg",
    "labels-ptr": "labels-text",
}
"""Arrays of where each part begins in another one."""

_SAME_LENGTH = (("arc_id", "arc_head"), ("seg_edge", "seg_point"), ("edge_u", "edge_v"), ("edge_u", "edge_id"))


def check_indices(arrays: Arrays) -> None:
    """Check that every index leads into the array it is an index of.

    Parameters
    ----------
    arrays : mapping of name to array
        As `geo.network.snapshot` names them; arrays that are not there are not checked.

    Raises
    ------
    NotReadyError
        An index leads out of its array, or two arrays do not fit each other; names the array.
    """
    for pointer, target in _POINTERS.items():
        if pointer in arrays and target in arrays:
            _check_pointer(pointer, arrays[pointer], len(arrays[target]))
    for one, other in _SAME_LENGTH:
        if one in arrays and other in arrays and len(arrays[one]) != len(arrays[other]):
            _refuse(other)
    if "node_id" not in arrays or "edge_id" not in arrays:
        return
    n_node, n_edge = len(arrays["node_id"]), len(arrays["edge_id"])
    for name, length in (
        ("arc_ptr", n_node + 1),
        ("point_ptr", n_edge + 1),
        ("arc_id", 2 * n_edge),
        ("arc_end", 2 * n_edge),
    ):
        if name in arrays and len(arrays[name]) != length:
            _refuse(name)
    ranges = {"edge_u": (0, n_node), "edge_v": (0, n_node), "arc_head": (0, n_node), "arc_id": (0, 2 * n_edge)}
    ranges |= {"seg_edge": (0, n_edge), "seg_point": (0, len(arrays.get("points", ())) - 1)}
    ranges |= {"arc_end": (0, n_node), "state_at": (0, n_node), "copy_of": (0, n_edge)}
    ranges |= {"bar_seg": (0, len(arrays.get("barrier", ())))}
    if "labels-flags" in arrays:
        ranges["edge_label"] = (0, len(arrays["labels-flags"]))
    for name, array in arrays.items():
        part = name.split("-")[-1] if name.startswith("table-") else name.split("-")[0]
        if name.startswith("table-") and part in ("cost", "via") and len(array) != n_node:
            _refuse(name)
        if name.startswith("table-") and part == "kept" and array.size:
            if array.shape != arrays[name.replace("kept", "cost")].shape:
                _refuse(name)
            _check_range(name, array, -1, len(arrays[name.replace("kept", "edge")]))
        elif name.startswith("table-") and part == "via":
            _check_range(name, array, -1, 2 * n_edge)
        elif (name.startswith("table-") and part == "edge") or part == "demand_edge":
            _check_range(name, array, -1, n_edge)
        elif (
            part in ("cost", "adjacency_out", "adjacency_in")
            and len(array) != 2 * n_edge
            and not name.startswith("table-")
        ) or (part == "landmark_cost" and len(array) != n_node):
            _refuse(name)
        elif name in ranges:
            _check_range(name, array, *ranges[name])


def _check_pointer(name: str, pointer: NDArray[Any], length: int) -> None:
    if len(pointer) == 0 or pointer[0] != 0 or pointer[-1] != length or bool(np.any(pointer[1:] < pointer[:-1])):
        _refuse(name)


def _check_range(name: str, array: NDArray[Any], low: int, high: int) -> None:
    if array.size and (int(array.min()) < low or int(array.max()) >= high):
        _refuse(name)


def _refuse(name: str) -> None:
    raise NotReadyError("snapshot array {name} has indices that lead nowhere", name=name)
