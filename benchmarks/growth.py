"""Growth: time and memory of every operation from ten thousand to four million nodes.

Run as ``python -m benchmarks.growth``, or with ``--size N`` for one size, which prints its rows as JSON. Networks are
copies of a real extract; each size is a process of its own. Everything but the building is asked of the snapshot as a
worker opens it, memory-mapped. At a million nodes several workers open the same snapshot, to see what they share.
"""

import argparse
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from benchmarks.beside import BENCH
from benchmarks.memory import added_at_peak, shares
from benchmarks.networks import ROOT, SkipError, city, main_nodes, standing_at
from benchmarks.record import Recorder, run_part
from benchmarks.routes import pairs_across
from benchmarks.timing import Timing, measure, measure_each
from geo.network.costs import find_nodes_within
from geo.network.nearest import NearestTable
from geo.network.network import StreetNetwork
from geo.network.snapshot import (
    network_arrays,
    network_from_arrays,
    open_snapshot,
    table_arrays,
    table_from_arrays,
    write_snapshot,
)
from geo.network.warming import compile_searches

SIZES = (10_000, 100_000, 1_000_000, 4_000_000)
SHARED_SIZE = 1_000_000
MODE = "walk"
OPENING = "open snapshot"
N_STATION = 8
N_WORKER = 4
LIMIT_S = 900.0

Result = TypeVar("Result")


@dataclass(frozen=True)
class Operation:
    """What one operation took at one size; `memory` is what it added at its peak, bytes."""

    name: str
    timing: Timing
    memory: int


def measure_size(n_node: int) -> dict[str, Any]:
    """Measure every operation on a network of about `n_node` nodes."""
    folder = BENCH / f"growth-{n_node}"
    shutil.rmtree(folder, ignore_errors=True)
    streets = city(n_node)
    building, network = _once("build", streets.build)
    name = streets.name
    # The tables that were built from are the loader's, and larger than the network.
    del streets
    operations = [building]
    lon, lat, table = _stations(network)
    each = Timing(table.timing.best_s / N_STATION, table.timing.median_s / N_STATION, 1)
    operations.append(Operation("nearest table, per station", each, table.memory // N_STATION))
    nearest = network.nearest_table(lon, lat, mode=MODE)
    operations.append(_once("write snapshot", partial(_write, folder, network, nearest))[0])
    n_byte = sum(path.stat().st_size for path in folder.iterdir())
    del network, nearest
    try:
        # Before this process maps the files as well.
        shared = _share(folder) if n_node == SHARED_SIZE else {}
        memory, _ = added_at_peak(lambda: _open(folder))
        opening, (network, nearest) = measure(lambda: _open(folder), n_run=15)
        operations.append(Operation(OPENING, opening, memory))
        operations += _asked(network, nearest)
        return {
            "n_node": network.n_node,
            "name": name,
            "bytes": n_byte,
            "shared": shared,
            "operations": [{"name": o.name, "timing": o.timing.as_dict(), "memory": o.memory} for o in operations],
        }
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _stations(network: StreetNetwork) -> tuple[Any, Any, Operation]:
    node = np.random.default_rng(4).choice(main_nodes(network, mode=MODE), N_STATION, replace=False)
    lon, lat = network.node_lon[node], network.node_lat[node]
    compile_searches(network)
    return lon, lat, _once("nearest table", lambda: network.nearest_table(lon, lat, mode=MODE))[0]


def _asked(network: StreetNetwork, table: NearestTable) -> list[Operation]:
    """Measure what a worker is asked."""
    random = np.random.default_rng(5)
    node = standing_at(network, random.choice(main_nodes(network, mode=MODE), 300), mode=MODE)[:100]
    lon, lat = network.node_lon[node].tolist(), network.node_lat[node].tolist()
    start, goal = pairs_across(network, n_pair=3, seed=6)

    def route(i: int) -> None:
        a, b = ((float(network.node_lon[k]), float(network.node_lat[k])) for k in (start[i], goal[i]))
        network.describe(network.route(a, b, mode=MODE))

    def search(i: int) -> None:
        find_nodes_within(network, network.snap([lon[i]], [lat[i]], mode=MODE), mode=MODE, limit_s=LIMIT_S)

    asked: list[tuple[str, Callable[[int], object], int]] = [
        ("attach a point", lambda i: network.snap([lon[i]], [lat[i]], mode=MODE), len(lon)),
        ("nearest", lambda i: network.nearest(table, lon[i], lat[i]), len(lon)),
        ("search within 1,080 m", search, len(lon)),
        ("service area of 15 minutes", lambda i: network.service_area(lon[i], lat[i], mode=MODE, limit_s=LIMIT_S), 20),
        ("route across, with steps", route, start.size),
    ]
    found = []
    for name, work, n in asked:
        timing = measure_each(work, n)
        memory, _ = added_at_peak(partial(work, 0))
        found.append(Operation(name, timing, memory))
    return found


def _once(name: str, work: Callable[[], Result]) -> tuple[Operation, Result]:
    memory, (timing, result) = added_at_peak(lambda: measure(work, n_run=1, warm_up=False))
    return Operation(name, timing, memory), result


def _write(folder: Path, network: StreetNetwork, table: NearestTable) -> None:
    write_snapshot(folder, network_arrays(network) | table_arrays(table), {})


def _open(folder: Path) -> tuple[StreetNetwork, NearestTable]:
    arrays, _ = open_snapshot(folder)
    return network_from_arrays(arrays), table_from_arrays(arrays, mode=MODE)


def _share(folder: Path) -> dict[str, int]:
    """Return bytes that workers see and share which have read all of one snapshot."""
    command = [sys.executable, "-m", "benchmarks.growth", "--worker", str(folder)]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "cwd": ROOT}
    workers = [subprocess.Popen(command, **pipes) for _ in range(N_WORKER)]
    try:
        for worker in workers:
            if worker.stdout is None or worker.stdout.readline() != "ready\n":
                raise SkipError("a worker could not open the snapshot")
        seen = [shares(worker.pid) for worker in workers]
    finally:
        for worker in workers:
            worker.communicate("\n")
    return {name: sum(one[name] for one in seen) for name in seen[0]} | {"n_worker": N_WORKER}


def _work(folder: Path) -> None:
    """Open a snapshot as a worker does, look at every page of it, and wait."""
    arrays, _ = open_snapshot(folder)
    for array in arrays.values():
        array.max(initial=0)
    print("ready", flush=True)
    sys.stdin.readline()


def measure_growth(record: Recorder) -> None:
    """Measure every size in a process of its own."""
    for size in SIZES:
        command = [sys.executable, "-m", "benchmarks.growth", "--size", str(size)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            lines = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
            record.skip(f"{size:,} nodes: {lines[-1]}")
            continue
        found = json.loads(done.stdout.splitlines()[-1])
        for operation in found["operations"]:
            values = {"n_node": found["n_node"], "memory": operation["memory"], "operation": operation["name"]}
            if operation["name"] == OPENING:
                values |= {"bytes": found["bytes"], **found["shared"]}
            what = f"{operation['name'].capitalize()}, {found['name']} ({found['n_node']:,} nodes)"
            record.ours(what, Timing(**operation["timing"]), values=values)


def main() -> None:
    """Run the part, one size of it, or one worker."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth")
    parser.add_argument("--size", type=int)
    parser.add_argument("--worker", type=Path)
    wanted = parser.parse_args()
    if wanted.worker:
        _work(wanted.worker)
    elif wanted.size:
        print(json.dumps(measure_size(wanted.size)))
    else:
        run_part("growth", measure_growth)


if __name__ == "__main__":
    main()
