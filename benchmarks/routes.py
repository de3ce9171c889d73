"""A route across the whole network, with its steps in words.

Run as ``python -m benchmarks.routes``. Ours attaches both points, searches, draws the line and says the steps; SciPy,
networkit and igraph, all from Python, only search and give the path. Costs must be equal. Valhalla answers from its own
tiles of a real extract, over HTTP on this machine, with its own rules: its answers are not compared here.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.beside import BENCH
from benchmarks.networks import LIECHTENSTEIN, NAMES, arcs, city, extract_path, main_nodes, read_extract, standing_at
from benchmarks.record import Recorder, run_part
from benchmarks.timing import Timing, measure_each
from benchmarks.valhalla import JOINING, ValhallaMissingError, ValhallaService, build_tiles, fetch_valhalla
from geo.network.network import StreetNetwork

MODE = "walk"
RIVALS = {"routes_networkit": "networkit", "routes_igraph": "igraph", "routes_scipy": "SciPy"}


def measure_routes(record: Recorder, *, n_node: int = 75_000, n_pair: int = 20, seed: int = 3) -> None:
    """Measure routes from the west end of a network to its east end."""
    streets = city(n_node)
    network = streets.build()
    start, goal = pairs_across(network, n_pair=n_pair, seed=seed)
    what = f"A route across {streets.name} ({network.n_node:,} nodes), with steps"
    points = _points(network, start), _points(network, goal)
    cost = [round(10 * network.route(a, b, mode=MODE).duration_s) for a, b in zip(*points, strict=True)]

    def ask(i: int) -> None:
        network.describe(network.route(points[0][i], points[1][i], mode=MODE))

    ours = measure_each(ask, start.size)
    record.ours(what, ours, values={"minutes": round(float(np.median(cost)) / 600)})
    arrays = arcs(network, mode=MODE) | {"start": start, "goal": goal, "route_cost": np.array(cost, np.float64)}
    for task, name in RIVALS.items():
        answer = record.ask(task, arrays)
        if answer:
            program = f"{name} {answer['version']}, path only"
            record.theirs(what, Timing(**answer["route"]), ours, program=program, is_same=answer["is_same"])


def measure_valhalla(record: Recorder, *, n_pair: int = 20, seed: int = 3) -> None:
    """Measure routes across a real extract beside Valhalla's."""
    network = read_extract(LIECHTENSTEIN).build()
    start, goal = pairs_across(network, n_pair=n_pair, seed=seed, axis="lat")
    points = _points(network, start), _points(network, goal)
    what = f"A route across {NAMES[LIECHTENSTEIN]} ({network.n_node:,} nodes), with steps"

    def ask_us(i: int) -> None:
        network.describe(network.route(points[0][i], points[1][i], mode=MODE))

    try:
        home = fetch_valhalla()
        config = build_tiles(home, extract_path(LIECHTENSTEIN), BENCH / "valhalla-routes", settings={})
        with ValhallaService(home, config) as service:

            def ask_them(i: int) -> dict[str, Any]:
                locations = [{"lon": lon, "lat": lat, **JOINING} for lon, lat in (points[0][i], points[1][i])]
                return service.ask("route", {"locations": locations, "costing": "pedestrian"})

            found = [i for i in range(start.size) if "trip" in ask_them(i)]
            theirs = measure_each(lambda i: ask_them(found[i]), len(found))
    except ValhallaMissingError as error:
        record.skip(str(error))
        return
    ours = measure_each(lambda i: ask_us(found[i]), len(found))
    record.ours(what, ours)
    record.theirs(what, theirs, ours, program="Valhalla, route over HTTP")


def pairs_across(
    network: StreetNetwork, *, n_pair: int, seed: int, axis: str = "lon"
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return nodes from either end of the network: of the outermost twentieth on each side."""
    random = np.random.default_rng(seed)
    nodes = main_nodes(network, mode=MODE)
    nodes = nodes[np.argsort((network.node_lon if axis == "lon" else network.node_lat)[nodes], kind="stable")]
    side = max(nodes.size // 20, 1)
    start, goal = (
        standing_at(network, random.choice(end, 3 * n_pair), mode=MODE)[:n_pair]
        for end in (nodes[:side], nodes[-side:])
    )
    n = min(start.size, goal.size)
    return start[:n], goal[:n]


def _points(network: StreetNetwork, node: NDArray[np.int64]) -> list[tuple[float, float]]:
    return list(zip(network.node_lon[node].tolist(), network.node_lat[node].tolist(), strict=True))


if __name__ == "__main__":
    run_part("routes", measure_routes, measure_valhalla)
