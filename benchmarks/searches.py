"""Many bounded searches: 2,000 sites, everything from which each is reached within 1,080 m.

Run as ``python -m benchmarks.searches``. Ours is `geo.network.costs.find_nodes_within`, beside SciPy's `dijkstra` with
``limit`` and pandana's `nodes_in_range`, from the same nodes over the same arcs; the reached sets and costs must be
equal before a time counts.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numba
import numpy as np

from benchmarks.networks import HELSINKI, Streets, arcs, at_nodes, city, main_nodes, read_extract, read_sample, tile
from benchmarks.record import Recorder, run_part
from benchmarks.timing import Timing, measure
from geo.network.costs import Reach, find_nodes_within
from geo.network.modes import WALK_SPEED_MPS

MODE = "walk"
N_SOURCE = 2_000
LIMIT_S = 1_080.0 / WALK_SPEED_MPS

_NUMBA: Any = numba.config


def measure_searches(streets: Streets, record: Recorder, *, n_source: int = N_SOURCE, seed: int = 1) -> None:
    """Measure the searches on some streets."""
    network = streets.build()
    nodes = main_nodes(network, mode=MODE)
    source = np.sort(np.random.default_rng(seed).choice(nodes, min(n_source, nodes.size), replace=False))
    facility = at_nodes(network, source, mode=MODE)
    what = f"{source.size:,} searches within 1,080 m, {streets.name} ({network.n_node:,} nodes)"

    def search() -> Reach:
        return find_nodes_within(network, facility, mode=MODE, limit_s=LIMIT_S)

    threads = _NUMBA.NUMBA_NUM_THREADS
    ours, reach = measure(search, n_run=25)
    counted = {"nodes": network.n_node, "reached": int(reach.index.size), "threads": threads}
    record.ours(what, ours, program=f"Fuchun, {threads} threads", values=counted)
    with _one_thread():
        alone, _ = measure(search, n_run=15)
    record.ours(what, alone, program="Fuchun, 1 thread", values=counted)

    row = np.repeat(np.arange(source.size), np.diff(reach.ptr))
    order = np.lexsort((reach.index, row))
    arrays = arcs(network, mode=MODE) | {
        "source": source,
        "limit": np.array(LIMIT_S * 10.0),
        "row": row[order],
        "node": reach.index[order],
        "found": reach.cost[order].astype(np.float64),
    }
    scipy = record.ask("searches_scipy", arrays)
    if scipy:
        name = f"SciPy {scipy['version']}"
        record.theirs(what, Timing(**scipy["search"]), ours, program=f"{name}, searching alone")
        record.theirs(what, Timing(**scipy["sets"]), ours, program=f"{name}, reached sets", is_same=scipy["is_same"])
    pandana = record.ask("searches_pandana", arrays)
    if pandana:
        name = f"pandana {pandana['version']}"
        record.theirs(what, Timing(**pandana["sets"]), ours, program=name, is_same=pandana["is_same"])
        record.theirs(what, Timing(**pandana["prepare"]), None, program=f"{name}, preparing once")


@contextmanager
def _one_thread() -> Iterator[None]:
    before = _NUMBA.NUMBA_NUM_THREADS
    _NUMBA.NUMBA_NUM_THREADS = 1
    try:
        yield
    finally:
        _NUMBA.NUMBA_NUM_THREADS = before


if __name__ == "__main__":
    run_part(
        "searches",
        lambda record: measure_searches(city(75_000), record),
        lambda record: measure_searches(tile(read_extract(HELSINKI), 21), record),
        lambda record: measure_searches(read_sample(), record),
    )
