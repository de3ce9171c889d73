"""The other programs, each measured in its own environment and its own process: python -m benchmarks.rivals TASK FILE.

Runs with the packages of ``benchmarks/requirements.lock`` alone: of this project only `benchmarks.timing` is imported.
The input is an .npz file of arcs and questions; what comes out on stdout is one JSON object: timings, and whether the
answers equal ours, which came along in the file.
"""

import json
import sys
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.timing import measure, measure_each

Arrays = Mapping[str, NDArray[Any]]

_BLOCK = 100
"""Searches that SciPy does at a time: its answer is a dense row each, and all at once would not fit the caches."""


def _matrix(data: Arrays, *, is_reversed: bool = False) -> Any:
    from scipy.sparse import csr_array

    ends = (data["tail"], data["head"])
    n = int(data["n_node"])
    return csr_array((data["cost"].astype(np.float64), ends[::-1] if is_reversed else ends), shape=(n, n))


def searches_scipy(data: Arrays) -> dict[str, Any]:
    """Search towards each source within the limit; the reached nodes and their costs."""
    from scipy.sparse.csgraph import dijkstra

    graph, source, limit = _matrix(data, is_reversed=True), data["source"], float(data["limit"])
    blocks = [source[low : low + _BLOCK] for low in range(0, source.size, _BLOCK)]

    def search() -> int:
        return sum(dijkstra(graph, indices=block, limit=limit).size for block in blocks)

    def sets() -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        found = []
        for k, block in enumerate(blocks):
            cost = dijkstra(graph, indices=block, limit=limit)
            row, node = np.nonzero(np.isfinite(cost))
            found.append((row + k * _BLOCK, node, cost[row, node]))
        row, node, cost = (np.concatenate(column) for column in zip(*found, strict=True))
        return row, node, cost

    alone, _ = measure(search, n_run=5)
    whole, (row, node, cost) = measure(sets, n_run=5)
    # Rows come sorted by source and node, as ours were handed over.
    is_same = _is_same(data, row, node, cost)
    return {"search": alone.as_dict(), "sets": whole.as_dict(), "is_same": is_same, "version": version("scipy")}


def searches_pandana(data: Arrays) -> dict[str, Any]:
    """Ask for the nodes in range of each source, on the reversed arcs."""
    import pandana
    import pandas as pd

    weight = pd.DataFrame({"cost": data["cost"].astype(np.float64)})
    lon, lat = pd.Series(data["lon"]), pd.Series(data["lat"])
    head, tail = pd.Series(data["head"]), pd.Series(data["tail"])

    def prepare() -> Any:
        return pandana.Network(lon, lat, head, tail, weight, twoway=False)

    preparing, network = measure(prepare, n_run=1, warm_up=False)
    nodes, limit = data["source"].tolist(), float(data["limit"])
    searching, found = measure(lambda: network.nodes_in_range(nodes, limit), n_run=5)
    by_source = found.sort_values(["source", "destination"])
    row = np.searchsorted(data["source"], by_source["source"])
    is_same = _is_same(data, row, by_source["destination"].to_numpy(), by_source.iloc[:, 2].to_numpy())
    return {
        "prepare": preparing.as_dict(),
        "sets": searching.as_dict(),
        "is_same": is_same,
        "version": version("pandana"),
    }


def coverage_pandana(data: Arrays) -> dict[str, Any]:
    """Count the people who reach any of each set of open stations within the limit; equal sets are asked once."""
    import pandana
    import pandas as pd

    weight = pd.DataFrame({"cost": data["cost"].astype(np.float64)})
    lon, lat = pd.Series(data["lon"]), pd.Series(data["lat"])
    tail, head = pd.Series(data["tail"]), pd.Series(data["head"])
    limit, demand, people = float(data["limit"]), data["demand"], data["weight"]
    preparing, network = measure(
        lambda: pandana.Network(lon, lat, tail, head, weight, twoway=False), n_run=1, warm_up=False
    )
    sets = [data["open"][low:high] for low, high in zip(data["ptr"][:-1], data["ptr"][1:], strict=True)]

    def count_one(nodes: NDArray[Any]) -> float:
        if nodes.size == 0:
            return 0.0
        # Stations stand at corners: placed by their node's own position, they are attached to it.
        network.set_pois("station", limit, 1, lon[nodes], lat[nodes])
        found = network.nearest_pois(limit, "station", num_pois=1, max_distance=2.0 * limit + 1.0)
        cost = found.iloc[:, 0].to_numpy()[demand]
        return float(people[cost <= limit].sum())

    def count() -> list[float]:
        answer: dict[bytes, float] = {}
        for nodes in sets:
            if nodes.tobytes() not in answer:
                answer[nodes.tobytes()] = count_one(nodes)
        return [answer[nodes.tobytes()] for nodes in sets]

    timing, covered = measure(count, n_run=3)
    return {
        "count": timing.as_dict(),
        "prepare": preparing.as_dict(),
        "is_same": bool(np.array_equal(covered, data["covered"])),
        "version": version("pandana"),
    }


def table_scipy(data: Arrays) -> dict[str, Any]:
    """Search towards each station over the whole network, noting the next node of every node."""
    from scipy.sparse.csgraph import dijkstra

    graph, station = _matrix(data, is_reversed=True), data["station"]
    timing, (cost, _) = measure(lambda: dijkstra(graph, indices=station, return_predecessors=True), n_run=3)
    unreached = np.iinfo(np.int32).max
    is_same = np.array_equal(np.where(np.isfinite(cost), cost, unreached).T, data["table_cost"])
    return {"table": timing.as_dict(), "is_same": is_same, "version": version("scipy")}


def _is_same(data: Arrays, row: NDArray[Any], node: NDArray[Any], cost: NDArray[Any]) -> bool:
    return (
        np.array_equal(row, data["row"]) and np.array_equal(node, data["node"]) and np.array_equal(cost, data["found"])
    )


def routes_scipy(data: Arrays) -> dict[str, Any]:
    """Search from each start, and follow the predecessors back from its goal."""
    from scipy.sparse.csgraph import dijkstra

    graph = _matrix(data)

    def route(start: int, goal: int) -> tuple[list[int], float]:
        cost, before = dijkstra(graph, indices=start, return_predecessors=True)
        path = [goal]
        while path[-1] != start:
            path.append(int(before[path[-1]]))
        return path[::-1], float(cost[goal])

    return _routes(data, route) | {"version": version("scipy")}


def routes_networkit(data: Arrays) -> dict[str, Any]:
    """Search from both ends, and take the path."""
    import networkit as nk

    graph = nk.GraphFromCoo((data["cost"].astype(np.float64), (data["tail"], data["head"])), n=int(data["n_node"]),
                            weighted=True, directed=True)  # fmt: skip

    def route(start: int, goal: int) -> tuple[list[int], float]:
        search = nk.distance.BidirectionalDijkstra(graph, start, goal, True)
        search.run()
        return [start, *search.getPath(), goal], float(search.getDistance())

    return _routes(data, route) | {"version": version("networkit")}


def routes_igraph(data: Arrays) -> dict[str, Any]:
    """Take the shortest path; its arcs' costs add up to its cost."""
    import igraph

    graph = igraph.Graph(int(data["n_node"]), np.column_stack([data["tail"], data["head"]]), directed=True)
    weight = data["cost"].astype(np.float64).tolist()
    graph.es["cost"] = weight

    def route(start: int, goal: int) -> tuple[list[int], float]:
        path = graph.get_shortest_path(start, goal, weights="cost", output="epath")
        return path, sum(weight[arc] for arc in path)

    return _routes(data, route) | {"version": version("igraph")}


def _routes(data: Arrays, route: Callable[[int, int], tuple[list[int], float]]) -> dict[str, Any]:
    start, goal = data["start"].tolist(), data["goal"].tolist()
    cost = [route(a, b)[1] for a, b in zip(start, goal, strict=True)]
    timing = measure_each(lambda i: route(start[i], goal[i]), len(start))
    return {"route": timing.as_dict(), "is_same": np.array_equal(cost, data["route_cost"])}


def toptw_pyvrp(data: Arrays) -> dict[str, Any]:
    """Collect prizes by a number of tours with time windows; the seconds are PyVRP's own time limit, its seed is 1.

    Distance costs one where the smallest prize is `weight`, so that a tour is never longer than its prizes are worth.
    """
    import pyvrp
    from pyvrp.stop import MaxRuntime

    matrix, score = data["matrix"].astype(int), data["score"].astype(int)
    weight = 10 * int(matrix.max())
    model = pyvrp.Model()
    places = [model.add_location(0, 0) for _ in range(len(score))]
    opens, closes = data["windows"].astype(int).T
    depot = model.add_depot(places[0])
    for j in range(1, len(score)):
        model.add_client(
            places[j], service_duration=int(data["service"][j]), tw_early=int(opens[j]), tw_late=int(closes[j]),
            prize=weight * int(score[j]), required=False,
        )  # fmt: skip
    model.add_vehicle_type(
        int(data["tours"]), start_depot=depot, end_depot=depot, tw_early=int(opens[0]), tw_late=int(closes[0])
    )
    for i, one in enumerate(places):
        for j, other in enumerate(places):
            model.add_edge(one, other, int(matrix[i, j]), int(matrix[i, j]))
    result = model.solve(MaxRuntime(float(data["seconds"])), seed=1, display=False)
    tours: list[list[int]] = []
    for route in result.best.routes() if result.is_feasible() else []:
        # Clients are counted from 0 after the depot.
        tours.append([visit.idx + 1 for visit in route if visit.is_client()])
    return {"tours": tours, "version": version("pyvrp")}


def mclp_spopt(data: Arrays) -> dict[str, Any]:
    """Build and solve maximal coverage over cover sets, with the HiGHS that PuLP calls."""
    import pulp
    from spopt.locate import MCLP

    ptr, column, weight = data["ptr"], data["column"], data["weight"]
    cost = np.ones((ptr.size - 1, int(data["n_column"])))
    cost[np.repeat(np.arange(ptr.size - 1), np.diff(ptr)), column] = 0.0
    sites = int(data["sites"])

    def build() -> Any:
        return MCLP.from_cost_matrix(cost, weight, 0.5, p_facilities=sites)

    def whole() -> Any:
        return build().solve(pulp.HiGHS(msg=False))

    model = build()
    solving, _ = measure(lambda: model.solve(pulp.HiGHS(msg=False)), n_run=1, warm_up=False)
    complete, solved = measure(whole, n_run=1, warm_up=False)
    is_same = abs(pulp.value(solved.problem.objective) - float(data["objective"])) < 0.5
    return {
        "solve": solving.as_dict(),
        "whole": complete.as_dict(),
        "is_same": bool(is_same),
        "version": version("spopt"),
    }


def siting_objectives(data: Arrays) -> dict[str, Any]:
    """Solve four models on a matrix with spopt, and the p-median with pbp-pmedian: objectives, and seconds of each."""
    import pbp_pmedian
    import pulp
    from spopt.locate import LSCP, MCLP, PCenter, PMedian

    cost, weight, sites = data["cost"], data["weight"], int(data["sites"])
    standard, reachable = float(data["standard"]), float(data["reachable"])
    quiet = pulp.HiGHS(msg=False)
    models = {
        "mclp": lambda: MCLP.from_cost_matrix(cost, weight, standard, p_facilities=sites),
        "lscp": lambda: LSCP.from_cost_matrix(cost, reachable),
        "p-median": lambda: PMedian.from_cost_matrix(cost, weight, sites),
        "p-center": lambda: PCenter.from_cost_matrix(cost, sites),
    }
    found: dict[str, Any] = {"spopt": {}, "version": version("spopt"), "pbp_version": version("pbp-pmedian")}
    for name, make in models.items():
        timing, solved = measure(lambda make=make: make().solve(quiet), n_run=1, warm_up=False)  # type: ignore[misc]
        found["spopt"][name] = {"objective": float(pulp.value(solved.problem.objective)), **timing.as_dict()}
    timing, answer = measure(
        lambda: pbp_pmedian.solve((cost * weight[:, None]).T.copy(), p=sites), n_run=1, warm_up=False
    )
    found["pbp"] = {"objective": float(answer[0]), **timing.as_dict()}
    return found


def medoids_kmedoids(data: Arrays) -> dict[str, Any]:
    """Cluster by FasterPAM from random medoids: the middle one of five seeds, and the best of five and their time."""
    import kmedoids

    cost, k = data["cost"], int(data["sites"])

    def loss(seed: int) -> float:
        return float(kmedoids.fasterpam(cost, k, init="random", random_state=seed).loss)

    losses: list[float] = []
    five, _ = measure(lambda: losses.extend(loss(seed) for seed in range(5)), n_run=1, warm_up=False)
    middle = sorted(range(5), key=losses.__getitem__)[2]
    one, _ = measure(lambda: loss(middle), n_run=3, warm_up=False)
    return {
        "one": {"loss": losses[middle], "timing": one.as_dict()},
        "five": {"loss": min(losses), "timing": five.as_dict()},
        "version": version("kmedoids"),
    }


TASKS: dict[str, Callable[[Arrays], dict[str, Any]]] = {
    task.__name__: task
    for task in (
        searches_scipy,
        searches_pandana,
        coverage_pandana,
        table_scipy,
        routes_scipy,
        routes_networkit,
        routes_igraph,
        toptw_pyvrp,
        mclp_spopt,
        siting_objectives,
        medoids_kmedoids,
    )
}


def main() -> None:
    """Run one task on one file."""
    name, path = sys.argv[1:]
    with np.load(Path(path)) as data:
        answer = TASKS[name](dict(data))
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
